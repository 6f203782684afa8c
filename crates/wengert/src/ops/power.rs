//! Powers.

use super::macros::pointwise;
use super::math::ln;

pointwise! {
    family power;

    /// The power `y = a^b`, element by element, broadcast; the exponent is a tensor, a scalar or a number.
    ///
    /// **Partials.** `b a^(b-1)`, 0 where `b = 0`; and `y ln a`, 0 where `a = 0` and `b >= 0`. Reads both operands, and for the exponent the
    /// result.
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
            a => A::select(b.same(b.zero_like()), y_bar.zero_like(), y_bar * (b * a.with::<pow>(b - b.one_like()))),
            b => {
                let flat = A::both(a.same(a.zero_like()), b.zero_like().le(b));
                A::select(flat, y_bar.zero_like(), y_bar * (y * a.of::<ln>()))
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
        primal: x.powi(n.to_i32().unwrap_or(0)),
        pull(y_bar): {
            x => A::select(n.same(n.zero_like()), y_bar.zero_like(), y_bar * (n * x.with::<powi>(n - n.one_like()))),
            n => y_bar.zero_like(),
        },
        sample: [1.3, 3.0],
    }
}
