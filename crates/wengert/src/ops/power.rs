//! Powers and roots.

use super::macros::pointwise;
use super::math::ln;

pointwise! {
    family power;

    /// The power `y = a^b`, element by element, broadcast; the exponent is a tensor, a scalar or a number.
    ///
    /// **Partials.** `b a^(b-1)`, 0 where `b = 0`; and `y ln a`, 0 where `a = 0` and `b >= 0`. Reads both operands and the result.
    ///
    /// **Edges.** `0^0 = 1`; `a < 0` with a fractional exponent is NaN, and so is its partial by the exponent.
    /// PyTorch: `torch.pow`. For an integer exponent [`Tensor::powi`](crate::Tensor::powi) is faster.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_pow`](crate::Tensor::try_pow) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([4.0]);
    /// let y = x.pow(1.5);
    /// y.backward();
    /// assert_eq!((y.item(), x.grad().unwrap()[[0]]), (8.0, 3.0));
    /// ```
    pow(a, b) -> y {
        primal: a.powf(b),
        pull(y_bar): {
            a => {
                let flat = b.same(b.zero_like());
                let slope = A::shortcut(
                    // A quotient in place of a second power, far from where the power loses digits or has none.
                    || y.has_digits(),
                    || b * (y / a),
                    || {
                        // No 0^-1, not even where it is not taken: a derivative of it would come back.
                        let less = A::select(flat, b, b - b.one_like());
                        b * a.with::<pow>(less)
                    },
                );
                A::select(flat, y_bar.zero_like(), y_bar * slope)
            },
            b => {
                let flat = A::both(a.same(a.zero_like()), b.zero_like().le(b));
                let log = A::select(flat, a.one_like(), a).of::<ln>();
                A::select(flat, y_bar.zero_like(), y_bar * (y * log))
            },
        },
        sample: [1.3, 2.2],
    }

    /// The power `y = x^n` of an integer exponent, element by element.
    ///
    /// **Partial.** `n x^(n-1)`, 0 where `n = 0`; reads the operand.
    ///
    /// **Edges.** `0^0 = 1`; `0^-1 = inf` with partial `-inf`. For `f32` an `n` beyond 2^24 is rounded.
    /// PyTorch: `x ** n`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-2.0]);
    /// x.powi(3).backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 12.0);
    /// ```
    powi(x, n: i32) -> y {
        // One less than the least integer, and the greatest as an `f32`, are powers all the same.
        primal: match n.to_i32() {
            Some(n) => x.powi(n),
            None => x.powf(n),
        },
        pull(y_bar): {
            x => {
                let flat = n.same(n.zero_like());
                let less = A::select(flat, n, n - n.one_like());
                A::select(flat, y_bar.zero_like(), y_bar * (n * x.with::<powi>(less)))
            },
            n => y_bar.zero_like(),
        },
        sample: [1.3, 3.0],
    }

    /// The reciprocal `y = 1 / x`, element by element.
    ///
    /// **Partial.** `-y^2`: reads the result.
    ///
    /// **Edges.** At 0: value `inf`, slope `-inf`. PyTorch: `torch.reciprocal`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([2.0]);
    /// x.reciprocal().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], -0.25);
    /// ```
    reciprocal(x) -> y {
        primal: x.recip(),
        pull(y_bar): { x => -y_bar * (y * y) },
        sample: [0.7],
    }

    /// The reciprocal of the square root, `y = 1 / sqrt(x)`, element by element.
    ///
    /// **Partial.** `-y^3 / 2`: reads the result.
    ///
    /// **Edges.** At 0: value `inf`, slope `-inf`. Below 0 both are NaN. PyTorch: `torch.rsqrt`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([4.0]);
    /// x.rsqrt().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], -0.0625);
    /// ```
    rsqrt(x) -> y {
        primal: x.sqrt().recip(),
        pull(y_bar): { x => y_bar * x.constant(-0.5) * (y * (y * y)) },
        sample: [0.7],
    }

    /// The cube root, element by element; of a negative number it is negative.
    ///
    /// **Partial.** `1 / (3 y^2)`: reads the result.
    ///
    /// **Edges.** At 0 the slope is `inf`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-8.0]);
    /// let y = x.cbrt();
    /// y.backward();
    /// assert_eq!((y.item(), x.grad().unwrap()[[0]]), (-2.0, 1.0 / 12.0));
    /// ```
    cbrt(x) -> y {
        primal: x.cbrt(),
        pull(y_bar): { x => y_bar / (y * y * x.constant(3.0)) },
        sample: [0.7],
    }

    /// The length `y = sqrt(a^2 + b^2)`, element by element, broadcast; no square overflows on the way.
    ///
    /// **Partials.** `a / y` and `b / y`: reads the operands and the result.
    ///
    /// **Edges.** At (0, 0) the slopes are NaN. PyTorch: `torch.hypot`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_hypot`](crate::Tensor::try_hypot) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([3.0]), tape.leaf([4.0]));
    /// let y = a.hypot(b);
    /// y.backward();
    /// assert_eq!((y.item(), a.grad().unwrap()[[0]]), (5.0, 0.6));
    /// ```
    hypot(a, b) -> y {
        primal: a.hypot(b),
        partial: { a => a / y, b => b / y },
        sample: [0.3, -1.2],
    }
}
