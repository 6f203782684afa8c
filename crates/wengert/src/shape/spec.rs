//! What a user writes for a shape, axes, an index or a range, and what it means for a given shape.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use super::{Dims, element_count, is_countable};
use crate::error::{At, Error, Result, Shape};

/// An integer that may stand for an extent, an axis or an index.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no integer that names an extent, an axis or an index",
    note = "`usize`, `isize`, `i32`, `i64` and `u32` do, and lists of them for several: numbers of a tensor are read by `.to_vec()` and cast"
)]
pub trait Extent: Copy {
    #[doc(hidden)]
    fn to_isize(self) -> isize;
}

macro_rules! extents {
    ($($int:ty)*) => {$(
        impl Extent for $int {
            /// What is too large saturates, and is then out of range.
            fn to_isize(self) -> isize {
                isize::try_from(self).unwrap_or(isize::MAX)
            }
        }
    )*};
}
extents!(i32 isize usize i64 u32 u8 u16 i16);

/// A shape: an array, slice or `Vec` of integers, one integer for rank 1, or `()` for rank 0.
///
/// Where elements exist already (`reshape`) one extent may be -1: it is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape",
    note = "a shape is an array, slice or `Vec` of integers, one integer, or `()`"
)]
pub trait IntoShape {
    #[doc(hidden)]
    fn extents(&self) -> smallvec::SmallVec<[isize; 4]>;
}

impl Axes for () {
    fn axes(&self) -> smallvec::SmallVec<[isize; 4]> {
        Default::default()
    }
}

impl IntoShape for () {
    fn extents(&self) -> smallvec::SmallVec<[isize; 4]> {
        Default::default()
    }
}

macro_rules! scalar_shapes {
    ($($int:ty)*) => {$(
        impl IntoShape for $int {
            fn extents(&self) -> smallvec::SmallVec<[isize; 4]> {
                smallvec::smallvec![self.to_isize()]
            }
        }
        impl Axes for $int {
            fn axes(&self) -> smallvec::SmallVec<[isize; 4]> {
                smallvec::smallvec![self.to_isize()]
            }
        }
    )*};
}
scalar_shapes!(i32 isize usize i64 u32);

macro_rules! list_shapes {
    ($($list:ty, [$($generics:tt)*];)*) => {$(
        impl<E: Extent, $($generics)*> IntoShape for $list {
            fn extents(&self) -> smallvec::SmallVec<[isize; 4]> {
                self.iter().map(|&extent| extent.to_isize()).collect()
            }
        }
        impl<E: Extent, $($generics)*> Axes for $list {
            fn axes(&self) -> smallvec::SmallVec<[isize; 4]> {
                self.iter().map(|&axis| axis.to_isize()).collect()
            }
        }
    )*};
}
list_shapes! {
    [E; N], [const N: usize];
    &[E; N], [const N: usize];
    &[E], [];
    Vec<E>, [];
    &Vec<E>, [];
}

/// Axes of a tensor: one integer, or an array, slice or `Vec` of them; negative ones count from the end.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name axes",
    note = "axes are one integer, or an array, slice or `Vec` of integers"
)]
pub trait Axes {
    #[doc(hidden)]
    fn axes(&self) -> smallvec::SmallVec<[isize; 4]>;
}

/// The axis that a user's number means.
pub(crate) fn resolve_axis(op: &'static str, axis: isize, dims: &[usize], at: At) -> Result<usize> {
    let rank = dims.len() as isize;
    let resolved = if axis < 0 { axis + rank } else { axis };
    if (0..rank).contains(&resolved) {
        Ok(resolved as usize)
    } else {
        Err(Error::Axis { op, axis, shape: Shape::from(dims), rank: dims.len(), at })
    }
}

/// The axis that a user's number means to an op along lines. A tensor of rank 0 is one line of one element for it, as in
/// PyTorch: its axis is 0, or -1.
pub(crate) fn resolve_line(op: &'static str, axis: isize, dims: &[usize], at: At) -> Result<usize> {
    match (dims, axis) {
        ([], 0 | -1) => Ok(0),
        _ => resolve_axis(op, axis, dims, at),
    }
}

