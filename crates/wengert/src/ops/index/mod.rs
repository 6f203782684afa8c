//! Picking by indices, and adding where they point.

mod places;
mod slices;

use slices::{Embedding, IndexAdd, IndexSelect};

use super::lanes::along as ops_along;
use super::positions::{NOWHERE, named, pick};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::lists::filled;
use crate::picks::Indices;
use crate::shape::{Dims, element_count, resolve_index, resolve_line};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::{methods, tape_methods};

pub(super) use places::{along, leading};

methods! {
    /// The slices of an axis that the indices name, in their order; a slice may come more than once.
    /// `y[.., i, ..] = x[.., indices[i], ..]`, for a list of indices, or one index, which keeps the axis.
    ///
    /// **Adjoint.** What comes back to a slice of `y` is added to the slice of `x` that it was: `index_add`.
    /// PyTorch: `torch.index_select`.
    ///
    /// # Errors
    /// An index out of range, indices of rank 2 or more, or more or less than one index into a tensor of rank 0.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let y = x.index_select(0, [1, 1, -2]);
    /// assert_eq!(y.to_vec(), [3.0, 4.0, 3.0, 4.0, 1.0, 2.0]);
    /// y.sum().backward();
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [1.0, 1.0, 2.0, 2.0]);
    /// ```
    index_select(x, at, axis: isize, indices: impl Into<Indices>) -> Tensor<T> {
        let op = "index_select";
        let (dims, indices) = (x.dims_for(op, at)?, indices.into());
        only_one(op, &dims, &indices, at)?;
        ops_along(op, x, axis, at, |x, axis| {
            let payload = listed(op, axis, &indices, extent(&dims, axis), at)?;
            structural::<IndexSelect, T>(&[x.into()], &payload, at)
        })
    }

    /// The slices of `source` added to the slices of an axis that the indices name, of a copy:
    /// `y = x`, then `y[.., indices[i], ..] += source[.., i, ..]`. A factor goes before: `source * alpha`.
    ///
    /// **Adjoints.** `x_bar += y_bar`, and `source` gets the slices of `y_bar` that it was added to: `index_select`.
    /// PyTorch: `Tensor.index_add`.
    ///
    /// # Errors
    /// An index out of range, indices of rank 2 or more, or a source of another shape: as many slices as there are
    /// indices, and otherwise the tensor's. Of rank 0 both are one element, and there is one index.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, source) = (tape.leaf([1.0, 2.0]), tape.leaf([10.0, 20.0, 30.0]));
    /// assert_eq!(x.index_add(0, [0, 1, 0], source).to_vec(), [41.0, 22.0]);
    /// ```
    index_add(x, at, axis: isize, indices: impl Into<Indices>, source: Tensor<T>) -> Tensor<T> {
        let op = "index_add";
        let (dims, own) = (x.dims_for(op, at)?, source.dims_for(op, at)?);
        let (place, indices) = (resolve_line(op, axis, &dims, at)?, indices.into());
        only_one(op, &dims, &indices, at)?;
        let payload = listed(op, place, &indices, extent(&dims, place), at)?;
        let mut wanted = dims;
        if let Some(extent) = wanted.get_mut(place) {
            *extent = payload.len() - 1;
        }
        if own != wanted {
            let (lhs, rhs) = (Shape::from(&own[..]), Shape::from(&wanted[..]));
            let (what, other) = ("the source", "what the indices name");
            let help = "the source has one slice for each index, and otherwise the shape of the tensor";
            return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
        }
        ops_along(op, x, axis, at, |x, _| {
            let source = if own.is_empty() { source.reshaped_to(&[1], at)? } else { source };
            structural::<IndexAdd, T>(&[x.into(), source.into()], &payload, at)
        })
    }

    /// The elements along an axis that the indices name, one for each of them:
    /// `y[i, j] = x[indices[i, j], j]` for axis 0 of a matrix, `y[i, j] = x[i, indices[i, j]]` for axis 1. The result
    /// has the shape of the indices.
    ///
    /// **Adjoint.** What comes back to an element of `y` is added to the element of `x` that it was: `scatter_add`.
    ///
    /// **Edges.** Off the axis the indices may have smaller extents, and then only a part of `x` is read. No indices
    /// give nothing, whatever their rank. PyTorch: `torch.gather`.
    ///
    /// # Errors
    /// An index out of range, or indices of another rank or with larger extents.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.gather(1, [[2], [0]]).to_vec(), [3.0, 4.0]);
    /// ```
    gather(x, at, axis: isize, indices: impl Into<Indices>) -> Tensor<T> {
        let indices = indices.into();
        let positions = along("gather", axis, &indices, &x.dims_for("gather", at)?, at)?;
        pick::<Gather, T>(x, &positions, indices.dims(), at)
    }

    /// Elements by their place in row-major order; the result has the shape of the indices. PyTorch: `torch.take`.
    ///
    /// # Errors
    /// An index out of range.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.take([3, 0, -2]).to_vec(), [4.0, 1.0, 3.0]);
    /// ```
    take(x, at, indices: impl Into<Indices>) -> Tensor<T> {
        let (indices, len) = (indices.into(), element_count(&x.dims_for("take", at)?));
        pick::<Take, T>(x, &indices.resolve("take", 0, len, at)?, indices.dims(), at)
    }

    /// Elements by a list of indices for each of the leading axes: `x.index_get(&[i, j])` is NumPy's `x[i, j]`. The
    /// lists broadcast; the result has their shape, and then the axes that were not indexed. It is what
    /// [`Tensor::index_put`] writes. PyTorch: `x[i, j]`.
    ///
    /// # Errors
    /// An index out of range, lists that do not broadcast, no list, or more lists than axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.index_get(&[[0, 1].into(), [1, 0].into()]).to_vec(), [2.0, 3.0]);
    /// assert_eq!(x.index_get(&[[1].into()]).shape().as_slice(), [1, 2]);
    /// ```
    index_get(x, at, lists: &[Indices]) -> Tensor<T> {
        let (positions, dims) = leading("index_get", lists, &x.dims_for("index_get", at)?, at)?;
        pick::<IndexGet, T>(x, &positions, &dims, at)
    }

    /// The rows of a table that the indices name; the result has the shape of the indices, and then the columns.
    ///
    /// **Adjoint.** What comes back to a row is added to the row of the table. PyTorch: `F.embedding`.
    ///
    /// # Errors
    /// An index out of range or negative, or a table that is no matrix.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let table = tape.leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let words = table.embedding([[2, 0]]);
    /// assert_eq!(words.shape().as_slice(), [1, 2, 2]);
    /// assert_eq!(words.to_vec(), [5.0, 6.0, 1.0, 2.0]);
    /// ```
    embedding(table, at, indices: impl Into<Indices>) -> Tensor<T> {
        embedded(table, &indices.into(), None, at)
    }

    /// The same, where one row stands for padding and gets no gradient: it is read like any other. PyTorch:
    /// `F.embedding` with `padding_idx`.
    ///
    /// # Errors
    /// As [`Tensor::embedding`], and a padding that is no row.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let table = tape.leaf([[0.0], [3.0]]);
    /// table.embedding_padded([1, 0, 0], 0).sum().backward();
    /// assert_eq!(table.grad().unwrap().into_raw_vec_and_offset().0, [0.0, 1.0]);
    /// ```
    embedding_padded(table, at, indices: impl Into<Indices>, padding: isize) -> Tensor<T> {
        embedded(table, &indices.into(), Some(padding), at)
    }
}

