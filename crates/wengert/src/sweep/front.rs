//! The loops of the numeric reverse sweep over scalars and fused instructions: where most of its time goes.

use std::cell::Cell;
use std::marker::PhantomData;

use super::memory::Memory;
use super::stretch::{Stretch, Walk};
use crate::rule::probe::Probe;
use crate::rule::{OpId, ScalarRules};
use crate::tape::Element;
use crate::tape::instruction::Instruction;
use crate::tape::packed::{Packed, by_op};
use crate::tape::statement::Payload;
use crate::tape::word::{CONSTANT, LEFT};

/// Where a sweep stands: the slots before `slot` are still to come.
struct Front<M, T> {
    memory: M,
    slot: usize,
    /// The adjoint of the slot that comes next; memory may lack what the last instruction gave to it. In a chain each
    /// adjoint would otherwise wait for the store before it.
    next: T,
}

impl<M: Memory<T>, T: Element> Front<M, T> {
    /// Reads the adjoint of the slot that comes next.
    #[inline(always)]
    fn arrive(&mut self) {
        self.next = self.memory.before(self.slot);
    }

    /// Writes it, where what comes next is no scalar's result.
    #[inline(always)]
    fn put_down(&mut self) {
        self.memory.put_before(self.slot, self.next);
    }

    /// Steps down to the result of an instruction; answers its adjoint, which is 0 from then on.
    #[inline(always)]
    fn take(&mut self) -> T {
        self.slot -= 1;
        self.memory.put(self.slot, T::zero());
        self.next
    }

    /// Adds to the adjoint of the operand.
    #[inline(always)]
    fn give(&mut self, x: usize, x_bar: T) {
        if x + 1 == self.slot {
            self.next = self.memory.adjoint(x) + x_bar;
        } else {
            self.memory.add(x, x_bar);
            self.arrive();
        }
    }

    #[inline(always)]
    fn value(&self, slot: usize) -> T {
        self.memory.value(slot)
    }

    /// What is arithmetic.
    #[inline(always)]
    fn arithmetic<R: ScalarRules>(&mut self, word: Packed) {
        let (a, b) = word.fields();
        if !word.bit(CONSTANT) {
            by_op!(word, op => self.first::<R>(op, a, b))
        } else if word.bit(LEFT) {
            by_op!(word, op => self.with_constant::<R>(op, a, 0))
        } else {
            by_op!(word, op => self.with_constant::<R>(op, a, 1))
        }
    }

    /// One of the first ops, whose number is known when this is compiled.
    #[inline(always)]
    fn first<R: ScalarRules>(&mut self, op: OpId, a: usize, b: usize) {
        let unread = Probe(1);
        let (by_a, by_b) = R::pull_binary(op, [unread; 2], unread, Probe::NOTHING);
        // Where no partial reads a primal, none is infinite: what comes back from 0 is 0, and needs no question.
        self.binary::<R>(op, a, b, by_a == Probe::NOTHING && by_b == Probe::NOTHING);
    }

    #[inline(always)]
    fn binary<R: ScalarRules>(&mut self, op: OpId, a: usize, b: usize, finite: bool) {
        let y_bar = self.take();
        if !finite && y_bar.is_zero() {
            return self.arrive();
        }
        let x = [self.value(a), self.value(b)];
        let (a_bar, b_bar) = R::pull_binary(op, x, self.value(self.slot), y_bar);
        match (a + 1 == self.slot, b + 1 == self.slot) {
            (true, true) => self.next = self.memory.adjoint(a) + (a_bar + b_bar),
            (true, false) => {
                self.memory.add(b, b_bar);
                self.next = self.memory.adjoint(a) + a_bar;
            }
            (false, _) => {
                self.memory.add(a, a_bar);
                self.give(b, b_bar);
            }
        }
    }

    #[inline(always)]
    fn unary<R: ScalarRules>(&mut self, op: OpId, x: usize) {
        let y_bar = self.take();
        if y_bar.is_zero() {
            return self.arrive();
        }
        let x_bar = R::pull_unary(op, self.value(x), self.value(self.slot), y_bar);
        self.give(x, x_bar);
    }

    #[inline(always)]
    fn with_constant<R: ScalarRules>(&mut self, op: OpId, x: usize, constant: usize) {
        let y_bar = self.take();
        self.slot -= 1;
        if y_bar.is_zero() {
            return self.arrive();
        }
        let (c, x_value, y) = (self.value(self.slot), self.value(x), self.value(self.slot + 1));
        let x_bar = match constant {
            1 => R::pull_one_of_two(op, 0, [x_value, c], y, y_bar),
            _ => R::pull_one_of_two(op, 1, [c, x_value], y, y_bar),
        };
        self.give(x, x_bar);
    }

