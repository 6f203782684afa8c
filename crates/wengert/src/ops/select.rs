//! Choices by comparison, as rules of other ops use them. A mask is a value here: 1 where it holds, 0 where not. All
//! are flat but in what they choose from.

use crate::rule::{Arithmetic, Pointwise};
use wengert_kernels::Real;

/// A comparison: 1 where it holds, else 0. It has no derivative.
macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident |$a:ident, $b:ident| $holds:expr;)*) => {$(
        $(#[$doc])*
        #[allow(non_camel_case_types)]
        pub(crate) enum $name {}

        impl Pointwise<2> for $name {
            const NAME: &'static str = stringify!($name);
            const SAMPLE: [f64; 2] = [0.3, 0.7];
            #[inline(always)]
            fn primal<T: Real>([$a, $b]: [T; 2]) -> T {
                if $holds { T::one() } else { T::zero() }
            }
            #[inline(always)]
            fn pull<A: Arithmetic>(_: usize, _: [A; 2], _: A, y_bar: A) -> A {
                y_bar.zero_like()
            }
        }
    )*};
}

comparisons! {
    /// Equal, or both NaN.
    same |a, b| a == b || (a.is_nan() && b.is_nan());
    /// Equal.
    equals |a, b| a == b;
    /// `a > b`
    exceeds |a, b| a > b;
    /// `a <= b`
    at_most |a, b| a <= b;
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
        if k == 0 { zero } else { A::select(mask.same(mask.zero_like()), zero, y_bar) }
    }
}

/// The second operand where the first is not 0, else the third; what is not taken does not count.
#[allow(non_camel_case_types)]
pub(crate) enum choose {}

impl Pointwise<3> for choose {
    const NAME: &'static str = "where";
    const SAMPLE: [f64; 3] = [1.0, 0.3, -0.4];
    #[inline(always)]
    fn primal<T: Real>([mask, yes, no]: [T; 3]) -> T {
        if mask == T::zero() { no } else { yes }
    }
    #[inline(always)]
    fn pull<A: Arithmetic>(k: usize, [mask, ..]: [A; 3], _: A, y_bar: A) -> A {
        let zero = y_bar.zero_like();
        let is_no = mask.same(mask.zero_like());
        match k {
            0 => zero,
            1 => A::select(is_no, zero, y_bar),
            _ => A::select(is_no, y_bar, zero),
        }
    }
}

/// The same, as `masked_fill` is recorded.
#[allow(non_camel_case_types)]
pub(crate) enum filled {}

impl Pointwise<3> for filled {
    const NAME: &'static str = "masked_fill";
    const SAMPLE: [f64; 3] = choose::SAMPLE;
    #[inline(always)]
    fn primal<T: Real>(operands: [T; 3]) -> T {
        choose::primal(operands)
    }
    #[inline(always)]
    fn pull<A: Arithmetic>(k: usize, operands: [A; 3], y: A, y_bar: A) -> A {
        choose::pull(k, operands, y, y_bar)
    }
}
