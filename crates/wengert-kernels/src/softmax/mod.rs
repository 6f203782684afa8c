//! Softmax and its logarithm along an axis, forward and reverse.

mod rows;

use crate::{Real, Scratch, Strided, StridedMut, accumulate_lanes, dispatch, map_lanes, maximum};
use rows::{Forward, LogForward, LogReverse, Reverse, ShiftedSum};

/// `y = e^(x - m) / sum e^(x - m)` along `axis`, with the largest of each row as `m`.
///
/// `y` is row-major with the dims of `x`. A row with `inf`, with NaN, or of `-inf` alone is NaN.
///
/// ```
/// use wengert_kernels::{softmax, Scratch, Strided};
///
/// let x = [0.0, 0.0, 1000.0, -1000.0];
/// let mut y = [0.0; 4];
/// softmax(&mut y, Strided::new(&x, 0, &[2, 2], &[2, 1]), 1, &mut Scratch::new());
/// assert_eq!(y, [0.5, 0.5, 1.0, 0.0]);
/// ```
///
/// # Panics
/// If `y` has another length than `x`, or `x` no such axis.
pub fn softmax<T: Real>(y: &mut [T], x: Strided<'_, T>, axis: usize, scratch: &mut Scratch<T>) {
    map_rows(y, x, axis, scratch, |y, x, len| {
        dispatch(Forward { y, x, len });
    });
}

/// `y = (x - m) - ln sum e^(x - m)` along `axis`, with the largest of each row as `m`.
///
/// `y` is row-major with the dims of `x`. A row with `inf`, with NaN, or of `-inf` alone is NaN.
///
/// ```
/// use wengert_kernels::{log_softmax, Scratch, Strided};
///
/// let x = [0.0, 0.0, 1000.0, -1000.0];
/// let mut y = [0.0; 4];
/// log_softmax(&mut y, Strided::new(&x, 0, &[2, 2], &[2, 1]), 1, &mut Scratch::new());
/// assert_eq!(y, [-(2f64.ln()), -(2f64.ln()), 0.0, -2000.0]);
/// ```
///
/// # Panics
/// If `y` has another length than `x`, or `x` no such axis.
pub fn log_softmax<T: Real>(y: &mut [T], x: Strided<'_, T>, axis: usize, scratch: &mut Scratch<T>) {
    map_rows(y, x, axis, scratch, |y, x, len| dispatch(LogForward { y, x, len }));
}

/// `x_bar += y (y_bar - sum(y y_bar))` along `axis`: what comes back through [`softmax`] with the result `y`.
///
/// ```
/// use wengert_kernels::{softmax_acc, Scratch, Strided, StridedMut};
///
/// let (y, y_bar, mut x_bar) = ([0.25, 0.75], [4.0, 0.0], [0.0; 2]);
/// let [y, y_bar] = [&y, &y_bar].map(|data| Strided::new(data, 0, &[2], &[1]));
/// softmax_acc(StridedMut::new(&mut x_bar, 0, &[2], &[1]), y, y_bar, 0, &mut Scratch::new());
/// assert_eq!(x_bar, [0.75, -0.75]);
/// ```
///
/// # Panics
/// If dims differ, or there is no such axis.
pub fn softmax_acc<T: Real>(
    x_bar: StridedMut<'_, T>,
    y: Strided<'_, T>,
    y_bar: Strided<'_, T>,
    axis: usize,
    scratch: &mut Scratch<T>,
) {
    accumulate_rows(x_bar, [y, y_bar], axis, scratch, |x_bar, [y, y_bar], len| {
        dispatch(Reverse { x_bar, y, y_bar, len });
    });
}

/// `x_bar += y_bar - e^y sum(y_bar)` along `axis`: what comes back through [`log_softmax`] with the result `y`.
///
/// ```
/// use wengert_kernels::{log_softmax_acc, Scratch, Strided, StridedMut};
///
/// let (y, y_bar, mut x_bar) = ([0.5_f64.ln(); 2], [1.0, 0.0], [0.0; 2]);
/// let [y, y_bar] = [&y, &y_bar].map(|data| Strided::new(data, 0, &[2], &[1]));
/// log_softmax_acc(StridedMut::new(&mut x_bar, 0, &[2], &[1]), y, y_bar, 0, &mut Scratch::new());
/// assert_eq!(x_bar, [0.5, -0.5]);
/// ```
///
/// # Panics
/// If dims differ, or there is no such axis.
pub fn log_softmax_acc<T: Real>(
    x_bar: StridedMut<'_, T>,
    y: Strided<'_, T>,
    y_bar: Strided<'_, T>,
    axis: usize,
    scratch: &mut Scratch<T>,
) {
    accumulate_rows(x_bar, [y, y_bar], axis, scratch, |x_bar, [y, y_bar], len| {
        dispatch(LogReverse { x_bar, y, y_bar, len });
    });
}

/// `m + ln sum e^(x - m)` of a row, with its largest as `m`: an infinite `m` decides alone, and of nothing it is `-inf`.
///
/// ```
/// use wengert_kernels::log_sum_exp;
///
/// assert_eq!(log_sum_exp(&[1000.0, 1000.0]), 1000.0 + 2f64.ln());
/// assert_eq!(log_sum_exp::<f32>(&[]), f32::NEG_INFINITY);
/// ```
pub fn log_sum_exp<T: Real>(x: &[T]) -> T {
    let max = maximum(x);
    if max.is_infinite() { max } else { max + dispatch(ShiftedSum { x, max }).fast_ln() }
}

/// Calls `f(y rows, x rows, length of a row)` with as many rows as lie one after the other: all, or one by one.
fn map_rows<T: Real>(
    y: &mut [T],
    x: Strided<'_, T>,
    axis: usize,
    scratch: &mut Scratch<T>,
    f: impl Fn(&mut [T], &[T], usize),
) {
    let len = x.dims()[axis];
    match x.as_slice() {
        Some(rows) if axis + 1 == x.rank() => {
            assert!(y.len() == rows.len(), "softmax: {} elements into {}", rows.len(), y.len());
            f(y, rows, len);
        }
        _ => map_lanes(y, [x], &[axis], scratch, |_, y, [x]| f(y, x, len)),
    }
}

/// [`map_rows`] for what accumulates.
fn accumulate_rows<T: Real>(
    mut target: StridedMut<'_, T>,
    operands: [Strided<'_, T>; 2],
    axis: usize,
    scratch: &mut Scratch<T>,
    f: impl Fn(&mut [T], [&[T]; 2], usize),
) {
    let (len, last) = (target.dims()[axis], axis + 1 == target.rank());
    if last
        && operands.iter().all(|x| x.dims() == target.dims())
        && let [Some(y), Some(y_bar)] = operands.map(|x| x.as_slice())
        && let Some(target) = target.as_mut_slice()
    {
        return f(target, [y, y_bar], len);
    }
    accumulate_lanes(target, operands, &[axis], scratch, |_, target, operands| f(target, operands, len));
}
