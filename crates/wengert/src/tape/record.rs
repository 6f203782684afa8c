//! Recording a scalar: one word and one slot, no allocation, no dynamic call. What the fast path cannot do, another
//! function does: another tape, an outer scope that is not the outermost, growth, a pause, an error.

use super::core::Core;
use super::element::Element;
use super::instruction::Word;
use super::registry;
use crate::error::{At, Kind, OrRaise, Result};
use crate::rule::OpId;
use crate::scalar::Scalar;

/// Records `value = op(x)`.
#[inline(always)]
#[track_caller]
pub(crate) fn unary<T: Element>(op: OpId, name: &'static str, x: Scalar<T>, value: T) -> Scalar<T> {
    if !x.is_active() {
        return Scalar::passive(value);
    }
    let word = Word::unary(op, x.word());
    if let Some(core) = T::lane(|lane| lane.front.get())
        && core.holds(x.word())
    {
        if let Some(slot) = core.push_scalar(word, value) {
            return Scalar::from_parts(value, core.word(slot));
        }
        if core.paused.get() {
            return Scalar::passive(value);
        }
    }
    slow(Request { name, word, operands: [x.word(), 0], constant: None, value, at: At::caller() }).or_raise()
}

/// Records `value = op(a, b)`; a passive operand is stored as a constant beside the result.
#[inline(always)]
#[track_caller]
pub(crate) fn binary<T: Element>(
    op: OpId,
    name: &'static str,
    a: Scalar<T>,
    b: Scalar<T>,
    value: T,
) -> Scalar<T> {
    match (a.is_active(), b.is_active()) {
        (true, true) => {
            let word = Word::binary(op, a.word(), b.word());
            if let Some(core) = T::lane(|lane| lane.front.get())
                && core.holds(a.word())
                && core.holds(b.word())
            {
                if let Some(slot) = core.push_scalar(word, value) {
                    return Scalar::from_parts(value, core.word(slot));
                }
                if core.paused.get() {
                    return Scalar::passive(value);
                }
            }
            let operands = [a.word(), b.word()];
            slow(Request { name, word, operands, constant: None, value, at: At::caller() }).or_raise()
        }
        (true, false) => with_constant(name, Word::constant_right(op, a.word()), a, b.value(), value),
        (false, true) => with_constant(name, Word::constant_left(op, b.word()), b, a.value(), value),
        (false, false) => Scalar::passive(value),
    }
}

#[inline(always)]
#[track_caller]
fn with_constant<T: Element>(
    name: &'static str,
    word: Word,
    x: Scalar<T>,
    constant: T,
    value: T,
) -> Scalar<T> {
    if let Some(core) = T::lane(|lane| lane.front.get())
        && core.holds(x.word())
    {
        if let Some(slot) = core.push_scalar_with_constant(word, constant, value) {
            return Scalar::from_parts(value, core.word(slot));
        }
        if core.paused.get() {
            return Scalar::passive(value);
        }
    }
    let constant = Some(constant);
    slow(Request { name, word, operands: [x.word(), 0], constant, value, at: At::caller() }).or_raise()
}

/// What the fast path could not record.
struct Request<T> {
    name: &'static str,
    word: Word,
    /// The words of the active operands; 0 where there is no second.
    operands: [u64; 2],
    constant: Option<T>,
    value: T,
    at: At,
}

#[inline(never)]
fn slow<T: Element>(request: Request<T>) -> Result<Scalar<T>> {
    let Request { name, word, operands: [a, b], constant, value, at } = request;
    let core: &'static Core<T> = registry::resolve(name, Kind::Scalar, a, at)?;
    if b != 0 && !core.contains(b) {
        return Err(registry::diagnose_pair(name, core, Kind::Scalar, b, at));
    }
    core.check_not_lent(name, at)?;
    if core.paused.get() {
        return Ok(Scalar::passive(value));
    }
    let pushed = |core: &Core<T>| match constant {
        None => core.push_scalar(word, value),
        Some(constant) => core.push_scalar_with_constant(word, constant, value),
    };
    let slot = match pushed(core) {
        Some(slot) => slot,
        None => {
            core.reserve(name, 2, true, at)?;
            pushed(core).expect("room was made for two slots and one instruction")
        }
    };
    Ok(Scalar::from_parts(value, core.word(slot)))
}
