//! Sweeps of scalars in `N` lanes: several adjoints or tangents a slot, side by side, for one walk along the list.
//!
//! An instruction's partials are computed once for all lanes: a pull is linear, so that of 1 is the partial. What passes
//! through a tensor stops the sweep; rows with tensors are swept one at a time by the others.

use std::cell::Cell;
use std::marker::PhantomData;

use wengert_kernels::Kernel;

use super::front::flows;
use super::ground::{Descent, Ground};
use super::overwritten::Overwritten;
use super::stretch::{self, Stretch, Walk};
use crate::error::{Error, Result};
use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::Instruction;
use crate::tape::packed::{Packed, by_op};
use crate::tape::tables::Tables;
use crate::tape::word::CONSTANT;

/// Why a sweep in lanes stopped.
pub(crate) enum Stop {
    /// A tensor lies on the way.
    Tensor,
    Error(Error),
}

/// A sweep under way.
pub(crate) struct Lanes<'a, T: Element, const N: usize> {
    pub core: &'static Core<T>,
    pub tables: &'a Tables<T>,
    /// The primals, and the adjoints or tangents, of each slot.
    pub values: &'a [Cell<T>],
    pub lanes: &'a mut [[T; N]],
    /// Instructions before this one may have read what was overwritten since.
    pub overwritten: usize,
    pub op: &'static str,
    /// Where to ask what arrived below, until the sweep has come there.
    pub ground: Ground,
    /// One past the highest of them that anything arrived at.
    pub highest: usize,
}

impl<'a, T: Element, const N: usize> Lanes<'a, T, N> {
    pub fn new(
        core: &'static Core<T>,
        tables: &'a Tables<T>,
        lanes: &'a mut [[T; N]],
        op: &'static str,
    ) -> Lanes<'a, T, N> {
        // One length for both: one bounds check serves both.
        let values = &core.list.values()[..lanes.len()];
        let (overwritten, ground) = (core.last_written.get(), core.ground());
        Lanes { core, tables, values, lanes, overwritten, op, ground, highest: 0 }
    }
}

/// Adds what flows through a partial.
#[inline(always)]
pub(super) fn add<T: Element, const N: usize>(to: &mut [T; N], partial: T, from: [T; N]) {
    if partial.is_finite() {
        for lane in 0..N {
            to[lane] += partial * from[lane];
        }
    } else {
        add_beyond(to, partial, from);
    }
}

/// The same through a partial that is not finite: a lane of 0 counts as none.
#[cold]
#[inline(never)]
fn add_beyond<T: Element, const N: usize>(to: &mut [T; N], partial: T, from: [T; N]) {
    for lane in 0..N {
        if !from[lane].is_zero() {
            to[lane] += partial * from[lane];
        }
    }
}

#[inline(always)]
pub(super) fn is_none<T: Element, const N: usize>(lanes: &[T; N]) -> bool {
    lanes.iter().all(|lane| lane.is_zero())
}

pub(super) fn is_finite<T: Element, const N: usize>(lanes: &[T; N]) -> bool {
    lanes.iter().all(|lane| lane.is_finite())
}

/// The partials of one instruction of scalars by its active operands, with their slots.
pub(super) enum Partials<T> {
    One(usize, T),
    Two([usize; 2], [T; 2]),
}

impl<T: Element> Partials<T> {
    /// Whether one is 0, which may be a closed gate.
    #[inline(always)]
    pub(super) fn has_zero(&self) -> bool {
        match self {
            Partials::One(_, p) => p.is_zero(),
            Partials::Two(_, [p, q]) => p.is_zero() | q.is_zero(),
        }
    }

    /// The slots of the operands.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> {
        let (first, second) = match *self {
            Partials::One(x, _) => (x, None),
            Partials::Two([a, b], _) => (a, Some(b)),
        };
        std::iter::once(first).chain(second)
    }
}

