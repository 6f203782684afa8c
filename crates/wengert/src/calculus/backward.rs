//! `backward`: one reverse sweep, whose adjoints are added to the gradients of the leaves.

use smallvec::SmallVec;

use super::request::{Capture, Captured, Root, Swept, sweep};
use crate::error::{At, Error, OrRaise, Result};
use crate::scalar::Scalar;
use crate::sweep::paths::Reachable;
use crate::tape::core::Core;
use crate::tape::gradients::Retained;
use crate::tape::tables::Flags;
use crate::tape::{Element, IntoValues, Tape, resolve};
use crate::tensor::{Operand, Tensor};

impl<T: Element> Core<T> {
    /// Sweeps from one root and adds to the gradients of the leaves it depends on.
    fn backward(
        &'static self,
        op: &'static str,
        root: Operand<T>,
        seed: Option<&dyn IntoValues<T>>,
        at: At,
    ) -> Result<()> {
        let root = Root::new(op, self, root, seed, at)?;
        let mut captures: SmallVec<[Capture; 4]> = {
            let gradients = self.gradients.borrow();
            let captures = gradients.retained.iter().enumerate().map(|(index, retained)| Capture {
                instruction: Some(retained.instruction),
                slot: retained.slot,
                len: retained.len,
                index,
            });
            captures.collect()
        };
        sweep(self, (op, at), &[root], None, &mut captures, commit)
    }
}

/// Adds what arrived to the gradients.
fn commit<T: Element>(swept: Swept<'_, T>) {
    let Swept { core, tables, adjoints, reached, end, .. } = swept;
    let mut gradients = core.gradients.borrow_mut();
    gradients.commit();
    // A gradient of 0 that only scalars could have sent is told from none by a walk, made once if at all.
    let mut reachable: Option<Reachable> = None;
    let mut depends = |slot: usize| {
        let walk = || Reachable::below(core, tables, end.0, end.1, swept.roots.iter().cloned());
        reachable.get_or_insert_with(walk).has(slot)
    };
    for index in 0..gradients.tensors.len() {
        let leaf = gradients.tensors[index];
        let Some(adjoint) = adjoints.get(leaf.slot..leaf.slot + leaf.len) else { continue };
        let mut by_scalars = || {
            tables.variable(leaf.variable).flags.has(Flags::READ_BY_SCALARS)
                && (adjoint.iter().any(|adjoint| !adjoint.is_zero())
                    || (leaf.slot..leaf.slot + leaf.len).any(&mut depends))
        };
        if reached[leaf.variable.index()] || by_scalars() {
            gradients.accumulate_tensor(index as u32, adjoint);
        }
    }
    for index in 0..gradients.scalars.len() {
        let (leaves, grads, present) = gradients.scalar_places(index);
        let Some(adjoint) = adjoints.get(leaves.slot..leaves.slot + leaves.len) else { continue };
        for (i, ((grad, present), &adjoint)) in grads.iter_mut().zip(present).zip(adjoint).enumerate() {
            if *present {
                *grad += adjoint;
            } else if !adjoint.is_zero() || depends(leaves.slot + i) {
                (*grad, *present) = (adjoint, true);
            }
        }
    }
    for Captured { index, range, arrived } in swept.captured {
        let retained = &mut gradients.retained[*index];
        let adjoint = &swept.captured_values[range.clone()];
        let swept_over = retained.instruction < end.0;
        if !swept_over || !(*arrived || (retained.slot..retained.slot + retained.len).any(&mut depends)) {
            continue;
        }
        match &mut retained.grad {
            Some(grad) => grad.iter_mut().zip(adjoint).for_each(|(grad, &adjoint)| *grad += adjoint),
            None => retained.grad = Some(adjoint.to_vec()),
        }
    }
}

