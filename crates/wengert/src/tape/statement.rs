//! Fused instructions: their payload of operands and partials, and how they are recorded.
//!
//! The payload is a run of words: the slots of the operands, two a word, then for each result a partial an operand. With
//! the instruction and the slot of one result that is 16 bytes and 12 an operand (4 less where words are short).

use std::cell::Cell;

use super::core::Core;
use super::element::Element;
use super::instruction::index_of;
use super::registry;
use super::word::{FUSED_OPERANDS, FUSED_RESULTS, FUSED_WORDS, Word};
use crate::error::{At, Error, Kind, Result};
use crate::rule::Dual;
use crate::scalar::Scalar;

/// Words of the payload of so many operands and results.
#[inline(always)]
const fn words(operands: usize, results: usize) -> usize {
    operands.div_ceil(2) + operands * results
}

/// What a fused instruction says of one result: the slots of its operands, and the partials by them.
#[derive(Clone, Copy)]
pub(crate) struct Payload<'a> {
    operands: &'a [Cell<u64>],
    partials: &'a [Cell<u64>],
}

impl<'a> Payload<'a> {
    /// Of the words from the start of the payload on.
    #[inline(always)]
    pub fn of(words: &'a [Cell<u64>], operands: usize, result: usize) -> Payload<'a> {
        let (slots, partials) = words.split_at(operands.div_ceil(2));
        Payload { operands: slots, partials: &partials[operands * result..][..operands] }
    }

    /// Tells the slot of each operand, and the partial by it.
    #[inline(always)]
    pub fn each<T: Element>(self, mut f: impl FnMut(usize, T)) {
        let (pairs, last) = self.partials.as_chunks::<2>();
        let operands = self.operands;
        for (slots, [first, second]) in operands.iter().zip(pairs) {
            let slots = slots.get();
            f(slots as u32 as usize, T::of_bits(first.get()));
            f((slots >> 32) as usize, T::of_bits(second.get()));
        }
        if let ([partial], Some(slots)) = (last, operands.last()) {
            f(slots.get() as u32 as usize, T::of_bits(partial.get()));
        }
    }

    /// The slots of the operands.
    pub fn slots(self) -> impl Iterator<Item = usize> {
        let halves = self.operands.iter().map(Cell::get).flat_map(|pair| [pair as u32, (pair >> 32) as u32]);
        halves.take(self.partials.len()).map(|slot| slot as usize)
    }
}

impl<T: Element> Core<T> {
    /// What the fused instruction whose payload lies at word `start` says of a result.
    #[inline(always)]
    pub fn payload(&self, start: usize, operands: usize, result: usize) -> Payload<'static> {
        Payload::of(&self.statements.all()[start..], operands, result)
    }

    /// Appends a fused instruction; answers the slot of its first result. `None` where there is no room.
    #[inline(always)]
    #[track_caller]
    pub fn push_fused<const K: usize, const M: usize>(
        &self,
        slots: &[u64; K],
        results: &[Dual<T, K>; M],
    ) -> Option<usize> {
        let start = self.statement_words.get();
        // What is written before there turns out to be no room lies beyond the end, where nothing is read.
        let payload = self.statements.all().get(start..)?.get(..words(K, M))?;
        let pairs = K.div_ceil(2);
        for pair in 0..pairs {
            let other = if 2 * pair + 1 < K { slots[2 * pair + 1] } else { 0 };
            payload[pair].set(slots[2 * pair] | other << 32);
        }
        let mut values = [T::zero(); M];
        for m in 0..M {
            values[m] = results[m].value;
            for k in 0..K {
                payload[pairs + m * K + k].set(results[m].dot[k].bits());
            }
        }
        self.push_results(Word::fused(start, K, M), values, words(K, M), At::caller())
    }

    /// Appends the word of a fused instruction whose payload of so many words is there; answers the slot of its first result.
    #[inline(always)]
    fn push_results<const M: usize>(
        &self,
        word: Word,
        values: [T; M],
        payload: usize,
        at: At,
    ) -> Option<usize> {
        if !word.fits(self.list.width()) {
            return None;
        }
        let slot = match self.list.push_results(|width| word.pack(width), values) {
            Some(slot) => {
                self.note_location(at);
                slot
            }
            None if self.list.is_open() => self.append_scalar(word, &values, at)? + 1 - M,
            None => return None,
        };
        self.statement_words.set(self.statement_words.get() + payload);
        Some(slot)
    }

