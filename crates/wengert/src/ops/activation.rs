//! Smooth activations, and the rectifier.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::arithmetic::abs;
use super::macros::pointwise;
use super::math::{exp, tanh};
use super::special::{constant, erfc};

/// `sqrt(2 / pi)`, and the coefficient of the cube, of [`gelu_tanh`].
const GELU: f64 = std::f64::consts::SQRT_2 * 0.5 * FRAC_2_SQRT_PI;
const GELU_CUBE: f64 = 0.044715;

pointwise! {
    family activation;

    /// The rectifier, element by element: `y = max(x, 0)`; NaN stays NaN.
    ///
    /// **Adjoint.** A gate: `y_bar` where `x > 0`, else 0, whatever `y_bar` is. At 0 the slope is 0, at NaN it is 1.
    /// PyTorch: `torch.relu`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-1.0, 0.0, 2.0]);
    /// x.relu().sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.0, 0.0, 1.0]);
    /// ```
    relu(x) -> y {
        primal: if x <= T::zero() { T::zero() } else { x },
        pull(y_bar): { x => A::select(y.le(y.zero_like()), y_bar.zero_like(), y_bar) },
        sample: [0.7],
    }

    /// The logistic function, element by element: `y = 1 / (1 + e^-x)`.
    ///
    /// **Partial.** `y (1 - y)`: reads the result. PyTorch: `torch.sigmoid`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// let y = x.sigmoid();
    /// y.backward();
    /// assert_eq!((y.item(), x.grad().unwrap()[[0]]), (0.5, 0.25));
    /// ```
    sigmoid(x) -> y {
        primal: x.fast_sigmoid(),
        single: T::one() / (T::one() + num_traits::Float::exp(-x)),
        partial: { x => y * (y.one_like() - y) },
        sample: [0.7],
    }

    /// The Gaussian error linear unit, element by element: `y = x P(x)` with the normal distribution
    /// `P(x) = erfc(-x / sqrt 2) / 2`.
    ///
    /// **Partial.** `P(x) + x e^(-x^2 / 2) / sqrt(2 pi)`. PyTorch: `torch.nn.functional.gelu`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.gelu().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.5);
    /// ```
    gelu(x) -> y {
        primal: x * constant::<T>(0.5) * (x * constant(-FRAC_1_SQRT_2)).fast_erfc(),
        single: x * constant::<T>(0.5) * erfc::single([x * constant(-FRAC_1_SQRT_2)]),
        partial: {
            x => {
                let half = x.constant(0.5);
                let below = A::shortcut_always(
                    // The result has it as a factor; where both are 0, or nearly, it is 1/2 to the last digit.
                    || A::select((x * x).gt(x.constant(1e-34)), y / x, half),
                    || (x * x.constant(-FRAC_1_SQRT_2)).of::<erfc>() * half,
                );
                let density = (x * x * x.constant(-0.5)).of::<exp>() * x.constant(0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI);
                below + x * density
            },
        },
        sample: [0.7],
    }

    /// The approximation of [`Tensor::gelu`](crate::Tensor::gelu) by a hyperbolic tangent:
    /// `y = x (1 + tanh u) / 2` with `u = sqrt(2 / pi) (x + 0.044715 x^3)`.
    ///
    /// **Partial.** `(1 + tanh u) / 2 + x (1 - tanh^2 u) u' / 2`. PyTorch: `torch.nn.functional.gelu` with
    /// `approximate="tanh"`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.gelu_tanh().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.5);
    /// ```
    gelu_tanh(x) -> y {
        primal: {
            let u = constant::<T>(GELU) * (x + constant::<T>(GELU_CUBE) * (x * x * x));
            x * constant::<T>(0.5) * (T::one() + u.fast_tanh())
        },
        partial: {
            x => {
                let (one, half, square, far) = (x.one_like(), x.constant(0.5), x * x, x.constant(1e4));
                // Far out it is flat either way, and a square that overflows would be NaN times 0.
                let square = A::select(square.gt(far), far, square);
                let u = (x + square * x * x.constant(GELU_CUBE)) * x.constant(GELU);
                let slope = (one + square * x.constant(3.0 * GELU_CUBE)) * x.constant(GELU);
                let t = u.of::<tanh>();
                half * (one + t) + half * x * ((one - t * t) * slope)
            },
        },
        sample: [0.7],
    }

    /// The sigmoid linear unit, element by element: `y = x / (1 + e^-x)`.
    ///
    /// **Partial.** `s (1 + x (1 - s))` with the sigmoid `s`.
    ///
    /// **Edges.** At `-inf` both are NaN. PyTorch: `torch.nn.functional.silu`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.silu().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.5);
    /// ```
    silu(x) -> y {
        primal: x / (T::one() + (-x).exp()),
        partial: {
            x => {
                let (one, s) = (x.one_like(), x.of::<sigmoid>());
                s * (one + x * (one - s))
            },
        },
        sample: [0.7],
    }

    /// Mish, element by element: `y = x tanh(softplus(x))`.
    ///
    /// **Partial.** `t + x s (1 - t^2)` with `t = tanh(softplus(x))` and the sigmoid `s`. PyTorch:
    /// `torch.nn.functional.mish`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1000.0]);
    /// x.mish().sum().backward();
    /// assert_eq!(x.grad().unwrap()[[1]], 1.0);
    /// ```
    mish(x) -> y {
        primal: x * x.fast_exp().fast_ln_1p().fast_tanh(),
        partial: {
            x => {
                let t = x.of::<softplus>().of::<tanh>();
                t + x * x.of::<sigmoid>() * (x.one_like() - t * t)
            },
        },
        sample: [0.7],
    }

    /// Softplus, a smooth rectifier, element by element: `y = ln(1 + e^x)`, and `x` itself above 20. For another
    /// sharpness or threshold see [`Tensor::softplus_with`](crate::Tensor::softplus_with).
    ///
    /// **Partial.** The sigmoid of `x`; 1 above 20. PyTorch: `torch.nn.functional.softplus`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1000.0]);
    /// let y = x.softplus();
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [2f64.ln(), 1000.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.5, 1.0]);
    /// ```
    softplus(x) -> y {
        primal: if x > constant(20.0) { x } else { x.fast_exp().fast_ln_1p() },
        pull(y_bar): { x => A::select(x.gt(x.constant(20.0)), y_bar, y_bar * x.of::<sigmoid>()) },
        sample: [0.7],
    }

    /// Softsign, element by element: `y = x / (1 + |x|)`.
    ///
    /// **Partial.** `1 / (1 + |x|)^2`.
    ///
    /// **Edges.** At the infinities the value is NaN. PyTorch: `torch.nn.functional.softsign`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-1.0]);
    /// x.softsign().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.25);
    /// ```
    softsign(x) -> y {
        primal: x / (T::one() + x.abs()),
        pull(y_bar): {
            x => {
                let size = x.one_like() + x.of::<abs>();
                y_bar / (size * size)
            },
        },
        sample: [0.7],
    }

    /// The logarithm of the sigmoid, element by element: `y = min(x, 0) - ln(1 + e^-|x|)`, which does not overflow.
    ///
    /// **Partial.** The sigmoid of `-x`. PyTorch: `torch.nn.functional.logsigmoid`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-1000.0, 1000.0]);
    /// let y = x.log_sigmoid();
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [-1000.0, 0.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [1.0, 0.0]);
    /// ```
    log_sigmoid(x) -> y {
        primal: (if x > T::zero() { T::zero() } else { x }) - (-x.abs()).fast_exp().fast_ln_1p(),
        partial: { x => (-x).of::<sigmoid>() },
        sample: [0.7],
    }
}
