//! Conversions: numbers are scalars that are passive.

use simba::scalar::SubsetOf;

use crate::scalar::Scalar;
use crate::tape::Element;

/// The same scalar, with its gradient.
impl<T: Element> SubsetOf<Scalar<T>> for Scalar<T> {
    fn to_superset(&self) -> Scalar<T> {
        *self
    }
    fn from_superset_unchecked(element: &Scalar<T>) -> Scalar<T> {
        *element
    }
    fn is_in_subset(_: &Scalar<T>) -> bool {
        true
    }
}

macro_rules! numbers {
    ($($float:ident $to_float:ident)*) => {$(
        /// A number becomes a passive scalar. A scalar becomes its value (`from_superset`, `try_convert`), which
        /// cuts the gradient.
        impl<T: Element> SubsetOf<Scalar<T>> for $float {
            fn to_superset(&self) -> Scalar<T> {
                Scalar::passive(T::zero().constant(f64::from(*self)))
            }
            fn from_superset_unchecked(element: &Scalar<T>) -> $float {
                element.value().$to_float().unwrap_or($float::NAN)
            }
            fn is_in_subset(_: &Scalar<T>) -> bool {
                true
            }
        }
    )*};
}
numbers!(f32 to_f32 f64 to_f64);
