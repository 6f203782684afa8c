//! Recording a structural op: its shape and value are the op's own, on operands of any kind and layout.

use smallvec::SmallVec;
use wengert_kernels::Strided;

use super::core::Core;
use super::element::Element;
use super::instruction::VariableId;
use super::registry;
use super::tensors::{Recording, strided};
use crate::error::{At, Result};
use crate::rule::verbs::StructuralRule;
use crate::rule::{Rule, Structural};
use crate::shape::View;
use crate::tensor::{Operand, Tensor};

/// Records `O` of operands, of which at least one is on a tape, that fit each other: the caller has checked.
pub(crate) fn structural<O: Structural, T: Element>(
    operands: &[Operand<T>],
    payload: &[usize],
    at: At,
) -> Result<Tensor<T>> {
    let first = operands.iter().find_map(Operand::word);
    let (kind, word) = first.expect("an operand of a tensor op is on a tape");
    let core = registry::resolve(O::NAME, kind, word, at)?;
    record(core, StructuralRule::<O, T>::RULE, true, operands, payload, at)
}

/// The same on a tape that is known: the operands may all be numbers, or none. As rules apply an op: it has a value
/// in any case.
pub(crate) fn structural_on<O: Structural, T: Element>(
    core: &'static Core<T>,
    operands: &[Operand<T>],
    payload: &[usize],
    at: At,
) -> Result<Tensor<T>> {
    record(core, StructuralRule::<O, T>::RULE, false, operands, payload, at)
}

/// Records the op of a rule, which may refuse its operands if `fallible`. The rule is a value, so that this is compiled
/// once and not again for every op.
fn record<T: Element>(
    core: &'static Core<T>,
    rule: &'static Rule<T>,
    fallible: bool,
    operands: &[Operand<T>],
    payload: &[usize],
    at: At,
) -> Result<Tensor<T>> {
    let kernels = rule.structural();
    let recording = Recording::on(rule, core, at)?;
    // Pushed one by one: what collects results moves each of them several times.
    let (mut ids, mut views) = (SmallVec::<[VariableId; 4]>::new(), SmallVec::<[View; 4]>::new());
    for &operand in operands {
        let (id, view) = recording.operand_or_number(operand)?;
        ids.push(id);
        views.push(view);
    }
    let mut all = SmallVec::<[&[usize]; 4]>::new();
    views.iter().for_each(|view| all.push(&view.layout.dims));
    let dims = (kernels.dims)(&all, payload);
    recording.try_finish(&ids, &dims, payload, |slots, y, scratch| {
        let mut x = SmallVec::<[Strided<'_, T>; 4]>::new();
        views.iter().for_each(|view| x.push(strided(slots, view)));
        if fallible {
            return (kernels.try_forward)(y, &x, payload, scratch, at);
        }
        (kernels.forward)(y, &x, payload, scratch);
        Ok(())
    })
}
