//! Scalars and duals as elements of matrices of `nalgebra`: the traits of the crate `simba` by which it knows numbers.
//!
//! Of `nalgebra` itself nothing is named here. It is a dependency so that one feature gives both, in versions that fit.

mod close;
mod complex;
mod lanes;
mod real;
mod subsets;
