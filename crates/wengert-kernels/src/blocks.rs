//! The blocks in which a loop nest is gone through.

use crate::BLOCK;
use crate::axes::{At, Axis, for_each};

/// All-contiguous runs at least this long are passed on whole; shorter ones are joined into blocks.
pub(crate) const RUN: usize = 16;

/// The side of the square tiles in which a transposed plane is gone through, row by row.
const STRIP: usize = 16;

/// The elements of a plane that no longer fits the first-level cache, from where on strips pay.
const PLANE: usize = 4096;

/// A block: `rows` times `cols` elements from `at`, `rows * cols <= BLOCK` unless it is one long run.
pub(crate) struct Block<'a, const N: usize> {
    pub(crate) at: At<N>,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row: &'a Axis<N>,
    pub(crate) col: &'a Axis<N>,
}

impl<const N: usize> Block<'_, N> {
    /// The extents; start and strides are those of no window yet.
    #[inline(always)]
    pub(crate) fn area(&self) -> Area {
        Area { start: 0, rows: self.rows, cols: self.cols, row: 0, col: 0 }
    }

    #[inline(always)]
    pub(crate) fn operand(&self, n: usize) -> Area {
        let (row, col) = (self.row.operands[n], self.col.operands[n]);
        Area { start: self.at.operands[n], row, col, ..self.area() }
    }
}

/// What a block covers of one window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) start: isize,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row: isize,
    pub(crate) col: isize,
}

impl Area {
    /// No area: a real one has rows. All zeros, which an array of them is quickly filled with.
    pub(crate) const NOWHERE: Self = Area { start: 0, rows: 0, cols: 0, row: 0, col: 0 };

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether the elements lie one after the other.
    #[inline(always)]
    pub(crate) fn is_run(&self) -> bool {
        (self.col == 1 || self.cols == 1) && (self.rows == 1 || self.row == self.cols as isize)
    }

    /// The positions of the rows, and their places in a block.
    #[inline(always)]
    pub(crate) fn rows(self) -> impl Iterator<Item = (isize, std::ops::Range<usize>)> {
        (0..self.rows).map(move |i| {
            (self.start.wrapping_add(i as isize * self.row), i * self.cols..(i + 1) * self.cols)
        })
    }
}

/// Calls `f` block by block.
#[inline]
pub(crate) fn for_each_block<const N: usize>(
    axes: &mut [Axis<N>],
    start: At<N>,
    f: &mut impl FnMut(Block<'_, N>),
) {
    // A target that stands still along the columns is summed row by row. Otherwise the blocks go down the
    // rows first: strided operands then meet the same cache lines again.
    let along = axes.first().is_some_and(|col| col.target == 0);
    let strips = !along && is_transposed(axes);
    let unit = Axis::UNIT;
    let (col, row, outer) = match &*axes {
        [] => (&unit, &unit, &[][..]),
        [col] => (col, &unit, &[][..]),
        [col, row, outer @ ..] => (col, row, outer),
    };
    let direct = col.target == 1 && col.operands.iter().all(|&s| s == 1);
    let (cols, rows) = if direct && col.dim >= RUN {
        (col.dim, 1)
    } else if strips {
        (STRIP, 1)
    } else if col.dim >= BLOCK {
        (BLOCK, 1)
    } else {
        (col.dim, (BLOCK / col.dim).min(row.dim))
    };
    let (slow, slow_step, fast, fast_step) =
        if along { (row, rows, col, cols) } else { (col, cols, row, rows) };
    let band = if strips { STRIP } else { fast.dim };
    for_each(outer, start, &mut |at: At<N>| {
        let mut band_first = 0;
        while band_first < fast.dim {
            let band_end = fast.dim.min(band_first + band);
            let mut i = 0;
            while i < slow.dim {
                let at = at.moved(slow, i);
                let p = slow_step.min(slow.dim - i);
                let mut j = band_first;
                while j < band_end {
                    let q = fast_step.min(band_end - j);
                    let (rows, cols) = if along { (p, q) } else { (q, p) };
                    f(Block { at: at.moved(fast, j), rows, cols, row, col });
                    j += fast_step;
                }
                i += slow_step;
            }
            band_first = band_end;
        }
    });
}

/// Whether a large plane of some window is transposed. Then makes the axis along which that window is
/// contiguous the second innermost, to be gone through in square tiles: each meets the same few cache lines
/// again and again, even if power-of-two strides put them into the same set.
#[inline]
fn is_transposed<const N: usize>(axes: &mut [Axis<N>]) -> bool {
    let [col, outer @ ..] = axes else { return false };
    if col.dim < STRIP || (col.target.abs() <= 1 && col.operands.iter().all(|s| s.abs() <= 1)) {
        return false;
    }
    let col_dim = col.dim;
    let transposed = |axis: &Axis<N>| {
        axis.dim >= STRIP
            && axis.dim.saturating_mul(col_dim) >= PLANE
            && ((axis.target == 1 && col.target.abs() > 1)
                || axis.operands.iter().zip(&col.operands).any(|(&o, &c)| o == 1 && c.abs() > 1))
    };
    let Some(axis) = outer.iter().position(transposed) else { return false };
    outer.swap(0, axis);
    true
}
