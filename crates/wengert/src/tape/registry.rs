//! From a handle to its tape, and what is wrong when there is none.

use std::sync::PoisonError;

use super::core::{Core, seldom};
use super::element::Element;
use super::instruction::{INDEX_BITS, TAG_MASK};
use super::scope::Mark;
use super::tags;
use crate::arena::lease::{Idle, Lease};
use crate::arena::pool::IDLE_COUNT;
use crate::error::{At, Error, Kind, Result};

/// The tape that a handle's word belongs to.
#[inline(always)]
pub(crate) fn resolve<T: Element>(
    op: &'static str,
    kind: Kind,
    word: u64,
    at: At,
) -> Result<&'static Core<T>> {
    if let Some((core, _)) = T::lane(|lane| lane.quick(word)) {
        return Ok(core);
    }
    seldom();
    T::lane(|lane| lane.find(word)).ok_or_else(|| diagnose::<T>(op, kind, word, None, at))
}

/// What is wrong with a handle that a tape (or the thread, without `expected`) does not hold.
#[cold]
#[inline(never)]
pub(crate) fn diagnose<T: Element>(
    op: &'static str,
    kind: Kind,
    word: u64,
    expected: Option<u64>,
    at: At,
) -> Error {
    if let Some(expected) = expected
        && let Some(core) = T::lane(|lane| lane.cores().find(|core| core.contains(word)))
    {
        return Error::OtherTape { op, kind, expected, found: core.id.get(), at };
    }
    match tags::whose((word & TAG_MASK) >> INDEX_BITS) {
        None => Error::ForgottenTape { op, kind, at },
        Some(block) if block.dropped => Error::DroppedTape { op, kind, tape: block.tape, at },
        Some(block) if block.thread != std::thread::current().id() => {
            Error::OtherThread { op, kind, tape: block.tape, at }
        }
        Some(block) => Error::Stale { op, kind, tape: block.tape, at },
    }
}

/// Two operands must be on one tape: what is wrong if the second is not on the first's.
#[cold]
#[inline(never)]
pub(crate) fn diagnose_pair<T: Element>(
    op: &'static str,
    lhs: &Core<T>,
    kind: Kind,
    rhs: u64,
    at: At,
) -> Error {
    match lhs.refuse(op, kind, rhs, at) {
        Error::OtherTape { expected, found, .. } => {
            Error::DifferentTapes { op, lhs: expected, rhs: found, at }
        }
        other => other,
    }
}

/// A new tape's core, known to the thread.
pub(crate) fn open<T: Element>(at: At) -> Result<&'static Core<T>> {
    let idle = T::idle().0.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let lease = idle.map_or_else(|| Lease::new(Box::new(Core::new())), Idle::wake);
    let core: &'static Core<T> = lease.get();
    core.lease.set(Some(lease));
    core.id.set(tags::new_tape());
    let tag = core.tags.borrow_mut().next("Tape::new", core.id.get(), at)?;
    core.current.set(tag);
    core.root.set(tag);
    core.scopes.borrow_mut().push(Mark { tag, ..Mark::default() });
    T::lane(|lane| lane.insert(core));
    Ok(core)
}

/// The tape is dropped: no word leads to it any more. Its core is freed at once, or, when that happens inside a
/// callback that was given a view of its slots, at the end of the callback.
pub(crate) fn close<T: Element>(core: &'static Core<T>) {
    T::lane(|lane| lane.remove(core));
    core.tags.borrow_mut().drop_tape();
    core.orphaned.set(true);
    if core.pins.get() == 0 {
        release(core);
    }
}

/// A core keeps its buffers for the next tape up to this many bytes; larger ones go to the pools of buffers.
const KEPT: usize = 1 << 20;

/// Puts the core of a dropped tape aside for the next one, or frees it. Its tape is gone, no word leads to it, and no
/// callback holds it.
pub(crate) fn release<T: Element>(core: &'static Core<T>) {
    core.reset();
    let keep = core.bytes() <= KEPT;
    let Some(lease) = core.lease.take() else { return };
    let mut idle = T::idle().0.lock().unwrap_or_else(PoisonError::into_inner);
    if keep && idle.len() < IDLE_COUNT {
        idle.push(Idle::new(lease));
    } else {
        drop(idle);
        lease.end();
    }
}

/// Frees the cores that dropped tapes left; their buffers go to the pools.
pub(crate) fn release_idle<T: Element>() {
    let idle = std::mem::take(&mut *T::idle().0.lock().unwrap_or_else(PoisonError::into_inner));
    idle.into_iter().for_each(|idle| idle.wake().end());
}