named! {
    Gather "gather";
    Take "take";
    IndexGet "index_get";
}

tape_methods! {
    /// A row for each index, with 1 at the index and 0 elsewhere: a passive tensor with the shape of the indices, and
    /// then `classes` columns. PyTorch: `F.one_hot`, as numbers.
    ///
    /// **Errors.** An index out of range or negative.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.one_hot([2, 0], 3).to_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    /// ```
    one_hot(tape, at, indices: impl Into<Indices>, classes: usize) -> Tensor<T> {
        let (op, indices) = ("one_hot", indices.into());
        let mut dims = Dims::from_slice(indices.dims());
        dims.push(classes);
        tape.core().check_not_lent(op, at)?;
        tape.core().check_countable(op, &dims, at)?;
        let places = indices.resolve_names(op, dims.len() - 1, classes, at)?;
        tape.core().reserve(op, element_count(&dims), false, at)?;
        let mut values = filled(T::zero(), element_count(&dims), op, at)?;
        for (row, place) in places.into_iter().enumerate() {
            values[row * classes + place] = T::one();
        }
        tape.core().push_passive(op, &dims, &values, at)
    }
}

/// The extent of an axis; that of the line that a tensor of rank 0 is.
fn extent(dims: &[usize], axis: usize) -> usize {
    dims.get(axis).copied().unwrap_or(1)
}

