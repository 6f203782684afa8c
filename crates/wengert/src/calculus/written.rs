//! Gradients written by the user: put in, clipped, scaled.

use crate::error::{At, OrRaise, Result};
use crate::scalar::Scalar;
use crate::tape::core::Pin;
use crate::tape::write::Lend;
use crate::tape::{Element, IntoValues};
use crate::tensor::Tensor;

impl<T: Element> Tensor<T> {
    /// Puts a gradient in place of a leaf's, or of what keeps one, in any form that `tape.leaf` takes; later sweeps add to it. PyTorch:
    /// `x.grad = values`.
    ///
    /// # Panics
    /// Where [`Tensor::try_set_grad`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// x.set_grad([10.0, 20.0]);
    /// x.sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [11.0, 21.0]);
    /// ```
    #[track_caller]
    pub fn set_grad(self, values: impl IntoValues<T>) {
        self.try_set_grad(values).or_raise();
    }

    /// Like [`Tensor::set_grad`], but returns the error: what keeps no gradient, another shape, a stale handle, or the
    /// slots are lent.
    #[track_caller]
    pub fn try_set_grad(self, values: impl IntoValues<T>) -> Result<()> {
        let (op, at) = ("set_grad", At::caller());
        let (core, place) = self.gradient_place(op, at)?;
        let expected = self.dims_for(op, at)?;
        core.gathered((op, at), values, &expected, "the gradient", |values| {
            core.gradients.borrow_mut().put(place, values);
        })
    }

    /// Changes the gradient of a leaf, or of what keeps one, in place: `f(grad)`, row-major. Answers `None`, without a call, where there is no gradient.
    /// PyTorch: `x.grad.mul_(c)` and its like.
    ///
    /// `f` works on a copy that is written back when it returns: if it panics, the gradient is as it was.
    ///
    /// # Panics
    /// Where [`Tensor::try_update_grad`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, -2.0]);
    /// x.square().sum().backward();
    /// x.update_grad(|grad| grad.iter_mut().for_each(|grad| *grad = grad.clamp(-1.0, 1.0)));
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [1.0, -1.0]);
    /// ```
    #[track_caller]
    pub fn update_grad<R>(self, f: impl FnOnce(&mut [T]) -> R) -> Option<R> {
        self.try_update_grad(f).or_raise()
    }

    /// Like [`Tensor::update_grad`], but returns the error: what keeps no gradient, a stale handle, or the slots are
    /// lent.
    #[track_caller]
    pub fn try_update_grad<R>(self, f: impl FnOnce(&mut [T]) -> R) -> Result<Option<R>> {
        let (core, place) = self.gradient_place("update_grad", At::caller())?;
        let _pin = Pin::new(core);
        Ok(core.with_buffer(|buffer| {
            buffer.extend_from_slice(core.gradients.borrow().kept(place)?);
            let lend = Lend::new(core, "`update_grad`, which lends the slots");
            let answer = f(buffer);
            drop(lend);
            core.gradients.borrow_mut().put(place, buffer);
            Some(answer)
        }))
    }
}

impl<T: Element> Scalar<T> {
    /// Puts a gradient in place of a leaf's, or of what keeps one; later sweeps add to it. PyTorch: `x.grad = value`.
    ///
    /// # Panics
    /// Where [`Scalar::try_set_grad`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalar(3.0);
    /// x.set_grad(10.0);
    /// (x * x).backward();
    /// assert_eq!(x.grad(), Some(16.0));
    /// ```
    #[track_caller]
    pub fn set_grad(self, value: T) {
        self.try_set_grad(value).or_raise();
    }

    /// Like [`Scalar::set_grad`], but returns the error: what keeps no gradient, a stale handle, or the slots are lent.
    #[track_caller]
    pub fn try_set_grad(self, value: T) -> Result<()> {
        let (core, place) = self.gradient_place("set_grad", At::caller())?;
        core.gradients.borrow_mut().put(place, &[value]);
        Ok(())
    }
}
