//! Recording a scalar: one word and one slot, no allocation, no dynamic call. What stands in line where an op is written is
//! the way on the tape used last. Another tape, an outer scope that is not the outermost, a passive operand beside an
//! active one, growth, a pause and errors are `elsewhere`, so that an op takes a line of machine code and not a page.

use super::core::{Core, seldom};
use super::element::{Element, Lane};
use super::instruction::index_of;
use super::registry;
use super::word::Word;
use crate::error::{At, Kind, Result};
use crate::rule::{OpId, Pointwise};
use crate::scalar::Scalar;

/// Records the op `O` of a scalar.
#[inline(always)]
#[track_caller]
pub(crate) fn unary_op<O: Pointwise<1>, T: Element>(x: Scalar<T>) -> Result<Scalar<T>> {
    let (value, at) = (O::single([x.value()]), At::caller());
    if let Some(core) = T::lane(Lane::front)
        && let Some(index) = core.index_if_held(x.word())
        && let Some(slot) = core.push_scalar(Word::unary(O::OP, index), value, at)
    {
        return Ok(Scalar::from_parts(value, core.word(slot)));
    }
    seldom();
    if !x.is_active() || is_paused([x]) {
        return Ok(Scalar::passive(value));
    }
    let y = of_one(const { &Op { id: O::OP, name: O::NAME } }, x, value, at)?;
    Ok(Scalar::from_parts(y.value(), y.word()))
}

/// Records the op `O` of two scalars; a passive operand is stored as a constant beside the result.
///
/// That both operands lie on the tape used last is asked first, and whether they are active only where they do not: the
/// word of a passive one lies on no tape.
#[inline(always)]
#[track_caller]
pub(crate) fn binary_op<O: Pointwise<2>, T: Element>(a: Scalar<T>, b: Scalar<T>) -> Result<Scalar<T>> {
    let (value, at) = (O::single([a.value(), b.value()]), At::caller());
    if let Some(core) = T::lane(Lane::front)
        && let Some(i) = core.index_if_held(a.word())
        && let Some(j) = core.index_if_held(b.word())
        && let Some(slot) = core.push_scalar(Word::binary(O::OP, i, j), value, at)
    {
        return Ok(Scalar::from_parts(value, core.word(slot)));
    }
    of_two_elsewhere::<O, T>(a, b, value, at)
}

/// Records the op `O` of a scalar and a number on its right.
#[inline(always)]
#[track_caller]
pub(crate) fn with_right<O: Pointwise<2>, T: Element>(x: Scalar<T>, number: T) -> Result<Scalar<T>> {
    let (value, at) = (O::single([x.value(), number]), At::caller());
    match with_constant(x, number, |index| Word::constant_right(O::OP, index), value, at) {
        Some(result) => Ok(result),
        None => of_two_elsewhere::<O, T>(x, Scalar::passive(number), value, at),
    }
}

/// Records the op `O` of two scalars, of which the right one may well be a number, as an exponent is: where that is known
/// when this is compiled, it goes its own way at once.
#[inline(always)]
#[track_caller]
pub(crate) fn with_any<O: Pointwise<2>, T: Element>(a: Scalar<T>, b: Scalar<T>) -> Result<Scalar<T>> {
    if b.is_active() { binary_op::<O, T>(a, b) } else { with_right::<O, T>(a, b.value()) }
}

/// Records the op `O` of a number and a scalar on its right.
#[inline(always)]
#[track_caller]
pub(crate) fn with_left<O: Pointwise<2>, T: Element>(number: T, x: Scalar<T>) -> Result<Scalar<T>> {
    let (value, at) = (O::single([number, x.value()]), At::caller());
    match with_constant(x, number, |index| Word::constant_left(O::OP, index), value, at) {
        Some(result) => Ok(result),
        None => of_two_elsewhere::<O, T>(Scalar::passive(number), x, value, at),
    }
}

#[inline(always)]
fn with_constant<T: Element>(
    x: Scalar<T>,
    constant: T,
    word: impl Fn(u64) -> Word,
    value: T,
    at: At,
) -> Option<Scalar<T>> {
    let core = T::lane(Lane::front)?;
    let word = word(core.index_if_held(x.word())?);
    let slot = core.push_scalar_with_constant(word, constant, value, at)?;
    Some(Scalar::from_parts(value, core.word(slot)))
}

/// What the way in line does not record.
#[inline(always)]
fn of_two_elsewhere<O: Pointwise<2>, T: Element>(
    a: Scalar<T>,
    b: Scalar<T>,
    value: T,
    at: At,
) -> Result<Scalar<T>> {
    seldom();
    if (!a.is_active() && !b.is_active()) || is_paused([a, b]) {
        return Ok(Scalar::passive(value));
    }
    let y = of_two(const { &Op { id: O::OP, name: O::NAME } }, a, b, value, at)?;
    Ok(Scalar::from_parts(y.value(), y.word()))
}

