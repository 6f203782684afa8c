//! What an op is to the sweeps: its name, its primal and its derivative, over numbers, dual numbers or tape
//! variables alike. This floor names no tape and no sweep.
//!
//! - [`arithmetic`]: what a derivative is written in.
//! - [`pointwise`]: an op that works element by element, and the kernels made of it.
//! - [`scalar`]: how the scalar lane finds a rule by the number in its instruction.
//! - [`verbs`]: what the rule of a structural op is written in; [`numeric`] runs them on slices.
//! - [`probe`]: an arithmetic that only notes which primals a derivative reads.

pub(crate) mod arithmetic;
pub(crate) mod numeric;
pub(crate) mod pointwise;
pub(crate) mod probe;
pub(crate) mod scalar;
pub(crate) mod verbs;

pub use arithmetic::Arithmetic;
pub(crate) use numeric::Numeric;
pub(crate) use pointwise::{Pointwise, PointwiseKernels};
pub(crate) use scalar::{OpId, ScalarRules};
pub(crate) use verbs::{Structural, Verbs};

use crate::arena::pool::PooledReal;

/// A real number that rules can be run on.
pub trait Number: PooledReal + Arithmetic {}
impl<T: PooledReal + Arithmetic> Number for T {}

/// The rule of a tensor instruction. The instruction holds a reference to it, so that sweeps name no op.
pub(crate) struct Rule<T: 'static> {
    pub name: &'static str,
    pub body: Body<T>,
}

/// The two shapes of a rule.
pub(crate) enum Body<T: 'static> {
    /// Element by element: one partial an operand.
    Pointwise(PointwiseKernels<T>),
    /// A linear map in each operand, or a rule made of such maps.
    Structural {
        /// The adjoints of the active operands, by verbs that mean `target += ...`.
        reverse: fn(&mut Numeric<'_, T>),
        /// Which primals it reads for the adjoint of one operand, as the op declares: bit k is operand k,
        /// [`RESULT`] the result.
        reads: fn(operands: usize, operand: usize) -> u64,
    },
}

/// The bit of the result in a set of primals that a rule reads; operands have the bits below.
pub(crate) const RESULT: u64 = 1 << 63;

impl<T> Rule<T> {
    /// The kernels of a pointwise op.
    #[inline(always)]
    pub(crate) fn kernels(&self) -> &PointwiseKernels<T> {
        match &self.body {
            Body::Pointwise(kernels) => kernels,
            Body::Structural { .. } => unreachable!("`{}` is not pointwise", self.name),
        }
    }

    /// Which primals the adjoint of one operand reads: bit k is operand k, [`RESULT`] the result.
    pub(crate) fn reads(&self, operands: usize, operand: usize) -> u64 {
        match &self.body {
            Body::Pointwise(kernels) => (kernels.reads)(operand),
            Body::Structural { reads, .. } => reads(operands, operand),
        }
    }
}
