//! `Float`, with which code that is generic over floating-point numbers runs on scalars.

use std::num::FpCategory;

use num_traits::Float;

use super::Scalar;
use crate::tape::Element;

/// Passive constants.
macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline]
        fn $name() -> Scalar<T> {
            Scalar::passive(T::$name())
        }
    )*};
}

/// Questions about the value.
macro_rules! asked {
    ($($name:ident -> $answer:ty;)*) => {$(
        #[inline(always)]
        fn $name(self) -> $answer {
            self.value().$name()
        }
    )*};
}

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

/// Every method has the value that it has for `f64`, to the rounding of `mul_add`, which is two instructions, and PyTorch's
/// derivative: 0 for `floor`, `ceil`, `round`, `trunc` and `signum`, 1 for `fract`; `max` and `min` give half to
/// each where both are equal. What asks a question (`is_nan`, `classify`, `integer_decode`) asks it of the value.
impl<T: Element> Float for Scalar<T> {
    constants! { nan infinity neg_infinity neg_zero min_value min_positive_value max_value epsilon }

    asked! {
        is_nan -> bool;
        is_infinite -> bool;
        is_finite -> bool;
        is_normal -> bool;
        is_subnormal -> bool;
        is_sign_positive -> bool;
        is_sign_negative -> bool;
        classify -> FpCategory;
        integer_decode -> (u64, i16, i8);
    }

    own! {
        floor() ceil() trunc() fract() abs() signum()
        recip() sqrt() cbrt() powi(n: i32) powf(n: Scalar<T>) hypot(other: Scalar<T>)
        exp() exp2() exp_m1() ln() ln_1p() log(base: Scalar<T>) log2() log10()
        sin() cos() tan() asin() acos() atan() atan2(other: Scalar<T>)
        sinh() cosh() tanh() asinh() acosh() atanh()
        mul_add(a: Scalar<T>, b: Scalar<T>) max(other: Scalar<T>) min(other: Scalar<T>)
        clamp(min: Scalar<T>, max: Scalar<T>) copysign(sign: Scalar<T>) to_degrees() to_radians()
    }

    /// The nearest integer, away from 0 of two that are as near, where the method of the handle takes the even one.
    #[track_caller]
    fn round(self) -> Scalar<T> {
        let even = Scalar::round(self);
        let missing = self.value().round() - even.value();
        if missing.abs() == T::one() { even + missing } else { even }
    }

    #[track_caller]
    #[inline]
    fn sin_cos(self) -> (Scalar<T>, Scalar<T>) {
        Scalar::sin_cos(self)
    }

    /// `x - other`, or 0 where that is negative.
    #[track_caller]
    fn abs_sub(self, other: Scalar<T>) -> Scalar<T> {
        if self.is_infinite() && self == other {
            return Scalar::passive(T::zero());
        }
        (self - other).relu()
    }
}
