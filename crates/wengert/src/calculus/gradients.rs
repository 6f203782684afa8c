//! Keeping and clearing gradients: `retain_grad`, `zero_grad`, `clear_grad`; and where a scalar came from.

use crate::error::{At, Error, OrRaise, Result};
use crate::ops::Ops;
use crate::rule::ScalarRules;
use crate::scalar::Scalar;
use crate::tape::core::Core;
use crate::tape::gradients::Place;
use crate::tape::instruction::Instruction;
use crate::tape::{Element, Tape};
use crate::tensor::Tensor;

/// Why something keeps no gradient.
const PASSIVE: &str = "it is passive";
const NO_LEAF: &str = "it is no leaf, and was not asked to";

impl<T: Element> Tensor<T> {
    /// Like [`Tensor::retain_grad`], but returns the error: a view has no adjoint of its own, and a passive tensor
    /// has none at all.
    ///
    /// ```
    /// use wengert::{Error, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0]]);
    /// assert!(matches!(x.t().try_retain_grad(), Err(Error::ViewTarget { .. })));
    /// let y = x.t().copy();
    /// y.retain_grad();
    /// (y * 3.0).sum().backward();
    /// assert_eq!(y.grad().unwrap().as_slice().unwrap(), [3.0, 3.0]);
    /// ```
    #[track_caller]
    pub fn try_retain_grad(self) -> Result<()> {
        let (op, at) = ("retain_grad", At::caller());
        let (core, id) = self.resolve(op, at)?;
        core.check_not_lent(op, at)?;
        let tables = core.tables.borrow();
        let variable = tables.variable(id);
        match variable {
            variable if !variable.is_active() => {
                Err(Error::NoGradient { op, handle: id.to_string(), why: PASSIVE, at })
            }
            variable if variable.is_view() => Err(Error::ViewTarget { op, at }),
            variable if variable.is_gradient_leaf() => Ok(()),
            variable => {
                let len = tables.layout(id).len;
                core.retain(variable.offset, len, variable.instruction as usize);
                Ok(())
            }
        }
    }

    /// Sets the gradient of a leaf, or of what keeps one, to zeros. `tape.zero_grad()` sets all to `None`. PyTorch:
    /// `x.grad.zero_()`.
    ///
    /// # Panics
    /// On a stale handle, inside `with`, and on what keeps no gradient.
    #[track_caller]
    pub fn zero_grad(self) {
        self.try_zero_grad().or_raise();
    }

    /// Like [`Tensor::zero_grad`], but returns the error.
    #[track_caller]
    pub fn try_zero_grad(self) -> Result<()> {
        let (core, place) = self.gradient_place("zero_grad", At::caller())?;
        core.gradients.borrow_mut().zero(place);
        Ok(())
    }

    /// Sets the gradient of a leaf, or of what keeps one, to `None`, as optimisers do. PyTorch: `x.grad = None`.
    ///
    /// # Panics
    /// On a stale handle, inside `with`, and on what keeps no gradient.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// x.sum().backward();
    /// x.zero_grad();
    /// assert_eq!(x.grad().unwrap().sum(), 0.0);
    /// x.clear_grad();
    /// assert!(x.grad().is_none());
    /// ```
    #[track_caller]
    pub fn clear_grad(self) {
        self.try_clear_grad().or_raise();
    }

    /// Like [`Tensor::clear_grad`], but returns the error.
    #[track_caller]
    pub fn try_clear_grad(self) -> Result<()> {
        let (core, place) = self.gradient_place("clear_grad", At::caller())?;
        core.gradients.borrow_mut().clear(place);
        Ok(())
    }

    /// The place of its gradient, which may be written.
    pub(super) fn gradient_place(self, op: &'static str, at: At) -> Result<(&'static Core<T>, Place)> {
        let (core, id) = self.resolve(op, at)?;
        core.check_not_lent(op, at)?;
        let (tables, gradients) = (core.tables.borrow(), core.gradients.borrow());
        let variable = tables.variable(id);
        let place = match variable {
            variable if variable.is_gradient_leaf() => Some(gradients.of_tensor(variable.leaf)),
            variable if variable.is_view() => None,
            variable => gradients.of_retained(variable.offset, variable.instruction as usize),
        };
        let why = if variable.is_active() { NO_LEAF } else { PASSIVE };
        let refused = || Error::NoGradient { op, handle: id.to_string(), why, at };
        place.map(|place| (core, place)).ok_or_else(refused)
    }
}

