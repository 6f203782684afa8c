//! Memory lent as `'static`, and reclaimed by whoever lent it.
//!
//! **Invariant.** A lease has one owner. It reclaims only when nothing else can use the reference again: buffers in
//! `Cells::grow` and on drop (no other code keeps a copy across a push; `List` gives up its own before), cores when their tape is dropped and no
//! callback of a handle's method is running (`Core::pins`). What this buys: a handle finds its tape through a
//! thread-local word, without a lookup or a borrow flag, and the memory still comes back.
//!
//! An [`Idle`] value waits between two owners, who may be on two threads: nothing refers to it meanwhile.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ptr::NonNull;

/// Lends a boxed slice as cells.
pub(crate) fn lend<T>(boxed: Box<[T]>) -> &'static [Cell<T>] {
    Cell::from_mut(Box::leak(boxed)).as_slice_of_cells()
}

/// Takes lent cells back.
///
/// # Safety
/// `cells` came from [`lend`], was not reclaimed before, and no copy of the reference is used again.
pub(crate) unsafe fn reclaim<T>(cells: &'static [Cell<T>]) -> Box<[T]> {
    let raw = std::ptr::slice_from_raw_parts_mut(cells.as_ptr().cast::<T>().cast_mut(), cells.len());
    // SAFETY: `raw` is the allocation that `lend` leaked: `Cell<T>` has the layout of `T` and grants writes, and by
    // the caller's promise it is reclaimed once and not used again.
    unsafe { Box::from_raw(raw) }
}

/// One owned value, lent as `&'static`.
pub(crate) struct Lease<C: 'static>(NonNull<C>);

impl<C> Lease<C> {
    pub(crate) fn new(value: Box<C>) -> Lease<C> {
        Lease(NonNull::from(Box::leak(value)))
    }

    /// The lent reference. It is good until the lease is reclaimed, which is the owner's promise to keep.
    #[inline(always)]
    pub(crate) fn get(&self) -> &'static C {
        // SAFETY: the allocation is live until `reclaim`, whose caller promises that no reference is used after it.
        unsafe { self.0.as_ref() }
    }

    /// Ends the lease: the value is dropped. By the module's invariant no reference from [`Lease::get`] is used
    /// after this.
    pub(crate) fn end(self) {
        // SAFETY: the pointer came from a leaked box; `self` is consumed, so this happens once, and by the module's
        // invariant nothing uses the lent references again.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// A value between two owners: it may go to another thread.
pub(crate) struct Idle<C: 'static>(Lease<C>);

// SAFETY: an idle value is owned by the pool it waits in, and by the module's invariant nothing refers to it. Only the
// core of a tape is made idle (`registry::release`): its cells and buffers are its own, so that the thread that takes
// it is the only one to touch them, and the lock of the pool orders what the two threads do.
unsafe impl<C> Send for Idle<C> {}

impl<C> Idle<C> {
    /// Nothing refers to the value any more, by the invariant of the module.
    pub(crate) fn new(lease: Lease<C>) -> Idle<C> {
        Idle(lease)
    }

    /// The next owner takes it.
    pub(crate) fn wake(self) -> Lease<C> {
        self.0
    }
}