    /// A fused instruction of one result and `K` operands, whose slots take `W` words of the payload.
    #[inline(always)]
    fn few<const K: usize, const W: usize>(&mut self, statements: &[Cell<u64>], start: usize) {
        let y_bar = self.take();
        if y_bar.is_zero() {
            return self.arrive();
        }
        if y_bar.is_finite() {
            const WHOLE: &str = "a payload is whole";
            let (slots, partials) = statements[start..].split_first_chunk::<W>().expect(WHOLE);
            let partials = partials.first_chunk::<K>().expect(WHOLE);
            for k in 0..K {
                let slot = (slots[k / 2].get() >> (32 * (k % 2))) as u32 as usize;
                self.memory.add(slot, T::of_bits(partials[k].get()) * y_bar);
            }
        } else {
            spread(&statements[start..], K, 0, y_bar, self.memory.lend());
        }
        self.arrive();
    }

    /// A fused instruction.
    #[inline(always)]
    fn fused(&mut self, statements: &[Cell<u64>], start: usize, operands: usize, results: usize) {
        self.put_down();
        self.slot -= results;
        fused(&statements[start..], operands, self.memory.lend(), self.slot, results);
        self.arrive();
    }
}

/// A sweep over the instructions on scalars at the end of a run, before whose end lie `slots`. Answers how many instructions of
/// the run are left, and how many slots lie before their end.
pub(super) struct Scalars<'a, R, T, M> {
    pub statements: &'a [Cell<u64>],
    pub memory: M,
    pub slots: usize,
    pub rules: PhantomData<(R, T)>,
}

impl<R: ScalarRules, T: Element, M: Memory<T>> Walk for Scalars<'_, R, T, M> {
    type Output = (usize, usize);
    /// A function of its own, so that the loop has the registers to itself.
    #[inline(never)]
    fn walk<const STRIDE: usize>(self, words: Stretch<'_, STRIDE>) -> (usize, usize) {
        let Scalars { statements, memory, slots, .. } = self;
        let mut front = Front { memory: memory.cut(), slot: slots, next: T::zero() };
        let mut left = words;
        front.arrive();
        loop {
            // Two at a time where they are arithmetic, as most are.
            while let Some([first, second]) = left.last_two() {
                if !first.are_arithmetic(second) {
                    break;
                }
                left = left.without(2);
                front.arithmetic::<R>(first);
                front.arithmetic::<R>(second);
            }
            // One at a time up to the next that is.
            loop {
                let Some(word) = left.last() else {
                    front.put_down();
                    return (0, front.slot);
                };
                if word.is_arithmetic() {
                    front.arithmetic::<R>(word);
                    left = left.without(1);
                    break;
                }
                match word.read_other() {
                    // Each count of operands has an arm of its own, so that one branch tells all.
                    Instruction::Fused { start, operands: 1, results: 1 } => {
                        front.few::<1, 1>(statements, start)
                    }
                    Instruction::Fused { start, operands: 2, results: 1 } => {
                        front.few::<2, 1>(statements, start)
                    }
                    Instruction::Fused { start, operands: 3, results: 1 } => {
                        front.few::<3, 2>(statements, start)
                    }
                    Instruction::Fused { start, operands: 4, results: 1 } => {
                        front.few::<4, 2>(statements, start)
                    }
                    Instruction::Fused { start, operands: 5, results: 1 } => {
                        front.few::<5, 3>(statements, start)
                    }
                    Instruction::Fused { start, operands: 6, results: 1 } => {
                        front.few::<6, 3>(statements, start)
                    }
                    Instruction::Binary { op, a, b } => front.binary::<R>(op, a, b, false),
                    Instruction::WithConstant { op, x, constant } => {
                        front.with_constant::<R>(op, x, constant)
                    }
                    Instruction::Unary { op, x } => front.unary::<R>(op, x),
                    Instruction::Fused { start, operands, results } => {
                        front.fused(statements, start, operands, results);
                    }
                    Instruction::Skip { .. } | Instruction::Tensor { .. } => {
                        front.put_down();
                        return (left.len(), front.slot);
                    }
                }
                left = left.without(1);
            }
        }
    }
}

/// A fused instruction of any number of operands and results, the first of which lies in `slot`.
#[inline(never)]
fn fused<T: Element>(
    payload: &[Cell<u64>],
    operands: usize,
    mut memory: impl Memory<T>,
    slot: usize,
    results: usize,
) {
    for result in 0..results {
        let y_bar = memory.adjoint(slot + result);
        memory.put(slot + result, T::zero());
        if y_bar.is_finite() {
            if !y_bar.is_zero() {
                Payload::of(payload, operands, result).each(|x, partial: T| memory.add(x, partial * y_bar));
            }
        } else {
            spread(payload, operands, result, y_bar, memory.lend());
        }
    }
}

/// Adds what comes back from a result whose adjoint is not finite.
#[cold]
#[inline(never)]
fn spread<T: Element>(
    payload: &[Cell<u64>],
    operands: usize,
    result: usize,
    y_bar: T,
    mut memory: impl Memory<T>,
) {
    Payload::of(payload, operands, result).each(|x, partial| memory.add(x, flows(partial, y_bar)));
}

/// What comes back through a partial. One of 0 counts as no path, also for what is infinite.
#[inline(always)]
pub(super) fn flows<T: Element>(partial: T, y_bar: T) -> T {
    if y_bar.is_finite() || !partial.is_zero() { partial * y_bar } else { T::zero() }
}