/// The place of a new axis among those of a shape: one more than it has.
pub(crate) fn resolve_new_axis(op: &'static str, axis: isize, dims: &[usize], at: At) -> Result<usize> {
    let places = dims.len() as isize + 1;
    let resolved = if axis < 0 { axis + places } else { axis };
    if (0..places).contains(&resolved) {
        Ok(resolved as usize)
    } else {
        Err(Error::Axis { op, axis, shape: Shape::from(dims), rank: dims.len(), at })
    }
}

/// The axes that a user's numbers mean, sorted; each at most once. Of a tensor of rank 0 they may name the line that it
/// is for [`resolve_line`], and are none.
pub(crate) fn resolve_axes(op: &'static str, axes: &[isize], dims: &[usize], at: At) -> Result<Dims> {
    let mut resolved: Dims =
        axes.iter().map(|&axis| resolve_line(op, axis, dims, at)).collect::<Result<_>>()?;
    resolved.sort_unstable();
    if let Some(pair) = resolved.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::RepeatedAxis { op, axis: pair[0], at });
    }
    resolved.truncate(dims.len());
    Ok(resolved)
}

/// The index that a user's number means on an axis.
pub(crate) fn resolve_index(
    op: &'static str,
    index: isize,
    axis: usize,
    extent: usize,
    at: At,
) -> Result<usize> {
    let resolved = if index < 0 { index + extent as isize } else { index };
    if (0..extent as isize).contains(&resolved) {
        Ok(resolved as usize)
    } else {
        Err(Error::Index { op, index, axis, extent, at })
    }
}

/// The shape that a user's extents mean for `len` elements; one of them may be -1. Without `len` each must be given.
pub(crate) fn resolve_shape(op: &'static str, extents: &[isize], len: Option<usize>, at: At) -> Result<Dims> {
    let infer = || Error::InferShape { op, shape: extents.to_vec(), len: len.unwrap_or(0), at };
    let given: Dims = extents.iter().filter(|&&extent| extent >= 0).map(|&extent| extent as usize).collect();
    let known = element_count(&given);
    if !is_countable(&given) {
        let (what, help) = ("elements in a shape", "check the extents for an overflow");
        return Err(Error::full(op, what, isize::MAX as usize, help, at));
    }
    if let (None, Some(&extent)) = (len, extents.iter().find(|&&extent| extent < 0)) {
        let what = format!("the shape {extents:?} has the negative extent {extent}");
        let help =
            "give every extent; -1 is inferred only where the number of elements is known, as in `reshape`";
        return Err(Error::Domain { op, what, help, at });
    }
    let unknown = extents.iter().filter(|&&extent| extent < 0).count();
    if unknown > 1 || extents.iter().any(|&extent| extent < -1) {
        return Err(infer());
    }
    let dims: Dims = match (unknown, len) {
        (1, Some(len)) => {
            if known == 0 || len % known != 0 {
                return Err(infer());
            }
            extents.iter().map(|&extent| if extent < 0 { len / known } else { extent as usize }).collect()
        }
        _ => extents.iter().map(|&extent| extent as usize).collect(),
    };
    match len {
        Some(len) if element_count(&dims) != len => {
            Err(Error::Length { op, len, shape: Shape::from(&dims[..]), expected: element_count(&dims), at })
        }
        _ => Ok(dims),
    }
}

/// Elements `start, start + step, ...` of an axis, `len` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first element.
    pub start: usize,
    /// How many.
    pub len: usize,
    /// The distance from one to the next; never 0.
    pub step: isize,
}

/// A range of an axis, as in Python: ends out of range are clamped, negative ends count from the end.
///
/// `1..4`, `..`, `-2..`, `..=3`, or `(range, step)`. With a negative step the range is walked backward from
/// its last element: `(.., -1)` is all of it reversed, `(1..4, -1)` is elements 3, 2, 1, and `(0..5, -2)` is 4, 2, 0.
pub trait SliceSpec {
    #[doc(hidden)]
    fn ends(&self) -> (isize, Option<isize>, isize);

