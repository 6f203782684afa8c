//! Shared helpers of the integration tests.
#![allow(clippy::type_complexity, reason = "tables of closures")]

pub mod close;
pub mod compare;
pub mod forms;
pub mod numeric;
pub mod tapes;

pub use close::{assert_all_close, assert_same, is_close};
pub use compare::compare;
pub use forms::Form;
pub use tapes::{Live, grad, live, panic_text, quietly, still_works};
