//! Comparisons that print every fact when they fail.

use std::fmt::Display;

/// Whether two numbers agree to `tolerance`, relative to the larger one and absolute below 1. NaN agrees with NaN,
/// an infinity with itself.
pub fn is_close(got: f64, want: f64, tolerance: f64) -> bool {
    got == want
        || (got.is_nan() && want.is_nan())
        || (got - want).abs() <= tolerance * got.abs().max(want.abs()).max(1.0)
}

/// Every element agrees to `tolerance`; `what` says what was computed.
#[track_caller]
pub fn assert_all_close(what: impl Display, got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}: {} numbers, and {} are expected", got.len(), want.len());
    for (i, (&g, &w)) in got.iter().zip(want).enumerate() {
        assert!(
            is_close(g, w, tolerance),
            "{what}: element {i} is {g:e}, expected {w:e}\n  got {got:?}\n  want {want:?}"
        );
    }
}

/// Every element is the same number; NaN is the same as NaN, and the sign of 0 does not count.
#[track_caller]
pub fn assert_same(what: impl Display, got: &[f64], want: &[f64]) {
    assert_all_close(what, got, want, 0.0);
}