impl<T: Element, const N: usize> Lanes<'_, T, N> {
    /// The partials of an instruction whose first slot is `first`.
    #[inline(always)]
    pub(super) fn partials<R: ScalarRules>(&self, instruction: Instruction, first: usize) -> Partials<T> {
        let value = |slot: usize| self.values[slot].get();
        match instruction {
            Instruction::Binary { op, a, b } => {
                let (p, q) = R::pull_binary(op, [value(a), value(b)], value(first), T::one());
                Partials::Two([a, b], [p, q])
            }
            Instruction::Unary { op, x } => {
                Partials::One(x, R::pull_unary(op, value(x), value(first), T::one()))
            }
            Instruction::WithConstant { op, x, constant } => {
                let operands = if constant == 1 { [x, first] } else { [first, x] };
                let y = value(first + 1);
                Partials::One(x, R::pull_one_of_two(op, 1 - constant, operands.map(value), y, T::one()))
            }
            _ => unreachable!("an instruction of one scalar result"),
        }
    }

    /// Adds to the adjoint of an operand what flows through a partial.
    #[inline(always)]
    fn give<const NOTE: bool>(&mut self, x: usize, partial: T, y_bar: [T; N]) {
        if NOTE {
            self.note(x);
        }
        add(&mut self.lanes[x], partial, y_bar);
    }

    /// Notes what arrives below the ground.
    #[inline(always)]
    pub(super) fn note(&mut self, x: usize) {
        if x < self.ground.slots {
            self.highest = self.highest.max(x + 1);
        }
    }

    /// The error where the instruction at `index`, whose first slot is `first`, read what was overwritten since.
    #[cold]
    #[inline(never)]
    pub(super) fn check<R: ScalarRules>(
        &self,
        index: usize,
        instruction: Instruction,
        first: usize,
    ) -> Result<(), Stop> {
        let check = Overwritten { core: self.core, tables: self.tables, op: self.op };
        check.scalar::<R>(index, instruction, first, |_| true).map_err(Stop::Error)
    }

    /// What comes back to the operands of an instruction whose first slot is `first`.
    #[inline(always)]
    fn pull<R: ScalarRules, const NOTE: bool>(
        &mut self,
        index: usize,
        instruction: Instruction,
        slot: &mut usize,
    ) -> Result<(), Stop> {
        let constant = usize::from(matches!(instruction, Instruction::WithConstant { .. }));
        *slot -= 1 + constant;
        let y_bar = std::mem::replace(&mut self.lanes[*slot + constant], [T::zero(); N]);
        if is_none(&y_bar) {
            return Ok(());
        }
        if index < self.overwritten {
            self.check::<R>(index, instruction, *slot)?;
        }
        let partials = self.partials::<R>(instruction, *slot);
        if partials.has_zero() && !is_finite(&y_bar) {
            self.pull_each::<R>(instruction, *slot, y_bar);
            return Ok(());
        }
        match partials {
            Partials::One(x, p) => self.give::<NOTE>(x, p, y_bar),
            Partials::Two([a, b], [p, q]) => {
                self.give::<NOTE>(a, p, y_bar);
                self.give::<NOTE>(b, q, y_bar);
            }
        }
        Ok(())
    }

    /// What comes back from the instruction at `index`, before whose end lie `slot` slots, and from then on before it.
    #[inline(always)]
    fn step_down<R: ScalarRules, const NOTE: bool>(
        &mut self,
        index: usize,
        word: Packed,
        slot: &mut usize,
    ) -> Result<(), Stop> {
        if word.is_arithmetic() {
            let (a, b) = word.fields();
            // With a constant, the rule asks for the op.
            return match word.bit(CONSTANT) {
                true => self.pull::<R, NOTE>(index, word.read(), slot),
                false => {
                    by_op!(word, op => self.pull::<R, NOTE>(index, Instruction::Binary { op, a, b }, slot))
                }
            };
        }
        let instruction = word.read_other();
        match instruction {
            Instruction::Skip { slots } => *slot -= slots,
            Instruction::Tensor { entry } => {
                let slots = self.tables.slots_of(&self.tables.entries[entry]);
                *slot -= slots;
                if !self.lanes[*slot..*slot + slots].iter().all(is_none) {
                    return Err(Stop::Tensor);
                }
            }
            Instruction::Fused { start, operands, results } => {
                *slot -= results;
                for result in 0..results {
                    let payload = self.core.payload(start, operands, result);
                    let y_bar = std::mem::replace(&mut self.lanes[*slot + result], [T::zero(); N]);
                    if is_none(&y_bar) {
                        continue;
                    }
                    payload.each(|x, partial: T| match y_bar.iter().all(|y_bar| y_bar.is_finite()) {
                        true => self.give::<NOTE>(x, partial, y_bar),
                        false => self.add_flow(x, partial, y_bar),
                    });
                }
            }
            _ => self.pull::<R, NOTE>(index, instruction, slot)?,
        }
        Ok(())
    }

    /// The walk, on the vector unit that the lanes fill.
    #[inline(always)]
    fn down<R: ScalarRules, const NOTE: bool>(
        &mut self,
        (from, slots): (usize, usize),
        to: usize,
    ) -> Result<usize, Stop> {
        let core = self.core;
        stretch::walk(
            &core.list,
            to..from.max(to),
            Down::<T, R, NOTE, N> { sweep: self, to, slots, rules: PhantomData },
        )
    }

    #[cold]
    #[inline(never)]
    fn add_flow(&mut self, x: usize, partial: T, y_bar: [T; N]) {
        self.note(x);
        for (lane, y_bar) in self.lanes[x].iter_mut().zip(y_bar) {
            *lane += flows(partial, y_bar);
        }
    }
}

