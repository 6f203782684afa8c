//! The gradient from scalars of a tape, with each gate, each cell and each prediction as one instruction.

use wengert::{Scalar, Tape};

use super::Lstm;
use crate::number::Number;
use crate::objective::Gradient;
use crate::report::peak_bytes;

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

    fn tape_bytes(&self) -> Option<usize> {
        Some(peak_bytes(self.tape.stats()))
    }
}

/// The loss of the module's head, in fused statements.
fn objective(tape: &Tape<f64>, parameters: &[Scalar], input: &Lstm) -> Scalar {
    let b = input.width;
    let (layers, [u, v, r]) = input.parts(parameters);
    let mut state: Vec<Scalar> = input.state.iter().map(|&x| Scalar::from(x)).collect();
    let mut signal = vec![Scalar::from(0.0); b];
    let ones = vec![1.0; b];
    let mut prediction = Prediction::default();

    let mut losses = Vec::with_capacity(input.count());
    let characters = input.text.chunks_exact(b);
    for (character, next) in characters.clone().zip(characters.skip(1)) {
        signal.copy_from_slice(u);
        let mut gains = character;
        for (layer, state) in layers.chunks_exact(8 * b).zip(state.chunks_exact_mut(2 * b)) {
            step(tape, layer, state, &mut signal, gains);
            gains = &ones;
        }
        losses.push(prediction.loss(&signal, v, r, next));
    }
    -Scalar::sum_of(&losses) / input.predicted() as f64
}

/// One step of one layer: the state becomes the next, and the signal, the layer's input, its output.
fn step(tape: &Tape<f64>, layer: &[Scalar], state: &mut [Scalar], signal: &mut [Scalar], gains: &[f64]) {
    let b = signal.len();
    let (weights, biases) = layer.split_at(4 * b);
    let (hidden, cell) = state.split_at_mut(b);
    for (j, (((x, gain), h), c)) in signal.iter_mut().zip(gains).zip(hidden).zip(cell).enumerate() {
        let of = |gate: usize| [weights[gate * b + j], biases[gate * b + j]];
        let ([w0, a0], [w1, a1], [w2, a2], [w3, a3]) = (of(0), of(1), of(2), of(3));
        [*c, *h] = tape.fuse(
            [*x, *h, *c, w0, a0, w1, a1, w2, a2, w3, a3],
            |[x, h, c, w0, a0, w1, a1, w2, a2, w3, a3]| {
                let x = x * *gain;
                let forget = affine([x, w0, a0]).sigmoid();
                let ingate = affine([h, w1, a1]).sigmoid();
                let output = affine([x, w2, a2]).sigmoid();
                let change = affine([h, w3, a3]).tanh();
                let c = c * forget + ingate * change;
                [c, output * c.tanh()]
            },
        );
        *x = *h;
    }
}

/// `x w + a`.
fn affine<R: Number>([x, w, a]: [R; 3]) -> R {
    x * w + a
}

/// Where the operands and partials of a prediction's loss are gathered, from call to call.
#[derive(Default)]
struct Prediction {
    operands: Vec<Scalar>,
    predicted: Vec<f64>,
    partials: Vec<f64>,
}

impl Prediction {
    /// `sum next (p - ln(2 + sum e^p))` with `p = h v + r`, as one instruction. With `s = sum next`, its partial by `p_k` is
    /// `next_k - s e^p_k / (2 + sum e^p)`.
    fn loss(&mut self, h: &[Scalar], v: &[Scalar], r: &[Scalar], next: &[f64]) -> Scalar {
        let Prediction { operands, predicted, partials } = self;
        predicted.clear();
        predicted.extend(h.iter().zip(v).zip(r).map(|((h, v), r)| h.value() * v.value() + r.value()));
        let weight: f64 = next.iter().sum();
        let fit: f64 = predicted.iter().zip(next).map(|(p, next)| p * next).sum();
        predicted.iter_mut().for_each(|p| *p = p.exp());
        let sum = predicted.iter().sum::<f64>() + 2.0;
        let by_prediction = |k: usize| next[k] - weight * (predicted[k] / sum);

        operands.clear();
        partials.clear();
        for (list, other) in [(h, v), (v, h)] {
            operands.extend_from_slice(list);
            partials.extend(other.iter().enumerate().map(|(k, other)| by_prediction(k) * other.value()));
        }
        operands.extend_from_slice(r);
        partials.extend((0..r.len()).map(by_prediction));
        Scalar::with_partials(fit - weight * sum.ln(), operands, partials)
    }
}
