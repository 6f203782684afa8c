//! The modes of recording: paused, enabled again, and inference.

use super::core::Core;
use super::element::Element;
use super::{Escape, Tape};
use crate::error::{At, OrRaise, Result};

/// Restores a mode when it is dropped, be it by a panic.
pub(crate) struct Restore<T: Element> {
    core: &'static Core<T>,
    paused: bool,
}

impl<T: Element> Restore<T> {
    pub(crate) fn pause(core: &'static Core<T>, paused: bool) -> Restore<T> {
        let before = core.paused.replace(paused);
        core.refresh();
        Restore { core, paused: before }
    }
}

impl<T: Element> Drop for Restore<T> {
    fn drop(&mut self) {
        self.core.paused.set(self.paused);
        self.core.refresh();
    }
}

impl<T: Element> Tape<T> {
    /// Runs `f` without recording: values are computed, and what they are computed into is passive. A leaf made in
    /// it stays active, as in PyTorch. The mode before it is restored, on panic too. Tensors take their slots all the same;
    /// [`Tape::inference`] gives them back. PyTorch: `torch.no_grad`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([2.0]);
    /// let y = tape.no_grad(|| x * 3.0);
    /// assert_eq!(y.to_vec(), [6.0]);
    /// assert!(!y.requires_grad());
    /// ```
    pub fn no_grad<R>(&self, f: impl FnOnce() -> R) -> R {
        let _restore = Restore::pause(self.core(), true);
        f()
    }

    /// Runs `f` with recording on, inside [`Tape::no_grad`] too. PyTorch: `torch.enable_grad`.
    pub fn enable_grad<R>(&self, f: impl FnOnce() -> R) -> R {
        let _restore = Restore::pause(self.core(), false);
        f()
    }

    /// Whether operations are recorded now. PyTorch: `torch.is_grad_enabled`.
    pub fn is_grad_enabled(&self) -> bool {
        self.core().is_recording()
    }

    /// Turns recording on or off until it is called again, or a surrounding `no_grad` or `enable_grad` ends.
    /// PyTorch: `torch.set_grad_enabled`.
    pub fn set_grad_enabled(&self, enabled: bool) {
        self.core().paused.set(!enabled);
        self.core().refresh();
    }

    /// [`Tape::no_grad`] whose temporaries are given back at its end: after it the tape is as large as before it,
    /// but for the values that it returns. A leaf made in it and returned stays a leaf. PyTorch:
    /// `torch.inference_mode`.
    ///
    /// # Panics
    /// Where [`Tape::try_inference`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let before = tape.stats();
    /// let answer = tape.inference(|| w.matmul(tape.constant([1.0, 1.0])).to_vec().len());
    /// assert_eq!(answer, 2);
    /// assert_eq!(tape.stats().slots, before.slots);
    /// ```
    #[track_caller]
    pub fn inference<R: Escape>(&self, f: impl FnOnce() -> R) -> R {
        let _restore = Restore::pause(self.core(), true);
        self.core().scoped("inference", true, At::caller(), f).or_raise()
    }

    /// Like [`Tape::inference`], but returns the error: a stale handle was returned, tags ran out, or the slots are
    /// lent.
    #[track_caller]
    pub fn try_inference<R: Escape>(&self, f: impl FnOnce() -> R) -> Result<R> {
        let _restore = Restore::pause(self.core(), true);
        self.core().scoped("inference", true, At::caller(), f)
    }
}
