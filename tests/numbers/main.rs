//! `Scalar` and `Dual` as numbers: in generic code, in arrays of `ndarray`, in matrices of `nalgebra`.

mod arrays;
mod conversions;
mod every;
mod floats;
mod matrices;
mod operators;
mod programs;
mod published;
mod transforms;
mod zeros;
