//! The traits of `num-traits` below `Float`: what has a zero, a one, a sign, bounds, powers.

use num_traits::ops::euclid::Euclid;
use num_traits::{
    Bounded, ConstOne, ConstZero, Float, FloatConst, Inv, MulAdd, MulAddAssign, Num, One, Pow, Signed, Zero,
};

use super::Scalar;
use crate::rule::Dual;
use crate::tape::Element;

macro_rules! constants {
    ([$($generics:tt)*] $number:ty: $($name:ident)*) => {
        /// Passive.
        impl<$($generics)*> FloatConst for $number {$(
            fn $name() -> $number {
                <$number>::passive(T::zero().constant(<f64 as FloatConst>::$name()))
            }
        )*}
    };
}

/// The ops by value; by reference too.
macro_rules! by_reference {
    ([$($generics:tt)*] $trait:ident<$rhs:ty> $method:ident for $lhs:ty, |$a:ident, $b:ident| $body:expr) => {
        impl<$($generics)*> $trait<$rhs> for $lhs {
            type Output = $lhs;
            #[track_caller]
            #[inline]
            fn $method(self, rhs: $rhs) -> $lhs {
                let ($a, $b) = (self, rhs);
                $body
            }
        }
        impl<$($generics)*> $trait<&$rhs> for $lhs {
            type Output = $lhs;
            #[track_caller]
            #[inline]
            fn $method(self, rhs: &$rhs) -> $lhs {
                $trait::$method(self, *rhs)
            }
        }
        impl<$($generics)*> $trait<$rhs> for &$lhs {
            type Output = $lhs;
            #[track_caller]
            #[inline]
            fn $method(self, rhs: $rhs) -> $lhs {
                $trait::$method(*self, rhs)
            }
        }
        impl<$($generics)*> $trait<&$rhs> for &$lhs {
            type Output = $lhs;
            #[track_caller]
            #[inline]
            fn $method(self, rhs: &$rhs) -> $lhs {
                $trait::$method(*self, *rhs)
            }
        }
    };
}

macro_rules! number {
    ([$($generics:tt)*] $number:ty) => {
        /// A passive 0. An active scalar is zero where its value is.
        impl<$($generics)*> Zero for $number {
            #[inline(always)]
            fn zero() -> $number {
                <$number>::passive(T::zero())
            }
            #[inline(always)]
            fn is_zero(&self) -> bool {
                self.value().is_zero()
            }
        }

        /// A passive 1.
        impl<$($generics)*> One for $number {
            #[inline(always)]
            fn one() -> $number {
                <$number>::passive(T::one())
            }
        }

        /// Text gives a passive scalar.
        impl<$($generics)*> Num for $number {
            type FromStrRadixErr = T::FromStrRadixErr;
            fn from_str_radix(text: &str, radix: u32) -> Result<$number, T::FromStrRadixErr> {
                T::from_str_radix(text, radix).map(<$number>::passive)
            }
        }

        /// Passive.
        impl<$($generics)*> Bounded for $number {
            fn min_value() -> $number {
                <$number>::passive(T::min_value())
            }
            fn max_value() -> $number {
                <$number>::passive(T::max_value())
            }
        }

        /// The signs are those of `f64`: [`signum`](Scalar::signum) of +0 is 1, and +0 is positive.
        impl<$($generics)*> Signed for $number {
            #[track_caller]
            fn abs(&self) -> $number {
                <$number>::abs(*self)
            }
            #[track_caller]
            fn abs_sub(&self, other: &$number) -> $number {
                Float::abs_sub(*self, *other)
            }
            #[track_caller]
            fn signum(&self) -> $number {
                <$number>::signum(*self)
            }
            fn is_positive(&self) -> bool {
                self.is_sign_positive()
            }
            fn is_negative(&self) -> bool {
                self.is_sign_negative()
            }
        }

        by_reference!([$($generics)*] Pow<$number> pow for $number, |a, b| <$number>::pow(a, b));
        by_reference!([$($generics)*] Pow<T> pow for $number, |a, b| <$number>::pow(a, <$number>::passive(b)));
        by_reference!([$($generics)*] Pow<i32> pow for $number, |a, b| a.powi(b));
        by_reference!([$($generics)*] Pow<i16> pow for $number, |a, b| a.powi(b.into()));
        by_reference!([$($generics)*] Pow<u16> pow for $number, |a, b| a.powi(b.into()));
        by_reference!([$($generics)*] Pow<i8> pow for $number, |a, b| a.powi(b.into()));
        by_reference!([$($generics)*] Pow<u8> pow for $number, |a, b| a.powi(b.into()));

        impl<$($generics)*> Inv for $number {
            type Output = $number;
            #[track_caller]
            fn inv(self) -> $number {
                self.reciprocal()
            }
        }

        impl<$($generics)*> Inv for &$number {
            type Output = $number;
            #[track_caller]
            fn inv(self) -> $number {
                self.reciprocal()
            }
        }

        /// Two instructions, each of which rounds.
        impl<$($generics)*> MulAdd for $number {
            type Output = $number;
            #[track_caller]
            fn mul_add(self, a: $number, b: $number) -> $number {
                self * a + b
            }
        }

        impl<$($generics)*> MulAddAssign for $number {
            #[track_caller]
            fn mul_add_assign(&mut self, a: $number, b: $number) {
                *self = *self * a + b;
            }
        }

        impl<$($generics)*> Euclid for $number {
            #[track_caller]
            fn div_euclid(&self, v: &$number) -> $number {
                <$number>::div_euclid(*self, *v)
            }
            #[track_caller]
            fn rem_euclid(&self, v: &$number) -> $number {
                <$number>::rem_euclid(*self, *v)
            }
        }

        constants! {
            [$($generics)*] $number:
            E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8
            LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
        }
    };
}
number!([T: Element] Scalar<T>);
number!([T: Element, const N: usize] Dual<T, N>);

macro_rules! constant {
    ($($float:ident)*) => {$(
        impl ConstZero for Scalar<$float> {
            const ZERO: Scalar<$float> = Scalar { value: 0.0, word: 0 };
        }
        impl ConstOne for Scalar<$float> {
            const ONE: Scalar<$float> = Scalar { value: 1.0, word: 0 };
        }
        impl<const N: usize> ConstZero for Dual<$float, N> {
            const ZERO: Dual<$float, N> = Dual { value: 0.0, dot: [0.0; N] };
        }
        impl<const N: usize> ConstOne for Dual<$float, N> {
            const ONE: Dual<$float, N> = Dual { value: 1.0, dot: [0.0; N] };
        }
    )*};
}
constant!(f32 f64);
