//! The verbs on numbers: kernels over the primals, the adjoint of the result and a bump arena for temporaries.

use bumpalo::Bump;
use wengert_kernels::{BLOCK, Scratch, Strided, StridedMut, accumulate, add_acc, map, scale_acc};

use super::pointwise::{Forward, forward_binary, forward_unary};
use super::verbs::StructuralRule;
use super::{Number, Pointwise, Structural, StructuralKernels, Verbs};
use crate::shape::{
    Dims, Layout, Strides, View, broadcast, contiguous_strides, element_count, expand_strides,
};

/// Where an operand's elements lie, and its adjoints, which lie alike.
#[derive(Clone, Copy)]
pub(crate) struct OperandSlots<'a, T> {
    pub values: &'a [T],
    pub offset: usize,
    pub dims: &'a [usize],
    pub strides: &'a [isize],
    /// Whether an adjoint of it is asked for.
    pub active: bool,
}

/// One instruction in a numeric sweep.
pub(crate) struct Numeric<'m, 'a, T> {
    pub operands: &'a [OperandSlots<'a, T>],
    /// The tangents of the operands; none in a reverse sweep.
    pub dots: &'a [Option<Strided<'a, T>>],
    pub result: Strided<'a, T>,
    pub result_bar: Strided<'a, T>,
    pub payload: &'a [usize],
    /// The adjoints of the slots before the result's: operands lie there.
    pub adjoints: &'m mut [T],
    /// Temporaries live here until the instruction is done.
    pub bump: &'a Bump,
    pub scratch: &'m mut Scratch<T>,
}

/// A temporary in the arena, filled by `fill`.
pub(crate) fn temporary<'a, T: Number>(
    bump: &'a Bump,
    dims: &[usize],
    fill: impl FnOnce(&mut [T]),
) -> Strided<'a, T> {
    let data = bump.alloc_slice_fill_copy(element_count(dims), T::zero());
    fill(data);
    let strides = contiguous_strides(dims);
    Strided::new(data, 0, bump.alloc_slice_copy(dims), bump.alloc_slice_copy(&strides))
}

/// Lists joined to one, in the arena.
pub(crate) fn joined<'a>(bump: &'a Bump, lists: &[&[usize]]) -> &'a [usize] {
    let mut words = lists.iter().flat_map(|list| list.iter().copied());
    let len = lists.iter().map(|list| list.len()).sum();
    bump.alloc_slice_fill_with(len, |_| words.next().expect("as many words as the lists have"))
}

/// Another view of the elements of `x`.
pub(super) fn seen<'a, T>(
    bump: &'a Bump,
    x: Strided<'a, T>,
    view: impl FnOnce(View) -> View,
) -> Strided<'a, T> {
    let layout = Layout::new(Dims::from_slice(x.dims()), Strides::from_slice(x.strides()));
    let View { offset, layout } = view(View { offset: x.offset(), layout });
    let (dims, strides) = (bump.alloc_slice_copy(&layout.dims), bump.alloc_slice_copy(&layout.strides));
    Strided::new(x.data(), offset, dims, strides)
}

/// `x` repeated to `dims`.
pub(crate) fn expanded<'a, T>(bump: &'a Bump, x: Strided<'a, T>, dims: &[usize]) -> Strided<'a, T> {
    if x.dims() == dims {
        return x;
    }
    seen(bump, x, |view| view.expand(dims).expect("a rule expands what fits"))
}

/// `x` under another shape; its elements are copied where strides cannot express it.
pub(super) fn reshaped<'a, T: Number>(bump: &'a Bump, x: Strided<'a, T>, dims: &[usize]) -> Strided<'a, T> {
    let layout = Layout::new(Dims::from_slice(x.dims()), Strides::from_slice(x.strides()));
    match (View { offset: x.offset(), layout }).reshape(dims) {
        Some(view) => seen(bump, x, |_| view),
        None => temporary(bump, dims, |y| wengert_kernels::copy(y, x)),
    }
}

