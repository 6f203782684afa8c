//! Matrices on which the rows of the table are smooth.

use crate::tape::{Element, Tape};
use crate::tensor::Tensor;

/// `0.3 x` plus the identity, or as much of it as the shape has: regular, of full rank.
pub(super) fn regular<T: Element>(tape: &Tape<T>, x: Tensor<T>) -> Tensor<T> {
    near(tape, x, 0.3, |_| 1.0)
}

/// `0.3 x x^T` plus the identity: positive definite.
pub(super) fn positive<T: Element>(tape: &Tape<T>, x: Tensor<T>) -> Tensor<T> {
    near(tape, x.matmul(x.transpose(-1, -2)), 0.3, |_| 1.0)
}

/// `0.2 x` plus a diagonal of 1, 2, ...: eigenvalues and singular values apart.
pub(super) fn apart<T: Element>(tape: &Tape<T>, x: Tensor<T>) -> Tensor<T> {
    near(tape, x, 0.2, |i| 1.0 + i as f64)
}

fn near<T: Element>(tape: &Tape<T>, x: Tensor<T>, factor: f64, diagonal: impl Fn(usize) -> f64) -> Tensor<T> {
    let number = |value: f64| T::zero().constant(value);
    // What is no matrix is left to the op, which says so.
    let &[.., rows, columns] = &x.shape()[..] else { return x };
    let mut values = vec![T::zero(); rows * columns];
    for i in 0..rows.min(columns) {
        values[i * columns + i] = number(diagonal(i));
    }
    x * tape.full([1], number(factor)) + tape.constant((values, [rows, columns]))
}
