//! Trigonometric and hyperbolic functions and their inverses; the sine and the cosine are in `math.rs`.

use std::f64::consts::PI;

use wengert_kernels::Real;

use super::macros::pointwise;
use super::math::{cos, sin};
use super::power::{hypot, rsqrt};
use super::special::constant;

pointwise! {
    family trigonometric;

    /// The tangent, element by element, of an angle in radians.
    ///
    /// **Partial.** `1 + y^2`: reads the result. PyTorch: `torch.tan`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.tan().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    tan(x) -> y {
        primal: x.tan(),
        partial: { x => y.one_like() + y * y },
        sample: [0.7],
    }

    /// The arc sine in radians, element by element.
    ///
    /// **Partial.** `1 / sqrt(1 - x^2)`.
    ///
    /// **Edges.** At 1 and -1 the slope is `inf`. Outside of [-1, 1] both are NaN. PyTorch: `torch.asin`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.asin().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    asin(x) -> y {
        primal: x.asin(),
        pull(y_bar): { x => y_bar * (x.one_like() - x * x).of::<rsqrt>() },
        sample: [0.3],
    }

    /// The arc cosine in radians, element by element.
    ///
    /// **Partial.** `-1 / sqrt(1 - x^2)`.
    ///
    /// **Edges.** At 1 and -1 the slope is `-inf`. Outside of [-1, 1] both are NaN. PyTorch: `torch.acos`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.acos().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], -1.0);
    /// ```
    acos(x) -> y {
        primal: x.acos(),
        pull(y_bar): { x => -y_bar * (x.one_like() - x * x).of::<rsqrt>() },
        sample: [0.3],
    }

    /// The arc tangent in radians, element by element.
    ///
    /// **Partial.** `1 / (1 + x^2)`. PyTorch: `torch.atan`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0]);
    /// x.atan().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.5);
    /// ```
    atan(x) -> y {
        primal: x.atan(),
        pull(y_bar): { x => y_bar / (x * x + x.one_like()) },
        sample: [0.7],
    }

    /// The angle of the point `(b, a)` in radians, in [-pi, pi], element by element, broadcast: `a` is the ordinate.
    ///
    /// **Partials.** `b / (a^2 + b^2)` and `-a / (a^2 + b^2)`.
    ///
    /// **Edges.** At (0, 0) both are 0. PyTorch: `torch.atan2`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_atan2`](crate::Tensor::try_atan2) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0]), tape.leaf([0.0]));
    /// let y = a.atan2(b);
    /// y.backward();
    /// assert_eq!(y.item(), std::f64::consts::FRAC_PI_2);
    /// assert_eq!(b.grad().unwrap()[[0]], -1.0);
    /// ```
    atan2(a, b) -> y {
        primal: a.atan2(b),
        pull(y_bar): { a => turned(a, b, b, y_bar), b => turned(a, b, a, -y_bar) },
        sample: [0.3, -1.2],
    }

    /// The hyperbolic sine, element by element.
    ///
    /// **Partial.** `cosh x`. PyTorch: `torch.sinh`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.sinh().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    sinh(x) -> y {
        primal: x.sinh(),
        partial: { x => x.of::<cosh>() },
        sample: [0.7],
    }

    /// The hyperbolic cosine, element by element.
    ///
    /// **Partial.** `sinh x`. PyTorch: `torch.cosh`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.cosh().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.0);
    /// ```
    cosh(x) -> y {
        primal: x.cosh(),
        partial: { x => x.of::<sinh>() },
        sample: [0.7],
    }

    /// The inverse of the hyperbolic sine, element by element.
    ///
    /// **Partial.** `1 / sqrt(x^2 + 1)`. PyTorch: `torch.asinh`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.asinh().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    asinh(x) -> y {
        primal: x.asinh(),
        pull(y_bar): { x => y_bar * (x * x + x.one_like()).of::<rsqrt>() },
        sample: [0.7],
    }

    /// The inverse of the hyperbolic cosine, element by element.
    ///
    /// **Partial.** `1 / sqrt(x^2 - 1)`.
    ///
    /// **Edges.** At 1 the slope is `inf`; below 1 the value is NaN. PyTorch: `torch.acosh`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0]);
    /// x.acosh().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], f64::INFINITY);
    /// ```
    acosh(x) -> y {
        primal: inverse_cosh(x),
        pull(y_bar): { x => y_bar * (x * x - x.one_like()).of::<rsqrt>() },
        sample: [1.7],
    }

    /// The inverse of the hyperbolic tangent, element by element.
    ///
    /// **Partial.** `1 / (1 - x^2)`.
    ///
    /// **Edges.** At 1 and -1 the values are `inf` and `-inf`, the slopes `inf`; outside of [-1, 1] the value is NaN. PyTorch: `torch.atanh`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.atanh().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0);
    /// ```
    atanh(x) -> y {
        primal: inverse_tanh(x),
        pull(y_bar): { x => y_bar / (x.one_like() - x * x) },
        sample: [0.3],
    }

    /// The normalised sinc, element by element: `y = sin(pi x) / (pi x)`, 1 at 0.
    ///
    /// **Partial.** `(pi x cos(pi x) - sin(pi x)) / (pi x^2)`; near 0, where the terms cancel, its series
    /// `-pi a / 3 (1 - a^2 / 10 (1 - a^2 / 28 ..))` with `a = pi x`.
    ///
    /// **Edges.** At 0 the second derivative is `-pi^2 / 3`; PyTorch's is 0. PyTorch: `torch.sinc`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0]).sinc().item(), 1.0);
    /// ```
    sinc(x) -> y {
        primal: {
            let angle = constant::<T>(PI) * x;
            if angle == T::zero() { T::one() } else { angle.sin() / angle }
        },
        pull(y_bar): {
            x => {
                let angle = x * x.constant(PI);
                let near = (angle * angle).le(x.constant(0.25));
                // No 0 / 0 and nothing infinite, not even where it is not taken: a derivative of it would come back.
                let (apart, angle) = (A::select(near, x.one_like(), x), A::select(near, angle, x.zero_like()));
                let far = apart * x.constant(PI);
                let slope = (far * far.of::<cos>() - far.of::<sin>()) / (apart * far);
                y_bar * A::select(near, sinc_slope_near_zero(angle), slope)
            },
        },
        sample: [0.7],
    }
}

