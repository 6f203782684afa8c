//! The Jacobian by scalars of a tape: a residual at a time, in a scope, so that the tape stays as long as one residual.

use wengert::{Scalar, Stats, Tape};

use super::jacobian::Fill;
use super::{BLOCK, Bundle, Jacobian, Observation, reprojection, weight_error};
use crate::sweeps;

/// Computes errors and derivatives on a tape, into memory that is reused.
pub struct ByScalars {
    tape: Tape<f64>,
    jacobian: Jacobian,
    block: Vec<Scalar>,
}

impl ByScalars {
    /// Room for a bundle's derivatives.
    pub fn new(bundle: &Bundle) -> ByScalars {
        ByScalars { tape: Tape::new(), jacobian: Jacobian::new(bundle), block: Vec::new() }
    }

    /// The errors and their derivatives, of a bundle with the same observations.
    pub fn jacobian(&mut self, bundle: &Bundle) -> &Jacobian {
        let ByScalars { tape, jacobian, block } = self;
        for (fill, seen) in jacobian.fill().zip(&bundle.observations) {
            observed(tape, &bundle.block(seen), seen, block, fill, reprojection);
        }
        &self.jacobian
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}

/// One observation in a scope of its own, its errors computed by `errors`; `scalars` is room for its parameters.
pub(super) fn observed(
    tape: &Tape<f64>,
    parameters: &[f64; BLOCK],
    seen: &Observation,
    scalars: &mut Vec<Scalar>,
    fill: Fill<'_>,
    errors: impl FnOnce(&[Scalar; BLOCK], [f64; 2]) -> [Scalar; 2],
) {
    tape.scope(|| {
        tape.scalars_into(parameters, scalars);
        let block: &[Scalar; BLOCK] = scalars[..].try_into().expect("a scalar a parameter");
        let [x, y] = errors(block, seen.feature);
        let weight = weight_error(block[BLOCK - 1]);
        let mut rows = [[0.0; BLOCK]; 3];
        sweeps::jacobian(tape, &[x, y, weight], block, &mut rows);
        *fill.error = [x.value(), y.value()];
        fill.rows.copy_from_slice(&rows[..2]);
        (*fill.weight_error, *fill.weight) = (weight.value(), rows[2][BLOCK - 1]);
    });
}
