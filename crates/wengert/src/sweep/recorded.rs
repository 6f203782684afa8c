//! The recorded reverse sweep: the same rules, run on what lies on the tape, so that the derivative is recorded and
//! has a derivative itself.
//!
//! What consumers send back to a variable is gathered by the variable that has the slots, and put together once, when
//! the sweep comes to it: `n` reads of elements cost one instruction, not `n` of them.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::assemble::Assemble;
use super::overwritten::Overwritten;
use super::pending::Pending;
use super::reverse::{Wanted, gets_adjoint};
use crate::error::{At, Error, Result};
use crate::rule::pointwise::RuleOf;
use crate::rule::verbs::Plus;
use crate::rule::{Body, ScalarRules};
use crate::scalar::Scalar;
use crate::shape::{Dims, Layout, broadcast, expand_strides};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId};
use crate::tape::pointwise::pointwise;
use crate::tape::recorder::Recorder;
use crate::tape::structural::structural_on;
use crate::tape::tables::Flags;
use crate::tensor::{Operand, Tensor};

/// After so many instructions a sweep over a long list asks where anything is pending.
const MANY: usize = 256;

/// What one consumer sent back to a variable: a value that goes through a view of its slots.
struct Piece<T: Element> {
    /// Relative to the variable's first slot.
    offset: usize,
    layout: Layout,
    value: Operand<T>,
}

/// A recorded sweep under way.
pub(crate) struct Recorded<'a, T: Element> {
    core: &'static Core<T>,
    op: &'static str,
    at: At,
    wanted: Wanted<'a>,
    /// What arrived at variables, by the variable that has the slots.
    pieces: HashMap<VariableId, Vec<Piece<T>>>,
    /// What arrived at slots that scalars look at.
    slots: Pending<T>,
}

