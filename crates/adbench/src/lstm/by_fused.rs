//! The gradient from scalars of a tape, with each gate, each cell and each prediction as one instruction.

use wengert::{Scalar, Stats, Tape};

use super::Lstm;
use crate::number::Number;
use crate::objective::Gradient;

/// Computes value and gradient on a tape whose memory is reused.
pub struct ByFused<'a> {
    input: &'a Lstm,
    tape: Tape<f64>,
    gradient: Vec<f64>,
}

impl<'a> ByFused<'a> {
    /// A tape for an input.
    pub fn new(input: &'a Lstm) -> Self {
        ByFused { input, tape: Tape::new(), gradient: vec![0.0; input.parameters.len()] }
    }
}

impl Gradient for ByFused<'_> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let ByFused { input, tape, gradient } = self;
        let value = tape.gradient_into(parameters, |parameters| objective(tape, parameters, input), gradient);
        (value, &self.gradient)
    }

    fn stats(&self) -> Option<Stats> {
        Some(self.tape.stats())
    }
}

/// The loss of the module's head, in fused statements.
fn objective(tape: &Tape<f64>, parameters: &[Scalar], input: &Lstm) -> Scalar {
    let b = input.width;
    let (layers, [u, v, r]) = input.parts(parameters);
    let mut state: Vec<Scalar> = input.state.iter().map(|&x| Scalar::from(x)).collect();
    let mut signal = vec![Scalar::from(0.0); b];
    // The predictions and their logarithm, and the weight of each in the loss.
    let (mut terms, mut weights) = (signal.clone(), vec![0.0; b + 1]);

    let mut losses = Vec::with_capacity(input.count());
    let characters = input.text.chunks_exact(b);
    for (character, next) in characters.clone().zip(characters.skip(1)) {
        signal.iter_mut().zip(u).zip(character).for_each(|((x, &u), &bit)| *x = u * bit);
        for (layer, state) in layers.chunks_exact(8 * b).zip(state.chunks_exact_mut(2 * b)) {
            step(tape, layer, state, &mut signal);
        }
        terms.clear();
        terms.extend(
            signal.iter().zip(v).zip(r).map(|((&h, &v), &r)| tape.fuse([h, v, r], |[h, v, r]| h * v + r)),
        );
        let log = log_sum_exp(&terms, &mut weights);
        weights.clear();
        weights.extend_from_slice(next);
        weights.push(-next.iter().sum::<f64>());
        terms.push(log);
        let loss = terms.iter().zip(&weights).map(|(p, w)| p.value() * w).sum();
        losses.push(Scalar::with_partials(loss, &terms, &weights));
    }
    -Scalar::sum_of(&losses) / input.predicted() as f64
}

/// One step of one layer: the state becomes the next, and the signal, the layer's input, its output.
fn step(tape: &Tape<f64>, layer: &[Scalar], state: &mut [Scalar], signal: &mut [Scalar]) {
    let b = signal.len();
    let (weights, biases) = layer.split_at(4 * b);
    let (hidden, cell) = state.split_at_mut(b);
    for (j, ((x, h), c)) in signal.iter_mut().zip(hidden).zip(cell).enumerate() {
        let with = |gate: usize, x: Scalar| [x, weights[gate * b + j], biases[gate * b + j]];
        let forget = tape.fuse(with(0, *x), |x| affine(x).sigmoid());
        let ingate = tape.fuse(with(1, *h), |x| affine(x).sigmoid());
        let output = tape.fuse(with(2, *x), |x| affine(x).sigmoid());
        let change = tape.fuse(with(3, *h), |x| affine(x).tanh());
        [*c, *h] = tape.fuse([forget, ingate, output, change, *c], |[forget, ingate, output, change, c]| {
            let c = c * forget + ingate * change;
            [c, output * c.tanh()]
        });
        *x = *h;
    }
}

/// `x w + a`.
fn affine<R: Number>([x, w, a]: [R; 3]) -> R {
    x * w + a
}

/// `ln(2 + sum e^x)`, as one instruction; `partials` is room for them.
fn log_sum_exp(x: &[Scalar], partials: &mut Vec<f64>) -> Scalar {
    partials.clear();
    partials.extend(x.iter().map(|x| x.value().exp()));
    let sum = partials.iter().sum::<f64>() + 2.0;
    partials.iter_mut().for_each(|e| *e /= sum);
    Scalar::with_partials(sum.ln(), x, partials)
}
