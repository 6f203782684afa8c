//! `backward`: one reverse sweep, whose adjoints are added to the gradients of the leaves.

use smallvec::SmallVec;

use super::request::{Capture, Captured, Swept, sweep};
use super::roots::Root;
use crate::error::{At, Error, OrRaise, Result};
use crate::scalar::Scalar;
use crate::tape::core::Core;
use crate::tape::gradients::Gradients;
use crate::tape::{Element, IntoValues, resolve};
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

/// Moves what arrived from the adjoints of leaves to their gradients: no adjoint of a leaf is left.
fn commit<T: Element>(mut swept: Swept<'_, T>) {
    let Swept { core, tables, adjoints, reached, end, .. } = swept;
    let mut gradients = core.gradients.borrow_mut();
    gradients.commit();
    // A gradient of 0 that only scalars could have sent is told from none by a walk, made once if at all.
    let reachable = &mut swept.reachable;
    let mut walked = false;
    let mut depends = |slot: usize| {
        if !std::mem::replace(&mut walked, true) {
            let roots = swept.roots.iter().map(|root| root.target.own_slots(tables));
            reachable.walk(core, tables, end.0, end.1, roots);
        }
        reachable.has(slot)
    };
    let read_by_scalars = !tables.scalar_reads.is_empty();
    for index in 0..gradients.tensors.len() {
        let leaf = gradients.tensors[index];
        let own = leaf.slot..leaf.slot + leaf.len;
        let adjoint = if leaf.len == 0 { Some(&mut [][..]) } else { adjoints.get_mut(own.clone()) };
        let Some(adjoint) = adjoint else { continue };
        // Scalars set no flag: what they sent is told by the adjoint, and a 0 that they sent by the walk.
        let by_scalars = |gradients: &Gradients<T>, depends: &mut dyn FnMut(usize) -> bool| {
            adjoint.iter().any(|adjoint| !adjoint.is_zero())
                || (!gradients.has_tensor(index as u32) && own.clone().any(depends))
        };
        if reached[leaf.variable.index()] || (read_by_scalars && by_scalars(&gradients, &mut depends)) {
            gradients.accumulate_tensor(index as u32, adjoint);
        }
    }
    for index in 0..gradients.scalars.len() {
        let (leaves, grads, present) = gradients.scalar_places(index);
        let Some(adjoint) = adjoints.get_mut(leaves.slot..leaves.slot + leaves.len) else { continue };
        for (i, ((grad, present), adjoint)) in grads.iter_mut().zip(present).zip(adjoint).enumerate() {
            let adjoint = std::mem::replace(adjoint, T::zero());
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
