//! Jacobians of a few outputs on a tape.

use wengert::{Scalar, Tape};

/// The derivative of each output to each input, a row an output: the rows share a sweep, with a lane each.
pub(crate) fn jacobian<const N: usize, const M: usize>(
    tape: &Tape<f64>,
    outputs: &[Scalar; M],
    inputs: &[Scalar; N],
    rows: &mut [[f64; N]; M],
) {
    tape.jacobian_into(outputs, inputs, rows.as_flattened_mut());
}
