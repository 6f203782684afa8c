//! What picks elements: masks and indices. They are plain data without a tape, so that no float stands for a truth
//! value or an integer.

mod indices;
mod mask;

pub use indices::Indices;
pub use mask::Mask;

use crate::error::{At, Error, Result, Shape};
use crate::lists::collected;
use crate::shape::{Layout, element_count, expand_strides};

/// Values repeated from the shape `own` to the shape `dims`, in row-major order.
fn repeated<V: Copy>(
    values: &[V],
    own: &[usize],
    op: &'static str,
    dims: &[usize],
    at: At,
) -> Result<Vec<V>> {
    if own == dims {
        return collected(values.iter().copied(), values.len(), op, at);
    }
    let Some(strides) = expand_strides(&Layout::contiguous(own), dims) else {
        return Err(Error::Expand { op, from: Shape::from(own), to: Shape::from(dims), at });
    };
    let place = |row: usize| {
        let mut rest = row;
        dims.iter().zip(&strides).rev().fold(0, |place, (&extent, &stride)| {
            let index = rest % extent;
            rest /= extent;
            place + index * stride as usize
        })
    };
    let len = element_count(dims);
    collected((0..len).map(|row| values[place(row)]), len, op, at)
}
