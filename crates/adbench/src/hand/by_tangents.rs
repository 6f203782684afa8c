//! The Jacobian by tangents: forward mode, all parameters at once.
//!
//! Two forms. [`ByTangents`] records the errors on a tape and carries a tangent a parameter along it. [`ByLanes`] records nothing:
//! the objective runs on a number that carries the tangents itself.

use wengert::{Scalar, Stats, Tape};

use super::{Hand, Jacobian, PARAMETERS, Pose};
use crate::number::Number;

/// Computes errors and derivatives by one tangent sweep over a tape, into memory that is reused.
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
            let unit: [[f64; PARAMETERS]; PARAMETERS] =
                std::array::from_fn(|k| std::array::from_fn(|i| if i == k { 1.0 } else { 0.0 }));
            let lanes = unit.each_ref().map(|tangents| &tangents[..]);
            let tangents = tape.jvp_lanes(&[tape.stack(outputs, 0)], &theta, &lanes);
            for (k, tangent) in tangents.iter().enumerate() {
                let rows = jacobian.rows.as_flattened_mut().iter_mut();
                rows.zip(tangent[0].to_vec()).for_each(|(row, slope)| row[k] = slope);
            }
        });
        jacobian
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}

/// A number that carries one tangent for each parameter.
pub trait Lanes: Number {
    /// The parameter with an index: its tangents are 1 in its own lane and 0 in the others.
    fn parameter(value: f64, lane: usize) -> Self;
    /// The number.
    fn value(&self) -> f64;
    /// The tangents.
    fn tangents(&self) -> [f64; PARAMETERS];
}

/// Computes errors and derivatives by one pass over numbers with tangents, into memory that is reused.
pub struct ByLanes<R> {
    pose: Pose<R>,
    jacobian: Jacobian,
}

impl<R: Lanes> ByLanes<R> {
    /// Room for a hand's derivatives.
    pub fn new(hand: &Hand) -> ByLanes<R> {
        ByLanes { pose: Pose::default(), jacobian: Jacobian::new(hand) }
    }

    /// The errors and their derivatives, for parameters of a hand with as many correspondences.
    pub fn jacobian(&mut self, hand: &Hand, theta: &[f64; PARAMETERS]) -> &Jacobian {
        let ByLanes { pose, jacobian } = self;
        let theta: [R; PARAMETERS] = std::array::from_fn(|k| R::parameter(theta[k], k));
        pose.set(hand, &theta);
        for (c, (error, rows)) in jacobian.errors.iter_mut().zip(&mut jacobian.rows).enumerate() {
            let errors = pose.error(hand.pulls(c), hand.points[c]);
            *error = errors.map(|error| error.value());
            *rows = errors.map(|error| error.tangents());
        }
        jacobian
    }
}
