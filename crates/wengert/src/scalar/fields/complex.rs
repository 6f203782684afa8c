//! `ComplexField`, whose real part a scalar is.

use std::ops::{Add, Mul};

use num_traits::{Float, One, Signed, Zero};
use simba::scalar::{ComplexField, Field, RealField};

use crate::rule::Dual;
use crate::scalar::Scalar;
use crate::tape::Element;

impl<T: Element> Field for Scalar<T> {}

impl<T: Element, const N: usize> Field for Dual<T, N> {}

/// Methods that the handle has by the same name.
macro_rules! own {
    ($number:ty: $($name:ident($($arg:ident: $type:ty),*))*) => {$(
        #[track_caller]
        #[inline(always)]
        fn $name(self $(, $arg: $type)*) -> Self {
            // The method of the handle, not the one of the trait that is being written.
            <$number>::$name(self $(, $arg)*)
        }
    )*};
}

macro_rules! complex {
    ($(#[$doc:meta])* [$($generics:tt)*] $number:ty) => {
        $(#[$doc])*
        impl<$($generics)*> ComplexField for $number {
            type RealField = $number;

            own! { $number:
                floor() ceil() trunc() fract() abs() recip()
                sin() cos() tan() asin() acos() atan() sinh() cosh() tanh() asinh() acosh() atanh()
                log(base: Self) log2() log10() ln() ln_1p() sqrt() exp() exp2() exp_m1() cbrt()
                powi(n: i32) powf(n: Self) hypot(other: Self) mul_add(a: Self, b: Self)
            }

            #[inline(always)]
            fn from_real(re: $number) -> $number {
                re
            }
            #[inline(always)]
            fn real(self) -> $number {
                self
            }
            /// A passive 0.
            #[inline(always)]
            fn imaginary(self) -> $number {
                <$number>::zero()
            }
            #[inline(always)]
            fn conjugate(self) -> $number {
                self
            }

            #[track_caller]
            #[inline]
            fn modulus(self) -> $number {
                <$number>::abs(self)
            }
            #[track_caller]
            #[inline]
            fn modulus_squared(self) -> $number {
                self.square()
            }
            #[track_caller]
            #[inline]
            fn norm1(self) -> $number {
                <$number>::abs(self)
            }
            /// 0 or pi, passive.
            fn argument(self) -> $number {
                if self >= <$number>::zero() { <$number>::zero() } else { <$number as RealField>::pi() }
            }
            /// The modulus and the sign, which is passive.
            #[track_caller]
            fn to_exp(self) -> ($number, $number) {
                if self >= <$number>::zero() { (self, <$number>::one()) } else { (-self, -<$number>::one()) }
            }
            #[track_caller]
            fn signum(self) -> $number {
                Signed::signum(&self)
            }
            #[track_caller]
            #[inline]
            fn scale(self, factor: $number) -> $number {
                self * factor
            }
            #[track_caller]
            #[inline]
            fn unscale(self, factor: $number) -> $number {
                self / factor
            }
            #[track_caller]
            fn round(self) -> $number {
                Float::round(self)
            }
            #[track_caller]
            #[inline]
            fn sin_cos(self) -> ($number, $number) {
                <$number>::sin_cos(self)
            }

            /// `sin(x) / x`, where the method of the handle is PyTorch's: `sin(pi x) / (pi x)`.
            #[track_caller]
            fn sinc(self) -> $number {
                // The derivatives of the quotient lose their digits near 0; those of the series do not.
                if is_small(num_traits::ToPrimitive::to_f64(&self)) {
                    return series::<T, $number>(self, -1.0);
                }
                <$number>::sin(self) / self
            }
            /// `sinh(x) / x`.
            #[track_caller]
            fn sinhc(self) -> $number {
                if is_small(num_traits::ToPrimitive::to_f64(&self)) {
                    return series::<T, $number>(self, 1.0);
                }
                <$number>::sinh(self) / self
            }

            #[track_caller]
            #[inline]
            fn powc(self, n: $number) -> $number {
                self.pow(n)
            }
            #[inline]
            fn is_finite(&self) -> bool {
                <$number>::is_finite(*self)
            }
            #[track_caller]
            fn try_sqrt(self) -> Option<$number> {
                (self >= <$number>::zero()).then(|| <$number>::sqrt(self))
            }
        }
    };
}

complex! {
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
    [T: Element + RealField] Scalar<T>
}

complex! {
    /// A dual is a real number as a scalar is. Matrices of duals are matrices of numbers, without a tape.
    ///
    /// ```
    /// use nalgebra::{Matrix2, Vector2};
    /// use wengert::Dual;
    /// let [x, b] = Dual::independent([2.0, 3.0_f64]);
    /// let one = Dual::from(1.0);
    /// let a = Matrix2::new(x, one, one, x);
    /// // The inverse of a is [x, -1; -1, x] / (x^2 - 1), and so y[0] = (x b - 1) / (x^2 - 1).
    /// let y = a.lu().solve(&Vector2::new(b, one)).unwrap();
    /// assert!((y[0].value - 5.0 / 3.0).abs() < 1e-15);
    /// assert!((y[0].dot[0] + 11.0 / 9.0).abs() < 1e-15);
    /// assert!((y[0].dot[1] - 2.0 / 3.0).abs() < 1e-15);
    /// ```
    [T: Element + RealField, const N: usize] Dual<T, N>
}

/// Where a quotient with `x` is computed by its series, of which the term left out is some 1e-19 there.
fn is_small(x: Option<f64>) -> bool {
    x.is_some_and(|x| x.abs() < 0.02)
}

/// `1 + s x^2 / 6 + x^4 / 120 + s x^6 / 5040`, how `sin(x) / x` and `sinh(x) / x` begin.
#[track_caller]
fn series<T: Element, X>(x: X, sign: f64) -> X
where
    X: Copy + Mul<Output = X> + Mul<T, Output = X> + Add<T, Output = X>,
{
    let square = x * x;
    let number = |value: f64| T::zero().constant(value);
    let high = square * number(sign / 5040.0) + number(1.0 / 120.0);
    (high * square + number(sign / 6.0)) * square + T::one()
}
