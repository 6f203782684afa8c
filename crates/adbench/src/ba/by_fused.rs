//! The Jacobian by fused statements: an observation is three instructions, the rotation, the picture and the error.

use wengert::{Scalar, Stats, Tape};

use super::by_scalars::observed;
use super::{Bundle, Jacobian, distort, rotate};

/// Computes errors and derivatives on a tape, into memory that is reused.
pub struct ByFused {
    tape: Tape<f64>,
    jacobian: Jacobian,
    block: Vec<Scalar>,
}

impl ByFused {
    /// Room for a bundle's derivatives.
    pub fn new(bundle: &Bundle) -> ByFused {
        ByFused { tape: Tape::new(), jacobian: Jacobian::new(bundle), block: Vec::new() }
    }

    /// The errors and their derivatives, of a bundle with the same observations.
    pub fn jacobian(&mut self, bundle: &Bundle) -> &Jacobian {
        let ByFused { tape, jacobian, block } = self;
        for (fill, seen) in jacobian.fill().zip(&bundle.observations) {
            observed(tape, &bundle.block(seen), seen, block, fill, |block, feature| {
                let &[r0, r1, r2, c0, c1, c2, f, u0, v0, k0, k1, x, y, z, w] = block;
                let seen = [x - c0, y - c1, z - c2];
                let [x, y, z] = tape
                    .fuse([r0, r1, r2, seen[0], seen[1], seen[2]], |[r0, r1, r2, x, y, z]| {
                        rotate([r0, r1, r2], [x, y, z])
                    });
                let [x, y] =
                    tape.fuse([x, y, z, f, k0, k1], |[x, y, z, f, k0, k1]| distort([x, y, z], f, [k0, k1]));
                tape.fuse([x, y, u0, v0, w], |[x, y, u0, v0, w]| {
                    [(x + u0 - feature[0]) * w, (y + v0 - feature[1]) * w]
                })
            });
        }
        &self.jacobian
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}
