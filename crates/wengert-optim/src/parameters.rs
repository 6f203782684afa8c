//! The parameters of an optimiser, checked, each with its state.

use wengert::{At, Element, Error, Result, Tensor};

use crate::options::domain;

/// Leaves, and what the optimiser remembers of each.
pub(crate) struct Parameters<T: Element, S> {
    tensors: Vec<Tensor<T>>,
    states: Vec<S>,
}

impl<T: Element, S: Default> Parameters<T, S> {
    /// Checks the parameters: each once, each a leaf, and at least one that requires a gradient. Passive tensors never have one
    /// and are left out.
    #[track_caller]
    pub fn new(
        op: &'static str,
        parameters: impl IntoIterator<Item = Tensor<T>>,
        at: At,
    ) -> Result<Parameters<T, S>> {
        let given: Vec<Tensor<T>> = parameters.into_iter().collect();
        let mut tensors: Vec<Tensor<T>> = Vec::new();
        for (place, &parameter) in given.iter().enumerate() {
            leaf(op, place, parameter, at)?;
            if tensors.contains(&parameter) {
                let first = given.iter().position(|&other| other == parameter).unwrap_or(place);
                let what = format!("parameters {first} and {place} are one tensor, {}", name(parameter));
                let help = "give each parameter once: a tensor that is given twice would move twice";
                return domain(op, what, help, at);
            }
            if parameter.requires_grad() {
                tensors.push(parameter);
            }
        }
        if given.is_empty() {
            return domain(op, "no parameters were given".into(), "give at least one leaf", at);
        }
        if tensors.is_empty() {
            let what = match given.len() {
                1 => "the parameter requires no gradient".into(),
                count => format!("none of the {count} parameters requires a gradient"),
            };
            let help = "make them with `tape.leaf(...)`, and not in a scope that has ended: what leaves one is passive";
            return domain(op, what, help, at);
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

/// Whether the parameter at a place of the list is a leaf, and its handle valid.
#[track_caller]
pub(crate) fn leaf<T: Element>(op: &'static str, place: usize, tensor: Tensor<T>, at: At) -> Result<()> {
    count(op, tensor)?;
    if tensor.is_leaf() {
        return Ok(());
    }
    let is = match tensor.grad_fn().unwrap_or("an op") {
        "view" => "is a view of other slots".to_string(),
        by => format!("was computed by `{by}`"),
    };
    let what = format!("parameter {place}, {}, {is}", name(tensor));
    let help = "make a leaf of what is computed: `tape.leaf(tape.randn(shape, seed) * 0.1)`";
    Err(Error::NotALeaf { op, what, help, at })
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
