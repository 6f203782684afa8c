//! Rosenbrock's function.

use wengert_benches::rosenbrock::point;
use wengert_benches::thousands;

use super::{Fuse, Number, Own, Program};

/// `sum 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2`, which depends on every input.
pub struct Rosenbrock {
    point: Vec<f64>,
}

impl Rosenbrock {
    /// At a point away from the minimum.
    pub fn new() -> Rosenbrock {
        Rosenbrock { point: point() }
    }
}

impl Default for Rosenbrock {
    fn default() -> Rosenbrock {
        Rosenbrock::new()
    }
}

impl Program for Rosenbrock {
    fn title(&self) -> String {
        format!("Rosenbrock's function of {} variables", thousands(self.point.len()))
    }

    fn text(&self) -> &'static str {
        "The sum of `100*(x[i+1] - x[i]*x[i])^2 + (1 - x[i])^2`, squares as products; the gradient by every `x[i]`."
    }

    fn inputs(&self) -> &[f64] {
        &self.point
    }

    #[inline(always)]
    fn value<N: Number>(&self, inputs: &[N]) -> N {
        let term = |pair: &[N]| {
            let (off, rest) = (pair[1] - pair[0] * pair[0], pair[0].subtracted_from(1.0));
            (off * off).times(100.0) + rest * rest
        };
        inputs[1..].windows(2).fold(term(&inputs[..2]), |sum, pair| sum + term(pair))
    }
}

impl Own for Rosenbrock {
    /// Seven a term, and one to add it.
    fn ops(&self) -> usize {
        8 * (self.point.len() - 1) - 1
    }

    #[inline(always)]
    fn fused<N: Fuse>(&self, inputs: &[N]) -> N {
        let add = |sum, pair: &[N]| {
            N::fuse([sum, pair[0], pair[1]], |[sum, x, y]| {
                let (off, rest) = (y - x * x, 1.0 - x);
                sum + off * off * 100.0 + rest * rest
            })
        };
        inputs.windows(2).fold(N::constant(0.0), add)
    }

    /// What a term gives to the second of its variables is carried to the next term.
    #[inline(never)]
    fn by_hand(&self, inputs: &[f64], gradient: &mut [f64]) -> f64 {
        let (mut sum, mut carried) = (0.0, 0.0);
        for (pair, slope) in inputs.windows(2).zip(&mut *gradient) {
            let (off, rest) = (pair[1] - pair[0] * pair[0], 1.0 - pair[0]);
            sum += 100.0 * (off * off) + rest * rest;
            *slope = carried - 400.0 * off * pair[0] - 2.0 * rest;
            carried = 200.0 * off;
        }
        gradient[inputs.len() - 1] = carried;
        sum
    }
}
