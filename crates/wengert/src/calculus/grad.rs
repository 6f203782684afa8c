//! `grad`: derivatives with respect to asked inputs, without touching any `.grad`.

use super::inputs::{Inputs, roots_of};
use super::request::{Captured, sweep};
use crate::error::{At, OrRaise, Result};
use crate::tape::{Element, IntoValues, Tape};
use crate::tensor::{Operand, Tensor};

impl<T: Element> Tape<T> {
    /// The derivatives of the sum of the roots with respect to each input, as passive tensors of the inputs' shapes.
    /// Every `.grad` stays as it was. PyTorch: `torch.autograd.grad`.
    ///
    /// Roots and inputs are tensors or scalars; a list of both is a list of [`Operand`]s. Only adjoints on a path
    /// from a root to an asked input are computed. An input that the roots do not depend on has derivative zero.
    ///
    /// # Panics
    /// Where [`Tape::try_grad`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let y = (x * x).sum();
    /// assert_eq!(tape.grad(&[y], &[x])[0].to_vec(), [2.0, 4.0]);
    /// assert!(x.grad().is_none());
    /// ```
    #[track_caller]
    pub fn grad<R, X>(&self, roots: &[R], inputs: &[X]) -> Vec<Tensor<T>>
    where
        R: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
    {
        self.try_grad(roots, inputs).or_raise()
    }

    /// Like [`Tape::grad`], but returns the error: a root that is not one number, a root or input that requires no
    /// gradient, a plain view as an input, a handle of another tape, or an overwritten value.
    #[track_caller]
    pub fn try_grad<R, X>(&self, roots: &[R], inputs: &[X]) -> Result<Vec<Tensor<T>>>
    where
        R: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
    {
        self.grad_of(roots, None::<&[Tensor<T>]>, inputs, At::caller())
    }

    /// [`Tape::grad`] with seeds: one a root, of its shape, in any form that `tape.leaf` takes.
    ///
    /// # Panics
    /// Where [`Tape::try_grad_with`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(tape.grad_with(&[x * x], &[[10.0, 1.0]], &[x])[0].to_vec(), [20.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn grad_with<R, S, X>(&self, roots: &[R], seeds: &[S], inputs: &[X]) -> Vec<Tensor<T>>
    where
        R: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
        X: Into<Operand<T>> + Copy,
    {
        self.try_grad_with(roots, seeds, inputs).or_raise()
    }

    /// Like [`Tape::grad_with`], but returns the error: those of [`Tape::try_grad`], or seeds of another number or
    /// shape.
    #[track_caller]
    pub fn try_grad_with<R, S, X>(&self, roots: &[R], seeds: &[S], inputs: &[X]) -> Result<Vec<Tensor<T>>>
    where
        R: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
        X: Into<Operand<T>> + Copy,
    {
        self.grad_of(roots, Some(seeds), inputs, At::caller())
    }

    fn grad_of<R, S, X>(
        &self,
        roots: &[R],
        seeds: Option<&[S]>,
        inputs: &[X],
        at: At,
    ) -> Result<Vec<Tensor<T>>>
    where
        R: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
        X: Into<Operand<T>> + Copy,
    {
        let (op, core) = ("grad", self.core());
        let roots = roots_of(op, core, roots, seeds, at)?;
        let Inputs { asked, mut captures, dims: shapes } = Inputs::new(op, core, inputs, at)?;
        let adjoints = sweep(core, (op, at), &roots, Some(&asked), &mut captures, |swept| {
            let mut adjoints = vec![Vec::new(); inputs.len()];
            for Captured { index, range, .. } in swept.captured {
                adjoints[*index] = swept.captured_values[range.clone()].to_vec();
            }
            adjoints
        })?;
        adjoints.iter().zip(&shapes).map(|(adjoint, dims)| core.push_passive(op, dims, adjoint, at)).collect()
    }
}
