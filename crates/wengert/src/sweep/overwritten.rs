//! A derivative must not be computed from a value that was overwritten after the instruction read it. Only
//! instructions older than the last write in place are asked, and only about the primals that their rule reads.

use smallvec::SmallVec;

use super::reverse::{Wanted, gets_adjoint};
use crate::error::{At, Error, Result};
use crate::rule::{RESULT, ScalarRules};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId};
use crate::tape::tables::Tables;

/// Whether the slots of a variable were written after an instruction was recorded.
fn written_after<T: Element>(tables: &Tables<T>, id: VariableId, instruction: usize) -> bool {
    let variable = tables.variable(id);
    // The slot of a scalar may be an element of a leaf.
    match tables.is_over_scalar(id) {
        true => slot_written_after(tables, variable.offset, instruction),
        false => tables.variable(variable.owner).written as usize > instruction,
    }
}

/// Whether a slot was.
fn slot_written_after<T: Element>(tables: &Tables<T>, slot: usize, instruction: usize) -> bool {
    tables.written.iter().any(|&id| {
        let variable = tables.variable(id);
        let own = variable.offset..variable.offset + tables.layout(id).len;
        own.contains(&slot) && variable.written as usize > instruction
    })
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
        let is_written =
            |k: usize| reads & 1 << k != 0 && slot_written_after(self.tables, operands[k], instruction);
        if (0..operands.len()).any(is_written) {
            return Err(Error::Overwritten {
                op: self.op,
                by: R::row(arity, op, 0).0,
                instruction,
                at_instruction: self.core.scalar_location(instruction),
            });
        }
        Ok(())
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
        if read.any(|k| written_after(tables, operands[k], instruction)) {
            let at_instruction = At(entry.at.0);
            return Err(Error::Overwritten { op: self.op, by: entry.rule.name, instruction, at_instruction });
        }
        Ok(())
    }
}
