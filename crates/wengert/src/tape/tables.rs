//! The tables of the tensor lane: variables, layouts, and the entries that tensor instructions point to.

use smallvec::SmallVec;

use super::instruction::VariableId;
use crate::error::At;
use crate::rule::{Number, Rule};
use crate::shape::{Layout, LayoutId, Layouts, View};

/// A tensor's view of the slots.
#[derive(Clone, Copy)]
pub(crate) struct Variable {
    /// The slot of the first element.
    pub offset: usize,
    pub layout: LayoutId,
    /// The variable that has the slots: itself, or the base of a view.
    pub owner: VariableId,
    /// The instruction that computed it, or [`NONE`].
    pub instruction: u32,
    /// Where its gradient is kept, or [`NONE`]: an index into the tensor leaves.
    pub leaf: u32,
    /// Its place in [`Tables::written`], counted from 1; 0 if its slots were not written.
    pub written: u32,
    pub flags: Flags,
}

/// The last write in place of a variable's slots.
#[derive(Clone, Copy)]
pub(crate) struct Write {
    pub id: VariableId,
    /// How many instructions there were.
    pub instructions: usize,
    /// What wrote, and where it was called.
    pub op: &'static str,
    pub at: At,
}

/// No instruction, no leaf.
pub(crate) const NONE: u32 = u32::MAX;

/// What is true of a variable.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub const PASSIVE: Flags = Flags(0);
    /// It requires a gradient.
    pub const ACTIVE: Flags = Flags(1);
    /// It has no slots of its own.
    pub const VIEW: Flags = Flags(2);
    /// A scalar looks at one of its slots. Scalars set no flag when an adjoint arrives, so that its slots must be
    /// looked at themselves.
    pub const READ_BY_SCALARS: Flags = Flags(4);

    #[inline(always)]
    pub fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 != 0
    }
    #[inline(always)]
    pub fn with(self, flag: Flags) -> Flags {
        Flags(self.0 | flag.0)
    }
    pub fn without(self, flag: Flags) -> Flags {
        Flags(self.0 & !flag.0)
    }
    pub fn active_if(active: bool) -> Flags {
        if active { Flags::ACTIVE } else { Flags::PASSIVE }
    }
}

impl Variable {
    #[inline(always)]
    pub fn is_active(&self) -> bool {
        self.flags.has(Flags::ACTIVE)
    }
    pub fn is_view(&self) -> bool {
        self.flags.has(Flags::VIEW)
    }
    /// It has slots of its own and requires a gradient, and no instruction computed it.
    pub fn is_gradient_leaf(&self) -> bool {
        self.is_active() && !self.is_view() && self.instruction == NONE
    }
}

/// A tensor instruction.
pub(crate) struct Entry<T: Number> {
    pub rule: &'static Rule<T>,
    pub at: At,
    pub out: VariableId,
    pub operands: Operands,
    /// Payload: a run of [`Tables::payload`].
    pub payload: (u32, u32),
    /// How many slots before the result hold constant operands.
    pub numbers: u32,
}

/// The operands of an entry: two lie in it, which is what most have; more are a run of [`Tables::operands`].
#[derive(Clone, Copy)]
pub(crate) struct Operands {
    pub count: u32,
    /// The operands (a single one twice), or where the run starts.
    pub inline: [VariableId; 2],
}

impl Operands {
    /// How many lie in an entry.
    const INLINE: usize = 2;
}

/// The tables. Scopes cut them at marks.
pub(crate) struct Tables<T: Number> {
    pub variables: Vec<Variable>,
    pub layouts: Layouts,
    pub entries: Vec<Entry<T>>,
    pub operands: Vec<VariableId>,
    pub payload: Vec<usize>,
    /// The last write in place of each variable whose slots were written, if there were instructions before it.
    pub written: SmallVec<[Write; 4]>,
    /// The variables that scalars look at, in the order in which they were first looked at.
    pub scalar_reads: Vec<VariableId>,
}

