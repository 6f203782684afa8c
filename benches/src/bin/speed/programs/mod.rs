//! Programs over scalars, each written once over a trait of numbers, so that one text is run by plain numbers and
//! differentiated by every library that is compared.
//!
//! - [`Chain`]: multiplications and additions that wait for each other.
//! - [`Rosenbrock`]: many inputs, a few ops each.
//! - [`Mix`]: elementary functions, whose own time is large beside that of recording them.
//!
//! A program joins the comparison by an implementation of [`Program`] and [`Own`] and a line in the list of the binary `speed`.

#[macro_use]
mod number;

mod chain;
mod mix;
mod rosenbrock;

pub use chain::Chain;
pub use mix::Mix;
pub use number::{Fuse, Number};
pub use rosenbrock::Rosenbrock;

/// A function of some inputs to one number.
pub trait Program {
    /// As a heading has it.
    fn title(&self) -> String;
    /// The formula and its setting, as a page has them.
    fn text(&self) -> &'static str;
    /// Where its gradient is taken.
    fn inputs(&self) -> &[f64];
    /// The program.
    fn value<N: Number>(&self, inputs: &[N]) -> N;
}

/// A program of this harness: its ops are counted, and what differentiates it is written here.
pub trait Own: Program {
    /// How many elementary ops an evaluation has.
    fn ops(&self) -> usize;
    /// Whether times are read by the op, rather than by the evaluation.
    fn is_read_by_the_op(&self) -> bool {
        false
    }
    /// The program and its gradient as one writes them by hand, for speed. Answers the value.
    fn by_hand(&self, inputs: &[f64], gradient: &mut [f64]) -> f64;
    /// The program with one function a step, which is differentiated by itself.
    fn fused<N: Fuse>(&self, inputs: &[N]) -> N;
}
