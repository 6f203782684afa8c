//! One word an instruction: `a:29 | b:29 | op:6`.
//!
//! The output slot is implied: the sweep walks the slots downward by the size of each instruction's output. Six bits
//! tell apart what a sweep branches on at once: the binary ops, the first few of them with a constant, and a code for
//! each other form, which keeps the number of its op in the free field. They lie lowest and `a` highest, so that one
//! mask and two shifts read a word.

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
const FUSED: u64 = 2;
const UNARY: u64 = 3;
const CONSTANT_RIGHT: u64 = 4;
const CONSTANT_LEFT: u64 = 5;
/// The first binary ops with a constant on the right, each with a code of its own; after them with one on the left.
const FIRST_RIGHT: u64 = 8;
const FIRST_LEFT: u64 = FIRST_RIGHT + FIRST as u64;
/// Fused instructions of one result and 1 to `FEW` operands: a code each, so that only the payload's start is in the word.
const FEW_FUSED: u64 = FIRST_LEFT + FIRST as u64;
const FEW: usize = 6;
/// Op codes from here on are the binary ops.
const BINARY: u64 = FEW_FUSED + FEW as u64;
/// How many binary ops have a code of their own in each form: the arithmetic.
pub(crate) const FIRST: OpId = 4;
/// How many binary ops six bits can tell apart.
pub(crate) const BINARY_LIMIT: OpId = (1 << OP_BITS) - BINARY as OpId;
// As `read` has them, whose patterns cannot compute.
const _: () = assert!(FIRST == 4 && FIRST_RIGHT == 8 && FIRST_LEFT == 12 && FEW_FUSED == 16 && FEW == 6);
const _: () = assert!(BINARY == 22);
const OP_BITS: u32 = 6;
const OP_MASK: u64 = (1 << OP_BITS) - 1;

