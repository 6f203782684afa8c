//! Whole programs, as a user writes them.
#![allow(clippy::assign_op_pattern, reason = "`y = y * x` is what a user of handles writes")]

mod classification;
mod fitting;
mod optimisation;
mod simulation;
