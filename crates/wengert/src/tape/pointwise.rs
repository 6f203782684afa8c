//! Recording a pointwise op: by the short way, which most take, or for operands of any kind and layout.

use wengert_kernels::Strided;

use super::core::Core;
use super::element::Element;
use super::instruction::VariableId;
use super::registry;
use super::tables::{Flags, NONE, Tables};
use super::tensors::{Found, append, quick_core};
use crate::arena::split;
use crate::error::{At, Error, Result};
use crate::rule::Rule;
use crate::shape::LayoutId;
use crate::tensor::{Operand, Tensor};

/// Records a pointwise op on `N` operands, of which at least one is on a tape. What the operands are is known where it
/// is called, so that only the call of one short way is left of this.
#[inline(always)]
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

#[inline(never)]
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

#[inline(never)]
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

#[inline(never)]
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
                offsets[k] = core.list.slots() + numbers;
                numbers += 1;
            }
        }
    }
    active &= core.is_recording();
    let shape = Shapes::of(tables, layouts).map_err(|(k, left, right)| {
        let dims = [0, k].map(|k| &tables.layouts.get(layouts[k]).dims[..]);
        Error::broadcast(op, &["lhs", "rhs"], dims, (left, right), at)
    })?;
    core.check_countable(op, &tables.layouts.get(shape.out).dims, at)?;
    let len = tables.layouts.get(shape.out).len;
    core.reserve(op, numbers + len, false, at)?;

    // Nothing fails from here on.
    let slots = core.list.values();
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
    let offset = core.list.slots() + numbers;
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
        let mut met = None;
        for (k, &layout) in layouts.iter().enumerate().skip(1) {
            if layout == LayoutId::SCALAR && out.is_contiguous() {
                continue;
            }
            if out == LayoutId::SCALAR && layout.is_contiguous() {
                out = layout;
                continue;
            }
            let made = layouts_table.broadcast([out, layout]).map_err(|(left, right)| (k, left, right))?;
            out = made.out;
            met = Some(made);
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
        match met {
            _ if flat => {}
            // Where there are two, they met each other.
            Some(made) if N == 2 => expanded.copy_from_slice(&made.expanded),
            _ => {
                for id in &mut expanded {
                    let made = layouts_table.broadcast([*id, out]).expect("the operand fits the result");
                    *id = made.expanded[0];
                }
            }
        }
        Ok(Shapes { flat, out, expanded })
    }
}