macro_rules! backward {
    ($handle:ident, $one:expr) => {
        impl<T: Element> $handle<T> {
            #[doc = concat!("One reverse sweep from ", $one, ": adds its derivative to the gradient of each leaf that it depends on.")]
            ///
            /// It works as often as it is asked; gradients accumulate, until `zero_grad`. PyTorch: `backward`.
            ///
            /// # Panics
            /// Where `try_backward` gives an error.
            ///
            /// ```
            /// use wengert::Tape;
            /// let tape = Tape::<f64>::new();
            /// let x = tape.scalar(2.0);
            /// let y = x * x * x;
            /// y.backward();
            /// y.backward();
            /// assert_eq!(x.grad(), Some(24.0));
            /// ```
            #[track_caller]
            pub fn backward(self) {
                self.try_backward().or_raise();
            }

            /// Like `backward`, but returns the error: the root is not one number, nothing it was computed from
            /// requires a gradient, or a value that the sweep needs was overwritten. Nothing has changed then.
            #[track_caller]
            pub fn try_backward(self) -> Result<()> {
                let at = At::caller();
                self.tape_of("backward", at)?.backward("backward", self.into(), None, at)
            }

            /// `backward` with a seed: one weight an element of the root, in any form that `tape.leaf` takes.
            /// PyTorch: `backward(gradient=seed)`.
            ///
            /// # Panics
            /// Where `try_backward_with` gives an error.
            ///
            /// ```
            /// use wengert::Tape;
            /// let tape = Tape::<f64>::new();
            /// let x = tape.leaf([1.0, 2.0, 3.0]);
            /// (x * x).backward_with([1.0, 0.0, 10.0]);
            /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [2.0, 0.0, 60.0]);
            /// ```
            #[track_caller]
            pub fn backward_with(self, seed: impl IntoValues<T>) {
                self.try_backward_with(seed).or_raise();
            }

            /// Like `backward_with`, but returns the error: those of `try_backward`, or a seed of another shape.
            #[track_caller]
            pub fn try_backward_with(self, seed: impl IntoValues<T>) -> Result<()> {
                let at = At::caller();
                self.tape_of("backward", at)?.backward("backward", self.into(), Some(&seed), at)
            }

            fn tape_of(self, op: &'static str, at: At) -> Result<&'static Core<T>> {
                match Operand::from(self).word() {
                    Some((kind, word)) => resolve(op, kind, word, at),
                    None => Err(Error::PassiveRoot { op, at }),
                }
            }

            /// Keeps the gradient of a value that is no leaf: from now on each `backward` adds to it. On a leaf it
            /// does nothing. PyTorch: `retain_grad`.
            ///
            /// # Panics
            /// Where `try_retain_grad` gives an error.
            #[track_caller]
            pub fn retain_grad(self) {
                self.try_retain_grad().or_raise();
            }
        }
    };
}
backward!(Tensor, "this tensor of one element");
backward!(Scalar, "this scalar");

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
            variable if !variable.is_active() => Err(Error::PassiveInput { op, input: 0, at }),
            variable if variable.is_view() => Err(Error::ViewTarget { op, at }),
            variable if variable.is_gradient_leaf() => Ok(()),
            variable => {
                let len = tables.layout(id).len;
                core.retain(variable.offset, len, variable.instruction as usize);
                Ok(())
            }
        }
    }

    /// Sets the gradient of a leaf to zeros. `tape.zero_grad()` sets all to `None`. PyTorch: `x.grad.zero_()`.
    ///
    /// # Panics
    /// On a stale handle, inside `with`, and on what is no leaf.
    #[track_caller]
    pub fn zero_grad(self) {
        self.try_zero_grad().or_raise();
    }

    /// Like [`Tensor::zero_grad`], but returns the error.
    #[track_caller]
    pub fn try_zero_grad(self) -> Result<()> {
        let (op, at) = ("zero_grad", At::caller());
        let (core, id) = self.resolve(op, at)?;
        core.check_not_lent(op, at)?;
        let tables = core.tables.borrow();
        let variable = tables.variable(id);
        if !variable.is_gradient_leaf() {
            let grad_fn =
                tables.grad_fn(id, |instruction| core.entry_at(instruction)).unwrap_or("none: passive");
            return Err(Error::NotALeaf { op, handle: id.to_string(), grad_fn, at });
        }
        core.gradients.borrow_mut().zero_tensor(variable.leaf);
        Ok(())
    }
}

impl<T: Element> Scalar<T> {
    /// Like [`Scalar::retain_grad`], but returns the error: a passive scalar has no gradient.
    #[track_caller]
    pub fn try_retain_grad(self) -> Result<()> {
        let (op, at) = ("retain_grad", At::caller());
        let Some((core, slot)) = self.resolve(op, at)? else {
            return Err(Error::PassiveInput { op, input: 0, at });
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

    /// Sets the gradient of a leaf to zero. PyTorch: `x.grad.zero_()`.
    ///
    /// # Panics
    /// On a stale handle, inside `with`, and on what is no leaf.
    #[track_caller]
    pub fn zero_grad(self) {
        self.try_zero_grad().or_raise();
    }

    /// Like [`Scalar::zero_grad`], but returns the error.
    #[track_caller]
    pub fn try_zero_grad(self) -> Result<()> {
        let (op, at) = ("zero_grad", At::caller());
        let resolved = self.resolve(op, at)?;
        let not_a_leaf = |handle: String| Error::NotALeaf { op, handle, grad_fn: "none: no leaf", at };
        let (core, slot) = resolved.ok_or_else(|| not_a_leaf(format!("{self:?}")))?;
        core.check_not_lent(op, at)?;
        let mut gradients = core.gradients.borrow_mut();
        let place = gradients.scalar_place(slot).ok_or_else(|| not_a_leaf(format!("{self:?}")))?;
        gradients.zero_scalar(place);
        Ok(())
    }
}

impl<T: Element> Core<T> {
    /// Keeps the gradient of a run of slots from now on.
    fn retain(&self, slot: usize, len: usize, instruction: usize) {
        let mut gradients = self.gradients.borrow_mut();
        let known = gradients.retained.iter().any(|r| (r.slot, r.instruction) == (slot, instruction));
        if !known {
            gradients.retained.push(Retained { slot, len, instruction, grad: None });
        }
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
