//! Activations.

use super::macros::pointwise;

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
        partial: { x => y * (y.one_like() - y) },
        sample: [0.7],
    }
}
