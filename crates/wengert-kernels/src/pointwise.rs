//! Pointwise maps and accumulation over strided windows, a block at a time.

use crate::axes::{At, Axes, Axis};
use crate::blocks::{RUN, for_each_block};
use crate::repeat::{MANY, Rows};
use crate::tiles::{Pending, Tiles};
use crate::window::same_dims;
use crate::{Real, Strided, StridedMut};

/// The longest block that [`map`] and [`accumulate`] make when an operand or the target is not contiguous.
pub const BLOCK: usize = 64;

/// `y[i] = f(x1[i], .., xN[i])`, with `f` given whole blocks.
///
/// `y` is row-major with one element for each index of `dims`; every operand has the dims `dims`, with
/// stride 0 along axes that it is broadcast over. `f(y, [x1, .., xN])` writes every element of `y`, and sees
/// slices of equal length. If all operands are contiguous it is called once; otherwise with blocks of at most
/// [`BLOCK`] elements (or longer contiguous runs), operands being gathered into stack buffers as needed.
///
/// Edges: no call without elements; one element at rank 0.
///
/// ```
/// use wengert_kernels::{map, Strided};
///
/// // A row and a column, broadcast to 2 x 3.
/// let (row, column) = ([1.0, 2.0, 3.0], [10.0, 20.0]);
/// let dims = [2, 3];
/// let mut y = [0.0; 6];
/// let operands = [Strided::new(&row, 0, &dims, &[0, 1]), Strided::new(&column, 0, &dims, &[1, 0])];
/// map(&mut y, &dims, operands, |y, [a, b]| {
///     for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
///         *y = a + b;
///     }
/// });
/// assert_eq!(y, [11.0, 12.0, 13.0, 21.0, 22.0, 23.0]);
/// ```
///
/// # Panics
/// If an operand has other dims, or `y` another length.
#[inline]
pub fn map<T: Real, const N: usize>(
    y: &mut [T],
    dims: &[usize],
    operands: [Strided<'_, T>; N],
    mut f: impl FnMut(&mut [T], [&[T]; N]),
) {
    if let Some(slices) = slices(&operands, y.len()) {
        debug_assert!(operands.iter().all(|x| x.dims() == dims), "map: an operand has other dims");
        debug_assert!(dims.iter().product::<usize>() == y.len(), "map: y has another length");
        if !y.is_empty() {
            f(y, slices);
        }
        return;
    }
    map_blocks(y, dims, operands, &mut f);
}

/// [`map`] when an operand is not contiguous.
#[inline(never)]
fn map_blocks<T: Real, const N: usize>(
    y: &mut [T],
    dims: &[usize],
    operands: [Strided<'_, T>; N],
    f: &mut impl FnMut(&mut [T], [&[T]; N]),
) {
    for x in &operands {
        assert!(same_dims(x.dims(), dims), "map: operand {:?} for dims {dims:?}", x.dims());
        assert!(x.len() == y.len(), "map: operand of {} elements for {} results", x.len(), y.len());
    }
    let mut step = 1_isize;
    let mut axes = Axes::new();
    axes.wrap_all(dims, |axis| {
        let target = step;
        step *= dims[axis] as isize;
        (target, std::array::from_fn(|n| operands[n].strides()[axis]))
    });
    let start = At { target: 0, operands: offsets(&operands) };
    if let Some(rows) = Rows::of(axes.as_mut_slice()) {
        return rows.each(y, &operands, start, f);
    }
    if let Some([col, row]) = rows(axes.as_mut_slice()) {
        for i in 0..row.dim {
            let at = start.moved(&row, i);
            let first = at.target as usize;
            f(&mut y[first..first + col.dim], runs(&operands, &at, col.dim));
        }
        return;
    }
    let mut tiles = Tiles::new();
    for_each_block(axes.as_mut_slice(), start, &mut |block| {
        let slices = tiles.slices(&operands, &block);
        let first = block.at.target as usize;
        f(&mut y[first..first + block.rows * block.cols], slices);
    });
}

/// `target[i] += g(x1[i], .., xN[i])`, with `f` given whole blocks into which it **adds**.
///
/// The target and every operand have the same dims. Elements of the target may coincide (stride 0 along the
/// axes that the target was broadcast over, or overlapping windows): all contributions are added. If
/// everything is contiguous, `f` is called once, on the target itself. Otherwise it is called on contiguous
/// runs of the target or on zeroed stack blocks, whose elements are then added where they belong.
///
/// The order of additions depends on dims and strides alone. Edges: no call without elements; one element at
/// rank 0.
///
/// ```
/// use wengert_kernels::{accumulate, Strided, StridedMut};
///
/// // The adjoint of a scale `s` that was broadcast over three elements: s_bar += sum(y_bar * x).
/// let (y_bar, x) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]);
/// let mut s_bar = [100.0];
/// let operands = [&y_bar, &x].map(|data| Strided::new(data, 0, &[3], &[1]));
/// accumulate(StridedMut::new(&mut s_bar, 0, &[3], &[0]), operands, |target, [g, x]| {
///     for ((t, g), x) in target.iter_mut().zip(g).zip(x) {
///         *t += g * x;
///     }
/// });
/// assert_eq!(s_bar, [132.0]);
/// ```
///
/// # Panics
/// If an operand's dims are not the target's.
#[inline]
pub fn accumulate<T: Real, const N: usize>(
    mut target: StridedMut<'_, T>,
    operands: [Strided<'_, T>; N],
    mut f: impl FnMut(&mut [T], [&[T]; N]),
) {
    let dims = target.dims();
    if let Some(y) = target.as_mut_slice()
        && let Some(slices) = slices(&operands, y.len())
    {
        debug_assert!(operands.iter().all(|x| x.dims() == dims), "accumulate: an operand has other dims");
        if !y.is_empty() {
            f(y, slices);
        }
        return;
    }
    accumulate_blocks(target, &operands, &mut f);
}

/// [`accumulate`] when the target or an operand is not contiguous.
#[inline(never)]
fn accumulate_blocks<T: Real, const N: usize>(
    mut target: StridedMut<'_, T>,
    operands: &[Strided<'_, T>; N],
    f: &mut impl FnMut(&mut [T], [&[T]; N]),
) {
    let dims = target.dims();
    for x in operands {
        assert!(same_dims(x.dims(), dims), "accumulate: operand {:?} for target {dims:?}", x.dims());
    }
    if target.is_empty() {
        return;
    }
    let strides = target.strides();
    let mut axes = Axes::new();
    axes.wrap_all(dims, |axis| (strides[axis], std::array::from_fn(|n| operands[n].strides()[axis])));
    let start = At { target: target.offset() as isize, operands: offsets(operands) };
    let data = target.data_mut();
    if let Some(rows) = Rows::of(axes.as_mut_slice()) {
        return rows.each(data, operands, start, f);
    }
    if let Some([col, row]) = rows(axes.as_mut_slice()) {
        if row.target == 0 && row.dim > MANY {
            return sums_of_rows(data, operands, start, [col, row], f);
        }
        for i in 0..row.dim {
            let at = start.moved(&row, i);
            let first = at.target as usize;
            f(&mut data[first..first + col.dim], runs(operands, &at, col.dim));
        }
        return;
    }
    let mut tiles = Tiles::new();
    let mut pending = Pending::new();
    for_each_block(axes.as_mut_slice(), start, &mut |block| {
        let slices = tiles.slices(operands, &block);
        let area = Pending::<T>::area(&block);
        if area.is_run() {
            let first = area.start as usize;
            f(&mut data[first..first + area.len()], slices);
        } else {
            f(pending.open(area, data), slices);
        }
    });
    pending.flush(data);
}

/// Adds many rows to one of the target: sums of so many, each by itself, in parts of rows that stay in the first-level cache.
#[inline(never)]
fn sums_of_rows<T: Real, const N: usize>(
    data: &mut [T],
    operands: &[Strided<'_, T>; N],
    start: At<N>,
    [col, row]: [Axis<N>; 2],
    f: &mut impl FnMut(&mut [T], [&[T]; N]),
) {
    const PART: usize = 512;
    let mut sums = [T::zero(); PART];
    for first in (0..col.dim).step_by(PART) {
        let len = PART.min(col.dim - first);
        let start = start.moved(&col, first);
        let (target, sums) = (&mut data[start.target as usize..][..len], &mut sums[..len]);
        for from in (0..row.dim).step_by(MANY) {
            sums.fill(T::zero());
            for i in from..row.dim.min(from + MANY) {
                f(sums, runs(operands, &start.moved(&row, i), len));
            }
            crate::line::add(target, sums);
        }
    }
}

/// The two loops of a nest whose rows are runs everywhere: a row that is broadcast, as the bias of a layer.
#[inline]
fn rows<const N: usize>(axes: &[Axis<N>]) -> Option<[Axis<N>; 2]> {
    let [col, row] = *axes else { return None };
    (col.dim >= RUN && col.target == 1 && col.operands.iter().all(|&stride| stride == 1))
        .then_some([col, row])
}

/// A run of each operand.
#[inline(always)]
fn runs<'a, T: Real, const N: usize>(operands: &[Strided<'a, T>; N], at: &At<N>, len: usize) -> [&'a [T]; N] {
    std::array::from_fn(|n| &operands[n].data()[at.operands[n] as usize..][..len])
}

/// The operands as slices of `len` elements, if all are contiguous.
#[inline(always)]
fn slices<'a, T: Real, const N: usize>(operands: &[Strided<'a, T>; N], len: usize) -> Option<[&'a [T]; N]> {
    let mut slices = [&[][..]; N];
    for (slice, x) in slices.iter_mut().zip(operands) {
        *slice = x.as_slice()?;
        assert!(slice.len() == len, "pointwise: operand of {} elements for {len} results", slice.len());
    }
    Some(slices)
}

#[inline]
fn offsets<T: Real, const N: usize>(operands: &[Strided<'_, T>; N]) -> [isize; N] {
    std::array::from_fn(|n| operands[n].offset() as isize)
}
