//! Softmax and its logarithm along an axis, forward and reverse.
//!
//! Rows that lie one after the other have kernels, and so have lanes that lie side by side. Lanes that lie in another way are
//! gathered and go through the kernels of rows, one by one.

mod abreast;
mod rows;

use crate::columns::{Abreast, Columns, Target};
use crate::{Real, Scratch, Strided, StridedMut, accumulate_lanes, dispatch, fold_lanes, map_lanes, maximum};
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
    map_rows::<T, abreast::Softmax>(y, x, axis, scratch, |y, x, len| dispatch(Forward { y, x, len }));
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
    map_rows::<T, abreast::LogSoftmax>(y, x, axis, scratch, |y, x, len| dispatch(LogForward { y, x, len }));
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
    accumulate_rows::<T, abreast::SoftmaxReverse>(
        x_bar,
        [y, y_bar],
        axis,
        scratch,
        |x_bar, [y, y_bar], len| {
            dispatch(Reverse { x_bar, y, y_bar, len });
        },
    );
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
    accumulate_rows::<T, abreast::LogSoftmaxReverse>(
        x_bar,
        [y, y_bar],
        axis,
        scratch,
        |x_bar, [y, y_bar], len| {
            dispatch(LogReverse { x_bar, y, y_bar, len });
        },
    );
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

/// [`log_sum_exp`] of each lane along `axes`; lanes and `y` are those of [`fold_lanes`].
///
/// ```
/// use wengert_kernels::{Scratch, Strided, log_sum_exp_along};
///
/// let x = [0.0, 1000.0, 0.0, 1000.0];
/// let mut y = [0.0; 2];
/// log_sum_exp_along(&mut y, Strided::new(&x, 0, &[2, 2], &[2, 1]), &[0], &mut Scratch::new());
/// assert_eq!(y, [2f64.ln(), 1000.0 + 2f64.ln()]);
/// ```
///
/// # Panics
/// As [`fold_lanes`].
pub fn log_sum_exp_along<T: Real>(y: &mut [T], x: Strided<'_, T>, axes: &[usize], scratch: &mut Scratch<T>) {
    match Columns::of(x.dims(), axes, &Target::Folded, &[x]) {
        Some(columns) => {
            assert!(y.len() == columns.count(), "log_sum_exp: {} lanes into {}", columns.count(), y.len());
            columns.each::<T, abreast::LogSumExp>((y, 0), &[x], scratch);
        }
        None => fold_lanes(y, [x], axes, scratch, |_, [x]| log_sum_exp(x)),
    }
}

/// Calls `f(y rows, x rows, length of a row)` with all rows, where they lie one after the other. Lanes that lie side by side
/// go through `V`, and any others one by one through `f`.
fn map_rows<T: Real, V: Abreast<T, 1>>(
    y: &mut [T],
    x: Strided<'_, T>,
    axis: usize,
    scratch: &mut Scratch<T>,
    f: impl Fn(&mut [T], &[T], usize),
) {
    let len = x.dims()[axis];
    assert!(y.len() == x.len(), "softmax: {} elements into {}", x.len(), y.len());
    if axis + 1 == x.rank()
        && let Some(rows) = x.as_slice()
    {
        return f(y, rows, len);
    }
    match Columns::of(x.dims(), &[axis], &Target::RowMajor, &[x]) {
        Some(columns) => columns.each::<T, V>((y, 0), &[x], scratch),
        None => map_lanes(y, [x], &[axis], scratch, |_, y, [x]| f(y, x, len)),
    }
}

/// [`map_rows`] for what accumulates.
fn accumulate_rows<T: Real, V: Abreast<T, 2>>(
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
    match Columns::of(target.dims(), &[axis], &Target::Strided(target.strides()), &operands) {
        Some(columns) => {
            let offset = target.offset();
            columns.each::<T, V>((target.data_mut(), offset), &operands, scratch);
        }
        None => {
            let each = |_, target: &mut [T], operands: [&[T]; 2]| f(target, operands, len);
            accumulate_lanes(target, operands, &[axis], scratch, each);
        }
    }
}