/// `d sinc / dx` at a small `a = pi x`, term by term: the next is smaller by `a^2 / (2 n (2 n + 3))`.
fn sinc_slope_near_zero<A: crate::rule::Arithmetic>(a: A) -> A {
    let one = a.one_like();
    let inner = [180.0, 130.0, 88.0, 54.0, 28.0, 10.0];
    let series = inner.iter().fold(one, |series, &step| one - a * a * series / a.constant(step));
    a * series * a.constant(-PI / 3.0)
}

/// The adjoint of an angle times a side, over the square of the distance, which may overflow or vanish where the distance
/// does not; 0 where there is no direction.
fn turned<A: crate::rule::Arithmetic>(a: A, b: A, side: A, y_bar: A) -> A {
    let nowhere = A::both(a.same(a.zero_like()), b.same(b.zero_like()));
    // No 0 / 0, not even where it is not taken: a derivative of it would come back.
    let distance = A::select(nowhere, a.one_like(), a).with::<hypot>(b);
    A::select(nowhere, y_bar.zero_like(), y_bar * (side / distance / distance))
}

/// `ln(x + sqrt(x^2 - 1))`
fn inverse_cosh<T: Real>(x: T) -> T {
    if x < T::one() {
        return T::nan();
    }
    // Near 1 by what is above 1; a large square would overflow.
    let above = x - T::one();
    let two = T::one() + T::one();
    if above < T::one() {
        (above + (above * (above + two)).sqrt()).ln_1p()
    } else {
        (x + (above.sqrt() * (x + T::one()).sqrt())).ln()
    }
}

/// `ln((1 + x) / (1 - x)) / 2`
fn inverse_tanh<T: Real>(x: T) -> T {
    let half = (T::one() + T::one()).recip();
    let size = x.abs();
    let y = half * ((size + size) / (T::one() - size)).ln_1p();
    if x.is_nan() { x } else { y.copysign(x) }
}
