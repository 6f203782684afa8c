//! From a function of numbers to its gradient, in one call.

use crate::error::{At, Error, OrRaise, Result};
use crate::scalar::Scalar;
use crate::tape::{Element, Tape};

impl<T: Element> Tape<T> {
    /// The value and the gradient of a function of numbers at a point: the function is recorded on scalars in a scope of its
    /// own, and swept once.
    ///
    /// A passive value, which depends on no input, has a gradient of zeros. `.grad` of leaves outside stays as it was.
    /// PyTorch: `torch.func.grad_and_value`.
    ///
    /// # Panics
    /// Where [`Tape::try_gradient`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::new();
    /// let (y, gradient) = tape.gradient(&[2.0, 3.0], |x| x[0] * x[1] + x[0].powi(2));
    /// assert_eq!((y, gradient), (10.0, vec![7.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn gradient(&self, at: &[T], f: impl FnOnce(&[Scalar<T>]) -> Scalar<T>) -> (T, Vec<T>) {
        self.try_gradient(at, f).or_raise()
    }

    /// Like [`Tape::gradient`], but returns the error: the value is on another tape, no room, or the slots are lent.
    #[track_caller]
    pub fn try_gradient(&self, at: &[T], f: impl FnOnce(&[Scalar<T>]) -> Scalar<T>) -> Result<(T, Vec<T>)> {
        let mut gradient = vec![T::zero(); at.len()];
        let value = self.try_gradient_into(at, f, &mut gradient)?;
        Ok((value, gradient))
    }

    /// [`Tape::gradient`] into a slice: called again and again it allocates nothing.
    ///
    /// # Panics
    /// Where [`Tape::try_gradient_into`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::new();
    /// let mut gradient = [0.0; 2];
    /// let y = tape.gradient_into(&[2.0, 3.0], |x| x[0] * x[1], &mut gradient);
    /// assert_eq!((y, gradient), (6.0, [3.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn gradient_into(
        &self,
        at: &[T],
        f: impl FnOnce(&[Scalar<T>]) -> Scalar<T>,
        gradient: &mut [T],
    ) -> T {
        self.try_gradient_into(at, f, gradient).or_raise()
    }

    /// Like [`Tape::gradient_into`], but returns the error: those of [`Tape::try_gradient`], or a slice of another length.
    #[track_caller]
    pub fn try_gradient_into(
        &self,
        at: &[T],
        f: impl FnOnce(&[Scalar<T>]) -> Scalar<T>,
        gradient: &mut [T],
    ) -> Result<T> {
        let (op, line) = ("gradient", At::caller());
        if gradient.len() != at.len() {
            let (what, lhs, other, rhs) = ("inputs", at.len(), "elements of the slice", gradient.len());
            return Err(Error::Lengths { op: "gradient_into", what, lhs, other, rhs, at: line });
        }
        self.core().scoped("gradient", false, line, || {
            self.enable_grad(|| self.differentiated(op, at, f, gradient, line))
        })?
    }

    fn differentiated(
        &self,
        op: &'static str,
        at: &[T],
        f: impl FnOnce(&[Scalar<T>]) -> Scalar<T>,
        gradient: &mut [T],
        line: At,
    ) -> Result<T> {
        let core = self.core();
        // The buffer is empty while the function runs: a nested call makes its own.
        let mut independents = core.independents.take();
        let made = self.try_scalars_into(at, &mut independents);
        let outcome = made.and_then(|()| {
            let y = f(&independents);
            core.products(op, &[y], None, &independents, gradient, line).map(|()| y.value())
        });
        independents.clear();
        core.independents.set(independents);
        outcome
    }
}
