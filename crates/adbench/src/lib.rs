//! The programs of the public benchmark ADBench, each differentiated in several ways.
//!
//! ADBench (Šrajer, Kukelová, Fitzgibbon, *A benchmark of selected algorithmic differentiation tools on some problems in
//! computer vision and machine learning*, arXiv:1807.10129) measures what a derivative costs in units of the function.
//! Every program has a folder of the same shape:
//!
//! | file | |
//! |---|---|
//! | `mod.rs` | the model, its input and the objective, generic over the number |
//! | `input.rs` | reads a file of the benchmark; makes an input of the same form from a seed |
//! | `by_hand.rs` | the derivative, derived by hand: the yardstick of every other |
//! | `by_scalars.rs` | the same objective on scalars of a tape |
//! | `by_tensors.rs` | the objective written in a few operations over whole arrays |
//! | `by_tangents.rs` | the objective in forward mode, where outputs are many |
//! | `measure.rs` | runs and times them all, into a [`report::Report`] |
//!
//! What programs of one output share, their `by_scalars` and `measure` too, is [`objective`].
//!
//! [`heston`] is none of the benchmark's: a price from finance, where all sensitivities of one number are asked for.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod ba;
pub mod expected;
pub mod gmm;
pub mod hand;
pub mod heston;
pub mod input;
pub mod lstm;
pub mod number;
pub mod objective;
pub mod report;
mod sweeps;
pub mod timing;
