//! The tangent sweep: along the list from the inputs, every instruction carries the tangents of its operands to its
//! result. A pull is linear in what it pulls, so that the reverse kernels of pointwise ops carry tangents as they are.

use std::ops::Range;

use bumpalo::Bump;
use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided, StridedMut, accumulate};

use super::front::flows;
use super::overwritten::Overwritten;
use super::paths::Reachable;
use crate::arena::split;
use crate::error::Result;
use crate::rule::numeric::OperandSlots;
use crate::rule::{Body, Numeric, PointwiseKernels, ScalarRules, StructuralKernels};
use crate::shape::{Layout, LayoutId};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId};
use crate::tape::statement::Payload;
use crate::tape::tables::Tables;

/// A tangent sweep under way, with a lane for each tangent of the inputs.
pub(crate) struct Tangents<'a, T: Element> {
    pub core: &'static Core<T>,
    pub tables: &'a mut Tables<T>,
    /// The tangents of all slots, lane by lane.
    pub dots: &'a mut [T],
    pub slots: usize,
    /// Whether a tangent arrived at a variable, by the variable that has the slots.
    pub reached: Vec<bool>,
    /// The instructions that computed inputs, in order: their results are independent here.
    pub independent: SmallVec<[usize; 4]>,
    /// The slots of inputs: a fused instruction has other results.
    pub independent_slots: SmallVec<[usize; 4]>,
    /// The slots of what the tangents are asked of, and, once it was asked, what those depend on.
    pub roots: SmallVec<[Range<usize>; 4]>,
    reachable: Vec<u64>,
    pub bump: &'a mut Bump,
    pub scratch: &'a mut Scratch<T>,
    pub op: &'static str,
}

impl<'a, T: Element> Tangents<'a, T> {
    /// With tangents of the first `slots` slots, all zero, lane by lane.
    pub fn new(
        core: &'static Core<T>,
        tables: &'a mut Tables<T>,
        op: &'static str,
        (dots, slots): (&'a mut [T], usize),
        (bump, scratch): (&'a mut Bump, &'a mut Scratch<T>),
    ) -> Tangents<'a, T> {
        let reached = vec![false; tables.variables.len()];
        let (independent, independent_slots) = (SmallVec::new(), SmallVec::new());
        let (roots, reachable) = (SmallVec::new(), Vec::new());
        Tangents {
            core,
            tables,
            dots,
            slots,
            reached,
            independent,
            independent_slots,
            roots,
            reachable,
            bump,
            scratch,
            op,
        }
    }

    fn lanes(&self) -> usize {
        self.dots.len().checked_div(self.slots).unwrap_or(0)
    }

    /// The tangents of one lane.
    pub fn lane(&mut self, lane: usize) -> &mut [T] {
        &mut self.dots[lane * self.slots..(lane + 1) * self.slots]
    }

    /// Sweeps the instructions from `start`, before which lie so many slots, to `to`.
    pub fn sweep<R: ScalarRules>(&mut self, start: (usize, usize), to: usize) -> Result<()> {
        let (from, mut slot) = start;
        for index in from..to {
            let instruction = self.core.list.read(index);
            let first = slot;
            slot += instruction.slots(self.tables);
            let fused = matches!(instruction, Instruction::Fused { .. });
            if self.independent.binary_search(&index).is_ok() && !fused {
                continue;
            }
            let value = |slot: usize| self.core.list.values()[slot].get();
            match instruction {
                Instruction::Skip { .. } => {}
                Instruction::Tensor { entry } => self.tensor(index, entry, to)?,
                Instruction::Fused { start, operands, results } => {
                    for (result, y) in (first..first + results).enumerate() {
                        if !self.independent_slots.contains(&y) {
                            self.fused(y, self.core.payload(start, operands, result));
                        }
                    }
                }
                Instruction::Binary { op, a, b } => {
                    self.check_scalar::<R>(index, instruction, first, to)?;
                    let (x, y) = ([value(a), value(b)], value(first));
                    self.scalar(first, &[(0, a), (1, b)], |k, dot| R::pull_one_of_two(op, k, x, y, dot));
                }
                Instruction::Unary { op, x } => {
                    self.check_scalar::<R>(index, instruction, first, to)?;
                    let (from, y) = (value(x), value(first));
                    self.scalar(first, &[(0, x)], |_, dot| R::pull_unary(op, from, y, dot));
                }
                Instruction::WithConstant { op, x, constant } => {
                    let (operands, own) = if constant == 1 { ([x, first], 0) } else { ([first, x], 1) };
                    self.check_scalar::<R>(index, instruction, first, to)?;
                    let (from, y) = (operands.map(value), value(first + 1));
                    self.scalar(first + 1, &[(own, x)], |k, dot| R::pull_one_of_two(op, k, from, y, dot));
                }
            }
        }
        Ok(())
    }

