//! `Float`, with which code that is generic over floating-point numbers runs on scalars and on duals.

use std::num::FpCategory;

use num_traits::Float;

use super::Scalar;
use crate::rule::Dual;
use crate::tape::Element;

/// Passive constants.
macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline]
        fn $name() -> Self {
            Self::passive(T::$name())
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
    ($number:ty: $($name:ident($($arg:ident: $type:ty),*))*) => {$(
        #[track_caller]
        #[inline(always)]
        fn $name(self $(, $arg: $type)*) -> Self {
            // The method of the handle, not the one of the trait that is being written.
            <$number>::$name(self $(, $arg)*)
        }
    )*};
}

macro_rules! float {
    ([$($generics:tt)*] $number:ty) => {
        /// Every method has the value that it has for `f64`, to the rounding of `mul_add`, which is two instructions, and PyTorch's
        /// derivative: 0 for `floor`, `ceil`, `round`, `trunc` and `signum`, 1 for `fract`; `max` and `min` give half to
        /// each where both are equal. What asks a question (`is_nan`, `classify`, `integer_decode`) asks it of the value.
        impl<$($generics)*> Float for $number {
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

            own! { $number:
                floor() ceil() trunc() fract() abs() signum()
                recip() sqrt() cbrt() powi(n: i32) powf(n: Self) hypot(other: Self)
                exp() exp2() exp_m1() ln() ln_1p() log(base: Self) log2() log10()
                sin() cos() tan() asin() acos() atan() atan2(other: Self)
                sinh() cosh() tanh() asinh() acosh() atanh()
                mul_add(a: Self, b: Self) max(other: Self) min(other: Self)
                clamp(min: Self, max: Self) copysign(sign: Self) to_degrees() to_radians()
            }

            /// The nearest integer, away from 0 of two that are as near, where the method of the handle takes the even one.
            #[track_caller]
            fn round(self) -> Self {
                let even = <$number>::round(self);
                let missing = self.value().round() - even.value();
                if missing.abs() == T::one() { even + missing } else { even }
            }

            #[track_caller]
            #[inline]
            fn sin_cos(self) -> (Self, Self) {
                <$number>::sin_cos(self)
            }

            /// `x - other`, or 0 where that is negative.
            #[track_caller]
            fn abs_sub(self, other: Self) -> Self {
                if self.is_infinite() && self == other {
                    return Self::passive(T::zero());
                }
                (self - other).relu()
            }
        }
    };
}
float!([T: Element] Scalar<T>);
float!([T: Element, const N: usize] Dual<T, N>);
