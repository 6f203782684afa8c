//! Numeric kernels over slices and strided windows: the floor under the `wengert` tape.
//!
//! The kernels know no tape. They read [`Strided`] windows, write row-major slices, and *accumulate*
//! (`target += ...`) into [`StridedMut`] windows, which is what a reverse sweep needs: an axis of stride 0
//! in a target sums over that axis, so that un-broadcasting is no operation of its own.
//!
//! | verb | elements | lanes | products |
//! |---|---|---|---|
//! | write | [`map`], [`copy()`] | [`map_lanes`], [`fold_lanes`] | [`convolve`], [`convolve_transposed`], [`correlate`] |
//! | accumulate | [`accumulate`], [`add_acc`], [`scale_acc`], [`take`] | [`accumulate_lanes`] | [`matmul_acc`] |
//!
//! Rows and columns have kernels of their own where exponentials are what costs: [`softmax`], [`log_softmax`], [`log_sum_exp_along`]. The
//! functions that they and pointwise loops are made of are those of [`Elementary`].
//!
//! Three rules hold everywhere. Results are deterministic: the order of summation depends on the shapes and
//! strides alone. Special values flow as IEEE 754 says: no kernel skips a zero. A mismatch of shapes is an
//! error of the caller and panics; no input leads to undefined behaviour.
//!
//! ```
//! use wengert_kernels::{add_acc, Strided, StridedMut};
//!
//! // The column sums of a 2 x 3 matrix: the summed axis has stride 0 in the target.
//! let x = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
//! let mut sums = [0.0; 3];
//! add_acc(StridedMut::new(&mut sums, 0, &[2, 3], &[0, 1]), Strided::new(&x, 0, &[2, 3], &[3, 1]));
//! assert_eq!(sums, [11.0, 22.0, 33.0]);
//! ```

mod axes;
mod blocks;
mod columns;
mod copy;
mod dispatch;
mod im2col;
mod lanes;
mod line;
mod math;
mod matmul;
mod maximum;
mod pointwise;
mod real;
mod repeat;
mod scratch;
mod softmax;
mod sum;
mod take;
mod tiles;
mod window;

pub use copy::{add_acc, copy, scale_acc};
pub use dispatch::{Kernel, dispatch, fused};
pub use im2col::{Sliding, convolve, convolve_transposed, correlate};
pub use lanes::{accumulate_lanes, fold_lanes, map_lanes};
pub use math::Elementary;
pub use matmul::matmul_acc;
pub use maximum::maximum;
pub use pointwise::{BLOCK, accumulate, map};
pub use real::Real;
pub use scratch::Scratch;
pub use softmax::{log_softmax, log_softmax_acc, log_sum_exp, log_sum_exp_along, softmax, softmax_acc};
pub use sum::sum;
pub use take::take;
pub use window::{Strided, StridedMut};
