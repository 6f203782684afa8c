//! A row that is broadcast over rows, as the bias of a layer: repeated on the stack, so that one call serves many rows; and its
//! adjoint, the sums of columns.

use std::mem::MaybeUninit;

use crate::axes::{At, Axis};
use crate::line::gather_into;
use crate::{Kernel, Real, Strided, dispatch};

/// How many elements of repeated rows make a block.
const LEN: usize = 256;

/// How many rows are summed before their sum is added to those of others, and how many such sums before theirs: a sum of
/// thousands of like numbers is rounded the same way every time.
pub(crate) const MANY: usize = 512;

/// The rows of a nest of two loops, in which every window has runs: some lie one after the other and some are one row for all.
#[derive(Clone, Copy)]
pub(crate) struct Rows<const N: usize> {
    cols: usize,
    rows: usize,
    repeated: [bool; N],
}

impl<const N: usize> Rows<N> {
    /// Of a nest whose target lies row after row. `None` where an operand is another one, or rows are too long to be repeated.
    #[inline]
    pub(crate) fn of(axes: &[Axis<N>]) -> Option<Rows<N>> {
        let [col, row] = axes else { return None };
        let after = col.dim as isize;
        let fits = col.target == 1
            && row.target == after
            && 2 * col.dim <= LEN
            && col.operands.iter().all(|&stride| stride == 1)
            && row.operands.iter().all(|&stride| stride == 0 || stride == after);
        fits.then(|| Rows { cols: col.dim, rows: row.dim, repeated: row.operands.map(|stride| stride == 0) })
    }

    /// Calls `f` with a run of the target and one of each operand, block by block.
    #[inline]
    pub(crate) fn each<T: Real>(
        &self,
        target: &mut [T],
        operands: &[Strided<'_, T>; N],
        start: At<N>,
        f: &mut impl FnMut(&mut [T], [&[T]; N]),
    ) {
        let Rows { cols, rows, repeated } = *self;
        let block = (LEN / cols).min(rows) * cols;
        let mut buffers = [[MaybeUninit::uninit(); LEN]; N];
        for n in (0..N).filter(|&n| repeated[n]) {
            for row in buffers[n][..block].chunks_exact_mut(cols) {
                gather_into(row, operands[n].data(), start.operands[n], 1);
            }
        }
        let mut from = 0;
        for y in target[start.target as usize..][..rows * cols].chunks_mut(block) {
            let len = y.len();
            let slices = std::array::from_fn(|n| match repeated[n] {
                // SAFETY: the first `block` elements were gathered, and no chunk is longer.
                true => unsafe { &*(std::ptr::from_ref(&buffers[n][..len]) as *const [T]) },
                false => &operands[n].data()[start.operands[n] as usize + from..][..len],
            });
            f(y, slices);
            from += len;
        }
    }
}

/// `sums[j] += x[j] + x[stride + j] + ..`, over `rows` rows, in this order; of more than 512, so many at a time.
#[inline]
pub(crate) fn add_rows<T: Real>(sums: &mut [T], x: &[T], rows: usize, stride: usize) {
    dispatch(Columns { sums, x, rows, stride });
}

struct Columns<'a, T> {
    sums: &'a mut [T],
    x: &'a [T],
    rows: usize,
    stride: usize,
}

#[inline(always)]
fn add<T: Real, const W: usize>(sums: &mut [T; W], x: &[T; W]) {
    for (sum, &x) in sums.iter_mut().zip(x) {
        *sum += x;
    }
}

/// Adds rows to the sums of the columns from `first` on.
#[inline(always)]
fn add_each<T: Real, const W: usize>(
    sums: &mut [T; W],
    x: &[T],
    first: usize,
    rows: std::ops::Range<usize>,
    stride: usize,
) {
    for row in rows {
        add(sums, x[row * stride + first..].first_chunk::<W>().expect("rows are whole"));
    }
}

impl<T: Real> Columns<'_, T> {
    /// As many columns from `first` on as whole groups of `W` cover: the sums of a group stay in registers. Answers where they end.
    #[inline(always)]
    fn groups<const W: usize>(&mut self, mut first: usize) -> usize {
        while let Some(sums) = self.sums[first..].first_chunk_mut::<W>() {
            let mut group = *sums;
            if self.rows <= MANY {
                add_each(&mut group, self.x, first, 0..self.rows, self.stride);
            } else {
                for from in (0..self.rows).step_by(MANY * MANY) {
                    let mut some = [T::zero(); W];
                    for from in (from..self.rows.min(from + MANY * MANY)).step_by(MANY) {
                        let mut few = [T::zero(); W];
                        let rows = from..self.rows.min(from + MANY);
                        add_each(&mut few, self.x, first, rows, self.stride);
                        add(&mut some, &few);
                    }
                    add(&mut group, &some);
                }
            }
            *sums = group;
            first += W;
        }
        first
    }
}

impl<T: Real> Kernel for Columns<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let first = self.groups::<64>(0);
        let first = self.groups::<8>(first);
        let first = self.groups::<2>(first);
        self.groups::<1>(first);
    }
}
