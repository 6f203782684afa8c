//! Both engines give the same gradients: checked before anything is timed.

use wengert::Tape;

use crate::perceptron::{GraphPerceptron, Real, TapePerceptron, Task};
use crate::small::{products, seed};
use crate::{OnTape, chain, rosenbrock};

/// What `f64` may differ by, relative to the largest entry of the gradient.
const DOUBLE: f64 = 1e-12;
/// The same of `f32`.
const SINGLE: f64 = 1e-4;

/// Checks every program; the long chain has so many steps.
///
/// # Panics
/// Where two gradients differ: the message names the program, the entry and both numbers.
pub fn all_programs(long: usize) {
    seeds();
    for steps in [chain::SHORT, long] {
        chains(steps);
    }
    rosenbrocks();
    perceptron::<f32>("perceptron 64-64-10, f32", &Task::classes(), SINGLE);
    perceptron::<f64>("perceptron 64-64-10, f64", &Task::classes(), DOUBLE);
    perceptron::<f64>("perceptron 2-16-1, f64", &Task::exclusive_or(), DOUBLE);
}

/// Two gradients of one program.
///
/// # Panics
/// If they differ by more than `tolerance` times the largest entry.
pub fn same(program: &str, tape: &[f64], graph: &[f64], tolerance: f64) {
    let (here, there) = (tape.len(), graph.len());
    assert!(here == there, "{program}: wengert gives {here} numbers, closure-graph {there}");
    let largest = tape.iter().chain(graph).fold(0.0f64, |largest, x| largest.max(x.abs()));
    for (i, (x, y)) in tape.iter().zip(graph).enumerate() {
        assert!(
            (x - y).abs() <= tolerance * largest,
            "{program}: entry {i} of the gradient: wengert {x:e}, closure-graph {y:e}"
        );
    }
}

fn seeds() {
    let tape = Tape::new();
    let (_, expected) = seed::on_graph();
    same("seed", &tape.scope(|| seed::on_tape(&tape)), &expected, DOUBLE);
    same("seed, gradient copied", &tape.scope(|| seed::on_tape_copied(&tape)), &expected, DOUBLE);
    same("seed, new tape", &seed::on_new_tape(), &seed::on_graph_copied().1, DOUBLE);

    let on_tape = tape.scope(|| {
        let x = tape.leaf(products::FACTOR);
        products::on_tape(x).backward_with([1.0, 2.0, 3.0]);
        x.with_grad(|grad| grad.to_owned().into_raw_vec_and_offset().0).expect("the sweep reached x")
    });
    let x = closure_graph::Tensor::leaf(products::FACTOR.to_vec(), &[3]);
    products::on_graph(&x).backward_with(vec![1.0, 2.0, 3.0]);
    same("products of 3 elements", &on_tape, &x.grad().expect("the sweep reached x"), DOUBLE);
}

fn chains(steps: usize) {
    let (_, parameters) = chain::on_graph(steps);
    let expected = parameters.map(|parameter| parameter.grad());
    let slopes = |parameters: [wengert::Scalar; 4]| {
        parameters.map(|parameter| parameter.grad().expect("the sweep reached every parameter"))
    };
    let inside = OnTape::new(|_| |tape: &Tape<f64>| chain::on_tape(tape, steps)).read(slopes);
    same(&format!("chain of {steps}"), &inside, &expected, DOUBLE);

    let outside = OnTape::new(|tape| {
        let parameters = chain::PARAMETERS.map(|value| tape.scalar(value));
        move |_: &Tape<f64>| {
            chain::record(parameters, steps).backward();
            parameters
        }
    });
    same(&format!("chain of {steps}, parameters outside"), &{ outside }.read(slopes), &expected, DOUBLE);

    let (first, second) = (Tape::new(), Tape::new());
    let both = chain::on_two_tapes([&first, &second], steps).map(slopes);
    same(&format!("chain of {steps}, first of two tapes"), &both[0], &expected, DOUBLE);
    same(&format!("chain of {steps}, second of two tapes"), &both[1], &expected, DOUBLE);

    let (_, start) = chain::on_graph_with_numbers(steps);
    let tape = Tape::new();
    let slope = chain::on_tape_with_numbers(&tape, steps).grad().expect("the sweep reached the start");
    same(&format!("chain of {steps}, numbers"), &[slope], &[start.grad()], DOUBLE);
}

fn rosenbrocks() {
    let point = rosenbrock::point();
    let mut by_hand = vec![0.0; point.len()];
    rosenbrock::native_gradient(&point, &mut by_hand);

    let tape = Tape::new();
    let x = rosenbrock::scalars_on_tape(&tape, &point);
    let on_tape: Vec<f64> = x.iter().map(|x| x.grad().expect("the sweep reached x")).collect();
    let (_, x) = rosenbrock::scalars_on_graph(&point);
    let on_graph: Vec<f64> = x.iter().map(closure_graph::Scalar::grad).collect();
    same("rosenbrock, scalars", &on_tape, &on_graph, DOUBLE);
    same("rosenbrock, scalars and by hand", &on_tape, &by_hand, DOUBLE);

    let x = rosenbrock::tensors_on_tape(&tape, &point);
    let on_tape = x.grad().expect("the sweep reached x").into_raw_vec_and_offset().0;
    let (_, leaves) = rosenbrock::tensors_on_graph(&point);
    same("rosenbrock, tensors", &on_tape, &rosenbrock::graph_gradient(&leaves), DOUBLE);
}

fn perceptron<T: Real>(program: &str, task: &Task<T>, tolerance: f64) {
    let tape = Tape::<T>::new();
    let (on_tape, on_graph) = (TapePerceptron::new(&tape, task), GraphPerceptron::new(task));
    // The second gradient is that of updated parameters.
    for _ in 0..2 {
        let here = tape.scope(|| on_tape.gradient(&tape));
        same(program, &here, &on_graph.gradient(), tolerance);
        tape.scope(|| {
            on_tape.step(&tape);
        });
        on_graph.step();
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_engines_give_the_same_gradients() {
        super::all_programs(10_000);
    }

    #[test]
    #[should_panic(expected = "sum: entry 1 of the gradient: wengert 2e0, closure-graph 3e0")]
    fn a_difference_is_named() {
        super::same("sum", &[1.0, 2.0], &[1.0, 3.0], 1e-12);
    }
}