    /// The span on an axis of `extent` elements.
    #[doc(hidden)]
    fn span(&self, op: &'static str, extent: usize, at: At) -> Result<Span> {
        let (start, end, step) = self.ends();
        if step == 0 {
            return Err(Error::Step { op, at });
        }
        let size = extent as isize;
        let clamp = |end: isize| if end < 0 { (end + size).max(0) } else { end.min(size) };
        let (low, high) = (clamp(start), end.map_or(size, clamp));
        let count = (high - low).max(0);
        let len = (count as usize).div_ceil(step.unsigned_abs());
        let first = if step > 0 { low } else { (high - 1).max(0) };
        Ok(Span { start: first as usize, len, step })
    }
}

macro_rules! ranges {
    ($($int:ty)*) => {$(
        impl SliceSpec for Range<$int> {
            fn ends(&self) -> (isize, Option<isize>, isize) {
                (self.start.to_isize(), Some(self.end.to_isize()), 1)
            }
        }
        impl SliceSpec for RangeFrom<$int> {
            fn ends(&self) -> (isize, Option<isize>, isize) {
                (self.start.to_isize(), None, 1)
            }
        }
        impl SliceSpec for RangeTo<$int> {
            fn ends(&self) -> (isize, Option<isize>, isize) {
                (0, Some(self.end.to_isize()), 1)
            }
        }
        impl SliceSpec for RangeInclusive<$int> {
            fn ends(&self) -> (isize, Option<isize>, isize) {
                let end = self.end().to_isize();
                (self.start().to_isize(), (end != -1).then_some(end.saturating_add(1)), 1)
            }
        }
        impl SliceSpec for RangeToInclusive<$int> {
            fn ends(&self) -> (isize, Option<isize>, isize) {
                let end = self.end.to_isize();
                (0, (end != -1).then_some(end.saturating_add(1)), 1)
            }
        }
    )*};
}
ranges!(i32 isize usize);

impl SliceSpec for RangeFull {
    fn ends(&self) -> (isize, Option<isize>, isize) {
        (0, None, 1)
    }
}

impl<R: SliceSpec> SliceSpec for (R, isize) {
    fn ends(&self) -> (isize, Option<isize>, isize) {
        let (start, end, _) = self.0.ends();
        (start, end, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(spec: impl SliceSpec, extent: usize) -> (usize, usize, isize) {
        let span = spec.span("slice", extent, At(None)).unwrap();
        (span.start, span.len, span.step)
    }

    #[test]
    fn ranges_follow_python() {
        assert_eq!(span(1..3, 5), (1, 2, 1));
        assert_eq!(span(-2.., 5), (3, 2, 1));
        assert_eq!(span(..-1, 5), (0, 4, 1));
        assert_eq!(span(..=-1, 5), (0, 5, 1));
        assert_eq!(span(3..99, 5), (3, 2, 1));
        assert_eq!(span((.., -1), 5), (4, 5, -1));
        assert_eq!(span((0..5, 2), 5), (0, 3, 2));
        assert_eq!(span((0..5, -2), 5), (4, 3, -2));
        assert_eq!(span(4.., 3).1, 0);
        assert_eq!(span(2..=isize::MAX, 5), (2, 3, 1));
        assert_eq!(span((1..2, isize::MIN), 5), (1, 1, isize::MIN));
        assert!((.., 0).span("slice", 5, At(None)).is_err());
    }

    #[test]
    fn one_extent_is_inferred() {
        let at = At(None);
        assert_eq!(resolve_shape("reshape", &[2, -1], Some(6), at).unwrap().as_slice(), [2, 3]);
        assert!(resolve_shape("reshape", &[4, -1], Some(6), at).is_err());
        assert!(resolve_shape("reshape", &[-1, -1], Some(6), at).is_err());
        assert!(resolve_shape("reshape", &[5], Some(6), at).is_err());
        assert!(resolve_shape("zeros", &[-1], None, at).is_err());
        let overflow = resolve_shape("zeros", &[isize::MAX, 4], None, at).unwrap_err();
        assert!(matches!(overflow, Error::Capacity { .. }));
    }
}
