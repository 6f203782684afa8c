//! One word an instruction: `op:6 | a:29 | b:29`.
//!
//! The output slot is implied: the sweep walks the slots downward by the size of each instruction's output. Binary
//! ops have an op code each; unary ops and those with a constant operand keep their id in the free field, so that
//! six bits are enough.

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

const SKIP: u64 = 0;
const TENSOR: u64 = 1;
const UNARY: u64 = 2;
const CONSTANT_RIGHT: u64 = 3;
const CONSTANT_LEFT: u64 = 4;
const FUSED: u64 = 5;
/// Op codes from here on are the binary ops.
const BINARY: u64 = 8;
/// How many binary ops six bits can tell apart.
pub(crate) const BINARY_LIMIT: OpId = 64 - BINARY as OpId;

/// How many operands a fused instruction may have, how many results, and how many words may lie before its payload.
pub(crate) const FUSED_OPERANDS: usize = (1 << 16) - 1;
pub(crate) const FUSED_RESULTS: usize = (1 << 8) - 1;
pub(crate) const FUSED_WORDS: usize = 1 << FUSED_START;
const FUSED_START: u32 = 34;

/// An instruction as it is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(pub u64);

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

impl Word {
    #[inline(always)]
    const fn new(op: u64, a: u64, b: u64) -> Word {
        Word(op << (2 * INDEX_BITS) | a << INDEX_BITS | b)
    }
    #[inline(always)]
    pub fn binary(op: OpId, a: u64, b: u64) -> Word {
        Word::new(BINARY + u64::from(op), a, b)
    }
    #[inline(always)]
    pub fn unary(op: OpId, x: u64) -> Word {
        Word::new(UNARY, x, u64::from(op))
    }
    #[inline(always)]
    pub fn constant_right(op: OpId, x: u64) -> Word {
        Word::new(CONSTANT_RIGHT, x, u64::from(op))
    }
    #[inline(always)]
    pub fn constant_left(op: OpId, x: u64) -> Word {
        Word::new(CONSTANT_LEFT, x, u64::from(op))
    }
    #[inline(always)]
    pub fn fused(start: usize, operands: usize, results: usize) -> Word {
        let counts = (operands as u64) << 8 | results as u64;
        Word(FUSED << (2 * INDEX_BITS) | counts << FUSED_START | start as u64)
    }
    pub fn skip(slots: usize) -> Word {
        Word(slots as u64)
    }
    pub fn tensor(entry: usize) -> Word {
        Word(TENSOR << (2 * INDEX_BITS) | entry as u64)
    }

    /// The same skip with more slots, if this is one.
    pub fn skip_more(self, slots: usize) -> Option<Word> {
        (self.0 >> (2 * INDEX_BITS) == SKIP).then(|| Word(self.0 + slots as u64))
    }

    /// What the word says. Binary ops come first: most instructions of scalar programs are.
    #[inline(always)]
    pub fn read(self) -> Instruction {
        let code = self.0 >> (2 * INDEX_BITS);
        let a = (self.0 >> INDEX_BITS & INDEX_MASK) as usize;
        let b = (self.0 & INDEX_MASK) as usize;
        match code {
            BINARY.. => Instruction::Binary { op: (code - BINARY) as OpId, a, b },
            UNARY => Instruction::Unary { op: b as OpId, x: a },
            CONSTANT_RIGHT => Instruction::WithConstant { op: b as OpId, x: a, constant: 1 },
            CONSTANT_LEFT => Instruction::WithConstant { op: b as OpId, x: a, constant: 0 },
            FUSED => Instruction::Fused {
                start: (self.0 & (FUSED_WORDS as u64 - 1)) as usize,
                operands: (self.0 >> (FUSED_START + 8)) as usize & FUSED_OPERANDS,
                results: (self.0 >> FUSED_START) as usize & FUSED_RESULTS,
            },
            TENSOR => Instruction::Tensor { entry: (self.0 & LOW) as usize },
            _ => Instruction::Skip { slots: (self.0 & LOW) as usize },
        }
    }
}

/// Everything below the op code.
const LOW: u64 = (1 << (2 * INDEX_BITS)) - 1;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_as_they_were_written() {
        let last = INDEX_MASK;
        assert_eq!(
            Word::binary(BINARY_LIMIT - 1, last, 5).read(),
            Instruction::Binary { op: BINARY_LIMIT - 1, a: last as usize, b: 5 }
        );
        assert_eq!(Word::unary(70, last).read(), Instruction::Unary { op: 70, x: last as usize });
        assert_eq!(Word::constant_left(3, 9).read(), Instruction::WithConstant { op: 3, x: 9, constant: 0 });
        assert_eq!(Word::constant_right(3, 9).read(), Instruction::WithConstant { op: 3, x: 9, constant: 1 });
        let most = Word::fused(FUSED_WORDS - 1, FUSED_OPERANDS, FUSED_RESULTS).read();
        let (start, operands, results) = (FUSED_WORDS - 1, FUSED_OPERANDS, FUSED_RESULTS);
        assert_eq!(most, Instruction::Fused { start, operands, results });
        assert_eq!(Word::tensor(1 << 30).read(), Instruction::Tensor { entry: 1 << 30 });
        assert_eq!(Word::skip(1 << 40).read(), Instruction::Skip { slots: 1 << 40 });
        assert_eq!(Word::skip(2).skip_more(3), Some(Word::skip(5)));
        assert_eq!(Word::unary(0, 1).skip_more(3), None);
    }

    impl fmt::Debug for Word {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.read().fmt(f)
        }
    }
}
