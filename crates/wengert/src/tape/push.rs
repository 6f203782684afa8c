//! Appending to the list: scalars on the fast path, slots without an instruction, tensor instructions, variables; and
//! the limits that are checked before.

use std::cell::Cell;

use super::core::{Core, SCALAR_LOCATIONS};
use super::element::Element;
use super::instruction::{INDEX_LIMIT, VariableId, index_of};
use super::tables::{Entry, Flags, NONE, Tables, Variable};
use super::word::Word;
use crate::error::{At, Error, Result};
use crate::shape::{LayoutId, is_countable};
use crate::tensor::Tensor;

impl<T: Element> Core<T> {
    /// Appends a scalar instruction whose result is one slot; answers the slot. `None` where there is no room, or the list is
    /// not open: the fast answer.
    #[inline(always)]
    pub fn push_scalar(&self, word: Word, value: T, at: At) -> Option<usize> {
        let slot = self.list.push(|width| word.pack(width), value)?;
        self.note_location(at);
        Some(slot)
    }

    /// The same with a constant in the slot before the result.
    #[inline(always)]
    pub fn push_scalar_with_constant(&self, word: Word, constant: T, value: T, at: At) -> Option<usize> {
        let slot = self.list.push_with_constant(|width| word.pack(width), constant, value)?;
        self.note_location(at);
        Some(slot)
    }

    /// Appends a scalar instruction and what its slots hold, the results last, open or not and whatever its width; answers its
    /// last slot. `None` where there is no room.
    #[inline]
    pub fn append_scalar(&self, word: Word, held: &[T], at: At) -> Option<usize> {
        let (first, width) = (self.list.slots(), self.list.width());
        let end = first + held.len();
        if !self.list.has_room(held.len()) || end > 1 << width || !word.fits(width) {
            return None;
        }
        self.list.values()[first..end].iter().zip(held).for_each(|(slot, &value)| slot.set(value));
        self.list.append(|width| word.pack(width), held.len());
        self.list.measure();
        self.note_location(at);
        Some(end - 1)
    }

    /// Keeps the source line of the last instruction, one on scalars, in builds that do.
    #[inline(always)]
    pub fn note_location(&self, at: At) {
        if let (true, Some(location)) = (SCALAR_LOCATIONS, at.0) {
            self.locations.borrow_mut().push((self.list.len() - 1, location));
        }
    }

    /// Nothing is written while a view of the slots is lent.
    #[inline]
    pub fn check_not_lent(&self, op: &'static str, at: At) -> Result<()> {
        if self.lent.get() == 0 {
            return Ok(());
        }
        Err(Error::Busy {
            op,
            inside: self.lender.get(),
            help: "read what you need, return it from the closure, and record or write after it",
            at,
        })
    }

    /// The next slot and the slots, if there is room for so many more and for an instruction and two variables.
    #[inline(always)]
    pub fn room(&self, tables: &Tables<T>, slots: usize) -> Option<(usize, &'static [Cell<T>])> {
        let (offset, all) = (self.list.slots(), self.list.values());
        let fits = self.list.has_room(slots) && tables.variables.len() + 2 <= INDEX_LIMIT;
        fits.then_some((offset, all))
    }

    /// Makes room for so many more slots, of which scalars must be able to name each if `scalar`.
    pub fn reserve(&self, op: &'static str, slots: usize, scalar: bool, at: At) -> Result<()> {
        let needed = self.list.slots().saturating_add(slots);
        if scalar && needed > INDEX_LIMIT {
            let help = "rewind with `tape.scope(...)`, or use a second tape";
            return Err(Error::full(op, "slots that scalars can name", INDEX_LIMIT, help, at));
        }
        if scalar && needed > 1 << self.list.width() {
            self.lengthen(op, at)?;
        }
        self.reserve_memory(op, slots, "check the shape for an overflow, or free memory", at)
    }

    /// The same for slots that no scalar has to name, with what to do where there is no memory for them.
    pub fn reserve_memory(&self, op: &'static str, slots: usize, help: &'static str, at: At) -> Result<()> {
        let (used, all) = (self.list.slots(), self.list.values().len());
        let needed = used.saturating_add(slots);
        // What cannot even be counted in bytes is refused before anything is added up.
        let countable = isize::MAX as usize / size_of::<T>() / 4;
        if needed > countable {
            return Err(Error::full(op, "slots in memory", countable, help, at));
        }
        if !self.list.can_count(needed) {
            self.lengthen(op, at)?;
        }
        if !self.list.reserve_slots(slots) {
            return Err(Error::no_memory(op, "slots", slots, all - used, help, at));
        }
        if !self.list.reserve_words(1) {
            return Err(Error::no_memory(op, "instructions", 1, 0, help, at));
        }
        Ok(())
    }

