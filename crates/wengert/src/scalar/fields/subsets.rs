//! Conversions: numbers are scalars that are passive.

use simba::scalar::SubsetOf;

use crate::rule::Dual;
use crate::scalar::Scalar;
use crate::tape::Element;

macro_rules! subset {
    ([$($generics:tt)*] $number:ty) => {
        /// The same scalar, with its gradient.
        impl<$($generics)*> SubsetOf<$number> for $number {
            fn to_superset(&self) -> $number {
                *self
            }
            fn from_superset_unchecked(element: &$number) -> $number {
                *element
            }
            fn is_in_subset(_: &$number) -> bool {
                true
            }
        }

        numbers!([$($generics)*] $number: f32 to_f32);
        numbers!([$($generics)*] $number: f64 to_f64);
    };
}

macro_rules! numbers {
    ([$($generics:tt)*] $number:ty: $float:ident $to_float:ident) => {
        /// A number becomes a passive scalar. A scalar becomes its value (`from_superset`, `try_convert`), which
        /// cuts the gradient.
        impl<$($generics)*> SubsetOf<$number> for $float {
            fn to_superset(&self) -> $number {
                <$number>::passive(T::zero().constant(f64::from(*self)))
            }
            fn from_superset_unchecked(element: &$number) -> $float {
                element.value().$to_float().unwrap_or($float::NAN)
            }
            fn is_in_subset(_: &$number) -> bool {
                true
            }
        }
    };
}
subset!([T: Element] Scalar<T>);
subset!([T: Element, const N: usize] Dual<T, N>);
