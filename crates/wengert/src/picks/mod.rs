//! What picks elements: masks and indices. They are plain data without a tape, so that no float stands for a truth
//! value or an integer.

mod indices;
mod mask;

pub use indices::Indices;
pub use mask::Mask;
