//! The larger and the smaller of two, and what copies a sign.

use super::macros::pointwise;

pointwise! {
    family bounds;

    /// The larger of two, element by element, broadcast. NaN if either is NaN.
    ///
    /// **Adjoint.** A gate: `y_bar` goes to the larger one; half of it to each where they are equal. Reads the operands.
    ///
    /// **Edges.** Where one is NaN, `y_bar` goes to both. PyTorch: `torch.maximum`; for a bound that is a number
    /// [`Tensor::clamp_min`](crate::Tensor::clamp_min) has PyTorch's convention.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_maximum`](crate::Tensor::try_maximum) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 1.0]));
    /// a.maximum(b).sum().backward();
    /// assert_eq!(a.grad().unwrap().as_slice().unwrap(), [0.5, 1.0]);
    /// assert_eq!(b.grad().unwrap().as_slice().unwrap(), [0.5, 0.0]);
    /// ```
    maximum(a, b) -> y {
        primal: if a > b || a.is_nan() { a } else { b },
        pull(y_bar): { a => unless_less(a, b, y_bar), b => unless_less(b, a, y_bar) },
        sample: [0.3, -1.2],
    }

    /// The smaller of two, element by element, broadcast. NaN if either is NaN.
    ///
    /// **Adjoint.** A gate: `y_bar` goes to the smaller one; half of it to each where they are equal. Reads the
    /// operands.
    ///
    /// **Edges.** Where one is NaN, `y_bar` goes to both. PyTorch: `torch.minimum`; for a bound that is a number
    /// [`Tensor::clamp_max`](crate::Tensor::clamp_max) has PyTorch's convention.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_minimum`](crate::Tensor::try_minimum) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 1.0]));
    /// a.minimum(b).sum().backward();
    /// assert_eq!(a.grad().unwrap().as_slice().unwrap(), [0.5, 0.0]);
    /// ```
    minimum(a, b) -> y {
        primal: if a < b || a.is_nan() { a } else { b },
        pull(y_bar): { a => unless_less(b, a, y_bar), b => unless_less(a, b, y_bar) },
        sample: [0.3, -1.2],
    }

    /// The absolute value of `a` with the sign of `b`, element by element, broadcast.
    ///
    /// **Partials.** `y / a`, 0 where `a = 0`; and 0. Reads `a` and the result.
    ///
    /// **Edges.** The sign of -0 is minus. PyTorch: `torch.copysign`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_copysign`](crate::Tensor::try_copysign) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([2.0, -3.0]);
    /// let y = x.copysign(-1.0);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [-2.0, -3.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [-1.0, 1.0]);
    /// ```
    copysign(a, b) -> y {
        primal: if a.is_sign_negative() == b.is_sign_negative() { a } else { -a },
        pull(y_bar): {
            a => {
                let at_zero = a.same(a.zero_like());
                // No 0 / 0, not even where it is not taken: a derivative of it would come back.
                let sign = y / A::select(at_zero, a.one_like(), a);
                A::select(at_zero, y_bar.zero_like(), y_bar * sign)
            },
            b => y_bar.zero_like(),
        },
        sample: [0.3, -1.2],
    }
}

/// What comes back to `a`: nothing where it is less than `b`, half where they are equal.
fn unless_less<A: crate::rule::Arithmetic>(a: A, b: A, y_bar: A) -> A {
    let shared = A::select(a.same(b), y_bar * y_bar.constant(0.5), y_bar);
    A::select(b.gt(a), y_bar.zero_like(), shared)
}
