//! An instruction as it is stored, read: what sweeps ask of it bit by bit, and the whole of it.

use super::instruction::Instruction;
use super::word::{
    ARITHMETIC, BINARY, CONSTANT, CONSTANT_LEFT, CONSTANT_RIGHT, FEW_FUSED, FIRST, FUSED, FUSED_OPERANDS,
    FUSED_RESULTS, FUSED_RESULTS_BITS, FUSED_START, LEFT, OP_MASK, OP_OF_FIRST, SKIP, TENSOR, UNARY, Word,
};
use crate::arena::words::{CODE_BITS, LONG, SHORT, width_of};
use crate::arena::{List, Pooled};
use crate::rule::OpId;

/// An instruction as it is stored, with so many bits an operand.
#[derive(Clone, Copy)]
pub(crate) struct Packed {
    bits: u64,
    width: u32,
}

impl<T: Pooled> List<T> {
    /// The instruction at an index, as it is stored.
    #[inline(always)]
    pub fn packed(&self, index: usize) -> Packed {
        Packed::new(self.bits(index), self.width())
    }

    /// The instruction at an index.
    #[inline]
    pub fn read(&self, index: usize) -> Instruction {
        // The width is known where each of the two is compiled.
        match self.stride() {
            SHORT => Packed::new(self.bits(index), const { width_of(SHORT) }).read(),
            _ => Packed::new(self.bits(index), const { width_of(LONG) }).read(),
        }
    }

    /// Makes words long. Answers whether the system gave the memory.
    #[must_use]
    pub fn lengthen_all(&self) -> bool {
        self.lengthen(|bits, old, new| Packed::new(bits, old).unpacked().pack(new))
    }
}

impl Packed {
    #[inline(always)]
    pub fn new(bits: u64, width: u32) -> Packed {
        Packed { bits, width }
    }

    /// What to write to have the same again.
    pub fn unpacked(self) -> Word {
        match self.code() {
            code @ FEW_FUSED..=FUSED => Word::Whole(code, self.number() as u64),
            code => Word::Pair(code, self.first(), self.second()),
        }
    }

    /// The entry, if it is a tensor instruction.
    #[inline(always)]
    pub fn tensor(self) -> Option<usize> {
        (self.code() == TENSOR).then(|| self.number())
    }

    /// How many slots, if it only stands for those.
    #[inline(always)]
    pub fn skip(self) -> Option<usize> {
        (self.code() == SKIP).then(|| self.number())
    }

    /// Whether it is arithmetic: one of the first binary ops, of two scalars or of a scalar and a constant.
    #[inline(always)]
    pub fn is_arithmetic(self) -> bool {
        self.bits & (OP_MASK & !ARITHMETIC) << self.width == 0
    }

    /// Whether both are, of two of the same width.
    #[inline(always)]
    pub fn are_arithmetic(self, other: Packed) -> bool {
        Packed { bits: self.bits | other.bits, ..self }.is_arithmetic()
    }

    /// A bit of the code of what is arithmetic. The lower two are the number of the op, the others its form.
    #[inline(always)]
    pub fn bit(self, bit: u32) -> bool {
        self.bits & 1 << (self.width + bit) != 0
    }

    #[inline(always)]
    fn code(self) -> u64 {
        self.bits >> self.width & OP_MASK
    }

    #[inline(always)]
    fn first(self) -> u64 {
        self.bits >> (CODE_BITS + self.width)
    }

    #[inline(always)]
    fn second(self) -> u64 {
        self.bits & ((1 << self.width) - 1)
    }

    /// The fields of an instruction on scalars: the first operand, and the second or the number of the op.
    #[inline(always)]
    pub fn fields(self) -> (usize, usize) {
        (self.first() as usize, self.second() as usize)
    }

    /// Both fields as one number.
    #[inline(always)]
    fn number(self) -> usize {
        let (high, low) = self.fields();
        high << self.width | low
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::words::most_of;
    use crate::tape::word::{BINARY_LIMIT, FEW, FUSED_WORDS};

    #[test]
    fn words_read_back_as_they_were_written() {
        for width in [SHORT, LONG].map(width_of) {
            let list = List::<f64>::new();
            assert!((width == list.width() || list.lengthen_all()) && list.reserve_words(3));
            // With a neighbour on either side.
            let read = |word: Word| {
                list.truncate(0, 0);
                let most = Word::Whole(OP_MASK, (1 << (2 * width)) - 1);
                [most, word, most].into_iter().for_each(|word| list.append(|width| word.pack(width), 1));
                assert_eq!(list.packed(1).unpacked(), word);
                list.read(1)
            };
            let last = (1 << width) - 1;
            assert_eq!(read(Word::unary(70, last)), Instruction::Unary { op: 70, x: last as usize });
            for op in 0..BINARY_LIMIT {
                let x = last as usize;
                assert_eq!(read(Word::binary(op, last, 5)), Instruction::Binary { op, a: x, b: 5 });
                assert_eq!(read(Word::binary(op, 5, last)), Instruction::Binary { op, a: 5, b: x });
                let (left, right) = (Word::constant_left(op, last), Word::constant_right(op, last));
                assert_eq!(read(left), Instruction::WithConstant { op, x, constant: 0 });
                assert_eq!(read(right), Instruction::WithConstant { op, x, constant: 1 });
            }
            let most = FUSED_WORDS.min(1 << (2 * width - FUSED_START)) - 1;
            let few = (1 << (2 * width).min(34)) - 1;
            for operands in 1..=FEW + 1 {
                let last = if operands <= FEW { few } else { most };
                for (start, results) in [(most, 1), (last, 1), (most - 1, 2)] {
                    let fused = Word::fused(start, operands, results);
                    assert_eq!(read(fused), Instruction::Fused { start, operands, results });
                }
            }
            let fused = Word::fused(most, FUSED_OPERANDS, FUSED_RESULTS);
            let (operands, results) = (FUSED_OPERANDS, FUSED_RESULTS);
            assert_eq!(read(fused), Instruction::Fused { start: most, operands, results });
            assert!(
                fused.fits(width) && (most + 1 == FUSED_WORDS || !Word::fused(most + 1, 7, 1).fits(width))
            );
            let most = most_of(list.stride());
            assert!(!list.can_count(most + 1) && !Word::skip(most + 1).fits(width));
            assert_eq!(read(Word::tensor(most)), Instruction::Tensor { entry: most });
            assert_eq!(read(Word::skip(most)), Instruction::Skip { slots: most });
            let asked = |word: Word| {
                read(word);
                (list.packed(1).skip(), list.packed(1).tensor())
            };
            assert_eq!(asked(Word::skip(most)), (Some(most), None));
            assert_eq!(asked(Word::tensor(most)), (None, Some(most)));
            assert_eq!(asked(Word::unary(0, 1)), (None, None));
        }
    }

    /// What is recorded is the same when words become long in the middle of it.
    #[test]
    fn words_that_are_made_long_say_the_same() {
        let (short, both) = (List::<f64>::new(), List::<f64>::new());
        let words =
            [Word::binary(2, 8191, 77), Word::skip(1 << 25), Word::fused(9999, 3, 1), Word::tensor(1 << 24)];
        assert!(short.reserve_words(8) && both.reserve_words(8));
        for half in 0..2 {
            assert!(half == 0 || both.lengthen_all());
            for word in words {
                short.append(|width| word.pack(width), 1);
                both.append(|width| word.pack(width), 1);
            }
        }
        assert_eq!((short.stride(), both.stride(), short.len()), (4, 8, 8));
        (0..8).for_each(|k| assert_eq!(both.read(k), short.read(k), "{k}"));
    }
}
