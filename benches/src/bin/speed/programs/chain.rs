//! A long chain: `x = x x a + b x + c`.

use wengert_benches::chain::{OPS, PARAMETERS};
use wengert_benches::thousands;

use super::{Fuse, Number, Own, Program};

/// So many steps of `x = x x a + b x + c`, five ops each, every one waiting for the one before.
///
/// Coefficients are such that neither values nor adjoints vanish or overflow over a million steps.
pub struct Chain {
    /// How many steps.
    pub steps: usize,
}

impl Program for Chain {
    fn title(&self) -> String {
        format!("Chain of {} ops", thousands(OPS * self.steps))
    }

    fn text(&self) -> &'static str {
        "`x = x*x*a + b*x + c`, step after step; the gradient by the first `x`, `a`, `b` and `c`. Time an op."
    }

    fn inputs(&self) -> &[f64] {
        &PARAMETERS
    }

    #[inline(always)]
    fn value<N: Number>(&self, inputs: &[N]) -> N {
        let &[mut x, a, b, c] = inputs else { panic!("the chain has four inputs, not {}", inputs.len()) };
        for _ in 0..self.steps {
            x = x * x * a + b * x + c;
        }
        x
    }
}

impl Own for Chain {
    fn ops(&self) -> usize {
        OPS * self.steps
    }

    fn is_read_by_the_op(&self) -> bool {
        true
    }

    #[inline(always)]
    fn fused<N: Fuse>(&self, inputs: &[N]) -> N {
        let &[mut x, a, b, c] = inputs else { panic!("the chain has four inputs, not {}", inputs.len()) };
        for _ in 0..self.steps {
            x = N::fuse([x, a, b, c], |[x, a, b, c]| x * x * a + b * x + c);
        }
        x
    }

    /// Forward: four tangents beside the value wait for nothing but the value, and no step has to be kept.
    #[inline(never)]
    fn by_hand(&self, inputs: &[f64], gradient: &mut [f64]) -> f64 {
        let &[mut x, a, b, c] = inputs else { panic!("the chain has four inputs, not {}", inputs.len()) };
        let mut tangents = [1.0, 0.0, 0.0, 0.0];
        for _ in 0..self.steps {
            let square = x * x;
            let slope = 2.0 * a * x + b;
            let own = [0.0, square, x, 1.0];
            for (tangent, own) in tangents.iter_mut().zip(own) {
                *tangent = slope * *tangent + own;
            }
            x = square * a + b * x + c;
        }
        gradient.copy_from_slice(&tangents);
        x
    }
}
