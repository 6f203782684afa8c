//! A derivative must not be computed from a value that was overwritten after the instruction read it. Only
//! instructions older than the last write in place are asked, and only about the primals that their rule reads.

use smallvec::SmallVec;

use super::reverse::{Wanted, gets_adjoint};
use crate::error::{At, Error, Result, Shape};
use crate::rule::{RESULT, ScalarRules};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId};
use crate::tape::tables::{Tables, Write};

/// The write of the slots of a variable after an instruction was recorded.
fn written_after<T: Element>(tables: &Tables<T>, id: VariableId, instruction: usize) -> Option<Write> {
    let variable = tables.variable(id);
    // The slot of a scalar may be an element of a leaf.
    if tables.is_over_scalar(id) {
        return slot_written_after(tables, variable.offset, instruction);
    }
    let place = tables.variable(variable.owner).written.checked_sub(1)?;
    Some(tables.written[place as usize]).filter(|write| write.instructions > instruction)
}

/// The write of a slot.
fn slot_written_after<T: Element>(tables: &Tables<T>, slot: usize, instruction: usize) -> Option<Write> {
    let covers = |write: &&Write| {
        let offset = tables.variable(write.id).offset;
        write.instructions > instruction && (offset..offset + tables.layout(write.id).len).contains(&slot)
    };
    tables.written.iter().find(covers).copied()
}

/// Asks the instructions of a sweep.
pub(super) struct Overwritten<'t, T: Element> {
    pub core: &'t Core<T>,
    pub tables: &'t Tables<T>,
    /// The op that sweeps, for the message.
    pub op: &'static str,
}

impl<T: Element> Overwritten<'_, T> {
    /// Refuses a scalar instruction whose derivative needs an overwritten primal, for an active operand whose slot is `asked`.
    /// `first` is the slot of its constant or result.
    #[cold]
    pub fn scalar<R: ScalarRules>(
        &self,
        index: usize,
        instruction: Instruction,
        first: usize,
        asked: impl Fn(usize) -> bool,
    ) -> Result<()> {
        match instruction {
            Instruction::Binary { op, a, b } => {
                let both: SmallVec<[usize; 2]> =
                    [(0, a), (1, b)].iter().filter(|x| asked(x.1)).map(|x| x.0).collect();
                self.read::<R>(index, 2, op, &[a, b], &both)
            }
            Instruction::Unary { op, x } if asked(x) => self.read::<R>(index, 1, op, &[x], &[0]),
            Instruction::WithConstant { op, x, constant } if asked(x) => {
                let operands = if constant == 1 { [x, first] } else { [first, x] };
                self.read::<R>(index, 2, op, &operands, &[1 - constant])
            }
            // Partials are kept, and read no primal.
            _ => Ok(()),
        }
    }

    fn read<R: ScalarRules>(
        &self,
        instruction: usize,
        arity: usize,
        op: u32,
        operands: &[usize],
        active: &[usize],
    ) -> Result<()> {
        let reads = active.iter().fold(0, |reads, &k| reads | R::row(arity, op, k).1);
        let mut read = (0..operands.len()).filter(|k| reads & 1 << k != 0);
        match read.find_map(|k| slot_written_after(self.tables, operands[k], instruction)) {
            Some(write) => {
                let by = (R::row(arity, op, 0).0, self.core.scalar_location(instruction));
                Err(self.refusal(write, by, instruction))
            }
            None => Ok(()),
        }
    }

    /// Refuses a tensor instruction whose derivative, for an operand that gets an adjoint, needs an overwritten
    /// primal.
    #[cold]
    pub fn tensor(&self, wanted: Option<Wanted<'_>>, instruction: usize, entry: usize) -> Result<()> {
        let operands = self.tables.operands_of(&self.tables.entries[entry]);
        self.operands(instruction, entry, |k| gets_adjoint(self.tables, wanted, operands[k]))
    }

    /// The same for the operands that are `asked`, by their places.
    #[cold]
    pub fn operands(&self, instruction: usize, entry: usize, asked: impl Fn(usize) -> bool) -> Result<()> {
        let tables = self.tables;
        let entry = &tables.entries[entry];
        let operands = tables.operands_of(entry);
        let reads = (0..operands.len())
            .filter(|&k| asked(k))
            .fold(0, |reads, k| reads | entry.rule.reads(operands.len(), k));
        // The result's slots belong to the instruction, which no write in place may touch.
        let mut read = (0..operands.len().min(63)).filter(|&k| reads & !RESULT & 1 << k != 0);
        match read.find_map(|k| written_after(tables, operands[k], instruction)) {
            Some(write) => Err(self.refusal(write, (entry.rule.name, entry.at), instruction)),
            None => Ok(()),
        }
    }

    fn refusal(&self, write: Write, (by, at_instruction): (&'static str, At), instruction: usize) -> Error {
        let Write { id, op: writer, at: at_write, .. } = write;
        let what = format!("{id} {}", Shape::from(&self.tables.layout(id).dims[..]));
        Error::Overwritten { op: self.op, by, instruction, at_instruction, what, writer, at_write }
    }
}
