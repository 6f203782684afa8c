//! What a derivative is written in: an arithmetic that numbers, dual numbers and tape variables share.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Pointwise;

/// Numbers that a rule's derivative can be computed with: `f32` and `f64`, where a derivative is the inner loop of a
/// kernel; dual numbers, where it carries a tangent; and what lies on a tape, where it is recorded.
///
/// A derivative is written in ops: `x.of::<cos>()` is the cosine of `x`, whatever `x` is, and so has a derivative
/// itself. Conditions give a mask, and `select` takes one of two values by it, so that one text also serves whole
/// tensors, where there is no `if`.
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

    /// The op `O` of it.
    fn of<O: Pointwise<1>>(self) -> Self;
    /// The op `O` of it and another.
    fn with<O: Pointwise<2>>(self, other: Self) -> Self;

    /// Whether `self > other`.
    fn gt(self, other: Self) -> Self::Mask;
    /// Whether `self <= other`.
    fn le(self, other: Self) -> Self::Mask;
    /// Whether `self == other`.
    fn same(self, other: Self) -> Self::Mask;
    /// Whether both hold.
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Whether either holds.
    fn either(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// `yes` where the mask holds, else `no`; what is not taken does not count, not even a NaN.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// Whether a number is far from where a quotient with it loses digits, or overflows.
    #[inline(always)]
    fn has_digits(self) -> Self::Mask {
        let square = self * self;
        Self::both(square.gt(self.constant(1e-30)), self.constant(1e30).gt(square))
    }
    /// `whole`, which plain numbers get by `short` where `holds`: an equal value that takes less time. What has a
    /// derivative of its own has that of `whole` alone.
    #[inline(always)]
    fn shortcut(
        _holds: impl FnOnce() -> Self::Mask,
        _short: impl FnOnce() -> Self,
        whole: impl FnOnce() -> Self,
    ) -> Self {
        whole()
    }
    /// A [shortcut](Self::shortcut) that always holds, so that a loop of it has no branch.
    #[inline(always)]
    fn shortcut_always(_short: impl FnOnce() -> Self, whole: impl FnOnce() -> Self) -> Self {
        whole()
    }
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
            fn of<O: Pointwise<1>>(self) -> Self {
                O::primal([self])
            }
            #[inline(always)]
            fn with<O: Pointwise<2>>(self, other: Self) -> Self {
                O::primal([self, other])
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
            fn either(a: bool, b: bool) -> bool {
                a | b
            }
            #[inline(always)]
            fn select(mask: bool, yes: Self, no: Self) -> Self {
                if mask { yes } else { no }
            }
            #[inline(always)]
            fn shortcut(
                holds: impl FnOnce() -> bool,
                short: impl FnOnce() -> Self,
                whole: impl FnOnce() -> Self,
            ) -> Self {
                if holds() { short() } else { whole() }
            }
            #[inline(always)]
            fn shortcut_always(short: impl FnOnce() -> Self, _whole: impl FnOnce() -> Self) -> Self {
                short()
            }
        }
    )*};
}
number_arithmetic!(f32 f64);
