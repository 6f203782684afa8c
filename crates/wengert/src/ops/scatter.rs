//! Writing at positions, and adding at them, into a copy: two operands, and both get a gradient.

use std::marker::PhantomData;

use wengert_kernels::{Scratch, Strided, copy};

use super::index::{along, leading};
use super::positions::{NOWHERE, Named, Pick, element, named, payload};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::lists::filled;
use crate::picks::Indices;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, Span, element_count, expand_strides};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

methods! {
    /// A copy with elements written along an axis where the indices point:
    /// `y[indices[i, j], j] = source[i, j]` for axis 0 of a matrix, `y[i, indices[i, j]] = source[i, j]` for axis 1.
    /// The source is a tensor, of which as much as there are indices is used, or a number for all.
    ///
    /// **Adjoints.** `x_bar += y_bar` where nothing was written, and exactly 0 where something was; what was written
    /// gets the `y_bar` of its place.
    ///
    /// **Edges.** Of several writes to one place the last in row-major order stays, and the others get 0: PyTorch
    /// leaves both open. PyTorch: `torch.scatter`.
    ///
    /// # Errors
    /// An index out of range, or indices with another rank or with larger extents than the tensor, off the axis, or
    /// the source.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.scatter(1, [[1], [0]], 9.0).to_vec(), [1.0, 9.0, 9.0, 4.0]);
    /// ```
    scatter(x, at, axis: isize, indices: impl Into<Indices>, source: impl Into<Operand<T>>) -> Tensor<T> {
        let (op, indices, source) = ("scatter", indices.into(), source.into());
        let dims = x.dims_for(op, at)?;
        let mut positions = along(op, axis, &indices, &dims, at)?;
        keep_last(&mut positions, element_count(&dims), op, at)?;
        let source = matched(op, source, &indices, &dims, at)?;
        structural::<Written<Scatter>, T>(&[x.into(), source], &positions, at)
    }

    /// A copy with elements added along an axis where the indices point:
    /// `y[indices[i, j], j] += source[i, j]` for axis 0 of a matrix, `y[i, indices[i, j]] += source[i, j]` for axis 1.
    /// The source is a tensor, of which as much as there are indices is used, or a number for all.
    ///
    /// **Adjoints.** `x_bar += y_bar`, and the source gets the elements of `y_bar` that it was added to: `gather`.
    /// PyTorch: `torch.scatter_add`.
    ///
    /// # Errors
    /// As [`Tensor::scatter`].
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, source) = (tape.leaf([1.0, 2.0]), tape.leaf([10.0, 20.0, 30.0]));
    /// assert_eq!(x.scatter_add(0, [0, 1, 0], source).to_vec(), [41.0, 22.0]);
    /// ```
    scatter_add(x, at, axis: isize, indices: impl Into<Indices>, source: impl Into<Operand<T>>) -> Tensor<T> {
        let (op, indices, source) = ("scatter_add", indices.into(), source.into());
        let dims = x.dims_for(op, at)?;
        let positions = along(op, axis, &indices, &dims, at)?;
        let source = matched(op, source, &indices, &dims, at)?;
        structural::<Added<ScatterAdd>, T>(&[x.into(), source], &positions, at)
    }

    /// A copy with elements written, or added, where a list of indices for each of the leading axes points:
    /// `x.index_put(&[i, j], values, false)` is NumPy's `x[i, j] = values`. The lists broadcast, and the values to
    /// what [`Tensor::index_get`] of them gives: a number, a scalar, or a tensor.
    ///
    /// **Adjoints.** With `accumulate`: `x_bar += y_bar`. Without: exactly 0 where something was written. What was
    /// written or added gets the `y_bar` of its place.
    ///
    /// **Edges.** Without `accumulate`, of several writes to one place the last in row-major order stays, and the
    /// others get 0: PyTorch leaves both open. PyTorch: `Tensor.index_put`.
    ///
    /// # Errors
    /// As [`Tensor::index_get`], and values that do not expand.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let corners = [[0, 1].into(), [1, 0].into()];
    /// assert_eq!(x.index_put(&corners, 9.0, false).to_vec(), [1.0, 9.0, 9.0, 4.0]);
    /// assert_eq!(x.index_put(&corners, tape.leaf([10.0, 20.0]), true).to_vec(), [1.0, 12.0, 23.0, 4.0]);
    /// ```
    index_put(x, at, lists: &[Indices], values: impl Into<Operand<T>>, accumulate: bool) -> Tensor<T> {
        let (op, values) = ("index_put", values.into());
        let dims = x.dims_for(op, at)?;
        let (mut positions, shape) = leading(op, lists, &dims, at)?;
        let values = match values {
            Operand::Tensor(tensor) => {
                let own = tensor.dims_for(op, at)?;
                // What has one element for all stays as it is.
                if own.is_empty() || own == shape { values } else { expanded(op, tensor, &shape, at)?.into() }
            }
            number => number,
        };
        if accumulate {
            return structural::<Added<IndexPut>, T>(&[x.into(), values], &positions, at);
        }
        keep_last(&mut positions, element_count(&dims), op, at)?;
        structural::<Written<IndexPut>, T>(&[x.into(), values], &positions, at)
    }
}