    /// A scalar instruction. A tangent of 0 counts as none, as an adjoint of 0 does.
    #[inline(always)]
    fn scalar(&mut self, y: usize, operands: &[(usize, usize)], pull: impl Fn(usize, T) -> T) {
        for lane in 0..self.lanes() {
            let dots = &mut self.dots[lane * self.slots..][..self.slots];
            let arrived = operands.iter().filter(|(_, x)| !dots[*x].is_zero());
            dots[y] = arrived.fold(T::zero(), |sum, &(k, x)| sum + pull(k, dots[x]));
        }
    }

    /// One result of a fused instruction.
    fn fused(&mut self, y: usize, payload: Payload<'_>) {
        for lane in 0..self.lanes() {
            let dots = &mut self.dots[lane * self.slots..][..self.slots];
            let mut sum = T::zero();
            payload.each(|x, partial: T| {
                if !dots[x].is_zero() {
                    sum += flows(partial, dots[x]);
                }
            });
            dots[y] = sum;
        }
    }

    /// Refuses an instruction whose derivative needs an overwritten primal, if a root depends on its result in the slots `own`.
    fn check(
        &mut self,
        index: usize,
        own: Range<usize>,
        to: usize,
        ask: impl FnOnce(Overwritten<'_, T>) -> Result<()>,
    ) -> Result<()> {
        if index >= self.core.last_written.get() {
            return Ok(());
        }
        let refused = ask(Overwritten { core: self.core, tables: self.tables, op: self.op });
        if refused.is_ok() {
            return refused;
        }
        let walk = self.reachable.is_empty();
        let mut reachable = Reachable(&mut self.reachable);
        if walk {
            let slots = self.core.slots_before(self.tables, to);
            // A root that is a leaf made after all instructions depends on none.
            let roots = self.roots.iter().filter(|root| root.end <= slots).cloned();
            reachable.walk(self.core, self.tables, to, slots, roots);
        }
        if own.into_iter().any(|slot| reachable.has(slot)) { refused } else { Ok(()) }
    }

    /// The same for an instruction on scalars, which needs nothing where no tangent arrived.
    fn check_scalar<R: ScalarRules>(
        &mut self,
        index: usize,
        instruction: Instruction,
        first: usize,
        to: usize,
    ) -> Result<()> {
        if index >= self.core.last_written.get() {
            return Ok(());
        }
        let slot = first + usize::from(matches!(instruction, Instruction::WithConstant { .. }));
        let arrived: SmallVec<[usize; 2]> = match instruction {
            Instruction::Binary { a, b, .. } => SmallVec::from_buf([a, b]),
            Instruction::Unary { x, .. } | Instruction::WithConstant { x, .. } => SmallVec::from_elem(x, 1),
            _ => return Ok(()),
        };
        let has_tangent =
            |x: &usize| (0..self.lanes()).any(|lane| !self.dots[lane * self.slots + x].is_zero());
        let arrived: SmallVec<[usize; 2]> = arrived.into_iter().filter(has_tangent).collect();
        let asked = |x| arrived.contains(&x);
        self.check(index, slot..slot + 1, to, |check| check.scalar::<R>(index, instruction, first, asked))
    }

    /// Whether a tangent arrived at an operand.
    fn arrived(&self, id: VariableId) -> bool {
        let variable = self.tables.variable(id);
        if !variable.is_active() {
            return false;
        }
        // Scalars set no flag: where they may have written a tangent, it tells itself.
        let slot = variable.offset;
        match self.tables.is_over_scalar(id) {
            true => (0..self.lanes()).any(|lane| !self.dots[lane * self.slots + slot].is_zero()),
            false => self.reached[variable.owner.index()],
        }
    }

    /// One tensor instruction: the tangents of its operands go on to its result.
    fn tensor(&mut self, index: usize, entry: usize, to: usize) -> Result<()> {
        let tables = &*self.tables;
        let out = tables.entries[entry].out;
        let ids: SmallVec<[VariableId; 4]> = SmallVec::from_slice(tables.operands_of(&tables.entries[entry]));
        let arrived: SmallVec<[bool; 4]> = ids.iter().map(|&id| self.arrived(id)).collect();
        if !arrived.contains(&true) {
            return Ok(());
        }
        let slot = tables.variable(out).offset;
        let own = slot..slot + tables.layout(out).len;
        self.check(index, own, to, |check| check.operands(index, entry, |k| arrived[k]))?;
        self.reached[out.index()] = true;
        let rule = self.tables.entries[entry].rule;
        for lane in 0..self.lanes() {
            match &rule.body {
                Body::Pointwise(kernels) => self.pointwise(lane, out, &ids, &arrived, kernels),
                Body::Structural(kernels) => self.structural(lane, entry, &ids, &arrived, kernels),
            }
        }
        Ok(())
    }

    /// `y_dot += pull(k, operands, y, x_dot)` for each operand that has a tangent.
    fn pointwise(
        &mut self,
        lane: usize,
        out: VariableId,
        ids: &[VariableId],
        arrived: &[bool],
        kernels: &PointwiseKernels<T>,
    ) {
        let out_variable = *self.tables.variable(out);
        let seen: SmallVec<[(usize, LayoutId); 3]> = ids
            .iter()
            .map(|&id| {
                let variable = *self.tables.variable(id);
                let pair = [variable.layout, out_variable.layout];
                let fits = self.tables.layouts.broadcast(pair).expect("the operand fits the result");
                (variable.offset, fits.expanded[0])
            })
            .collect();
        let layouts = &self.tables.layouts;
        let Layout { dims, strides, len } = layouts.get(out_variable.layout);
        let dots = &mut self.dots[lane * self.slots..(lane + 1) * self.slots];
        let (below, own) = dots.split_at_mut(out_variable.offset);
        split::shared(&self.core.list.values()[..self.slots], |values| {
            let y = Strided::new(values, out_variable.offset, dims, strides);
            let view = |k: usize, slots| {
                let layout = layouts.get(seen[k].1);
                Strided::new(slots, seen[k].0, &layout.dims, &layout.strides)
            };
            for k in (0..ids.len()).filter(|&k| arrived[k]) {
                let target = StridedMut::new(&mut own[..*len], 0, dims, strides);
                let (x_dot, pull) = (view(k, &*below), kernels.reverse[k]);
                match ids.len() {
                    1 => accumulate(target, [view(0, values), y, x_dot], |acc, [x, y, x_dot]| {
                        pull(acc, &[x], y, x_dot);
                    }),
                    2 => accumulate(
                        target,
                        [view(0, values), view(1, values), y, x_dot],
                        |acc, [a, b, y, x_dot]| {
                            pull(acc, &[a, b], y, x_dot);
                        },
                    ),
                    _ => accumulate(
                        target,
                        [view(0, values), view(1, values), view(2, values), y, x_dot],
                        |acc, [a, b, c, y, x_dot]| pull(acc, &[a, b, c], y, x_dot),
                    ),
                }
            }
        });
    }

    fn structural(
        &mut self,
        lane: usize,
        entry: usize,
        ids: &[VariableId],
        arrived: &[bool],
        kernels: &StructuralKernels<T>,
    ) {
        let tables = &*self.tables;
        let entry = &tables.entries[entry];
        let (offset, layout) = (tables.variable(entry.out).offset, tables.layout(entry.out));
        let dots = &mut self.dots[lane * self.slots..(lane + 1) * self.slots];
        let (below, own) = dots.split_at_mut(offset);
        let (below, bump) = (&*below, &*self.bump);
        split::shared(&self.core.list.values()[..self.slots], |values| {
            let slots = |&id: &VariableId, values| {
                let (layout, offset) = (tables.layout(id), tables.variable(id).offset);
                OperandSlots { values, offset, dims: &layout.dims, strides: &layout.strides, active: false }
            };
            let result = Strided::new(values, offset, &layout.dims, &layout.strides);
            let tangents = ids.iter().zip(arrived);
            let dot = (kernels.tangent)(&mut Numeric {
                operands: bump.alloc_slice_fill_iter(ids.iter().map(|id| slots(id, values))),
                dots: bump.alloc_slice_fill_iter(
                    tangents.map(|(id, &arrived)| arrived.then(|| slots(id, below).strided())),
                ),
                result,
                result_bar: result,
                payload: tables.payload_of(entry),
                adjoints: &mut [],
                bump,
                scratch: &mut *self.scratch,
            });
            let dot = crate::rule::numeric::expanded(bump, dot, &layout.dims);
            wengert_kernels::copy(&mut own[..layout.len], dot);
        });
        self.bump.reset();
    }
}
