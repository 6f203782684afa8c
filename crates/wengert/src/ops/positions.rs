//! Picking elements by their position, and putting elements at positions: two linear ops, each the adjoint of the
//! other. Whatever selects, sorts, pads or scatters is one of them with positions computed before.
//!
//! A position counts the elements of a tensor in row-major order; [`NOWHERE`] is none: what is picked there is 0, and
//! what is put there is lost.

use std::marker::PhantomData;

use wengert_kernels::{Scratch, Strided, StridedMut};

use crate::error::{At, Result};
use crate::lists::collected;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, contiguous_strides, element_count};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;

/// The position of no element.
pub(crate) const NOWHERE: usize = usize::MAX;

/// The name of an op that is made of positions: `grad_fn` shows it.
pub(crate) trait Named: 'static {
    const NAME: &'static str;
}

/// Types that name ops made of positions.
macro_rules! named {
    ($($(#[$doc:meta])* $type:ident $name:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $type {}
        impl $crate::ops::positions::Named for $type {
            const NAME: &'static str = $name;
        }
    )*};
}
pub(crate) use named;

/// `y[i] = x[positions[i]]`, of the given dims, which have as many elements as there are positions.
pub(crate) fn pick<N: Named, T: Element>(
    x: Tensor<T>,
    positions: &[usize],
    dims: &[usize],
    at: At,
) -> Result<Tensor<T>> {
    structural::<Pick<N>, T>(&[x.into()], &checked_payload::<N>(dims, positions, at)?, at)
}

/// `y[positions[i]] += x[i]` from zeros of the given dims; there are as many positions as elements of `x`.
pub(crate) fn put<N: Named, T: Element>(
    x: Tensor<T>,
    positions: &[usize],
    dims: &[usize],
    at: At,
) -> Result<Tensor<T>> {
    structural::<Put<N>, T>(&[x.into()], &checked_payload::<N>(dims, positions, at)?, at)
}

/// [`payload`] of an op that is recorded, which says where memory is short.
fn checked_payload<N: Named>(dims: &[usize], positions: &[usize], at: At) -> Result<Vec<usize>> {
    let all = [dims.len()].into_iter().chain(dims.iter().copied()).chain(positions.iter().copied());
    collected(all, 1 + dims.len() + positions.len(), N::NAME, at)
}

/// The rank and dims of the result, then the positions.
pub(super) fn payload(dims: &[usize], positions: &[usize]) -> Vec<usize> {
    let mut payload = Vec::with_capacity(1 + dims.len() + positions.len());
    payload.push(dims.len());
    payload.extend_from_slice(dims);
    payload.extend_from_slice(positions);
    payload
}

fn read(payload: &[usize]) -> (&[usize], &[usize]) {
    payload[1..].split_at(payload[0])
}

/// Calls `f` with each index of a shape, in row-major order.
pub(super) fn for_each_index(dims: &[usize], mut f: impl FnMut(&[usize])) {
    let mut index = Dims::from_elem(0, dims.len());
    for _ in 0..element_count(dims) {
        f(&index);
        for (index, &extent) in index.iter_mut().zip(dims).rev() {
            *index += 1;
            if *index < extent {
                break;
            }
            *index = 0;
        }
    }
}

/// Where the elements of a grid lie: each combination of one place an axis, in a row-major tensor of the given dims.
pub(super) fn grid(places: &[Vec<usize>], dims: &[usize], op: &'static str, at: At) -> Result<Vec<usize>> {
    let strides = contiguous_strides(dims);
    let mut positions = vec![0];
    for (places, &stride) in places.iter().zip(&strides) {
        let step = |&place: &usize| place * stride as usize;
        let len = positions.len().saturating_mul(places.len());
        let all = positions.iter().flat_map(|&from| places.iter().map(move |place| from + step(place)));
        positions = collected(all, len, op, at)?;
    }
    Ok(positions)
}

/// Element `i`, counted in row-major order.
pub(super) fn element<T: Number>(x: Strided<'_, T>, i: usize) -> T {
    match x.as_slice() {
        Some(elements) => elements[i],
        None => x.data()[x.offset().wrapping_add_signed(distance(i, x.dims(), x.strides()))],
    }
}

/// How far each position lies from the first element, for elements that are not contiguous.
pub(super) fn distance(position: usize, dims: &[usize], strides: &[isize]) -> isize {
    let mut rest = position;
    dims.iter().zip(strides).rev().fold(0, |distance, (&extent, &stride)| {
        let index = rest % extent;
        rest /= extent;
        distance + stride * index as isize
    })
}

/// Elements at positions.
pub(crate) struct Pick<N>(PhantomData<N>);

impl<N: Named> Structural for Pick<N> {
    const NAME: &'static str = N::NAME;
    const LINEAR: Linear = Linear::Jointly;

    fn dims(_: &[&[usize]], payload: &[usize]) -> Dims {
        Dims::from_slice(read(payload).0)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        let (x, positions) = (x[0], read(payload).1);
        let elements = x.as_slice();
        for (y, &position) in y.iter_mut().zip(positions) {
            *y = match (position, elements) {
                (NOWHERE, _) => T::zero(),
                (position, Some(elements)) => elements[position],
                (position, None) => {
                    x.data()[x.offset().wrapping_add_signed(distance(position, x.dims(), x.strides()))]
                }
            };
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (positions, y_bar) = (read(v.payload()).1, v.result_bar());
        let dims = v.dims(v.operand(0));
        let payload = v.joined(&[&[dims.len()], &dims, positions]);
        v.add_apply::<Put<N>>(0, &[y_bar], payload);
    }
}

/// Zeros, with elements added at positions.
pub(crate) struct Put<N>(PhantomData<N>);

impl<N: Named> Structural for Put<N> {
    const NAME: &'static str = N::NAME;
    const LINEAR: Linear = Linear::Jointly;
    const ACCUMULATES: bool = true;

    fn dims(_: &[&[usize]], payload: &[usize]) -> Dims {
        Dims::from_slice(read(payload).0)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        y.fill(T::zero());
        let dims = read(payload).0;
        Self::accumulate(StridedMut::new(y, 0, dims, &contiguous_strides(dims)), x, payload, scratch);
    }
    fn accumulate<T: Number>(
        mut target: StridedMut<'_, T>,
        x: &[Strided<'_, T>],
        payload: &[usize],
        _: &mut Scratch<T>,
    ) {
        let (x, positions) = (x[0], read(payload).1);
        let (dims, strides, offset) = (target.dims(), target.strides(), target.offset());
        let (rows, contiguous) = (x.as_slice(), target.is_contiguous());
        debug_assert_eq!(element_count(x.dims()), positions.len(), "{}", N::NAME);
        for (i, &position) in positions.iter().enumerate().filter(|(_, position)| **position != NOWHERE) {
            let value = match rows {
                Some(rows) => rows[i],
                None => x.data()[x.offset().wrapping_add_signed(distance(i, x.dims(), x.strides()))],
            };
            let to = if contiguous { position as isize } else { distance(position, dims, strides) };
            target.data_mut()[offset.wrapping_add_signed(to)] += value;
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (positions, y_bar) = (read(v.payload()).1, v.result_bar());
        let dims = v.dims(v.operand(0));
        let payload = v.joined(&[&[dims.len()], &dims, positions]);
        let picked = v.apply::<Pick<N>>(&[y_bar], payload);
        v.add(0, picked);
    }
}
