//! Adam and AdamW: one rule, two ways of decay.

use wengert::{Element, Result, Tensor};

use crate::moments::{Decay, Moments};
use crate::optimizer::Optimizer;
use crate::options::{caller, not_negative, options, or_raise, share};
use crate::state::ParameterState;

/// Adam: a step of about the learning rate for each number, whatever the size of its gradient. PyTorch:
/// `torch.optim.Adam`.
///
/// With the gradient `g`, step `t` is
///
/// ```text
/// g = g + weight_decay w
/// m = beta1 m + (1 - beta1) g               m, v = 0 at the start
/// v = beta2 v + (1 - beta2) g^2
/// w = w - lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
/// ```
///
/// AMSGrad puts the largest `v` so far where `v` stands in the last line.
///
/// **Defaults.** PyTorch's: betas 0.9 and 0.999, eps 1e-8, weight decay 0, neither AMSGrad nor maximize. `m` and `v` are
/// two numbers for each of a parameter's; `t` counts the steps that had a gradient, for each parameter.
///
/// **Source.** Kingma, Ba 2015 (Adam: a method for stochastic optimization, arXiv:1412.6980); AMSGrad: Reddi, Kale,
/// Kumar 2018 (On the convergence of Adam and beyond).
///
/// ```
/// use wengert::Tape;
/// use wengert_optim::{Adam, Optimizer};
///
/// let tape = Tape::<f64>::new();
/// let w = tape.leaf([1.0, 1.0]);
/// let mut optimizer = Adam::new([w], 0.1);
/// (w * tape.constant([1.0, 1000.0])).sum().backward();
/// optimizer.step();
/// for w in w.to_vec() {
///     assert!((w - 0.9).abs() < 1e-8); // As far along either axis.
/// }
/// ```
pub struct Adam<T: Element> {
    moments: Moments<T>,
}

/// Adam with weight decay apart from the gradient, so that it does not enter the moments. PyTorch:
/// `torch.optim.AdamW`.
///
/// With the gradient `g`, step `t` is
///
/// ```text
/// w = w (1 - lr weight_decay)
/// m = beta1 m + (1 - beta1) g               m, v = 0 at the start
/// v = beta2 v + (1 - beta2) g^2
/// w = w - lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
/// ```
///
/// **Defaults.** PyTorch's: weight decay 1e-2, and else as [`Adam`].
///
/// **Source.** Loshchilov, Hutter 2019 (Decoupled weight decay regularization, arXiv:1711.05101), in PyTorch's form,
/// where the rate multiplies the decay.
///
/// ```
/// use wengert::Tape;
/// use wengert_optim::{AdamW, Optimizer};
///
/// let tape = Tape::<f64>::new();
/// let w = tape.leaf([1.0]);
/// let mut optimizer = AdamW::new([w], 0.1).weight_decay(0.5);
/// (w * 0.0).backward(); // A gradient of 0: only the decay is left.
/// optimizer.step();
/// assert_eq!(w.item(), 0.95);
/// ```
pub struct AdamW<T: Element> {
    moments: Moments<T>,
}

macro_rules! adam {
    ($optimizer:ident, $op:literal, $decay:expr, $weight_decay:literal, $decays:literal) => {
        impl<T: Element> $optimizer<T> {
            /// The optimiser of the parameters at a learning rate; PyTorch's default is
            /// [`DEFAULT_LR`](crate::DEFAULT_LR).
            ///
            /// # Panics
            #[doc = concat!("Where [`", stringify!($optimizer), "::try_new`] gives an error.")]
            #[track_caller]
            pub fn new(parameters: impl IntoIterator<Item = Tensor<T>>, lr: f64) -> Self {
                or_raise(Self::try_new(parameters, lr))
            }

            #[doc = concat!("Like [`", stringify!($optimizer), "::new`], but returns the error: no parameters, one that")]
            /// is no leaf, is stale or is given twice, or a negative rate.
            #[track_caller]
            pub fn try_new(parameters: impl IntoIterator<Item = Tensor<T>>, lr: f64) -> Result<Self> {
                let moments = Moments::new($op, parameters, lr, ($weight_decay, $decay), caller())?;
                Ok($optimizer { moments })
            }
        }

        options! { $optimizer:
            /// The shares of the running means of the gradient and of its square that a step keeps; 0.9 and 0.999 by
            /// default.
            betas(adam, at, beta1: f64, beta2: f64) {
                adam.moments.betas = (share($op, "beta1", beta1, at)?, share($op, "beta2", beta2, at)?);
            }

            /// What is added to the root of the second moment, so that nothing is divided by 0; 1e-8 by default.
            eps(adam, at, eps: f64) {
                adam.moments.eps = not_negative($op, "eps", eps, at)?;
            }

            #[doc = $decays]
            weight_decay(adam, at, weight_decay: f64) {
                adam.moments.weight_decay = not_negative($op, "weight_decay", weight_decay, at)?;
            }

            /// Divides by the largest second moment so far. One more number for each of a parameter's.
            amsgrad(adam, _at, amsgrad: bool) {
                adam.moments.amsgrad = amsgrad;
            }

            /// Climbs instead of descending.
            maximize(adam, _at, maximize: bool) {
                adam.moments.maximize = maximize;
            }
        }

        impl<T: Element> Optimizer<T> for $optimizer<T> {
            fn parameters(&self) -> &[Tensor<T>] {
                self.moments.parameters.tensors()
            }

            fn try_step(&mut self) -> Result<()> {
                self.moments.step()
            }

            fn state(&self) -> Vec<ParameterState<T>> {
                self.moments.state()
            }

            fn try_set_state(&mut self, state: &[ParameterState<T>]) -> Result<()> {
                self.moments.set_state($op, state, caller())
            }

            fn lr(&self) -> f64 {
                self.moments.lr
            }

            fn try_set_lr(&mut self, lr: f64) -> Result<()> {
                self.moments.lr = not_negative($op, "lr", lr, caller())?;
                Ok(())
            }
        }
    };
}

adam!(
    Adam,
    "adam",
    Decay::Coupled,
    0.0,
    "Adds `weight_decay w` to the gradient: the gradient of `weight_decay / 2 |w|^2`; 0 by default."
);
adam!(
    AdamW,
    "adamw",
    Decay::Decoupled,
    1e-2,
    "Shrinks each weight by `lr weight_decay` of itself before a step; 1e-2 by default."
);
