//! Picking elements of each line along an axis by their values: the indices are found when the op is recorded and are
//! constant after, so an adjoint goes back to where its element came from.

use super::positions::{Named, pick};
use crate::error::{At, Error, Result, Shape};
use crate::picks::Indices;
use crate::shape::{Dims, element_count, resolve_axis};
use crate::tape::Element;
use crate::tensor::Tensor;

/// The values of a tensor, as lanes along one axis.
pub(crate) struct Lanes<T: Element> {
    x: Tensor<T>,
    values: Vec<T>,
    dims: Dims,
    axis: usize,
    /// How far the elements of a lane lie apart.
    step: usize,
    at: At,
}

impl<T: Element> Lanes<T> {
    /// Along an axis that a user named.
    pub fn along(op: &'static str, x: Tensor<T>, axis: isize, at: At) -> Result<Lanes<T>> {
        let dims = x.dims_for(op, at)?;
        let axis = resolve_axis(op, axis, &dims, at)?;
        let mut values = vec![T::zero(); element_count(&dims)];
        x.copy_values(&mut values);
        let step = element_count(&dims[axis + 1..]);
        Ok(Lanes { x, values, dims, axis, step, at })
    }

    /// The same, of lanes that must have elements.
    pub fn of_some(op: &'static str, x: Tensor<T>, axis: isize, at: At) -> Result<Lanes<T>> {
        let lanes = Lanes::along(op, x, axis, at)?;
        if lanes.extent() == 0 && element_count(&lanes.with_extent(1)) > 0 {
            return Err(Error::Empty { op, shape: Shape::from(&lanes.dims[..]), at });
        }
        Ok(lanes)
    }

    /// The extent of the axis.
    pub fn extent(&self) -> usize {
        self.dims[self.axis]
    }

    pub fn axis(&self) -> usize {
        self.axis
    }

    fn with_extent(&self, extent: usize) -> Dims {
        let mut dims = self.dims.clone();
        dims[self.axis] = extent;
        dims
    }

    /// The indices of `count` elements of each lane, which `choose` writes: the lanes' shape with that extent.
    pub fn indices(&self, count: usize, mut choose: impl FnMut(&[T], &mut [usize])) -> Indices {
        let (extent, step, dims) = (self.extent(), self.step, self.with_extent(count));
        let mut indices = vec![0; element_count(&dims)];
        let (mut lane, mut chosen) = (vec![T::zero(); extent], vec![0; count]);
        if !indices.is_empty() {
            for (k, block) in indices.chunks_exact_mut(count * step).enumerate() {
                let values = &self.values[k * extent * step..][..extent * step];
                for start in 0..step {
                    lane.iter_mut().zip(values[start..].iter().step_by(step)).for_each(|(to, &x)| *to = x);
                    choose(&lane, &mut chosen);
                    block[start..].iter_mut().step_by(step).zip(&chosen).for_each(|(to, &index)| *to = index);
                }
            }
        }
        Indices::from_parts(indices, &dims)
    }

    /// Records the picking of the elements of such indices, whose shape the result has.
    pub fn pick<N: Named>(&self, indices: &Indices) -> Result<Tensor<T>> {
        let (extent, step) = (self.extent(), self.step);
        let block = indices.dims()[self.axis] * step;
        let place = |(place, &index): (usize, &usize)| (place / block * extent + index) * step + place % step;
        let positions: Vec<usize> = indices.as_slice().iter().enumerate().map(place).collect();
        pick::<N, T>(self.x, &positions, indices.dims(), self.at)
    }
}

/// One element of each lane: picked, and with its indices, of which the axis of extent 1 goes or stays.
pub(crate) fn pick_one<N: Named, T: Element>(
    x: Tensor<T>,
    axis: isize,
    keep: bool,
    at: At,
    choose: impl Fn(&[T]) -> usize,
) -> Result<(Tensor<T>, Indices)> {
    let lanes = Lanes::of_some(N::NAME, x, axis, at)?;
    let indices = lanes.indices(1, |lane, index| index[0] = choose(lane));
    let y = lanes.pick::<N>(&indices)?;
    if keep {
        return Ok((y, indices));
    }
    let axis = lanes.axis();
    Ok((y.seen(N::NAME, at, |view| Ok(view.squeeze(&[axis])))?, without(indices, axis)))
}

/// Indices without an axis of extent 1.
pub(crate) fn without(indices: Indices, axis: usize) -> Indices {
    let mut dims = Dims::from_slice(indices.dims());
    dims.remove(axis);
    indices.reshaped(&dims)
}
