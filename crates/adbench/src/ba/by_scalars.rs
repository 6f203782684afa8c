//! The Jacobian by scalars of a tape: a residual at a time, in a scope, so that the tape stays as long as one residual.

use wengert::{Scalar, Stats, Tape};

use super::{BLOCK, Bundle, Jacobian, reprojection, weight_error};
use crate::sweeps;

/// Computes errors and derivatives on a tape, into memory that is reused.
pub struct ByScalars {
    tape: Tape<f64>,
    jacobian: Jacobian,
}

impl ByScalars {
    /// Room for a bundle's derivatives.
    pub fn new(bundle: &Bundle) -> ByScalars {
        ByScalars { tape: Tape::new(), jacobian: Jacobian::new(bundle) }
    }

    /// The errors and their derivatives, of a bundle with the same observations.
    pub fn jacobian(&mut self, bundle: &Bundle) -> &Jacobian {
        let tape = &self.tape;
        for (fill, seen) in self.jacobian.fill().zip(&bundle.observations) {
            tape.scope(|| {
                let block: [Scalar; BLOCK] = bundle.block(seen).map(|parameter| tape.scalar(parameter));
                // First the short one: a sweep passes what was recorded before its root.
                let weight = [block[BLOCK - 1]];
                let weight_errors = [weight_error(weight[0])];
                let mut slope = [[0.0]];
                sweeps::jacobian(&weight_errors, &weight, &mut slope);
                (*fill.weight_error, *fill.weight) = (weight_errors[0].value(), slope[0][0]);

                let errors = reprojection(&block, seen.feature);
                sweeps::jacobian(&errors, &block, fill.rows);
                *fill.error = errors.map(Scalar::value);
            });
        }
        &self.jacobian
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}
