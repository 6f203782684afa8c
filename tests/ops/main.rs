//! Every op against central differences, in every form of its operands; the structural ones also against plain
//! loops; the kinks against PyTorch's conventions.
#![allow(clippy::type_complexity, reason = "tables of closures")]

mod joining;
mod kinks;
mod large;
mod linear;
mod losses;
mod matmul;
mod overwritten;
mod pointwise;
mod reductions;
