//! Arithmetic. The sweep of scalars has this family in its loop; ops that call a function belong to another.

use super::macros::pointwise;

pointwise! {
    family arithmetic;

    /// The sum, element by element, broadcast: `y = a + b`. The operator `+` is the same.
    ///
    /// **Partials.** 1 and 1; reads nothing. PyTorch: `torch.add`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_add`](crate::Tensor::try_add) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[1.0], [2.0]]), tape.leaf([10.0, 20.0]));
    /// let y = a + b;
    /// assert_eq!(y.to_vec(), [11.0, 21.0, 12.0, 22.0]);
    /// y.sum().backward();
    /// assert_eq!(a.grad().unwrap()[[0, 0]], 2.0);
    /// ```
    add(a, b) -> y {
        primal: a + b,
        pull(y_bar): { a => y_bar, b => y_bar },
        sample: [0.3, -1.2],
    }

    /// The difference, element by element, broadcast: `y = a - b`. The operator `-` is the same.
    ///
    /// **Partials.** 1 and -1; reads nothing. PyTorch: `torch.sub`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_sub`](crate::Tensor::try_sub) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!((10.0 - x).to_vec(), [9.0, 8.0]);
    /// ```
    sub(a, b) -> y {
        primal: a - b,
        pull(y_bar): { a => y_bar, b => -y_bar },
        sample: [0.3, -1.2],
    }

    /// The product, element by element, broadcast: `y = a b`. The operator `*` is the same.
    ///
    /// **Partials.** `b` and `a`. PyTorch: `torch.mul`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_mul`](crate::Tensor::try_mul) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// (x * x).backward_with([1.0, 1.0, 1.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [2.0, 4.0, 6.0]);
    /// ```
    mul(a, b) -> y {
        primal: a * b,
        partial: { a => b, b => a },
        sample: [0.3, -1.2],
    }

    /// The quotient, element by element, broadcast: `y = a / b`. The operator `/` is the same.
    ///
    /// **Partials.** `1 / b` and `-a / b^2`, as `-(a / b) / b`: reads the operands.
    ///
    /// **Edges.** `1 / 0 = inf` with partials `inf` and `-inf`; `0 / 0` is NaN. PyTorch: `torch.div`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_div`](crate::Tensor::try_div) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([2.0, 4.0]);
    /// (1.0 / x).sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [-0.25, -0.0625]);
    /// ```
    div(a, b) -> y {
        primal: a / b,
        pull(y_bar): { a => y_bar / b, b => -y_bar * ((a / b) / b) },
        sample: [0.3, -1.2],
    }

    /// The negative, element by element: `y = -x`. The operator `-` is the same.
    ///
    /// **Partial.** -1; reads nothing. PyTorch: `torch.neg`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0]);
    /// (-x).backward();
    /// assert_eq!(x.grad().unwrap()[[0]], -1.0);
    /// ```
    neg(x) -> y {
        primal: -x,
        pull(y_bar): { x => -y_bar },
        sample: [0.7],
    }

    /// The square, element by element: `y = x^2`.
    ///
    /// **Partial.** `2 x`. PyTorch: `torch.square`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([3.0]);
    /// x.square().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 6.0);
    /// ```
    square(x) -> y {
        primal: x * x,
        partial: { x => x + x },
        sample: [0.7],
    }

    /// The absolute value, element by element: `y = |x|`.
    ///
    /// **Partial.** The sign of `x`; 0 at 0. PyTorch: `torch.abs`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-2.0, 0.0, 3.0]);
    /// x.abs().sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [-1.0, 0.0, 1.0]);
    /// ```
    abs(x) -> y {
        primal: x.abs(),
        partial: { x => x.of::<sign>() },
        sample: [-0.7],
    }

    /// The square root, element by element.
    ///
    /// **Partial.** `1 / (2 y)`: reads the result.
    ///
    /// **Edges.** At 0 the slope is `inf`; below 0 the value and the slope are NaN. PyTorch: `torch.sqrt`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([4.0]);
    /// x.sqrt().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.25);
    /// ```
    sqrt(x) -> y {
        primal: x.sqrt(),
        pull(y_bar): { x => y_bar / (y + y) },
        sample: [0.7],
    }

    /// The sign, element by element: -1, 0 or 1; 0 at 0, NaN at NaN.
    ///
    /// **Partial.** 0. PyTorch: `torch.sign`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.constant([-2.0, 0.0, 3.0]).sign().to_vec(), [-1.0, 0.0, 1.0]);
    /// ```
    sign(x) -> y {
        primal: if x > T::zero() { T::one() } else if x < T::zero() { -T::one() } else { x * T::zero() },
        pull(y_bar): { x => y_bar.zero_like() },
        sample: [-0.7],
    }
}
