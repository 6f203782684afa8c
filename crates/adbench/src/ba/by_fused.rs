//! The Jacobian by fused statements: an observation is four instructions, the rotation, the picture and two errors.

use wengert::{Scalar, Stats, Tape};

use super::by_scalars::observed;
use super::{BLOCK, Bundle, Jacobian, distort, rotate};

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
            observed(tape, &bundle.block(seen), seen, block, fill, reprojection);
        }
        &self.jacobian
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}

/// The errors of one observation: the rotation, the picture and two errors.
fn reprojection(block: &[Scalar; BLOCK], feature: [f64; 2]) -> [Scalar; 2] {
    let &[r0, r1, r2, c0, c1, c2, f, u0, v0, k0, k1, x, y, z, w] = block;
    let [x, y, z] = Scalar::fuse([r0, r1, r2, x - c0, y - c1, z - c2], |[r0, r1, r2, x, y, z]| {
        rotate([r0, r1, r2], [x, y, z])
    });
    let [x, y] = Scalar::fuse([x, y, z, f, k0, k1], |[x, y, z, f, k0, k1]| distort([x, y, z], f, [k0, k1]));
    let error = |p: Scalar, middle: Scalar, feature: f64| {
        Scalar::fuse([p, middle, w], |[p, middle, w]| (p + middle - feature) * w)
    };
    [error(x, u0, feature[0]), error(y, v0, feature[1])]
}
