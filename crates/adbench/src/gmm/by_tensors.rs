//! The gradient from tensors of a tape: all points and components at once.
//!
//! The maps `x -> Q_k (x - mu_k)` of all components, one below the other, are one matrix `[Q, -Q mu]`, `[K d, d + 1]`. Its product
//! with the points, columns `(x_i, 1)`, holds every `Q_k (x_i - mu_k)`. Points are the last axis throughout, so that the short sums
//! over dimensions and over components run along whole rows of points.

use wengert::{Tape, Tensor};

use super::Gmm;
use crate::objective::{Gradient, by_tensors};
use crate::report::peak_bytes;

/// Computes value and gradient on a tape that holds the points and the parameters.
pub struct ByTensors<'a> {
    input: &'a Gmm,
    tape: Tape<f64>,
    /// `(x_i, 1)` as columns, `[d + 1, n]`.
    points: Tensor<f64>,
    parameters: Tensor<f64>,
    /// For each entry of a `d x d` matrix, which entry of `(exp q, l, 0)` it is.
    places: Vec<usize>,
    zeros: Tensor<f64>,
    gradient: Vec<f64>,
}

impl<'a> ByTensors<'a> {
    /// A tape for an input.
    pub fn new(input: &'a Gmm) -> Self {
        let tape = Tape::new();
        let points = tape.constant((&input.points[..], [input.count(), input.dimensions]));
        ByTensors {
            input,
            points: tape.cat(&[points.t(), tape.ones([1, input.count()])], 0),
            parameters: tape.leaf(&input.parameters[..]),
            places: places(input.dimensions),
            zeros: tape.zeros([input.components, 1]),
            gradient: vec![0.0; input.parameters.len()],
            tape,
        }
    }

    fn objective(&self) -> Tensor<f64> {
        let (n, d, k) = (self.input.count(), self.input.dimensions, self.input.components);
        let (gamma2, m) = (self.input.gamma * self.input.gamma, f64::from(self.input.m));
        let factor_len = self.input.factor_len();
        let alphas = self.parameters.slice(0, ..k);
        let means = self.parameters.slice(0, k..k + k * d).reshape([k, d, 1]);
        let factors = self.parameters.slice(0, k + k * d..).reshape([k, factor_len]);
        let (logs, lower) = (factors.slice(1, ..d), factors.slice(1, d..));

        let (scales, sums) = (logs.exp(), logs.sum_axes(1));
        let entries = self.tape.cat(&[scales, lower, self.zeros], 1);
        let matrices = entries.index_select(1, &self.places[..]).reshape([k, d, d]);
        let maps = self.tape.cat(&[matrices, -matrices.matmul(means)], 2).reshape([k * d, d + 1]);
        let images = maps.matmul(self.points);
        let squares = images.reshape([k, d, n]).square().sum_axes(1);
        let betas = (alphas + sums).unsqueeze(1).add_scaled(squares, -0.5);

        let prior = (0.5 * gamma2) * entries.square().sum() - m * sums.sum();
        betas.logsumexp_axes(0).sum() - n as f64 * alphas.logsumexp() + prior + self.input.constant()
    }
}

impl Gradient for ByTensors<'_> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let mut gradient = std::mem::take(&mut self.gradient);
        let value = by_tensors(&self.tape, self.parameters, parameters, || self.objective(), &mut gradient);
        self.gradient = gradient;
        (value, &self.gradient)
    }

    fn tape_bytes(&self) -> Option<usize> {
        Some(peak_bytes(self.tape.stats()))
    }
}

/// The places of a triangular matrix, row by row, in `(diagonal, columns below it, 0)`.
fn places(d: usize) -> Vec<usize> {
    let zero = d * (d + 1) / 2;
    let column = |j: usize| d + j * (2 * d - j - 1) / 2;
    let place = |i: usize, j: usize| match i.cmp(&j) {
        std::cmp::Ordering::Less => zero,
        std::cmp::Ordering::Equal => i,
        std::cmp::Ordering::Greater => column(j) + i - j - 1,
    };
    (0..d * d).map(|entry| place(entry / d, entry % d)).collect()
}
