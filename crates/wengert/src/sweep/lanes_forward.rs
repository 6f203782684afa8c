//! The forward sweep of scalars in lanes: tangents, side by side.

use std::marker::PhantomData;

use wengert_kernels::Kernel;

use super::front::flows;
use super::lanes::{Lanes, Partials, Stop, add, is_finite, is_none};
use super::stretch::{self, Stretch, Walk};
use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::instruction::Instruction;

impl<T: Element, const N: usize> Lanes<'_, T, N> {
    /// Sweeps the instructions from `start`, before which lie so many slots, to `to` forward. What a slot holds is added to.
    pub fn forward<R: ScalarRules>(&mut self, start: (usize, usize), to: usize) -> Result<(), Stop> {
        let (core, from) = (self.core, start.0);
        // Roots may lie below where it starts: they depend on no input.
        stretch::walk(&core.list, from..to.max(from), Up { sweep: self, start, rules: PhantomData::<R> })
    }

    #[inline(always)]
    fn walk_up<R: ScalarRules, const STRIDE: usize>(
        &mut self,
        (from, slots): (usize, usize),
        words: Stretch<'_, STRIDE>,
    ) -> Result<(), Stop> {
        let mut slot = slots;
        for count in 0..words.len() {
            let Some(word) = words.at(count) else { break };
            let (index, instruction) = (from + count, word.read());
            let first = slot;
            slot += instruction.slots(self.tables);
            match instruction {
                Instruction::Skip { .. } => {}
                Instruction::Tensor { entry } => {
                    let reads = |&id| {
                        let owner = self.tables.owner(id);
                        let len = self.tables.layouts.get(owner.layout).len;
                        !self.lanes[owner.offset..owner.offset + len].iter().all(is_none)
                    };
                    if self.tables.operands_of(&self.tables.entries[entry]).iter().any(reads) {
                        return Err(Stop::Tensor);
                    }
                }
                Instruction::Fused { start, operands, results } => {
                    for result in 0..results {
                        let payload = self.core.payload(start, operands, result);
                        let mut dot = self.lanes[first + result];
                        payload.each(|x, partial: T| {
                            let x_dot = self.lanes[x];
                            for lane in 0..N {
                                dot[lane] += flows(partial, x_dot[lane]);
                            }
                        });
                        self.lanes[first + result] = dot;
                    }
                }
                _ => {
                    let y = slot - 1;
                    let mut dot = self.lanes[y];
                    if index < self.overwritten {
                        self.check::<R>(index, instruction, first)?;
                    }
                    match self.partials::<R>(instruction, first) {
                        p if p.has_zero() && !p.slots().all(|x| is_finite(&self.lanes[x])) => {
                            self.push_each::<R>(instruction, first, &mut dot);
                        }
                        Partials::One(x, p) => add(&mut dot, p, self.lanes[x]),
                        Partials::Two([a, b], [p, q]) => {
                            add(&mut dot, p, self.lanes[a]);
                            add(&mut dot, q, self.lanes[b]);
                        }
                    }
                    self.lanes[y] = dot;
                }
            }
        }
        Ok(())
    }
}

/// A forward sweep, for words of either length.
struct Up<'s, 'a, T: Element, R, const N: usize> {
    sweep: &'s mut Lanes<'a, T, N>,
    start: (usize, usize),
    rules: PhantomData<R>,
}

impl<T: Element, R: ScalarRules, const N: usize> Walk for Up<'_, '_, T, R, N> {
    type Output = Result<(), Stop>;
    #[inline(always)]
    fn walk<const STRIDE: usize>(self, words: Stretch<'_, STRIDE>) -> Result<(), Stop> {
        let up = UpThrough { up: self, words };
        if N <= 4 { up.run() } else { wengert_kernels::dispatch(up) }
    }
}

/// The same, to be compiled for each vector unit.
struct UpThrough<'w, 's, 'a, T: Element, R, const N: usize, const STRIDE: usize> {
    up: Up<'s, 'a, T, R, N>,
    words: Stretch<'w, STRIDE>,
}

impl<T: Element, R: ScalarRules, const N: usize, const STRIDE: usize> Kernel
    for UpThrough<'_, '_, '_, T, R, N, STRIDE>
{
    type Output = Result<(), Stop>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        self.up.sweep.walk_up::<R, STRIDE>(self.up.start, self.words)
    }
}
