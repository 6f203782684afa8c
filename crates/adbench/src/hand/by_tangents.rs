//! The Jacobian by tangents: forward mode, all parameters at once.
//!
//! Two forms. [`ByTangents`] records the errors on a tape and carries a tangent a parameter along it. [`ByDuals`] records nothing:
//! the objective runs on a number that carries the tangents itself.

use wengert::{Dual, Scalar, Stats, Tape};

use super::{Hand, Jacobian, PARAMETERS, Pose};

/// Computes errors and derivatives by tangent sweeps over a tape, into memory that is reused.
pub struct ByTangents {
    tape: Tape<f64>,
    pose: Pose<Scalar>,
    outputs: Vec<Scalar>,
    jacobian: Jacobian,
}

impl ByTangents {
    /// Room for a hand's derivatives.
    pub fn new(hand: &Hand) -> ByTangents {
        let jacobian = Jacobian::new(hand);
        ByTangents { tape: Tape::new(), pose: Pose::default(), outputs: Vec::new(), jacobian }
    }

    /// The errors and their derivatives, for parameters of a hand with as many correspondences.
    pub fn jacobian(&mut self, hand: &Hand, theta: &[f64; PARAMETERS]) -> &Jacobian {
        let ByTangents { tape, pose, outputs, jacobian } = self;
        tape.scope(|| {
            let theta = theta.map(|parameter| tape.scalar(parameter));
            pose.set(hand, &theta);
            outputs.clear();
            for (c, error) in jacobian.errors.iter_mut().enumerate() {
                let errors = pose.error(hand.pulls(c), hand.points[c]);
                *error = errors.map(Scalar::value);
                outputs.extend(errors);
            }
            // Fewer parameters than errors: the tape chooses tangents, eight parameters a sweep.
            let rows = jacobian.rows.as_flattened_mut().as_flattened_mut();
            tape.jacobian_into(outputs, &theta, rows);
        });
        jacobian
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}

/// Computes errors and derivatives by one pass over numbers with tangents, into memory that is reused.
pub struct ByDuals {
    pose: Pose<Dual<f64, PARAMETERS>>,
    jacobian: Jacobian,
}

impl ByDuals {
    /// Room for a hand's derivatives.
    pub fn new(hand: &Hand) -> ByDuals {
        ByDuals { pose: Pose::default(), jacobian: Jacobian::new(hand) }
    }

    /// The errors and their derivatives, for parameters of a hand with as many correspondences.
    pub fn jacobian(&mut self, hand: &Hand, theta: &[f64; PARAMETERS]) -> &Jacobian {
        let ByDuals { pose, jacobian } = self;
        pose.set(hand, &Dual::independent(*theta));
        for (c, (error, rows)) in jacobian.errors.iter_mut().zip(&mut jacobian.rows).enumerate() {
            let errors = pose.error(hand.pulls(c), hand.points[c]);
            *error = errors.map(Dual::value);
            *rows = errors.map(|error| error.dot);
        }
        jacobian
    }
}
