//! Pointwise penalties: what losses are made of.

use wengert_kernels::Real;

use crate::ops::activation::sigmoid;
use crate::ops::arithmetic::sign;
use crate::ops::macros::pointwise;
use crate::ops::math::ln;
use crate::rule::{Arithmetic, Pointwise};

pointwise! {
    family penalty;

    /// Huber's penalty of a deviation, element by element: `x^2 / 2` where `|x| < delta`, else
    /// `delta (|x| - delta / 2)`.
    ///
    /// **Partials.** `x` where `|x| < delta`, else `delta` with the sign of `x`; by `delta` what `|x|` exceeds it by. PyTorch:
    /// `torch.nn.functional.huber_loss`, element by element; [`Tensor::huber_loss`](crate::Tensor::huber_loss) is the loss.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.5, -3.0]);
    /// let y = x.huber(1.0);
    /// assert_eq!(y.to_vec(), [0.125, 2.5]);
    /// y.sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.5, -1.0]);
    /// ```
    huber(x, delta) -> y {
        primal: {
            let size = x.abs();
            let half = T::one() / (T::one() + T::one());
            if size < delta { half * x * x } else { delta * (size - half * delta) }
        },
        pull(y_bar): {
            x => y_bar * A::select(A::both(delta.gt(x), delta.gt(-x)), x, delta * x.of::<sign>()),
            delta => {
                let over = x * x.of::<sign>() - delta;
                A::select(over.gt(over.zero_like()), y_bar * over, y_bar.zero_like())
            },
        },
        sample: [0.3, 0.7],
    }

    /// The smooth absolute value, element by element: `x^2 / (2 beta)` where `|x| < beta`, else `|x| - beta / 2`.
    ///
    /// **Partial.** `x / beta` where `|x| < beta`, else the sign of `x`. With `beta = 0` it is the absolute value.
    /// PyTorch: `torch.nn.functional.smooth_l1_loss`, element by element.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.5, -3.0]);
    /// assert_eq!(x.smooth_l1(1.0).to_vec(), [0.125, 2.5]);
    /// ```
    smooth_l1(x, beta) -> y {
        primal: {
            let size = x.abs();
            let half = T::one() / (T::one() + T::one());
            if size < beta { half * x * x / beta } else { size - half * beta }
        },
        pull(y_bar): {
            x => {
                let inside = A::both(beta.gt(x), beta.gt(-x));
                y_bar * A::select(inside, x / width(inside, beta), x.of::<sign>())
            },
            beta => {
                let inside = A::both(beta.gt(x), beta.gt(-x));
                let share = x / width(inside, beta);
                let half = y_bar.constant(-0.5);
                half * A::select(inside, y_bar * (share * share), y_bar)
            },
        },
        sample: [0.3, 0.7],
    }

    /// The binary cross entropy of a logit and a target, element by element:
    /// `(1 - t) x + ln(1 + e^-x)`, computed as `max(x, 0) - t x + ln(1 + e^-|x|)`, which does not overflow.
    ///
    /// **Partials.** `sigmoid(x) - t` and `-x`. PyTorch:
    /// `torch.nn.functional.binary_cross_entropy_with_logits`, element by element.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, -1000.0]);
    /// assert_eq!(x.binary_cross_entropy_with_logits(1.0).to_vec(), [2f64.ln(), 1000.0]);
    /// ```
    binary_cross_entropy_with_logits(x, t) -> y {
        primal: {
            let positive = if x < T::zero() { T::zero() } else { x };
            positive - t * x + (-x.abs()).fast_exp().fast_ln_1p()
        },
        pull(y_bar): {
            x => y_bar * (x.of::<sigmoid>() - t),
            t => -(y_bar * x),
        },
        sample: [0.7, 0.4],
    }

    /// A term of the Kullback-Leibler divergence, element by element: `t (ln t - x)` of a log probability `x` and a
    /// target probability `t`; `0 ln 0` is 0.
    ///
    /// **Partials.** `-t`, and `ln t + 1 - x`, which is NaN at `t = 0`. PyTorch: `torch.nn.functional.kl_div`,
    /// element by element; [`Tensor::kl_div`](crate::Tensor::kl_div) is the loss.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-1.0, -1.0]);
    /// assert_eq!(x.kl_term(tape.constant([1.0, 0.0])).to_vec(), [1.0, 0.0]);
    /// ```
    kl_term(x, t) -> y {
        primal: {
            let entropy = if t == T::zero() { T::zero() } else { t * t.ln() };
            entropy - t * x
        },
        pull(y_bar): {
            x => -(y_bar * t),
            t => {
                let log = A::select(t.same(t.zero_like()), t.zero_like(), t.of::<ln>());
                y_bar * (log - x) + y_bar * t / t
            },
        },
        sample: [-0.7, 0.4],
    }
}

/// The width of the parabola, where it is what counts: elsewhere it may be 0, and a derivative of a division by it would
/// come back though it is not taken.
fn width<A: Arithmetic>(inside: A::Mask, beta: A) -> A {
    A::select(inside, beta, beta.one_like())
}

/// The binary cross entropy of a probability and a target, element by element: `-(t ln p + (1 - t) ln(1 - p))`, where
/// no logarithm is below -100. A method of tensors alone, which checks that `p` is a probability.
#[allow(non_camel_case_types)]
pub(super) enum binary_cross_entropy {}

impl Pointwise<2> for binary_cross_entropy {
    const NAME: &'static str = "binary_cross_entropy";
    const SAMPLE: [f64; 2] = [0.3, 0.6];
    #[inline(always)]
    fn primal<T: Real>([p, t]: [T; 2]) -> T {
        let lowest = T::from(-100.0).expect("a small number");
        // What is not below -100 passes, and so does NaN.
        let bounded = |log: T| if log < lowest { lowest } else { log };
        (t - T::one()) * bounded((-p).ln_1p()) - t * bounded(p.ln())
    }
    #[inline(always)]
    fn pull<A: Arithmetic>(k: usize, [p, t]: [A; 2], _: A, y_bar: A) -> A {
        let other = p.one_like() - p;
        if k == 1 {
            return y_bar * (other.of::<ln>() - p.of::<ln>());
        }
        // PyTorch's denominator is at least 1e-12.
        let (spread, least) = (other * p, p.constant(1e-12));
        y_bar * (p - t) / A::select(least.gt(spread), least, spread)
    }
}
