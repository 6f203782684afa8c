//! Repeating and rolling.

use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided, copy};

use super::positions::{distance, named};
use super::table::rows;
use crate::error::{Error, Shape};
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Axes, Dims, IntoShape, element_count, resolve_axis, resolve_shape};
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// The elements moved, under the shape that they had.
    Rolled "roll";
}

methods! {
    /// The tensor repeated along its axes, as tiles: so many times along each, new axes first.
    ///
    /// **Adjoint.** The sum of `y_bar` over the tiles; reads nothing. PyTorch: `Tensor.repeat`. [`Tensor::expand`]
    /// repeats axes of extent 1 without a copy.
    ///
    /// # Errors
    /// Fewer counts than axes, or a negative one.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(x.repeat(2).to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// assert_eq!(x.repeat([3, 1]).shape().as_slice(), [3, 2]);
    /// ```
    repeat(x, at, counts: impl IntoShape) -> Tensor<T> {
        let op = Repeat::NAME;
        let (dims, counts) = (x.dims_for(op, at)?, resolve_shape(op, &counts.extents(), None, at)?);
        if counts.len() < dims.len() {
            let what = format!("{} counts for the {} axes of {}", counts.len(), dims.len(), Shape::from(&dims[..]));
            return Err(Error::Domain { op, what, help: "give a count for each axis", at });
        }
        structural::<Repeat, T>(&[x.into()], &counts, at)
    }

    /// Each slice of an axis `n` times, one after the other. PyTorch: `torch.repeat_interleave`; for counts that
    /// differ, [`Tensor::index_select`] takes an index as often as it is given.
    ///
    /// **Adjoint.** The sum of `y_bar` over the repetitions; reads nothing.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([1.0, 2.0]).repeat_interleave(2, 0).to_vec(), [1.0, 1.0, 2.0, 2.0]);
    /// ```
    repeat_interleave(x, at, n: usize, axis: isize) -> Tensor<T> {
        let axis = resolve_axis(Interleave::NAME, axis, &x.dims_for(Interleave::NAME, at)?, at)?;
        structural::<Interleave, T>(&[x.into()], &[axis, n], at)
    }

    /// The elements moved along axes by `shifts`, where those that leave at one end come in at the other; a negative
    /// shift moves toward the start. Of an axis that is named twice the shifts add up.
    ///
    /// **Adjoint.** `y_bar` moved back; reads nothing. PyTorch: `torch.roll`.
    ///
    /// # Errors
    /// An axis out of range, or another number of shifts than of axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// assert_eq!(x.roll(1, 0).to_vec(), [3.0, 1.0, 2.0]);
    /// assert_eq!(x.roll([-1], [0]).to_vec(), [2.0, 3.0, 1.0]);
    /// ```
    roll(x, at, shifts: impl Axes, axes: impl Axes) -> Tensor<T> {
        let (dims, shifts, axes) = (x.dims_for(Roll::NAME, at)?, shifts.axes(), axes.axes());
        if shifts.len() != axes.len() {
            let (op, help) = (Roll::NAME, "give each axis one shift; `.roll_all(shift)` rolls all elements as one list");
            let what = format!("{} shifts for {} axes", shifts.len(), axes.len());
            return Err(Error::Domain { op, what, help, at });
        }
        let mut all = Dims::from_elem(0, dims.len());
        for (&shift, &axis) in shifts.iter().zip(&axes) {
            let axis = resolve_axis(Roll::NAME, axis, &dims, at)?;
            let extent = dims[axis].max(1);
            all[axis] = (all[axis] + shift.rem_euclid(extent as isize) as usize) % extent;
        }
        structural::<Roll, T>(&[x.into()], &all, at)
    }

    /// All elements moved by `shift` in row-major order, as if they were one list. PyTorch: `torch.roll` without axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.roll_all(1).to_vec(), [4.0, 1.0, 2.0, 3.0]);
    /// ```
    roll_all(x, at, shift: isize) -> Tensor<T> {
        let dims = x.dims_for(Roll::NAME, at)?;
        let len = element_count(&dims);
        let flat = x.reshaped_to(&[len], at)?;
        let shift = shift.rem_euclid(len.max(1) as isize) as usize;
        structural::<Roll, T>(&[flat.into()], &[shift], at)?.own_as::<Rolled>(&dims, at)
    }
}

/// Two axes for each of the result's: the repetitions and the elements, the other way round where `inner`.
fn pairs(counts: &[usize], dims: &[usize], inner: bool) -> Dims {
    let pair = |(&count, &extent)| if inner { [extent, count] } else { [count, extent] };
    counts.iter().zip(dims).flat_map(pair).collect()
}

/// The dims with axes of extent 1 in front, as many as there are counts.
fn padded(dims: &[usize], rank: usize) -> Dims {
    let mut all = Dims::from_elem(1, rank - dims.len());
    all.extend_from_slice(dims);
    all
}

