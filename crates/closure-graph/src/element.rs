//! The numbers that nodes hold: `f32` and `f64`.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// The element type of a [`Scalar`](crate::Scalar) or a [`Tensor`](crate::Tensor): `f32` or `f64`.
///
/// The trait is sealed. Its methods are those of the standard library under the same name.
///
/// ```
/// use closure_graph::Element;
/// fn half<T: Element>(x: T) -> T {
///     x * T::from_f64(0.5)
/// }
/// assert_eq!(half(3.0f32), 1.5);
/// ```
pub trait Element:
    sealed::Sealed
    + Copy
    + PartialOrd
    + Debug
    + Display
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + 'static
{
    /// The number 0.
    const ZERO: Self;
    /// The number 1.
    const ONE: Self;
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// `e^self`.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// An integer power.
    fn powi(self, n: i32) -> Self;
    /// A real power.
    fn powf(self, p: Self) -> Self;
}

macro_rules! element {
    ($($type:ident)*) => {$(
        impl Element for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            element!(@forward $type: exp ln sqrt sin cos tanh abs);
            #[inline]
            fn powi(self, n: i32) -> Self {
                $type::powi(self, n)
            }
            #[inline]
            fn powf(self, p: Self) -> Self {
                $type::powf(self, p)
            }
        }
    )*};
    (@forward $type:ident: $($name:ident)*) => {$(
        #[inline]
        fn $name(self) -> Self {
            $type::$name(self)
        }
    )*};
}

element!(f32 f64);
