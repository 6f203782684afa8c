//! How large a tape is.

use std::fmt;

use crate::tape::{Element, Tape};

/// Counts and bytes of a tape. `Display` prints them on a few lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Instructions that compute something; those that only stand for slots of leaves and constants do not count.
    pub instructions: usize,
    /// Slots in use: one an element of every value.
    pub slots: usize,
    /// Tensors and views.
    pub variables: usize,
    /// Open scopes, without the outermost level.
    pub scopes: usize,
    /// Bytes of the slots in use.
    pub value_bytes: usize,
    /// Bytes of the instructions in use, with those that only stand for slots.
    pub instruction_bytes: usize,
    /// Bytes that each of them takes: 4 at first, and 8 once a scalar lies beyond the slot 2^13, or a fused instruction of several
    /// results or more than six inputs asks for it, until the tape is cleared.
    pub instruction_size: usize,
    /// Bytes of the operands and partials of fused instructions.
    pub statement_bytes: usize,
    /// Bytes of adjoint buffers: reserved by the first sweep, committed by the system as they are written.
    pub adjoint_bytes: usize,
    /// Bytes that gradients of leaves hold.
    pub gradient_bytes: usize,
    /// Bytes that the tables of tensors hold: variables, layouts, entries, payloads.
    pub table_bytes: usize,
    /// Bytes reserved for slots and instructions, in use or not.
    pub reserved_bytes: usize,
    /// The most slots there have been.
    pub peak_slots: usize,
    /// The most words of instructions there have been.
    pub peak_instructions: usize,
    /// The most bytes of operands and partials of fused instructions there have been.
    pub peak_statement_bytes: usize,
}

impl<T: Element> Tape<T> {
    /// How large the tape is now, and has been.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let _ = (x * x).sum();
    /// let stats = tape.stats();
    /// assert_eq!((stats.instructions, stats.slots), (2, 5));
    /// ```
    pub fn stats(&self) -> Stats {
        let core = self.core();
        core.note_peak();
        let tables = core.tables.borrow();
        let (words, slots) = (core.list.len(), core.list.slots());
        let skips = (0..words).filter(|&instruction| core.is_skip(instruction)).count();
        let (peak_slots, peak_instructions, peak_words) = core.peak.get();
        Stats {
            instructions: words - skips,
            slots,
            variables: tables.variables.len(),
            scopes: core.scopes.borrow().len() - 1,
            value_bytes: slots * size_of::<T>(),
            instruction_bytes: words * core.list.stride(),
            instruction_size: core.list.stride(),
            statement_bytes: core.statement_words.get() * size_of::<u64>(),
            adjoint_bytes: core.workspaces.borrow().iter().map(|workspace| workspace.adjoints.bytes()).sum(),
            gradient_bytes: core.gradients.borrow().bytes(),
            table_bytes: tables.bytes(),
            reserved_bytes: core.list.bytes() + core.statements.bytes(),
            peak_slots,
            peak_instructions,
            peak_statement_bytes: peak_words * size_of::<u64>(),
        }
    }
}

impl crate::tape::Escape for Stats {
    fn escape(self, _: &mut crate::tape::Exit<'_>) -> Stats {
        self
    }
}

/// Bytes in the unit that a person reads.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes < 10 << 10 => write!(f, "{bytes} B"),
            bytes if bytes < 10 << 20 => write!(f, "{} KiB", bytes >> 10),
            bytes => write!(f, "{} MiB", bytes >> 20),
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} instructions, {} slots, {} variables",
            self.instructions, self.slots, self.variables
        )?;
        writeln!(
            f,
            "values {}, instructions {}, fused {}, adjoints {}, gradients {}, tables {}",
            Bytes(self.value_bytes),
            Bytes(self.instruction_bytes),
            Bytes(self.statement_bytes),
            Bytes(self.adjoint_bytes),
            Bytes(self.gradient_bytes),
            Bytes(self.table_bytes)
        )?;
        write!(
            f,
            "peak {} slots and {} words, {} reserved for values and instructions",
            self.peak_slots,
            self.peak_instructions,
            Bytes(self.reserved_bytes)
        )
    }
}
