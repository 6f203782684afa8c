//! A number and its tangent. A derivative that is run on duals gives the tangent of the derivative: the second order
//! of a Hessian-vector product, from the same text.

use std::ops::{Add, Div, Mul, Neg, Sub};

use wengert_kernels::Real;

use super::{Arithmetic, Pointwise};

/// `value + dot e` with `e^2 = 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dual<T> {
    pub value: T,
    pub dot: T,
}

impl<T: Real + Arithmetic> Dual<T> {
    /// A tangent of 0 counts as none, so that an infinite partial off the path makes no NaN.
    #[inline(always)]
    fn carried(dot: T, pull: impl FnOnce(T) -> T) -> T {
        if dot.is_zero() { dot } else { pull(dot) }
    }
}

impl<T: Real> Add for Dual<T> {
    type Output = Dual<T>;
    #[inline(always)]
    fn add(self, other: Dual<T>) -> Dual<T> {
        Dual { value: self.value + other.value, dot: self.dot + other.dot }
    }
}

impl<T: Real> Sub for Dual<T> {
    type Output = Dual<T>;
    #[inline(always)]
    fn sub(self, other: Dual<T>) -> Dual<T> {
        Dual { value: self.value - other.value, dot: self.dot - other.dot }
    }
}

impl<T: Real + Arithmetic> Mul for Dual<T> {
    type Output = Dual<T>;
    #[inline(always)]
    fn mul(self, other: Dual<T>) -> Dual<T> {
        let left = Dual::carried(self.dot, |dot| dot * other.value);
        let right = Dual::carried(other.dot, |dot| self.value * dot);
        Dual { value: self.value * other.value, dot: left + right }
    }
}

impl<T: Real + Arithmetic> Div for Dual<T> {
    type Output = Dual<T>;
    #[inline(always)]
    fn div(self, other: Dual<T>) -> Dual<T> {
        let value = self.value / other.value;
        let left = Dual::carried(self.dot, |dot| dot / other.value);
        let right = Dual::carried(other.dot, |dot| value * dot / other.value);
        Dual { value, dot: left - right }
    }
}

impl<T: Real> Neg for Dual<T> {
    type Output = Dual<T>;
    #[inline(always)]
    fn neg(self) -> Dual<T> {
        Dual { value: -self.value, dot: -self.dot }
    }
}

impl<T: Real + Arithmetic<Mask = bool>> Arithmetic for Dual<T> {
    type Mask = bool;

    #[inline(always)]
    fn constant(self, value: f64) -> Dual<T> {
        Dual { value: self.value.constant(value), dot: T::zero() }
    }
    #[inline(always)]
    fn of<O: Pointwise<1>>(self) -> Dual<T> {
        let x = [self.value];
        let value = O::primal(x);
        Dual { value, dot: Dual::carried(self.dot, |dot| O::pull(0, x, value, dot)) }
    }
    #[inline(always)]
    fn with<O: Pointwise<2>>(self, other: Dual<T>) -> Dual<T> {
        let x = [self.value, other.value];
        let value = O::primal(x);
        let left = Dual::carried(self.dot, |dot| O::pull(0, x, value, dot));
        let right = Dual::carried(other.dot, |dot| O::pull(1, x, value, dot));
        Dual { value, dot: left + right }
    }
    #[inline(always)]
    fn gt(self, other: Dual<T>) -> bool {
        self.value > other.value
    }
    #[inline(always)]
    fn le(self, other: Dual<T>) -> bool {
        self.value <= other.value
    }
    #[inline(always)]
    fn same(self, other: Dual<T>) -> bool {
        self.value == other.value
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
    fn select(mask: bool, yes: Dual<T>, no: Dual<T>) -> Dual<T> {
        if mask { yes } else { no }
    }
}
