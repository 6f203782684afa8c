//! The gradient, derived by hand.
//!
//! Bars are derivatives of the loss. With `N = (c - 1) b` and `B` the number of bits set in `x_(t+1)`, a prediction starts with
//!
//! ```text
//! p_bar = -(x_(t+1) - B e^p / (2 + sum e^p)) / N
//! v_bar += p_bar h'      r_bar += p_bar      h'_bar = p_bar v
//! ```
//!
//! and a layer, with what the next character's step gave to `h'_bar` and `c'_bar` added in, goes back through
//!
//! ```text
//! c'_bar += h'_bar output (1 - tanh(c')^2)
//! z_1 = c'_bar c      forget (1 - forget)        z_2 = c'_bar change  ingate (1 - ingate)
//! z_3 = h'_bar tanh(c') output (1 - output)      z_4 = c'_bar ingate (1 - change^2)
//! c_bar = c'_bar forget      x_bar = z_1 w_1 + z_3 w_3      h_bar = z_2 w_2 + z_4 w_4
//! w_bar += (z_1 x, z_2 h, z_3 x, z_4 h)      a_bar += (z_1, z_2, z_3, z_4)
//! ```
//!
//! where `z` are the derivatives by the arguments of sigmoids and tanh. The layer below has `x_bar` as its `h'_bar`; the
//! first gives `u_bar += x_bar x_t`. Every sigmoid, tanh and exponential is the function's own, kept until then.

use super::{Lstm, sigmoid};
use crate::objective::Gradient;

/// What a layer's step keeps of one element.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    x: f64,
    h: f64,
    c: f64,
    forget: f64,
    ingate: f64,
    output: f64,
    change: f64,
    tanh: f64,
}

/// Computes value and gradient, in buffers that are reused.
#[derive(Debug)]
pub struct ByHand<'a> {
    input: &'a Lstm,
    /// By character, layer, element.
    kept: Vec<Kept>,
    /// `p_bar`, by character.
    predictions_bar: Vec<f64>,
    /// For each layer `h [b]` and `c [b]`; then their bars.
    state: Vec<f64>,
    signal: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'a> ByHand<'a> {
    /// Buffers for an input.
    pub fn new(input: &'a Lstm) -> Self {
        ByHand {
            input,
            kept: vec![Kept::default(); input.predicted() * input.layers],
            predictions_bar: vec![0.0; input.predicted()],
            state: vec![0.0; input.state.len()],
            signal: vec![0.0; input.width],
            gradient: vec![0.0; input.parameters.len()],
        }
    }

    fn forward(&mut self, parameters: &[f64]) -> f64 {
        let (input, b) = (self.input, self.input.width);
        let (layers, [u, v, r]) = input.parts(parameters);
        self.state.copy_from_slice(&input.state);
        let scale = 1.0 / input.predicted() as f64;
        let (mut total, mut kept) = (0.0, self.kept.chunks_exact_mut(b));
        let bits = input.text.chunks_exact(b).zip(input.text[b..].chunks_exact(b));
        for ((character, next), bars) in bits.zip(self.predictions_bar.chunks_exact_mut(b)) {
            self.signal.iter_mut().zip(u).zip(character).for_each(|((x, u), bit)| *x = u * bit);
            let states = self.state.chunks_exact_mut(2 * b);
            for ((layer, state), kept) in layers.chunks_exact(8 * b).zip(states).zip(&mut kept) {
                step(layer, state, &mut self.signal, kept);
            }
            self.signal.iter_mut().zip(v).zip(r).for_each(|((p, v), r)| *p = *p * v + r);
            bars.iter_mut().zip(&self.signal).for_each(|(e, p)| *e = p.exp());
            let sum = bars.iter().sum::<f64>() + 2.0;
            let (log, share) = (sum.ln(), next.iter().sum::<f64>() / sum);
            total += self.signal.iter().zip(next).map(|(p, bit)| (p - log) * bit).sum::<f64>();
            bars.iter_mut().zip(next).for_each(|(e, bit)| *e = scale * (share * *e - bit));
        }
        -total * scale
    }

    fn reverse(&mut self, parameters: &[f64]) {
        let (input, b) = (self.input, self.input.width);
        let (layers, [_, v, _]) = input.parts(parameters);
        self.gradient.fill(0.0);
        self.state.fill(0.0);
        let (layers_bar, around_bar) = self.gradient.split_at_mut(layers.len());
        let (u_bar, rest) = around_bar.split_at_mut(b);
        let (v_bar, r_bar) = rest.split_at_mut(b);

        let kept = self.kept.chunks_exact(b * input.layers);
        let steps = kept.zip(self.predictions_bar.chunks_exact(b)).zip(input.text.chunks_exact(b));
        for ((kept, bars), character) in steps.rev() {
            let last = &kept[(input.layers - 1) * b..];
            for j in 0..b {
                v_bar[j] += bars[j] * last[j].output * last[j].tanh;
                r_bar[j] += bars[j];
                self.signal[j] = bars[j] * v[j];
            }
            let states = self.state.chunks_exact_mut(2 * b).zip(kept.chunks_exact(b));
            let weights = layers.chunks_exact(8 * b).zip(layers_bar.chunks_exact_mut(8 * b));
            for ((layer, bars), (state, kept)) in weights.zip(states).rev() {
                step_back(layer, bars, state, &mut self.signal, kept);
            }
            u_bar.iter_mut().zip(&self.signal).zip(character).for_each(|((u, x), bit)| *u += x * bit);
        }
    }
}

