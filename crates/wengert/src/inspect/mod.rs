//! A tape you can look at: its size, its list, its graph.

mod dot;
mod dump;
mod stats;

pub use stats::Stats;
