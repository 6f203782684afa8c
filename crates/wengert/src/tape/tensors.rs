//! Recording a tensor instruction: the operands are found and checked, the result is computed into new slots, and,
//! if anything of it requires a gradient, one instruction is appended.

use wengert_kernels::{Scratch, Strided};

use super::core::Core;
use super::element::Element;
use super::instruction::{VariableId, index_of};
use super::registry;
use super::tables::{Entry, Flags, NONE, Tables, Variable};
use crate::arena::split;
use crate::error::{At, Kind, Result};
use crate::rule::Rule;
use crate::shape::{LayoutId, View, element_count};
use crate::tensor::{Operand, Tensor};

/// An operand, found.
#[derive(Clone, Copy)]
pub(super) enum Found<T> {
    Variable(VariableId),
    /// An active scalar's slot.
    Slot(usize),
    Number(T),
}

impl<T: Element> Core<T> {
    pub(super) fn find(&self, op: &'static str, operand: Operand<T>, at: At) -> Result<Found<T>> {
        let (kind, word, found) = match operand {
            Operand::Tensor(x) => (Kind::Tensor, x.word(), Found::Variable(Core::<T>::variable_of(x.word()))),
            Operand::Scalar(x) if x.is_active() => (Kind::Scalar, x.word(), Found::Slot(index_of(x.word()))),
            Operand::Scalar(x) => return Ok(Found::Number(x.value())),
            Operand::Number(x) => return Ok(Found::Number(x)),
        };
        if !self.contains(word) {
            return Err(registry::diagnose_pair(op, self, kind, word, at));
        }
        if let Operand::Scalar(x) = operand {
            self.check_carried(op, word, x.value(), at)?;
        }
        Ok(found)
    }

    /// A variable for what is looked at and has no slots of its own.
    pub fn push_view(
        &self,
        tables: &mut Tables<T>,
        owner: VariableId,
        view: View,
        active: bool,
    ) -> VariableId {
        let layout = tables.layouts.intern(view.layout);
        let id = VariableId(tables.variables.len() as u32);
        tables.variables.push(Variable {
            offset: view.offset,
            layout,
            owner,
            instruction: NONE,
            leaf: NONE,
            written: 0,
            flags: Flags::VIEW.with(Flags::active_if(active)),
        });
        id
    }

    /// A variable of rank 0 over a scalar's slot. Its owner is itself: the slot is the scalar's, which needs no flag.
    pub fn push_scalar_view(&self, tables: &mut Tables<T>, slot: usize) -> VariableId {
        let id = VariableId(tables.variables.len() as u32);
        let flags = Flags::VIEW.with(Flags::active_if(self.is_recording()));
        let layout = LayoutId::SCALAR;
        tables.variables.push(Variable {
            offset: slot,
            layout,
            owner: id,
            instruction: NONE,
            leaf: NONE,
            written: 0,
            flags,
        });
        id
    }
}

/// Operands on the tape at hand, contiguous, with room for the result: what most ops are. The general way through
/// layouts and errors costs more than the work on a few elements.
#[inline(always)]
pub(crate) fn quick_core<T: Element>(x: Tensor<T>) -> Option<(&'static Core<T>, usize)> {
    let (core, index) = T::lane(|lane| lane.quick(x.word()))?;
    (core.lent.get() == 0).then_some((core, index as usize))
}

/// Records a reduction over all of a contiguous tensor that is not empty; its payload is every axis.
#[inline]
pub(crate) fn quick_reduction<T: Element>(
    rule: &'static Rule<T>,
    x: Tensor<T>,
    at: At,
    f: impl FnOnce(&[T]) -> T,
) -> Option<Tensor<T>> {
    // No axis stays; then the axes.
    const AXES: [usize; 9] = [0, 0, 1, 2, 3, 4, 5, 6, 7];
    let (core, x) = quick_core(x)?;
    let tables = &mut *core.tables.borrow_mut();
    let variable = tables.variables[x];
    let (len, rank) = (tables.layouts.get(variable.layout).len, tables.layouts.get(variable.layout).rank());
    if !variable.layout.is_contiguous() || len == 0 || rank >= AXES.len() {
        return None;
    }
    let (offset, all) = core.room(tables, 1)?;
    let value = split::shared(&all[variable.offset..variable.offset + len], f);
    all[offset].set(value);
    let active = variable.is_active() & core.is_recording();
    let ids = [VariableId(x as u32)];
    Some(append(core, tables, rule, at, &ids, &AXES[..rank + 1], LayoutId::SCALAR, 0, 1, active))
}