impl Gradient for ByHand<'_> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let loss = self.forward(parameters);
        self.reverse(parameters);
        (loss, &self.gradient)
    }
}

/// One step of one layer, as the function has it; keeps what the way back reads.
fn step(layer: &[f64], state: &mut [f64], signal: &mut [f64], kept: &mut [Kept]) {
    let b = signal.len();
    let (weights, biases) = layer.split_at(4 * b);
    let (hidden, cell) = state.split_at_mut(b);
    for (j, kept) in kept.iter_mut().enumerate() {
        let (x, h, c) = (signal[j], hidden[j], cell[j]);
        let gate = |gate: usize, x: f64| x * weights[gate * b + j] + biases[gate * b + j];
        let (forget, ingate) = (sigmoid(gate(0, x)), sigmoid(gate(1, h)));
        let (output, change) = (sigmoid(gate(2, x)), gate(3, h).tanh());
        cell[j] = c * forget + ingate * change;
        let tanh = cell[j].tanh();
        hidden[j] = output * tanh;
        signal[j] = hidden[j];
        *kept = Kept { x, h, c, forget, ingate, output, change, tanh };
    }
}

/// One step of one layer, back: `state` and `signal` are bars of what came out, and become those of what went in.
fn step_back(layer: &[f64], layer_bar: &mut [f64], state: &mut [f64], signal: &mut [f64], kept: &[Kept]) {
    let b = signal.len();
    let (hidden, cell) = state.split_at_mut(b);
    let (weights_bar, biases_bar) = layer_bar.split_at_mut(4 * b);
    for (j, &Kept { x, h, c, forget, ingate, output, change, tanh }) in kept.iter().enumerate() {
        let h_bar = signal[j] + hidden[j];
        let c_bar = cell[j] + h_bar * output * (1.0 - tanh * tanh);
        let z = [
            c_bar * c * forget * (1.0 - forget),
            c_bar * change * ingate * (1.0 - ingate),
            h_bar * tanh * output * (1.0 - output),
            c_bar * ingate * (1.0 - change * change),
        ];
        for (gate, (z, x)) in z.into_iter().zip([x, h, x, h]).enumerate() {
            weights_bar[gate * b + j] += z * x;
            biases_bar[gate * b + j] += z;
        }
        cell[j] = c_bar * forget;
        signal[j] = z[0] * layer[j] + z[2] * layer[2 * b + j];
        hidden[j] = z[1] * layer[b + j] + z[3] * layer[3 * b + j];
    }
}
