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

/// Adjoints, parallel to the slots, all zero between sweeps. Growing copies nothing: a larger buffer of zeros
/// serves. Fresh ones are untouched pages, so that the slots of constants cost no memory.
pub(crate) struct Adjoints<T: PooledReal> {
    buffer: Box<[T]>,
    /// How many may not be zero: a sweep is under way, or ended by an error or a panic.
    dirty: usize,
}

impl<T: PooledReal> Default for Adjoints<T> {
    fn default() -> Adjoints<T> {
        Adjoints { buffer: Box::default(), dirty: 0 }
    }
}

impl<T: PooledReal> Adjoints<T> {
    /// The adjoints of the first `slots` slots, all zero, for a sweep. [`Adjoints::end`] says that it left them so.
    /// `None` where the system does not give the memory.
    pub fn begin(&mut self, slots: usize) -> Option<&mut [T]> {
        self.clean();
        if self.buffer.len() < slots {
            self.buffer = T::pools().zeros.take(slots)?;
        }
        self.dirty = slots;
        Some(&mut self.buffer[..slots])
    }

    /// The sweep has cleared what it read.
    pub fn end(&mut self) {
        debug_assert!(
            self.buffer.iter().all(|adjoint| adjoint.is_zero()),
            "adjoints are zero between sweeps"
        );
        self.dirty = 0;
    }

    /// Clears what a sweep left that did not come to its end.
    fn clean(&mut self) {
        self.buffer[..self.dirty].fill(T::zero());
        self.dirty = 0;
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
