//! Padding: rows and columns put around a tensor.

use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided, copy};

use super::positions::{distance, grid, named, pick};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::lists::collected;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, contiguous_strides, element_count};
use crate::tape::structural::structural;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

/// What padding is filled with.
///
/// ```
/// use wengert::{Pad, Tape};
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([1.0, 2.0, 3.0]);
/// let around = [(2, 1)];
/// assert_eq!(x.pad(&around, Pad::Constant(0.0)).to_vec(), [0.0, 0.0, 1.0, 2.0, 3.0, 0.0]);
/// assert_eq!(x.pad(&around, Pad::Reflect).to_vec(), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
/// assert_eq!(x.pad(&around, Pad::Replicate).to_vec(), [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]);
/// assert_eq!(x.pad(&around, Pad::Circular).to_vec(), [2.0, 3.0, 1.0, 2.0, 3.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pad {
    /// One number.
    Constant(f64),
    /// The elements mirrored in the first and in the last one, which are not repeated: at most one fewer than there
    /// are.
    Reflect,
    /// The first and the last element, repeated.
    Replicate,
    /// The elements from the other end: at most as many as there are.
    Circular,
}

methods! {
    /// Elements put before and after those of the last axes: `pairs[0]` is `(before, after)` of the last axis,
    /// `pairs[1]` of the one before it, and so on. A negative number takes elements away at that end.
    ///
    /// **Adjoint.** `y_bar` goes back to the elements that were copied; where they were copied more than once, its
    /// sum; reads nothing. PyTorch: `F.pad`, for any number of axes in each mode.
    ///
    /// **Edges.** What is taken away is taken away first. Padding by a number may leave nothing.
    ///
    /// # Errors
    /// More pairs than axes, more elements taken away than there are, or more padding than the mode has elements for.
    ///
    /// ```
    /// use wengert::{Pad, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let y = x.pad(&[(1, 0), (0, -1)], Pad::Constant(9.0));
    /// assert_eq!(y.shape().as_slice(), [1, 3]);
    /// assert_eq!(y.to_vec(), [9.0, 1.0, 2.0]);
    /// ```
    pad(x, at, pairs: &[(isize, isize)], mode: Pad) -> Tensor<T> {
        let dims = x.dims_for(Padded::NAME, at)?;
        let padding = padding(pairs, &dims, at)?;
        if let Pad::Constant(value) = mode {
            let payload: SmallVec<[usize; 8]> = padding.iter().map(|&count| count as usize).collect();
            return structural::<Padded, T>(&[x.into(), Operand::Number(T::zero().constant(value))], &payload, at);
        }
        // Lists as long as the result are made: there must be room for it.
        let out = extents(&dims, &padding);
        let (core, _) = x.resolve(Padded::NAME, at)?;
        core.check_not_lent(Padded::NAME, at)?;
        core.check_countable(Padded::NAME, &out, at)?;
        core.reserve(Padded::NAME, element_count(&out), false, at)?;
        let places = (0..dims.len()).map(|axis| places(mode, &dims, axis, &padding[2 * axis..], at));
        let places = places.collect::<Result<Vec<_>>>()?;
        pick::<PaddedByOwn, T>(x, &grid(&places, &dims, Padded::NAME, at)?, &out, at)
    }
}

named! {
    /// Padding with the tensor's own elements.
    PaddedByOwn "pad";
}

/// How many elements are put before and after those of each axis, the first axis first.
fn padding(pairs: &[(isize, isize)], dims: &[usize], at: At) -> Result<SmallVec<[isize; 8]>> {
    let op = Padded::NAME;
    if pairs.len() > dims.len() {
        let what = format!("{} pairs for the {} axes of {}", pairs.len(), dims.len(), Shape::from(dims));
        return Err(Error::Domain {
            op,
            what,
            help: "give at most one pair an axis, the last axis first",
            at,
        });
    }
    let mut padding = SmallVec::from_elem(0, 2 * dims.len());
    for (&(before, after), axis) in pairs.iter().zip((0..dims.len()).rev()) {
        if padded(dims[axis], before, after).is_none() {
            let extent = dims[axis];
            let what =
                format!("padding by ({before}, {after}) leaves no extent of axis {axis}, which has {extent}");
            let help = "negative padding takes away at most what there is";
            return Err(Error::Domain { op, what, help, at });
        }
        (padding[2 * axis], padding[2 * axis + 1]) = (before, after);
    }
    Ok(padding)
}