/// The elements of `x`, counted in row-major order, through an offset, dims and strides.
pub(super) fn restrided<'a, T: Number>(
    bump: &'a Bump,
    x: Strided<'a, T>,
    offset: usize,
    dims: &[usize],
    strides: &[isize],
) -> Strided<'a, T> {
    let rows = match x.is_contiguous() {
        true => x,
        false => temporary(bump, x.dims(), |y| wengert_kernels::copy(y, x)),
    };
    let layout = Layout::new(Dims::from_slice(dims), Strides::from_slice(strides));
    seen(bump, rows, |view| View { offset: if layout.len > 0 { view.offset + offset } else { 0 }, layout })
}

// What follows takes kernels as values and not as types: it is compiled once and not again for every op.

/// The value of an op of given operands, in a temporary.
pub(super) fn applied<'a, T: Number>(
    bump: &'a Bump,
    kernels: &StructuralKernels<T>,
    operands: &[Strided<'a, T>],
    payload: &[usize],
    scratch: &mut Scratch<T>,
) -> Strided<'a, T> {
    let all: smallvec::SmallVec<[&[usize]; 4]> = operands.iter().map(|x| x.dims()).collect();
    let dims = (kernels.dims)(&all, payload);
    temporary(bump, &dims, |y| (kernels.forward)(y, operands, payload, scratch))
}

/// A unary op, in a temporary.
pub(super) fn unary<'a, T: Number>(bump: &'a Bump, f: Forward<T>, x: Strided<'a, T>) -> Strided<'a, T> {
    temporary(bump, x.dims(), |y| map(y, x.dims(), [x], |y, [x]| f(y, &[x])))
}

/// A binary op, in a temporary.
pub(super) fn binary<'a, T: Number>(
    bump: &'a Bump,
    f: Forward<T>,
    a: Strided<'a, T>,
    b: Strided<'a, T>,
) -> Strided<'a, T> {
    let dims = meet(a.dims(), b.dims());
    let (a, b) = (expanded(bump, a, &dims), expanded(bump, b, &dims));
    temporary(bump, &dims, |y| map(y, &dims, [a, b], |y, [a, b]| f(y, &[a, b])))
}

/// `target += f(a, b)`, block by block.
fn accumulate_binary<T: Number>(
    target: StridedMut<'_, T>,
    f: Forward<T>,
    a: Strided<'_, T>,
    b: Strided<'_, T>,
) {
    let mut block = [T::zero(); BLOCK];
    accumulate(target, [a, b], |acc, [a, b]| {
        let parts = acc.chunks_mut(BLOCK).zip(a.chunks(BLOCK)).zip(b.chunks(BLOCK));
        for ((acc, a), b) in parts {
            let value = &mut block[..acc.len()];
            f(value, &[a, b]);
            acc.iter_mut().zip(value).for_each(|(acc, value)| *acc += *value);
        }
    });
}

/// The common shape of two operands of a rule.
pub(super) fn meet(a: &[usize], b: &[usize]) -> Dims {
    if a == b { Dims::from_slice(a) } else { broadcast(a, b).expect("operands of a rule broadcast") }
}

impl<'a, T: Number> OperandSlots<'a, T> {
    pub fn of(x: Strided<'a, T>) -> OperandSlots<'a, T> {
        let (values, offset, dims, strides) = (x.data(), x.offset(), x.dims(), x.strides());
        OperandSlots { values, offset, dims, strides, active: false }
    }

    pub fn strided(&self) -> Strided<'a, T> {
        Strided::new(self.values, self.offset, self.dims, self.strides)
    }

