//! Lanes: the lines of windows along some axes, each handed over as one slice.

use crate::axes::{At, Axes, Axis, for_each};
use crate::line::{gather, scatter, scatter_add};
use crate::{Real, Scratch, Strided, StridedMut};

/// `y[lane] = f(lane, [x1 lane, .., xN lane])`: a reduction of each lane to one element.
///
/// The operands have equal dims. A lane runs along `axes` (sorted, distinct), in row-major order; the other
/// axes, in order, number the lanes row-major. `y` has one element for each lane. Lanes that are not
/// contiguous are gathered into `scratch`.
///
/// Edges: lanes of length 0 are empty slices, and `f` gives the reduction of nothing; without `axes` each
/// element is a lane.
///
/// ```
/// use wengert_kernels::{fold_lanes, Scratch, Strided};
///
/// // The largest element of each column.
/// let x = [1.0, 5.0, 3.0, 4.0, 2.0, 6.0];
/// let mut y = [0.0; 3];
/// let operands = [Strided::new(&x, 0, &[2, 3], &[3, 1])];
/// fold_lanes(&mut y, operands, &[0], &mut Scratch::new(), |_, [x]| x.iter().copied().fold(x[0], f64::max));
/// assert_eq!(y, [4.0, 5.0, 6.0]);
/// ```
///
/// # Panics
/// If the operands' dims differ, `axes` are not sorted and distinct axes of theirs, or `y` has another length.
pub fn fold_lanes<T: Real, const N: usize>(
    y: &mut [T],
    operands: [Strided<'_, T>; N],
    axes: &[usize],
    scratch: &mut Scratch<T>,
    mut f: impl FnMut(usize, [&[T]; N]) -> T,
) {
    const { assert!(N > 0, "fold_lanes: no operand") };
    let dims = operands[0].dims();
    let plan = Plan::new(dims, axes, None, &operands);
    assert!(y.len() == plan.count, "fold_lanes: {} lanes into {} elements", plan.count, y.len());
    let (_, buffer) = plan.memory(false, scratch);
    plan.run(0, &operands, buffer, &mut |lane, _, slices| y[lane] = f(lane, slices));
}

/// `target lane += g(lane, [x1 lane, .., xN lane])`: `f(lane, target lane, operand lanes)` **adds** into the
/// slice that it is given.
///
/// Lanes are those of [`fold_lanes`]; the target has the operands' dims. A contiguous lane of the target is
/// handed over in place; any other is accumulated in zeroed `scratch` and added where it belongs, coinciding
/// elements included. No call for lanes of length 0.
///
/// ```
/// use wengert_kernels::{accumulate_lanes, Scratch, Strided, StridedMut};
///
/// // The adjoint of the sum of each row, weighted.
/// let weights = [1.0, 2.0, 3.0, 4.0];
/// let mut x_bar = [10.0; 4];
/// let target = StridedMut::new(&mut x_bar, 0, &[2, 2], &[2, 1]);
/// let operands = [Strided::new(&weights, 0, &[2, 2], &[2, 1])];
/// accumulate_lanes(target, operands, &[1], &mut Scratch::new(), |lane, x_bar, [w]| {
///     for (x_bar, w) in x_bar.iter_mut().zip(w) {
///         *x_bar += w * [1.0, -1.0][lane];
///     }
/// });
/// assert_eq!(x_bar, [11.0, 12.0, 7.0, 6.0]);
/// ```
///
/// # Panics
/// If dims differ or `axes` are not sorted and distinct axes of the target.
pub fn accumulate_lanes<T: Real, const N: usize>(
    mut target: StridedMut<'_, T>,
    operands: [Strided<'_, T>; N],
    axes: &[usize],
    scratch: &mut Scratch<T>,
    mut f: impl FnMut(usize, &mut [T], [&[T]; N]),
) {
    let plan = Plan::new(target.dims(), axes, Some(target.strides()), &operands);
    if plan.len == 0 {
        return;
    }
    let (block, buffer) = plan.memory(true, scratch);
    let start = target.offset() as isize;
    let data = target.data_mut();
    plan.run(start, &operands, buffer, &mut |lane, at, slices| {
        if let Some(y) = plan.target_run(at, data) {
            f(lane, y, slices);
            return;
        }
        block.fill(T::zero());
        f(lane, block, slices);
        plan.for_each_row(|row, place| {
            scatter_add(data, at.wrapping_add(row.target), plan.row.target, &block[place]);
        });
    });
}

/// `y lane = g(lane, [x1 lane, .., xN lane])`: `f(lane, y lane, operand lanes)` **writes** every element of
/// the slice that it is given.
///
/// Lanes are those of [`fold_lanes`]; `y` is row-major with the operands' dims. The slice that `f` is given
/// holds any values. No call for lanes of length 0.
///
/// ```
/// use wengert_kernels::{map_lanes, Scratch, Strided};
///
/// // Running sums down the columns.
/// let x = [1.0, 2.0, 3.0, 4.0];
/// let mut y = [0.0; 4];
/// let operands = [Strided::new(&x, 0, &[2, 2], &[2, 1])];
/// map_lanes(&mut y, operands, &[0], &mut Scratch::new(), |_, y, [x]| {
///     let mut total = 0.0;
///     for (y, x) in y.iter_mut().zip(x) {
///         total += x;
///         *y = total;
///     }
/// });
/// assert_eq!(y, [1.0, 2.0, 4.0, 6.0]);
/// ```
///
/// # Panics
/// As [`fold_lanes`].
pub fn map_lanes<T: Real, const N: usize>(
    y: &mut [T],
    operands: [Strided<'_, T>; N],
    axes: &[usize],
    scratch: &mut Scratch<T>,
    mut f: impl FnMut(usize, &mut [T], [&[T]; N]),
) {
    const { assert!(N > 0, "map_lanes: no operand") };
    assert!(y.len() == operands[0].len(), "map_lanes: {} elements into {}", operands[0].len(), y.len());
    let plan = Plan::new(operands[0].dims(), axes, None, &operands);
    if plan.len == 0 {
        return;
    }
    let (block, buffer) = plan.memory(true, scratch);
    plan.run(0, &operands, buffer, &mut |lane, at, slices| {
        if let Some(y) = plan.target_run(at, y) {
            f(lane, y, slices);
            return;
        }
        f(lane, block, slices);
        plan.for_each_row(|row, place| {
            scatter(y, at.wrapping_add(row.target), plan.row.target, &block[place]);
        });
    });
}

/// The loops over the lanes, and those within one.
struct Plan<const N: usize> {
    count: usize,
    len: usize,
    outer: Axes<N>,
    /// The innermost loop of a lane.
    row: Axis<N>,
    /// The other loops of a lane.
    rows: Axes<N>,
    /// Which windows have contiguous lanes.
    target_is_run: bool,
    operand_is_run: [bool; N],
}

impl<const N: usize> Plan<N> {
    /// Without `target`, the target is row-major.
    fn new<T: Real>(
        dims: &[usize],
        axes: &[usize],
        target: Option<&[isize]>,
        operands: &[Strided<'_, T>; N],
    ) -> Self {
        for x in operands {
            assert!(x.dims() == dims, "lanes: operand {:?} beside {dims:?}", x.dims());
        }
        assert!(
            axes.windows(2).all(|pair| pair[0] < pair[1])
                && axes.last().is_none_or(|&last| last < dims.len()),
            "lanes: axes {axes:?} are not sorted, distinct axes of {dims:?}"
        );
        let mut plan = Plan {
            count: 1,
            len: 1,
            outer: Axes::new(),
            row: Axis::UNIT,
            rows: Axes::new(),
            target_is_run: true,
            operand_is_run: [true; N],
        };
        let mut inner = Axes::new();
        let mut step = 1_isize;
        let mut left = axes;
        for (axis, &dim) in dims.iter().enumerate().rev() {
            let operands = std::array::from_fn(|n| operands[n].strides()[axis]);
            let this = Axis { dim, target: target.map_or(step, |strides| strides[axis]), operands };
            // Saturating: extents beyond all bounds stand beside a 0, and then no loop runs.
            step = step.saturating_mul(dim as isize);
            let Some((_, rest)) = left.split_last().filter(|&(&last, _)| last == axis) else {
                plan.count = plan.count.saturating_mul(dim);
                plan.outer.wrap(this);
                continue;
            };
            left = rest;
            if dim != 1 {
                let len = plan.len as isize;
                plan.target_is_run &= this.target == len;
                for (is_run, &stride) in plan.operand_is_run.iter_mut().zip(&this.operands) {
                    *is_run &= stride == len;
                }
            }
            plan.len = plan.len.saturating_mul(dim);
            inner.wrap(this);
        }
        if plan.len == 0 {
            // Empty lanes are runs, wherever they are.
            (plan.target_is_run, plan.operand_is_run) = (true, [true; N]);
        }
        if let [row, rows @ ..] = inner.as_slice() {
            plan.row = *row;
            for axis in rows {
                plan.rows.wrap(*axis);
            }
        }
        plan
    }

    /// Room for a lane of the target, if `target` asks for it, and for one of each operand: as far as there
    /// are lanes, and they are not contiguous.
    fn memory<'a, T: Real>(&self, target: bool, scratch: &'a mut Scratch<T>) -> (&'a mut [T], &'a mut [T]) {
        let room = |needed: bool| if needed && self.count > 0 { self.len } else { 0 };
        let block = room(target && !self.target_is_run);
        let buffer = N * room(self.operand_is_run.contains(&false));
        scratch.take(block + buffer).split_at_mut(block)
    }

    /// Calls `f(lane, position in the target, operand lanes)`.
    #[inline]
    fn run<T: Real>(
        &self,
        target: isize,
        operands: &[Strided<'_, T>; N],
        buffer: &mut [T],
        f: &mut impl FnMut(usize, isize, [&[T]; N]),
    ) {
        if self.count == 0 {
            return;
        }
        let start = At { target, operands: std::array::from_fn(|n| operands[n].offset() as isize) };
        let mut lane = 0;
        for_each(self.outer.as_slice(), start, &mut |at: At<N>| {
            for n in 0..N {
                if self.operand_is_run[n] {
                    continue;
                }
                let lane = &mut buffer[n * self.len..(n + 1) * self.len];
                self.for_each_row(|row, place| {
                    let start = at.operands[n].wrapping_add(row.operands[n]);
                    gather(&mut lane[place], operands[n].data(), start, self.row.operands[n]);
                });
            }
            let buffer = &*buffer;
            let slices = std::array::from_fn(|n| {
                if self.len == 0 {
                    &[][..]
                } else if self.operand_is_run[n] {
                    &operands[n].data()[at.operands[n] as usize..at.operands[n] as usize + self.len]
                } else {
                    &buffer[n * self.len..(n + 1) * self.len]
                }
            });
            f(lane, at.target, slices);
            lane += 1;
        });
    }

    /// The lane of the target at `at`, if it is contiguous.
    #[inline(always)]
    fn target_run<'a, T: Real>(&self, at: isize, data: &'a mut [T]) -> Option<&'a mut [T]> {
        self.target_is_run.then(|| &mut data[at as usize..at as usize + self.len])
    }

    /// Calls `f(position of the row within the lane, its place in a contiguous lane)`.
    #[inline(always)]
    fn for_each_row(&self, mut f: impl FnMut(At<N>, std::ops::Range<usize>)) {
        let mut place = 0;
        for_each(self.rows.as_slice(), At { target: 0, operands: [0; N] }, &mut |row: At<N>| {
            f(row, place..place + self.row.dim);
            place += self.row.dim;
        });
    }
}
