//! From a function of numbers with several values to its Jacobian, in one call.

use ndarray::Array2;

use super::jacobian::matrix;
use crate::error::{At, OrRaise, Result};
use crate::scalar::Scalar;
use crate::tape::{Element, Tape};

impl<T: Element> Tape<T> {
    /// The values and the Jacobian of a function of numbers at a point: the function is recorded on scalars in a scope of its
    /// own, and swept in lanes, as [`Tape::jacobian`] does it. What a least squares or a Newton step asks for.
    ///
    /// The function returns a `Vec` or an array. Row `i`, column `j` is the derivative of value `i` by input `j`. A passive value,
    /// which depends on no input, has a row of zeros. `.grad` of leaves outside stays as it was. PyTorch:
    /// `torch.func.jacrev`.
    ///
    /// # Panics
    /// Where [`Tape::try_jacobian_at`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::new();
    /// let (y, jacobian) = tape.jacobian_at(&[2.0, 3.0], |x| [x[0] * x[1], x[0].powi(2)]);
    /// assert_eq!(y, [6.0, 4.0]);
    /// assert_eq!(jacobian, ndarray::array![[3.0, 2.0], [4.0, 0.0]]);
    /// ```
    #[track_caller]
    pub fn jacobian_at<Y: AsRef<[Scalar<T>]>>(
        &self,
        at: &[T],
        f: impl FnOnce(&[Scalar<T>]) -> Y,
    ) -> (Vec<T>, Array2<T>) {
        self.try_jacobian_at(at, f).or_raise()
    }

    /// Like [`Tape::jacobian_at`], but returns the error: a value is on another tape; an overwritten value; no room; or the slots
    /// are lent.
    #[track_caller]
    pub fn try_jacobian_at<Y: AsRef<[Scalar<T>]>>(
        &self,
        at: &[T],
        f: impl FnOnce(&[Scalar<T>]) -> Y,
    ) -> Result<(Vec<T>, Array2<T>)> {
        let (op, line) = ("jacobian_at", At::caller());
        let once = || {
            let mut x = Vec::new();
            self.try_scalars_into(at, &mut x)?;
            let y = f(&x);
            let y = y.as_ref();
            let jacobian =
                matrix(y.len(), x.len(), op, line, |all| self.core().products(op, y, None, &x, all, line))?;
            Ok((y.iter().map(|y| y.value()).collect(), jacobian))
        };
        self.try_scope(|| self.enable_grad(once))?
    }
}
