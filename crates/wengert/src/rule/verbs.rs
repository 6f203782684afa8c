//! The verbs that the rule of a structural op is written in.
//!
//! A rule says where adjoints go. Verbs that name a target mean `target += ...`: on numbers they are accumulating
//! kernels straight into the adjoint buffer, without a temporary; on a tape they are recorded; on duals they carry
//! tangents. One text serves all.

use std::marker::PhantomData;

use wengert_kernels::{Scratch, Strided, StridedMut};

use super::dual_verbs::DualVerbs;
use super::{Body, Number, Numeric, Pointwise, RESULT, Rule, StructuralKernels};
use crate::error::{At, Result};
use crate::shape::Dims;

/// What a structural rule can say. `X` is a value seen through dims and strides: a primal, an adjoint, a temporary.
///
/// `'a` is how long the payload of the instruction lives.
pub trait Verbs<'a> {
    type X: Copy;

    // ---- what the instruction holds
    fn operand_count(&self) -> usize;
    /// Whether an adjoint of the operand is asked for.
    fn is_active(&self, operand: usize) -> bool;
    fn operand(&self, operand: usize) -> Self::X;
    /// The tangent of an operand; `None` where there is none.
    fn operand_dot(&self, operand: usize) -> Option<Self::X>;
    fn result(&self) -> Self::X;
    fn result_bar(&self) -> Self::X;
    fn payload(&self) -> &'a [usize];
    fn dims(&self, x: Self::X) -> Dims;
    /// Lists joined to one payload, kept as long as the instruction's own: a rule allocates nothing for it.
    fn joined(&self, lists: &[&[usize]]) -> &'a [usize];

    // ---- views: free
    /// The axes in another order.
    fn permute(&mut self, x: Self::X, order: &[usize]) -> Self::X;
    /// A new axis of extent 1 before `axis`.
    fn unsqueeze(&mut self, x: Self::X, axis: usize) -> Self::X;
    /// An axis of extent 1 goes.
    fn squeeze(&mut self, x: Self::X, axis: usize) -> Self::X;
    /// Repeated along axes of extent 1.
    fn expand(&mut self, x: Self::X, dims: &[usize]) -> Self::X;
    /// Elements `start .. start + len` of an axis.
    fn narrow(&mut self, x: Self::X, axis: usize, start: usize, len: usize) -> Self::X;
    /// An axis walked from its end.
    fn flip(&mut self, x: Self::X, axis: usize) -> Self::X;
    /// The same elements in row-major order under another shape: a view where strides can express it, else a copy.
    fn reshape(&mut self, x: Self::X, dims: &[usize]) -> Self::X;
    /// The elements of `x`, counted in row-major order, seen through an offset, dims and strides.
    fn strided(&mut self, x: Self::X, offset: usize, dims: &[usize], strides: &[isize]) -> Self::X;

    /// The last two axes exchanged.
    fn t(&mut self, x: Self::X) -> Self::X {
        let mut order: Dims = (0..self.dims(x).len()).collect();
        let rank = order.len();
        order.swap(rank - 2, rank - 1);
        self.permute(x, &order)
    }
    /// A reduced value seen with the dims of what was reduced, `like`: its axes put back and repeated.
    fn unreduce(&mut self, x: Self::X, axes: &[usize], like: Self::X) -> Self::X {
        let dims = self.dims(like);
        let mut x = x;
        if self.dims(x).len() < dims.len() {
            let mut axes = Dims::from_slice(axes);
            axes.sort_unstable();
            for axis in axes {
                x = self.unsqueeze(x, axis);
            }
        }
        self.expand(x, &dims)
    }

    // ---- temporaries; operands broadcast
    /// A number.
    fn number(&mut self, value: f64) -> Self::X;
    fn unary<O: Pointwise<1>>(&mut self, x: Self::X) -> Self::X;
    fn binary<O: Pointwise<2>>(&mut self, a: Self::X, b: Self::X) -> Self::X;
    /// Another structural op: `O` of operands.
    fn apply<O: Structural>(&mut self, operands: &[Self::X], payload: &[usize]) -> Self::X;

    // ---- targets. What is added broadcasts with the operand: it is repeated along axes where it has extent 1, and
    // summed along axes where the operand has.
    /// `operand_bar += x`
    fn add(&mut self, operand: usize, x: Self::X);
    /// `operand_bar += factor * x`
    fn add_scaled(&mut self, operand: usize, x: Self::X, factor: f64);
    /// `operand_bar += op(a, b)`
    fn add_binary<O: Pointwise<2>>(&mut self, operand: usize, a: Self::X, b: Self::X);
    /// `operand_bar += O(operands)`
    fn add_apply<O: Structural>(&mut self, operand: usize, operands: &[Self::X], payload: &[usize]);
}

