//! `RealField`.

use num_traits::Bounded;
use simba::scalar::RealField;

use crate::scalar::Scalar;
use crate::tape::Element;

/// Passive constants.
macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline]
        fn $name() -> Scalar<T> {
            Scalar::passive(<T as RealField>::$name())
        }
    )*};
}

/// The larger and the smaller of two ignore NaN, as those of `f64` do; where both are equal each gets half.
impl<T: Element + RealField> RealField for Scalar<T> {
    #[inline]
    fn is_sign_positive(&self) -> bool {
        Scalar::is_sign_positive(*self)
    }
    #[inline]
    fn is_sign_negative(&self) -> bool {
        Scalar::is_sign_negative(*self)
    }
    #[track_caller]
    #[inline]
    fn copysign(self, sign: Scalar<T>) -> Scalar<T> {
        Scalar::copysign(self, sign)
    }
    #[track_caller]
    #[inline]
    fn max(self, other: Scalar<T>) -> Scalar<T> {
        Scalar::max(self, other)
    }
    #[track_caller]
    #[inline]
    fn min(self, other: Scalar<T>) -> Scalar<T> {
        Scalar::min(self, other)
    }
    #[track_caller]
    #[inline]
    fn clamp(self, min: Scalar<T>, max: Scalar<T>) -> Scalar<T> {
        Scalar::clamp(self, min, max)
    }
    #[track_caller]
    #[inline]
    fn atan2(self, other: Scalar<T>) -> Scalar<T> {
        Scalar::atan2(self, other)
    }

    fn min_value() -> Option<Scalar<T>> {
        Some(<Scalar<T> as Bounded>::min_value())
    }
    fn max_value() -> Option<Scalar<T>> {
        Some(<Scalar<T> as Bounded>::max_value())
    }

    constants! {
        pi two_pi frac_pi_2 frac_pi_3 frac_pi_4 frac_pi_6 frac_pi_8 frac_1_pi frac_2_pi frac_2_sqrt_pi
        e log2_e log10_e ln_2 ln_10
    }
}
