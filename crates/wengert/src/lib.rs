//! Tape-based reverse-mode automatic differentiation with arena storage: PyTorch's autograd contract for scalars and
//! tensors, on one linear list.
//!
//! Every operation is appended to a **Wengert list**; every value lives in one arena; `backward` walks the list once,
//! from the end to the start, and adds adjoints into a buffer that lies parallel to the arena. There is no graph of
//! heap nodes, no reference counting, no closure a node. Handles are `Copy` and carry no lifetime.
//!
//! ```
//! use wengert::Tape;
//!
//! let tape = Tape::<f64>::new();
//! let x = tape.leaf([1.0, 2.0, 3.0]);
//! let z = ((x + 2.0).square() * 3.0).mean();
//! println!("{z}"); // tensor(50.0, grad_fn=<mean>)
//! z.backward();
//! assert_eq!(x.grad().unwrap().as_slice().unwrap(), [6.0, 8.0, 10.0]);
//!
//! // Scalars are the same, for code over plain numbers.
//! let w = tape.scalar(2.0);
//! (2.0 * w.powi(3) + 1.0).backward();
//! assert_eq!(w.grad(), Some(24.0));
//! ```
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod arena;
mod calculus;
pub mod check;
#[cfg(debug_assertions)]
mod compiled;
mod error;
mod inspect;
mod lists;
mod ops;
mod picks;
mod rule;
mod scalar;
mod shape;
mod sweep;
mod tape;
mod tensor;
mod twins;

/// The arrays that `value` and `grad` answer and that `leaf` takes, in the version that this crate is built with.
pub use ndarray;

pub use calculus::{NanCause, NanPlace};
#[cfg(debug_assertions)]
#[doc(hidden)]
pub use compiled::compiled;
pub use error::{At, Error, Kind, Result, Shape};
pub use inspect::Stats;
pub use ops::Pad;
pub use ops::nn::{Attends, Attention, Conv, CrossEntropy, Pool, Reduction};
pub use ops::special::Special;
pub use ops::table;
pub use picks::{Indices, Mask};
pub use rule::{Arithmetic, Dual};
pub use scalar::Scalar;
pub use shape::{Axes, Extents, IntoShape, SliceSpec, Span};
pub use tape::{Element, Escape, Exit, Fused, IntoValues, Tape};
pub use tensor::{Operand, Tensor};