/// In what an op is linear; from it the tangent follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linear {
    /// In all operands together, as `cat` and `sum` are: the tangent is the op of the tangents.
    Jointly,
    /// In each operand, as products are: the tangent is a sum over the operands.
    InEach,
    /// In none: the op says its tangent.
    No,
}

/// An op whose rule is spoken in verbs.
pub trait Structural: Sized + 'static {
    /// The name of the op.
    const NAME: &'static str;
    /// In what it is linear.
    const LINEAR: Linear;
    /// Whether [`Structural::accumulate`] is there.
    const ACCUMULATES: bool = false;

    /// The shape of the result.
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims;
    /// Writes the value, every element of it, in row-major order.
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>);
    /// The same for an op that not every operand has a value of: an error, before anything is recorded. A rule that
    /// applies the op gets what [`Structural::forward`] writes.
    fn try_forward<T: Number>(
        y: &mut [T],
        x: &[Strided<'_, T>],
        payload: &[usize],
        scratch: &mut Scratch<T>,
        _: At,
    ) -> Result<()> {
        Self::forward(y, x, payload, scratch);
        Ok(())
    }
    /// Adds the value to a target of the result's dims, which may repeat slots.
    fn accumulate<T: Number>(_: StridedMut<'_, T>, _: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        unreachable!("{} does not accumulate", Self::NAME)
    }

    /// The adjoints of the active operands.
    fn reverse<'a, V: Verbs<'a>>(v: &mut V);
    /// Where the only operand has `len` elements, the result is one number, and what comes back to each element is the
    /// same multiple of its adjoint: the factor. A sweep then needs no verbs.
    fn spread(_len: usize) -> Option<f64> {
        None
    }
    /// The tangent of the result, which has its dims or expands to them; at least one operand has a tangent.
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        linear_tangent::<Self, V>(v)
    }
    /// Which primals [`Structural::reverse`] reads for the adjoint of one operand: bit k is operand k, [`RESULT`]
    /// the result. What an op does not say is taken from what it is linear in.
    fn reads(_operands: usize, operand: usize) -> u64 {
        match Self::LINEAR {
            Linear::Jointly => 0,
            Linear::InEach => !RESULT & !(1 << operand),
            Linear::No => u64::MAX,
        }
    }
}

/// The tangent of an op that is linear.
fn linear_tangent<'a, O: Structural, V: Verbs<'a>>(v: &mut V) -> V::X {
    let count = v.operand_count();
    let payload = v.payload();
    let mut operands: smallvec::SmallVec<[V::X; 4]> = (0..count).map(|k| v.operand(k)).collect();
    match O::LINEAR {
        Linear::Jointly => {
            for k in 0..count {
                operands[k] = match v.operand_dot(k) {
                    Some(dot) => dot,
                    None => {
                        let (dims, zero) = (v.dims(operands[k]), v.number(0.0));
                        v.expand(zero, &dims)
                    }
                };
            }
            v.apply::<O>(&operands, payload)
        }
        Linear::InEach => {
            let mut sum = None;
            for k in 0..count {
                let Some(dot) = v.operand_dot(k) else { continue };
                let primal = std::mem::replace(&mut operands[k], dot);
                let term = v.apply::<O>(&operands, payload);
                operands[k] = primal;
                sum = Some(match sum {
                    None => term,
                    Some(sum) => v.binary::<Plus>(sum, term),
                });
            }
            sum.expect("an operand has a tangent")
        }
        Linear::No => unreachable!("`{}` says its tangent", O::NAME),
    }
}

/// The sum of two: what a sweep itself adds, and so no op of the table.
pub(crate) enum Plus {}

impl Pointwise<2> for Plus {
    const NAME: &'static str = "add";
    const SAMPLE: [f64; 2] = [0.3, -1.2];
    #[inline(always)]
    fn primal<T: wengert_kernels::Real>([a, b]: [T; 2]) -> T {
        a + b
    }
    #[inline(always)]
    fn pull<A: super::Arithmetic>(_: usize, _: [A; 2], _: A, y_bar: A) -> A {
        y_bar
    }
}

/// The rule of the structural op `O`.
pub(crate) struct StructuralRule<O, T>(PhantomData<(O, T)>);

impl<O: Structural, T: Number> StructuralRule<O, T> {
    pub const RULE: &'static Rule<T> = &Rule {
        name: O::NAME,
        body: Body::Structural(StructuralKernels {
            dims: O::dims,
            spread: O::spread,
            forward: O::forward::<T>,
            try_forward: O::try_forward::<T>,
            accumulate: if O::ACCUMULATES { Some(O::accumulate::<T>) } else { None },
            reverse: |numeric: &mut Numeric<'_, '_, T>| O::reverse(numeric),
            dual: |dual: &mut DualVerbs<'_, '_, T>| O::reverse(dual),
            recorded: |recorder: &mut T::Recorder<'_>| O::reverse(recorder),
            tangent: |numeric| O::tangent(numeric),
            reads: O::reads,
        }),
    };
}
