//! The gradient of Rosenbrock's function, `sum 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2`.

use closure_graph as graph;
use wengert::{Scalar, Tape, Tensor};

/// How many variables.
pub const N: usize = 1_000;

/// A point away from the minimum.
pub fn point() -> Vec<f64> {
    (0..N).map(|i| 0.9 + 0.2 * (i as f64 * 0.37).sin()).collect()
}

/// The plain function.
#[inline]
pub fn native(x: &[f64]) -> f64 {
    let term = |pair: &[f64]| {
        let (off, rest) = (pair[1] - pair[0] * pair[0], 1.0 - pair[0]);
        100.0 * (off * off) + rest * rest
    };
    x.windows(2).map(term).sum()
}

/// The gradient, by hand.
#[inline]
pub fn native_gradient(x: &[f64], gradient: &mut [f64]) {
    gradient.fill(0.0);
    for i in 0..x.len() - 1 {
        let (off, rest) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
        gradient[i] += -400.0 * off * x[i] - 2.0 * rest;
        gradient[i + 1] += 200.0 * off;
    }
}

/// Scalars on a tape; answers the variables.
#[inline]
pub fn scalars_on_tape(tape: &Tape<f64>, point: &[f64]) -> Vec<Scalar> {
    let x = tape.scalars(point);
    let term = |pair: &[Scalar]| {
        let (off, rest) = (pair[1] - pair[0] * pair[0], 1.0 - pair[0]);
        100.0 * (off * off) + rest * rest
    };
    let mut sum = term(&x[..2]);
    for pair in x[1..].windows(2) {
        sum += term(pair);
    }
    sum.backward();
    x
}

/// Scalars on the graph; answers the root and the variables.
#[inline]
pub fn scalars_on_graph(point: &[f64]) -> (graph::Scalar, Vec<graph::Scalar>) {
    let x: Vec<graph::Scalar> = point.iter().map(|&value| graph::Scalar::leaf(value)).collect();
    let term = |pair: &[graph::Scalar]| {
        let (off, rest) = (&pair[1] - &pair[0] * &pair[0], 1.0 - &pair[0]);
        100.0 * (&off * &off) + &rest * &rest
    };
    let mut sum = term(&x[..2]);
    for pair in x[1..].windows(2) {
        sum += term(pair);
    }
    sum.backward();
    (sum, x)
}

/// One tensor on a tape, and two slices of it; answers the tensor.
#[inline]
pub fn tensors_on_tape(tape: &Tape<f64>, point: &[f64]) -> Tensor<f64> {
    let x = tape.leaf(point);
    let (head, tail) = (x.slice(0, ..-1), x.slice(0, 1..));
    let (off, rest) = (tail - head * head, 1.0 - head);
    (100.0 * (off * off) + rest * rest).sum().backward();
    x
}

/// Two tensors on the graph, which has no slices: all variables but the last, and all but the first. The gradient is
/// the sum of theirs, one place apart, in [`graph_gradient`]. Answers the root and the two.
#[inline]
pub fn tensors_on_graph(point: &[f64]) -> (graph::Tensor, [graph::Tensor; 2]) {
    let n = point.len() - 1;
    let head = graph::Tensor::leaf(point[..n].to_vec(), &[n]);
    let tail = graph::Tensor::leaf(point[1..].to_vec(), &[n]);
    let (off, rest) = (&tail - &head * &head, 1.0 - &head);
    let root = (100.0 * (&off * &off) + &rest * &rest).sum();
    root.backward();
    (root, [head, tail])
}

/// The gradient by the variables, of the gradients by head and tail.
pub fn graph_gradient([head, tail]: &[graph::Tensor; 2]) -> Vec<f64> {
    let mut gradient = head.grad().expect("the sweep reached the head").to_vec();
    gradient.push(0.0);
    let tail = tail.grad().expect("the sweep reached the tail");
    gradient[1..].iter_mut().zip(&*tail).for_each(|(sum, part)| *sum += part);
    gradient
}
