//! Softmax and its logarithm along an axis, forward and reverse.
//!
//! Exponentials are what costs here, and a row may be short. So rows that lie one after the other are taken several at
//! a time, and the exponential runs over all of their elements in one loop.

use crate::{
    Kernel, Real, Scratch, Strided, StridedMut, accumulate_lanes, dispatch, map_lanes, maximum, sum,
};

/// About how many elements are taken at a time: they stay in the first-level cache from pass to pass.
const BLOCK: usize = 512;

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

/// How many elements the rows have that are taken at a time.
#[inline(always)]
fn block_of(len: usize) -> usize {
    (BLOCK / len.max(1)).max(1) * len.max(1)
}

/// `y = x - m` of a row, with the largest of it.
#[inline(always)]
fn shift<T: Real>(y: &mut [T], x: &[T]) {
    let max = maximum(x);
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x - max;
    }
}

/// Rows of `len` elements: `y = e^(x - m) / sum e^(x - m)`.
struct Forward<'a, T> {
    y: &'a mut [T],
    x: &'a [T],
    len: usize,
}

impl<T: Real> Kernel for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Forward { y, x, len } = self;
        let (block, len) = (block_of(len), len.max(1));
        for (y, x) in y.chunks_mut(block).zip(x.chunks(block)) {
            y.chunks_exact_mut(len).zip(x.chunks_exact(len)).for_each(|(y, x)| shift(y, x));
            for y in &mut *y {
                *y = y.fast_exp();
            }
            for y in y.chunks_exact_mut(len) {
                let sum = sum(y);
                y.iter_mut().for_each(|y| *y /= sum);
            }
        }
    }
}

/// Rows of `len` elements: `y = (x - m) - ln sum e^(x - m)`.
struct LogForward<'a, T> {
    y: &'a mut [T],
    x: &'a [T],
    len: usize,
}

impl<T: Real> Kernel for LogForward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let LogForward { y, x, len } = self;
        let (mut terms, mut logs) = ([T::zero(); BLOCK], [T::zero(); BLOCK]);
        let (block, len) = (block_of(len), len.max(1));
        for (y, x) in y.chunks_mut(block).zip(x.chunks(block)) {
            if len > BLOCK {
                // One row, too long to be kept beside its terms: shifted again after they were summed in its place.
                shift(y, x);
                for y in &mut *y {
                    *y = y.fast_exp();
                }
                let log = sum(y).fast_ln();
                shift(y, x);
                y.iter_mut().for_each(|y| *y -= log);
                continue;
            }
            y.chunks_exact_mut(len).zip(x.chunks_exact(len)).for_each(|(y, x)| shift(y, x));
            let terms = &mut terms[..y.len()];
            for (term, y) in terms.iter_mut().zip(&*y) {
                *term = y.fast_exp();
            }
            let logs = &mut logs[..y.len() / len];
            for (log, terms) in logs.iter_mut().zip(terms.chunks_exact(len)) {
                *log = sum(terms);
            }
            for log in &mut *logs {
                *log = log.fast_ln();
            }
            for (y, log) in y.chunks_exact_mut(len).zip(logs) {
                y.iter_mut().for_each(|y| *y -= *log);
            }
        }
    }
}

/// Rows of `len` elements: `x_bar += y (y_bar - sum(y y_bar))`.
struct Reverse<'a, T> {
    x_bar: &'a mut [T],
    y: &'a [T],
    y_bar: &'a [T],
    len: usize,
}

impl<T: Real> Kernel for Reverse<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Reverse { x_bar, y, y_bar, len } = self;
        let len = len.max(1);
        let rows = x_bar.chunks_exact_mut(len).zip(y.chunks_exact(len)).zip(y_bar.chunks_exact(len));
        for ((x_bar, y), y_bar) in rows {
            let total = dot(y, y_bar);
            for ((x_bar, &y), &y_bar) in x_bar.iter_mut().zip(y).zip(y_bar) {
                *x_bar += y * (y_bar - total);
            }
        }
    }
}

/// Rows of `len` elements: `x_bar += y_bar - e^y sum(y_bar)`.
struct LogReverse<'a, T> {
    x_bar: &'a mut [T],
    y: &'a [T],
    y_bar: &'a [T],
    len: usize,
}

impl<T: Real> Kernel for LogReverse<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let LogReverse { x_bar, y, y_bar, len } = self;
        let mut share = [T::zero(); BLOCK];
        let (block, len) = (block_of(len), len.max(1));
        let blocks = x_bar.chunks_mut(block).zip(y.chunks(block)).zip(y_bar.chunks(block));
        for ((x_bar, y), y_bar) in blocks {
            if len > BLOCK {
                let total = sum(y_bar);
                for ((x_bar, &y), &y_bar) in x_bar.iter_mut().zip(y).zip(y_bar) {
                    *x_bar += y_bar - y.fast_exp() * total;
                }
                continue;
            }
            let share = &mut share[..y.len()];
            for (share, &y) in share.iter_mut().zip(y) {
                *share = y.fast_exp();
            }
            let rows = x_bar.chunks_exact_mut(len).zip(share.chunks_exact(len)).zip(y_bar.chunks_exact(len));
            for ((x_bar, share), y_bar) in rows {
                let total = sum(y_bar);
                for ((x_bar, &share), &y_bar) in x_bar.iter_mut().zip(share).zip(y_bar) {
                    *x_bar += y_bar - share * total;
                }
            }
        }
    }
}

/// `sum e^(x - max)`
struct ShiftedSum<'a, T> {
    x: &'a [T],
    max: T,
}

impl<T: Real> Kernel for ShiftedSum<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let mut block = [T::zero(); BLOCK];
        self.x.chunks(BLOCK).fold(T::zero(), |total, x| {
            let block = &mut block[..x.len()];
            for (y, &x) in block.iter_mut().zip(x) {
                *y = (x - self.max).fast_exp();
            }
            total + sum(block)
        })
    }
}

/// `sum(a b)`, in eight lanes.
#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [T::zero(); 8];
    for (a, b) in a.iter().zip(b) {
        for (lane, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    for (lane, (&a, &b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *lane += a * b;
    }
    sum(&lanes)
}
