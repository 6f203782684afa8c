//! The gradient from scalars of a tape: the objective as it stands, recorded and swept.

use wengert::{Scalar, Stats, Tape};

use super::{Lstm, objective};

/// Computes value and gradient on a tape whose memory is reused.
pub struct ByScalars<'a> {
    input: &'a Lstm,
    tape: Tape<f64>,
    gradient: Vec<f64>,
}

impl<'a> ByScalars<'a> {
    /// A tape for an input.
    pub fn new(input: &'a Lstm) -> Self {
        ByScalars { input, tape: Tape::new(), gradient: vec![0.0; input.parameters.len()] }
    }

    /// The objective and its gradient, in the order of the parameters.
    pub fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let objective = |parameters: &[Scalar]| objective(parameters, self.input);
        let value = self.tape.gradient_into(parameters, objective, &mut self.gradient);
        (value, &self.gradient)
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}
