//! The verbs on duals: each value has a tangent beside it, or none. A rule run on them gives adjoints and the tangents
//! of adjoints: the reverse half of a Hessian-vector product.

use bumpalo::Bump;
use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided};

use super::numeric::{
    OperandSlots, applied, binary, expanded, joined, reshaped, restrided, seen, temporary, unary,
};
use super::pointwise::{Reverse, RuleOf, forward_binary};
use super::verbs::{Plus, StructuralRule};
use super::{Number, Numeric, Pointwise, PointwiseKernels, Structural, StructuralKernels, Verbs};
use crate::shape::Dims;

/// A value and its tangent; `None` is a tangent of zero, which costs nothing.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a, T> {
    pub value: Strided<'a, T>,
    pub dot: Option<Strided<'a, T>>,
}

/// One instruction in a dual reverse sweep.
pub(crate) struct DualVerbs<'m, 'a, T> {
    pub operands: &'a [OperandSlots<'a, T>],
    pub dots: &'a [Option<Strided<'a, T>>],
    pub result: Pair<'a, T>,
    pub result_bar: Pair<'a, T>,
    pub payload: &'a [usize],
    pub adjoints: &'m mut [T],
    pub adjoint_dots: &'m mut [T],
    pub bump: &'a Bump,
    pub scratch: &'m mut Scratch<T>,
}

impl<'a, T: Number> DualVerbs<'_, 'a, T> {
    /// The same view of a value and of its tangent.
    fn both(&self, x: Pair<'a, T>, view: impl Fn(&'a Bump, Strided<'a, T>) -> Strided<'a, T>) -> Pair<'a, T> {
        Pair { value: view(self.bump, x.value), dot: x.dot.map(|dot| view(self.bump, dot)) }
    }

    /// `pull(k, operands, y, x_dot)`: what one operand's tangent carries on, by the kernel of reverse sweeps.
    fn carried<const N: usize>(
        &self,
        pull: Reverse<T>,
        operands: [Strided<'a, T>; N],
        y: Strided<'a, T>,
        x_dot: Strided<'a, T>,
    ) -> Strided<'a, T> {
        let dims = y.dims();
        let rows = |x: Strided<'a, T>| {
            temporary(self.bump, dims, |to| wengert_kernels::copy(to, expanded(self.bump, x, dims))).data()
        };
        let (x, y, x_dot) = (operands.map(rows), rows(y), rows(x_dot));
        temporary(self.bump, dims, |out| pull(out, &x, y, x_dot))
    }

    fn unary_of(&self, kernels: &PointwiseKernels<T>, x: Pair<'a, T>) -> Pair<'a, T> {
        let value = unary(self.bump, kernels.forward, x.value);
        Pair { value, dot: x.dot.map(|dot| self.carried(kernels.reverse[0], [x.value], value, dot)) }
    }

    fn binary_of(&self, kernels: &PointwiseKernels<T>, a: Pair<'a, T>, b: Pair<'a, T>) -> Pair<'a, T> {
        let value = binary(self.bump, kernels.forward, a.value, b.value);
        let operands = [a.value, b.value];
        let left = a.dot.map(|dot| self.carried(kernels.reverse[0], operands, value, dot));
        let right = b.dot.map(|dot| self.carried(kernels.reverse[1], operands, value, dot));
        let dot = match (left, right) {
            (Some(left), Some(right)) => Some(binary(self.bump, forward_binary::<Plus, T>, left, right)),
            (one, other) => one.or(other),
        };
        Pair { value, dot }
    }

    fn apply_of(
        &mut self,
        kernels: &StructuralKernels<T>,
        operands: &[Pair<'a, T>],
        payload: &[usize],
    ) -> Pair<'a, T> {
        let values: SmallVec<[Strided<'a, T>; 4]> = operands.iter().map(|x| x.value).collect();
        let value = applied(self.bump, kernels, &values, payload, self.scratch);
        if operands.iter().all(|x| x.dot.is_none()) {
            return Pair { value, dot: None };
        }
        let slots = self.bump.alloc_slice_fill_iter(operands.iter().map(|x| OperandSlots::of(x.value)));
        let dots = self.bump.alloc_slice_fill_iter(operands.iter().map(|x| x.dot));
        let mut tangents = Numeric {
            operands: slots,
            dots,
            result: value,
            result_bar: value,
            payload: self.bump.alloc_slice_copy(payload),
            adjoints: &mut [],
            bump: self.bump,
            scratch: self.scratch,
        };
        let dot = (kernels.tangent)(&mut tangents);
        Pair { value, dot: Some(expanded(self.bump, dot, value.dims())) }
    }
}

impl<'a, T: Number> Verbs<'a> for DualVerbs<'_, 'a, T> {
    type X = Pair<'a, T>;

