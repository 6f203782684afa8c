//! LSTM: the log likelihood of a text under a small recurrent network, and its gradient.
//!
//! The benchmark's cells are diagonal: of width `b`, every weight meets one element. With the sigmoid `s`, layer `i` of
//! `l` turns its input `x` and its state `(h, c)` into
//!
//! ```text
//! forget = s(x w_1 + a_1)      ingate = s(h w_2 + a_2)
//! output = s(x w_3 + a_3)      change = tanh(h w_4 + a_4)
//! c' = c forget + ingate change
//! h' = output tanh(c')
//! ```
//!
//! element by element, and `h'` is the input of the next layer. A character `x_t`, bits of its code, is scaled on its way in and
//! out: the first layer sees `x_t u`, and of the last layer's `h'` comes the prediction `p = h' v + r`. The loss is
//!
//! ```text
//! L = -1 / ((c - 1) b) sum_t x_(t+1) . (p_t - ln(2 + sum e^p_t)),    t = 1 ..= c - 1
//! ```
//!
//! for a text of `c` characters (arXiv:1807.10129, section 4.4). State and text are constants.
//!
//! The parameters are one list: for each layer `w [4 b]`, then `a [4 b]`; then `u [b]`, `v [b]`, `r [b]`.

mod by_fused;
mod by_hand;
mod by_tensors;
mod input;

pub use by_fused::ByFused;
pub use by_hand::ByHand;
pub use by_tensors::ByTensors;
pub use input::{generate, read};

use crate::number::Number;
use crate::objective::{ByScalars, Objective, Way};

/// A text, a first state, and the parameters at which the derivative is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Lstm {
    /// `l`, the number of layers.
    pub layers: usize,
    /// `b`, the width: bits of a character.
    pub width: usize,
    /// `w` and `a` of each layer, then `u`, `v` and `r`.
    pub parameters: Vec<f64>,
    /// For each layer `h [b]`, then `c [b]`, before the first character.
    pub state: Vec<f64>,
    /// The text, `[c b]`, character by character.
    pub text: Vec<f64>,
}

impl Lstm {
    /// `c`, the number of characters.
    pub fn count(&self) -> usize {
        self.text.len() / self.width
    }

    /// How many numbers are predicted: `(c - 1) b`.
    pub fn predicted(&self) -> usize {
        self.text.len() - self.width
    }

    /// The parameters of the layers, `8 b` each, and those of the way in and out, `[u, v, r]`.
    pub(crate) fn parts<'a, R>(&self, parameters: &'a [R]) -> (&'a [R], [&'a [R]; 3]) {
        let (layers, around) = parameters.split_at(8 * self.layers * self.width);
        let (u, rest) = around.split_at(self.width);
        let (v, r) = rest.split_at(self.width);
        assert_eq!(r.len(), self.width, "the parameters have the input's sizes");
        (layers, [u, v, r])
    }
}

impl Objective for Lstm {
    fn title(&self) -> String {
        format!("LSTM, {} characters of width {}, {} layers", self.count(), self.width, self.layers)
    }

    fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    #[inline]
    fn value<R: Number>(&self, parameters: &[R]) -> R {
        objective(parameters, self)
    }

    fn ways(&self) -> Vec<Way<'_>> {
        vec![
            Way::new("by hand", ByHand::new(self)),
            Way::new("by scalars", ByScalars::new(self)),
            Way::new("by fused scalars", ByFused::new(self)),
            Way::new("by tensors", ByTensors::new(self)),
        ]
    }
}

/// The loss of the module's head, over any number.
pub fn objective<R: Number>(parameters: &[R], input: &Lstm) -> R {
    let b = input.width;
    let (layers, [u, v, r]) = input.parts(parameters);
    let mut state: Vec<R> = input.state.iter().map(|&x| R::constant(x)).collect();
    let mut signal = vec![R::zero(); b];

    let mut total = R::zero();
    let characters = input.text.chunks_exact(b);
    for (character, next) in characters.clone().zip(characters.skip(1)) {
        signal.iter_mut().zip(u).zip(character).for_each(|((x, &u), &bit)| *x = u * bit);
        for (layer, state) in layers.chunks_exact(8 * b).zip(state.chunks_exact_mut(2 * b)) {
            step(layer, state, &mut signal);
        }
        signal.iter_mut().zip(v).zip(r).for_each(|((p, &v), &r)| *p = *p * v + r);
        let log = (signal.iter().map(|p| p.exp()).sum::<R>() + 2.0).ln();
        total += signal.iter().zip(next).map(|(&p, &bit)| (p - log) * bit).sum();
    }
    -total / input.predicted() as f64
}

/// One step of one layer: the state becomes the next, and the signal, the layer's input, its output.
#[inline]
fn step<R: Number>(layer: &[R], state: &mut [R], signal: &mut [R]) {
    let b = signal.len();
    let (weights, biases) = layer.split_at(4 * b);
    let (hidden, cell) = state.split_at_mut(b);
    for (j, ((x, h), c)) in signal.iter_mut().zip(hidden).zip(cell).enumerate() {
        let gate = |gate: usize, x: R| x * weights[gate * b + j] + biases[gate * b + j];
        let (forget, ingate) = (sigmoid(gate(0, *x)), sigmoid(gate(1, *h)));
        let (output, change) = (sigmoid(gate(2, *x)), gate(3, *h).tanh());
        *c = *c * forget + ingate * change;
        *h = output * c.tanh();
        *x = *h;
    }
}

/// `1 / (1 + e^-x)`.
#[inline]
fn sigmoid<R: Number>(x: R) -> R {
    ((-x).exp() + 1.0).recip()
}
