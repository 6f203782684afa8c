//! The state of a tape. Handles find it through a thread-local word; see `element`.

use std::cell::{Cell, RefCell};
use std::panic::Location;

use wengert_kernels::Scratch;

use super::element::Element;
use super::gradients::Gradients;
use super::instruction::{INDEX_LIMIT, Instruction, TAG_MASK, VariableId, Word, index_of};
use super::scope::{Mark, Survivors};
use super::tables::{Entry, Flags, NONE, Tables, Variable};
use super::tags::Tags;
use super::workspace::Workspace;
use crate::arena::Cells;
use crate::arena::lease::Lease;
use crate::error::{At, Error, Kind, Result};
use crate::shape::LayoutId;
use crate::tensor::Tensor;

/// A tape's state. What a recorded scalar touches stands first and together.
pub(crate) struct Core<T: Element> {
    /// The tag of the innermost scope, in the place it has in a handle's word.
    pub current: Cell<u64>,
    /// The tag of the outermost level, so that parameters made outside a scope cost no more than values made inside.
    pub root: Cell<u64>,
    pub instruction_count: Cell<usize>,
    pub slot_count: Cell<usize>,
    pub instructions: Cells<u64>,
    pub values: Cells<T>,
    /// Values are computed, and nothing is recorded.
    pub paused: Cell<bool>,
    /// Slots that scalars look at were written: until those scalars are stale, each is compared with its slot before
    /// it is recorded, on the slow path.
    pub wary: Cell<bool>,
    /// Views of the slots that a user holds (`with`): nothing may be written meanwhile.
    pub lent: Cell<u32>,
    /// Sweeps under way.
    pub sweeping: Cell<u32>,
    /// Callbacks of handles' methods under way: the core must outlive them, even if they drop the tape.
    pub pins: Cell<u32>,
    /// The tape was dropped inside such a callback.
    pub orphaned: Cell<bool>,
    pub id: Cell<u64>,
    pub scopes: RefCell<Vec<Mark>>,
    pub tags: RefCell<Tags>,
    pub tables: RefCell<Tables<T>>,
    pub gradients: RefCell<Gradients<T>>,
    pub survivors: RefCell<Survivors<T>>,
    /// What sweeps work with, one a depth of nesting, kept for the next.
    pub workspaces: RefCell<Vec<Workspace<T>>>,
    /// How many instructions there were when anything was last written in place; 0 if nothing was.
    pub last_written: Cell<usize>,
    /// Where writes in place gather their values.
    pub buffer: Cell<Vec<T>>,
    /// Scratch of forward kernels.
    pub scratch: Cell<Scratch<T>>,
    /// The most slots and instructions there have been.
    pub peak: Cell<(usize, usize)>,
    /// Slots before every so many instructions, filled when a sweep starts in mid-list.
    pub checkpoints: RefCell<Vec<usize>>,
    /// Source lines of scalar instructions, in debug builds and with the feature `locations`.
    pub locations: RefCell<Vec<(usize, &'static Location<'static>)>>,
    /// What the core itself lives in, until it is released.
    pub lease: Cell<Option<Lease<Core<T>>>>,
    /// The next tape of the thread.
    pub next: Cell<Option<&'static Core<T>>>,
}

/// Whether source lines of scalar instructions are kept.
pub(crate) const SCALAR_LOCATIONS: bool = cfg!(any(debug_assertions, feature = "locations"));

impl<T: Element> Core<T> {
    pub fn new() -> Core<T> {
        Core {
            current: Cell::new(0),
            root: Cell::new(0),
            instruction_count: Cell::new(0),
            slot_count: Cell::new(0),
            instructions: Cells::new(usize::MAX),
            values: Cells::new(INDEX_LIMIT),
            paused: Cell::new(false),
            wary: Cell::new(false),
            lent: Cell::new(0),
            sweeping: Cell::new(0),
            pins: Cell::new(0),
            orphaned: Cell::new(false),
            id: Cell::new(0),
            scopes: RefCell::default(),
            tags: RefCell::default(),
            tables: RefCell::default(),
            gradients: RefCell::default(),
            survivors: RefCell::default(),
            workspaces: RefCell::default(),
            last_written: Cell::new(0),
            buffer: Cell::default(),
            scratch: Cell::default(),
            peak: Cell::new((0, 0)),
            checkpoints: RefCell::default(),
            locations: RefCell::default(),
            lease: Cell::new(None),
            next: Cell::new(None),
        }
    }

    /// Whether the tag of a handle is the innermost or the outermost of this tape: the fast answer.
    #[inline(always)]
    pub fn holds(&self, word: u64) -> bool {
        let tag = word & TAG_MASK;
        tag == self.current.get() || tag == self.root.get()
    }

