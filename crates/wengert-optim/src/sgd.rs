//! Stochastic gradient descent.

use wengert::{Element, Result, Tensor};

use crate::optimizer::Optimizer;
use crate::options::{caller, domain, not_negative, options, or_raise};
use crate::parameters::Parameters;
use crate::state::ParameterState;

const OP: &str = "sgd";

/// Stochastic gradient descent, with momentum where it is asked for. PyTorch: `torch.optim.SGD`.
///
/// With the gradient `g`, a step is
///
/// ```text
/// g = g + weight_decay w
/// v = momentum v + (1 - dampening) g        v = g at the first step
/// w = w - lr v                              nesterov: w - lr (g + momentum v)
/// ```
///
/// **Defaults.** PyTorch's: momentum, dampening and weight decay 0, neither Nesterov nor maximize. `v` is kept where there
/// is momentum: as many numbers as the parameter has.
///
/// **Source.** Polyak 1964; Sutskever, Martens, Dahl, Hinton 2013 (On the importance of initialization and momentum in
/// deep learning), in PyTorch's form, where the rate multiplies the whole velocity.
///
/// ```
/// use wengert::Tape;
/// use wengert_optim::{Optimizer, Sgd};
///
/// let tape = Tape::<f64>::new();
/// let w = tape.leaf([1.0, 2.0]);
/// let mut optimizer = Sgd::new([w], 0.1);
/// (w * w).sum().backward();
/// optimizer.step();
/// assert_eq!(w.to_vec(), [0.8, 1.6]);
/// ```
pub struct Sgd<T: Element> {
    parameters: Parameters<T, Option<Vec<T>>>,
    lr: f64,
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
    nesterov: bool,
    maximize: bool,
}

impl<T: Element> Sgd<T> {
    /// Descent of the parameters at a learning rate; PyTorch's default is [`DEFAULT_LR`](crate::DEFAULT_LR).
    ///
    /// # Panics
    /// Where [`Sgd::try_new`] gives an error.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = Tensor<T>>, lr: f64) -> Sgd<T> {
        or_raise(Sgd::try_new(parameters, lr))
    }

    /// Like [`Sgd::new`], but returns the error: no parameters, one that is no leaf, is stale or is given twice, or a
    /// negative rate.
    #[track_caller]
    pub fn try_new(parameters: impl IntoIterator<Item = Tensor<T>>, lr: f64) -> Result<Sgd<T>> {
        let at = caller();
        Ok(Sgd {
            lr: not_negative(OP, "lr", lr, at)?,
            parameters: Parameters::new(OP, parameters, at)?,
            momentum: 0.0,
            dampening: 0.0,
            weight_decay: 0.0,
            nesterov: false,
            maximize: false,
        })
    }
}

options! { Sgd:
    /// The share of the velocity that a step keeps; 0 by default.
    momentum(sgd, at, momentum: f64) {
        sgd.momentum = not_negative(OP, "momentum", momentum, at)?;
        if sgd.nesterov && momentum == 0.0 {
            return domain(OP, NO_MOMENTUM.into(), "give a momentum: `.momentum(0.9)`", at);
        }
    }

    /// The share of the gradient that the velocity does not take; 0 by default.
    dampening(sgd, at, dampening: f64) {
        if !dampening.is_finite() {
            let help = "give a finite number, from 0 to 1 as a rule";
            return domain(OP, format!("dampening is {dampening}"), help, at);
        }
        if sgd.nesterov && dampening != 0.0 {
            return domain(OP, dampened(dampening), UNDAMPEN, at);
        }
        sgd.dampening = dampening;
    }

    /// Looks ahead along the velocity. It needs a momentum, given before, and no dampening.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_optim::Sgd;
    ///
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf([1.0]);
    /// let error = Sgd::new([w], 0.1).try_nesterov(true).err().unwrap();
    /// assert!(error.to_string().starts_with("sgd: nesterov needs a momentum, and the momentum is 0"));
    /// let _ = Sgd::new([w], 0.1).momentum(0.9).nesterov(true);
    /// ```
    nesterov(sgd, at, nesterov: bool) {
        if nesterov && sgd.momentum == 0.0 {
            return domain(OP, NO_MOMENTUM.into(), "give a momentum before it: `.momentum(0.9).nesterov(true)`", at);
        }
        if nesterov && sgd.dampening != 0.0 {
            return domain(OP, dampened(sgd.dampening), UNDAMPEN, at);
        }
        sgd.nesterov = nesterov;
    }

    /// Adds `weight_decay w` to the gradient: the gradient of `weight_decay / 2 |w|^2`; 0 by default.
    weight_decay(sgd, at, weight_decay: f64) {
        sgd.weight_decay = not_negative(OP, "weight_decay", weight_decay, at)?;
    }

    /// Climbs instead of descending.
    maximize(sgd, _at, maximize: bool) {
        sgd.maximize = maximize;
    }
}

const NO_MOMENTUM: &str = "nesterov needs a momentum, and the momentum is 0";
const UNDAMPEN: &str = "leave out the dampening, or nesterov";

fn dampened(dampening: f64) -> String {
    format!("nesterov takes no dampening, and the dampening is {dampening}")
}

impl<T: Element> Optimizer<T> for Sgd<T> {
    fn parameters(&self) -> &[Tensor<T>] {
        self.parameters.tensors()
    }

    fn try_step(&mut self) -> Result<()> {
        let number = |value: f64| T::default().constant(value);
        let (lr, momentum, decay) = (number(self.lr), number(self.momentum), number(self.weight_decay));
        let fresh = number(1.0 - self.dampening);
        let (sign, nesterov) = (number(if self.maximize { -1.0 } else { 1.0 }), self.nesterov);
        let (decays, moves) = (self.weight_decay != 0.0, self.momentum != 0.0);
        self.parameters.update(|velocity, value, grad| {
            // Without decay the weight is not read: 0 times infinity is no number.
            let slope = |w: T, g: T| if decays { sign * g + decay * w } else { sign * g };
            if !moves {
                for (w, &g) in value.iter_mut().zip(grad) {
                    *w -= lr * slope(*w, g);
                }
                return;
            }
            let first = velocity.is_none();
            let velocity = velocity.get_or_insert_with(|| vec![T::default(); value.len()]);
            for ((w, &g), v) in value.iter_mut().zip(grad).zip(velocity) {
                let slope = slope(*w, g);
                *v = if first { slope } else { momentum * *v + fresh * slope };
                *w -= lr * if nesterov { slope + momentum * *v } else { *v };
            }
        })
    }

    fn state(&self) -> Vec<ParameterState<T>> {
        self.parameters
            .state(|velocity| ParameterState { steps: 0, buffers: velocity.iter().cloned().collect() })
    }

    fn try_set_state(&mut self, state: &[ParameterState<T>]) -> Result<()> {
        let counts = if self.momentum == 0.0 { &[0][..] } else { &[0, 1] };
        self.parameters.set_state(OP, state, counts, caller(), |state| state.buffers.first().cloned())
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn try_set_lr(&mut self, lr: f64) -> Result<()> {
        self.lr = not_negative(OP, "lr", lr, caller())?;
        Ok(())
    }
}
