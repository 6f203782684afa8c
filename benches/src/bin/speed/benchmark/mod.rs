//! The programs of ADBench that are compared, with the texts and the ways of differentiating of the library `adbench`.
//!
//! - [`OneOutput`]: gradients, with hundreds of inputs and up to millions of ops.
//! - [`BundleAdjustment`]: a sparse Jacobian, an observation at a time; it is no program of one output.

mod adapted;
mod bundle;
mod objective;

pub use bundle::BundleAdjustment;
#[cfg(feature = "peers")]
pub use bundle::{by_observation, reprojection, weight_error};
pub use objective::OneOutput;
