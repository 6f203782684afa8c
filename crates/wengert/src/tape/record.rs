//! Recording a scalar: one word and one slot, no allocation, no dynamic call. What the fast path cannot do, another
//! function does: another tape, an outer scope that is not the outermost, growth, a pause, an error.

use super::core::Core;
use super::element::Element;
use super::instruction::{Word, index_of};
use super::registry;
use crate::error::{At, Kind, Result};
use crate::rule::{OpId, Pointwise};
use crate::scalar::Scalar;

/// Records the op `O` of a scalar.
#[inline(always)]
#[track_caller]
pub(crate) fn unary_op<O: Pointwise<1>, T: Element>(x: Scalar<T>) -> Result<Scalar<T>> {
    unary(O::OP, O::NAME, x, O::single([x.value()]))
}

/// Records the op `O` of two scalars.
#[inline(always)]
#[track_caller]
pub(crate) fn binary_op<O: Pointwise<2>, T: Element>(a: Scalar<T>, b: Scalar<T>) -> Result<Scalar<T>> {
    binary(O::OP, O::NAME, a, b, O::single([a.value(), b.value()]))
}

/// Records the op `O` of a scalar and a number on its right.
#[inline(always)]
#[track_caller]
pub(crate) fn with_right<O: Pointwise<2>, T: Element>(x: Scalar<T>, number: T) -> Result<Scalar<T>> {
    with_constant(O::OP, O::NAME, Word::constant_right, x, number, O::single([x.value(), number]))
}

/// Records the op `O` of a number and a scalar on its right.
#[inline(always)]
#[track_caller]
pub(crate) fn with_left<O: Pointwise<2>, T: Element>(number: T, x: Scalar<T>) -> Result<Scalar<T>> {
    with_constant(O::OP, O::NAME, Word::constant_left, x, number, O::single([number, x.value()]))
}

/// Records `value = op(x)`.
#[inline(always)]
#[track_caller]
pub(crate) fn unary<T: Element>(op: OpId, name: &'static str, x: Scalar<T>, value: T) -> Result<Scalar<T>> {
    if let Some((core, index)) = T::lane(|lane| lane.quick(x.word())) {
        if let Some(slot) = core.push_scalar(core.instructions.open(), Word::unary(op, index), value) {
            return Ok(Scalar::from_parts(value, core.word(slot)));
        }
        if is_paused(core) {
            return Ok(Scalar::passive(value));
        }
    }
    if !x.is_active() {
        return Ok(Scalar::passive(value));
    }
    let word = slow(Request { name, value, at: At::caller(), op, form: Form::Unary(x) })?;
    Ok(Scalar::from_parts(value, word))
}

/// Records `value = op(a, b)`; a passive operand is stored as a constant beside the result.
///
/// That both operands lie on the tape used last is asked first, and whether they are active only where they do not: the
/// word of a passive one lies on no tape.
#[inline(always)]
#[track_caller]
pub(crate) fn binary<T: Element>(
    op: OpId,
    name: &'static str,
    a: Scalar<T>,
    b: Scalar<T>,
    value: T,
) -> Result<Scalar<T>> {
    if let Some((core, i)) = T::lane(|lane| lane.quick(a.word()))
        && let Some(j) = core.index_if_held(b.word())
    {
        if let Some(slot) = core.push_scalar(core.instructions.open(), Word::binary(op, i, j), value) {
            return Ok(Scalar::from_parts(value, core.word(slot)));
        }
        if is_paused(core) {
            return Ok(Scalar::passive(value));
        }
    }
    match (a.is_active(), b.is_active()) {
        (true, true) => {
            let word = slow(Request { name, value, at: At::caller(), op, form: Form::Binary(a, b) })?;
            Ok(Scalar::from_parts(value, word))
        }
        (true, false) => with_constant(op, name, Word::constant_right, a, b.value(), value),
        (false, true) => with_constant(op, name, Word::constant_left, b, a.value(), value),
        (false, false) => Ok(Scalar::passive(value)),
    }
}

#[inline(always)]
#[track_caller]
fn with_constant<T: Element>(
    op: OpId,
    name: &'static str,
    word: fn(OpId, u64) -> Word,
    x: Scalar<T>,
    constant: T,
    value: T,
) -> Result<Scalar<T>> {
    if let Some((core, index)) = T::lane(|lane| lane.quick(x.word())) {
        let open = core.instructions.open();
        if let Some(slot) = core.push_scalar_with_constant(open, word(op, index), constant, value) {
            return Ok(Scalar::from_parts(value, core.word(slot)));
        }
        if is_paused(core) {
            return Ok(Scalar::passive(value));
        }
    }
    if !x.is_active() {
        return Ok(Scalar::passive(value));
    }
    let word =
        slow(Request { name, value, at: At::caller(), op, form: Form::WithConstant(x, constant, word) })?;
    Ok(Scalar::from_parts(value, word))
}

/// Whether recording is paused: asked where nothing could be pushed, and told apart so that recording is laid out first.
#[cold]
#[inline]
fn is_paused<T: Element>(core: &'static Core<T>) -> bool {
    core.paused.get()
}

/// What the fast path could not record.
struct Request<T: Element> {
    name: &'static str,
    op: OpId,
    value: T,
    at: At,
    form: Form<T>,
}

/// The active operands, and the constant.
enum Form<T: Element> {
    Unary(Scalar<T>),
    Binary(Scalar<T>, Scalar<T>),
    WithConstant(Scalar<T>, T, fn(OpId, u64) -> Word),
}

/// Answers the word of the result, 0 where it is passive. The result itself would have to lie in memory, on the fast path
/// too.
#[cold]
#[inline(never)]
fn slow<T: Element>(request: Request<T>) -> Result<u64> {
    let Request { name, op, value, at, form } = request;
    let (Form::Unary(a) | Form::Binary(a, _) | Form::WithConstant(a, ..)) = form;
    let core: &'static Core<T> = registry::resolve(name, Kind::Scalar, a.word(), at)?;
    core.check_carried(name, a.word(), a.value(), at)?;
    if let Form::Binary(_, b) = form {
        if !core.contains(b.word()) {
            return Err(registry::diagnose_pair(name, core, Kind::Scalar, b.word(), at));
        }
        core.check_carried(name, b.word(), b.value(), at)?;
    }
    core.check_not_lent(name, at)?;
    if core.paused.get() {
        return Ok(0);
    }
    let index = |x: Scalar<T>| index_of(x.word()) as u64;
    let push = || {
        let all = core.instructions.all();
        match form {
            Form::Unary(x) => core.push_scalar(all, Word::unary(op, index(x)), value),
            Form::Binary(a, b) => core.push_scalar(all, Word::binary(op, index(a), index(b)), value),
            Form::WithConstant(x, constant, word) => {
                core.push_scalar_with_constant(all, word(op, index(x)), constant, value)
            }
        }
    };
    let slot = match push() {
        Some(slot) => slot,
        None => {
            core.reserve(name, 2, true, at)?;
            push().expect("room was made for two slots and one instruction")
        }
    };
    Ok(core.word(slot))
}
