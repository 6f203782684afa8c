//! A network of two layers: handles of its parameters, and nothing else.

use wengert::{Tape, Tensor};

use crate::data::{CLASSES, Digits, PIXELS};

/// How many numbers the hidden layer has.
const HIDDEN: usize = 64;
/// The mean ink of a pixel: without it, numbers lie about 0.
const MEAN_INK: f32 = 0.3;

/// `x W + b`.
#[derive(Clone, Copy)]
struct Linear {
    weight: Tensor<f32>,
    bias: Tensor<f32>,
}

impl Linear {
    /// Weights with He's spread, which keeps the variance through a relu; biases of 0.
    fn new(tape: &Tape<f32>, (from, to): (usize, usize), seed: u64) -> Linear {
        let spread = (2.0 / from as f32).sqrt();
        // What is only needed on the way is given back at the end; the leaf stays.
        let weight = tape.inference(|| tape.leaf(tape.randn([from, to], seed) * spread));
        Linear { weight, bias: tape.leaf(vec![0.0; to]) }
    }

    fn forward(self, x: Tensor<f32>) -> Tensor<f32> {
        x.matmul(self.weight) + self.bias
    }
}

/// 64 pixels, 64 hidden numbers, 10 scores.
#[derive(Clone, Copy)]
pub struct Model {
    hidden: Linear,
    output: Linear,
}

impl Model {
    pub fn new(tape: &Tape<f32>, seed: u64) -> Model {
        let hidden = Linear::new(tape, (PIXELS, HIDDEN), seed);
        let output = Linear::new(tape, (HIDDEN, CLASSES), seed.wrapping_add(1));
        Model { hidden, output }
    }

    pub fn parameters(self) -> [Tensor<f32>; 4] {
        [self.hidden.weight, self.hidden.bias, self.output.weight, self.output.bias]
    }

    /// A score for each digit: the more, the likelier.
    pub fn scores(self, tape: &Tape<f32>, digits: &Digits) -> Tensor<f32> {
        let images = tape.constant((&digits.images, [digits.len(), PIXELS]));
        self.output.forward(self.hidden.forward(images - MEAN_INK).relu())
    }

    /// The loss over the digits, and what each image is read as.
    pub fn read(self, tape: &Tape<f32>, digits: &Digits) -> (f32, Vec<usize>) {
        tape.inference(|| {
            let scores = self.scores(tape, digits);
            let loss = scores.cross_entropy(&digits.labels).item();
            (loss, scores.to_vec().chunks(CLASSES).map(best).collect())
        })
    }
}

/// The class with the highest score.
fn best(scores: &[f32]) -> usize {
    (0..CLASSES).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).expect("there are classes")
}