impl<'a, T: Element> Recorded<'a, T> {
    pub fn new(
        core: &'static Core<T>,
        op: &'static str,
        at: At,
        wanted: Wanted<'a>,
    ) -> Result<Recorded<'a, T>> {
        let slots = Pending::new(core.ground().slots..core.list.slots(), op, at)?;
        Ok(Recorded { core, op, at, wanted, pieces: HashMap::new(), slots })
    }

    /// The handle of a variable.
    fn tensor(&self, id: VariableId) -> Tensor<T> {
        Tensor::from_word(self.core.word(id.index()))
    }

    /// The handle of a slot.
    fn scalar(&self, slot: usize) -> Scalar<T> {
        Scalar::from_parts(self.core.list.values()[slot].get(), self.core.word(slot))
    }

    /// Adds to the adjoint of a slot. As in every sweep of scalars, 0 counts as none; but one that is active may have a
    /// derivative that is not 0.
    pub fn send_to_slot(&mut self, slot: usize, value: Scalar<T>) {
        if value.value().is_zero() && !value.requires_grad() {
            return;
        }
        let sum = self.slots.remove(slot).map_or(value, |before| before + value);
        self.slots.insert(slot, sum);
    }

    /// Adds to the adjoint of a variable, through its view of the slots.
    pub fn send(&mut self, id: VariableId, value: Operand<T>) -> Result<()> {
        let dims = self.dims_of(value)?;
        let tables = self.core.tables.borrow();
        let (variable, own) = (*tables.variable(id), tables.layout(id));
        let meeting = broadcast(&dims, &own.dims).expect("what is added broadcasts with the operand");
        let strides = expand_strides(own, &meeting).expect("the operand repeats to what is added");
        let layout = Layout::new(meeting, strides);
        let over_scalar = tables.is_over_scalar(id);
        let offset =
            if over_scalar || layout.len == 0 { 0 } else { variable.offset - tables.owner(id).offset };
        drop(tables);
        let piece = Piece { offset, layout, value };
        if over_scalar {
            let sum = self.assemble(&[], vec![piece])?;
            let sum = self.as_tensor(sum, &[])?.try_at(())?;
            self.send_to_slot(variable.offset, sum);
        } else {
            self.pieces.entry(variable.owner).or_default().push(piece);
        }
        Ok(())
    }

    fn dims_of(&self, value: Operand<T>) -> Result<Dims> {
        match value {
            Operand::Tensor(x) => x.dims_for(self.op, self.at),
            Operand::Scalar(_) | Operand::Number(_) => Ok(Dims::new()),
        }
    }

    /// A value as a tensor of the given dims.
    pub fn as_tensor(&self, value: Operand<T>, dims: &[usize]) -> Result<Tensor<T>> {
        let (core, op, at) = (self.core, self.op, self.at);
        let own = match value {
            Operand::Tensor(x) => x,
            Operand::Scalar(x) if x.word() != 0 => {
                let slot = crate::tape::instruction::index_of(x.word());
                let mut tables = core.tables.borrow_mut();
                core.check_variables(op, &tables, at)?;
                self.tensor(core.push_scalar_view(&mut tables, slot))
            }
            Operand::Scalar(x) => core.push_passive(op, &[], &[x.value()], at)?,
            Operand::Number(x) => core.push_passive(op, &[], &[x], at)?,
        };
        if own.dims_for(op, at)?[..] == *dims {
            return Ok(own);
        }
        own.seen(op, at, |view| Ok(view.expand(dims).expect("a value repeats to its variable's dims")))
    }

    /// Everything that arrived at the variable, as one value; `None` if nothing did.
    pub fn take(&mut self, id: VariableId) -> Result<Option<Operand<T>>> {
        let mut pieces = self.pieces.remove(&id).unwrap_or_default();
        let (variable, layout) = {
            let tables = self.core.tables.borrow();
            (*tables.variable(id), tables.layout(id).clone())
        };
        let read = if variable.flags.has(Flags::READ_BY_SCALARS) { layout.len } else { 0 };
        for place in 0..read {
            if let Some(value) = self.slots.remove(variable.offset + place) {
                pieces.push(Piece { offset: place, layout: Layout::contiguous(&[]), value: value.into() });
            }
        }
        if pieces.is_empty() {
            return Ok(None);
        }
        self.assemble(&layout.dims, pieces).map(Some)
    }

    /// What arrived at a slot.
    pub fn take_slot(&mut self, slot: usize) -> Option<Scalar<T>> {
        self.slots.remove(slot)
    }

    /// Pieces put together to a value of the given dims.
    fn assemble(&self, dims: &[usize], pieces: Vec<Piece<T>>) -> Result<Operand<T>> {
        let is_whole = |piece: &Piece<T>| {
            piece.offset == 0 && piece.layout.dims[..] == *dims && piece.layout.is_contiguous()
        };
        match &pieces[..] {
            [one] if is_whole(one) => return Ok(one.value),
            [a, b] if is_whole(a) && is_whole(b) => {
                // At least one of them has the whole shape, or the sum would lack it.
                let a = self.as_tensor(a.value, dims)?;
                return Ok(pointwise(RuleOf::<Plus, T>::BINARY, [a.into(), b.value], self.at)?.into());
            }
            _ => {}
        }
        let payload = Assemble::payload(dims, pieces.iter().map(|piece| (piece.offset, &piece.layout)));
        let values: Vec<Operand<T>> = pieces.iter().map(|piece| piece.value).collect();
        Ok(structural_on::<Assemble, T>(self.core, &values, &payload, self.at)?.into())
    }

    /// Up to where anything is pending below a slot: so many instructions and slots. What is pending above is for leaves.
    fn pending(&self, slot: usize) -> (usize, usize) {
        let tables = self.core.tables.borrow();
        let end = |id: &VariableId| tables.variable(*id).offset + tables.layout(*id).len;
        let of_tensors = self.pieces.keys().map(end).filter(|&end| end <= slot).max().unwrap_or(0);
        let of_scalars = self.slots.highest(slot).map_or(0, |slot| slot + 1);
        let Some(last) = of_tensors.max(of_scalars).checked_sub(1) else { return (0, 0) };
        let (instruction, _) = self.core.locate(&tables, last);
        (instruction + 1, self.core.slots_before(&tables, instruction + 1))
    }

    /// Sweeps the instructions before `from`, of which `slots` slots lie. `reached` is told each instruction, its
    /// first slot of a result and the sweep, before what arrived there is taken.
    pub fn sweep<R: ScalarRules>(
        &mut self,
        from: usize,
        slots: usize,
        mut reached: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        let (mut left, mut slot) = (from, slots);
        while let Some(index) = left.checked_sub(1) {
            if left % MANY == 0 && self.core.ground().slots > 0 {
                let lower = self.pending(slot);
                if lower.0 < left {
                    (left, slot) = lower;
                    continue;
                }
            }
            left = index;
            reached(self, index)?;
            let instruction = self.core.list.read(index);
            slot -= instruction.slots(&self.core.tables.borrow());
            match instruction {
                Instruction::Skip { .. } => {}
                Instruction::Tensor { entry } => self.tensor_instruction(index, entry)?,
                Instruction::Fused { results, .. } => {
                    if (slot..slot + results).any(|slot| self.slots.contains(slot)) {
                        let at_instruction = self.core.scalar_location(index);
                        return Err(Error::FusedOrder { op: self.op, instruction: index, at_instruction });
                    }
                }
                Instruction::Binary { op, a, b } => {
                    let Some(y_bar) = self.slots.remove(slot) else { continue };
                    self.check(index, |check| check.scalar::<R>(index, instruction, slot, |_| true))?;
                    let x = [self.scalar(a), self.scalar(b)];
                    let (a_bar, b_bar) = R::pull_binary(op, x, self.scalar(slot), y_bar);
                    self.send_to_slot(a, a_bar);
                    self.send_to_slot(b, b_bar);
                }
                Instruction::Unary { op, x } => {
                    let Some(y_bar) = self.slots.remove(slot) else { continue };
                    self.check(index, |check| check.scalar::<R>(index, instruction, slot, |_| true))?;
                    let x_bar = R::pull_unary(op, self.scalar(x), self.scalar(slot), y_bar);
                    self.send_to_slot(x, x_bar);
                }
                Instruction::WithConstant { op, x, constant } => {
                    let Some(y_bar) = self.slots.remove(slot + 1) else { continue };
                    let number = Scalar::passive(self.core.list.values()[slot].get());
                    let own = 1 - constant;
                    self.check(index, |check| check.scalar::<R>(index, instruction, slot, |_| true))?;
                    let mut operands = [number; 2];
                    operands[own] = self.scalar(x);
                    let x_bar = R::pull_one_of_two(op, own, operands, self.scalar(slot + 1), y_bar);
                    self.send_to_slot(x, x_bar);
                }
            }
            if let Some(error) = self.core.pending.borrow_mut().take() {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Refuses an instruction whose derivative needs an overwritten primal.
    fn check(&self, index: usize, ask: impl FnOnce(Overwritten<'_, T>) -> Result<()>) -> Result<()> {
        if index >= self.core.last_written.get() {
            return Ok(());
        }
        let tables = &*self.core.tables.borrow();
        ask(Overwritten { core: self.core, tables, op: self.op })
    }

    /// One tensor instruction: what arrived at its result goes on to its operands.
    fn tensor_instruction(&mut self, index: usize, entry: usize) -> Result<()> {
        let tables = self.core.tables.borrow();
        let out = tables.entries[entry].out;
        let by_scalars = tables.variable(out).flags.has(Flags::READ_BY_SCALARS);
        if !self.pieces.contains_key(&out) && !by_scalars {
            return Ok(());
        }
        drop(tables);
        let Some(y_bar) = self.take(out)? else { return Ok(()) };
        self.check(index, |check| check.tensor(Some(self.wanted), index, entry))?;
        let tables = self.core.tables.borrow();
        let entry = &tables.entries[entry];
        let (rule, at) = (entry.rule, entry.at);
        let ids: SmallVec<[VariableId; 4]> = SmallVec::from_slice(tables.operands_of(entry));
        let active: SmallVec<[bool; 4]> =
            ids.iter().map(|&id| gets_adjoint(&tables, Some(self.wanted), id)).collect();
        if !active.contains(&true) {
            return Ok(());
        }
        let dims = tables.layout(out).dims.clone();
        match &rule.body {
            Body::Pointwise(kernels) => {
                // The constants of an instruction lie in the slots before its result.
                let first = tables.variable(out).offset;
                let numbers = first - entry.numbers as usize..first;
                let operand = |&id| match tables.variable(id) {
                    own if numbers.contains(&own.offset) && !own.is_active() => {
                        Operand::Number(self.core.list.values()[own.offset].get())
                    }
                    _ => self.tensor(id).into(),
                };
                let operands: SmallVec<[T::Traced; 4]> =
                    ids.iter().map(|id| T::traced(operand(id))).collect();
                drop(tables);
                let (y, y_bar) = (T::traced(self.tensor(out).into()), T::traced(y_bar));
                for k in (0..ids.len()).filter(|&k| active[k]) {
                    let x_bar = (kernels.traced)(k, &operands, y, y_bar);
                    self.send(ids[k], T::operand(x_bar))?;
                }
            }
            Body::Structural(kernels) => {
                let payload: SmallVec<[usize; 8]> = SmallVec::from_slice(tables.payload_of(entry));
                drop(tables);
                let operands: SmallVec<[Tensor<T>; 4]> = ids.iter().map(|&id| self.tensor(id)).collect();
                let bump = bumpalo::Bump::new();
                let mut recorder = Recorder {
                    core: self.core,
                    operands: &operands,
                    active: &active,
                    result: self.tensor(out),
                    result_bar: self.as_tensor(y_bar, &dims)?,
                    payload: &payload,
                    bump: &bump,
                    at,
                    contributions: Vec::new(),
                };
                (kernels.recorded)(T::verbs(&mut recorder));
                let contributions = recorder.contributions;
                if let Some(error) = self.core.pending.borrow_mut().take() {
                    return Err(error);
                }
                for (k, x_bar) in contributions {
                    self.send(ids[k], x_bar.into())?;
                }
            }
        }
        Ok(())
    }
}
