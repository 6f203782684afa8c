//! What a sweep works with: the adjoint buffer, flags of what was reached, and scratch.

use bumpalo::Bump;
use wengert_kernels::Scratch;

use crate::arena::pool::PooledReal;

/// Buffers of one sweep, kept for the next. **Adjoints are zero between sweeps, and no flag is set.**
#[derive(Default)]
pub struct Workspace<T: PooledReal> {
    /// The adjoint of slot i is `adjoints[i]`.
    pub(crate) adjoints: Adjoints<T>,
    /// Whether an adjoint arrived at a variable, by the variable that has the slots.
    pub(crate) reached: Vec<bool>,
    /// Whether a variable lies on a path from an asked input, by variable.
    pub(crate) wanted: Vec<bool>,
    /// Adjoints taken on the way down.
    pub(crate) captured: Vec<T>,
    /// A bit a slot: what a root depends on.
    pub(crate) reachable: Vec<u64>,
    /// The seeds of the roots, one after the other.
    pub(crate) seeds: Vec<T>,
    /// The slots of outputs, `None` for a passive one, and of inputs, of sweeps in lanes.
    pub(crate) outputs: Vec<Option<usize>>,
    pub(crate) inputs: Vec<usize>,
    /// Temporaries of one instruction.
    pub(crate) bump: Bump,
    pub(crate) scratch: Scratch<T>,
}

/// Adjoints or tangents, parallel to the slots, all zero between sweeps. Growing copies nothing: a larger buffer of zeros
/// serves. Fresh ones are untouched pages, so that the slots of constants cost no memory.
pub(crate) struct Adjoints<T: PooledReal> {
    buffer: Box<[T]>,
    /// What may not be zero: a sweep is under way, or ended by an error or a panic.
    dirty: Dirty,
}

/// The slots from `low` on, in each lane of so many slots.
#[derive(Default)]
struct Dirty {
    low: usize,
    slots: usize,
    lanes: usize,
}

impl<T: PooledReal> Default for Adjoints<T> {
    fn default() -> Adjoints<T> {
        Adjoints { buffer: Box::default(), dirty: Dirty::default() }
    }
}

impl<T: PooledReal> Adjoints<T> {
    /// The adjoints of the first `slots` slots, all zero, for a sweep. [`Adjoints::end`] says that it left them so.
    /// `None` where the system does not give the memory.
    pub fn begin(&mut self, slots: usize) -> Option<&mut [T]> {
        self.begin_above(0, slots, 1)
    }

    /// As many in each lane, one lane after the other, for a sweep that writes none below `low`.
    pub fn begin_above(&mut self, low: usize, slots: usize, lanes: usize) -> Option<&mut [T]> {
        if self.dirty.lanes > 0 {
            self.clean();
        }
        let all = slots.checked_mul(lanes)?;
        if self.buffer.len() < all {
            self.buffer = T::pools().zeros.take(all)?;
        }
        self.dirty = Dirty { low, slots, lanes };
        Some(&mut self.buffer[..all])
    }

    /// The sweep has cleared what it read.
    pub fn end(&mut self) {
        debug_assert!(
            self.buffer.iter().all(|adjoint| adjoint.is_zero()),
            "adjoints are zero between sweeps"
        );
        self.dirty = Dirty::default();
    }

    /// Clears what a sweep left that did not come to its end, or does not clear as it goes.
    fn clean(&mut self) {
        let Dirty { low, slots, lanes } = std::mem::take(&mut self.dirty);
        for lane in 0..lanes {
            self.buffer[lane * slots + low.min(slots)..(lane + 1) * slots].fill(T::zero());
        }
        debug_assert!(
            self.buffer.iter().all(|adjoint| adjoint.is_zero()),
            "a sweep wrote below its lowest slot"
        );
    }

    pub fn bytes(&self) -> usize {
        size_of_val(&*self.buffer)
    }
}

impl<T: PooledReal> Drop for Adjoints<T> {
    fn drop(&mut self) {
        self.clean();
        T::pools().zeros.give(std::mem::take(&mut self.buffer));
    }
}
