//! What an op is to the sweeps: its name, its primal and its derivative, over numbers, dual numbers or tape
//! variables alike. This floor names no tape and no sweep.
//!
//! - [`arithmetic`]: what a derivative is written in.
//! - [`pointwise`]: an op that works element by element, and the kernels made of it.
//! - [`scalar`]: how the scalar lane finds a rule by the number in its instruction.
//! - [`verbs`]: what the rule of a structural op is written in; [`numeric`] runs them on slices.
//! - [`dual`]: a number and its tangent; [`dual_verbs`] run the verbs on them.
//! - [`probe`]: an arithmetic that only notes which primals a derivative reads.

pub(crate) mod arithmetic;
pub(crate) mod dual;
pub(crate) mod dual_verbs;
pub(crate) mod numeric;
pub(crate) mod pointwise;
pub(crate) mod probe;
pub(crate) mod scalar;
pub(crate) mod verbs;

pub use arithmetic::Arithmetic;
pub use dual::Dual;
pub(crate) use numeric::Numeric;
pub(crate) use pointwise::{Pointwise, PointwiseKernels};
pub(crate) use scalar::{OpId, ScalarRules};
pub(crate) use verbs::{Linear, Structural, Verbs};

use wengert_kernels::{Scratch, Strided, StridedMut};

use crate::arena::pool::PooledReal;
use crate::error::{At, Result};
use crate::shape::Dims;
use dual_verbs::DualVerbs;

/// A real number that rules can be run on, with what they are recorded with.
pub trait Number: PooledReal + Arithmetic<Mask = bool> {
    /// A value on a tape: the arithmetic that records a pointwise rule.
    type Traced: Arithmetic;
    /// The verbs that record a structural rule.
    type Recorder<'a>: Verbs<'a>;
}

/// The rule of a tensor instruction. The instruction holds a reference to it, so that sweeps name no op.
pub(crate) struct Rule<T: Number> {
    pub name: &'static str,
    pub body: Body<T>,
}

/// The two shapes of a rule.
pub(crate) enum Body<T: Number> {
    /// Element by element: one partial an operand.
    Pointwise(PointwiseKernels<T>),
    /// A linear map in each operand, or a rule made of such maps.
    Structural(StructuralKernels<T>),
}

/// Writes the value of a structural op.
pub(crate) type StructuralForward<T> = fn(&mut [T], &[Strided<'_, T>], &[usize], &mut Scratch<T>);
/// The same where there may be none.
pub(crate) type TryForward<T> = fn(&mut [T], &[Strided<'_, T>], &[usize], &mut Scratch<T>, At) -> Result<()>;
/// Adds the value of a structural op.
pub(crate) type Accumulate<T> = fn(StridedMut<'_, T>, &[Strided<'_, T>], &[usize], &mut Scratch<T>);

/// The rule of a structural op, run by each implementation of its verbs.
pub(crate) struct StructuralKernels<T: Number> {
    /// The shape of the result.
    pub dims: fn(&[&[usize]], &[usize]) -> Dims,
    /// The factor by which one number comes back to each element.
    pub spread: fn(usize) -> Option<f64>,
    /// The value.
    pub forward: StructuralForward<T>,
    /// The value, or why there is none.
    pub try_forward: TryForward<T>,
    /// The value added to a target, where the op can.
    pub accumulate: Option<Accumulate<T>>,
    /// The adjoints of the active operands, by verbs that mean `target += ...`.
    pub reverse: fn(&mut Numeric<'_, '_, T>),
    /// The same with tangents.
    pub dual: fn(&mut DualVerbs<'_, '_, T>),
    /// The same on the tape.
    pub recorded: fn(&mut T::Recorder<'_>),
    /// The tangent of the result.
    pub tangent: for<'a> fn(&mut Numeric<'_, 'a, T>) -> Strided<'a, T>,
    /// Which primals the adjoint of one operand reads, as the op declares: bit k is operand k, [`RESULT`] the
    /// result.
    pub reads: fn(operands: usize, operand: usize) -> u64,
}

/// The bit of the result in a set of primals that a rule reads; operands have the bits below.
pub(crate) const RESULT: u64 = 1 << 63;

impl<T: Number> Rule<T> {
    /// The kernels of a pointwise op.
    #[inline(always)]
    pub(crate) fn kernels(&self) -> &PointwiseKernels<T> {
        match &self.body {
            Body::Pointwise(kernels) => kernels,
            Body::Structural(_) => unreachable!("`{}` is not pointwise", self.name),
        }
    }

    /// The kernels of a structural op.
    pub(crate) fn structural(&self) -> &StructuralKernels<T> {
        match &self.body {
            Body::Structural(kernels) => kernels,
            Body::Pointwise(_) => unreachable!("`{}` is not structural", self.name),
        }
    }

    /// Which primals the adjoint of one operand reads: bit k is operand k, [`RESULT`] the result.
    pub(crate) fn reads(&self, operands: usize, operand: usize) -> u64 {
        match &self.body {
            Body::Pointwise(kernels) => (kernels.reads)(operand),
            Body::Structural(kernels) => (kernels.reads)(operands, operand),
        }
    }
}