/// An extent once it is padded, if it has what is taken away.
fn padded(extent: usize, before: isize, after: isize) -> Option<usize> {
    let taken = [before, after].map(|count| count.min(0).unsigned_abs());
    taken[0].checked_add(taken[1]).filter(|&taken| taken <= extent)?;
    extent.checked_add_signed(before.saturating_add(after)).filter(|&extent| extent <= isize::MAX as usize)
}

/// The extents once they are padded by what was checked.
fn extents(dims: &[usize], padding: &[isize]) -> Dims {
    let extent = |(&extent, around): (&usize, &[isize])| {
        padded(extent, around[0], around[1]).expect("the padding was checked")
    };
    dims.iter().zip(padding.chunks_exact(2)).map(extent).collect()
}

/// From which element of an axis each element of the padded one is taken.
fn places(mode: Pad, dims: &[usize], axis: usize, padding: &[isize], at: At) -> Result<Vec<usize>> {
    let (before, after) = (padding[0], padding[1]);
    // What is taken away is taken away first.
    let cut = [before, after].map(|count| count.min(0).unsigned_abs());
    let [before, after] = [before, after].map(|count| count.max(0) as usize);
    let len = dims[axis].saturating_sub(cut[0] + cut[1]);
    let most = match mode {
        Pad::Reflect => len.saturating_sub(1),
        Pad::Circular => len,
        Pad::Replicate if len == 0 => 0,
        _ => usize::MAX,
    };
    if before.max(after) > most {
        let what = format!(
            "padding {} elements of axis {axis} of {} by ({before}, {after}), at most {most} each",
            len,
            Shape::from(dims)
        );
        let help = "the padding is made of the elements that there are";
        return Err(Error::Domain { op: Padded::NAME, what, help, at });
    }
    let place = |i: usize| match mode {
        Pad::Reflect if i < before => before - i,
        Pad::Reflect if i - before >= len => 2 * (len - 1) - (i - before),
        Pad::Circular => (i + len - before) % len,
        _ => i.saturating_sub(before).min(len - 1),
    };
    let all = before + len + after;
    collected((0..all).map(|i| cut[0] + place(i)), all, Padded::NAME, at)
}

/// Padding with a number, the second operand, which is passive. The payload is how many elements are put before and
/// after those of each axis, as the bits of an `isize`: negative ones take away, so that the adjoint of padding is
/// padding.
struct Padded;

impl Structural for Padded {
    const NAME: &'static str = "pad";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let padding = payload.iter().map(|&count| count as isize).collect::<SmallVec<[isize; 8]>>();
        extents(operands[0], &padding)
    }
    fn forward<T: Number>(y: &mut [T], operands: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        let [x, value] = operands else { unreachable!("a tensor and a number") };
        y.fill(value.data()[value.offset()]);
        // What of the tensor stays: its dims, and where it starts in the tensor and in the result.
        let out = Padded::dims(&[x.dims()], payload);
        let (mut dims, mut from, mut to) = (Dims::new(), x.offset() as isize, 0);
        let strides = contiguous_strides(&out);
        for (axis, around) in payload.chunks_exact(2).enumerate() {
            let before = around[0] as isize;
            let (start, first) = (before.min(0).unsigned_abs(), before.max(0) as usize);
            dims.push(x.dims()[axis].saturating_sub(start).min(out[axis].saturating_sub(first)));
            from += start as isize * x.strides()[axis];
            to += first as isize * strides[axis];
        }
        if element_count(&dims) == 0 {
            return;
        }
        let last = dims.len().saturating_sub(1);
        let (rows, row) = dims.split_at(last);
        let len = element_count(row);
        for i in 0..element_count(rows) {
            let (from, to) = (from + distance(i, rows, x.strides()), to + distance(i, rows, &strides));
            let part = Strided::new(x.data(), from as usize, row, &x.strides()[last..]);
            copy(&mut y[to as usize..to as usize + len], part);
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        debug_assert!(!v.is_active(1), "the number is passive");
        let (y_bar, zero) = (v.result_bar(), v.number(0.0));
        let back: SmallVec<[usize; 8]> = v.payload().iter().map(|count| count.wrapping_neg()).collect();
        let x_bar = v.apply::<Padded>(&[y_bar, zero], &back);
        v.add(0, x_bar);
    }
}

rows! {
    "pad" [[2, 3]] => |_, x| x[0].pad(&[(1, -1), (0, 2)], Pad::Constant(0.5));
    "pad" [[3, 3]] => |_, x| x[0].pad(&[(2, 1), (1, 0)], Pad::Reflect);
    "pad" [[2, 3]] => |_, x| x[0].pad(&[(2, -1), (1, 1)], Pad::Replicate);
    "pad" [[2, 3]] => |_, x| x[0].pad(&[(1, 2), (0, 1)], Pad::Circular);
}
