//! The Jacobian by scalars of a tape, in reverse: the pose is recorded once, each correspondence in a scope on top of it. The three errors
//! of a correspondence share a sweep, which passes it and the pose, and not the other correspondences.

use wengert::{Scalar, Stats, Tape};

use super::{Hand, Jacobian, PARAMETERS, Pose};
use crate::sweeps;

/// Computes errors and derivatives by reverse sweeps over a tape, into memory that is reused.
pub struct ByScalars {
    tape: Tape<f64>,
    pose: Pose<Scalar>,
    jacobian: Jacobian,
}

impl ByScalars {
    /// Room for a hand's derivatives.
    pub fn new(hand: &Hand) -> ByScalars {
        ByScalars { tape: Tape::new(), pose: Pose::default(), jacobian: Jacobian::new(hand) }
    }

    /// The errors and their derivatives, for parameters of a hand with as many correspondences.
    pub fn jacobian(&mut self, hand: &Hand, theta: &[f64; PARAMETERS]) -> &Jacobian {
        let ByScalars { tape, pose, jacobian } = self;
        tape.scope(|| {
            let theta = theta.map(|parameter| tape.scalar(parameter));
            pose.set(hand, &theta);
            for (c, (error, rows)) in jacobian.errors.iter_mut().zip(&mut jacobian.rows).enumerate() {
                tape.scope(|| {
                    let errors = pose.error(hand.pulls(c), hand.points[c]);
                    sweeps::jacobian(tape, &errors, &theta, rows);
                    *error = errors.map(Scalar::value);
                });
            }
        });
        jacobian
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}
