//! The verbs on the tape: a rule that is run on them is recorded, and so can be differentiated again.

use smallvec::SmallVec;

use super::core::Core;
use super::element::Element;
use super::structural::structural_on;
use crate::error::{At, Result};
use crate::rule::pointwise::RuleOf;
use crate::rule::{Arithmetic, Pointwise, Structural, Verbs};
use crate::shape::{Dims, Layout, Span, Strides, View};
use crate::tape::pointwise::pointwise;
use crate::tensor::{Operand, Tensor};

/// One instruction in a recorded sweep.
pub struct Recorder<'a, T: Element> {
    pub(crate) core: &'static Core<T>,
    pub(crate) operands: &'a [Tensor<T>],
    /// Which operands' adjoints are asked for.
    pub(crate) active: &'a [bool],
    pub(crate) result: Tensor<T>,
    pub(crate) result_bar: Tensor<T>,
    pub(crate) payload: &'a [usize],
    /// Payloads that a rule joins live here until the instruction is done.
    pub(crate) bump: &'a bumpalo::Bump,
    /// The line of the instruction: what is recorded for it carries it.
    pub(crate) at: At,
    /// What goes to each operand.
    pub(crate) contributions: Vec<(usize, Tensor<T>)>,
}

impl<T: Element> Core<T> {
    /// The tensor, or, where recording failed, a number that stands for it until the sweep sees the error.
    pub(crate) fn or_pending(&'static self, made: Result<Tensor<T>>, in_its_place: Tensor<T>) -> Tensor<T> {
        match made {
            Ok(made) => made,
            Err(error) => {
                self.pending.borrow_mut().get_or_insert(error);
                in_its_place
            }
        }
    }
}

impl<T: Element> Recorder<'_, T> {
    fn seen(&self, x: Tensor<T>, view: impl FnOnce(View) -> View) -> Tensor<T> {
        let made = x.seen("grad_recorded", self.at, |own| Ok(view(own)));
        self.core.or_pending(made, x)
    }
}

impl<'a, T: Element> Verbs<'a> for Recorder<'a, T> {
    type X = Tensor<T>;

    fn operand_count(&self) -> usize {
        self.operands.len()
    }
    fn is_active(&self, operand: usize) -> bool {
        self.active[operand]
    }
    fn operand(&self, operand: usize) -> Tensor<T> {
        self.operands[operand]
    }
    fn operand_dot(&self, _: usize) -> Option<Tensor<T>> {
        unreachable!("a reverse rule asks for no tangent")
    }
    fn result(&self) -> Tensor<T> {
        self.result
    }
    fn result_bar(&self) -> Tensor<T> {
        self.result_bar
    }
    fn payload(&self) -> &'a [usize] {
        self.payload
    }
    fn dims(&self, x: Tensor<T>) -> Dims {
        x.dims_for("grad_recorded", self.at).unwrap_or_default()
    }
    fn joined(&self, lists: &[&[usize]]) -> &'a [usize] {
        crate::rule::numeric::joined(self.bump, lists)
    }

    fn permute(&mut self, x: Tensor<T>, order: &[usize]) -> Tensor<T> {
        self.seen(x, |view| view.permute(order))
    }
    fn unsqueeze(&mut self, x: Tensor<T>, axis: usize) -> Tensor<T> {
        self.seen(x, |view| view.unsqueeze(axis))
    }
    fn squeeze(&mut self, x: Tensor<T>, axis: usize) -> Tensor<T> {
        self.seen(x, |view| view.squeeze(&[axis]))
    }
    fn expand(&mut self, x: Tensor<T>, dims: &[usize]) -> Tensor<T> {
        self.seen(x, |view| view.expand(dims).expect("a rule expands what fits"))
    }
    fn narrow(&mut self, x: Tensor<T>, axis: usize, start: usize, len: usize) -> Tensor<T> {
        self.seen(x, |view| view.slice(axis, Span { start, len, step: 1 }))
    }
    fn flip(&mut self, x: Tensor<T>, axis: usize) -> Tensor<T> {
        self.seen(x, |view| view.flip(&[axis]))
    }
    fn reshape(&mut self, x: Tensor<T>, dims: &[usize]) -> Tensor<T> {
        let made = x.reshaped_to(dims, self.at);
        self.core.or_pending(made, x)
    }
    fn strided(&mut self, x: Tensor<T>, offset: usize, dims: &[usize], strides: &[isize]) -> Tensor<T> {
        let rows = match x.is_contiguous() {
            true => x,
            false => self.core.or_pending(x.copied(self.at), x),
        };
        let layout = Layout::new(Dims::from_slice(dims), Strides::from_slice(strides));
        self.seen(rows, |own| View { offset: if layout.len > 0 { own.offset + offset } else { 0 }, layout })
    }

    fn number(&mut self, value: f64) -> Tensor<T> {
        let made = self.core.push_passive("grad_recorded", &[], &[T::zero().constant(value)], self.at);
        self.core.or_pending(made, self.result)
    }
    fn unary<O: Pointwise<1>>(&mut self, x: Tensor<T>) -> Tensor<T> {
        self.core.or_pending(pointwise(RuleOf::<O, T>::UNARY, [x.into()], self.at), x)
    }
    fn binary<O: Pointwise<2>>(&mut self, a: Tensor<T>, b: Tensor<T>) -> Tensor<T> {
        self.core.or_pending(pointwise(RuleOf::<O, T>::BINARY, [a.into(), b.into()], self.at), a)
    }
    fn apply<O: Structural>(&mut self, operands: &[Tensor<T>], payload: &[usize]) -> Tensor<T> {
        let all: SmallVec<[Operand<T>; 4]> = operands.iter().map(|&x| x.into()).collect();
        let made = structural_on::<O, T>(self.core, &all, payload, self.at);
        self.core.or_pending(made, self.result)
    }

    fn add(&mut self, operand: usize, x: Tensor<T>) {
        if self.active[operand] {
            self.contributions.push((operand, x));
        }
    }
    fn add_scaled(&mut self, operand: usize, x: Tensor<T>, factor: f64) {
        let factor = self.number(factor);
        let x = self.binary::<Times>(x, factor);
        self.add(operand, x);
    }
    fn add_binary<O: Pointwise<2>>(&mut self, operand: usize, a: Tensor<T>, b: Tensor<T>) {
        let x = self.binary::<O>(a, b);
        self.add(operand, x);
    }
    fn add_apply<O: Structural>(&mut self, operand: usize, operands: &[Tensor<T>], payload: &[usize]) {
        let x = self.apply::<O>(operands, payload);
        self.add(operand, x);
    }
}

/// The product of two: what `add_scaled` records.
pub(crate) enum Times {}

impl Pointwise<2> for Times {
    const NAME: &'static str = "mul";
    const SAMPLE: [f64; 2] = [0.3, -1.2];
    #[inline(always)]
    fn primal<T: wengert_kernels::Real>([a, b]: [T; 2]) -> T {
        a * b
    }
    #[inline(always)]
    fn pull<A: Arithmetic>(k: usize, [a, b]: [A; 2], _: A, y_bar: A) -> A {
        y_bar * if k == 0 { b } else { a }
    }
}
