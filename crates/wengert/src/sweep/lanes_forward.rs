//! The forward sweep of scalars in lanes: tangents, side by side.

use wengert_kernels::Kernel;

use super::front::flows;
use super::lanes::{Lanes, Partials, Stop, add, is_finite, is_none};
use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::instruction::Instruction;

impl<T: Element, const N: usize> Lanes<'_, T, N> {
    /// Sweeps the instructions from `start`, before which lie so many slots, to `to` forward. What a slot holds is added to.
    pub fn forward<R: ScalarRules>(&mut self, start: (usize, usize), to: usize) -> Result<(), Stop> {
        let up = Up { sweep: self, start, to, rules: std::marker::PhantomData::<R> };
        if N <= 4 { up.run() } else { wengert_kernels::dispatch(up) }
    }

    #[inline(always)]
    fn walk_up<R: ScalarRules>(&mut self, (from, slots): (usize, usize), to: usize) -> Result<(), Stop> {
        let mut slot = slots;
        for index in from..to {
            let instruction = self.core.list.read(index);
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

/// A forward sweep, to be compiled for each vector unit.
struct Up<'s, 'a, T: Element, R, const N: usize> {
    sweep: &'s mut Lanes<'a, T, N>,
    start: (usize, usize),
    to: usize,
    rules: std::marker::PhantomData<R>,
}

impl<T: Element, R: ScalarRules, const N: usize> Kernel for Up<'_, '_, T, R, N> {
    type Output = Result<(), Stop>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        self.sweep.walk_up::<R>(self.start, self.to)
    }
}
