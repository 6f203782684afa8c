//! Recording a tensor instruction: the operands are found and checked, the result is computed into new slots, and,
//! if anything of it requires a gradient, one instruction is appended.

use wengert_kernels::{Scratch, Strided};

use super::core::Core;
use super::element::Element;
use super::instruction::{VariableId, index_of};
use super::registry;
use super::tables::{Entry, Flags, NONE, Tables, Variable};
use crate::arena::split;
use crate::error::{At, Error, Kind, Result, Shape};
use crate::rule::Rule;
use crate::shape::{LayoutId, View, element_count};
use crate::tensor::{Operand, Tensor};

/// An operand, found.
#[derive(Clone, Copy)]
enum Found<T> {
    Variable(VariableId),
    /// An active scalar's slot.
    Slot(usize),
    Number(T),
}

impl<T: Element> Core<T> {
    fn find(&self, op: &'static str, operand: Operand<T>, at: At) -> Result<Found<T>> {
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

/// Records a pointwise op on `N` operands, of which at least one is on a tape.
#[inline(never)]
pub(crate) fn pointwise<T: Element, const N: usize>(
    rule: &'static Rule<T>,
    operands: [Operand<T>; N],
    at: At,
) -> Result<Tensor<T>> {
    let quick = match operands[..] {
        [Operand::Tensor(x)] => quick_unary(rule, x, at),
        [Operand::Tensor(a), Operand::Tensor(b)] => quick_binary(rule, a, b, at),
        [Operand::Tensor(a), Operand::Number(b)] => quick_with_number(rule, a, b, false, at),
        [Operand::Number(a), Operand::Tensor(b)] => quick_with_number(rule, b, a, true, at),
        _ => None,
    };
    match quick {
        Some(made) => Ok(made),
        None => pointwise_of_any(rule, operands, at),
    }
}

/// Operands on the tape at hand, contiguous, with room for the result: what most ops are. The general way through
/// layouts and errors costs four times as much on three elements.
#[inline(always)]
pub(crate) fn quick_core<T: Element>(x: Tensor<T>) -> Option<(&'static Core<T>, usize)> {
    let (core, index) = T::lane(|lane| lane.quick(x.word()))?;
    (core.lent.get() == 0).then_some((core, index as usize))
}

#[inline(always)]
fn quick_binary<T: Element>(rule: &'static Rule<T>, a: Tensor<T>, b: Tensor<T>, at: At) -> Option<Tensor<T>> {
    let (core, a) = quick_core(a)?;
    let b = core.index_if_held(b.word())? as usize;
    let tables = &mut *core.tables.borrow_mut();
    let (a_variable, b_variable) = (tables.variables[a], tables.variables[b]);
    let layout = a_variable.layout;
    if layout != b_variable.layout || !layout.is_contiguous() {
        return None;
    }
    let len = tables.layouts.get(layout).len;
    let (offset, all) = core.room(tables, len)?;
    split::split(&all[..offset + len], offset, |inputs, y| {
        let (a, b) = (&inputs[a_variable.offset..][..len], &inputs[b_variable.offset..][..len]);
        (rule.kernels().forward)(y, &[a, b]);
    });
    let active = (a_variable.is_active() | b_variable.is_active()) & core.is_recording();
    let ids = [VariableId(a as u32), VariableId(b as u32)];
    Some(append(core, tables, rule, at, &ids, &[], layout, 0, len, active))
}

#[inline(always)]
fn quick_with_number<T: Element>(
    rule: &'static Rule<T>,
    x: Tensor<T>,
    number: T,
    left: bool,
    at: At,
) -> Option<Tensor<T>> {
    let (core, x) = quick_core(x)?;
    let tables = &mut *core.tables.borrow_mut();
    let variable = tables.variables[x];
    let layout = variable.layout;
    if !layout.is_contiguous() {
        return None;
    }
    let len = tables.layouts.get(layout).len;
    let (start, all) = core.room(tables, len + 1)?;
    all[start].set(number);
    split::split(&all[..start + 1 + len], start + 1, |inputs, y| {
        let (x, number) = (&inputs[variable.offset..][..len], &inputs[start..]);
        (rule.kernels().forward)(y, &if left { [number, x] } else { [x, number] });
    });
    let number = core.push_variable(tables, start, LayoutId::SCALAR, NONE, Flags::PASSIVE);
    let x = VariableId(x as u32);
    let ids = if left { [number, x] } else { [x, number] };
    let active = variable.is_active() & core.is_recording();
    Some(append(core, tables, rule, at, &ids, &[], layout, 1, len, active))
}

#[inline(always)]
fn quick_unary<T: Element>(rule: &'static Rule<T>, x: Tensor<T>, at: At) -> Option<Tensor<T>> {
    let (core, x) = quick_core(x)?;
    let tables = &mut *core.tables.borrow_mut();
    let variable = tables.variables[x];
    let layout = variable.layout;
    if !layout.is_contiguous() {
        return None;
    }
    let len = tables.layouts.get(layout).len;
    let (offset, all) = core.room(tables, len)?;
    split::split(&all[..offset + len], offset, |inputs, y| {
        (rule.kernels().forward)(y, &[&inputs[variable.offset..][..len]]);
    });
    let active = variable.is_active() & core.is_recording();
    Some(append(core, tables, rule, at, &[VariableId(x as u32)], &[], layout, 0, len, active))
}

/// Records a reduction over all of a contiguous tensor that is not empty; its payload is every axis.
#[inline]
pub(crate) fn quick_reduction<T: Element>(
    rule: &'static Rule<T>,
    x: Tensor<T>,
    at: At,
    f: impl FnOnce(&[T]) -> T,
) -> Option<Tensor<T>> {
    const AXES: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
    let (core, x) = quick_core(x)?;
    let tables = &mut *core.tables.borrow_mut();
    let variable = tables.variables[x];
    let (len, rank) = (tables.layouts.get(variable.layout).len, tables.layouts.get(variable.layout).rank());
    if !variable.layout.is_contiguous() || len == 0 || rank > AXES.len() {
        return None;
    }
    let (offset, all) = core.room(tables, 1)?;
    let value = split::shared(&all[variable.offset..variable.offset + len], f);
    all[offset].set(value);
    let active = variable.is_active() & core.is_recording();
    let ids = [VariableId(x as u32)];
    Some(append(core, tables, rule, at, &ids, &AXES[..rank], LayoutId::SCALAR, 0, 1, active))
}

/// Records a pointwise op on operands of any kind and layout.
#[inline(never)]
fn pointwise_of_any<T: Element, const N: usize>(
    rule: &'static Rule<T>,
    operands: [Operand<T>; N],
    at: At,
) -> Result<Tensor<T>> {
    let op = rule.name;
    let kernels = rule.kernels();
    let first = operands.iter().find_map(Operand::word);
    let (kind, word) = first.expect("an operand of a tensor op is on a tape");
    let core: &'static Core<T> = registry::resolve(op, kind, word, at)?;
    let mut found = [Found::Number(T::zero()); N];
    for (found, operand) in found.iter_mut().zip(operands) {
        *found = core.find(op, operand, at)?;
    }
    core.check_not_lent(op, at)?;
    let mut tables_guard = core.tables.borrow_mut();
    let tables = &mut *tables_guard;
    core.check_variables(op, tables, at)?;

    // Layouts, active operands, numbers.
    let mut layouts = [LayoutId::SCALAR; N];
    let mut offsets = [0; N];
    let mut active = false;
    let mut numbers = 0;
    for k in 0..N {
        match found[k] {
            Found::Variable(id) => {
                let variable = tables.variable(id);
                layouts[k] = variable.layout;
                offsets[k] = variable.offset;
                active |= variable.is_active();
            }
            Found::Slot(slot) => {
                offsets[k] = slot;
                active = true;
            }
            Found::Number(_) => {
                offsets[k] = core.slot_count.get() + numbers;
                numbers += 1;
            }
        }
    }
    active &= core.is_recording();
    let shape = Shapes::of(tables, layouts).map_err(|(k, left, right)| {
        let shape = |k: usize| Shape::from(&tables.layouts.get(layouts[k]).dims[..]);
        Error::Broadcast { op, lhs: shape(0), rhs: shape(k), left, right, at }
    })?;
    let len = tables.layouts.get(shape.out).len;
    core.reserve(op, numbers + len, false, at)?;

    // Nothing fails from here on.
    let slots = core.values.all();
    let mut ids = [VariableId(0); N];
    for k in 0..N {
        ids[k] = match found[k] {
            Found::Variable(id) => id,
            Found::Slot(slot) => core.push_scalar_view(tables, slot),
            Found::Number(value) => {
                slots[offsets[k]].set(value);
                core.push_variable(tables, offsets[k], LayoutId::SCALAR, NONE, Flags::PASSIVE)
            }
        };
    }
    let offset = core.slot_count.get() + numbers;
    split::split(&slots[..offset + len], offset, |inputs, y| {
        if shape.flat {
            let operands: [&[T]; N] = std::array::from_fn(|k| {
                let len = tables.layouts.get(layouts[k]).len;
                &inputs[offsets[k]..offsets[k] + len]
            });
            (kernels.forward)(y, &operands);
        } else {
            let dims = &tables.layouts.get(shape.out).dims;
            let operands: [Strided<'_, T>; N] = std::array::from_fn(|k| {
                let layout = tables.layouts.get(shape.expanded[k]);
                Strided::new(inputs, offsets[k], &layout.dims, &layout.strides)
            });
            wengert_kernels::map(y, dims, operands, |y, operands| (kernels.forward)(y, &operands));
        }
    });
    Ok(append(core, tables, rule, at, &ids, &[], shape.out, numbers, len, active))
}

/// How the operands of a pointwise op meet.
pub(crate) struct Shapes<const N: usize> {
    /// Every operand lies contiguous with as many elements as the result, or is one element for all: kernels take
    /// them as they are.
    pub flat: bool,
    pub out: LayoutId,
    /// The operands' layouts with the dims of the result; only where they are not flat.
    pub expanded: [LayoutId; N],
}

impl<const N: usize> Shapes<N> {
    /// Broadcasts the layouts; the error has the operand and the extents that do not fit.
    #[inline]
    pub fn of<T: Element>(
        tables: &mut Tables<T>,
        layouts: [LayoutId; N],
    ) -> std::result::Result<Shapes<N>, (usize, usize, usize)> {
        let layouts_table = &mut tables.layouts;
        if layouts[0].is_contiguous() && layouts.iter().all(|&id| id == layouts[0]) {
            return Ok(Shapes { flat: true, out: layouts[0], expanded: layouts });
        }
        let mut out = layouts[0];
        for (k, &layout) in layouts.iter().enumerate().skip(1) {
            if layout == LayoutId::SCALAR && out.is_contiguous() {
                continue;
            }
            if out == LayoutId::SCALAR && layout.is_contiguous() {
                out = layout;
                continue;
            }
            out = layouts_table.broadcast([out, layout]).map_err(|(left, right)| (k, left, right))?.out;
        }
        if !out.is_contiguous() {
            let dims = layouts_table.get(out).dims.clone();
            out = layouts_table.contiguous(&dims);
        }
        let len = layouts_table.get(out).len;
        let flat = layouts.iter().all(|&id| {
            let own = layouts_table.get(id).len;
            id.is_contiguous() && (own == len || own == 1)
        });
        let mut expanded = layouts;
        if !flat {
            for id in &mut expanded {
                let made = layouts_table.broadcast([*id, out]).expect("the operand fits the result");
                *id = made.expanded[0];
            }
        }
        Ok(Shapes { flat, out, expanded })
    }
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
    let offset = core.slot_count.get() + numbers;
    let instruction = if active { core.instruction_count.get() as u32 } else { NONE };
    let out = core.push_variable(tables, offset, layout, instruction, Flags::active_if(active));
    if active {
        let operand_run = (tables.operands.len() as u32, operands.len() as u32);
        let payload_run = (tables.payload.len() as u32, payload.len() as u32);
        // A push a piece: a copy of two words by `memcpy` costs more than the two.
        operands.iter().for_each(|&id| tables.operands.push(id));
        payload.iter().for_each(|&word| tables.payload.push(word));
        let entry =
            Entry { rule, at, out, operands: operand_run, payload: payload_run, numbers: numbers as u32 };
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
    /// Finds the tape of `x`.
    pub fn start(rule: &'static Rule<T>, x: Tensor<T>, at: At) -> Result<Recording<T>> {
        Recording::on(rule, registry::resolve(rule.name, Kind::Tensor, x.word(), at)?, at)
    }

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
        mut self,
        operands: &[VariableId],
        dims: &[usize],
        payload: &[usize],
        f: impl FnOnce(&[T], &mut [T], &mut Scratch<T>),
    ) -> Result<Tensor<T>> {
        let core = self.core;
        let len = element_count(dims);
        core.reserve(self.rule.name, len, false, self.at)?;
        let offset = core.slot_count.get();
        core.with_scratch(|scratch| {
            split::split(&core.values.all()[..offset + len], offset, |inputs, y| f(inputs, y, scratch));
        });
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
