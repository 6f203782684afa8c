//! `RealField`.

use num_traits::Bounded;
use simba::scalar::RealField;

use crate::rule::Dual;
use crate::scalar::Scalar;
use crate::tape::Element;

/// Passive constants.
macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline]
        fn $name() -> Self {
            Self::passive(<T as RealField>::$name())
        }
    )*};
}

macro_rules! real {
    ([$($generics:tt)*] $number:ty) => {
        /// The larger and the smaller of two ignore NaN, as those of `f64` do; where both are equal each gets half.
        impl<$($generics)*> RealField for $number {
            #[inline]
            fn is_sign_positive(&self) -> bool {
                <$number>::is_sign_positive(*self)
            }
            #[inline]
            fn is_sign_negative(&self) -> bool {
                <$number>::is_sign_negative(*self)
            }
            #[track_caller]
            #[inline]
            fn copysign(self, sign: $number) -> $number {
                <$number>::copysign(self, sign)
            }
            #[track_caller]
            #[inline]
            fn max(self, other: $number) -> $number {
                <$number>::max(self, other)
            }
            #[track_caller]
            #[inline]
            fn min(self, other: $number) -> $number {
                <$number>::min(self, other)
            }
            #[track_caller]
            #[inline]
            fn clamp(self, min: $number, max: $number) -> $number {
                <$number>::clamp(self, min, max)
            }
            #[track_caller]
            #[inline]
            fn atan2(self, other: $number) -> $number {
                <$number>::atan2(self, other)
            }

            fn min_value() -> Option<$number> {
                Some(<$number as Bounded>::min_value())
            }
            fn max_value() -> Option<$number> {
                Some(<$number as Bounded>::max_value())
            }

            constants! {
                pi two_pi frac_pi_2 frac_pi_3 frac_pi_4 frac_pi_6 frac_pi_8 frac_1_pi frac_2_pi frac_2_sqrt_pi
                e log2_e log10_e ln_2 ln_10
            }
        }
    };
}
real!([T: Element + RealField] Scalar<T>);
real!([T: Element + RealField, const N: usize] Dual<T, N>);
