//! A mix of elementary functions.

use wengert::Dual;
use wengert_benches::thousands;

use super::{Fuse, Number, Own, Program};

/// Where the state starts, and the three parameters.
const INPUTS: [f64; 4] = [1.0, 0.9, 2.0, 1.1];
/// An exponent for which no library has a short cut.
const EXPONENT: f64 = 1.7;
/// How far the phase moves a step, and after how many steps it starts again.
const PHASE: (f64, usize) = (0.1, 63);
/// `x a`, the phase, sine, exponential, `+ b`, logarithm, root, `/ c`, power, and the sum.
const OPS: usize = 10;

/// So many steps of `x = (sqrt(ln(exp(sin(a x + phase)) + b)) / c)^1.7`, and the sum of all `x`.
///
/// The state stays between 0.7 and 1.3 and the phase keeps it moving. A step forgets most of the one before, which alone
/// would let adjoints underflow to 0; as every state is a part of the sum, each has an adjoint near 1.
pub struct Mix {
    /// How many steps.
    pub steps: usize,
}

/// The phase of a step, a plain number.
#[inline(always)]
fn phase(step: usize) -> f64 {
    (step % PHASE.1) as f64 * PHASE.0
}

impl Program for Mix {
    fn title(&self) -> String {
        format!("{} steps of elementary functions", thousands(self.steps))
    }

    fn text(&self) -> &'static str {
        "`x = (sqrt(ln(exp(sin(a*x + phase)) + b)) / c)^1.7`, and the sum of all `x`; the gradient by the first `x`, \
         `a`, `b` and `c`."
    }

    fn inputs(&self) -> &[f64] {
        &INPUTS
    }

    #[inline(always)]
    fn value<N: Number>(&self, inputs: &[N]) -> N {
        let &[x, a, b, c] = inputs else { panic!("the mix has four inputs, not {}", inputs.len()) };
        let step = |x: N, step| (((x * a).plus(phase(step)).sin().exp() + b).ln().sqrt() / c).powf(EXPONENT);
        let mut x = step(x, 0);
        let mut sum = x;
        for i in 1..self.steps {
            x = step(x, i);
            sum = sum + x;
        }
        sum
    }
}

impl Own for Mix {
    fn ops(&self) -> usize {
        OPS * self.steps - 1
    }

    #[inline(always)]
    fn fused<N: Fuse>(&self, inputs: &[N]) -> N {
        let &[mut x, a, b, c] = inputs else { panic!("the mix has four inputs, not {}", inputs.len()) };
        let mut sum = N::constant(0.0);
        for i in 0..self.steps {
            x = N::fuse([x, a, b, c], |[x, a, b, c]: [Dual<f64, 4>; 4]| {
                (((x * a + phase(i)).sin().exp() + b).ln().sqrt() / c).powf(EXPONENT)
            });
            sum = sum + x;
        }
        sum
    }

    /// Forward, with four tangents. `(e + b)` and its logarithm serve the value and the partials.
    #[inline(never)]
    fn by_hand(&self, inputs: &[f64], gradient: &mut [f64]) -> f64 {
        let &[mut x, a, b, c] = inputs else { panic!("the mix has four inputs, not {}", inputs.len()) };
        let (mut sum, mut sums) = (0.0, [0.0; 4]);
        let mut tangents = [1.0, 0.0, 0.0, 0.0];
        for step in 0..self.steps {
            let (sin, cos) = (x * a + phase(step)).sin_cos();
            let exp = sin.exp();
            let shifted = exp + b;
            let ln = shifted.ln();
            let y = (ln.sqrt() / c).powf(EXPONENT);

            let by_b = EXPONENT * y / (2.0 * ln * shifted);
            let by_angle = by_b * exp * cos;
            let own = [0.0, by_angle * x, by_b, -EXPONENT * y / c];
            for ((tangent, own), sum) in tangents.iter_mut().zip(own).zip(&mut sums) {
                *tangent = by_angle * a * *tangent + own;
                *sum += *tangent;
            }
            x = y;
            sum += x;
        }
        gradient.copy_from_slice(&sums);
        sum
    }
}
