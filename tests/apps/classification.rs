//! A perceptron of two layers learns what no single layer can.

use wengert::{Element, Escape, Tape, Tensor};

fn learns_xor<T: Element + Escape>() {
    let number = |x: f64| T::from(x).unwrap();
    let tape = Tape::<T>::new();
    let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0].map(number);
    let x = tape.constant((inputs, [4, 2]));
    let classes = [0, 1, 1, 0];
    let leaf = |shape: [usize; 2], seed: u64| -> Tensor<T> { tape.leaf(tape.randn(shape, seed)) };
    let parameters = [leaf([2, 8], 1), leaf([1, 8], 2), leaf([8, 2], 3), leaf([1, 2], 4)];
    let [w1, b1, w2, b2] = parameters;
    let scores = || (x.matmul(w1) + b1).tanh().matmul(w2) + b2;
    let mut loss = T::infinity();
    for _ in 0..800 {
        loss = tape.scope(|| {
            let loss = scores().cross_entropy(classes);
            loss.backward();
            loss.item()
        });
        for parameter in parameters {
            parameter.update_each(|w, grad| w - number(0.5) * grad);
        }
        tape.zero_grad();
    }
    assert!(loss < number(0.02), "{}: loss {loss}", T::NAME);
    let answers = tape.inference(|| scores().to_vec());
    let predicted: Vec<usize> = answers.chunks(2).map(|row| usize::from(row[1] > row[0])).collect();
    assert_eq!(predicted, classes);
}

#[test]
fn a_perceptron_learns_xor_in_both_element_types() {
    learns_xor::<f64>();
    learns_xor::<f32>();
}
