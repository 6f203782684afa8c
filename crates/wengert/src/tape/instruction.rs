//! One word an instruction: `a:29 | op:6 | b:29`.
//!
//! The output slot is implied: the sweep walks the slots downward by the size of each instruction's output. Six bits
//! tell apart what a sweep branches on at once: the binary ops, the first few of them with a constant, and a code for
//! each other form, which keeps the number of its op in the free field. `b` lies lowest, where it needs no shift, and the
//! arithmetic has the lowest codes, so that the code of an op is a constant that one addition takes.

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

/// The first binary ops, each with a code of its own in each form: of two scalars, with a constant on the right, and with one
/// on the left.
const FIRST_RIGHT: u64 = 1 << CONSTANT;
const FIRST_LEFT: u64 = FIRST_RIGHT | 1 << LEFT;
/// The bits of their codes, above those of the number of the op: that an operand is a constant, and that it is the left one.
pub(crate) const CONSTANT: u32 = 2;
pub(crate) const LEFT: u32 = 3;
const ARITHMETIC: u64 = 0b1111;
const OP_OF_FIRST: u64 = 0b0011;
/// Fused instructions of one result and 1 to `FEW` operands: a code each, so that only the payload's start is in the word.
const FEW_FUSED: u64 = 16;
const FEW: usize = 6;
const SKIP: u64 = 22;
const TENSOR: u64 = 23;
const FUSED: u64 = 24;
const UNARY: u64 = 25;
const CONSTANT_RIGHT: u64 = 26;
const CONSTANT_LEFT: u64 = 27;
/// Codes from here on are the binary ops after the first.
const BINARY: u64 = 28;
/// How many binary ops have a code of their own in each form: the arithmetic.
pub(crate) const FIRST: OpId = 4;
/// How many binary ops six bits can tell apart.
pub(crate) const BINARY_LIMIT: OpId = FIRST + (1 << OP_BITS) - BINARY as OpId;
// As `read` has them, whose patterns cannot compute.
const _: () = assert!(FIRST == 4 && FIRST_RIGHT == 4 && FIRST_LEFT == 12 && FEW_FUSED == 16 && FEW == 6);
const _: () = assert!(FEW_FUSED + FEW as u64 == SKIP && CONSTANT_LEFT + 1 == BINARY);
const OP_BITS: u32 = 6;
const OP_MASK: u64 = (1 << OP_BITS) - 1;

