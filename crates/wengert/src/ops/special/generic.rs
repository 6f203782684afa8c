//! The functions that `num-traits` has no name for, for code that is generic over its number.

use super::{digamma, erf, erfc, erfinv, i0, i1, lgamma, polygamma};
use crate::ops::activation::{log_sigmoid, sigmoid, softplus};
use crate::ops::math::{logit, xlogy};
use crate::rule::{Dual, Pointwise};
use crate::scalar::Scalar;
use crate::tape::Element;

/// Declares the trait, and forwards each function: of a scalar and of a dual to the method of that name, of a number to the
/// value that such a method records.
macro_rules! special {
    (
        $(#[doc = $trait_doc:literal])*
        unary { $($(#[doc = $unary_doc:literal])* $unary:ident)* }
        binary { $($(#[doc = $binary_doc:literal])* $binary:ident($b:ident))* }
        integer { $($(#[doc = $integer_doc:literal])* $integer:ident($n:ident))* }
    ) => {
        $(#[doc = $trait_doc])*
        pub trait Special: Sized {
            $(
                $(#[doc = $unary_doc])*
                #[doc = concat!("Edges and derivative: [`Tensor::", stringify!($unary), "`](crate::Tensor::", stringify!($unary), ").")]
                fn $unary(self) -> Self;
            )*
            $(
                $(#[doc = $binary_doc])*
                #[doc = concat!("Edges and derivative: [`Tensor::", stringify!($binary), "`](crate::Tensor::", stringify!($binary), ").")]
                fn $binary(self, $b: Self) -> Self;
            )*
            $(
                $(#[doc = $integer_doc])*
                #[doc = concat!("Edges and derivative: [`Tensor::", stringify!($integer), "`](crate::Tensor::", stringify!($integer), ").")]
                fn $integer(self, $n: i32) -> Self;
            )*
        }

        special!(@own [$($unary)*] [$($binary)*] [$($integer)*] [T: Element] Scalar<T>);
        special!(@own [$($unary)*] [$($binary)*] [$($integer)*] [T: Element, const N: usize] Dual<T, N>);
        special!(@float [$($unary)*] [$($binary)*] [$($integer)*] f32);
        special!(@float [$($unary)*] [$($binary)*] [$($integer)*] f64);
    };
    (@own [$($unary:ident)*] [$($binary:ident)*] [$($integer:ident)*] [$($generics:tt)*] $number:ty) => {
        impl<$($generics)*> Special for $number {
            $(
                #[track_caller]
                #[inline(always)]
                fn $unary(self) -> Self {
                    // The method of the number, not the one of the trait that is being written.
                    <$number>::$unary(self)
                }
            )*
            $(
                #[track_caller]
                #[inline(always)]
                fn $binary(self, other: Self) -> Self {
                    <$number>::$binary(self, other)
                }
            )*
            $(
                #[track_caller]
                #[inline(always)]
                fn $integer(self, n: i32) -> Self {
                    <$number>::$integer(self, n)
                }
            )*
        }
    };
    (@float [$($unary:ident)*] [$($binary:ident)*] [$($integer:ident)*] $float:ident) => {
        impl Special for $float {
            $(
                #[inline]
                fn $unary(self) -> Self {
                    <$unary as Pointwise<1>>::single([self])
                }
            )*
            $(
                #[inline]
                fn $binary(self, other: Self) -> Self {
                    <$binary as Pointwise<2>>::single([self, other])
                }
            )*
            $(
                #[inline]
                fn $integer(self, n: i32) -> Self {
                    <$integer as Pointwise<2>>::single([self, n as $float])
                }
            )*
        }
    };
}

special! {
    /// Functions of statistics and physics for code that is generic over its number: of `f32` and `f64`, of scalars and of
    /// duals, each with the value that the method of [`Scalar`] has.
    ///
    /// It goes beside [`num_traits::Float`], which has `exp_m1` and `ln_1p` but not these. A scalar and a dual have each
    /// function as a method of their own, which is the one that is called where both are in scope.
    ///
    /// The standard library is to have `erf` and `erfc` of its own. Until then the compiler warns where one is called on what it
    /// knows to be `f32` or `f64`: `Special::erf(0.5)` is the call that it takes without a word. In generic code there is nothing
    /// to warn about.
    ///
    /// ```
    /// use num_traits::Float;
    /// use wengert::{Dual, Special, Tape};
    ///
    /// /// The normal distribution.
    /// fn normal<T: Float + Special>(x: T) -> T {
    ///     let half = T::from(0.5).unwrap();
    ///     half * (-x * half.sqrt()).erfc()
    /// }
    ///
    /// let tape = Tape::<f64>::new();
    /// let (value, gradient) = tape.gradient(&[1.0], |x| normal(x[0]));
    /// assert_eq!(value, normal(1.0));
    /// let density = (-0.5_f64).exp() / std::f64::consts::TAU.sqrt();
    /// assert!((gradient[0] - density).abs() < 1e-16);
    ///
    /// let [x] = Dual::independent([1.0]);
    /// assert_eq!(normal(x).dot, [gradient[0]]);
    /// assert!((normal(1.0_f32) - 0.841_345).abs() < 1e-6);
    /// ```
    unary {
        /// The error function.
        erf
        /// `1 - erf(x)`, with all its digits where that is small.
        erfc
        /// The inverse of the error function.
        erfinv
        /// The logarithm of the absolute value of the gamma function.
        lgamma
        /// The derivative of the logarithm of the gamma function.
        digamma
        /// The modified Bessel function of the first kind, of order 0.
        i0
        /// The modified Bessel function of the first kind, of order 1.
        i1
        /// The logistic function `1 / (1 + e^-x)`.
        sigmoid
        /// The inverse of the logistic function, `ln(x / (1 - x))`.
        logit
        /// `ln(1 + e^x)`, without overflow: `x` itself above 20, which is off by 2e-9 at most.
        softplus
        /// `ln(1 / (1 + e^-x))`, without overflow.
        log_sigmoid
    }
    binary {
        /// `x ln(y)`, which is 0 where `x` is, also at `y = 0`.
        xlogy(y)
    }
    integer {
        /// The `n`-th derivative of the digamma function.
        polygamma(n)
    }
}
