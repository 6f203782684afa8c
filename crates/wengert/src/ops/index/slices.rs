//! Slices of an axis, picked and added by their index: two linear ops, each the adjoint of the other.

use wengert_kernels::{Scratch, Strided, StridedMut, add_acc, copy};

use crate::ops::positions::{NOWHERE, distance};
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, contiguous_strides, element_count};

/// The slices of an axis that indices name. The payload is the axis and the indices; [`NOWHERE`] is a slice of zeros.
pub(super) struct IndexSelect;

impl Structural for IndexSelect {
    const NAME: &'static str = "index_select";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        dims[payload[0]] = payload.len() - 1;
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        select(y, x[0], payload[0], &payload[1..]);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (payload, y_bar) = (v.payload(), v.result_bar());
        let payload = added_payload(payload[0], v.dims(v.operand(0))[payload[0]], &payload[1..]);
        v.add_apply::<SlicesAdded>(0, &[y_bar], &payload);
    }
}

/// Zeros, with slices added to those that indices name. The payload is the axis, its extent and the indices; a slice
/// for [`NOWHERE`] is lost.
struct SlicesAdded;

fn added_payload(axis: usize, extent: usize, indices: &[usize]) -> Vec<usize> {
    let mut payload = vec![axis, extent];
    payload.extend_from_slice(indices);
    payload
}

impl Structural for SlicesAdded {
    const NAME: &'static str = "index_add";
    const LINEAR: Linear = Linear::Jointly;
    const ACCUMULATES: bool = true;

    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        dims[payload[0]] = payload[1];
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        y.fill(T::zero());
        let dims = Self::dims(&[x[0].dims()], payload);
        Self::accumulate(StridedMut::new(y, 0, &dims, &contiguous_strides(&dims)), x, payload, scratch);
    }
    fn accumulate<T: Number>(
        target: StridedMut<'_, T>,
        x: &[Strided<'_, T>],
        payload: &[usize],
        _: &mut Scratch<T>,
    ) {
        add(target, x[0], payload[0], &payload[2..]);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (payload, y_bar) = (v.payload(), v.result_bar());
        let mut selected = vec![payload[0]];
        selected.extend_from_slice(&payload[2..]);
        let x_bar = v.apply::<IndexSelect>(&[y_bar], &selected);
        v.add(0, x_bar);
    }
}

/// A copy, with slices added to those that indices name. The payload is the axis and the indices.
pub(super) struct IndexAdd;

impl Structural for IndexAdd {
    const NAME: &'static str = "index_add";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        copy(y, x[0]);
        let dims = x[0].dims();
        add(StridedMut::new(y, 0, dims, &contiguous_strides(dims)), x[1], payload[0], &payload[1..]);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = v.result_bar();
        if v.is_active(0) {
            v.add(0, y_bar);
        }
        if v.is_active(1) {
            let source_bar = v.apply::<IndexSelect>(&[y_bar], v.payload());
            v.add(1, source_bar);
        }
    }
}

/// The rows of a table that indices name. The payload is the row that gets no gradient or [`NOWHERE`], the rank and
/// dims of the indices, and the indices.
pub(super) struct Embedding;

impl Embedding {
    /// The dims of the indices, and the indices.
    fn read(payload: &[usize]) -> (&[usize], &[usize]) {
        payload[2..].split_at(payload[1])
    }
}

impl Structural for Embedding {
    const NAME: &'static str = "embedding";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(Embedding::read(payload).0);
        dims.push(operands[0][1]);
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        select(y, x[0], 0, Embedding::read(payload).1);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (padding, indices) = (v.payload()[0], Embedding::read(v.payload()).1);
        let (table, y_bar) = (v.dims(v.operand(0)), v.result_bar());
        let rows = v.reshape(y_bar, &[indices.len(), table[1]]);
        let mut payload = added_payload(0, table[0], indices);
        payload[2..].iter_mut().filter(|index| **index == padding).for_each(|index| *index = NOWHERE);
        v.add_apply::<SlicesAdded>(0, &[rows], &payload);
    }
}

/// Writes the slices of an axis that indices name, in row-major order.
fn select<T: Number>(y: &mut [T], x: Strided<'_, T>, axis: usize, indices: &[usize]) {
    let (dims, strides) = (x.dims(), x.strides());
    let len = element_count(&dims[axis + 1..]);
    if y.is_empty() {
        return;
    }
    let mut slices = y.chunks_exact_mut(len);
    for outer in 0..element_count(&dims[..axis]) {
        let first = distance(outer, &dims[..axis], &strides[..axis]);
        for &index in indices {
            let y = slices.next().expect("a slice for each index");
            if index == NOWHERE {
                y.fill(T::zero());
                continue;
            }
            let start = x.offset().wrapping_add_signed(first + index as isize * strides[axis]);
            match y {
                [y] => *y = x.data()[start],
                _ => copy(y, Strided::new(x.data(), start, &dims[axis + 1..], &strides[axis + 1..])),
            }
        }
    }
}

/// Adds slices to those of an axis that indices name.
fn add<T: Number>(mut target: StridedMut<'_, T>, x: Strided<'_, T>, axis: usize, indices: &[usize]) {
    if x.is_empty() {
        return;
    }
    let (dims, strides, offset) = (target.dims(), target.strides(), target.offset());
    let (inner, inner_strides) = (&dims[axis + 1..], &strides[axis + 1..]);
    let len = element_count(inner);
    for outer in 0..element_count(&dims[..axis]) {
        let first = distance(outer, &dims[..axis], &strides[..axis]);
        let x_first = distance(outer, &dims[..axis], &x.strides()[..axis]);
        for (i, &index) in indices.iter().enumerate().filter(|(_, index)| **index != NOWHERE) {
            let start = offset.wrapping_add_signed(first + index as isize * strides[axis]);
            let x_start = x.offset().wrapping_add_signed(x_first + i as isize * x.strides()[axis]);
            if len == 1 {
                target.data_mut()[start] += x.data()[x_start];
                continue;
            }
            let slice = Strided::new(x.data(), x_start, inner, &x.strides()[axis + 1..]);
            add_acc(StridedMut::new(target.data_mut(), start, inner, inner_strides), slice);
        }
    }
}