    /// The index in the word of a handle, if its tag is the innermost or the outermost of this tape. A word without
    /// its tag is the index, so that the check and the cut are one operation.
    #[inline(always)]
    pub fn index_if_held(&self, word: u64) -> Option<u64> {
        let index = word ^ self.current.get();
        if index < INDEX_LIMIT as u64 {
            return Some(index);
        }
        let index = word ^ self.root.get();
        (index < INDEX_LIMIT as u64).then_some(index)
    }

    /// Whether the tag of a handle is one of this tape's open scopes.
    pub fn contains(&self, word: u64) -> bool {
        self.holds(word) || self.scopes.borrow().iter().any(|mark| mark.tag == word & TAG_MASK)
    }

    /// Appends a scalar instruction whose result is one slot; answers the slot. `None` where there is no room in
    /// `instructions`, which are the open ones on the fast path and all on the slow.
    #[inline(always)]
    #[track_caller]
    pub fn push_scalar(&self, instructions: &[Cell<u64>], word: Word, value: T) -> Option<usize> {
        let (instruction, slot) = (self.instruction_count.get(), self.slot_count.get());
        let place = instructions.get(instruction)?;
        self.values.open().get(slot)?.set(value);
        place.set(word.0);
        self.instruction_count.set(instruction + 1);
        self.slot_count.set(slot + 1);
        if SCALAR_LOCATIONS {
            self.locations.borrow_mut().push((instruction, Location::caller()));
        }
        Some(slot)
    }

    /// The same with a constant in the slot before the result.
    #[inline(always)]
    #[track_caller]
    pub fn push_scalar_with_constant(
        &self,
        instructions: &[Cell<u64>],
        word: Word,
        constant: T,
        value: T,
    ) -> Option<usize> {
        let (instruction, slot) = (self.instruction_count.get(), self.slot_count.get());
        let place = instructions.get(instruction)?;
        let values = self.values.open();
        values.get(slot + 1)?.set(value);
        values.get(slot)?.set(constant);
        place.set(word.0);
        self.instruction_count.set(instruction + 1);
        self.slot_count.set(slot + 2);
        if SCALAR_LOCATIONS {
            self.locations.borrow_mut().push((instruction, Location::caller()));
        }
        Some(slot + 1)
    }

