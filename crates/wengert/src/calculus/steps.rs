//! An instruction, looked at: what it reads and writes, as views, whether it is of scalars or of tensors.

use crate::error::At;
use crate::ops::Ops;
use crate::rule::{Body, ScalarRules};
use crate::shape::{Dims, Layout, View};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::Instruction;
use crate::tape::tables::Tables;

/// What an instruction reads and writes.
pub(super) struct Step {
    pub op: &'static str,
    pub at: At,
    pub operands: Vec<View>,
    /// Its slots lie one after the other.
    pub result: View,
    /// Whether an element of the result is computed from one element of each operand.
    pub pointwise: bool,
}

impl Step {
    /// An instruction before which so many slots lie; `None` where it only stands for slots.
    pub fn of<T: Element>(
        core: &Core<T>,
        tables: &Tables<T>,
        instruction: usize,
        before: usize,
    ) -> Option<Step> {
        let slot = |offset| View { offset, layout: Layout::contiguous(&[]) };
        let name = |arity, op| <Ops as ScalarRules>::row(arity, op, 0).0;
        let (op, operands, result) = match core.list.read(instruction) {
            Instruction::Skip { .. } => return None,
            Instruction::Unary { op, x } => (name(1, op), vec![slot(x)], slot(before)),
            Instruction::Binary { op, a, b } => (name(2, op), vec![slot(a), slot(b)], slot(before)),
            Instruction::WithConstant { op, x, constant } => {
                let mut operands = vec![slot(x)];
                operands.insert(constant, slot(before));
                (name(2, op), operands, slot(before + 1))
            }
            Instruction::Fused { start, operands, results } => {
                let operands = core.payload(start, operands, 0).slots().map(slot).collect();
                let dims: &[usize] = if results == 1 { &[] } else { &[results] };
                ("fuse", operands, View { offset: before, layout: Layout::contiguous(dims) })
            }
            Instruction::Tensor { entry } => {
                let entry = &tables.entries[entry];
                let operands = tables.operands_of(entry).iter().map(|&id| tables.view(id)).collect();
                let pointwise = matches!(entry.rule.body, Body::Pointwise(_));
                let (op, at, result) = (entry.rule.name, entry.at, tables.view(entry.out));
                return Some(Step { op, at, operands, result, pointwise });
            }
        };
        Some(Step { op, at: core.scalar_location(instruction), operands, result, pointwise: true })
    }
}

/// The index of an element in row-major order.
pub(super) fn index_of_element(dims: &[usize], mut element: usize) -> Dims {
    let mut index: Dims = dims.iter().map(|_| 0).collect();
    for (axis, &extent) in dims.iter().enumerate().rev() {
        (index[axis], element) = (element % extent, element / extent);
    }
    index
}

/// The slot that a view has for an index of a shape it is broadcast to, or of its own.
pub(super) fn slot_at(view: &View, index: &[usize]) -> usize {
    let Layout { dims, strides, .. } = &view.layout;
    let own = &index[index.len() - dims.len()..];
    let steps = own.iter().zip(dims).zip(strides);
    let step = steps.map(|((&i, &extent), &stride)| if extent == 1 { 0 } else { i as isize * stride });
    view.offset.wrapping_add_signed(step.sum())
}

/// The slots of a view, in row-major order.
pub(super) fn slots_of(view: &View) -> impl Iterator<Item = usize> {
    (0..view.layout.len).map(|element| slot_at(view, &index_of_element(&view.layout.dims, element)))
}
