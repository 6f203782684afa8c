//! One word an instruction: `a | op:6 | b`, of 4 bytes while operands have 13 bits, and of 8, with 29, where they have more.
//!
//! The output slot is implied: the sweep walks the slots downward by the size of each instruction's output. Six bits
//! tell apart what a sweep branches on at once: the binary ops, the first few of them with a constant, and a code for
//! each other form, which keeps the number of its op in the free field. `b` lies lowest, where it needs no shift, and the
//! arithmetic has the lowest codes, so that the code of an op is a constant that one addition takes.

use crate::arena::words::CODE_BITS;
use crate::rule::OpId;

/// The first binary ops, each with a code of its own in each form: of two scalars, with a constant on the right, and with one
/// on the left.
pub(super) const FIRST_RIGHT: u64 = 1 << CONSTANT;
pub(super) const FIRST_LEFT: u64 = FIRST_RIGHT | 1 << LEFT;
/// The bits of their codes, above those of the number of the op: that an operand is a constant, and that it is the left one.
pub(crate) const CONSTANT: u32 = 2;
pub(crate) const LEFT: u32 = 3;
pub(super) const ARITHMETIC: u64 = 0b1111;
pub(super) const OP_OF_FIRST: u64 = 0b0011;
/// Fused instructions of one result and 1 to `FEW` operands: a code each, so that only the payload's start is in the word.
pub(super) const FEW_FUSED: u64 = 16;
pub(super) const FEW: usize = 6;
pub(super) const SKIP: u64 = 22;
pub(super) const TENSOR: u64 = 23;
pub(super) const FUSED: u64 = 24;
pub(super) const UNARY: u64 = 25;
pub(super) const CONSTANT_RIGHT: u64 = 26;
pub(super) const CONSTANT_LEFT: u64 = 27;
/// Codes from here on are the binary ops after the first.
pub(super) const BINARY: u64 = 28;
/// How many binary ops have a code of their own in each form: the arithmetic.
pub(crate) const FIRST: OpId = 4;
/// How many binary ops six bits can tell apart.
pub(crate) const BINARY_LIMIT: OpId = FIRST + (1 << CODE_BITS) - BINARY as OpId;
// As `read` has them, whose patterns cannot compute.
const _: () = assert!(FIRST == 4 && FIRST_RIGHT == 4 && FIRST_LEFT == 12 && FEW_FUSED == 16 && FEW == 6);
const _: () = assert!(FEW_FUSED + FEW as u64 == SKIP && CONSTANT_LEFT + 1 == BINARY);
pub(super) const OP_MASK: u64 = (1 << CODE_BITS) - 1;

/// How many operands a fused instruction may have, how many results, and how many words may lie before its payload.
pub(crate) const FUSED_OPERANDS: usize = (1 << 16) - 1;
pub(crate) const FUSED_RESULTS: usize = (1 << 8) - 1;
pub(crate) const FUSED_WORDS: usize = 1 << 34;
pub(super) const FUSED_RESULTS_BITS: u32 = 8;
pub(super) const FUSED_START: u32 = 24;

/// An instruction to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Word {
    /// The code, the first operand, and the second one or the number of the op.
    Pair(u64, u64, u64),
    /// The code, and one number of twice the bits.
    Whole(u64, u64),
}

impl Word {
    #[inline(always)]
    pub fn binary(op: OpId, a: u64, b: u64) -> Word {
        match op {
            0..FIRST => Word::Pair(u64::from(op), a, b),
            _ => Word::Pair(BINARY + u64::from(op - FIRST), a, b),
        }
    }
    #[inline(always)]
    pub fn unary(op: OpId, x: u64) -> Word {
        Word::Pair(UNARY, x, u64::from(op))
    }
    #[inline(always)]
    pub fn constant_right(op: OpId, x: u64) -> Word {
        match op {
            0..FIRST => Word::Pair(FIRST_RIGHT + u64::from(op), x, 0),
            _ => Word::Pair(CONSTANT_RIGHT, x, u64::from(op)),
        }
    }
    #[inline(always)]
    pub fn constant_left(op: OpId, x: u64) -> Word {
        match op {
            0..FIRST => Word::Pair(FIRST_LEFT + u64::from(op), x, 0),
            _ => Word::Pair(CONSTANT_LEFT, x, u64::from(op)),
        }
    }
    #[inline(always)]
    pub fn fused(start: usize, operands: usize, results: usize) -> Word {
        if Word::is_few(operands, results) {
            return Word::Whole(FEW_FUSED + operands as u64 - 1, start as u64);
        }
        let counts = (operands as u64) << FUSED_RESULTS_BITS | results as u64;
        Word::Whole(FUSED, (start as u64) << FUSED_START | counts)
    }
    pub fn skip(slots: usize) -> Word {
        Word::Whole(SKIP, slots as u64)
    }
    pub fn tensor(entry: usize) -> Word {
        Word::Whole(TENSOR, entry as u64)
    }

    /// Whether it is one number whose code is that of fused instructions of few operands.
    pub const fn is_few(operands: usize, results: usize) -> bool {
        1 <= operands && operands <= FEW && results == 1
    }

    /// Whether operands of so many bits are enough for it, if it is one number.
    #[inline(always)]
    pub fn fits(self, width: u32) -> bool {
        match self {
            Word::Pair(..) => true,
            Word::Whole(_, number) => number >> (2 * width) == 0,
        }
    }

    /// The bits of it, with so many an operand.
    #[inline(always)]
    pub fn pack(self, width: u32) -> u64 {
        let pair = |code: u64, a: u64, b: u64| {
            debug_assert!((a | b) >> width == 0, "{self:?} does not fit {width} bits");
            (a << (CODE_BITS + width)) + (code << width) + b
        };
        match self {
            Word::Pair(code, a, b) => pair(code, a, b),
            Word::Whole(code, number) => pair(code, number >> width, number & ((1 << width) - 1)),
        }
    }
}