    /// The adjoints of the operand as a target of the given dims, with stride 0 along axes that are summed.
    pub fn target<'t>(&self, adjoints: &'t mut [T], dims: &'t [usize], bump: &'t Bump) -> StridedMut<'t, T>
    where
        'a: 't,
    {
        if self.dims == dims {
            return StridedMut::new(adjoints, self.offset, dims, self.strides);
        }
        let own = Layout::new(Dims::from_slice(self.dims), Strides::from_slice(self.strides));
        let strides = expand_strides(&own, dims).expect("what is added broadcasts with the operand");
        StridedMut::new(adjoints, self.offset, dims, bump.alloc_slice_copy(&strides))
    }

    /// `adjoints += factor * x`; nothing where no adjoint is asked for, since no sweep would clear it.
    pub fn add(&self, adjoints: &mut [T], x: Strided<'_, T>, factor: Option<T>, bump: &Bump) {
        if !self.active {
            return;
        }
        let dims = meet(self.dims, x.dims());
        let x = expanded(bump, x, &dims);
        let mut target = self.target(adjoints, &dims, bump);
        match (target.as_mut_slice(), one_for_all(&x), factor) {
            (Some(target), Some(x), factor) => {
                let x = factor.map_or(x, |factor| factor * x);
                target.iter_mut().for_each(|target| *target += x);
            }
            (_, _, None) => add_acc(target, x),
            (_, _, Some(factor)) => scale_acc(target, x, factor),
        }
    }
}

impl<'a, T: Number> Verbs<'a> for Numeric<'_, 'a, T> {
    type X = Strided<'a, T>;

