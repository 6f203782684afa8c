//! Activations of pieces: linear ones, and exponentials below 0.

use super::macros::pointwise;
use super::math::{exp, expm1};
use super::special::constant;

/// The constants of SELU (Klambauer and others, 2017).
const ALPHA: f64 = 1.6732632423543772;
const SCALE: f64 = 1.0507009873554805;

pointwise! {
    family rectifiers;

    /// The rectifier with a ceiling, element by element: `y = min(max(x, 0), 6)`; NaN stays NaN.
    ///
    /// **Adjoint.** A gate: `y_bar` where `0 < x < 6`, else 0. At 0 and at 6 the slope is 0, at NaN it is 1.
    /// PyTorch: `torch.nn.functional.relu6`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-1.0, 3.0, 7.0]);
    /// let y = x.relu6();
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [0.0, 3.0, 6.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.0, 1.0, 0.0]);
    /// ```
    relu6(x) -> y {
        primal: if x <= T::zero() { T::zero() } else if x >= constant(6.0) { constant(6.0) } else { x },
        pull(y_bar): {
            x => A::select(A::either(x.le(x.zero_like()), x.constant(6.0).le(x)), y_bar.zero_like(), y_bar),
        },
        sample: [0.7],
    }

    /// The leaky rectifier, element by element: `y = x` where `x > 0`, else `slope x`.
    ///
    /// **Partials.** 1 where `x > 0`, else `slope`; by the slope 0 where `x > 0`, else `x`.
    ///
    /// **Edges.** At 0 and at NaN the partial is `slope`. PyTorch: `torch.nn.functional.leaky_relu`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([-1.0, 2.0]).leaky_relu(0.1).to_vec(), [-0.1, 2.0]);
    /// ```
    leaky_relu(x, slope) -> y {
        primal: if x > T::zero() { x } else { x * slope },
        pull(y_bar): {
            x => A::select(x.gt(x.zero_like()), y_bar, y_bar * slope),
            slope => A::select(x.gt(x.zero_like()), y_bar.zero_like(), y_bar * x),
        },
        sample: [-0.7, 0.4],
    }

    /// The exponential linear unit, element by element: `y = x` where `x > 0`, else `alpha (e^x - 1)`.
    ///
    /// **Partials.** 1 where `x > 0`, else `alpha e^x`; by `alpha` 0 where `x > 0`, else `e^x - 1`.
    ///
    /// **Edges.** At 0 the partial is `alpha`, at NaN 1. PyTorch: `torch.nn.functional.elu`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 2.0]);
    /// x.elu(0.5).sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.5, 1.0]);
    /// ```
    elu(x, alpha) -> y {
        primal: if x <= T::zero() { alpha * x.fast_exp_m1() } else { x },
        pull(y_bar): {
            x => A::select(x.le(x.zero_like()), y_bar * (alpha * below(x).of::<exp>()), y_bar),
            alpha => y_bar * below(x).of::<expm1>(),
        },
        sample: [-0.7, 1.4],
    }

    /// The scaled exponential linear unit, element by element: `y = scale x` where `x > 0`, else
    /// `scale alpha (e^x - 1)`, with `alpha = 1.6732632423543772` and `scale = 1.0507009873554805`.
    ///
    /// **Partial.** `scale` where `x > 0`, else `scale alpha e^x`.
    ///
    /// **Edges.** At 0 the partial is `scale alpha`, at NaN `scale`. PyTorch: `torch.nn.functional.selu`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 1.0]).selu().to_vec(), [0.0, 1.0507009873554805]);
    /// ```
    selu(x) -> y {
        primal: if x <= T::zero() { constant::<T>(SCALE * ALPHA) * x.fast_exp_m1() } else { constant::<T>(SCALE) * x },
        pull(y_bar): {
            x => {
                let slope = below(x).of::<exp>() * x.constant(SCALE * ALPHA);
                y_bar * A::select(x.le(x.zero_like()), slope, x.constant(SCALE))
            },
        },
        sample: [-0.7],
    }

    /// The exponential linear unit that is smooth for each `alpha`, element by element: `y = x` where `x > 0`, else
    /// `alpha (e^(x / alpha) - 1)`.
    ///
    /// **Partials.** 1 where `x > 0`, else `e^(x / alpha)`; by `alpha` 0 where `x > 0`, else
    /// `e^(x / alpha) (1 - x / alpha) - 1`.
    ///
    /// **Edges.** An `alpha` of 0 divides by 0. PyTorch: `torch.nn.functional.celu`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 2.0]);
    /// x.celu(0.5).sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [1.0, 1.0]);
    /// ```
    celu(x, alpha) -> y {
        primal: if x <= T::zero() { alpha * (x / alpha).fast_exp_m1() } else { x },
        pull(y_bar): {
            x => A::select(x.le(x.zero_like()), y_bar * (below(x) / alpha).of::<exp>(), y_bar),
            alpha => {
                let part = below(x) / alpha;
                y_bar * (part.of::<expm1>() - part * part.of::<exp>())
            },
        },
        sample: [-0.7, 1.4],
    }

    /// The sigmoid of pieces, element by element: `y = min(max(x + 3, 0), 6) / 6`; NaN stays NaN.
    ///
    /// **Adjoint.** A gate: `y_bar / 6` where `-3 < x < 3`, else 0, also at the bounds and at NaN.
    /// PyTorch: `torch.nn.functional.hardsigmoid`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([-4.0, 0.0, 4.0]).hardsigmoid().to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    hardsigmoid(x) -> y {
        primal: {
            let six = constant::<T>(6.0);
            <relu6 as crate::rule::Pointwise<1>>::primal([x + constant(3.0)]) / six
        },
        pull(y_bar): {
            x => {
                let inside = A::both(x.gt(x.constant(-3.0)), x.constant(3.0).gt(x));
                A::select(inside, y_bar / y_bar.constant(6.0), y_bar.zero_like())
            },
        },
        sample: [0.7],
    }

    /// The swish of pieces, element by element: `y = x min(max(x + 3, 0), 6) / 6`.
    ///
    /// **Partial.** 0 where `x <= -3`, 1 where `x >= 3`, else `x / 3 + 1/2`; 1 at NaN.
    /// PyTorch: `torch.nn.functional.hardswish`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([-4.0, 0.0, 4.0]).hardswish().to_vec(), [0.0, 0.0, 4.0]);
    /// ```
    hardswish(x) -> y {
        primal: x * <relu6 as crate::rule::Pointwise<1>>::primal([x + constant(3.0)]) / constant(6.0),
        pull(y_bar): {
            x => {
                let middle = A::select(x.constant(3.0).gt(x), y_bar * (x / x.constant(3.0) + x.constant(0.5)), y_bar);
                A::select(x.le(x.constant(-3.0)), y_bar.zero_like(), middle)
            },
        },
        sample: [0.7],
    }
}

/// `min(x, 0)`, with slope 1 at 0: an exponential of a large `x` would be infinite, and come back as NaN from where it
/// is not taken.
fn below<A: crate::rule::Arithmetic>(x: A) -> A {
    A::select(x.le(x.zero_like()), x, x.zero_like())
}
