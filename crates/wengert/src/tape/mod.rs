//! The tape: recording, modes, scopes, and the way from a handle to its tape.

pub(crate) mod core;
mod create;
pub(crate) mod element;
mod escape;
#[cfg(feature = "nalgebra")]
mod escape_nalgebra;
mod fuse;
mod fused;
pub(crate) mod gradients;
pub(crate) mod instruction;
pub(crate) mod locate;
pub(crate) mod modes;
pub(crate) mod packed;
pub(crate) mod pointwise;
mod push;
pub(crate) mod record;
pub(crate) mod recorder;
pub(crate) mod registry;
pub(crate) mod scope;
pub(crate) mod statement;
pub(crate) mod structural;
pub(crate) mod tables;
mod tags;
pub(crate) mod tensors;
mod values;
pub(crate) mod word;
pub(crate) mod workspace;
pub(crate) mod write;

pub use element::Element;
pub use escape::{Escape, Exit};
pub use fused::Fused;
pub(crate) use registry::resolve;
pub use values::IntoValues;

use crate::error::{At, Error, OrRaise, Result};

/// A Wengert list over a slot arena: every operation on its handles is appended to one linear list, and every value
/// lives in one flat arena.
///
/// `T` is `f32` or `f64`. A tape belongs to the thread that made it; several may be alive at once. Its handles,
/// [`Tensor`](crate::Tensor) and [`Scalar`](crate::Scalar), are `Copy` numbers without a lifetime; used where their
/// tape is not, they give an error.
///
/// ```
/// use wengert::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([2.0, 3.0]);
/// let y = (x * x + 2.0).sum();
/// y.backward();
/// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [4.0, 6.0]);
/// ```
pub struct Tape<T: Element = f64> {
    core: &'static core::Core<T>,
}

/// A panic inside a call leaves the tape as it was.
impl<T: Element> std::panic::UnwindSafe for Tape<T> {}
impl<T: Element> std::panic::RefUnwindSafe for Tape<T> {}

impl<T: Element> Tape<T> {
    /// An empty tape. It takes memory when something is recorded, and reuses what dropped tapes left.
    #[track_caller]
    pub fn new() -> Tape<T> {
        Tape::try_new().or_raise()
    }

    /// Like [`Tape::new`], but returns the error: tags ran out, after 2^35 scopes in one process.
    #[track_caller]
    pub fn try_new() -> Result<Tape<T>> {
        Ok(Tape { core: registry::open(At::caller())? })
    }

    /// An empty tape with room for so many slots (elements of values) and instructions. With more than 8,192 slots its
    /// instructions take 8 bytes from the start, and not 4, until it is cleared.
    ///
    /// # Panics
    /// Where [`Tape::try_with_capacity`] gives an error.
    #[track_caller]
    pub fn with_capacity(slots: usize, instructions: usize) -> Tape<T> {
        Tape::try_with_capacity(slots, instructions).or_raise()
    }

    /// Like [`Tape::with_capacity`], but returns the error: the system does not give that much memory.
    #[track_caller]
    pub fn try_with_capacity(slots: usize, instructions: usize) -> Result<Tape<T>> {
        let tape = Tape::try_new()?;
        let (op, help, at) = ("with_capacity", "ask for fewer", At::caller());
        if slots > 1 << tape.core.list.width() {
            tape.core.lengthen(op, at)?;
        }
        tape.core.reserve_memory(op, slots, help, at)?;
        match tape.core.list.reserve_words(instructions) {
            true => Ok(tape),
            false => Err(Error::no_memory(op, "instructions", instructions, 0, help, at)),
        }
    }

    /// The number of the tape, unique in the process; errors name tapes by it.
    pub fn id(&self) -> u64 {
        self.core.id.get()
    }

    pub(crate) fn core(&self) -> &'static core::Core<T> {
        self.core
    }

    /// Runs `f` and rewinds everything that it recorded: memory is reused, and nothing is allocated in the steady
    /// state. What `f` returns survives as a passive value ([`Escape`]); handles made outside come back as they are.
    ///
    /// Scopes nest. A panic in `f` rewinds as a return does. Handles of the scope are stale after it, and their use
    /// is an error.
    ///
    /// # Panics
    /// Where [`Tape::try_scope`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf([1.0, 2.0]);
    /// for _ in 0..3 {
    ///     let loss = tape.scope(|| {
    ///         let loss = (w * w).sum();
    ///         loss.backward();
    ///         loss.item()
    ///     });
    ///     assert_eq!(loss, 5.0);
    /// }
    /// assert_eq!(w.grad().unwrap().as_slice().unwrap(), [6.0, 12.0]);
    /// assert_eq!(tape.stats().instructions, 0);
    /// ```
    #[track_caller]
    pub fn scope<R: Escape>(&self, f: impl FnOnce() -> R) -> R {
        self.core.scoped("scope", false, At::caller(), f).or_raise()
    }

    /// Like [`Tape::scope`], but returns the error: a stale handle was returned, tags ran out, or the slots are lent.
    #[track_caller]
    pub fn try_scope<R: Escape>(&self, f: impl FnOnce() -> R) -> Result<R> {
        self.core.scoped("scope", false, At::caller(), f)
    }

    /// Forgets everything: values, instructions, leaves and gradients. Every handle of the tape is stale after it.
    /// Memory is kept for what comes next.
    ///
    /// # Panics
    /// Where [`Tape::try_clear`] gives an error.
    #[track_caller]
    pub fn clear(&self) {
        self.try_clear().or_raise();
    }

    /// Like [`Tape::clear`], but returns the error: inside a scope, a sweep or `with`.
    #[track_caller]
    pub fn try_clear(&self) -> Result<()> {
        let (core, at) = (self.core, At::caller());
        core.check_not_lent("clear", at)?;
        if core.scopes.borrow().len() > 1 {
            let help = "a scope rewinds by itself; clear after it";
            return Err(Error::Busy { op: "clear", inside: "a scope", help, at });
        }
        if core.sweeping.get() > 0 {
            let help = "clear after the sweep";
            return Err(Error::Busy { op: "clear", inside: "a sweep", help, at });
        }
        let tag = core.tags.borrow_mut().next("clear", core.id.get(), at)?;
        core.clear(tag);
        Ok(())
    }

    /// Frees what dropped tapes of this element type left for the next ones. Without it idle memory stays bounded: at
    /// most 16 small tapes and 16 buffers of each sort, and 256 MiB.
    pub fn release_idle_memory() {
        registry::release_idle::<T>();
        T::pools().values.release();
        T::pools().zeros.release();
        <u64 as crate::arena::Pooled>::pools().values.release();
        <u8 as crate::arena::Pooled>::pools().values.release();
    }
}

impl<T: Element> Default for Tape<T> {
    #[track_caller]
    fn default() -> Tape<T> {
        Tape::new()
    }
}

impl<T: Element> Drop for Tape<T> {
    fn drop(&mut self) {
        registry::close(self.core);
    }
}

impl<T: Element> std::fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape")
            .field("id", &self.id())
            .field("element", &T::NAME)
            .field("instructions", &self.core.list.len())
            .field("slots", &self.core.list.slots())
            .finish()
    }
}
