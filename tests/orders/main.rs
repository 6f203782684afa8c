//! Derivatives of first and second order: every row of the op table through the public checker, in every form of the
//! operands; the checker itself, on planted errors; and the verbs that answer with derivatives.
#![allow(clippy::type_complexity, reason = "tables of closures")]

mod along;
mod checker;
mod elements;
mod empty;
mod pointwise;
mod recorded;
mod scalars;
mod structural;
