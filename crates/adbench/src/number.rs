//! What the objectives ask of a number.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Sub, SubAssign};

use num_traits::{Float, FromPrimitive};

/// A number that an objective computes with: `f64`, a scalar of a tape, a dual number.
///
/// It is a name for a list of bounds, and holds for everything that satisfies them. Operations with a plain `f64` on the right are
/// among them, so that data need not be lifted to the number's type: `x * 0.5`, `mean - point[i]`.
///
/// ```
/// use adbench::number::Number;
///
/// fn parabola<R: Number>(x: R) -> R {
///     x * x * 0.5 - 1.0
/// }
///
/// let tape = wengert::Tape::<f64>::new();
/// let x = tape.scalar(3.0);
/// parabola(x).backward();
/// assert_eq!(parabola(3.0), 3.5);
/// assert_eq!(x.grad(), Some(3.0));
/// ```
pub trait Number:
    Float
    + FromPrimitive
    + Sum
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
}

impl<R> Number for R where
    R: Float
        + FromPrimitive
        + Sum
        + AddAssign
        + SubAssign
        + MulAssign
        + DivAssign
        + Add<f64, Output = R>
        + Sub<f64, Output = R>
        + Mul<f64, Output = R>
        + Div<f64, Output = R>
{
}