    /// Makes room for the payload of a fused instruction, and for its results.
    #[cold]
    #[inline(never)]
    pub fn reserve_fused(&self, op: &'static str, operands: usize, results: usize, at: At) -> Result<()> {
        let refused = |what, limit, help| Err(Error::full(op, what, limit, help, at));
        if operands > FUSED_OPERANDS {
            return refused("operands of a fused instruction", FUSED_OPERANDS, "fuse smaller pieces");
        }
        if results > FUSED_RESULTS {
            return refused("results of a fused instruction", FUSED_RESULTS, "fuse smaller pieces");
        }
        let (used, more) = (self.statement_words.get(), words(operands, results));
        if used + more > FUSED_WORDS || !self.statements.grow(used, used + more) {
            let help = "rewind with `tape.scope(...)`";
            return refused("words of fused instructions", used, help);
        }
        if !Word::fused(used, operands, results).fits(self.list.width()) {
            self.lengthen(op, at)?;
        }
        self.reserve(op, results, true, at)
    }

    /// Appends a fused instruction of one result over operands that are all active and of the innermost or outermost scope
    /// of the tape used last: the fast answer.
    #[inline]
    #[track_caller]
    pub(crate) fn quick_fused(
        operands: &[Scalar<T>],
        value: T,
        partial: impl Fn(usize) -> T,
    ) -> Option<(&'static Core<T>, usize)> {
        let count = operands.len();
        let (core, _) = T::lane(|lane| lane.quick(operands.first()?.word()))?;
        let start = core.statement_words.get();
        let payload = core.statements.all().get(start..start + words(count, 1))?;
        let (to_slots, to_partials) = payload.split_at(count.div_ceil(2));
        // What is written before an operand turns out to be another tape's lies beyond the end, where nothing is read.
        let (pairs, last) = operands.as_chunks::<2>();
        for (to, [a, b]) in to_slots.iter().zip(pairs) {
            to.set(core.index_if_held(a.word())? | core.index_if_held(b.word())? << 32);
        }
        if let ([x], Some(to)) = (last, to_slots.last()) {
            to.set(core.index_if_held(x.word())?);
        }
        for (k, to) in to_partials.iter().enumerate() {
            to.set(partial(k).bits());
        }
        let word = Word::fused(start, count, 1);
        let slot = core.push_results(word, [value], words(count, 1), At::caller())?;
        Some((core, slot))
    }

    /// Appends a fused instruction over the active ones of its operands, or says why not. `partial(m, k)` is that of result
    /// `m` by operand `k`. Answers the tape and the slot of the first result; `None` where nothing is recorded: recording
    /// is paused, or every operand is passive. The operands must be on the tape `on`, if one is given.
    pub(crate) fn record_fused(
        on: Option<&'static Core<T>>,
        op: &'static str,
        operands: &[Scalar<T>],
        values: &[T],
        partial: impl Fn(usize, usize) -> T,
        at: At,
    ) -> Result<Option<(&'static Core<T>, usize)>> {
        let active = || operands.iter().enumerate().filter(|(_, x)| x.is_active());
        let Some((_, first)) = active().next() else { return Ok(None) };
        let core = match on {
            Some(core) => core,
            None => registry::resolve(op, Kind::Scalar, first.word(), at)?,
        };
        for (_, x) in active() {
            if !core.contains(x.word()) {
                return Err(match on {
                    Some(_) => core.refuse(op, Kind::Scalar, x.word(), at),
                    None => registry::diagnose_pair(op, core, Kind::Scalar, x.word(), at),
                });
            }
            core.check_carried(op, x.word(), x.value(), at)?;
        }
        core.check_not_lent(op, at)?;
        if core.paused.get() {
            return Ok(None);
        }
        let (count, results) = (active().count(), values.len());
        core.reserve_fused(op, count, results, at)?;
        let (slot, start) = (core.list.slots(), core.statement_words.get());
        let payload = &core.statements.all()[start..start + words(count, results)];
        let (to_slots, to_partials) = payload.split_at(count.div_ceil(2));
        to_slots.iter().for_each(|pair| pair.set(0));
        for (place, (k, x)) in active().enumerate() {
            let pair = &to_slots[place / 2];
            pair.set(pair.get() | (index_of(x.word()) as u64) << (32 * (place % 2)));
            for m in 0..results {
                to_partials[m * count + place].set(partial(m, k).bits());
            }
        }
        for (to, &value) in core.list.values()[slot..].iter().zip(values) {
            to.set(value);
        }
        let word = Word::fused(start, count, results);
        core.list.append(|width| word.pack(width), results);
        core.statement_words.set(start + words(count, results));
        core.note_location(at);
        Ok(Some((core, slot)))
    }
}
