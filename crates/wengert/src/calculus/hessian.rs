//! From a function of numbers to its Hessian, in one call.

use ndarray::Array2;

use crate::error::{At, OrRaise, Result};
use crate::scalar::Scalar;
use crate::tape::{Element, Tape};
use crate::tensor::Tensor;

impl<T: Element> Tape<T> {
    /// The value, the gradient and the Hessian of a function of numbers at a point: the function and its gradient are recorded
    /// on scalars in a scope of their own, and the gradient is swept row by row, as [`Tape::jacobian`] does it.
    ///
    /// Row `i`, column `j` is the second derivative by inputs `i` and `j`. It is symmetric up to rounding: nothing makes the two
    /// halves equal. What does not depend on the inputs, the value or a first derivative, has derivatives of zero.
    ///
    /// **Cost.** The gradient takes a few times the instructions and slots of the function; for every eight inputs both are swept
    /// once. The matrix has the square of their number. Of many inputs [`Tape::hvp`] gives products without the matrix.
    ///
    /// `.grad` of leaves outside stays as it was. PyTorch: `torch.autograd.functional.hessian`.
    ///
    /// # Panics
    /// Where [`Tape::try_hessian`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::new();
    /// let (y, gradient, hessian) = tape.hessian(&[2.0, 3.0], |x| x[0].powi(2) * x[1]);
    /// assert_eq!((y, gradient), (12.0, vec![12.0, 4.0]));
    /// assert_eq!(hessian, ndarray::array![[6.0, 4.0], [4.0, 0.0]]);
    /// ```
    #[track_caller]
    pub fn hessian(&self, at: &[T], f: impl FnOnce(&[Scalar<T>]) -> Scalar<T>) -> (T, Vec<T>, Array2<T>) {
        self.try_hessian(at, f).or_raise()
    }

    /// Like [`Tape::hessian`], but returns the error: a fused instruction, which has no second derivative; the value is on another
    /// tape; an overwritten value; no room; or the slots are lent.
    #[track_caller]
    pub fn try_hessian(
        &self,
        at: &[T],
        f: impl FnOnce(&[Scalar<T>]) -> Scalar<T>,
    ) -> Result<(T, Vec<T>, Array2<T>)> {
        let (op, line) = ("hessian", At::caller());
        let twice = || {
            let mut x = Vec::new();
            self.try_scalars_into(at, &mut x)?;
            let y = f(&x);
            let mut hessian = Array2::zeros((at.len(), at.len()));
            if !y.requires_grad() {
                return Ok((y.value(), vec![T::zero(); at.len()], hessian));
            }
            // Not what is recorded below: it has an adjoint of 0 times what is infinite as NaN, and this has 0.
            let mut gradient = vec![T::zero(); at.len()];
            self.core().products(op, &[y], None, &x, &mut gradient, line)?;
            let slopes = self.recorded((op, line), &[y], None::<&[Tensor<T>]>, &x)?;
            let slopes = slopes.into_iter().map(|slope| slope.try_at(())).collect::<Result<Vec<_>>>()?;
            let all = hessian.as_slice_mut().expect("a new array is in row-major order");
            self.core().products(op, &slopes, None, &x, all, line)?;
            Ok((y.value(), gradient, hessian))
        };
        self.try_scope(|| self.enable_grad(twice))?
    }
}
