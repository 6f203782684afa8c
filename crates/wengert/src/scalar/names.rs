//! Methods by the names that `f64` has for them. Code for `f64` finds them as it did, and where two traits that define
//! the same name are in scope, the handle's own method is the one that is meant.

use std::num::FpCategory;

use super::Scalar;
use crate::rule::Dual;
use crate::tape::Element;

macro_rules! renamed {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[doc = ""]
        #[doc = concat!("The name that `f64` has for [`", stringify!($op), "`](Scalar::", stringify!($op), ").")]
        #[track_caller]
        #[inline(always)]
        pub fn $name(self) -> Self {
            self.$op()
        }
    )*};
}

macro_rules! asked {
    ($($(#[$doc:meta])* $name:ident -> $answer:ty;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(self) -> $answer {
            self.value().$name()
        }
    )*};
}

macro_rules! names {
    ([$($generics:tt)*] $number:ty) => {
        impl<$($generics)*> $number {
            renamed! {
                /// `1 / x`.
                recip reciprocal;
                /// `e^x - 1`, accurate where `x` is small.
                exp_m1 expm1;
                /// `ln(1 + x)`, accurate where `x` is small.
                ln_1p log1p;
            }

            asked! {
                /// Whether the value is NaN.
                is_nan -> bool;
                /// Whether the value is infinite.
                is_infinite -> bool;
                /// Whether the value is neither infinite nor NaN.
                is_finite -> bool;
                /// Whether the value is none of zero, subnormal, infinite and NaN.
                is_normal -> bool;
                /// Whether the value is subnormal.
                is_subnormal -> bool;
                /// Whether the sign of the value is plus: that of -0 is not.
                is_sign_positive -> bool;
                /// Whether the sign of the value is minus: that of -0 is.
                is_sign_negative -> bool;
                /// The kind of number that the value is.
                classify -> FpCategory;
            }

            /// The power of an exponent that need not be an integer: [`pow`](Scalar::pow).
            #[track_caller]
            #[inline(always)]
            pub fn powf(self, n: impl Into<$number>) -> $number {
                self.pow(n)
            }

            /// The logarithm to any base: `ln(x) / ln(base)`.
            #[track_caller]
            pub fn log(self, base: impl Into<$number>) -> $number {
                self.ln() / base.into().ln()
            }

            /// `x * a + b`. Two instructions, each of which rounds.
            #[track_caller]
            #[inline]
            pub fn mul_add(self, a: impl Into<$number>, b: impl Into<$number>) -> $number {
                self * a.into() + b.into()
            }

            /// The sine and the cosine.
            #[track_caller]
            #[inline]
            pub fn sin_cos(self) -> ($number, $number) {
                (self.sin(), self.cos())
            }

            /// The larger of two; if one is NaN, the other.
            ///
            /// **Adjoint.** That of [`maximum`](Scalar::maximum), which differs in NaN: to the larger one, half to each where
            /// they are equal.
            ///
            /// ```
            /// use wengert::Tape;
            /// let tape = Tape::<f64>::new();
            /// let x = tape.scalar(2.0);
            /// assert_eq!(x.max(f64::NAN), 2.0);
            /// assert!(x.maximum(f64::NAN).is_nan());
            /// ```
            #[track_caller]
            #[inline]
            pub fn max(self, other: impl Into<$number>) -> $number {
                let other = other.into();
                match (self.is_nan(), other.is_nan()) {
                    (true, _) => other,
                    (_, true) => self,
                    _ => self.maximum(other),
                }
            }

            /// The smaller of two; if one is NaN, the other. See [`max`](Scalar::max).
            #[track_caller]
            #[inline]
            pub fn min(self, other: impl Into<$number>) -> $number {
                let other = other.into();
                match (self.is_nan(), other.is_nan()) {
                    (true, _) => other,
                    (_, true) => self,
                    _ => self.minimum(other),
                }
            }

            /// The sign as a number, of which 0 has one too: 1 for +0, -1 for -0; NaN for NaN. The slope is 0.
            ///
            /// [`sign`](Scalar::sign) is PyTorch's: 0 for both.
            #[track_caller]
            pub fn signum(self) -> $number {
                if self.is_nan() { self } else { <$number>::passive(T::one()).copysign(self) }
            }

            /// The fractional part `x - trunc(x)`, with the sign of `x`. The slope is 1.
            ///
            /// ```
            /// use wengert::Tape;
            /// let tape = Tape::<f64>::new();
            /// let x = tape.scalar(-1.25);
            /// let y = x.fract();
            /// y.backward();
            /// assert_eq!((y.value(), x.grad()), (-0.25, Some(1.0)));
            /// ```
            #[track_caller]
            pub fn fract(self) -> $number {
                self - self.trunc()
            }

            /// The angle in degrees, of one in radians.
            #[track_caller]
            pub fn to_degrees(self) -> $number {
                self * T::one().to_degrees()
            }

            /// The angle in radians, of one in degrees.
            #[track_caller]
            pub fn to_radians(self) -> $number {
                self * T::one().to_radians()
            }

            /// The quotient rounded so that the remainder is not negative. The slopes are 0.
            #[track_caller]
            pub fn div_euclid(self, other: impl Into<$number>) -> $number {
                let other = other.into();
                let quotient = (self / other).trunc();
                match (self.value() % other.value() < T::zero(), other.value() > T::zero()) {
                    (false, _) => quotient,
                    (true, true) => quotient - T::one(),
                    (true, false) => quotient + T::one(),
                }
            }

            /// The remainder that is not negative. The slopes are 1, and minus the quotient.
            ///
            /// ```
            /// use wengert::Tape;
            /// let tape = Tape::<f64>::new();
            /// let x = tape.scalar(-1.0);
            /// let y = x.rem_euclid(3.0);
            /// y.backward();
            /// assert_eq!((y.value(), x.grad()), (2.0, Some(1.0)));
            /// ```
            #[track_caller]
            pub fn rem_euclid(self, other: impl Into<$number>) -> $number {
                let other = other.into();
                let rest = self % other;
                if rest.value() < T::zero() { rest + other.abs() } else { rest }
            }
        }
    };
}
names!([T: Element] Scalar<T>);
names!([T: Element, const N: usize] Dual<T, N>);