/// How many operands a fused instruction may have, how many results, and how many words may lie before its payload.
pub(crate) const FUSED_OPERANDS: usize = (1 << 16) - 1;
pub(crate) const FUSED_RESULTS: usize = (1 << 8) - 1;
pub(crate) const FUSED_WORDS: usize = 1 << 34;
const FUSED_RESULTS_BITS: u32 = 8;
const FUSED_START: u32 = 30;

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
        Word(a << (INDEX_BITS + OP_BITS) | b << OP_BITS | op)
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
        match op {
            0..FIRST => Word::new(FIRST_RIGHT + u64::from(op), x, 0),
            _ => Word::new(CONSTANT_RIGHT, x, u64::from(op)),
        }
    }
    #[inline(always)]
    pub fn constant_left(op: OpId, x: u64) -> Word {
        match op {
            0..FIRST => Word::new(FIRST_LEFT + u64::from(op), x, 0),
            _ => Word::new(CONSTANT_LEFT, x, u64::from(op)),
        }
    }
    #[inline(always)]
    pub fn fused(start: usize, operands: usize, results: usize) -> Word {
        if let (1..=FEW, 1) = (operands, results) {
            return Word((start as u64) << OP_BITS | (FEW_FUSED + operands as u64 - 1));
        }
        let counts = (operands as u64) << FUSED_RESULTS_BITS | results as u64;
        Word((start as u64) << FUSED_START | counts << OP_BITS | FUSED)
    }
    pub fn skip(slots: usize) -> Word {
        Word((slots as u64) << OP_BITS | SKIP)
    }
    pub fn tensor(entry: usize) -> Word {
        Word((entry as u64) << OP_BITS | TENSOR)
    }

    /// The same skip with more slots, if this is one.
    pub fn skip_more(self, slots: usize) -> Option<Word> {
        (self.code() == SKIP).then(|| Word(self.0 + ((slots as u64) << OP_BITS)))
    }

    /// What a sweep branches on; see [`read`](Word::read) for what it means.
    #[inline(always)]
    pub fn code(self) -> u64 {
        self.0 & OP_MASK
    }

    /// The fields of an instruction on scalars: the first operand, and the second or the number of the op.
    #[inline(always)]
    pub fn fields(self) -> (usize, usize) {
        ((self.0 >> (INDEX_BITS + OP_BITS)) as usize, (self.0 >> OP_BITS & INDEX_MASK) as usize)
    }

    /// What the word says.
    #[inline(always)]
    pub fn read(self) -> Instruction {
        let code = self.code();
        let (a, b) = self.fields();
        let start = (self.0 >> OP_BITS) as usize;
        // The first ops one by one, so that a sweep that has an arm for each branches once.
        match code {
            16 => Instruction::Fused { start, operands: 1, results: 1 },
            17 => Instruction::Fused { start, operands: 2, results: 1 },
            18 => Instruction::Fused { start, operands: 3, results: 1 },
            19 => Instruction::Fused { start, operands: 4, results: 1 },
            20 => Instruction::Fused { start, operands: 5, results: 1 },
            21 => Instruction::Fused { start, operands: 6, results: 1 },
            22 => Instruction::Binary { op: 0, a, b },
            23 => Instruction::Binary { op: 1, a, b },
            24 => Instruction::Binary { op: 2, a, b },
            25 => Instruction::Binary { op: 3, a, b },
            8 => Instruction::WithConstant { op: 0, x: a, constant: 1 },
            9 => Instruction::WithConstant { op: 1, x: a, constant: 1 },
            10 => Instruction::WithConstant { op: 2, x: a, constant: 1 },
            11 => Instruction::WithConstant { op: 3, x: a, constant: 1 },
            12 => Instruction::WithConstant { op: 0, x: a, constant: 0 },
            13 => Instruction::WithConstant { op: 1, x: a, constant: 0 },
            14 => Instruction::WithConstant { op: 2, x: a, constant: 0 },
            15 => Instruction::WithConstant { op: 3, x: a, constant: 0 },
            26.. => Instruction::Binary { op: (code - BINARY) as OpId, a, b },
            UNARY => Instruction::Unary { op: b as OpId, x: a },
            CONSTANT_RIGHT => Instruction::WithConstant { op: b as OpId, x: a, constant: 1 },
            CONSTANT_LEFT => Instruction::WithConstant { op: b as OpId, x: a, constant: 0 },
            FUSED => Instruction::Fused {
                start: (self.0 >> FUSED_START) as usize,
                operands: (self.0 >> (OP_BITS + FUSED_RESULTS_BITS)) as usize & FUSED_OPERANDS,
                results: (self.0 >> OP_BITS) as usize & FUSED_RESULTS,
            },
            TENSOR => Instruction::Tensor { entry: (self.0 >> OP_BITS) as usize },
            _ => Instruction::Skip { slots: (self.0 >> OP_BITS) as usize },
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_as_they_were_written() {
        let last = INDEX_MASK;
        assert_eq!(Word::unary(70, last).read(), Instruction::Unary { op: 70, x: last as usize });
        for op in 0..BINARY_LIMIT {
            let x = last as usize;
            assert_eq!(Word::binary(op, last, 5).read(), Instruction::Binary { op, a: x, b: 5 });
            assert_eq!(Word::binary(op, 5, last).read(), Instruction::Binary { op, a: 5, b: x });
            let (left, right) = (Word::constant_left(op, last), Word::constant_right(op, last));
            assert_eq!(left.read(), Instruction::WithConstant { op, x, constant: 0 });
            assert_eq!(right.read(), Instruction::WithConstant { op, x, constant: 1 });
        }
        for operands in 1..=FEW + 1 {
            for (start, results) in [(5, 1), (FUSED_WORDS - 1, 1), (7, 2)] {
                let read = Word::fused(start, operands, results).read();
                assert_eq!(read, Instruction::Fused { start, operands, results });
            }
        }
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
