//! The verbs that the rule of a structural op is written in.
//!
//! A rule says where adjoints go. Verbs that name a target mean `target += ...`: on numbers they are accumulating
//! kernels straight into the adjoint buffer, without a temporary.

use std::marker::PhantomData;

use super::{Body, Number, Numeric, Pointwise, Rule};
use crate::shape::Dims;

/// What a structural rule can say. `X` is a value seen through dims and strides: a primal, an adjoint, a temporary.
///
/// `'a` is how long the payload of the instruction lives.
pub(crate) trait Verbs<'a> {
    type X: Copy;

    // ---- what the instruction holds
    fn operand_count(&self) -> usize;
    fn is_active(&self, operand: usize) -> bool;
    fn operand(&self, operand: usize) -> Self::X;
    fn result(&self) -> Self::X;
    fn result_bar(&self) -> Self::X;
    fn payload(&self) -> &'a [usize];
    fn dims(&self, x: Self::X) -> Dims;

    // ---- views: free
    /// The last two axes exchanged.
    fn t(&mut self, x: Self::X) -> Self::X;
    /// A new axis of extent 1 before `axis`.
    fn unsqueeze(&mut self, x: Self::X, axis: usize) -> Self::X;
    /// Repeated along axes of extent 1.
    fn expand(&mut self, x: Self::X, dims: &[usize]) -> Self::X;
    /// Elements `start .. start + len` of an axis.
    fn narrow(&mut self, x: Self::X, axis: usize, start: usize, len: usize) -> Self::X;

    // ---- temporaries
    fn unary<O: Pointwise<1>>(&mut self, x: Self::X) -> Self::X;
    /// Both of the same dims.
    fn binary<O: Pointwise<2>>(&mut self, a: Self::X, b: Self::X) -> Self::X;
    /// The sum over axes, which stay with extent 1.
    fn sum(&mut self, x: Self::X, axes: &[usize]) -> Self::X;

    // ---- targets
    /// `operand_bar += x`
    fn add(&mut self, operand: usize, x: Self::X);
    /// `operand_bar += factor * x`
    fn add_scaled(&mut self, operand: usize, x: Self::X, factor: f64);
    /// `operand_bar += op(a, b)`
    fn add_binary<O: Pointwise<2>>(&mut self, operand: usize, a: Self::X, b: Self::X);
    /// `operand_bar += a b` over the last two axes, the others broadcast; sums over what the operand was
    /// broadcast along.
    fn add_matmul(&mut self, operand: usize, a: Self::X, b: Self::X);
    /// `operand_bar[.., indices[i]] += factor * x[i]` over the rows `i` of the operand's last axis.
    fn add_scattered(&mut self, operand: usize, x: Self::X, indices: &[usize], factor: f64);

    /// A reduced value seen with the dims of what was reduced, `like`: its axes put back and repeated.
    fn unreduce(&mut self, x: Self::X, axes: &[usize], like: Self::X) -> Self::X;
}

/// An op whose rule is spoken in verbs.
pub(crate) trait Structural: 'static {
    /// The name of the op.
    const NAME: &'static str;
    /// The adjoints of the active operands.
    fn reverse<'a, V: Verbs<'a>>(v: &mut V);
    /// Which primals [`Structural::reverse`] reads for the adjoint of one operand: bit k is operand k,
    /// [`super::RESULT`] the result.
    fn reads(operands: usize, operand: usize) -> u64;
}

/// The rule of the structural op `O`.
pub(crate) struct StructuralRule<O, T>(PhantomData<(O, T)>);

impl<O: Structural, T: Number> StructuralRule<O, T> {
    pub const RULE: &'static Rule<T> = &Rule {
        name: O::NAME,
        body: Body::Structural {
            reverse: |numeric: &mut Numeric<'_, T>| O::reverse(numeric),
            reads: O::reads,
        },
    };
}
