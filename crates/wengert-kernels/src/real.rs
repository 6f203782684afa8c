//! The element types.

use std::fmt::{Debug, Display};

use num_traits::{Float, NumAssign};

use crate::math::Elementary;
use crate::matmul::Product;

/// A real number that the kernels compute with: `f32` or `f64`.
///
/// The trait is sealed, because products call kernels that exist for these two types only.
///
/// ```
/// use wengert_kernels::{sum, Real};
///
/// fn mean<T: Real>(x: &[T]) -> T {
///     sum(x) / T::from(x.len()).unwrap()
/// }
/// assert_eq!(mean(&[1.0_f32, 2.0, 6.0]), 3.0);
/// ```
pub trait Real:
    Float + NumAssign + Elementary + Default + Send + Sync + Debug + Display + sealed::Hooks + 'static
{
}

impl Real for f32 {}
impl Real for f64 {}

pub(crate) mod sealed {
    use super::Product;

    /// The kernels that are written per element type.
    pub trait Hooks: Sized {
        /// `c += alpha a b` through the register-blocked kernel; packs into `scratch`.
        ///
        /// # Safety
        /// The product is [valid](Product) and the elements of `c` are distinct.
        #[doc(hidden)]
        unsafe fn blocked(product: Product<Self>, scratch: &mut Vec<Self>);

        /// `c += alpha a b` for a column `b`; gathers into `scratch`.
        ///
        /// # Safety
        /// The product is [valid](Product), `n` is 1 and the elements of `c` are distinct.
        #[doc(hidden)]
        unsafe fn vector(product: Product<Self>, scratch: &mut Vec<Self>);

        /// `c += alpha a b` through the crate `gemm`.
        ///
        /// # Safety
        /// The product is [valid](Product) and the elements of `c` are distinct.
        #[doc(hidden)]
        unsafe fn large(product: Product<Self>);
    }
}
