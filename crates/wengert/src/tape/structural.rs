//! Recording a structural op: its shape and value are the op's own, on operands of any kind and layout.

use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided};

use super::core::Core;
use super::element::Element;
use super::registry;
use super::tensors::{Recording, strided};
use crate::error::{At, Result};
use crate::rule::Structural;
use crate::rule::verbs::StructuralRule;
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
    record::<O, T>(core, operands, payload, at, |y, x, scratch| O::try_forward(y, x, payload, scratch, at))
}

/// The same on a tape that is known: the operands may all be numbers, or none. As rules apply an op: it has a value
/// in any case.
pub(crate) fn structural_on<O: Structural, T: Element>(
    core: &'static Core<T>,
    operands: &[Operand<T>],
    payload: &[usize],
    at: At,
) -> Result<Tensor<T>> {
    record::<O, T>(core, operands, payload, at, |y, x, scratch| {
        O::forward(y, x, payload, scratch);
        Ok(())
    })
}

/// Records `O` with the value that `forward` writes.
fn record<O: Structural, T: Element>(
    core: &'static Core<T>,
    operands: &[Operand<T>],
    payload: &[usize],
    at: At,
    forward: impl FnOnce(&mut [T], &[Strided<'_, T>], &mut Scratch<T>) -> Result<()>,
) -> Result<Tensor<T>> {
    let recording = Recording::on(StructuralRule::<O, T>::RULE, core, at)?;
    let found = operands.iter().map(|&operand| recording.operand_or_number(operand));
    let found = found.collect::<Result<SmallVec<[_; 4]>>>()?;
    let all: SmallVec<[&[usize]; 4]> = found.iter().map(|(_, view)| &view.layout.dims[..]).collect();
    let dims = O::dims(&all, payload);
    let ids: SmallVec<[_; 4]> = found.iter().map(|(id, _)| *id).collect();
    recording.try_finish(&ids, &dims, payload, |slots, y, scratch| {
        let x: SmallVec<[Strided<'_, T>; 4]> = found.iter().map(|(_, view)| strided(slots, view)).collect();
        forward(y, &x, scratch)
    })
}