    fn operand_count(&self) -> usize {
        self.operands.len()
    }
    fn is_active(&self, operand: usize) -> bool {
        self.operands[operand].active
    }
    fn operand(&self, operand: usize) -> Pair<'a, T> {
        Pair { value: self.operands[operand].strided(), dot: self.dots[operand] }
    }
    fn operand_dot(&self, _: usize) -> Option<Pair<'a, T>> {
        unreachable!("a reverse rule asks for no tangent")
    }
    fn result(&self) -> Pair<'a, T> {
        self.result
    }
    fn result_bar(&self) -> Pair<'a, T> {
        self.result_bar
    }
    fn payload(&self) -> &'a [usize] {
        self.payload
    }
    fn dims(&self, x: Pair<'a, T>) -> Dims {
        Dims::from_slice(x.value.dims())
    }
    fn joined(&self, lists: &[&[usize]]) -> &'a [usize] {
        joined(self.bump, lists)
    }

    fn permute(&mut self, x: Pair<'a, T>, order: &[usize]) -> Pair<'a, T> {
        self.both(x, |bump, x| seen(bump, x, |view| view.permute(order)))
    }
    fn unsqueeze(&mut self, x: Pair<'a, T>, axis: usize) -> Pair<'a, T> {
        self.both(x, |bump, x| seen(bump, x, |view| view.unsqueeze(axis)))
    }
    fn squeeze(&mut self, x: Pair<'a, T>, axis: usize) -> Pair<'a, T> {
        self.both(x, |bump, x| seen(bump, x, |view| view.squeeze(&[axis])))
    }
    fn expand(&mut self, x: Pair<'a, T>, dims: &[usize]) -> Pair<'a, T> {
        self.both(x, |bump, x| expanded(bump, x, dims))
    }
    fn narrow(&mut self, x: Pair<'a, T>, axis: usize, start: usize, len: usize) -> Pair<'a, T> {
        let span = crate::shape::Span { start, len, step: 1 };
        self.both(x, |bump, x| seen(bump, x, |view| view.slice(axis, span)))
    }
    fn flip(&mut self, x: Pair<'a, T>, axis: usize) -> Pair<'a, T> {
        self.both(x, |bump, x| seen(bump, x, |view| view.flip(&[axis])))
    }
    fn reshape(&mut self, x: Pair<'a, T>, dims: &[usize]) -> Pair<'a, T> {
        self.both(x, |bump, x| reshaped(bump, x, dims))
    }
    fn strided(&mut self, x: Pair<'a, T>, offset: usize, dims: &[usize], strides: &[isize]) -> Pair<'a, T> {
        self.both(x, |bump, x| restrided(bump, x, offset, dims, strides))
    }

    fn number(&mut self, value: f64) -> Pair<'a, T> {
        Pair { value: temporary(self.bump, &[], |y| y[0] = T::zero().constant(value)), dot: None }
    }
    fn unary<O: Pointwise<1>>(&mut self, x: Pair<'a, T>) -> Pair<'a, T> {
        self.unary_of(RuleOf::<O, T>::UNARY.kernels(), x)
    }
    fn binary<O: Pointwise<2>>(&mut self, a: Pair<'a, T>, b: Pair<'a, T>) -> Pair<'a, T> {
        self.binary_of(RuleOf::<O, T>::BINARY.kernels(), a, b)
    }
    fn apply<O: Structural>(&mut self, operands: &[Pair<'a, T>], payload: &[usize]) -> Pair<'a, T> {
        self.apply_of(StructuralRule::<O, T>::RULE.structural(), operands, payload)
    }

    fn add(&mut self, operand: usize, x: Pair<'a, T>) {
        self.operands[operand].add(self.adjoints, x.value, None, self.bump);
        if let Some(dot) = x.dot {
            self.operands[operand].add(self.adjoint_dots, dot, None, self.bump);
        }
    }
    fn add_scaled(&mut self, operand: usize, x: Pair<'a, T>, factor: f64) {
        let factor = Some(T::zero().constant(factor));
        self.operands[operand].add(self.adjoints, x.value, factor, self.bump);
        if let Some(dot) = x.dot {
            self.operands[operand].add(self.adjoint_dots, dot, factor, self.bump);
        }
    }
    fn add_binary<O: Pointwise<2>>(&mut self, operand: usize, a: Pair<'a, T>, b: Pair<'a, T>) {
        if self.is_active(operand) {
            let x = self.binary::<O>(a, b);
            self.add(operand, x);
        }
    }
    fn add_apply<O: Structural>(&mut self, operand: usize, operands: &[Pair<'a, T>], payload: &[usize]) {
        if self.is_active(operand) {
            let x = self.apply::<O>(operands, payload);
            self.add(operand, x);
        }
    }
}