    /// Makes the words of instructions long.
    pub fn lengthen(&self, op: &'static str, at: At) -> Result<()> {
        let (count, help) = (self.list.len(), "rewind with `tape.scope(...)`");
        match self.list.lengthen_all() {
            true => Ok(()),
            false => Err(Error::no_memory(op, "longer instructions", count, 0, help, at)),
        }
    }

    /// A shape must be one that memory can be addressed with.
    pub fn check_countable(&self, op: &'static str, dims: &[usize], at: At) -> Result<()> {
        if is_countable(dims) {
            return Ok(());
        }
        let (what, help) = ("elements in a shape", "check the extents for an overflow");
        Err(Error::full(op, what, isize::MAX as usize, help, at))
    }

    /// Scalars name slots in 29 bits.
    pub fn check_scalar_slot(&self, op: &'static str, slot: usize, at: At) -> Result<()> {
        if slot < INDEX_LIMIT {
            return Ok(());
        }
        let help = "make what scalars read before the large tensors";
        Err(Error::full(op, "slots that scalars can name", INDEX_LIMIT, help, at))
    }

    /// Whether an instruction only stands for slots.
    pub fn is_skip(&self, instruction: usize) -> bool {
        self.list.packed(instruction).skip().is_some()
    }

    /// Whether the last instruction only stands for slots.
    pub fn ends_with_skip(&self) -> bool {
        self.list.len().checked_sub(1).is_some_and(|last| self.is_skip(last))
    }

    /// A passive tensor with given values.
    pub fn push_passive(&self, op: &'static str, dims: &[usize], values: &[T], at: At) -> Result<Tensor<T>> {
        self.check_not_lent(op, at)?;
        let mut tables = self.tables.borrow_mut();
        self.check_variables(op, &tables, at)?;
        self.reserve(op, values.len(), false, at)?;
        let offset = self.list.slots();
        for (slot, &value) in self.list.values()[offset..].iter().zip(values) {
            slot.set(value);
        }
        let layout = tables.layouts.contiguous(dims);
        let id = self.push_variable(&mut tables, offset, layout, NONE, Flags::PASSIVE);
        self.push_skip(values.len());
        Ok(Tensor::from_word(self.word(id.index())))
    }

    /// Appends slots without an instruction. The room must be there.
    pub fn push_skip(&self, slots: usize) {
        if slots == 0 {
            return;
        }
        let count = self.list.len();
        // A skip grows, but never across a mark, or a rewind would cut it in two.
        let mark = self.scopes.borrow().last().map_or(0, |mark| mark.instructions);
        if count > mark
            && let Some(before) = self.list.packed(count - 1).skip()
        {
            let word = Word::skip(before + slots);
            self.list.set_last(|width| word.pack(width), slots);
            return;
        }
        self.append(Word::skip(slots), slots);
    }

    /// Appends a tensor instruction. The room must be there.
    pub fn push_tensor(&self, tables: &mut Tables<T>, entry: Entry<T>, slots: usize) {
        self.append(Word::tensor(tables.entries.len()), slots);
        tables.entries.push(entry);
    }

    /// Appends an instruction. The room must be there.
    #[inline]
    fn append(&self, word: Word, slots: usize) {
        self.list.append(|width| word.pack(width), slots);
    }

    /// A new variable that owns its slots.
    pub fn push_variable(
        &self,
        tables: &mut Tables<T>,
        offset: usize,
        layout: LayoutId,
        instruction: u32,
        flags: Flags,
    ) -> VariableId {
        let id = VariableId(tables.variables.len() as u32);
        tables.variables.push(Variable {
            offset,
            layout,
            owner: id,
            instruction,
            leaf: NONE,
            written: 0,
            flags,
        });
        id
    }

    /// There must be room for another variable: handles name it in 29 bits.
    #[inline]
    pub fn check_variables(&self, op: &'static str, tables: &Tables<T>, at: At) -> Result<()> {
        self.check_more_variables(op, tables, 1, at)
    }

    /// The same for so many.
    pub fn check_more_variables(
        &self,
        op: &'static str,
        tables: &Tables<T>,
        more: usize,
        at: At,
    ) -> Result<()> {
        if tables.variables.len().saturating_add(more) <= INDEX_LIMIT {
            return Ok(());
        }
        let help = "rewind with `tape.scope(...)`, or use a second tape";
        Err(Error::full(op, "tensors and views", INDEX_LIMIT, help, at))
    }

    /// A scalar must carry what its slot holds, where slots that scalars look at were written.
    pub fn check_carried(&self, op: &'static str, word: u64, carried: T, at: At) -> Result<()> {
        if !self.wary.get() {
            return Ok(());
        }
        let holds = self.list.values()[index_of(word)].get();
        if holds == carried || (holds.is_nan() && carried.is_nan()) {
            return Ok(());
        }
        let number = |value: T| value.to_f64().unwrap_or(f64::NAN);
        Err(Error::OldValue { op, carried: number(carried), holds: number(holds), at })
    }
}