impl<T: Number> Default for Tables<T> {
    fn default() -> Tables<T> {
        Tables {
            variables: Vec::new(),
            layouts: Layouts::default(),
            entries: Vec::new(),
            operands: Vec::new(),
            payload: Vec::new(),
            written: SmallVec::new(),
            scalar_reads: Vec::new(),
        }
    }
}

impl<T: Number> Tables<T> {
    #[inline(always)]
    pub fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.index()]
    }

    #[inline(always)]
    pub fn layout(&self, id: VariableId) -> &Layout {
        self.layouts.get(self.variable(id).layout)
    }

    /// The variable that has the slots.
    #[inline(always)]
    pub fn owner(&self, id: VariableId) -> &Variable {
        self.variable(self.variable(id).owner)
    }

    /// Whether a variable looks at the slot of a scalar: through a view that owns itself, or a view of one.
    #[inline(always)]
    pub fn is_over_scalar(&self, id: VariableId) -> bool {
        self.owner(id).is_view()
    }

    /// Where the elements of a variable lie.
    pub fn view(&self, id: VariableId) -> View {
        View { offset: self.variable(id).offset, layout: self.layout(id).clone() }
    }

    /// Notes that a scalar looks at a slot of a variable.
    pub fn note_scalar_read(&mut self, owner: VariableId) {
        let flags = &mut self.variables[owner.index()].flags;
        if !flags.has(Flags::READ_BY_SCALARS) {
            *flags = flags.with(Flags::READ_BY_SCALARS);
            self.scalar_reads.push(owner);
        }
    }

    /// Forgets what scalars looked at since there were so many: those scalars are stale.
    pub fn cut_scalar_reads(&mut self, count: usize) {
        for id in self.scalar_reads.drain(count..) {
            if let Some(variable) = self.variables.get_mut(id.index()) {
                variable.flags = variable.flags.without(Flags::READ_BY_SCALARS);
            }
        }
    }

    /// The operands of an entry.
    #[inline(always)]
    pub fn operands_of<'a>(&'a self, entry: &'a Entry<T>) -> &'a [VariableId] {
        let Operands { count, inline: [start, _] } = entry.operands;
        match entry.operands.inline.get(..count as usize) {
            Some(inline) => inline,
            None => &self.operands[start.index()..][..count as usize],
        }
    }

    /// Keeps the operands of a new entry.
    #[inline(always)]
    pub fn keep_operands(&mut self, operands: &[VariableId]) -> Operands {
        let count = operands.len() as u32;
        let inline = match *operands {
            [] => [VariableId(0); Operands::INLINE],
            [x] => [x, x],
            [a, b] => [a, b],
            _ => {
                let start = VariableId(self.operands.len() as u32);
                self.operands.extend_from_slice(operands);
                [start, start]
            }
        };
        Operands { count, inline }
    }

    /// The payload of an entry.
    #[inline(always)]
    pub fn payload_of(&self, entry: &Entry<T>) -> &[usize] {
        let (start, len) = entry.payload;
        &self.payload[start as usize..(start + len) as usize]
    }

    /// How many slots an entry's instruction has: its constants and its result.
    #[inline(always)]
    pub fn slots_of(&self, entry: &Entry<T>) -> usize {
        self.layout(entry.out).len + entry.numbers as usize
    }

    /// The name of the instruction that computed a variable, or `view`; `None` for what requires no gradient and
    /// for leaves.
    pub fn grad_fn(&self, id: VariableId, entry_at: impl Fn(u32) -> Option<usize>) -> Option<&'static str> {
        let variable = self.variable(id);
        match variable {
            variable if !variable.is_active() => None,
            variable if variable.is_view() => Some("view"),
            variable => entry_at(variable.instruction).map(|entry| self.entries[entry].rule.name),
        }
    }

    /// Bytes that the tables hold.
    pub fn bytes(&self) -> usize {
        self.variables.capacity() * size_of::<Variable>()
            + self.entries.capacity() * size_of::<Entry<T>>()
            + self.operands.capacity() * size_of::<VariableId>()
            + self.payload.capacity() * size_of::<usize>()
            + self.layouts.bytes()
    }
}
