//! Rounding and remainders: flat pieces with jumps between them.

use super::macros::pointwise;
use wengert_kernels::Real;

pointwise! {
    family rounding;

    /// The largest integer that is not above, element by element.
    ///
    /// **Partial.** 0; reads nothing. PyTorch: `torch.floor`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([-1.5, 1.5]).floor().to_vec(), [-2.0, 1.0]);
    /// ```
    floor(x) -> y {
        primal: x.floor(),
        pull(y_bar): { x => y_bar.zero_like() },
        sample: [0.7],
    }

    /// The smallest integer that is not below, element by element.
    ///
    /// **Partial.** 0; reads nothing. PyTorch: `torch.ceil`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([-1.5, 1.5]).ceil().to_vec(), [-1.0, 2.0]);
    /// ```
    ceil(x) -> y {
        primal: x.ceil(),
        pull(y_bar): { x => y_bar.zero_like() },
        sample: [0.7],
    }

    /// The nearest integer, element by element; the even one of two that are as near.
    ///
    /// **Partial.** 0; reads nothing. PyTorch: `torch.round`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.5, 1.5, 1.7, -2.5]).round().to_vec(), [0.0, 2.0, 2.0, -2.0]);
    /// ```
    round(x) -> y {
        primal: half_to_even(x),
        pull(y_bar): { x => y_bar.zero_like() },
        sample: [0.7],
    }

    /// The integer part, element by element: rounded toward 0.
    ///
    /// **Partial.** 0; reads nothing. PyTorch: `torch.trunc`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([-1.5, 1.5]).trunc().to_vec(), [-1.0, 1.0]);
    /// ```
    trunc(x) -> y {
        primal: x.trunc(),
        pull(y_bar): { x => y_bar.zero_like() },
        sample: [0.7],
    }

    /// The remainder of a division that is rounded toward 0, element by element, broadcast: `y = a - b trunc(a / b)`
    /// has the sign of `a`.
    ///
    /// **Partials.** 1 and `-trunc(a / b)`, the exact quotient: reads the operands and the result. PyTorch:
    /// `torch.fmod`, whose quotient is rounded before it is truncated.
    ///
    /// **Edges.** The remainder by 0 is NaN, that of a finite number by an infinite one the number.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_fmod`](crate::Tensor::try_fmod) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([5.5, -5.5]).fmod(2.0).to_vec(), [1.5, -1.5]);
    /// ```
    fmod(a, b) -> y {
        primal: a % b,
        pull(y_bar): {
            a => y_bar,
            b => {
                // What `a - y` holds is a multiple of `b`; `a / b` alone may be rounded over an integer.
                let exact = ((a - y) / b).of::<round>();
                -y_bar * A::select(b.same(b.zero_like()), (a / b).of::<trunc>(), exact)
            },
        },
        sample: [1.7, 1.2],
    }

    /// The remainder of a division that is rounded down, element by element, broadcast: `y = a - b floor(a / b)` has
    /// the sign of `b`.
    ///
    /// **Partials.** 1 and `-floor(a / b)`: reads the operands and the result. PyTorch: `torch.remainder`.
    ///
    /// **Edges.** The remainder by 0 is NaN.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_remainder`](crate::Tensor::try_remainder) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([5.5, -5.5]), tape.leaf([2.0, 2.0]));
    /// let y = a.remainder(b);
    /// assert_eq!(y.to_vec(), [1.5, 0.5]);
    /// y.sum().backward();
    /// assert_eq!(b.grad().unwrap().as_slice().unwrap(), [-2.0, 3.0]);
    /// ```
    remainder(a, b) -> y {
        primal: {
            let rest = a % b;
            if rest != T::zero() && (rest < T::zero()) != (b < T::zero()) { rest + b } else { rest }
        },
        pull(y_bar): {
            a => y_bar,
            b => {
                // What `a - rest` holds is a multiple of `b`; `a / b` alone may be rounded over an integer.
                let rest = a.with::<fmod>(b);
                let toward_zero = ((a - rest) / b).of::<round>();
                let down = A::select(y.same(rest), toward_zero, toward_zero - toward_zero.one_like());
                let quotient = A::select(b.same(b.zero_like()), (a / b).of::<floor>(), down);
                -y_bar * quotient
            },
        },
        sample: [-1.7, 1.2],
    }
}

/// The nearest integer; the even one of two that are as near.
fn half_to_even<T: Real>(x: T) -> T {
    let half = T::one() / (T::one() + T::one());
    if (x - x.trunc()).abs() == half { (x * half).round() / half } else { x.round() }
}
