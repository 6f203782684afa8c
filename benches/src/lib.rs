//! The benchmark programs, each written for `wengert` and for the graph of closures that it is compared with.
//!
//! A program on a tape is a function of the tape; [`OnTape`] runs it in a scope, as a user does. A program on the
//! graph returns what must stay alive: its root and its leaves. Both make the same numbers, and [`agree`] says so
//! before anything is timed.
//!
//! - `cargo bench` runs criterion over them, one group a program.
//! - `cargo run --release -p wengert-benches --bin report` times the two engines in turn, counts bytes and allocations, and writes a page of the book.
//! - `cargo run --release -p wengert-benches --bin speed` times programs over scalars beside the plain function and,
//!   with `--features peers`, beside other crates.
//! - `cargo run --release -p wengert-benches --bin count` is for counting instructions of the same programs.
//!
//! A box is noisy, and another one is another box: what carries over are ratios, and those come from [`Timer`],
//! which runs two programs in turn and keeps the least time of each.

pub mod agree;
pub mod chain;
mod on_tape;
pub mod perceptron;
pub mod rosenbrock;
pub mod small;
mod table;
mod timer;

pub use on_tape::OnTape;
pub use table::{Table, thousands, time};
pub use timer::Timer;