/// Whether recording is paused on the tape used last, and every operand is passive or lies on that one.
#[inline(always)]
fn is_paused<T: Element, const N: usize>(operands: [Scalar<T>; N]) -> bool {
    T::lane(Lane::front).is_some_and(|core| {
        let held = |x: &Scalar<T>| !x.is_active() || core.index_if_held(x.word()).is_some();
        core.paused.get() && operands.iter().all(held)
    })
}

/// What the ways elsewhere know of an op.
struct Op {
    id: OpId,
    name: &'static str,
}

/// Records `value = op(x)` of an active scalar.
#[cold]
#[inline(never)]
fn of_one<T: Element>(op: &'static Op, x: Scalar<T>, value: T, at: At) -> Result<Scalar<T>> {
    let word = match quick(op, x, None, value, at) {
        Some(word) => word,
        None => slow(op, x, None, value, at)?,
    };
    Ok(Scalar::from_parts(value, word))
}

/// Records `value = op(a, b)`, where one operand is active at least.
#[cold]
#[inline(never)]
fn of_two<T: Element>(op: &'static Op, a: Scalar<T>, b: Scalar<T>, value: T, at: At) -> Result<Scalar<T>> {
    let word = match quick(op, a, Some(b), value, at) {
        Some(word) => word,
        None => slow(op, a, Some(b), value, at)?,
    };
    Ok(Scalar::from_parts(value, word))
}

/// The word of the result on one of the two tapes used last, 0 where that one is paused: the fast answer.
#[inline(always)]
fn quick<T: Element>(op: &Op, a: Scalar<T>, b: Option<Scalar<T>>, value: T, at: At) -> Option<u64> {
    let (x, other) = match b {
        Some(b) if !a.is_active() => (b, None),
        b => (a, b.filter(|b| b.is_active())),
    };
    let (core, _) = T::lane(|lane| lane.quick(x.word()))?;
    if let Some(other) = other {
        core.index_if_held(other.word())?;
    }
    if core.paused.get() {
        return Some(0);
    }
    let slot = if core.list.is_open() { append(core, op, a, b, value, at)? } else { return None };
    Some(core.word(slot))
}

/// Appends it to the tape that holds what is active of it; answers the slot of the result. `None` where there is no room.
#[inline(always)]
fn append<T: Element>(
    core: &Core<T>,
    op: &Op,
    a: Scalar<T>,
    b: Option<Scalar<T>>,
    value: T,
    at: At,
) -> Option<usize> {
    let index = |x: Scalar<T>| index_of(x.word()) as u64;
    let (word, constant) = match b {
        None => (Word::unary(op.id, index(a)), None),
        Some(b) if !a.is_active() => (Word::constant_left(op.id, index(b)), Some(a.value())),
        Some(b) if !b.is_active() => (Word::constant_right(op.id, index(a)), Some(b.value())),
        Some(b) => (Word::binary(op.id, index(a), index(b)), None),
    };
    match constant {
        None => core.push_scalar(word, value, at).or_else(|| core.append_scalar(word, &[value], at)),
        Some(constant) => core
            .push_scalar_with_constant(word, constant, value, at)
            .or_else(|| core.append_scalar(word, &[constant, value], at)),
    }
}

/// Finds the tape, asks of it all that is to be asked, and makes room. Answers the word of the result, 0 where it is passive.
#[cold]
#[inline(never)]
fn slow<T: Element>(op: &'static Op, a: Scalar<T>, b: Option<Scalar<T>>, value: T, at: At) -> Result<u64> {
    let name = op.name;
    let mut active = [Some(a), b].into_iter().flatten().filter(|x| x.is_active());
    let first = active.next().expect("an operand is active");
    let core: &'static Core<T> = registry::resolve(name, Kind::Scalar, first.word(), at)?;
    core.check_carried(name, first.word(), first.value(), at)?;
    if let Some(second) = active.next() {
        if !core.contains(second.word()) {
            return Err(registry::diagnose_pair(name, core, Kind::Scalar, second.word(), at));
        }
        core.check_carried(name, second.word(), second.value(), at)?;
    }
    core.check_not_lent(name, at)?;
    if core.paused.get() {
        return Ok(0);
    }
    let slot = match append(core, op, a, b, value, at) {
        Some(slot) => slot,
        None => {
            core.reserve(name, 2, true, at)?;
            append(core, op, a, b, value, at).expect("room was made for two slots and one instruction")
        }
    };
    Ok(core.word(slot))
}
