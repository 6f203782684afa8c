//! The gradient from scalars of a tape, with an exponent and a `ln sum e^x` as one instruction each.
//!
//! The exponent `beta = offset - |y|^2 / 2` with `y = Q c`, `c = mu - x`, has the partials
//!
//! ```text
//! by offset: 1    by mu: -Q^T y    by scale i: -y_i c_i    by l_ij: -y_i c_j,
//! ```
//!
//! and `ln sum e^x` those of a softmax. An instruction with `n` partials takes `16 + 12 n` bytes, where one op a statement takes
//! 24 for each of the about `d^2 + 4 d` ops of an exponent.
//!
//! That is still more than caches hold, for all points. So the sum over a few of them is recorded on a tape of its own, swept at
//! once, and put as one instruction on the tape of the objective.

use wengert::{Scalar, Tape};

use super::{Component, Gmm, likelihood, objective_with};
use crate::objective::Gradient;
use crate::report::peak_bytes;

/// So many points have a sweep of their own.
const POINTS: usize = 32;

/// Computes value and gradient on tapes whose memory is reused.
pub struct ByFused<'a> {
    input: &'a Gmm,
    tape: Tape<f64>,
    gradient: Vec<f64>,
    block: Block,
}

impl<'a> ByFused<'a> {
    /// Tapes for an input.
    pub fn new(input: &'a Gmm) -> Self {
        let gradient = vec![0.0; input.parameters.len()];
        ByFused { input, tape: Tape::new(), gradient, block: Block::default() }
    }
}

impl Gradient for ByFused<'_> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let ByFused { input, tape, gradient, block } = self;
        let objective = |parameters: &[Scalar]| {
            let likelihood = |mixture: &[Scalar]| {
                block.start(mixture);
                let points = input.points.chunks(POINTS * input.dimensions);
                let parts: Vec<Scalar> =
                    points.map(|points| block.likelihood(mixture, input, points)).collect();
                Scalar::sum_of(&parts)
            };
            objective_with(parameters, input, likelihood, log_sum_exp)
        };
        let value = tape.gradient_into(parameters, objective, gradient);
        (value, &self.gradient)
    }

    fn tape_bytes(&self) -> Option<usize> {
        Some(peak_bytes(self.tape.stats()) + peak_bytes(self.block.tape.stats()))
    }
}

/// What a few points need: their tape, the numbers of all components, and partials by these.
#[derive(Default)]
struct Block {
    tape: Tape<f64>,
    numbers: Vec<f64>,
    partials: Vec<f64>,
    statement: Statement,
}

impl Block {
    fn start(&mut self, mixture: &[Scalar]) {
        self.numbers.clear();
        self.numbers.extend(mixture.iter().map(|x| x.value()));
        self.partials.resize(mixture.len(), 0.0);
    }

    /// The sum over some points, as one instruction.
    fn likelihood(&mut self, mixture: &[Scalar], input: &Gmm, points: &[f64]) -> Scalar {
        let Block { tape, numbers, partials, statement } = self;
        let sum = |mixture: &[Scalar]| {
            let exponent =
                |component: Component<'_, Scalar>, point: &[f64]| statement.exponent(component, point);
            likelihood(mixture, input, points, exponent, log_sum_exp)
        };
        let value = tape.gradient_into(numbers, sum, partials);
        Scalar::with_partials(value, mixture, partials)
    }
}

/// Where the partials of an exponent are gathered, from call to call.
#[derive(Default)]
struct Statement {
    partials: Vec<f64>,
    centred: Vec<f64>,
    y: Vec<f64>,
}

impl Statement {
    fn exponent(&mut self, component: Component<'_, Scalar>, point: &[f64]) -> Scalar {
        let Component { numbers, offset, mean, scales, lower } = component;
        let Statement { partials, centred, y } = self;
        let d = point.len();
        centred.clear();
        centred.extend(mean.iter().zip(point).map(|(mean, x)| mean.value() - x));
        y.clear();
        y.extend(scales.iter().zip(&*centred).map(|(scale, c)| scale.value() * c));
        let mut below = lower;
        for (j, c) in centred.iter().enumerate() {
            let (column, rest) = below.split_at(d - j - 1);
            y[j + 1..].iter_mut().zip(column).for_each(|(y, l)| *y += l.value() * c);
            below = rest;
        }

        partials.resize(numbers.len(), 0.0);
        let (by_offset, rest) = partials.split_at_mut(1);
        let (by_mean, by_factor) = rest.split_at_mut(d);
        let (by_scales, mut by_below) = by_factor.split_at_mut(d);
        by_offset[0] = 1.0;
        below = lower;
        for j in 0..d {
            let (column, rest) = below.split_at(d - j - 1);
            let (by_column, by_rest) = by_below.split_at_mut(d - j - 1);
            let mut by_c = scales[j].value() * y[j];
            for ((y, l), by_l) in y[j + 1..].iter().zip(column).zip(by_column) {
                by_c += y * l.value();
                *by_l = -y * centred[j];
            }
            (by_mean[j], by_scales[j]) = (-by_c, -y[j] * centred[j]);
            (below, by_below) = (rest, by_rest);
        }
        let square: f64 = y.iter().map(|y| y * y).sum();
        Scalar::with_partials(offset.value() - 0.5 * square, numbers, partials)
    }
}

/// `ln sum e^x` as one instruction.
fn log_sum_exp(x: &[Scalar]) -> Scalar {
    let largest = x.iter().map(|x| x.value()).fold(f64::NEG_INFINITY, f64::max);
    let mut exponentials: Vec<f64> = x.iter().map(|x| (x.value() - largest).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter_mut().for_each(|e| *e /= sum);
    Scalar::with_partials(sum.ln() + largest, x, &exponentials)
}
