//! Elementary functions.

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
}
