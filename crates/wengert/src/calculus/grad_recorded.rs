//! `grad_recorded`: derivatives that have derivatives themselves.

use super::inputs::{Inputs, roots_of};
use super::request::{Sweeping, mark_asked};
use super::roots::{Root, Target};
use crate::error::{At, OrRaise, Result};
use crate::lists::filled;
use crate::ops::Ops;
use crate::scalar::Scalar;
use crate::shape::element_count;
use crate::sweep::recorded::Recorded;
use crate::sweep::reverse::Wanted;
use crate::tape::core::Core;
use crate::tape::modes::Restore;
use crate::tape::{Element, IntoValues, Tape};
use crate::tensor::{Operand, Tensor};

impl<T: Element> Tape<T> {
    /// The derivatives of the sum of the roots with respect to each input, recorded: active tensors that can be
    /// differentiated again, to any order. PyTorch: `torch.autograd.grad(..., create_graph=True)`.
    ///
    /// Each instruction between a root and an asked input is differentiated by the same rule that [`Tape::grad`] runs
    /// on numbers, and what the rule computes is appended to the tape. It is recorded inside `no_grad` too. An input
    /// that the roots do not depend on has a passive derivative of zero.
    ///
    /// # Panics
    /// Where [`Tape::try_grad_recorded`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let y = x.powi(3).sum();
    /// let dy = tape.grad_recorded(&[y], &[x])[0];
    /// assert_eq!(dy.to_vec(), [3.0, 12.0]);
    /// let ddy = tape.grad_recorded(&[dy.sum()], &[x])[0];
    /// assert_eq!(ddy.to_vec(), [6.0, 12.0]);
    /// assert_eq!(tape.grad(&[ddy.sum()], &[x])[0].to_vec(), [6.0, 6.0]);
    /// ```
    #[track_caller]
    pub fn grad_recorded<R, X>(&self, roots: &[R], inputs: &[X]) -> Vec<Tensor<T>>
    where
        R: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
    {
        self.try_grad_recorded(roots, inputs).or_raise()
    }

    /// Like [`Tape::grad_recorded`], but returns the error: those of [`Tape::try_grad`], or no room. Nothing has been
    /// recorded then.
    #[track_caller]
    pub fn try_grad_recorded<R, X>(&self, roots: &[R], inputs: &[X]) -> Result<Vec<Tensor<T>>>
    where
        R: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
    {
        self.recorded(("grad_recorded", At::caller()), roots, None::<&[Tensor<T>]>, inputs)
    }

    /// [`Tape::grad_recorded`] with seeds: one a root, of its shape, in any form that `tape.leaf` takes. A seed that
    /// is an active tensor of this tape stays active: the derivatives depend on it.
    ///
    /// # Panics
    /// Where [`Tape::try_grad_recorded_with`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// // The derivative along a tangent, from reverse sweeps alone: differentiate by the seed.
    /// let (x, seed) = (tape.leaf([1.0, 2.0]), tape.leaf([0.0, 0.0]));
    /// let x_bar = tape.grad_recorded_with(&[x * x], &[seed], &[x])[0];
    /// let y_dot = tape.grad_with(&[x_bar], &[[1.0, 10.0]], &[seed])[0];
    /// assert_eq!(y_dot.to_vec(), [2.0, 40.0]);
    /// ```
    #[track_caller]
    pub fn grad_recorded_with<R, S, X>(&self, roots: &[R], seeds: &[S], inputs: &[X]) -> Vec<Tensor<T>>
    where
        R: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
        X: Into<Operand<T>> + Copy,
    {
        self.try_grad_recorded_with(roots, seeds, inputs).or_raise()
    }

    /// Like [`Tape::grad_recorded_with`], but returns the error: those of [`Tape::try_grad_recorded`], or seeds of
    /// another number or shape.
    #[track_caller]
    pub fn try_grad_recorded_with<R, S, X>(
        &self,
        roots: &[R],
        seeds: &[S],
        inputs: &[X],
    ) -> Result<Vec<Tensor<T>>>
    where
        R: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
        X: Into<Operand<T>> + Copy,
    {
        self.recorded(("grad_recorded", At::caller()), roots, Some(seeds), inputs)
    }

