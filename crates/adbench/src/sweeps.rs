//! Reverse sweeps for functions of several outputs.

use wengert::Scalar;

/// The gradient of each output to each input, a row an output, by one reverse sweep each.
pub(crate) fn jacobian<const N: usize, const M: usize>(
    outputs: &[Scalar; M],
    inputs: &[Scalar; N],
    rows: &mut [[f64; N]; M],
) {
    for (output, row) in outputs.iter().zip(rows) {
        // A gradient that is there, as 0, spares the sweep the question whether the output depends on the input at all.
        inputs.iter().for_each(|input| input.zero_grad());
        output.backward();
        *row = inputs.map(|input| input.grad().unwrap_or(0.0));
    }
}
