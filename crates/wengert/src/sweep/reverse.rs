//! The numeric reverse sweep: the list is walked once, from a root to the start, and adjoints are added below.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Range;

use super::front::Scalars;
use super::ground::{Descent, Ground};
use super::memory::{Above, Memory, Whole};
use super::overwritten::Overwritten;
use super::stretch;
use crate::arena::List;
use crate::error::{Error, Result};
use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::VariableId;
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
    /// Where to ask what arrived below, until the sweep has come there.
    pub ground: Ground,
    /// One past the highest slot below the ground that a scalar's instruction or a seed gave anything to.
    pub highest: Cell<usize>,
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

impl<T: Element> Descent for Reverse<'_, T> {
    type Stop = Error;

    fn ground(&mut self) -> &mut Ground {
        &mut self.ground
    }

    fn stretch<R: ScalarRules>(&mut self, (from, slots): (usize, usize), to: usize) -> Result<usize> {
        // Below the last write in place each instruction is asked whether it read what was overwritten.
        let boundary = self.core.last_written.get().clamp(to, from);
        let slots = self.segment::<R, false>(from, boundary, slots)?;
        self.segment::<R, true>(boundary, to, slots)
    }

    fn below(&self, ground: Ground) -> (usize, usize) {
        self.core.below(self.tables, ground, self.highest.get(), self.reached)
    }
}

impl<T: Element> Reverse<'_, T> {
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
        let list = &self.core.list;
        let statements = self.core.statements.all();
        let values = &self.core.list.values()[..adjoints.len()];
        let (mut left, mut slot) = (from, adjoints.len());
        while left > to {
            let index = left - 1;
            let word = list.packed(index);
            if let Some(entry) = word.tensor() {
                let slots = self.tensor(index, entry, &mut *adjoints, CHECK)?;
                (left, slot) = (index, slot - slots);
                continue;
            }
            if let Some(slots) = word.skip() {
                (left, slot) = (index, slot - slots);
                continue;
            }
            let end = if CHECK { index } else { to };
            if CHECK && !adjoints[slot - 1].is_zero() {
                let instruction = word.read();
                let first = slot - instruction.slots(self.tables);
                self.check().scalar::<R>(index, instruction, first, |_| true)?;
            }
            let whole = Whole { values, adjoints: &mut *adjoints };
            let swept = if self.ground.slots == 0 {
                scalars::<R, T, _>(list, end..left, statements, whole, slot)
            } else {
                let above = Above { all: whole, ground: self.ground.slots, highest: &self.highest };
                scalars::<R, T, _>(list, end..left, statements, above, slot)
            };
            (left, slot) = (end + swept.0, swept.1);
        }
        Ok(slot)
    }
}

/// Sweeps the instructions on scalars at the end of a run.
#[inline(always)]
fn scalars<R: ScalarRules, T: Element, M: Memory<T>>(
    list: &List<T>,
    run: Range<usize>,
    statements: &[Cell<u64>],
    memory: M,
    slots: usize,
) -> (usize, usize) {
    let rules = PhantomData::<(R, T)>;
    stretch::walk(list, run, Scalars { statements, memory, slots, rules })
}
