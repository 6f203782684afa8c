//! The classic graph of automatic differentiation, as a yardstick.
//!
//! Every operation makes a reference-counted node. The node holds its value, its gradient, handles
//! to its operands, and a boxed closure that passes an incoming gradient on to them. `backward`
//! sorts the graph topologically and calls the closures from the output to the leaves. Most small
//! reverse-mode engines are built this way; this crate exists so that the benchmarks of `wengert`
//! compare a tape against a graph that was written with the same care.
//!
//! ```
//! use closure_graph::{Scalar, Tensor};
//!
//! let x = Scalar::leaf(2.0);
//! let y = &x * &x * 3.0 + x.sin();
//! y.backward();
//! assert_eq!(x.grad(), 12.0 + 2.0f64.cos());
//!
//! let w = Tensor::leaf(vec![1.0, 2.0, 3.0, 4.0], &[2, 2]);
//! let bias = Tensor::leaf(vec![0.5, -0.5], &[2]);
//! (w.matmul(&w) + &bias).sum().backward();
//! assert_eq!(&*bias.grad().unwrap(), [2.0, 2.0]);
//! ```
//!
//! # What was done to make it fast
//!
//! - **Pointwise closures capture nothing but numbers.** They are handed their node, and read operands
//!   and result there. A `Box` of a closure without captures does not allocate, so a product of two
//!   variables is one allocation: the node. (`x * 2.0` captures the number, which is a second one.)
//! - **Operands are inline**, at most two; no list is allocated. An operand that is passed by value
//!   is moved into its node, without reference counting.
//! - **Constants are pruned when recording.** A node of which no operand requires a gradient is a
//!   constant: no closure, no operands. Of a binary operation, only the needed partials are computed.
//! - **The sort is iterative and without a map.** A node is marked with the number of the sweep; a
//!   constant and a leaf carry marks above every sweep, so that one comparison prunes them. The two
//!   vectors of the sort hold plain references, and keep their capacity from sweep to sweep.
//! - **Dropping is iterative.** A chain of a million nodes neither overflows the stack in `backward`
//!   nor when it is released.
//! - **Gradient buffers of tensors are moved.** A closure owns the incoming buffer, scales it in place
//!   and hands it to an operand that has none yet; further contributions are added without a
//!   temporary. Matrix products accumulate straight into the buffer.
//! - **Broadcasting merges axes first.** Operands of equal shape, a number against a tensor and a bias
//!   row all become one or two plain loops that the compiler vectorises. Shapes are stored inline.
//! - **Matrix products go through the `gemm` crate**, transposed operands as strides, not as copies.
//!   `log_softmax` and `cross_entropy` are one node each.
//!
//! # What the design keeps it from
//!
//! An allocation and a release a node, an indirect call a node, nodes that lie where the allocator put
//! them, and a sort before every sweep. In a chain of scalars, recording and releasing take about 70 %
//! of the time, and most of that is the allocator's. Tensors allocate one buffer for each result and
//! are not pooled; neighbouring pointwise operations are not fused; elementary functions are those of
//! `std`, and loops are vectorised by the compiler for the target that the crate is built for.
//!
//! # What to keep in mind
//!
//! - The gradient of a leaf accumulates over sweeps until `zero_grad`. Gradients of intermediate
//!   results are consumed by the sweep.
//! - Closures read operands when the sweep runs. Change a leaf after `backward`, not between recording
//!   and `backward`.
//! - There is no second order: a sweep computes numbers and records nothing.
//! - A misuse (shapes that do not fit, a class out of range) panics with both facts.

mod element;
mod gemm;
mod graph;
mod operators;
mod pointwise;
mod scalar;
mod tensor;

pub use element::Element;
pub use scalar::Scalar;
pub use tensor::Tensor;
