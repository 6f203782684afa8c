//! What the objectives ask of a number.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use num_traits::{Float, FromPrimitive};

/// A number that an objective computes with: `f64`, a scalar of a tape, a dual number.
///
/// Every [`Float`] with operators for a plain `f64` on the right is one: `x * 0.5`, `mean - point[i]`, so that data need not be lifted to
/// the number's type. A type that is no `Float` becomes one of these by the few functions below.
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
    Copy
    + PartialOrd
    + Sum
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// A number that depends on no input.
    fn constant(x: f64) -> Self;
    /// The plain number, without its derivative.
    fn to_plain(self) -> f64;
    /// The exponential.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// Sine and cosine.
    fn sin_cos(self) -> (Self, Self);
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `1 / self`.
    fn recip(self) -> Self;
    /// The larger of two numbers.
    fn max(self, other: Self) -> Self;
    /// 0.
    #[inline]
    fn zero() -> Self {
        Self::constant(0.0)
    }
    /// 1.
    #[inline]
    fn one() -> Self {
        Self::constant(1.0)
    }
}

impl<R> Number for R
where
    R: Float
        + FromPrimitive
        + Sum
        + AddAssign
        + Add<f64, Output = R>
        + Sub<f64, Output = R>
        + Mul<f64, Output = R>
        + Div<f64, Output = R>,
{
    #[inline]
    fn constant(x: f64) -> R {
        R::from_f64(x).expect("a number of the program's kind holds an f64")
    }
    #[inline]
    fn to_plain(self) -> f64 {
        self.to_f64().expect("a number of the program's kind has a plain one")
    }
    #[inline]
    fn exp(self) -> R {
        Float::exp(self)
    }
    #[inline]
    fn ln(self) -> R {
        Float::ln(self)
    }
    #[inline]
    fn sqrt(self) -> R {
        Float::sqrt(self)
    }
    #[inline]
    fn sin_cos(self) -> (R, R) {
        Float::sin_cos(self)
    }
    #[inline]
    fn tanh(self) -> R {
        Float::tanh(self)
    }
    #[inline]
    fn recip(self) -> R {
        Float::recip(self)
    }
    #[inline]
    fn max(self, other: R) -> R {
        Float::max(self, other)
    }
    #[inline]
    fn zero() -> R {
        num_traits::Zero::zero()
    }
    #[inline]
    fn one() -> R {
        num_traits::One::one()
    }
}