named! {
    Scatter "scatter";
    ScatterAdd "scatter_add";
    IndexPut "index_put";
}

/// Only the last of the writes to one position stays.
fn keep_last(positions: &mut [usize], len: usize, op: &'static str, at: At) -> Result<()> {
    let mut written = filled(false, len, op, at)?;
    for position in positions.iter_mut().rev() {
        if std::mem::replace(&mut written[*position], true) {
            *position = NOWHERE;
        }
    }
    Ok(())
}

/// The part of a source that there are indices for; a number is for all.
fn matched<T: Element>(
    op: &'static str,
    source: Operand<T>,
    indices: &Indices,
    dims: &[usize],
    at: At,
) -> Result<Operand<T>> {
    let Operand::Tensor(tensor) = source else { return Ok(source) };
    let own = tensor.dims_for(op, at)?;
    let wanted = indices.dims();
    if own[..] == *wanted || (own.is_empty() && dims.is_empty()) {
        return Ok(source);
    }
    // No indices fit whatever their rank: then nothing of the source is used.
    let none = indices.is_empty();
    let fits = own.len() == wanted.len() && own.iter().zip(wanted).all(|(own, wanted)| wanted <= own);
    if !fits && !none {
        let (lhs, rhs) = (Shape::from(&own[..]), Shape::from(wanted));
        let (what, other) = ("the source", "the indices");
        let help = "the source has an element for each index; a number is for all";
        return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
    }
    let part = |view: crate::shape::View| {
        (0..own.len()).fold(view, |view, axis| {
            let len = if none { 0 } else { wanted[axis] };
            view.slice(axis, Span { start: 0, len, step: 1 })
        })
    };
    Ok(tensor.seen(op, at, |view| Ok(part(view)))?.into())
}

/// A tensor expanded to a shape, if it does.
fn expanded<T: Element>(op: &'static str, x: Tensor<T>, dims: &[usize], at: At) -> Result<Tensor<T>> {
    x.seen(op, at, |view| match expand_strides(&view.layout, dims) {
        Some(_) => Ok(view.expand(dims).expect("the strides expand")),
        None => {
            let (from, to) = (Shape::from(&view.layout.dims[..]), Shape::from(dims));
            Err(Error::Expand { op, from, to, at })
        }
    })
}

/// The dims in which the source of so many positions sees what comes back: its own, or, of one number for all, a list.
fn source_dims(own: Dims, positions: &[usize]) -> Dims {
    if own.is_empty() { Dims::from_slice(&[positions.len()]) } else { own }
}

/// The source's value for a position; of rank 0 it is one for all.
fn value<T: Number>(source: Strided<'_, T>, i: usize) -> T {
    element(source, if source.rank() == 0 { 0 } else { i })
}

/// A copy with elements written at positions, of which each is there once. [`NOWHERE`] is not written.
struct Written<N>(PhantomData<N>);

impl<N: Named> Structural for Written<N> {
    const NAME: &'static str = N::NAME;
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], positions: &[usize], _: &mut Scratch<T>) {
        copy(y, x[0]);
        for (i, &position) in positions.iter().enumerate().filter(|(_, position)| **position != NOWHERE) {
            y[position] = value(x[1], i);
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (positions, y_bar) = (v.payload(), v.result_bar());
        if v.is_active(0) {
            let zero = v.number(0.0);
            let kept = v.apply::<Written<N>>(&[y_bar, zero], positions);
            v.add(0, kept);
        }
        if v.is_active(1) {
            let dims = source_dims(v.dims(v.operand(1)), positions);
            let picked = v.apply::<Pick<N>>(&[y_bar], &payload(&dims, positions));
            v.add(1, picked);
        }
    }
}

/// A copy with elements added at positions.
struct Added<N>(PhantomData<N>);

impl<N: Named> Structural for Added<N> {
    const NAME: &'static str = N::NAME;
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], positions: &[usize], _: &mut Scratch<T>) {
        copy(y, x[0]);
        for (i, &position) in positions.iter().enumerate() {
            y[position] += value(x[1], i);
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (positions, y_bar) = (v.payload(), v.result_bar());
        if v.is_active(0) {
            v.add(0, y_bar);
        }
        if v.is_active(1) {
            let dims = source_dims(v.dims(v.operand(1)), positions);
            let picked = v.apply::<Pick<N>>(&[y_bar], &payload(&dims, positions));
            v.add(1, picked);
        }
    }
}

rows! {
    "scatter" [[2, 3], [2, 2]] => |_, x| x[0].scatter(1, [[2, 0], [1, 1]], x[1]);
    "scatter_add" [[2, 3], [2, 4]] => |_, x| x[0].scatter_add(1, [[2, 0, 0], [1, 1, 2]], x[1]);
    "index_put" [[2, 3], [2]] => |_, x| x[0].index_put(&[[0, 1].into(), [2, 2].into()], x[1], false);
    "index_put" [[2, 3], []] => |_, x| x[0].index_put(&[[1, 1].into()], x[1], true);
}
