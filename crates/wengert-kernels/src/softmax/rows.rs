//! Rows that lie one after the other.
//!
//! Exponentials are what costs here, and a row may be short. So rows are taken several at a time, and the exponential runs over
//! all of their elements in one loop.

use crate::sum::HALVED;
use crate::{Kernel, Real, maximum, sum};

/// About how many elements are taken at a time: they stay in the first-level cache from pass to pass.
const BLOCK: usize = 512;

/// So few elements in all have a smaller block: to fill a large one with zeros would take longer than they do.
const SHORT: usize = 64;

/// How many elements the rows have that are taken at a time.
#[inline(always)]
fn block_of(len: usize, most: usize) -> usize {
    (most / len.max(1)).max(1) * len.max(1)
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
pub(super) struct Forward<'a, T> {
    pub(super) y: &'a mut [T],
    pub(super) x: &'a [T],
    pub(super) len: usize,
}

impl<T: Real> Kernel for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Forward { y, x, len } = self;
        let (block, len) = (block_of(len, BLOCK), len.max(1));
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
pub(super) struct LogForward<'a, T> {
    pub(super) y: &'a mut [T],
    pub(super) x: &'a [T],
    pub(super) len: usize,
}

impl<T: Real> Kernel for LogForward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if self.y.len() <= SHORT { self.in_blocks::<SHORT>() } else { self.in_blocks::<BLOCK>() }
    }
}

impl<T: Real> LogForward<'_, T> {
    #[inline(always)]
    fn in_blocks<const MOST: usize>(self) {
        let LogForward { y, x, len } = self;
        let (mut terms, mut logs) = ([T::zero(); MOST], [T::zero(); MOST]);
        let (block, len) = (block_of(len, MOST), len.max(1));
        for (y, x) in y.chunks_mut(block).zip(x.chunks(block)) {
            if len > MOST {
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
pub(super) struct Reverse<'a, T> {
    pub(super) x_bar: &'a mut [T],
    pub(super) y: &'a [T],
    pub(super) y_bar: &'a [T],
    pub(super) len: usize,
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
pub(super) struct LogReverse<'a, T> {
    pub(super) x_bar: &'a mut [T],
    pub(super) y: &'a [T],
    pub(super) y_bar: &'a [T],
    pub(super) len: usize,
}

impl<T: Real> Kernel for LogReverse<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if self.y.len() <= SHORT { self.in_blocks::<SHORT>() } else { self.in_blocks::<BLOCK>() }
    }
}

impl<T: Real> LogReverse<'_, T> {
    #[inline(always)]
    fn in_blocks<const MOST: usize>(self) {
        let LogReverse { x_bar, y, y_bar, len } = self;
        let mut share = [T::zero(); MOST];
        let (block, len) = (block_of(len, MOST), len.max(1));
        let blocks = x_bar.chunks_mut(block).zip(y.chunks(block)).zip(y_bar.chunks(block));
        for ((x_bar, y), y_bar) in blocks {
            if len > MOST {
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
pub(super) struct ShiftedSum<'a, T> {
    pub(super) x: &'a [T],
    pub(super) max: T,
}

impl<T: Real> Kernel for ShiftedSum<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let mut block = [T::zero(); BLOCK];
        let long = self.x.chunks(HALVED).map(|x| {
            x.chunks(BLOCK).fold(T::zero(), |total, x| {
                let block = &mut block[..x.len()];
                for (y, &x) in block.iter_mut().zip(x) {
                    *y = (x - self.max).fast_exp();
                }
                total + sum(block)
            })
        });
        sum_each(long)
    }
}

/// The sum of the sums of blocks, in lanes: as many blocks as a long row has, one added to the other, would lose digits.
#[inline(always)]
fn sum_each<T: Real>(blocks: impl Iterator<Item = T>) -> T {
    let mut lanes = [T::zero(); 64];
    for (i, block) in blocks.enumerate() {
        lanes[i % 64] += block;
    }
    sum(&lanes)
}

/// `sum(a b)`, in eight lanes; of a long row by blocks.
#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    if a.len() > HALVED {
        let mut block = [T::zero(); BLOCK];
        return sum_each(a.chunks(BLOCK).zip(b.chunks(BLOCK)).map(|(a, b)| {
            let block = &mut block[..a.len()];
            for (product, (&a, &b)) in block.iter_mut().zip(a.iter().zip(b)) {
                *product = a * b;
            }
            sum(block)
        }));
    }
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
