//! `ComplexField`, whose real part a scalar is.

use num_traits::{Float, One, Signed, Zero};
use simba::scalar::{ComplexField, Field, RealField};

use crate::scalar::Scalar;
use crate::tape::Element;

impl<T: Element> Field for Scalar<T> {}

/// Methods that the handle has by the same name.
macro_rules! own {
    ($($name:ident($($arg:ident: $type:ty),*))*) => {$(
        #[track_caller]
        #[inline(always)]
        fn $name(self $(, $arg: $type)*) -> Scalar<T> {
            Scalar::<T>::$name(self $(, $arg)*)
        }
    )*};
}

/// A scalar is a real number, and so its own real part, modulus by its absolute value, and conjugate.
///
/// With the feature `nalgebra` matrices of scalars are matrices of numbers.
///
/// ```
/// use nalgebra::{Matrix2, Vector2};
/// use wengert::{Scalar, Tape};
/// let tape = Tape::<f64>::new();
/// let x = tape.scalar(2.0);
/// let (one, zero) = (Scalar::from(1.0), Scalar::from(0.0));
/// let a = Matrix2::new(x, one, one, x);
/// // The inverse of a is [x, -1; -1, x] / (x^2 - 1).
/// let y = a.lu().solve(&Vector2::new(one, zero)).unwrap();
/// y[0].backward();
/// assert!((y[0].value() - 2.0 / 3.0).abs() < 1e-15);
/// assert!((x.grad().unwrap() + 5.0 / 9.0).abs() < 1e-15);
/// ```
///
/// What it branches on is the value: where elements are compared, swapped, or found to be small, the derivative is that
/// of the branch that was taken. A decomposition that iterates (singular values, eigenvalues) is
/// differentiated through its iterations. Where singular values or eigenvalues are equal, those of the vectors do not exist,
/// and a zero vector has no derivative of its length: they are NaN or infinite.
impl<T: Element + RealField> ComplexField for Scalar<T> {
    type RealField = Scalar<T>;

    own! {
        floor() ceil() trunc() fract() abs() recip()
        sin() cos() tan() asin() acos() atan() sinh() cosh() tanh() asinh() acosh() atanh()
        log(base: Scalar<T>) log2() log10() ln() ln_1p() sqrt() exp() exp2() exp_m1() cbrt()
        powi(n: i32) powf(n: Scalar<T>) hypot(other: Scalar<T>) mul_add(a: Scalar<T>, b: Scalar<T>)
    }

    #[inline(always)]
    fn from_real(re: Scalar<T>) -> Scalar<T> {
        re
    }
    #[inline(always)]
    fn real(self) -> Scalar<T> {
        self
    }
    /// A passive 0.
    #[inline(always)]
    fn imaginary(self) -> Scalar<T> {
        Scalar::zero()
    }
    #[inline(always)]
    fn conjugate(self) -> Scalar<T> {
        self
    }

    #[track_caller]
    #[inline]
    fn modulus(self) -> Scalar<T> {
        Scalar::abs(self)
    }
    #[track_caller]
    #[inline]
    fn modulus_squared(self) -> Scalar<T> {
        self.square()
    }
    #[track_caller]
    #[inline]
    fn norm1(self) -> Scalar<T> {
        Scalar::abs(self)
    }
    /// 0 or pi, passive.
    fn argument(self) -> Scalar<T> {
        if self >= Scalar::zero() { Scalar::zero() } else { <Scalar<T> as RealField>::pi() }
    }
    /// The modulus and the sign, which is passive.
    #[track_caller]
    fn to_exp(self) -> (Scalar<T>, Scalar<T>) {
        if self >= Scalar::zero() { (self, Scalar::one()) } else { (-self, -Scalar::<T>::one()) }
    }
    #[track_caller]
    fn signum(self) -> Scalar<T> {
        Signed::signum(&self)
    }
    #[track_caller]
    #[inline]
    fn scale(self, factor: Scalar<T>) -> Scalar<T> {
        self * factor
    }
    #[track_caller]
    #[inline]
    fn unscale(self, factor: Scalar<T>) -> Scalar<T> {
        self / factor
    }
    #[track_caller]
    fn round(self) -> Scalar<T> {
        Float::round(self)
    }
    #[track_caller]
    #[inline]
    fn sin_cos(self) -> (Scalar<T>, Scalar<T>) {
        Scalar::sin_cos(self)
    }

    /// `sin(x) / x`, where the method of the handle is PyTorch's: `sin(pi x) / (pi x)`.
    #[track_caller]
    fn sinc(self) -> Scalar<T> {
        // At 0 the quotient has no derivative, but its series has.
        if self.is_zero() {
            return series(self, -1.0);
        }
        Scalar::sin(self) / self
    }
    /// `sinh(x) / x`.
    #[track_caller]
    fn sinhc(self) -> Scalar<T> {
        if self.is_zero() {
            return series(self, 1.0);
        }
        Scalar::sinh(self) / self
    }

    #[track_caller]
    #[inline]
    fn powc(self, n: Scalar<T>) -> Scalar<T> {
        self.pow(n)
    }
    #[inline]
    fn is_finite(&self) -> bool {
        Scalar::is_finite(*self)
    }
    #[track_caller]
    fn try_sqrt(self) -> Option<Scalar<T>> {
        (self >= Scalar::zero()).then(|| Scalar::sqrt(self))
    }
}

/// `1 + s x^2 / 6 + x^4 / 120`, how `sin(x) / x` and `sinh(x) / x` begin.
#[track_caller]
fn series<T: Element>(x: Scalar<T>, sign: f64) -> Scalar<T> {
    let square = x.square();
    let number = |value: f64| T::zero().constant(value);
    (square * number(1.0 / 120.0) + number(sign / 6.0)) * square + T::one()
}