    fn operand_count(&self) -> usize {
        self.operands.len()
    }
    fn is_active(&self, operand: usize) -> bool {
        self.operands[operand].active
    }
    fn operand(&self, operand: usize) -> Strided<'a, T> {
        self.operands[operand].strided()
    }
    fn operand_dot(&self, operand: usize) -> Option<Strided<'a, T>> {
        self.dots[operand]
    }
    fn result(&self) -> Strided<'a, T> {
        self.result
    }
    fn result_bar(&self) -> Strided<'a, T> {
        self.result_bar
    }
    fn payload(&self) -> &'a [usize] {
        self.payload
    }
    fn dims(&self, x: Strided<'a, T>) -> Dims {
        Dims::from_slice(x.dims())
    }
    fn joined(&self, lists: &[&[usize]]) -> &'a [usize] {
        joined(self.bump, lists)
    }

    fn permute(&mut self, x: Strided<'a, T>, order: &[usize]) -> Strided<'a, T> {
        seen(self.bump, x, |view| view.permute(order))
    }
    /// By itself, without a layout in between: every product asks for it.
    fn t(&mut self, x: Strided<'a, T>) -> Strided<'a, T> {
        let (dims, strides) = (self.bump.alloc_slice_copy(x.dims()), self.bump.alloc_slice_copy(x.strides()));
        let rank = dims.len();
        dims.swap(rank - 2, rank - 1);
        strides.swap(rank - 2, rank - 1);
        Strided::new(x.data(), x.offset(), dims, strides)
    }
    fn unsqueeze(&mut self, x: Strided<'a, T>, axis: usize) -> Strided<'a, T> {
        seen(self.bump, x, |view| view.unsqueeze(axis))
    }
    fn squeeze(&mut self, x: Strided<'a, T>, axis: usize) -> Strided<'a, T> {
        seen(self.bump, x, |view| view.squeeze(&[axis]))
    }
    fn expand(&mut self, x: Strided<'a, T>, dims: &[usize]) -> Strided<'a, T> {
        expanded(self.bump, x, dims)
    }
    fn narrow(&mut self, x: Strided<'a, T>, axis: usize, start: usize, len: usize) -> Strided<'a, T> {
        seen(self.bump, x, |view| view.slice(axis, crate::shape::Span { start, len, step: 1 }))
    }
    fn flip(&mut self, x: Strided<'a, T>, axis: usize) -> Strided<'a, T> {
        seen(self.bump, x, |view| view.flip(&[axis]))
    }
    fn reshape(&mut self, x: Strided<'a, T>, dims: &[usize]) -> Strided<'a, T> {
        reshaped(self.bump, x, dims)
    }
    fn strided(
        &mut self,
        x: Strided<'a, T>,
        offset: usize,
        dims: &[usize],
        strides: &[isize],
    ) -> Strided<'a, T> {
        restrided(self.bump, x, offset, dims, strides)
    }

    fn number(&mut self, value: f64) -> Strided<'a, T> {
        temporary(self.bump, &[], |y| y[0] = T::zero().constant(value))
    }
    fn unary<O: Pointwise<1>>(&mut self, x: Strided<'a, T>) -> Strided<'a, T> {
        unary(self.bump, forward_unary::<O, T>, x)
    }
    fn binary<O: Pointwise<2>>(&mut self, a: Strided<'a, T>, b: Strided<'a, T>) -> Strided<'a, T> {
        binary(self.bump, forward_binary::<O, T>, a, b)
    }
    fn apply<O: Structural>(&mut self, operands: &[Strided<'a, T>], payload: &[usize]) -> Strided<'a, T> {
        self.applied(StructuralRule::<O, T>::RULE.structural(), operands, payload)
    }

    fn add(&mut self, operand: usize, x: Strided<'a, T>) {
        self.operands[operand].add(self.adjoints, x, None, self.bump);
    }
    fn add_scaled(&mut self, operand: usize, x: Strided<'a, T>, factor: f64) {
        self.operands[operand].add(self.adjoints, x, Some(T::zero().constant(factor)), self.bump);
    }
    fn add_binary<O: Pointwise<2>>(&mut self, operand: usize, a: Strided<'a, T>, b: Strided<'a, T>) {
        self.accumulated(operand, forward_binary::<O, T>, a, b);
    }
    fn add_apply<O: Structural>(&mut self, operand: usize, operands: &[Strided<'a, T>], payload: &[usize]) {
        self.accumulated_op(operand, StructuralRule::<O, T>::RULE.structural(), operands, payload);
    }
}

impl<'a, T: Number> Numeric<'_, 'a, T> {
    fn applied(
        &mut self,
        kernels: &StructuralKernels<T>,
        operands: &[Strided<'a, T>],
        payload: &[usize],
    ) -> Strided<'a, T> {
        applied(self.bump, kernels, operands, payload, self.scratch)
    }

    fn accumulated(&mut self, operand: usize, f: Forward<T>, a: Strided<'a, T>, b: Strided<'a, T>) {
        if !self.operands[operand].active {
            return;
        }
        let dims = meet(&meet(a.dims(), b.dims()), self.operands[operand].dims);
        let (a, b) = (expanded(self.bump, a, &dims), expanded(self.bump, b, &dims));
        accumulate_binary(self.operands[operand].target(self.adjoints, &dims, self.bump), f, a, b);
    }

    fn accumulated_op(
        &mut self,
        operand: usize,
        kernels: &StructuralKernels<T>,
        operands: &[Strided<'a, T>],
        payload: &[usize],
    ) {
        let own = self.operands[operand];
        if !own.active {
            return;
        }
        if let Some(accumulate) = kernels.accumulate {
            let all: smallvec::SmallVec<[&[usize]; 4]> = operands.iter().map(|x| x.dims()).collect();
            let dims = (kernels.dims)(&all, payload);
            if meet(&dims, own.dims) == dims {
                let target = own.target(self.adjoints, &dims, self.bump);
                return accumulate(target, operands, payload, self.scratch);
            }
        }
        let x = self.applied(kernels, operands, payload);
        own.add(self.adjoints, x, None, self.bump);
    }
}

/// The one element that a view repeats everywhere, as the adjoint of a full reduction is.
fn one_for_all<T: Number>(x: &Strided<'_, T>) -> Option<T> {
    let repeats = x.strides().iter().all(|&stride| stride == 0) && !x.is_empty();
    repeats.then(|| x.data()[x.offset()])
}
