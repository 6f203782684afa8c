//! Optimisers and learning-rate schedules over the leaves of a [`wengert`] tape, with PyTorch's defaults and update
//! rules.
//!
//! | here | PyTorch | adds |
//! |---|---|---|
//! | [`Sgd`] | `torch.optim.SGD` | momentum, dampening, Nesterov, weight decay |
//! | [`Adam`] | `torch.optim.Adam` | betas, eps, weight decay in the gradient, AMSGrad |
//! | [`AdamW`] | `torch.optim.AdamW` | the same, with weight decay apart from the gradient |
//! | [`clip_grad_norm`], [`clip_grad_value`] | `torch.nn.utils.clip_grad_norm_`, `clip_grad_value_` | |
//! | [`Optimizer::state`], [`Optimizer::set_state`] | `optimizer.state_dict`, `load_state_dict` | |
//! | [`StepLr`], [`ExponentialLr`], [`CosineAnnealingLr`] | `torch.optim.lr_scheduler` | a rate for each epoch |
//!
//! An optimiser is given its parameters once. Each step then writes them in place from their gradients: nothing is
//! recorded, and after the first step nothing is allocated.
//!
//! ```
//! use wengert::Tape;
//! use wengert_optim::{Optimizer, Sgd};
//!
//! let tape = Tape::<f64>::new();
//! let w = tape.leaf([0.0]);
//! let mut optimizer = Sgd::new([w], 0.1).momentum(0.9).nesterov(true);
//! for _ in 0..100 {
//!     tape.scope(|| {
//!         optimizer.zero_grad();
//!         (w - 3.0).square().sum().backward();
//!         optimizer.step();
//!     });
//! }
//! assert!((w.item() - 3.0).abs() < 1e-3);
//! ```
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod adam;
mod clip;
mod moments;
mod optimizer;
mod options;
mod parameters;
mod schedule;
mod sgd;
mod state;

pub use adam::{Adam, AdamW};
pub use clip::{clip_grad_norm, clip_grad_value, try_clip_grad_norm, try_clip_grad_value};
pub use optimizer::{DEFAULT_LR, Optimizer};
pub use schedule::{CosineAnnealingLr, ExponentialLr, Schedule, StepLr};
pub use sgd::Sgd;
pub use state::ParameterState;