/// How many operands a fused instruction may have, how many results, and how many words may lie before its payload.
pub(crate) const FUSED_OPERANDS: usize = (1 << 16) - 1;
pub(crate) const FUSED_RESULTS: usize = (1 << 8) - 1;
pub(crate) const FUSED_WORDS: usize = 1 << 34;
const FUSED_RESULTS_BITS: u32 = 8;
const FUSED_START: u32 = 24;

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
        Word(a << (INDEX_BITS + OP_BITS) | op << INDEX_BITS | b)
    }
    /// A word of one number, which the code of the op lies amid.
    #[inline(always)]
    const fn whole(op: u64, number: u64) -> Word {
        Word::new(op, number >> INDEX_BITS, number & INDEX_MASK)
    }
    #[inline(always)]
    pub fn binary(op: OpId, a: u64, b: u64) -> Word {
        match op {
            0..FIRST => Word::new(u64::from(op), a, b),
            _ => Word::new(BINARY + u64::from(op - FIRST), a, b),
        }
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
            return Word::whole(FEW_FUSED + operands as u64 - 1, start as u64);
        }
        let counts = (operands as u64) << FUSED_RESULTS_BITS | results as u64;
        Word::whole(FUSED, (start as u64) << FUSED_START | counts)
    }
    pub fn skip(slots: usize) -> Word {
        Word::whole(SKIP, slots as u64)
    }
    pub fn tensor(entry: usize) -> Word {
        Word::whole(TENSOR, entry as u64)
    }

    /// The same skip with more slots, if this is one.
    pub fn skip_more(self, slots: usize) -> Option<Word> {
        (self.code() == SKIP).then(|| Word::skip(self.number() + slots))
    }

    /// Whether it is arithmetic: one of the first binary ops, of two scalars or of a scalar and a constant.
    #[inline(always)]
    pub fn is_arithmetic(self) -> bool {
        self.0 & (OP_MASK & !ARITHMETIC) << INDEX_BITS == 0
    }

    /// Whether both are.
    #[inline(always)]
    pub fn are_arithmetic(self, other: Word) -> bool {
        Word(self.0 | other.0).is_arithmetic()
    }

    /// A bit of the code of what is arithmetic. The lower two are the number of the op, the others its form.
    #[inline(always)]
    pub fn bit(self, bit: u32) -> bool {
        self.0 & 1 << (INDEX_BITS + bit) != 0
    }

    #[inline(always)]
    fn code(self) -> u64 {
        self.0 >> INDEX_BITS & OP_MASK
    }

    /// The fields of an instruction on scalars: the first operand, and the second or the number of the op.
    #[inline(always)]
    pub fn fields(self) -> (usize, usize) {
        ((self.0 >> (INDEX_BITS + OP_BITS)) as usize, (self.0 & INDEX_MASK) as usize)
    }

    /// Both fields as one number.
    #[inline(always)]
    fn number(self) -> usize {
        let (high, low) = self.fields();
        high << INDEX_BITS | low
    }

    /// What the word says.
    #[inline(always)]
    pub fn read(self) -> Instruction {
        if !self.is_arithmetic() {
            return self.read_other();
        }
        let (a, b) = self.fields();
        let op = (self.code() & OP_OF_FIRST) as OpId;
        match (self.bit(CONSTANT), self.bit(LEFT)) {
            (false, _) => Instruction::Binary { op, a, b },
            (true, false) => Instruction::WithConstant { op, x: a, constant: 1 },
            (true, true) => Instruction::WithConstant { op, x: a, constant: 0 },
        }
    }

    /// What the word says that is not arithmetic. Fused instructions of few operands have a pattern each, so that a sweep that has
    /// an arm for each branches once.
    #[inline(always)]
    pub fn read_other(self) -> Instruction {
        let (a, b) = self.fields();
        // Computed in the arms that need it.
        let number = || self.number();
        match self.code() {
            16 => Instruction::Fused { start: number(), operands: 1, results: 1 },
            17 => Instruction::Fused { start: number(), operands: 2, results: 1 },
            18 => Instruction::Fused { start: number(), operands: 3, results: 1 },
            19 => Instruction::Fused { start: number(), operands: 4, results: 1 },
            20 => Instruction::Fused { start: number(), operands: 5, results: 1 },
            21 => Instruction::Fused { start: number(), operands: 6, results: 1 },
            code @ BINARY.. => Instruction::Binary { op: (code - BINARY) as OpId + FIRST, a, b },
            UNARY => Instruction::Unary { op: b as OpId, x: a },
            CONSTANT_RIGHT => Instruction::WithConstant { op: b as OpId, x: a, constant: 1 },
            CONSTANT_LEFT => Instruction::WithConstant { op: b as OpId, x: a, constant: 0 },
            FUSED => Instruction::Fused {
                start: number() >> FUSED_START,
                operands: number() >> FUSED_RESULTS_BITS & FUSED_OPERANDS,
                results: number() & FUSED_RESULTS,
            },
            TENSOR => Instruction::Tensor { entry: number() },
            _ => Instruction::Skip { slots: number() },
        }
    }
}

/// Evaluates an arm with the number of the op of an arithmetic word, which is known where each of the four copies is
/// compiled. It is asked bit by bit, which takes less time than a jump by a table (the book, "Where the time of scalars goes").
macro_rules! by_op {
    ($word:expr, $op:ident => $arm:expr) => {{
        macro_rules! arm {
            ($number:literal) => {{
                let $op: $crate::rule::OpId = $number;
                $arm
            }};
        }
        match ($word.bit(1), $word.bit(0)) {
            (true, true) => arm!(3),
            (true, false) => arm!(2),
            (false, true) => arm!(1),
            (false, false) => arm!(0),
        }
    }};
}
pub(crate) use by_op;

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
