//! The traits of `num-traits` below `Float`: what has a zero, a one, a sign, bounds, powers.

use num_traits::ops::euclid::Euclid;
use num_traits::{
    Bounded, ConstOne, ConstZero, Float, FloatConst, Inv, MulAdd, MulAddAssign, Num, One, Pow, Signed, Zero,
};

use super::Scalar;
use crate::tape::Element;

/// A passive 0. An active scalar is zero where its value is.
impl<T: Element> Zero for Scalar<T> {
    #[inline(always)]
    fn zero() -> Scalar<T> {
        Scalar::passive(T::zero())
    }
    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.value().is_zero()
    }
}

/// A passive 1.
impl<T: Element> One for Scalar<T> {
    #[inline(always)]
    fn one() -> Scalar<T> {
        Scalar::passive(T::one())
    }
}

macro_rules! constant {
    ($($float:ident)*) => {$(
        impl ConstZero for Scalar<$float> {
            const ZERO: Scalar<$float> = Scalar { value: 0.0, word: 0 };
        }
        impl ConstOne for Scalar<$float> {
            const ONE: Scalar<$float> = Scalar { value: 1.0, word: 0 };
        }
    )*};
}
constant!(f32 f64);

/// Text gives a passive scalar.
impl<T: Element> Num for Scalar<T> {
    type FromStrRadixErr = T::FromStrRadixErr;
    fn from_str_radix(text: &str, radix: u32) -> Result<Scalar<T>, T::FromStrRadixErr> {
        T::from_str_radix(text, radix).map(Scalar::passive)
    }
}

/// Passive.
impl<T: Element> Bounded for Scalar<T> {
    fn min_value() -> Scalar<T> {
        Scalar::passive(T::min_value())
    }
    fn max_value() -> Scalar<T> {
        Scalar::passive(T::max_value())
    }
}

/// The signs are those of `f64`: [`signum`](Scalar::signum) of +0 is 1, and +0 is positive.
impl<T: Element> Signed for Scalar<T> {
    #[track_caller]
    fn abs(&self) -> Scalar<T> {
        Scalar::abs(*self)
    }
    #[track_caller]
    fn abs_sub(&self, other: &Scalar<T>) -> Scalar<T> {
        Float::abs_sub(*self, *other)
    }
    #[track_caller]
    fn signum(&self) -> Scalar<T> {
        Scalar::signum(*self)
    }
    fn is_positive(&self) -> bool {
        self.is_sign_positive()
    }
    fn is_negative(&self) -> bool {
        self.is_sign_negative()
    }
}

macro_rules! constants {
    ($($name:ident)*) => {
        /// Passive.
        impl<T: Element> FloatConst for Scalar<T> {$(
            fn $name() -> Scalar<T> {
                Scalar::passive(T::zero().constant(<f64 as FloatConst>::$name()))
            }
        )*}
    };
}
constants! {
    E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8
    LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
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
by_reference!([T: Element] Pow<Scalar<T>> pow for Scalar<T>, |a, b| Scalar::pow(a, b));
by_reference!([T: Element] Pow<T> pow for Scalar<T>, |a, b| Scalar::pow(a, Scalar::passive(b)));
by_reference!([T: Element] Pow<i32> pow for Scalar<T>, |a, b| a.powi(b));
by_reference!([T: Element] Pow<i16> pow for Scalar<T>, |a, b| a.powi(b.into()));
by_reference!([T: Element] Pow<u16> pow for Scalar<T>, |a, b| a.powi(b.into()));
by_reference!([T: Element] Pow<i8> pow for Scalar<T>, |a, b| a.powi(b.into()));
by_reference!([T: Element] Pow<u8> pow for Scalar<T>, |a, b| a.powi(b.into()));

impl<T: Element> Inv for Scalar<T> {
    type Output = Scalar<T>;
    #[track_caller]
    fn inv(self) -> Scalar<T> {
        self.reciprocal()
    }
}

impl<T: Element> Inv for &Scalar<T> {
    type Output = Scalar<T>;
    #[track_caller]
    fn inv(self) -> Scalar<T> {
        self.reciprocal()
    }
}

/// Two instructions, each of which rounds.
impl<T: Element> MulAdd for Scalar<T> {
    type Output = Scalar<T>;
    #[track_caller]
    fn mul_add(self, a: Scalar<T>, b: Scalar<T>) -> Scalar<T> {
        self * a + b
    }
}

impl<T: Element> MulAddAssign for Scalar<T> {
    #[track_caller]
    fn mul_add_assign(&mut self, a: Scalar<T>, b: Scalar<T>) {
        *self = *self * a + b;
    }
}

impl<T: Element> Euclid for Scalar<T> {
    #[track_caller]
    fn div_euclid(&self, v: &Scalar<T>) -> Scalar<T> {
        Scalar::div_euclid(*self, *v)
    }
    #[track_caller]
    fn rem_euclid(&self, v: &Scalar<T>) -> Scalar<T> {
        Scalar::rem_euclid(*self, *v)
    }
}