    pub(super) fn recorded<R, S, X>(
        &self,
        (op, at): (&'static str, At),
        roots: &[R],
        seeds: Option<&[S]>,
        inputs: &[X],
    ) -> Result<Vec<Tensor<T>>>
    where
        R: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
        X: Into<Operand<T>> + Copy,
    {
        let core = self.core();
        let roots = roots_of(op, core, roots, seeds, at)?;
        let inputs = Inputs::new(op, core, inputs, at)?;
        core.check_not_lent(op, at)?;
        let _restore = Restore::pause(core, false);
        let _sweeping = Sweeping::new(core);
        // What was recorded before an error is taken back.
        let mark = core.mark(core.current.get());
        // A seed may have joined the skip that the list ended with.
        let last = mark.instructions.checked_sub(1).map(|last| core.list.packed(last).unpacked());
        core.pending.borrow_mut().take();
        let recorded = record(core, (op, at), &roots, &inputs);
        if recorded.is_err() {
            core.rewind(&mark);
            if let Some(last) = last {
                core.list.set_last(|width| last.pack(width), 0);
            }
        }
        recorded
    }
}

/// Sweeps from the roots, on the tape.
fn record<T: Element>(
    core: &'static Core<T>,
    (op, at): (&'static str, At),
    roots: &[Root<'_, T>],
    inputs: &Inputs,
) -> Result<Vec<Tensor<T>>> {
    let mut wanted = Vec::new();
    let scalars = mark_asked(core, &core.tables.borrow(), &mut wanted, &inputs.asked);
    let mut sweep = Recorded::new(core, op, at, Wanted { variables: &wanted, scalars })?;
    for root in roots {
        plant(&mut sweep, core, (op, at), root)?;
    }
    // Only now is it known where the roots end: the slots of a seed may have joined the last instruction, where that
    // only stands for slots.
    let (from, slots) = {
        let tables = core.tables.borrow();
        let ends = roots.iter().map(|root| root.target.end(core, &tables));
        ends.fold((0, 0), |(i, s), (instructions, slots)| (i.max(instructions), s.max(slots)))
    };
    let mut found: Vec<Option<Operand<T>>> = vec![None; inputs.asked.len()];
    let mut computed = inputs.computed();
    sweep.sweep::<Ops>(from, slots, |sweep, index| {
        while let Some(capture) = computed.of(index) {
            found[capture.index] = peek(sweep, inputs.asked[capture.index])?;
        }
        Ok(())
    })?;
    for capture in inputs.captures.iter().filter(|capture| capture.instruction.is_none()) {
        found[capture.index] = peek(&mut sweep, inputs.asked[capture.index])?;
    }
    let zero = Operand::Number(T::zero());
    let made =
        found.into_iter().zip(&inputs.dims).map(|(found, dims)| sweep.as_tensor(found.unwrap_or(zero), dims));
    made.collect()
}

/// What arrived at a target, which keeps it: an input may be asked for twice, and what lies below may be too.
fn peek<T: Element>(sweep: &mut Recorded<'_, T>, target: Target) -> Result<Option<Operand<T>>> {
    match target {
        Target::Tensor(id) => {
            let value = sweep.take(id)?;
            if let Some(value) = value {
                sweep.send(id, value)?;
            }
            Ok(value)
        }
        Target::Slot(slot) => {
            let value = sweep.take_slot(slot);
            if let Some(value) = value {
                sweep.send_to_slot(slot, value);
            }
            Ok(value.map(Operand::Scalar))
        }
    }
}

/// Sends the seed of a root.
fn plant<T: Element>(
    sweep: &mut Recorded<'_, T>,
    core: &'static Core<T>,
    (op, at): (&'static str, At),
    root: &Root<'_, T>,
) -> Result<()> {
    let seed = match root.seed {
        None => Operand::Number(T::one()),
        Some(seed) => match seed.word() {
            Some(word) if core.contains(word) => Operand::Tensor(Tensor::from_word(word)),
            _ => {
                let dims = seed.dims(op, at)?;
                let mut values = filled(T::zero(), element_count(&dims), op, at)?;
                seed.write(&mut values);
                Operand::Tensor(core.push_passive(op, &dims, &values, at)?)
            }
        },
    };
    match root.target {
        Target::Tensor(id) => sweep.send(id, seed),
        Target::Slot(slot) => {
            let seed = match seed {
                Operand::Tensor(seed) => seed.try_at(())?,
                Operand::Scalar(seed) => seed,
                Operand::Number(seed) => Scalar::passive(seed),
            };
            sweep.send_to_slot(slot, seed);
            Ok(())
        }
    }
}
