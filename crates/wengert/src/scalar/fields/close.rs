//! Approximate equality, by value.

use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use simba::scalar::RealField;

use crate::rule::Dual;
use crate::scalar::Scalar;
use crate::tape::Element;

macro_rules! close {
    ([$($generics:tt)*] $number:ty) => {
        impl<$($generics)*> AbsDiffEq for $number {
            type Epsilon = $number;

            fn default_epsilon() -> $number {
                <$number>::passive(<T as AbsDiffEq>::default_epsilon())
            }
            fn abs_diff_eq(&self, other: &$number, epsilon: $number) -> bool {
                self.value().abs_diff_eq(&other.value(), epsilon.value())
            }
        }

        impl<$($generics)*> RelativeEq for $number {
            fn default_max_relative() -> $number {
                <$number>::passive(<T as RelativeEq>::default_max_relative())
            }
            fn relative_eq(&self, other: &$number, epsilon: $number, max_relative: $number) -> bool {
                self.value().relative_eq(&other.value(), epsilon.value(), max_relative.value())
            }
        }

        impl<$($generics)*> UlpsEq for $number {
            fn default_max_ulps() -> u32 {
                <T as UlpsEq>::default_max_ulps()
            }
            fn ulps_eq(&self, other: &$number, epsilon: $number, max_ulps: u32) -> bool {
                self.value().ulps_eq(&other.value(), epsilon.value(), max_ulps)
            }
        }
    };
}
close!([T: Element + RealField] Scalar<T>);
close!([T: Element + RealField, const N: usize] Dual<T, N>);
