//! Lesson 2: tensors. Shapes broadcast, gradients have the shape of their leaf, and the list can be printed.
//!
//! ```text
//! cargo run --example 02_tensors
//! ```

use wengert::Tape;

fn main() {
    let tape = Tape::<f64>::new();

    // A leaf requires a gradient, a constant does not. Values are numbers, nested arrays, `Vec`s, ndarray arrays.
    let weight = tape.leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let bias = tape.leaf(vec![0.5, -0.5]);
    let x = tape.constant([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]);

    // [2, 3] times [3, 2], plus [2] for each row.
    let y = x.matmul(weight) + bias;
    println!("y = {y}");
    assert_eq!(y.shape().as_slice(), [2, 2]);

    let loss = y.square().sum();
    println!("loss = {loss}");
    loss.backward();

    // Each leaf's gradient has its shape: the bias got the sum over the rows that it was added to.
    println!("weight.grad =\n{}", weight.grad().unwrap());
    println!("bias.grad = {}", bias.grad().unwrap());
    assert_eq!(weight.grad().unwrap().shape(), [3, 2]);
    let rows = y.with(|y| y.sum_axis(ndarray::Axis(0)) * 2.0);
    assert_eq!(bias.grad().unwrap(), rows);

    // The tape is a list: one line an instruction, with the line of this file that recorded it.
    print!("{}", tape.dump());
    let names: Vec<String> =
        tape.dump().lines().map(|line| line.split(' ').nth(2).unwrap().to_string()).collect();
    assert_eq!(names, ["matmul", "add", "square", "sum"]);

    // Shapes that do not fit are an error that names both.
    let error = bias.try_add(tape.constant([1.0, 2.0, 3.0])).unwrap_err();
    println!("{error}");
    assert!(error.to_string().contains("lhs is [2], rhs is [3]"));
}
