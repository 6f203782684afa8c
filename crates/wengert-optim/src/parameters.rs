//! The parameters of an optimiser, checked, each with its state.

use wengert::{At, Element, Error, Result, Tensor};

use crate::options::domain;

/// Leaves, and what the optimiser remembers of each.
pub(crate) struct Parameters<T: Element, S> {
    tensors: Vec<Tensor<T>>,
    states: Vec<S>,
}

impl<T: Element, S: Default> Parameters<T, S> {
    /// Checks the parameters: some, each once, each a leaf. Passive tensors never have a gradient and are left out.
    #[track_caller]
    pub fn new(
        op: &'static str,
        parameters: impl IntoIterator<Item = Tensor<T>>,
        at: At,
    ) -> Result<Parameters<T, S>> {
        let mut given = 0;
        let mut tensors = Vec::new();
        for parameter in parameters {
            given += 1;
            leaf(op, parameter, at)?;
            if tensors.contains(&parameter) {
                let help = "give each parameter once: a tensor that is given twice would move twice";
                return domain(op, format!("{} is given twice", name(parameter)), help, at);
            }
            if parameter.requires_grad() {
                tensors.push(parameter);
            }
        }
        if given == 0 {
            return Err(Error::NoOperands { op, at });
        }
        let states = tensors.iter().map(|_| S::default()).collect();
        Ok(Parameters { tensors, states })
    }

    /// The parameters.
    pub fn tensors(&self) -> &[Tensor<T>] {
        &self.tensors
    }

    /// What is remembered of each.
    pub fn states(&self) -> &[S] {
        &self.states
    }

    /// Puts states, one for each parameter, in place of those that are there.
    pub fn replace(&mut self, states: Vec<S>) {
        debug_assert_eq!(states.len(), self.tensors.len());
        self.states = states;
    }

    /// Calls `rule(state, value, gradient)` for each parameter that has a gradient, and writes the value back.
    #[track_caller]
    pub fn update(&mut self, mut rule: impl FnMut(&mut S, &mut [T], &[T])) -> Result<()> {
        // All before the first: a step moves every parameter or none.
        for &tensor in &self.tensors {
            writable("step", tensor)?;
        }
        for (tensor, state) in self.tensors.iter().zip(&mut self.states) {
            tensor.try_update(|value, grad| rule(state, value, grad))?;
        }
        Ok(())
    }
}

/// Whether a tensor is a leaf, and its handle valid.
#[track_caller]
pub(crate) fn leaf<T: Element>(op: &'static str, tensor: Tensor<T>, at: At) -> Result<()> {
    count(op, tensor)?;
    if tensor.is_leaf() {
        return Ok(());
    }
    let (handle, grad_fn) = (name(tensor), tensor.grad_fn().unwrap_or("none"));
    Err(Error::NotALeaf { op, handle, grad_fn, at })
}

/// How many numbers a tensor has, if its handle may be used at all.
#[track_caller]
pub(crate) fn count<T: Element>(op: &'static str, tensor: Tensor<T>) -> Result<usize> {
    tensor.try_shape().map(|shape| shape.iter().product()).map_err(|error| used_by(op, error))
}

/// Whether a parameter can be written now, without an allocation: to a leaf, `retain_grad` does nothing else.
#[track_caller]
pub(crate) fn writable<T: Element>(op: &'static str, tensor: Tensor<T>) -> Result<()> {
    tensor.try_retain_grad().map_err(|error| used_by(op, error))
}

/// The error, with the name of what the user called.
fn used_by(name: &'static str, mut error: Error) -> Error {
    if let Error::Stale { op, .. }
    | Error::DroppedTape { op, .. }
    | Error::ForgottenTape { op, .. }
    | Error::OtherThread { op, .. }
    | Error::Busy { op, .. } = &mut error
    {
        *op = name;
    }
    error
}

fn name<T: Element>(tensor: Tensor<T>) -> String {
    format!("%{}", tensor.index())
}
