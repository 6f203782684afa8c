//! What an optimiser remembers, as plain numbers that a program can write to a file and read back.

use wengert::{At, Element, Result};

use crate::options::domain;
use crate::parameters::{Parameters, count};

/// What an optimiser remembers of one parameter: plain data, for files. PyTorch: an entry of `optimizer.state_dict()`.
///
/// | optimiser | `steps` | `buffers` |
/// |:--|:--|:--|
/// | [`Sgd`](crate::Sgd) | 0: it does not count | the velocity, if there is momentum (`momentum_buffer`) |
/// | [`Adam`](crate::Adam), [`AdamW`](crate::AdamW) | steps that had a gradient (`step`) | the running means of the gradient and of its square (`exp_avg`, `exp_avg_sq`), and with AMSGrad the largest of the latter |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterState<T> {
    /// How many steps had a gradient.
    pub steps: u32,
    /// Lists with a number for each of the parameter's.
    pub buffers: Vec<Vec<T>>,
}

impl<T: Element, S: Default> Parameters<T, S> {
    /// What is remembered of each parameter, as `read` gives it.
    pub fn state(&self, read: impl Fn(&S) -> ParameterState<T>) -> Vec<ParameterState<T>> {
        self.states().iter().map(read).collect()
    }

    /// Puts back what was remembered: checked for all parameters, and then written.
    #[track_caller]
    pub fn set_state(
        &mut self,
        op: &'static str,
        state: &[ParameterState<T>],
        counts: &[usize],
        at: At,
        write: impl Fn(&ParameterState<T>) -> S,
    ) -> Result<()> {
        let own = self.tensors().len();
        if state.len() != own {
            let what = format!("the state is of {} parameters, and the optimiser has {own}", state.len());
            let help = "give what `state` of an optimiser with the same parameters, in the same order, gave";
            return domain(op, what, help, at);
        }
        for (k, (tensor, state)) in self.tensors().iter().zip(state).enumerate() {
            let (buffers, len) = (state.buffers.len(), count(op, *tensor)?);
            if !counts.contains(&buffers) {
                let what = format!(
                    "the state of parameter {k} has {buffers} buffers, and this optimiser's has one of {counts:?}"
                );
                return domain(
                    op,
                    what,
                    "give the state of an optimiser of the same kind and options: momentum and AMSGrad remember more",
                    at,
                );
            }
            if let Some(buffer) = state.buffers.iter().find(|buffer| buffer.len() != len) {
                let what = format!(
                    "a buffer of parameter {k} has {} numbers, and the parameter {len}",
                    buffer.len()
                );
                return domain(op, what, "give the parameters in the order that they had then", at);
            }
        }
        let states = state.iter().map(write).collect();
        self.replace(states);
        Ok(())
    }
}
