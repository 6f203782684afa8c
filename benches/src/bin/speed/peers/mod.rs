//! Other crates for differentiation in Rust, each used as its documentation says: a tape that can be reused is made once
//! and cleared between runs.

mod ad_trait;
mod easy_ml;
mod echidna;
mod num_dual;
mod reverse;

use crate::programs::Program;

use crate::measure::Way;

/// The crates, by name.
pub const CRATES: [&str; 5] = ["echidna", "reverse", "easy-ml", "ad_trait", "num-dual"];

/// All of them on one program.
pub fn ways<P: Program>(program: &P) -> Vec<Way<'_>> {
    vec![
        echidna::statements(program),
        echidna::recorded(program),
        echidna::replayed(program),
        reverse::way(program),
        easy_ml::way(program),
        ad_trait::way(program),
        num_dual::way(program),
    ]
}
