//! Approximate equality, by value.

use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use simba::scalar::RealField;

use crate::scalar::Scalar;
use crate::tape::Element;

impl<T: Element + RealField> AbsDiffEq for Scalar<T> {
    type Epsilon = Scalar<T>;

    fn default_epsilon() -> Scalar<T> {
        Scalar::passive(<T as AbsDiffEq>::default_epsilon())
    }
    fn abs_diff_eq(&self, other: &Scalar<T>, epsilon: Scalar<T>) -> bool {
        self.value().abs_diff_eq(&other.value(), epsilon.value())
    }
}

impl<T: Element + RealField> RelativeEq for Scalar<T> {
    fn default_max_relative() -> Scalar<T> {
        Scalar::passive(<T as RelativeEq>::default_max_relative())
    }
    fn relative_eq(&self, other: &Scalar<T>, epsilon: Scalar<T>, max_relative: Scalar<T>) -> bool {
        self.value().relative_eq(&other.value(), epsilon.value(), max_relative.value())
    }
}

impl<T: Element + RealField> UlpsEq for Scalar<T> {
    fn default_max_ulps() -> u32 {
        <T as UlpsEq>::default_max_ulps()
    }
    fn ulps_eq(&self, other: &Scalar<T>, epsilon: Scalar<T>, max_ulps: u32) -> bool {
        self.value().ulps_eq(&other.value(), epsilon.value(), max_ulps)
    }
}
