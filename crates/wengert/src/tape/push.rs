//! Appending to the list: scalars on the fast path, slots without an instruction, tensor instructions, variables; and
//! the limits that are checked before.

use std::cell::Cell;

use super::core::{Core, SCALAR_LOCATIONS};
use super::element::Element;
use super::instruction::{INDEX_LIMIT, Instruction, VariableId, Word, index_of};
use super::tables::{Entry, Flags, NONE, Tables, Variable};
use crate::error::{At, Error, Result};
use crate::shape::{LayoutId, is_countable};
use crate::tensor::Tensor;

impl<T: Element> Core<T> {
    /// Appends a scalar instruction whose result is one slot; answers the slot. `None` where there is no room in
    /// `instructions`, which are the open ones on the fast path and all on the slow.
    #[inline(always)]
    pub fn push_scalar(&self, instructions: &[Cell<u64>], word: Word, value: T, at: At) -> Option<usize> {
        let (instruction, slot) = (self.instruction_count.get(), self.slot_count.get());
        let place = instructions.get(instruction)?;
        self.values.open().get(slot)?.set(value);
        place.set(word.0);
        self.instruction_count.set(instruction + 1);
        self.slot_count.set(slot + 1);
        self.note_location(instruction, at);
        Some(slot)
    }

    /// The same with a constant in the slot before the result.
    #[inline(always)]
    pub fn push_scalar_with_constant(
        &self,
        instructions: &[Cell<u64>],
        word: Word,
        constant: T,
        value: T,
        at: At,
    ) -> Option<usize> {
        let (instruction, slot) = (self.instruction_count.get(), self.slot_count.get());
        let place = instructions.get(instruction)?;
        let values = self.values.open();
        values.get(slot + 1)?.set(value);
        values.get(slot)?.set(constant);
        place.set(word.0);
        self.instruction_count.set(instruction + 1);
        self.slot_count.set(slot + 2);
        self.note_location(instruction, at);
        Some(slot + 1)
    }

    /// Keeps the source line of a scalar instruction, in builds that do.
    #[inline(always)]
    pub fn note_location(&self, instruction: usize, at: At) {
        if let (true, Some(location)) = (SCALAR_LOCATIONS, at.0) {
            self.locations.borrow_mut().push((instruction, location));
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
        let (offset, all) = (self.slot_count.get(), self.values.all());
        let fits = slots <= all.len() - offset
            && self.instruction_count.get() < self.instructions.all().len()
            && tables.variables.len() + 2 <= INDEX_LIMIT;
        fits.then_some((offset, all))
    }

    /// Makes room for so many more slots, of which scalars must be able to name each if `scalar`.
    pub fn reserve(&self, op: &'static str, slots: usize, scalar: bool, at: At) -> Result<()> {
        let needed = self.slot_count.get().saturating_add(slots);
        if scalar && needed > INDEX_LIMIT {
            let help = "rewind with `tape.scope(...)`, or use a second tape";
            return Err(Error::full(op, "slots that scalars can name", INDEX_LIMIT, help, at));
        }
        self.reserve_memory(op, slots, "check the shape for an overflow, or free memory", at)
    }

    /// The same for slots that no scalar has to name, with what to do where there is no memory for them.
    pub fn reserve_memory(&self, op: &'static str, slots: usize, help: &'static str, at: At) -> Result<()> {
        let (used, all) = (self.slot_count.get(), self.values.all().len());
        let needed = used.saturating_add(slots);
        // What cannot even be counted in bytes is refused before anything is added up.
        let countable = isize::MAX as usize / size_of::<T>() / 4;
        if needed > countable {
            return Err(Error::full(op, "slots in memory", countable, help, at));
        }
        if needed > all && !self.values.grow(used, needed) {
            return Err(Error::no_memory(op, "slots", slots, all - used, help, at));
        }
        let instructions = self.instruction_count.get();
        if instructions == self.instructions.all().len()
            && !self.instructions.grow(instructions, instructions + 1)
        {
            return Err(Error::no_memory(op, "instructions", 1, 0, help, at));
        }
        Ok(())
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
        matches!(Word(self.instructions.all()[instruction].get()).read(), Instruction::Skip { .. })
    }

    /// Whether the last instruction only stands for slots.
    pub fn ends_with_skip(&self) -> bool {
        self.instruction_count.get().checked_sub(1).is_some_and(|last| self.is_skip(last))
    }

    /// A passive tensor with given values.
    pub fn push_passive(&self, op: &'static str, dims: &[usize], values: &[T], at: At) -> Result<Tensor<T>> {
        self.check_not_lent(op, at)?;
        let mut tables = self.tables.borrow_mut();
        self.check_variables(op, &tables, at)?;
        self.reserve(op, values.len(), false, at)?;
        let offset = self.slot_count.get();
        for (slot, &value) in self.values.all()[offset..].iter().zip(values) {
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
        let (count, all) = (self.instruction_count.get(), self.instructions.all());
        self.slot_count.set(self.slot_count.get() + slots);
        // A skip grows, but never across a mark, or a rewind would cut it in two.
        let mark = self.scopes.borrow().last().map_or(0, |mark| mark.instructions);
        if count > mark
            && let Some(word) = Word(all[count - 1].get()).skip_more(slots)
        {
            all[count - 1].set(word.0);
            return;
        }
        all[count].set(Word::skip(slots).0);
        self.instruction_count.set(count + 1);
    }

    /// Appends a tensor instruction. The room must be there.
    pub fn push_tensor(&self, tables: &mut Tables<T>, entry: Entry<T>, slots: usize) {
        let count = self.instruction_count.get();
        self.instructions.all()[count].set(Word::tensor(tables.entries.len()).0);
        tables.entries.push(entry);
        self.instruction_count.set(count + 1);
        self.slot_count.set(self.slot_count.get() + slots);
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
        let holds = self.values.all()[index_of(word)].get();
        if holds == carried || (holds.is_nan() && carried.is_nan()) {
            return Ok(());
        }
        let number = |value: T| value.to_f64().unwrap_or(f64::NAN);
        Err(Error::OldValue { op, carried: number(carried), holds: number(holds), at })
    }
}