/// Writes `x` with the slots of each axis seen twice: once for the repetitions, with stride 0, and once for the elements.
fn write_repeated<T: Number>(y: &mut [T], x: Strided<'_, T>, counts: &[usize], inner: bool) {
    let new = counts.len() - x.rank();
    let dims = pairs(counts, &padded(x.dims(), counts.len()), inner);
    let mut strides: SmallVec<[isize; 8]> = SmallVec::from_elem(0, 2 * counts.len());
    for (axis, &stride) in x.strides().iter().enumerate() {
        strides[2 * (new + axis) + usize::from(!inner)] = stride;
    }
    copy(y, Strided::new(x.data(), x.offset(), &dims, &strides));
}

/// The adjoint: the axes of repetitions go in front, where adding sums over them.
fn add_repeated<'a, V: Verbs<'a>>(v: &mut V, counts: &[usize], inner: bool) {
    let (rank, own, y_bar) = (counts.len(), v.dims(v.operand(0)), v.result_bar());
    let seen = v.reshape(y_bar, &pairs(counts, &padded(&own, rank), inner));
    let order = |first: usize| (0..rank).map(move |axis| 2 * axis + first);
    let order: Dims = order(usize::from(inner)).chain(order(usize::from(!inner))).collect();
    let mut seen = v.permute(seen, &order);
    // New axes have extent 1 among the elements.
    for _ in own.len()..rank {
        seen = v.squeeze(seen, rank);
    }
    v.add(0, seen);
}

/// Tiles. The payload is how many along each axis of the result.
struct Repeat;

impl Structural for Repeat {
    const NAME: &'static str = "repeat";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], counts: &[usize]) -> Dims {
        let own = padded(operands[0], counts.len());
        own.iter().zip(counts).map(|(&extent, &count)| extent.saturating_mul(count)).collect()
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], counts: &[usize], _: &mut Scratch<T>) {
        write_repeated(y, x[0], counts, false);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        add_repeated(v, v.payload(), false);
    }
}

/// Slices repeated one after the other. The payload is the axis, and how often.
struct Interleave;

impl Interleave {
    fn counts(rank: usize, payload: &[usize]) -> Dims {
        let mut counts = Dims::from_elem(1, rank);
        counts[payload[0]] = payload[1];
        counts
    }
}

impl Structural for Interleave {
    const NAME: &'static str = "repeat_interleave";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        dims[payload[0]] = dims[payload[0]].saturating_mul(payload[1]);
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        write_repeated(y, x[0], &Interleave::counts(x[0].rank(), payload), true);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let rank = v.dims(v.operand(0)).len();
        add_repeated(v, &Interleave::counts(rank, v.payload()), true);
    }
}

/// Elements moved round. The payload is how far along each axis, less than its extent.
struct Roll;

impl Structural for Roll {
    const NAME: &'static str = "roll";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], shifts: &[usize], _: &mut Scratch<T>) {
        let x = x[0];
        let (Some((&extent, rows)), Some((&shift, row_shifts))) =
            (x.dims().split_last(), shifts.split_last())
        else {
            return copy(y, x);
        };
        if y.is_empty() {
            return;
        }
        let stride = &x.strides()[rows.len()..];
        let part = |from: isize, first: usize, dims: &[usize], y: &mut [T]| {
            if !y.is_empty() {
                let start = from + first as isize * stride[0];
                copy(y, Strided::new(x.data(), start as usize, dims, stride));
            }
        };
        for (row, y) in y.chunks_exact_mut(extent).enumerate() {
            let from = x.offset() as isize + distance(moved_back(row, rows, row_shifts), rows, x.strides());
            let (start, end) = y.split_at_mut(shift);
            part(from, extent - shift, &[shift], start);
            part(from, 0, &[extent - shift], end);
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, dims) = (v.result_bar(), v.dims(v.operand(0)));
        let back = |(&shift, &extent): (&usize, &usize)| if shift == 0 { 0 } else { extent - shift };
        let back: Dims = v.payload().iter().zip(&dims).map(back).collect();
        let x_bar = v.apply::<Roll>(&[y_bar], &back);
        v.add(0, x_bar);
    }
}

/// The row that comes to a place once rows are moved, counted in row-major order.
fn moved_back(row: usize, dims: &[usize], shifts: &[usize]) -> usize {
    let (mut rest, mut from, mut step) = (row, 0, 1);
    for (&extent, &shift) in dims.iter().zip(shifts).rev() {
        from += (rest % extent + extent - shift) % extent * step;
        rest /= extent;
        step *= extent;
    }
    from
}

rows! {
    "repeat" [[2, 3]] => |_, x| x[0].repeat([2, 1, 3]);
    "repeat_interleave" [[2, 3]] => |_, x| x[0].repeat_interleave(2, 1);
    "roll" [[2, 3]] => |_, x| x[0].roll([1, -1], [0, 1]);
    "roll" [[2, 3]] => |_, x| x[0].roll_all(2);
}
