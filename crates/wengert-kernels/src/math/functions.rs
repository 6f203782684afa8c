//! The functions. Where two ways meet, both are computed and one is taken.

use super::parts::Parts;

/// `if mask { yes } else { no }`, both known: a selection, and no branch.
macro_rules! select {
    ($mask:expr, $yes:expr, $no:expr) => {{
        let (yes, no) = ($yes, $no);
        if $mask { yes } else { no }
    }};
}

/// `(k, p)` with `e^x = 2^k (1 + p)`, an integer `k`, and `p` accurate near 0.
#[inline(always)]
fn reduced<T: Parts>(x: T) -> (T, T) {
    let k = (x * T::LOG2_E).nearest();
    (k, remaining(x, k, k * T::LN_2[1]))
}

/// `e^(x - k high - below) - 1`, where `high` is `ln 2` less its last digits, and the exponent within `ln 2 / 2` of 0.
#[inline(always)]
fn remaining<T: Parts>(x: T, k: T, below: T) -> T {
    // `x - k high` is exact, so that only what is below it is rounded.
    let above = x - k * T::LN_2[0];
    let r = above - below;
    above + (r * r * r.exp_tail() - below)
}

/// `x` within `least ..= most`; NaN stays NaN.
#[inline(always)]
fn within<T: Parts>(x: T, [least, most]: [T; 2]) -> T {
    let x = select!(x < least, least, x);
    select!(x > most, most, x)
}

#[inline(always)]
pub fn exp<T: Parts>(x: T) -> T {
    let (k, p) = reduced(within(x, T::EXP_RANGE));
    // In two steps, for `2^k` itself may be no normal number where the result is one, or is subnormal.
    let half = (k * T::HALF).nearest();
    (T::ONE + p) * half.power_of_two() * (k - half).power_of_two()
}

#[inline(always)]
pub fn exp_m1<T: Parts>(x: T) -> T {
    let (k, p) = reduced(within(x, [T::EXP_M1_LEAST, T::EXP_RANGE[1]]));
    // `2^k - 1` is exact where it matters; halved, since `2^k` overflows before `e^x` does.
    let half = (k - T::ONE).power_of_two();
    let y = (half * p + (half - T::HALF)) * T::TWO;
    select!(x.abs() < T::TINY, x, y)
}

/// `ln(u + below)`, where `below` is what `u` lost when it was rounded.
#[inline(always)]
fn ln_of_sum<T: Parts>(u: T, below: T) -> T {
    let [high, low] = T::LN_2;
    let (k, m) = u.exponent_and_mantissa();
    let f = m - T::ONE;
    let s = f / (T::TWO + f);
    let half_square = T::HALF * f * f;
    let tail = s * (half_square + (s * s).ln_tail()) + (k * low + below / u);
    let y = tail - half_square + f + k * high;
    let special = select!(u == T::zero(), T::neg_infinity(), T::nan());
    let special = select!(u > T::zero(), u, special);
    select!((u > T::zero()) & (u < T::infinity()), y, special)
}

#[inline(always)]
pub fn ln<T: Parts>(x: T) -> T {
    ln_of_sum(x, T::zero())
}

#[inline(always)]
pub fn ln_1p<T: Parts>(x: T) -> T {
    let u = T::ONE + x;
    let below = select!(x > T::ONE, T::ONE - (u - x), x - (u - T::ONE));
    select!(x.abs() < T::TINY, x, ln_of_sum(u, below))
}

#[inline(always)]
pub fn tanh<T: Parts>(x: T) -> T {
    let a = x.abs();
    let a = select!(a > T::TANH_LARGEST, T::TANH_LARGEST, a);
    let (k, p) = reduced(T::TWO * a);
    let e = (T::ONE + p) * k.power_of_two();
    // Near 0, `x` and a small correction; elsewhere, 1 less a small correction. One division serves both.
    let near = a < T::TANH_NEAR;
    let [above, below] = (a * a).tanh_tail();
    let correction = select!(near, above, T::TWO) / select!(near, below, T::ONE + e);
    select!(near, a + a * correction, T::ONE - correction).copysign(x)
}

#[inline(always)]
pub fn sigmoid<T: Parts>(x: T) -> T {
    let e = exp(-x.abs());
    select!(x < T::zero(), e, T::ONE) / (T::ONE + e)
}

/// `erfc(a)` from `ERF_NEAR` on, as `e^(-a^2 - 3/4 + g) / a` with a small `g`.
///
/// The square is split as in fdlibm's `s_erf.c`, which has two quotients in `1 / a^2` for `g`. Here it is one polynomial in
/// `(a - 7/4) / (a + 1)`, a variable after Shepherd and Laframboise (Mathematics of Computation 36, 1981).
#[inline(always)]
fn erfc_far<T: Parts>(a: T) -> T {
    let a = select!(a > T::ERFC_LARGEST, T::ERFC_LARGEST, a);
    // The square of the upper half of the digits is exact; what it lacks goes with what is small.
    let upper = a.upper_half();
    let exact = -(upper * upper) - T::THREE_QUARTERS;
    let g = ((a - T::ERFC_MIDDLE) / (a + T::ONE)).erfc_exponent();
    let below = (a - upper) * (a + upper) - g;
    let k = ((exact - below) * T::LOG2_E).nearest();
    let p = remaining(exact, k, k * T::LN_2[1] + below);
    let half = (k * T::HALF).nearest();
    (T::ONE + p) / a * half.power_of_two() * (k - half).power_of_two()
}

#[inline(always)]
pub fn erf<T: Parts>(x: T) -> T {
    let a = x.abs();
    let near = a + a * (a * a).erf_tail();
    select!(a < T::ERF_NEAR, near, T::ONE - erfc_far(a)).copysign(x)
}

#[inline(always)]
pub fn erfc<T: Parts>(x: T) -> T {
    let a = x.abs();
    let near = T::ONE - (x + x * (a * a).erf_tail());
    let far = erfc_far(a);
    select!(a < T::ERF_NEAR, near, select!(x < T::zero(), T::TWO - far, far))
}