impl<T: Element, const N: usize> Descent for Lanes<'_, T, N> {
    type Stop = Stop;

    fn ground(&mut self) -> &mut Ground {
        &mut self.ground
    }

    fn stretch<R: ScalarRules>(&mut self, stands: (usize, usize), to: usize) -> Result<usize, Stop> {
        // Most lists have no ground, and note nothing.
        match self.ground.slots {
            0 => self.down::<R, false>(stands, to),
            _ => self.down::<R, true>(stands, to),
        }
    }

    /// No tensor is passed.
    fn below(&self, ground: Ground) -> (usize, usize) {
        self.core.below(self.tables, ground, self.highest, &[])
    }
}

/// A reverse sweep, for words of either length.
struct Down<'s, 'a, T: Element, R, const NOTE: bool, const N: usize> {
    sweep: &'s mut Lanes<'a, T, N>,
    to: usize,
    slots: usize,
    rules: PhantomData<R>,
}

impl<T: Element, R: ScalarRules, const NOTE: bool, const N: usize> Walk for Down<'_, '_, T, R, NOTE, N> {
    type Output = Result<usize, Stop>;
    #[inline(always)]
    fn walk<const STRIDE: usize>(self, words: Stretch<'_, STRIDE>) -> Result<usize, Stop> {
        let down = DownThrough { down: self, words };
        match N {
            // Two numbers are a vector everywhere, and four are two of them.
            1 | 2 | 4 => down.run(),
            _ => wengert_kernels::dispatch(down),
        }
    }
}

/// The same, to be compiled for each vector unit.
struct DownThrough<'w, 's, 'a, T: Element, R, const NOTE: bool, const N: usize, const STRIDE: usize> {
    down: Down<'s, 'a, T, R, NOTE, N>,
    words: Stretch<'w, STRIDE>,
}

impl<T: Element, R: ScalarRules, const NOTE: bool, const N: usize, const STRIDE: usize> Kernel
    for DownThrough<'_, '_, '_, T, R, NOTE, N, STRIDE>
{
    type Output = Result<usize, Stop>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let Down { sweep, to, slots, .. } = self.down;
        let (mut left, mut slot) = (self.words, slots);
        while let Some(word) = left.last() {
            left = left.without(1);
            sweep.step_down::<R, NOTE>(to + left.len(), word, &mut slot)?;
        }
        Ok(slot)
    }
}
