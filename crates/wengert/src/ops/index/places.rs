//! The positions that indices name.

use crate::error::{At, Error, Result, Shape};
use crate::lists::{collected, filled, room};
use crate::ops::positions::for_each_index;
use crate::picks::Indices;
use crate::shape::{Dims, broadcast, contiguous_strides, element_count, resolve_axis, resolve_index};

/// The positions of the elements that indices name along an axis: `x[indices[i, j], j]` for axis 0 of a matrix. Rank 0
/// has one axis for this.
pub(crate) fn along(
    op: &'static str,
    axis: isize,
    indices: &Indices,
    dims: &[usize],
    at: At,
) -> Result<Vec<usize>> {
    let (dims, own) = (at_least_one(dims), at_least_one(indices.dims()));
    let axis = resolve_axis(op, axis, &dims, at)?;
    if indices.is_empty() {
        return Ok(Vec::new());
    }
    let fits = own.len() == dims.len() && (0..dims.len()).all(|k| k == axis || own[k] <= dims[k]);
    if !fits {
        let (lhs, rhs) = (Shape::from(&dims[..]), Shape::from(indices.dims()));
        let (what, other) = ("the tensor", "the indices");
        let help = "indices have as many axes as the tensor, and off the named one no larger extents";
        return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
    }
    let places = indices.resolve(op, axis, dims[axis], at)?;
    let strides = contiguous_strides(&dims);
    let (mut positions, mut places) = (room(places.len(), op, at)?, places.into_iter());
    for_each_index(&own, |index| {
        let place = places.next().expect("an index for each element");
        let others = (0..dims.len()).filter(|&k| k != axis).map(|k| index[k] * strides[k] as usize);
        positions.push(place * strides[axis] as usize + others.sum::<usize>());
    });
    Ok(positions)
}

fn at_least_one(dims: &[usize]) -> Dims {
    Dims::from_slice(if dims.is_empty() { &[1] } else { dims })
}

/// The positions of what lists of indices name, one for each of the leading axes, and their shape: the shape that the
/// lists broadcast to, and then the other axes.
pub(crate) fn leading(
    op: &'static str,
    lists: &[Indices],
    dims: &[usize],
    at: At,
) -> Result<(Vec<usize>, Dims)> {
    if lists.is_empty() {
        return Err(Error::NoOperands { op, at });
    }
    if lists.len() > dims.len() {
        let what =
            format!("{} lists of indices for the {} axes of {}", lists.len(), dims.len(), Shape::from(dims));
        return Err(Error::Domain { op, what, help: "give at most one list an axis", at });
    }
    let mut shape = Dims::from_slice(lists[0].dims());
    for list in lists {
        shape = broadcast(&shape, list.dims())
            .map_err(|differ| Error::broadcast(op, &["lhs", "rhs"], [&shape, list.dims()], differ, at))?;
    }
    let strides = contiguous_strides(dims);
    let mut firsts = filled(0, element_count(&shape), op, at)?;
    for (axis, list) in lists.iter().enumerate() {
        for (first, &index) in firsts.iter_mut().zip(list.expanded(op, &shape, at)?.as_slice()) {
            *first += resolve_index(op, index as isize, axis, dims[axis], at)? * strides[axis] as usize;
        }
    }
    let rest = &dims[lists.len()..];
    let len = element_count(rest);
    let count = firsts.len().saturating_mul(len);
    let positions = collected(firsts.iter().flat_map(|&first| first..first + len), count, op, at)?;
    shape.extend_from_slice(rest);
    Ok((positions, shape))
}
