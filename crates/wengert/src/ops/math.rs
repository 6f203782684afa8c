//! Elementary functions.

use std::f64::consts::{LN_2, LN_10};

use super::macros::pointwise;

pointwise! {
    family math;

    /// The exponential `y = e^x`, element by element.
    ///
    /// **Partial.** `y`: reads the result. PyTorch: `torch.exp`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.exp().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    exp(x) -> y {
        primal: x.fast_exp(),
        single: num_traits::Float::exp(x),
        partial: { x => y },
        sample: [0.7],
    }

    /// The natural logarithm, element by element. PyTorch's name is `log`.
    ///
    /// **Partial.** `1 / x`.
    ///
    /// **Edges.** At 0: value `-inf`, slope `inf`. Below 0 the value is NaN. PyTorch: `torch.log`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([4.0]);
    /// x.ln().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.25);
    /// ```
    ln(x) -> y {
        primal: x.fast_ln(),
        single: num_traits::Float::ln(x),
        pull(y_bar): { x => y_bar / x },
        sample: [0.7],
    }

    /// The sine, element by element, of an angle in radians.
    ///
    /// **Partial.** `cos x`. PyTorch: `torch.sin`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.sin().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    sin(x) -> y {
        primal: x.sin(),
        partial: { x => x.of::<cos>() },
        sample: [0.7],
    }

    /// The cosine, element by element, of an angle in radians.
    ///
    /// **Partial.** `-sin x`. PyTorch: `torch.cos`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.cos().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.0);
    /// ```
    cos(x) -> y {
        primal: x.cos(),
        partial: { x => -x.of::<sin>() },
        sample: [0.7],
    }

    /// The hyperbolic tangent, element by element.
    ///
    /// **Partial.** `1 - y^2`: reads the result. PyTorch: `torch.tanh`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.tanh().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    tanh(x) -> y {
        primal: x.fast_tanh(),
        partial: { x => y.one_like() - y * y },
        sample: [0.7],
    }

    /// The power of two `y = 2^x`, element by element.
    ///
    /// **Partial.** `y ln 2`: reads the result. PyTorch: `torch.exp2`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([3.0, -1.0]).exp2().to_vec(), [8.0, 0.5]);
    /// ```
    exp2(x) -> y {
        primal: x.exp2(),
        partial: { x => y * x.constant(LN_2) },
        sample: [0.7],
    }

    /// `y = e^x - 1`, element by element, accurate where `x` is small.
    ///
    /// **Partial.** `y + 1`: reads the result. PyTorch: `torch.expm1`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 1e-20]).expm1().to_vec(), [0.0, 1e-20]);
    /// ```
    expm1(x) -> y {
        primal: x.fast_exp_m1(),
        single: num_traits::Float::exp_m1(x),
        partial: { x => y + y.one_like() },
        sample: [0.7],
    }

    /// The logarithm to base 2, element by element.
    ///
    /// **Partial.** `1 / (x ln 2)`.
    ///
    /// **Edges.** At 0: value `-inf`, slope `inf`. Below 0 the value is NaN. PyTorch: `torch.log2`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([8.0, 0.5]).log2().to_vec(), [3.0, -1.0]);
    /// ```
    log2(x) -> y {
        primal: x.log2(),
        pull(y_bar): { x => y_bar / (x * x.constant(LN_2)) },
        sample: [0.7],
    }

    /// The logarithm to base 10, element by element.
    ///
    /// **Partial.** `1 / (x ln 10)`.
    ///
    /// **Edges.** At 0: value `-inf`, slope `inf`. Below 0 the value is NaN. PyTorch: `torch.log10`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([1000.0, 1.0]).log10().to_vec(), [3.0, 0.0]);
    /// ```
    log10(x) -> y {
        primal: x.log10(),
        pull(y_bar): { x => y_bar / (x * x.constant(LN_10)) },
        sample: [0.7],
    }

    /// `y = ln(1 + x)`, element by element, accurate where `x` is small.
    ///
    /// **Partial.** `1 / (1 + x)`.
    ///
    /// **Edges.** At -1: value `-inf`, slope `inf`. Below -1 the value is NaN. PyTorch: `torch.log1p`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 1e-20]).log1p().to_vec(), [0.0, 1e-20]);
    /// ```
    log1p(x) -> y {
        primal: x.fast_ln_1p(),
        single: num_traits::Float::ln_1p(x),
        pull(y_bar): { x => y_bar / (x + x.one_like()) },
        sample: [0.7],
    }

    /// The product `y = a ln b`, 0 where `a = 0`, element by element, broadcast.
    ///
    /// **Partials.** `ln b`, 0 where `a = 0` and `b <= 0`; and `a / b`. Reads the operands.
    ///
    /// **Edges.** Where `b` is NaN, so is `y`. At (0, 0) the slope by `b` is NaN. PyTorch: `torch.xlogy`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_xlogy`](crate::Tensor::try_xlogy) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 2.0]).xlogy(tape.leaf([0.0, 1.0])).to_vec(), [0.0, 0.0]);
    /// ```
    xlogy(a, b) -> y {
        primal: if a == T::zero() && !b.is_nan() { T::zero() } else { a * b.ln() },
        pull(y_bar): {
            a => {
                let flat = A::both(a.same(a.zero_like()), b.le(b.zero_like()));
                A::select(flat, y_bar.zero_like(), y_bar.with::<xlogy>(b))
            },
            b => y_bar * a / b,
        },
        sample: [0.3, 1.2],
    }

    /// The log odds `y = ln(x / (1 - x))`, element by element: the inverse of the sigmoid.
    ///
    /// **Partial.** `1 / (x (1 - x))`.
    ///
    /// **Edges.** At 0 and 1 the values are `-inf` and `inf`, the slopes `inf`. Elsewhere outside of [0, 1] both are
    /// NaN. PyTorch: `torch.logit`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.5]);
    /// let y = x.logit();
    /// y.backward();
    /// assert_eq!((y.item(), x.grad().unwrap()[[0]]), (0.0, 4.0));
    /// ```
    logit(x) -> y {
        primal: (x / (T::one() - x)).ln(),
        pull(y_bar): {
            x => {
                let inside = A::both(x.zero_like().le(x), x.le(x.one_like()));
                y_bar / A::select(inside, x * (x.one_like() - x), x.constant(f64::NAN))
            },
        },
        sample: [0.4],
    }
}
