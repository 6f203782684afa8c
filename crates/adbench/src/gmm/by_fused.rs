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

use wengert::{Scalar, Stats, Tape};

use super::{Component, Gmm, objective_with};
use crate::objective::Gradient;

/// Computes value and gradient on a tape whose memory is reused.
pub struct ByFused<'a> {
    input: &'a Gmm,
    tape: Tape<f64>,
    gradient: Vec<f64>,
    statement: Statement,
}

impl<'a> ByFused<'a> {
    /// A tape for an input.
    pub fn new(input: &'a Gmm) -> Self {
        let gradient = vec![0.0; input.parameters.len()];
        ByFused { input, tape: Tape::new(), gradient, statement: Statement::default() }
    }
}

impl Gradient for ByFused<'_> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let ByFused { input, tape, gradient, statement } = self;
        let objective = |parameters: &[Scalar<f64>]| {
            let exponent =
                |component: Component<'_, Scalar>, point: &[f64]| statement.exponent(component, point);
            objective_with(parameters, input, exponent, log_sum_exp)
        };
        let value = tape.gradient_into(parameters, objective, gradient);
        (value, &self.gradient)
    }

    fn stats(&self) -> Option<Stats> {
        Some(self.tape.stats())
    }
}

/// Where the operands and partials of an exponent are gathered, from call to call.
#[derive(Default)]
struct Statement {
    operands: Vec<Scalar>,
    partials: Vec<f64>,
    centred: Vec<f64>,
    y: Vec<f64>,
}

impl Statement {
    fn exponent(&mut self, component: Component<'_, Scalar>, point: &[f64]) -> Scalar {
        let Component { offset, mean, scales, lower } = component;
        let Statement { operands, partials, centred, y } = self;
        let d = point.len();
        centred.clear();
        centred.extend(mean.iter().zip(point).map(|(mean, x)| mean.value() - x));
        y.clear();
        y.extend(scales.iter().zip(&*centred).map(|(scale, c)| scale.value() * c));
        let mut column = lower;
        for j in 0..d {
            let (own, rest) = column.split_at(d - j - 1);
            y[j + 1..].iter_mut().zip(own).for_each(|(y, l)| *y += l.value() * centred[j]);
            column = rest;
        }
        let square: f64 = y.iter().map(|y| y * y).sum();

        operands.clear();
        operands.push(offset);
        operands.extend_from_slice(mean);
        operands.extend_from_slice(scales);
        operands.extend_from_slice(lower);
        partials.clear();
        partials.push(1.0);
        let mut column = lower;
        for j in 0..d {
            let (own, rest) = column.split_at(d - j - 1);
            let below: f64 = y[j + 1..].iter().zip(own).map(|(y, l)| y * l.value()).sum();
            partials.push(-(scales[j].value() * y[j] + below));
            column = rest;
        }
        partials.extend(y.iter().zip(&*centred).map(|(y, c)| -y * c));
        for j in 0..d {
            partials.extend(y[j + 1..].iter().map(|y| -y * centred[j]));
        }
        Scalar::with_partials(offset.value() - 0.5 * square, operands, partials)
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
