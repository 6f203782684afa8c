//! What an instruction says, and how handles and tensors are numbered.

use std::fmt;

use crate::rule::OpId;

/// Bits of an index: slots of scalars, variables of tensors.
pub(crate) const INDEX_BITS: u32 = 29;
/// How many slots scalars may use, and how many variables there may be.
pub(crate) const INDEX_LIMIT: usize = 1 << INDEX_BITS;
const INDEX_MASK: u64 = (1 << INDEX_BITS) - 1;
/// The tag in the word of a handle; the rest is the index.
pub(crate) const TAG_MASK: u64 = !INDEX_MASK;
/// Tags there are: 35 bits.
pub(crate) const TAG_LIMIT: u64 = 1 << (64 - INDEX_BITS);

/// The index in the word of a handle.
#[inline(always)]
pub(crate) fn index_of(word: u64) -> usize {
    (word & INDEX_MASK) as usize
}

/// An instruction, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// Slots without an instruction: leaves, constants, tensors computed while recording was paused.
    Skip { slots: usize },
    /// A tensor instruction; its entry tells the rest.
    Tensor { entry: usize },
    /// One slot: `y = op(x)`.
    Unary { op: OpId, x: usize },
    /// Two slots, the constant and the result: `y = op(x, c)` with the constant as operand 1, or `y = op(c, x)`
    /// with it as operand 0.
    WithConstant { op: OpId, x: usize, constant: usize },
    /// One slot: `y = op(a, b)`.
    Binary { op: OpId, a: usize, b: usize },
    /// A slot a result: a function of several operands, whose partials lie in the payload at word `start`.
    Fused { start: usize, operands: usize, results: usize },
}

/// A variable: a tensor's view of the slots. Prints as `%7`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VariableId(pub u32);

impl VariableId {
    #[inline(always)]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for VariableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl fmt::Display for VariableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}
