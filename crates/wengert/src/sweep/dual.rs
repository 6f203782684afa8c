//! The dual sweep: a reverse sweep whose adjoints carry tangents, after a tangent sweep has given every slot one. The
//! tangent of the gradient is a Hessian-vector product, and the tape does not grow for it.

use bumpalo::Bump;
use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided};

use super::front::flows;
use super::overwritten::Overwritten;
use super::reverse::{Wanted, gets_adjoint};
use crate::arena::split;
use crate::error::{Error, Result};
use crate::rule::dual::Dual;
use crate::rule::dual_verbs::{DualVerbs, Pair};
use crate::rule::numeric::{OperandSlots, expanded, temporary};
use crate::rule::{Body, PointwiseKernels, ScalarRules, StructuralKernels};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId};
use crate::tape::statement::Payload;
use crate::tape::tables::{Flags, Tables};

/// A dual sweep under way.
pub(crate) struct DualSweep<'a, T: Element> {
    pub core: &'static Core<T>,
    pub tables: &'a Tables<T>,
    pub op: &'static str,
    /// The tangents of the primals.
    pub dots: &'a [T],
    pub adjoints: &'a mut [T],
    pub adjoint_dots: &'a mut [T],
    /// The lowest slot of an input: nothing is asked below, and nothing is written there.
    pub low: usize,
    pub reached: Vec<bool>,
    pub wanted: Wanted<'a>,
    pub bump: &'a mut Bump,
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Element> DualSweep<'_, T> {
    /// The primal of a slot with its tangent.
    fn primal(&self, slot: usize) -> Dual<T, 1> {
        Dual { value: self.core.list.values()[slot].get(), dot: [self.dots[slot]] }
    }

    fn adjoint(&self, slot: usize) -> Dual<T, 1> {
        Dual { value: self.adjoints[slot], dot: [self.adjoint_dots[slot]] }
    }

    pub fn add(&mut self, slot: usize, x_bar: Dual<T, 1>) {
        if slot >= self.low {
            self.adjoints[slot] += x_bar.value;
            self.adjoint_dots[slot] += x_bar.dot[0];
        }
    }

    /// Sweeps instructions `to .. from`, before whose end `slots` slots lie; `reached` is told each of them first.
    pub fn sweep<R: ScalarRules>(
        &mut self,
        (from, slots): (usize, usize),
        to: usize,
        mut reached: impl FnMut(&Self, usize),
    ) -> Result<()> {
        let mut slot = slots;
        for index in (to..from).rev() {
            reached(self, index);
            let instruction = self.core.list.read(index);
            slot -= instruction.slots(self.tables);
            let result = if let Instruction::WithConstant { .. } = instruction { slot + 1 } else { slot };
            let scalar = !matches!(
                instruction,
                Instruction::Tensor { .. } | Instruction::Skip { .. } | Instruction::Fused { .. }
            );
            let y_bar = if scalar { self.adjoint(result) } else { Dual::passive(T::zero()) };
            if scalar && y_bar.value.is_zero() && y_bar.dot[0].is_zero() {
                continue;
            }
            if scalar && index < self.core.last_written.get() {
                self.check().scalar::<R>(index, instruction, slot, |_| true)?;
            }
            match instruction {
                Instruction::Skip { .. } => {}
                Instruction::Tensor { entry } => self.tensor(index, entry)?,
                Instruction::Fused { start, operands, results } => {
                    for result in 0..results {
                        let payload = self.core.payload(start, operands, result);
                        self.fused(index, slot + result, payload)?;
                    }
                }
                Instruction::Binary { op, a, b } => {
                    let x = [self.primal(a), self.primal(b)];
                    let (a_bar, b_bar) = R::pull_binary(op, x, self.primal(slot), y_bar);
                    self.add(a, a_bar);
                    self.add(b, b_bar);
                }
                Instruction::Unary { op, x } => {
                    let x_bar = R::pull_unary(op, self.primal(x), self.primal(slot), y_bar);
                    self.add(x, x_bar);
                }
                Instruction::WithConstant { op, x, constant } => {
                    let number = Dual::passive(self.core.list.values()[slot].get());
                    let mut operands = [number; 2];
                    operands[1 - constant] = self.primal(x);
                    let x_bar = R::pull_one_of_two(op, 1 - constant, operands, self.primal(result), y_bar);
                    self.add(x, x_bar);
                }
            }
        }
        Ok(())
    }

    /// A fused instruction knows the tangent of its adjoint where its partials have none.
    fn fused(&mut self, index: usize, y: usize, payload: Payload<'_>) -> Result<()> {
        let y_bar = self.adjoint(y);
        if !y_bar.value.is_zero() && payload.slots().any(|x| !self.dots[x].is_zero()) {
            let at_instruction = self.core.scalar_location(index);
            return Err(Error::FusedOrder { op: self.op, instruction: index, at_instruction });
        }
        payload.each(|x, partial| {
            let dot = [flows(partial, y_bar.dot[0])];
            self.add(x, Dual { value: flows(partial, y_bar.value), dot });
        });
        Ok(())
    }

    /// What a derivative reads must not have been overwritten. The tangent sweep has asked where tangents go, and here adjoints do.
    fn check(&self) -> Overwritten<'_, T> {
        Overwritten { core: self.core, tables: self.tables, op: self.op }
    }

    fn tensor(&mut self, index: usize, number: usize) -> Result<()> {
        let tables = self.tables;
        let entry = &tables.entries[number];
        let (variable, len) = (tables.variable(entry.out), tables.layout(entry.out).len);
        let own = variable.offset..variable.offset + len;
        let by_scalars = variable.flags.has(Flags::READ_BY_SCALARS)
            && own.clone().any(|slot| !self.adjoints[slot].is_zero() || !self.adjoint_dots[slot].is_zero());
        if !self.reached[entry.out.index()] && !by_scalars {
            return Ok(());
        }
        let ids: SmallVec<[VariableId; 4]> = SmallVec::from_slice(tables.operands_of(entry));
        let asked = |&id: &VariableId| {
            let owner = tables.variable(id).owner;
            gets_adjoint(tables, Some(self.wanted), id) && tables.variable(owner).offset >= self.low
        };
        let active: SmallVec<[bool; 4]> = ids.iter().map(asked).collect();
        if !active.contains(&true) {
            return Ok(());
        }
        if index < self.core.last_written.get() {
            self.check().tensor(Some(self.wanted), index, number)?;
        }
        for (&id, _) in ids.iter().zip(&active).filter(|(_, active)| **active) {
            self.reached[tables.variable(id).owner.index()] = true;
        }
        match &entry.rule.body {
            Body::Pointwise(kernels) => self.pointwise(entry.out, &ids, &active, kernels),
            Body::Structural(kernels) => {
                self.structural(entry.out, tables.payload_of(entry), &ids, &active, kernels);
            }
        }
        self.bump.reset();
        Ok(())
    }

    fn pointwise(
        &mut self,
        out: VariableId,
        ids: &[VariableId],
        active: &[bool],
        kernels: &PointwiseKernels<T>,
    ) {
        let (tables, bump) = (self.tables, &*self.bump);
        let (offset, layout) = (tables.variable(out).offset, tables.layout(out));
        let own = offset..offset + layout.len;
        let (below, y_bar) = self.adjoints.split_at_mut(offset);
        let (below_dots, y_bar_dot) = self.adjoint_dots.split_at_mut(offset);
        split::shared(&self.core.list.values()[..self.dots.len()], |values| {
            let operand = |id: VariableId, values, active| {
                let (layout, offset) = (tables.layout(id), tables.variable(id).offset);
                OperandSlots { values, offset, dims: &layout.dims, strides: &layout.strides, active }
            };
            // Kernels of duals take contiguous operands of the result's shape.
            let rows = |id: VariableId, slots| {
                let x = expanded(bump, operand(id, slots, false).strided(), &layout.dims);
                temporary(bump, &layout.dims, |to| wengert_kernels::copy(to, x)).data()
            };
            let x: SmallVec<[&[T]; 3]> = ids.iter().map(|&id| rows(id, values)).collect();
            let dots: SmallVec<[&[T]; 3]> = ids
                .iter()
                .map(|&id| match tables.variable(id).is_active() {
                    true => rows(id, self.dots),
                    false => temporary(bump, &layout.dims, |_| {}).data(),
                })
                .collect();
            for k in (0..ids.len()).filter(|&k| active[k]) {
                let [x_bar, x_bar_dot] = [(); 2].map(|()| bump.alloc_slice_fill_copy(layout.len, T::zero()));
                (kernels.dual[k])(
                    [&mut *x_bar, &mut *x_bar_dot],
                    [&x, &dots],
                    [&values[own.clone()], &self.dots[own.clone()]],
                    [&y_bar[..layout.len], &y_bar_dot[..layout.len]],
                );
                let target = operand(ids[k], values, true);
                let seen = |data| Strided::new(data, 0, &layout.dims, &layout.strides);
                target.add(below, seen(x_bar), None, bump);
                target.add(below_dots, seen(x_bar_dot), None, bump);
            }
        });
    }

    fn structural(
        &mut self,
        out: VariableId,
        payload: &[usize],
        ids: &[VariableId],
        active: &[bool],
        kernels: &StructuralKernels<T>,
    ) {
        let (tables, bump) = (self.tables, &*self.bump);
        let (offset, layout) = (tables.variable(out).offset, tables.layout(out));
        let (below, y_bar) = self.adjoints.split_at_mut(offset);
        let (below_dots, y_bar_dot) = self.adjoint_dots.split_at_mut(offset);
        split::shared(&self.core.list.values()[..self.dots.len()], |values| {
            let operand = |id: VariableId, values, active| {
                let (layout, offset) = (tables.layout(id), tables.variable(id).offset);
                OperandSlots { values, offset, dims: &layout.dims, strides: &layout.strides, active }
            };
            let seen = |data, offset| Strided::new(data, offset, &layout.dims, &layout.strides);
            // A constant has no tangent, which saves every product with it.
            let dot = |&id: &VariableId| {
                tables.variable(id).is_active().then(|| operand(id, self.dots, false).strided())
            };
            let slots = ids.iter().zip(active).map(|(&id, &active)| operand(id, values, active));
            (kernels.dual)(&mut DualVerbs {
                operands: bump.alloc_slice_fill_iter(slots),
                dots: bump.alloc_slice_fill_iter(ids.iter().map(dot)),
                result: Pair { value: seen(values, offset), dot: Some(seen(self.dots, offset)) },
                result_bar: Pair { value: seen(y_bar, 0), dot: Some(seen(y_bar_dot, 0)) },
                payload,
                adjoints: below,
                adjoint_dots: below_dots,
                bump,
                scratch: &mut *self.scratch,
            });
        });
    }
}
