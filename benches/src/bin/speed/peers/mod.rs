//! Other crates for differentiation in Rust, each used as its documentation says: a tape that can be reused is made once
//! and cleared between runs.

mod ad_trait;
mod easy_ml;
mod echidna;
mod num_dual;
mod reverse;

use adbench::ba::Bundle;

use crate::measure::Way;
use crate::programs::Program;

/// The crates, by name.
pub const CRATES: [&str; 5] = ["echidna", "reverse", "easy-ml", "ad_trait", "num-dual"];

/// All of them on one function.
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

/// All of them on a bundle adjustment, an observation at a time. What has forward mode with several tangents has that too: fifteen
/// parameters are few.
///
/// A tape of the reverse mode is short and lives on. The error of the weight is recorded and swept first, while nothing else is
/// on the tape, so that the third sweep costs next to nothing.
pub fn bundle_ways(bundle: &Bundle) -> Vec<Way<'_>> {
    vec![
        echidna::bundle_by_statements(bundle),
        echidna::bundle_recorded(bundle),
        echidna::bundle_replayed(bundle),
        echidna::bundle_by_duals(bundle),
        reverse::bundle(bundle),
        easy_ml::bundle(bundle),
        ad_trait::bundle(bundle),
        ad_trait::bundle_by_duals(bundle),
        num_dual::bundle(bundle),
    ]
}
