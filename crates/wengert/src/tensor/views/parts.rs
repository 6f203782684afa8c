//! Parts of a tensor along an axis, each a view.

use crate::error::{At, Error, Result, Shape};
use crate::lists::room;
use crate::shape::{Extent, IntoShape, Span, resolve_axis};
use crate::tape::Element;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// Elements `start .. start + len` of an axis; the start is an integer of any type, and a negative one counts from the end. PyTorch: `torch.narrow`.
    ///
    /// # Errors
    /// Elements that the axis does not have: unlike [`Tensor::slice`] it does not clamp.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0, 2.0, 3.0]);
    /// assert_eq!(x.narrow(0, 1, 2).to_vec(), [1.0, 2.0]);
    /// assert_eq!(x.narrow(0, -1, 1).to_vec(), [3.0]);
    /// ```
    narrow(x, at, axis: isize, start: impl Extent, len: usize) -> Tensor<T> {
        let (op, start) = ("narrow", start.to_isize());
        x.seen(op, at, |view| {
            let axis = resolve_axis(op, axis, &view.layout.dims, at)?;
            let extent = view.layout.dims[axis];
            let first = if start < 0 { start.saturating_add_unsigned(extent) } else { start };
            // The end of an axis is a start too, of no elements.
            let Some(start) = usize::try_from(first).ok().filter(|&first| first <= extent) else {
                return Err(Error::Index { op, index: start, axis, extent, at });
            };
            if len > extent - start {
                let what = format!("{len} elements from {start} on leave axis {axis} of extent {extent}");
                let help = "take fewer, or clamp them with `.slice(axis, start..end)`";
                return Err(Error::Domain { op, what, help, at });
            }
            Ok(view.slice(axis, Span { start, len, step: 1 }))
        })
    }

    /// Consecutive parts of an axis, of the given sizes, which sum to its extent. PyTorch: `torch.split` with a list
    /// of sizes; [`Tensor::split_every`] is the one with one size.
    ///
    /// # Errors
    /// Sizes that do not sum to the extent.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let parts = tape.leaf([0.0, 1.0, 2.0, 3.0]).split([1, 3], 0);
    /// assert_eq!((parts[0].to_vec(), parts[1].to_vec()), (vec![0.0], vec![1.0, 2.0, 3.0]));
    /// ```
    split(x, at, sizes: impl IntoShape, axis: isize) -> Vec<Tensor<T>> {
        let op = "split";
        let dims = x.dims_for(op, at)?;
        let (axis, sizes) = (resolve_axis(op, axis, &dims, at)?, sizes.extents());
        let sum = sizes.iter().fold(0, |sum: isize, &size| sum.saturating_add(size));
        if sum != dims[axis] as isize || sizes.iter().any(|&size| size < 0) {
            let shape = Shape::from(&dims[..]);
            let what = format!("the sizes {:?} do not fill axis {axis} of {shape}", &sizes[..]);
            let help = "the sizes sum to the extent; equal parts are cut with `.split_every(size, axis)`";
            return Err(Error::Domain { op, what, help, at });
        }
        x.parts(op, axis, sizes.iter().map(|&size| size as usize), at)
    }

    /// Consecutive parts of an axis, of one size; the last is shorter where the size does not divide the extent. An
    /// axis without elements is one part. PyTorch: `torch.split` with one size.
    ///
    /// # Errors
    /// A size of 0 for an axis that has elements.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let parts = tape.leaf([0.0, 1.0, 2.0]).split_every(2, 0);
    /// assert_eq!((parts[0].to_vec(), parts[1].to_vec()), (vec![0.0, 1.0], vec![2.0]));
    /// ```
    split_every(x, at, size: usize, axis: isize) -> Vec<Tensor<T>> {
        let op = "split_every";
        let dims = x.dims_for(op, at)?;
        let axis = resolve_axis(op, axis, &dims, at)?;
        if size == 0 && dims[axis] > 0 {
            let what = format!("parts of 0 elements do not fill axis {axis} of {}", Shape::from(&dims[..]));
            return Err(Error::Domain { op, what, help: "give a size of 1 or more", at });
        }
        x.parts(op, axis, every(size, dims[axis]), at)
    }

    /// At most `n` parts of an axis, of equal size but for the last, which may be shorter: each has
    /// `ceil(extent / n)` elements, so that there can be fewer than `n`. An axis without elements has `n` parts.
    /// PyTorch: `torch.chunk`.
    ///
    /// # Errors
    /// No parts.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let parts = tape.leaf([0.0, 1.0, 2.0, 3.0, 4.0]).chunk(4, 0);
    /// assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 2, 1]);
    /// ```
    chunk(x, at, n: usize, axis: isize) -> Vec<Tensor<T>> {
        let op = "chunk";
        let dims = x.dims_for(op, at)?;
        let axis = resolve_axis(op, axis, &dims, at)?;
        if n == 0 {
            let what = format!("0 parts of axis {axis} of {}", Shape::from(&dims[..]));
            return Err(Error::Domain { op, what, help: "ask for 1 or more", at });
        }
        if dims[axis] == 0 {
            return x.parts(op, axis, std::iter::repeat_n(0, n), at);
        }
        x.parts(op, axis, every(dims[axis].div_ceil(n), dims[axis]), at)
    }

    /// Each index of an axis, which goes. PyTorch: `torch.unbind`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let rows = tape.leaf([[1.0, 2.0], [3.0, 4.0]]).unbind(0);
    /// assert_eq!(rows[1].to_vec(), [3.0, 4.0]);
    /// ```
    unbind(x, at, axis: isize) -> Vec<Tensor<T>> {
        let op = "unbind";
        let dims = x.dims_for(op, at)?;
        let axis = resolve_axis(op, axis, &dims, at)?;
        let mut slices = x.room_for_views(dims[axis], op, at)?;
        for index in 0..dims[axis] {
            slices.push(x.seen(op, at, |view| Ok(view.index(axis, index)))?);
        }
        Ok(slices)
    }
}

/// The sizes of parts of `size` elements.
fn every(size: usize, extent: usize) -> impl ExactSizeIterator<Item = usize> {
    let count = extent.div_ceil(size.max(1)).max(1);
    (0..count).map(move |part| size.min(extent - part * size))
}

impl<T: Element> Tensor<T> {
    /// Consecutive parts, whose sizes sum to the extent.
    fn parts(
        self,
        op: &'static str,
        axis: usize,
        sizes: impl ExactSizeIterator<Item = usize>,
        at: At,
    ) -> Result<Vec<Tensor<T>>> {
        let (mut start, mut parts) = (0, self.room_for_views(sizes.len(), op, at)?);
        for len in sizes {
            let span = Span { start, len, step: 1 };
            start += len;
            parts.push(self.seen(op, at, |view| Ok(view.slice(axis, span)))?);
        }
        Ok(parts)
    }

    /// An empty list with room for so many views, which the tape must be able to name.
    fn room_for_views(self, count: usize, op: &'static str, at: At) -> Result<Vec<Tensor<T>>> {
        let (core, _) = self.resolve(op, at)?;
        core.check_more_variables(op, &core.tables.borrow(), count, at)?;
        room(count, op, at)
    }
}