impl<T: Element> Scalar<T> {
    /// Like [`Scalar::retain_grad`], but returns the error: a passive scalar has no gradient.
    #[track_caller]
    pub fn try_retain_grad(self) -> Result<()> {
        let (op, at) = ("retain_grad", At::caller());
        let Some((core, slot)) = self.resolve(op, at)? else {
            return Err(Error::NoGradient { op, handle: format!("{self:?}"), why: PASSIVE, at });
        };
        core.check_not_lent(op, at)?;
        if core.gradients.borrow().scalar_place(slot).is_none() {
            let tables = core.tables.borrow();
            let (instruction, _) = core.locate(&tables, slot);
            // An element of a tensor shares the tensor's slots, as a view does.
            if core.entry_at(instruction as u32).is_some() || core.is_skip(instruction) {
                return Err(Error::ViewTarget { op, at });
            }
            core.retain(slot, 1, instruction);
        }
        Ok(())
    }

    /// Sets the gradient of a leaf, or of what keeps one, to zero. PyTorch: `x.grad.zero_()`.
    ///
    /// # Panics
    /// On a stale handle, inside `with`, and on what keeps no gradient.
    #[track_caller]
    pub fn zero_grad(self) {
        self.try_zero_grad().or_raise();
    }

    /// Like [`Scalar::zero_grad`], but returns the error.
    #[track_caller]
    pub fn try_zero_grad(self) -> Result<()> {
        let (core, place) = self.gradient_place("zero_grad", At::caller())?;
        core.gradients.borrow_mut().zero(place);
        Ok(())
    }

    /// Sets the gradient of a leaf, or of what keeps one, to `None`. PyTorch: `x.grad = None`.
    ///
    /// # Panics
    /// On a stale handle, inside `with`, and on what keeps no gradient.
    #[track_caller]
    pub fn clear_grad(self) {
        self.try_clear_grad().or_raise();
    }

    /// Like [`Scalar::clear_grad`], but returns the error.
    #[track_caller]
    pub fn try_clear_grad(self) -> Result<()> {
        let (core, place) = self.gradient_place("clear_grad", At::caller())?;
        core.gradients.borrow_mut().clear(place);
        Ok(())
    }

    /// The place of its gradient, which may be written.
    pub(super) fn gradient_place(self, op: &'static str, at: At) -> Result<(&'static Core<T>, Place)> {
        let resolved = self.resolve(op, at)?;
        let refused = |why| Error::NoGradient { op, handle: format!("{self:?}"), why, at };
        let (core, slot) = resolved.ok_or_else(|| refused(PASSIVE))?;
        core.check_not_lent(op, at)?;
        let gradients = core.gradients.borrow();
        let retained = || {
            let (instruction, _) = core.locate(&core.tables.borrow(), slot);
            gradients.of_retained(slot, instruction)
        };
        let place = gradients.of_scalar(slot).or_else(retained);
        place.map(|place| (core, place)).ok_or_else(|| refused(NO_LEAF))
    }

    /// The name of the op that computed it; `view` for an element of a tensor, `None` for leaves and passive scalars.
    ///
    /// # Panics
    /// On a stale handle.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalar(2.0);
    /// assert_eq!((x * x).grad_fn(), Some("mul"));
    /// assert_eq!(x.grad_fn(), None);
    /// ```
    #[track_caller]
    pub fn grad_fn(self) -> Option<&'static str> {
        let (core, slot) = self.resolve("grad_fn", At::caller()).or_raise()?;
        if core.gradients.borrow().scalar_place(slot).is_some() {
            return None;
        }
        let (instruction, _) = core.locate(&core.tables.borrow(), slot);
        let name = |arity, op| Some(<Ops as ScalarRules>::row(arity, op, 0).0);
        match core.list.read(instruction) {
            Instruction::Unary { op, .. } => name(1, op),
            Instruction::Binary { op, .. } | Instruction::WithConstant { op, .. } => name(2, op),
            Instruction::Fused { .. } => Some("fuse"),
            Instruction::Tensor { .. } | Instruction::Skip { .. } => Some("view"),
        }
    }
}

impl<T: Element> Core<T> {
    /// Keeps the gradient of a run of slots from now on.
    fn retain(&self, slot: usize, len: usize, instruction: usize) {
        self.gradients.borrow_mut().retain(slot, len, instruction);
    }
}

impl<T: Element> Tape<T> {
    /// Sets every gradient of the tape to `None`. PyTorch: `optimizer.zero_grad()`.
    ///
    /// # Panics
    /// Inside `with`, which lends what it would overwrite.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0]);
    /// x.sum().backward();
    /// tape.zero_grad();
    /// assert!(x.grad().is_none());
    /// ```
    #[track_caller]
    pub fn zero_grad(&self) {
        self.try_zero_grad().or_raise();
    }

    /// Like [`Tape::zero_grad`], but returns the error.
    #[track_caller]
    pub fn try_zero_grad(&self) -> Result<()> {
        self.core().check_not_lent("zero_grad", At::caller())?;
        self.core().gradients.borrow_mut().clear_all();
        Ok(())
    }
}
