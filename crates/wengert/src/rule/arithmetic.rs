//! What a derivative is written in: an arithmetic that numbers, dual numbers and tape variables share.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// Numbers that a rule's derivative can be computed with.
///
/// On `f32` and `f64` a derivative is the inner loop of a kernel. Conditions give a mask, and `select` takes one of
/// two values by it, so that one text also serves whole tensors, where there is no `if`.
pub trait Arithmetic:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The answer of a comparison.
    type Mask: Copy;

    /// The constant `value` where `self` is: on the same tape, with the same shape.
    fn constant(self, value: f64) -> Self;
    /// One, where `self` is.
    #[inline(always)]
    fn one_like(self) -> Self {
        self.constant(1.0)
    }
    /// Zero, where `self` is.
    #[inline(always)]
    fn zero_like(self) -> Self {
        self.constant(0.0)
    }

    /// `e^self`
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// `self^exponent`, with an exponent of its own an element.
    fn powf(self, exponent: Self) -> Self;
    /// `self^n` for an integer `n`.
    fn pow_int(self, n: Self) -> Self;
    /// -1, 0 or 1 by the sign; 0 at 0, NaN at NaN. Its own derivative is 0.
    fn signum_or_zero(self) -> Self;

    /// Whether `self > other`.
    fn gt(self, other: Self) -> Self::Mask;
    /// Whether `self <= other`.
    fn le(self, other: Self) -> Self::Mask;
    /// Whether `self == other`.
    fn same(self, other: Self) -> Self::Mask;
    /// Whether both hold.
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// `yes` where the mask holds, else `no`; what is not taken does not count, not even a NaN.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

macro_rules! number_arithmetic {
    ($($float:ty)*) => {$(
        impl Arithmetic for $float {
            type Mask = bool;

            #[inline(always)]
            fn constant(self, value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn exp(self) -> Self {
                self.exp()
            }
            #[inline(always)]
            fn ln(self) -> Self {
                self.ln()
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn sin(self) -> Self {
                self.sin()
            }
            #[inline(always)]
            fn cos(self) -> Self {
                self.cos()
            }
            #[inline(always)]
            fn powf(self, exponent: Self) -> Self {
                self.powf(exponent)
            }
            #[inline(always)]
            fn pow_int(self, n: Self) -> Self {
                self.powi(n as i32)
            }
            #[inline(always)]
            fn signum_or_zero(self) -> Self {
                if self > 0.0 { 1.0 } else if self < 0.0 { -1.0 } else { self * 0.0 }
            }
            #[inline(always)]
            fn gt(self, other: Self) -> bool {
                self > other
            }
            #[inline(always)]
            fn le(self, other: Self) -> bool {
                self <= other
            }
            #[inline(always)]
            fn same(self, other: Self) -> bool {
                self == other
            }
            #[inline(always)]
            fn both(a: bool, b: bool) -> bool {
                a & b
            }
            #[inline(always)]
            fn select(mask: bool, yes: Self, no: Self) -> Self {
                if mask { yes } else { no }
            }
        }
    )*};
}
number_arithmetic!(f32 f64);
