//! Fused statements, duals, sweeps in lanes and Hessians: every way to the same partials, on random programs and at the edges.

mod duals;
mod fuse;
mod hessian;
mod jacobian;
mod jacobian_at;
mod known;
mod special;

use num_traits::Float;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A random straight-line program of scalars: generic, so that numbers, scalars and duals run the same text.
pub struct Program {
    steps: Vec<(u8, usize, usize)>,
    inputs: usize,
    outputs: usize,
}

impl Program {
    /// So many random ops.
    pub fn new(seed: u64, inputs: usize, outputs: usize, steps: usize) -> Program {
        let mut rng = StdRng::seed_from_u64(seed);
        let steps = (0..steps)
            .map(|step| {
                let values = inputs + step;
                (rng.random_range(0..12), rng.random_range(0..values), rng.random_range(0..values))
            })
            .collect();
        Program { steps, inputs, outputs }
    }

    /// Where it is evaluated: away from kinks and poles.
    pub fn point(&self) -> Vec<f64> {
        (0..self.inputs).map(|k| 0.3 + 0.17 * k as f64).collect()
    }

    /// The last values are the outputs.
    pub fn run<T: Float>(&self, x: &[T]) -> Vec<T> {
        let number = |value: f64| T::from(value).expect("a number");
        let mut values = x.to_vec();
        for &(op, a, b) in &self.steps {
            let (a, b) = (values[a], values[b]);
            values.push(match op {
                0 => a + b,
                1 => a - b,
                2 => a * b,
                3 => a / (b * b + number(1.5)),
                4 => (a * number(0.5)).sin(),
                5 => (a * number(0.1)).tanh(),
                6 => (b * b + number(0.7)).sqrt(),
                7 => (a * a + number(1.1)).ln(),
                8 => number(2.0) - a,
                9 => (a.abs() + number(0.5)).powf(number(1.3)).recip(),
                10 => (-a * a).exp() + b,
                _ => a.max(b) * number(0.25),
            });
        }
        values.split_off(values.len() - self.outputs)
    }
}

/// Asserts that two numbers agree to rounding.
#[track_caller]
pub fn close(what: &str, found: f64, expected: f64) {
    let error = if found == expected { 0.0 } else { (found - expected).abs() };
    assert!(error <= 1e-12 * (1.0 + expected.abs()), "{what}: found {found}, expected {expected}");
}
