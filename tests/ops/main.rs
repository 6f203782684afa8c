//! Every op against central differences, in every form of its operands; the structural ones also against plain
//! loops; the kinks against PyTorch's conventions.
#![allow(clippy::type_complexity, reason = "tables of closures")]

mod bounds;
mod corners;
mod criteria;
mod joining;
mod kinks;
mod large;
mod linear;
mod losses;
mod matmul;
mod neural;
mod overwritten;
mod own;
mod pointwise;
mod powers;
mod rank_zero;
mod reduction_edges;
mod reductions;
mod scans;
mod second;
mod select;
mod shape;
mod sorts;
mod special;
