//! Picking elements of each line along an axis by their values: the indices are found when the op is recorded and are
//! constant after, so an adjoint goes back to where its element came from.
//!
//! A tensor of rank 0 is one line of one element, as in PyTorch.

use super::positions::{Named, pick};
use crate::error::{At, Error, Result, Shape};
use crate::lists::{collected, filled};
use crate::picks::Indices;
use crate::shape::{Dims, element_count, resolve_line};
use crate::tape::Element;
use crate::tensor::Tensor;

/// Records an op along an axis that a user named. A tensor of rank 0 is seen as a line meanwhile, and its result is a
/// copy: a view would keep no gradient of its own.
pub(crate) fn along<T: Element>(
    op: &'static str,
    x: Tensor<T>,
    axis: isize,
    at: At,
    record: impl FnOnce(Tensor<T>, usize) -> Result<Tensor<T>>,
) -> Result<Tensor<T>> {
    let dims = x.dims_for(op, at)?;
    let axis = resolve_line(op, axis, &dims, at)?;
    match dims.is_empty() {
        false => record(x, axis),
        true => record(x.reshaped_to(&[1], at)?, axis)?.reshaped_to(&[], at)?.copied(at),
    }
}

/// The values of a tensor, as lanes along one axis.
pub(crate) struct Lanes<T: Element> {
    x: Tensor<T>,
    values: Vec<T>,
    dims: Dims,
    /// Whether the tensor has rank 0, and the one axis in `dims` is lent.
    lent_axis: bool,
    axis: usize,
    /// How far the elements of a lane lie apart.
    step: usize,
    op: &'static str,
    at: At,
}

impl<T: Element> Lanes<T> {
    /// Along an axis that a user named.
    pub fn along(op: &'static str, x: Tensor<T>, axis: isize, at: At) -> Result<Lanes<T>> {
        let mut dims = x.dims_for(op, at)?;
        let axis = resolve_line(op, axis, &dims, at)?;
        let lent_axis = dims.is_empty();
        if lent_axis {
            dims.push(1);
        }
        let values = x.gathered(op, at)?;
        let step = element_count(&dims[axis + 1..]);
        Ok(Lanes { x, values, dims, lent_axis, axis, step, op, at })
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

    fn with_extent(&self, extent: usize) -> Dims {
        let mut dims = self.dims.clone();
        dims[self.axis] = extent;
        if self.lent_axis && extent == 1 {
            dims.clear();
        }
        dims
    }

    fn without_axis(&self) -> Dims {
        let mut dims = self.dims.clone();
        dims.remove(self.axis);
        dims
    }

    /// The indices of `count` elements of each lane, which `choose` writes: the lanes' shape with that extent.
    pub fn indices(&self, count: usize, mut choose: impl FnMut(&[T], &mut [usize])) -> Result<Indices> {
        let (extent, step, dims) = (self.extent(), self.step, self.with_extent(count));
        let mut indices = filled(0, element_count(&dims), self.op, self.at)?;
        let mut lane = filled(T::zero(), extent, self.op, self.at)?;
        let mut chosen = filled(0, count, self.op, self.at)?;
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
        Ok(Indices::from_parts(indices, &dims))
    }

    /// Records the picking of the elements of such indices, as a result of given dims.
    pub fn pick<N: Named>(&self, indices: &Indices, dims: &[usize]) -> Result<Tensor<T>> {
        let (extent, step) = (self.extent(), self.step);
        let block = indices.dims().get(self.axis).copied().unwrap_or(1) * step;
        let place = |(place, &index): (usize, &usize)| (place / block * extent + index) * step + place % step;
        let places = indices.as_slice().iter().enumerate().map(place);
        let positions = collected(places, indices.len(), self.op, self.at)?;
        pick::<N, T>(self.x, &positions, dims, self.at)
    }

    /// One element of each lane: picked, and its index; the axis goes, or stays with extent 1.
    pub fn pick_one<N: Named>(
        &self,
        keep: bool,
        choose: impl Fn(&[T]) -> usize,
    ) -> Result<(Tensor<T>, Indices)> {
        let indices = self.indices(1, |lane, index| index[0] = choose(lane))?;
        let dims = if keep { self.with_extent(1) } else { self.without_axis() };
        Ok((self.pick::<N>(&indices, &dims)?, indices.reshaped(&dims)))
    }

    /// The index of one element of each lane; the axis goes.
    pub fn index_one(&self, choose: impl Fn(&[T]) -> usize) -> Result<Indices> {
        Ok(self.indices(1, |lane, index| index[0] = choose(lane))?.reshaped(&self.without_axis()))
    }
}
