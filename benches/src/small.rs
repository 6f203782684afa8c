//! Programs of a few small tensors, where what an op costs beside its arithmetic is all that there is.

use closure_graph as graph;
use wengert::{Tape, Tensor};

/// The program that a first page shows: `x = [2, 3]`, `(x x + 2).sum()`, a sweep, and the gradient read.
pub mod seed {
    use super::*;

    /// On a tape; answers the gradient.
    #[inline]
    pub fn on_tape(tape: &Tape<f64>) -> [f64; 2] {
        let x = tape.leaf([2.0, 3.0]);
        (x * x + 2.0).sum().backward();
        x.with_grad(|grad| [grad[[0]], grad[[1]]]).expect("the sweep reached x")
    }

    /// The same, with the gradient as an array of its own.
    #[inline]
    pub fn on_tape_copied(tape: &Tape<f64>) -> [f64; 2] {
        let x = tape.leaf([2.0, 3.0]);
        (x * x + 2.0).sum().backward();
        let grad = x.grad().expect("the sweep reached x");
        [grad[[0]], grad[[1]]]
    }

    /// On a tape made for it.
    #[inline]
    pub fn on_new_tape() -> [f64; 2] {
        on_tape(&Tape::new())
    }

    /// On the graph: the root, and the gradient.
    #[inline]
    pub fn on_graph() -> (graph::Tensor, [f64; 2]) {
        let x = graph::Tensor::leaf(vec![2.0, 3.0], &[2]);
        let y = (&x * &x + 2.0).sum();
        y.backward();
        let grad = x.grad().expect("the sweep reached x");
        (y, [grad[0], grad[1]])
    }

    /// The same, with the gradient as a list of its own.
    #[inline]
    pub fn on_graph_copied() -> (graph::Tensor, [f64; 2]) {
        let x = graph::Tensor::leaf(vec![2.0, 3.0], &[2]);
        let y = (&x * &x + 2.0).sum();
        y.backward();
        let grad = x.grad().expect("the sweep reached x").to_vec();
        (y, [grad[0], grad[1]])
    }
}

/// A hundred products of tensors of three elements: what a tensor op costs.
pub mod products {
    use super::*;

    /// How many.
    pub const COUNT: usize = 100;
    /// The factor, which every product has.
    pub const FACTOR: [f64; 3] = [1.0, 0.999, 1.001];

    /// Recorded on a tape; answers the last product.
    #[inline]
    pub fn on_tape(x: Tensor<f64>) -> Tensor<f64> {
        (0..COUNT).fold(x, |y, _| y * x)
    }

    /// Recorded on the graph; answers the last product.
    #[inline]
    pub fn on_graph(x: &graph::Tensor) -> graph::Tensor {
        (0..COUNT).fold(x.clone(), |y, _| y * x)
    }
}
