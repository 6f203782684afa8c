//! The number that programs are written over.

use std::ops::{Add, Div, Mul, Neg, Sub};

use wengert::{Dual, Fused, Scalar};

/// What the programs ask of a number. Libraries differ in which operators take a plain number beside one of theirs,
/// so that these are methods here.
pub trait Number:
    Copy + Neg<Output = Self> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// A number that depends on no input.
    fn constant(c: f64) -> Self;
    /// The plain number.
    fn to_plain(self) -> f64;
    /// `self + c`.
    fn plus(self, c: f64) -> Self;
    /// `self c`.
    fn times(self, c: f64) -> Self;
    /// `c - self`.
    fn subtracted_from(self, c: f64) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `e^self`.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// `self^n`.
    fn powf(self, n: f64) -> Self;
    /// `1 / self`.
    #[inline(always)]
    fn recip(self) -> Self {
        Self::constant(1.0) / self
    }
}

/// A number whose derivatives can be taken function by function: each is differentiated by itself, and the chain rule does the rest.
/// On a tape that is one instruction.
pub trait Fuse: Number {
    /// The results of a function of a few numbers, which is run with a tangent for each of them.
    fn fuse<F: Fused<f64, K>, const K: usize>(
        inputs: [Self; K],
        f: impl FnOnce([Dual<f64, K>; K]) -> F,
    ) -> F::Of<Self>;
}

/// The methods of [`Number`] that take a plain number, of a type whose operators do.
macro_rules! with_plain_operands {
    () => {
        #[inline(always)]
        fn plus(self, c: f64) -> Self {
            self + c
        }
        #[inline(always)]
        fn times(self, c: f64) -> Self {
            self * c
        }
        #[inline(always)]
        fn subtracted_from(self, c: f64) -> Self {
            c - self
        }
    };
}

/// The functions of [`Number`] of a type or a trait whose methods take `self`.
macro_rules! with_functions_of {
    ($owner:ident) => {
        #[inline(always)]
        fn sin(self) -> Self {
            $owner::sin(self)
        }
        #[inline(always)]
        fn cos(self) -> Self {
            $owner::cos(self)
        }
        #[inline(always)]
        fn tanh(self) -> Self {
            $owner::tanh(self)
        }
        #[inline(always)]
        fn exp(self) -> Self {
            $owner::exp(self)
        }
        #[inline(always)]
        fn ln(self) -> Self {
            $owner::ln(self)
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            $owner::sqrt(self)
        }
    };
}

impl Number for f64 {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        c
    }
    #[inline(always)]
    fn to_plain(self) -> f64 {
        self
    }
    with_plain_operands!();
    with_functions_of!(f64);
    #[inline(always)]
    fn powf(self, n: f64) -> f64 {
        f64::powf(self, n)
    }
}

impl Number for Scalar {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        Scalar::from(c)
    }
    #[inline(always)]
    fn to_plain(self) -> f64 {
        self.value()
    }
    with_plain_operands!();
    with_functions_of!(Scalar);
    #[inline(always)]
    fn powf(self, n: f64) -> Scalar {
        Scalar::powf(self, n)
    }
}

impl<const N: usize> Number for Dual<f64, N> {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        Dual::passive(c)
    }
    #[inline(always)]
    fn to_plain(self) -> f64 {
        self.value
    }
    with_plain_operands!();
    with_functions_of!(Dual);
    #[inline(always)]
    fn powf(self, n: f64) -> Dual<f64, N> {
        self.pow(n)
    }
}

impl Fuse for Scalar {
    #[inline(always)]
    fn fuse<F: Fused<f64, K>, const K: usize>(
        inputs: [Scalar; K],
        f: impl FnOnce([Dual<f64, K>; K]) -> F,
    ) -> F::Of<Scalar> {
        Scalar::fuse(inputs, f)
    }
}

impl<const N: usize> Fuse for Dual<f64, N> {
    #[inline(always)]
    fn fuse<F: Fused<f64, K>, const K: usize>(
        inputs: [Dual<f64, N>; K],
        f: impl FnOnce([Dual<f64, K>; K]) -> F,
    ) -> F::Of<Dual<f64, N>> {
        Dual::fuse(inputs, f)
    }
}