/// Appends the result of an op whose value stands in its slots already: an instruction if it is active, else slots.
#[inline]
pub(crate) fn append<T: Element>(
    core: &Core<T>,
    tables: &mut Tables<T>,
    rule: &'static Rule<T>,
    at: At,
    operands: &[VariableId],
    payload: &[usize],
    layout: LayoutId,
    numbers: usize,
    len: usize,
    active: bool,
) -> Tensor<T> {
    let offset = core.list.slots() + numbers;
    let instruction = if active { core.list.len() as u32 } else { NONE };
    let out = core.push_variable(tables, offset, layout, instruction, Flags::active_if(active));
    if active {
        let operands = tables.keep_operands(operands);
        let payload_run = (tables.payload.len() as u32, payload.len() as u32);
        // A push a piece: a copy of two words by `memcpy` costs more than the two.
        payload.iter().for_each(|&word| tables.payload.push(word));
        let entry = Entry { rule, at, out, operands, payload: payload_run, numbers: numbers as u32 };
        core.push_tensor(tables, entry, numbers + len);
    } else {
        core.push_skip(numbers + len);
    }
    Tensor::from_word(core.word(out.index()))
}

/// A structural op about to be recorded: its tape, found and checked.
pub(crate) struct Recording<T: Element> {
    pub core: &'static Core<T>,
    rule: &'static Rule<T>,
    at: At,
    /// Variables before the first operand's view was made: an error takes the views back.
    variables: usize,
}

impl<T: Element> Drop for Recording<T> {
    fn drop(&mut self) {
        self.core.tables.borrow_mut().variables.truncate(self.variables);
    }
}

impl<T: Element> Recording<T> {
    /// On a given tape.
    pub fn on(rule: &'static Rule<T>, core: &'static Core<T>, at: At) -> Result<Recording<T>> {
        core.check_not_lent(rule.name, at)?;
        core.check_variables(rule.name, &core.tables.borrow(), at)?;
        let variables = core.tables.borrow().variables.len();
        Ok(Recording { core, rule, at, variables })
    }

    /// The name of the op.
    pub fn name(&self) -> &'static str {
        self.rule.name
    }

    /// The first operand that is on a tape must be on this one, which was named.
    pub fn check_own(&self, mut operands: impl Iterator<Item = Operand<T>>) -> Result<()> {
        match operands.find_map(|operand| operand.word()) {
            Some((kind, word)) if !self.core.contains(word) => {
                Err(self.core.refuse(self.rule.name, kind, word, self.at))
            }
            _ => Ok(()),
        }
    }

    /// The variable of an operand and where it lies.
    pub fn operand(&self, x: Tensor<T>) -> Result<(VariableId, View)> {
        self.operand_or_number(x.into())
    }

    /// The same for a scalar or number too. A number gets a slot of its own, as a constant.
    pub fn operand_or_number(&self, x: Operand<T>) -> Result<(VariableId, View)> {
        let (op, at) = (self.rule.name, self.at);
        let id = match self.core.find(op, x, at)? {
            Found::Variable(id) => id,
            Found::Slot(slot) => self.core.push_scalar_view(&mut self.core.tables.borrow_mut(), slot),
            Found::Number(value) => {
                Core::<T>::variable_of(self.core.push_passive(op, &[], &[value], at)?.word())
            }
        };
        Ok((id, self.core.tables.borrow().view(id)))
    }

    /// Another view of an operand, as an operand.
    pub fn seen(&self, id: VariableId, view: View) -> (VariableId, View) {
        let mut tables = self.core.tables.borrow_mut();
        let variable = *tables.variable(id);
        let id = self.core.push_view(&mut tables, variable.owner, view.clone(), variable.is_active());
        (id, view)
    }

    /// Computes the result into new slots by `f(slots of the operands, result, scratch)` and appends it.
    pub fn finish(
        self,
        operands: &[VariableId],
        dims: &[usize],
        payload: &[usize],
        f: impl FnOnce(&[T], &mut [T], &mut Scratch<T>),
    ) -> Result<Tensor<T>> {
        self.try_finish(operands, dims, payload, |slots, y, scratch| {
            f(slots, y, scratch);
            Ok(())
        })
    }

    /// The same where the result may have no value; then nothing is appended.
    pub fn try_finish(
        mut self,
        operands: &[VariableId],
        dims: &[usize],
        payload: &[usize],
        f: impl FnOnce(&[T], &mut [T], &mut Scratch<T>) -> Result<()>,
    ) -> Result<Tensor<T>> {
        let core = self.core;
        core.check_countable(self.rule.name, dims, self.at)?;
        let len = element_count(dims);
        core.reserve(self.rule.name, len, false, self.at)?;
        let offset = core.list.slots();
        core.with_scratch(|scratch| {
            split::split(&core.list.values()[..offset + len], offset, |inputs, y| f(inputs, y, scratch))
        })?;
        let mut tables_guard = core.tables.borrow_mut();
        let tables = &mut *tables_guard;
        let active = core.is_recording() && operands.iter().any(|&id| tables.variable(id).is_active());
        let layout = tables.layouts.contiguous(dims);
        self.variables = usize::MAX;
        Ok(append(core, tables, self.rule, self.at, operands, payload, layout, 0, len, active))
    }
}

/// A view as a kernel takes it.
pub(crate) fn strided<'a, T>(slots: &'a [T], view: &'a View) -> Strided<'a, T> {
    Strided::new(slots, view.offset, &view.layout.dims, &view.layout.strides)
}
