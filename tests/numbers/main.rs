//! `Scalar` as a number: in generic code, in arrays of `ndarray`, in matrices of `nalgebra`.

mod arrays;
mod conversions;
mod floats;
mod matrices;
mod operators;
mod programs;
mod transforms;
