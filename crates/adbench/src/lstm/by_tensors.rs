//! The gradient from tensors of a tape.
//!
//! The layers run one after the other, each over the whole text: what meets the layer's input, forget and output gate, is
//! computed for all characters at once, and so are predictions and loss. Only the recurrence goes character by character, with
//! seven operations over the width of a layer.

use wengert::{Tape, Tensor};

use super::Lstm;
use crate::objective::{Gradient, by_tensors};
use crate::report::peak_bytes;

/// Computes value and gradient on a tape that holds the text and the parameters.
pub struct ByTensors<'a> {
    input: &'a Lstm,
    tape: Tape<f64>,
    text: Tensor<f64>,
    state: Tensor<f64>,
    parameters: Tensor<f64>,
    gradient: Vec<f64>,
}

impl<'a> ByTensors<'a> {
    /// A tape for an input.
    pub fn new(input: &'a Lstm) -> Self {
        let tape = Tape::new();
        ByTensors {
            input,
            text: tape.constant((&input.text[..], [input.count(), input.width])),
            state: tape.constant((&input.state[..], [input.layers, 2, input.width])),
            parameters: tape.leaf(&input.parameters[..]),
            gradient: vec![0.0; input.parameters.len()],
            tape,
        }
    }

    fn objective(&self) -> Tensor<f64> {
        let (l, b) = (self.input.layers, self.input.width);
        let layers = self.parameters.slice(0, ..8 * l * b).reshape([l, 8, b]);
        let around = self.parameters.slice(0, 8 * l * b..).reshape([3, b]);
        let [u, v, r] = [0, 1, 2].map(|row| around.index_axis(0, row));

        let mut signal = self.text.slice(0, ..-1) * u;
        for (layer, state) in layers.unbind(0).into_iter().zip(self.state.unbind(0)) {
            signal = self.layer(layer, state, signal);
        }
        let predictions = r.addcmul(signal, v, 1.0);
        let logs = (predictions.exp().sum_keepdims(1) + 2.0).ln();
        ((predictions - logs) * self.text.slice(0, 1..)).sum() / -(self.input.predicted() as f64)
    }

    /// The outputs of a layer, `[c - 1, b]`, for its inputs, of the same shape.
    fn layer(&self, layer: Tensor<f64>, state: Tensor<f64>, inputs: Tensor<f64>) -> Tensor<f64> {
        let (weights, biases) = (layer.slice(0, ..4), layer.slice(0, 4..));
        let of_input = |x: Tensor<f64>| x.slice(0, (.., 2));
        let of_hidden = |x: Tensor<f64>| x.slice(0, (1.., 2));
        let gates = of_input(biases).addcmul(inputs.unsqueeze(1), of_input(weights), 1.0).sigmoid();
        let (weights, biases) = (of_hidden(weights), of_hidden(biases));

        let (mut hidden, mut cell) = (state.index_axis(0, 0), state.index_axis(0, 1));
        let outputs: Vec<Tensor<f64>> = gates
            .unbind(0)
            .into_iter()
            .map(|gates| {
                let (forget, output) = (gates.index_axis(0, 0), gates.index_axis(0, 1));
                let args = biases.addcmul(hidden, weights, 1.0);
                let (ingate, change) = (args.index_axis(0, 0).sigmoid(), args.index_axis(0, 1).tanh());
                cell = (cell * forget).addcmul(ingate, change, 1.0);
                hidden = output * cell.tanh();
                hidden
            })
            .collect();
        self.tape.stack(&outputs, 0)
    }
}

impl Gradient for ByTensors<'_> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let mut gradient = std::mem::take(&mut self.gradient);
        let value = by_tensors(&self.tape, self.parameters, parameters, || self.objective(), &mut gradient);
        self.gradient = gradient;
        (value, &self.gradient)
    }

    fn tape_bytes(&self) -> Option<usize> {
        Some(peak_bytes(self.tape.stats()))
    }
}
