//! The largest of a slice.

use crate::{Kernel, Real, dispatch};

/// Candidates held side by side: enough for a widest vector of `f32`.
const LANES: usize = 16;

/// From this length on the choice of a vector unit pays.
const LONG: usize = 64;

/// In a short slice, so many candidates that do not wait for each other.
const FEW: usize = 4;

/// The largest of a slice; NaN if any element is, and `-inf` if there is none.
///
/// ```
/// use wengert_kernels::maximum;
///
/// assert_eq!(maximum(&[1.0, 3.0, 2.0]), 3.0);
/// assert!(maximum(&[1.0, f64::NAN, 2.0]).is_nan());
/// assert_eq!(maximum::<f32>(&[]), f32::NEG_INFINITY);
/// ```
#[inline]
pub fn maximum<T: Real>(x: &[T]) -> T {
    if x.len() < LONG { lanes::<T, FEW>(x) } else { dispatch(Long(x)) }
}

/// The larger; NaN if either is.
#[inline(always)]
pub(crate) fn larger<T: Real>(max: T, x: T) -> T {
    if (x > max) | x.is_nan() { x } else { max }
}

#[inline(always)]
fn fold<T: Real>(max: T, x: &[T]) -> T {
    x.iter().fold(max, |max, &x| larger(max, x))
}

struct Long<'a, T>(&'a [T]);

impl<T: Real> Kernel for Long<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        lanes::<T, LANES>(self.0)
    }
}

#[inline(always)]
fn lanes<T: Real, const N: usize>(x: &[T]) -> T {
    let (chunks, rest) = x.as_chunks::<N>();
    let mut lanes = [T::neg_infinity(); N];
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, x);
        }
    }
    fold(fold(T::neg_infinity(), rest), &lanes)
}
