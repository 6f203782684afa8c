//! What several consumers send back to one variable, put together in one instruction: the recorded form of `+=`.

use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided, StridedMut, add_acc};

use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, Layout, Strides, expand_strides};

/// Pieces added into zeros, each through a view of the result; a stride of 0 sums along its axis. Its adjoint looks at
/// the result's through the same views.
///
/// The payload is the result's rank and dims, and for each piece the offset, rank, dims and strides of its view, to
/// whose dims the piece is repeated.
pub(super) struct Assemble;

impl Assemble {
    /// The payload for a result of the given dims and the views of the pieces.
    pub fn payload<'v>(dims: &[usize], views: impl Iterator<Item = (usize, &'v Layout)>) -> Vec<usize> {
        let mut payload = vec![dims.len()];
        payload.extend_from_slice(dims);
        for (offset, layout) in views {
            payload.extend([offset, layout.rank()]);
            payload.extend_from_slice(&layout.dims);
            payload.extend(layout.strides.iter().map(|&stride| stride as usize));
        }
        payload
    }

    /// The dims of the result, and the views.
    fn read(payload: &[usize]) -> (&[usize], SmallVec<[View<'_>; 4]>) {
        let (dims, mut rest) = payload[1..].split_at(payload[0]);
        let mut views = SmallVec::new();
        while let [offset, rank, after @ ..] = rest {
            let (dims, after) = after.split_at(*rank);
            let (strides, after) = after.split_at(*rank);
            let strides = strides.iter().map(|&stride| stride as isize).collect();
            views.push(View { offset: *offset, dims, strides });
            rest = after;
        }
        (dims, views)
    }
}

/// Where a piece goes.
struct View<'a> {
    offset: usize,
    dims: &'a [usize],
    strides: Strides,
}

impl Structural for Assemble {
    const NAME: &'static str = "assemble";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(_: &[&[usize]], payload: &[usize]) -> Dims {
        Dims::from_slice(Assemble::read(payload).0)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        y.fill(T::zero());
        for (&x, view) in x.iter().zip(Assemble::read(payload).1) {
            let own = Layout::new(Dims::from_slice(x.dims()), Strides::from_slice(x.strides()));
            let strides = expand_strides(&own, view.dims).expect("a piece repeats to the dims of its view");
            let x = Strided::new(x.data(), x.offset(), view.dims, &strides);
            if !x.is_empty() {
                add_acc(StridedMut::new(y, view.offset, view.dims, &view.strides), x);
            }
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (views, y_bar) = (Assemble::read(v.payload()).1, v.result_bar());
        for (operand, view) in views.into_iter().enumerate() {
            if v.is_active(operand) {
                let seen = v.strided(y_bar, view.offset, view.dims, &view.strides);
                v.add(operand, seen);
            }
        }
    }
}