/// One element is picked, or added to, by one index.
fn only_one(op: &'static str, dims: &[usize], indices: &Indices, at: At) -> Result<()> {
    if !dims.is_empty() || indices.len() == 1 {
        return Ok(());
    }
    let what = format!("{} indices into a tensor of rank 0, which has one element", indices.len());
    Err(Error::Domain { op, what, help: "give one index, or make a line of it with `.unsqueeze(0)`", at })
}

/// The payload of a list of indices along an axis: the axis, and the indices.
fn listed(op: &'static str, axis: usize, indices: &Indices, extent: usize, at: At) -> Result<Vec<usize>> {
    if indices.dims().len() > 1 {
        let (what, shape) = ("a list of indices", Shape::from(indices.dims()));
        let help = "give one list; `.gather(axis, indices)` takes an index for each element";
        return Err(Error::Rank { op, what, expected: "0 or 1", shape, help, at });
    }
    let mut payload = vec![axis];
    payload.extend(indices.resolve(op, axis, extent, at)?);
    Ok(payload)
}

fn embedded<T: Element>(
    table: Tensor<T>,
    indices: &Indices,
    padding: Option<isize>,
    at: At,
) -> Result<Tensor<T>> {
    let (op, dims) = ("embedding", table.dims_for("embedding", at)?);
    if dims.len() != 2 {
        let (what, shape) = ("the table", Shape::from(&dims[..]));
        let help = "a table has one row for each index, and the columns are what it stands for";
        return Err(Error::Rank { op, what, expected: "2", shape, help, at });
    }
    let padding = match padding {
        Some(padding) => resolve_index(op, padding, 0, dims[0], at)?,
        None => NOWHERE,
    };
    let mut payload = vec![padding, indices.dims().len()];
    payload.extend_from_slice(indices.dims());
    payload.extend(indices.resolve_names(op, 0, dims[0], at)?);
    structural::<Embedding, T>(&[table.into()], &payload, at)
}

rows! {
    "index_select" [[3, 2]] => |_, x| x[0].index_select(0, [2, 0, 2]);
    "index_select" [[2, 3]] => |_, x| x[0].index_select(1, [2, 0]);
    "index_add" [[3, 2], [2, 2]] => |_, x| x[0].index_add(0, [2, 2], x[1]);
    "index_add" [[2, 3], [2, 2]] => |_, x| x[0].index_add(1, [0, 2], x[1]);
    "gather" [[2, 3]] => |_, x| x[0].gather(1, [[2, 0, 2, 1], [0, 0, 1, 1]]);
    "take" [[2, 3]] => |_, x| x[0].take([[5, 0], [0, 3]]);
    "index_get" [[2, 3]] => |_, x| x[0].index_get(&[[0, 1, 1].into(), [2, 0, 0].into()]);
    "index_get" [[2, 3]] => |_, x| x[0].index_get(&[[[1], [0]].into()]);
    "embedding" [[3, 2]] => |_, x| x[0].embedding([[2, 0], [2, 1]]);
}
