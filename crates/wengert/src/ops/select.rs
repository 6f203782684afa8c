//! Choices by comparison, as rules of other ops use them.

use crate::rule::{Arithmetic, Pointwise};
use wengert_kernels::Real;

/// 1 where the operands are equal or both NaN, else 0. Flat: no derivative.
#[allow(non_camel_case_types)]
pub(crate) enum same {}

impl Pointwise<2> for same {
    const NAME: &'static str = "same";
    const SAMPLE: [f64; 2] = [0.3, 0.3];
    #[inline(always)]
    fn primal<T: Real>([a, b]: [T; 2]) -> T {
        if a == b || (a.is_nan() && b.is_nan()) { T::one() } else { T::zero() }
    }
    #[inline(always)]
    fn pull<A: Arithmetic>(_: usize, _: [A; 2], _: A, y_bar: A) -> A {
        y_bar.zero_like()
    }
}

/// The second operand where the first is not 0, else 0, whatever the second is.
#[allow(non_camel_case_types)]
pub(crate) enum masked {}

impl Pointwise<2> for masked {
    const NAME: &'static str = "masked";
    const SAMPLE: [f64; 2] = [1.0, 0.3];
    #[inline(always)]
    fn primal<T: Real>([mask, x]: [T; 2]) -> T {
        if mask == T::zero() { T::zero() } else { x }
    }
    #[inline(always)]
    fn pull<A: Arithmetic>(k: usize, [mask, _]: [A; 2], _: A, y_bar: A) -> A {
        let zero = y_bar.zero_like();
        A::select(if k == 0 { zero.same(zero) } else { mask.same(mask.zero_like()) }, zero, y_bar)
    }
}
