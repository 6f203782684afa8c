//! What users ask of a tape: sweeps from roots to leaves or to asked inputs.

mod backward;
mod cause;
mod grad;
mod grad_recorded;
mod gradient;
mod gradients;
mod hessian;
mod inputs;
mod jacobian;
mod jacobian_at;
mod jvp;
mod nan_cause;
mod products;
mod request;
mod roots;
mod steps;
mod tangents;
mod written;

pub use cause::{NanCause, NanPlace};