    /// Nothing is written while a view of the slots is lent.
    #[inline]
    pub fn check_not_lent(&self, op: &'static str, at: At) -> Result<()> {
        if self.lent.get() == 0 {
            return Ok(());
        }
        Err(Error::Busy {
            op,
            inside: "`with`, which lends the slots",
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
            return Err(Error::Capacity {
                op,
                what: "slots that scalars can name",
                limit: INDEX_LIMIT as u64,
                help: "rewind with `tape.scope(...)`, or use a second tape",
                at,
            });
        }
        // What cannot even be counted in bytes would abort in the allocator.
        if needed > isize::MAX as usize / size_of::<T>() / 4 {
            return Err(Error::Capacity {
                op,
                what: "slots in memory",
                limit: (isize::MAX as usize / size_of::<T>() / 4) as u64,
                help: "check the shape for an overflow",
                at,
            });
        }
        if needed > self.values.all().len() {
            self.values.grow(self.slot_count.get(), needed);
        }
        let instructions = self.instruction_count.get() + 1;
        if instructions > self.instructions.all().len() {
            self.instructions.grow(self.instruction_count.get(), instructions);
        }
        Ok(())
    }

    /// Scalars name slots in 29 bits.
    pub fn check_scalar_slot(&self, op: &'static str, slot: usize, at: At) -> Result<()> {
        if slot < INDEX_LIMIT {
            return Ok(());
        }
        Err(Error::Capacity {
            op,
            what: "slots that scalars can name",
            limit: INDEX_LIMIT as u64,
            help: "make what scalars read before the large tensors",
            at,
        })
    }

    /// Whether an instruction only stands for slots.
    pub fn is_skip(&self, instruction: usize) -> bool {
        matches!(Word(self.instructions.all()[instruction].get()).read(), Instruction::Skip { .. })
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
        if tables.variables.len() < INDEX_LIMIT {
            return Ok(());
        }
        Err(Error::Capacity {
            op,
            what: "tensors and views",
            limit: INDEX_LIMIT as u64,
            help: "rewind with `tape.scope(...)`, or use a second tape",
            at,
        })
    }

    /// The word of a handle to a variable or slot made now.
    #[inline(always)]
    pub fn word(&self, index: usize) -> u64 {
        self.current.get() | index as u64
    }

    /// The variable of a tensor's word, which must be valid.
    #[inline(always)]
    pub fn variable_of(word: u64) -> VariableId {
        VariableId(index_of(word) as u32)
    }

    /// Whether what is recorded now can require a gradient.
    pub fn is_recording(&self) -> bool {
        !self.paused.get()
    }

    /// Opens or closes the fast path of recording to what the modes say.
    pub fn refresh(&self) {
        self.instructions.set_open(!self.paused.get() && self.lent.get() == 0 && !self.wary.get());
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

    /// The error of a handle that this tape does not hold.
    #[cold]
    #[inline(never)]
    pub fn refuse(&self, op: &'static str, kind: Kind, word: u64, at: At) -> Error {
        super::registry::diagnose::<T>(op, kind, word, Some(self.id.get()), at)
    }

    /// Lends the buffer that writes in place gather in, empty.
    pub fn with_buffer<R>(&self, f: impl FnOnce(&mut Vec<T>) -> R) -> R {
        let mut buffer = self.buffer.take();
        buffer.clear();
        let answer = f(&mut buffer);
        self.buffer.set(buffer);
        answer
    }

    /// Lends the scratch of forward kernels.
    pub fn with_scratch<R>(&self, f: impl FnOnce(&mut Scratch<T>) -> R) -> R {
        let mut scratch = self.scratch.take();
        let answer = f(&mut scratch);
        self.scratch.set(scratch);
        answer
    }

    /// Forgets everything; handles made from now on carry `tag`.
    pub fn clear(&self, tag: u64) {
        self.rewind(&Mark::default());
        self.gradients.borrow_mut().clear_all();
        self.last_written.set(0);
        let mut scopes = self.scopes.borrow_mut();
        scopes.clear();
        scopes.push(Mark { tag, ..Mark::default() });
        self.current.set(tag);
        self.root.set(tag);
    }

    /// As new, but with its buffers: the next tape's.
    pub fn reset(&self) {
        self.clear(0);
        self.scopes.borrow_mut().clear();
        self.gradients.borrow_mut().retained.clear();
        self.paused.set(false);
        self.wary.set(false);
        self.orphaned.set(false);
        self.peak.set((0, 0));
        self.refresh();
    }

    /// Bytes that the core holds, in use or not.
    pub fn bytes(&self) -> usize {
        let adjoints: usize =
            self.workspaces.borrow().iter().map(|workspace| workspace.adjoints.bytes()).sum();
        let buffers = self.values.bytes() + self.instructions.bytes() + adjoints;
        buffers + self.gradients.borrow().bytes() + self.tables.borrow().bytes()
    }

    /// Notes how large the tape has been.
    pub fn note_peak(&self) {
        let (slots, instructions) = self.peak.get();
        self.peak.set((slots.max(self.slot_count.get()), instructions.max(self.instruction_count.get())));
    }

    /// The source line of a scalar instruction, where it is kept.
    pub fn scalar_location(&self, instruction: usize) -> At {
        let locations = self.locations.borrow();
        let found = locations.binary_search_by_key(&instruction, |&(index, _)| index);
        At(found.ok().map(|index| locations[index].1))
    }
}

/// Keeps a core alive while a callback runs that may drop its tape.
pub(crate) struct Pin<T: Element>(&'static Core<T>);

impl<T: Element> Pin<T> {
    pub fn new(core: &'static Core<T>) -> Pin<T> {
        core.pins.set(core.pins.get() + 1);
        Pin(core)
    }
}

impl<T: Element> Drop for Pin<T> {
    fn drop(&mut self) {
        let pins = self.0.pins.get() - 1;
        self.0.pins.set(pins);
        if pins == 0 && self.0.orphaned.get() {
            super::registry::release(self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    /// A callback of a handle's method may drop the tape whose slots it was lent; the core outlives the callback.
    #[test]
    fn a_tape_dropped_inside_a_callback_lives_to_its_end() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let sum = x.with(|view| {
            drop(tape);
            view.sum()
        });
        assert_eq!(sum, 3.0);
        assert!(matches!(x.try_item(), Err(Error::DroppedTape { .. })));

        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        x.sum().backward();
        let sum = x.with_grad(|grad| {
            drop(tape);
            grad.sum()
        });
        assert_eq!(sum, Some(2.0));

        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        x.sum().backward();
        let first = x.update(|value, grad| {
            drop(tape);
            value[0] -= grad[0];
            value[0]
        });
        assert_eq!(first, Some(0.0));
    }

    /// A seed may be a tensor of the tape that is swept.
    #[test]
    fn a_seed_may_lie_on_the_tape() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        let y = x * x;
        y.backward_with(x.t());
        assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [2.0, 12.0, 12.0, 32.0]);
    }
}
