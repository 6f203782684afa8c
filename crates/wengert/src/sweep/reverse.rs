//! The numeric reverse sweep: the list is walked once, from a root to the start, and adjoints are added below.

use super::front::Front;
use super::overwritten::Overwritten;
use crate::error::Result;

use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId, Word};
use crate::tape::tables::Tables;

/// A sweep under way over the tables of a tape.
pub(crate) struct Reverse<'a, T: Element> {
    pub core: &'static Core<T>,
    pub tables: &'a mut Tables<T>,
    pub adjoints: &'a mut [T],
    pub reached: &'a mut [bool],
    /// Whether a variable lies on a path from an asked input; `None` where every leaf is asked.
    pub wanted: Option<Wanted<'a>>,
    pub bump: &'a mut bumpalo::Bump,
    pub scratch: &'a mut wengert_kernels::Scratch<T>,
    pub op: &'static str,
}

/// What lies on a path from an asked input.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// By variable.
    pub variables: &'a [bool],
    /// Whether scalars may: they are not told apart.
    pub scalars: bool,
}

impl Wanted<'_> {
    /// Whether an operand lies on a path from an asked input.
    #[inline]
    pub fn has<T: Element>(&self, tables: &Tables<T>, id: VariableId) -> bool {
        if tables.is_over_scalar(id) {
            return self.scalars;
        }
        self.variables[tables.variable(id).owner.index()]
    }
}

/// Whether an operand gets an adjoint: it is active and lies on a path from an asked input.
#[inline]
pub(super) fn gets_adjoint<T: Element>(
    tables: &Tables<T>,
    wanted: Option<Wanted<'_>>,
    id: VariableId,
) -> bool {
    tables.variable(id).is_active() && wanted.is_none_or(|wanted| wanted.has(tables, id))
}

impl<T: Element> Reverse<'_, T> {
    /// Sweeps instructions `to .. from`, the last one first; `slots` is how many slots lie before instruction
    /// `from`. Answers how many lie before `to`.
    pub fn sweep<R: ScalarRules>(&mut self, from: usize, to: usize, slots: usize) -> Result<usize> {
        // Below the last write in place each instruction is asked whether it read what was overwritten.
        let boundary = self.core.last_written.get().clamp(to, from);
        let slots = self.segment::<R, false>(from, boundary, slots)?;
        self.segment::<R, true>(boundary, to, slots)
    }

    pub(super) fn check(&self) -> Overwritten<'_, T> {
        Overwritten { core: self.core, tables: self.tables, op: self.op }
    }

    fn segment<R: ScalarRules, const CHECK: bool>(
        &mut self,
        from: usize,
        to: usize,
        slots: usize,
    ) -> Result<usize> {
        // The loop holds the adjoints itself, cut to the length of the values: one bounds check serves both.
        let whole = std::mem::take(&mut self.adjoints);
        let answer = self.walk::<R, CHECK>(from, to, &mut whole[..slots]);
        self.adjoints = whole;
        answer
    }

    fn walk<R: ScalarRules, const CHECK: bool>(
        &mut self,
        from: usize,
        to: usize,
        adjoints: &mut [T],
    ) -> Result<usize> {
        let words = &self.core.instructions.all()[to..from];
        let values = &self.core.values.all()[..adjoints.len()];
        let slot = adjoints.len();
        let core = self.core;
        let mut front = Front { values, adjoints, slot, next: T::zero() };
        front.arrive();
        let mut left = words.len();
        while let Some(index) = left.checked_sub(1) {
            let instruction = Word(words[index].get()).read();
            left = index;
            match instruction {
                Instruction::Fused { .. } => left = front.fused(&words[..=index], core.statements.all()),
                Instruction::Skip { slots } => {
                    front.put_down();
                    front.slot -= slots;
                    front.arrive();
                }
                Instruction::Tensor { entry } => {
                    front.put_down();
                    front.slot -= self.tables.slots_of(&self.tables.entries[entry]);
                    self.tensor(to + index, entry, &mut *front.adjoints, CHECK)?;
                    front.arrive();
                }
                _ if CHECK => {
                    self.check_primals::<R>(&front, to + index, instruction)?;
                    front.scalars::<R>(&words[index..=index]);
                }
                _ => left = front.scalars::<R>(&words[..=index]),
            }
        }
        front.put_down();
        Ok(front.slot)
    }

    /// The error where the instruction read what was overwritten since; none if nothing came to its result.
    fn check_primals<R: ScalarRules>(
        &self,
        front: &Front<'_, T>,
        index: usize,
        instruction: Instruction,
    ) -> Result<()> {
        let slot = front.slot - 1;
        match instruction {
            Instruction::Binary { .. } | Instruction::Unary { .. } | Instruction::WithConstant { .. }
                if front.next.is_zero() =>
            {
                Ok(())
            }
            Instruction::Binary { op, a, b } => self.check().scalar::<R>(index, 2, op, &[a, b], &[0, 1]),
            Instruction::Unary { op, x } => self.check().scalar::<R>(index, 1, op, &[x], &[0]),
            Instruction::WithConstant { op, x, constant } => {
                let operands = if constant == 1 { [x, slot - 1] } else { [slot - 1, x] };
                self.check().scalar::<R>(index, 2, op, &operands, &[1 - constant])
            }
            _ => Ok(()),
        }
    }
}
