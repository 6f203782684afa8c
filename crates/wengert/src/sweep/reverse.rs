//! The numeric reverse sweep: the list is walked once, from a root to the start, and adjoints are added below.

use super::overwritten::Overwritten;
use crate::error::Result;
use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId, Word};
use crate::tape::statement::Payload;
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
        let mut slot = adjoints.len();
        // What the slot visited next has got and memory has not: in a chain each adjoint would otherwise wait for the
        // store before it.
        let mut carry = T::zero();
        for (index, word) in words.iter().enumerate().rev() {
            match Word(word.get()).read() {
                Instruction::Binary { op, a, b } => {
                    slot -= 1;
                    let y_bar = std::mem::replace(&mut adjoints[slot], T::zero()) + carry;
                    carry = T::zero();
                    if y_bar.is_zero() {
                        continue;
                    }
                    if CHECK {
                        self.check().scalar::<R>(to + index, 2, op, &[a, b], &[0, 1])?;
                    }
                    let x = [values[a].get(), values[b].get()];
                    let (a_bar, b_bar) = R::pull_binary(op, x, values[slot].get(), y_bar);
                    match (a + 1 == slot, b + 1 == slot) {
                        (false, false) => {
                            adjoints[a] += a_bar;
                            adjoints[b] += b_bar;
                        }
                        (true, false) => {
                            carry = a_bar;
                            adjoints[b] += b_bar;
                        }
                        (false, true) => {
                            carry = b_bar;
                            adjoints[a] += a_bar;
                        }
                        (true, true) => carry = a_bar + b_bar,
                    }
                }
                Instruction::Unary { op, x } => {
                    slot -= 1;
                    let y_bar = std::mem::replace(&mut adjoints[slot], T::zero()) + carry;
                    carry = T::zero();
                    if y_bar.is_zero() {
                        continue;
                    }
                    if CHECK {
                        self.check().scalar::<R>(to + index, 1, op, &[x], &[0])?;
                    }
                    let x_bar = R::pull_unary(op, values[x].get(), values[slot].get(), y_bar);
                    if x + 1 == slot {
                        carry = x_bar;
                    } else {
                        adjoints[x] += x_bar;
                    }
                }
                Instruction::WithConstant { op, x, constant } => {
                    slot -= 2;
                    let y_bar = std::mem::replace(&mut adjoints[slot + 1], T::zero()) + carry;
                    carry = T::zero();
                    if y_bar.is_zero() {
                        continue;
                    }
                    if CHECK {
                        let operands = if constant == 1 { [x, slot] } else { [slot, x] };
                        let active = &[1 - constant];
                        self.check().scalar::<R>(to + index, 2, op, &operands, active)?;
                    }
                    let (c, x_value, y) = (values[slot].get(), values[x].get(), values[slot + 1].get());
                    let x_bar = if constant == 1 {
                        R::pull_one_of_two(op, 0, [x_value, c], y, y_bar)
                    } else {
                        R::pull_one_of_two(op, 1, [c, x_value], y, y_bar)
                    };
                    if x + 1 == slot {
                        carry = x_bar;
                    } else {
                        adjoints[x] += x_bar;
                    }
                }
                Instruction::Fused { start, operands, results } => {
                    put_down(&mut carry, slot, adjoints);
                    slot -= results;
                    let payload = self.core.payload(start, operands, results);
                    for result in 0..results {
                        let y_bar = std::mem::replace(&mut adjoints[slot + result], T::zero());
                        if y_bar.is_zero() {
                            continue;
                        }
                        if y_bar.is_finite() {
                            payload.each(result, |x, partial: T| adjoints[x] += partial * y_bar);
                        } else {
                            beyond(payload, result, y_bar, adjoints);
                        }
                    }
                }
                Instruction::Skip { slots } => {
                    put_down(&mut carry, slot, adjoints);
                    slot -= slots;
                }
                Instruction::Tensor { entry } => {
                    put_down(&mut carry, slot, adjoints);
                    slot -= self.tables.slots_of(&self.tables.entries[entry]);
                    self.tensor(to + index, entry, adjoints, CHECK)?;
                }
            }
        }
        put_down(&mut carry, slot, adjoints);
        Ok(slot)
    }
}

/// One result of a fused instruction whose adjoint is not finite.
#[cold]
#[inline(never)]
fn beyond<T: Element>(payload: Payload, result: usize, y_bar: T, adjoints: &mut [T]) {
    payload.each(result, |x, partial| adjoints[x] += flows(partial, y_bar));
}

/// What comes back through a partial. One of 0 counts as no path, also for what is infinite.
#[inline(always)]
pub(super) fn flows<T: Element>(partial: T, y_bar: T) -> T {
    if y_bar.is_finite() || !partial.is_zero() { partial * y_bar } else { T::zero() }
}

/// Adds what is carried for the slot before `slot` to its adjoint.
#[inline]
fn put_down<T: Element>(carry: &mut T, slot: usize, adjoints: &mut [T]) {
    if !carry.is_zero() {
        adjoints[slot - 1] += std::mem::replace(carry, T::zero());
    }
}
