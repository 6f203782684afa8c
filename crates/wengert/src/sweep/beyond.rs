//! Sweeps in lanes where a partial is 0 and an adjoint or a tangent is not finite: the rule itself is run, lane by lane. A closed gate lets nothing
//! through, not even what is infinite, which its partial of 0 would not say.

use super::lanes::{Lanes, Partials};
use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::instruction::Instruction;

impl<T: Element, const N: usize> Lanes<'_, T, N> {
    /// What comes back to the operands of an instruction whose first slot is `first`.
    #[cold]
    #[inline(never)]
    pub(super) fn pull_each<R: ScalarRules>(
        &mut self,
        instruction: Instruction,
        first: usize,
        y_bar: [T; N],
    ) {
        for lane in (0..N).filter(|&lane| !y_bar[lane].is_zero()) {
            match self.pulled::<R>(instruction, first, |_| y_bar[lane]) {
                Partials::One(x, x_bar) => {
                    self.note(x);
                    self.lanes[x][lane] += x_bar;
                }
                Partials::Two([a, b], [a_bar, b_bar]) => {
                    self.note(a);
                    self.note(b);
                    self.lanes[a][lane] += a_bar;
                    self.lanes[b][lane] += b_bar;
                }
            }
        }
    }

    /// What a rule makes of a number for each active operand, which `of` answers by its slot.
    #[inline(always)]
    fn pulled<R: ScalarRules>(
        &self,
        instruction: Instruction,
        first: usize,
        of: impl Fn(usize) -> T,
    ) -> Partials<T> {
        let value = |slot: usize| self.values[slot].get();
        match instruction {
            Instruction::Binary { op, a, b } => {
                let (x, y) = ([value(a), value(b)], value(first));
                let one = |k, slot| R::pull_one_of_two(op, k, x, y, of(slot));
                Partials::Two([a, b], [one(0, a), one(1, b)])
            }
            Instruction::Unary { op, x } => {
                Partials::One(x, R::pull_unary(op, value(x), value(first), of(x)))
            }
            Instruction::WithConstant { op, x, constant } => {
                let operands = if constant == 1 { [x, first] } else { [first, x] };
                let y = value(first + 1);
                Partials::One(x, R::pull_one_of_two(op, 1 - constant, operands.map(value), y, of(x)))
            }
            _ => unreachable!("an instruction of one scalar result"),
        }
    }

    /// The tangents of a result where one of an operand is not finite.
    #[cold]
    #[inline(never)]
    pub(super) fn push_each<R: ScalarRules>(&self, instruction: Instruction, first: usize, dot: &mut [T; N]) {
        for (lane, dot) in dot.iter_mut().enumerate() {
            let mut send = |slot: usize, x_dot: T| {
                if !self.lanes[slot][lane].is_zero() {
                    *dot += x_dot;
                }
            };
            match self.pulled::<R>(instruction, first, |slot| self.lanes[slot][lane]) {
                Partials::One(x, x_dot) => send(x, x_dot),
                Partials::Two([a, b], [a_dot, b_dot]) => {
                    send(a, a_dot);
                    send(b, b_dot);
                }
            }
        }
    }
}
