//! The digits: read, shuffled, split, and handed out in mini-batches.

use std::io::Read;

use flate2::read::GzDecoder;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

/// Pixels of an image: 8 rows of 8.
pub const PIXELS: usize = 64;
/// Digits from 0 to 9.
pub const CLASSES: usize = 10;
/// Images to train on; the rest are for the test.
const TRAINING: usize = 1500;
/// Spread of the noise on the ink of training images: no image is seen twice as it was, so that none is learned by heart.
const NOISE: f32 = 0.2;

static FILE: &[u8] = include_bytes!("../../../../data/digits.csv.gz");

/// Images with the digits that were meant.
#[derive(Default)]
pub struct Digits {
    /// Row after row: ink from 0 to 1.
    pub images: Vec<f32>,
    pub labels: Vec<usize>,
}

impl Digits {
    /// All images, shuffled: some to train on, the others to test with.
    pub fn split(rng: &mut StdRng) -> (Digits, Digits) {
        let all = Digits::read();
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.shuffle(rng);
        let (train, test) = order.split_at(TRAINING);
        (all.pick(train), all.pick(test))
    }

    /// Reads the file that the program carries.
    fn read() -> Digits {
        let mut text = String::new();
        GzDecoder::new(FILE).read_to_string(&mut text).expect("the file is a gzipped text");
        let mut digits = Digits::default();
        for line in text.lines() {
            let (pixels, label) = line.rsplit_once(',').expect("a line has pixels and a label");
            digits
                .images
                .extend(pixels.split(',').map(|ink| ink.parse::<f32>().expect("ink is a number") / 16.0));
            digits.labels.push(label.parse().expect("a label is a digit"));
        }
        digits
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn image(&self, index: usize) -> &[f32] {
        &self.images[index * PIXELS..][..PIXELS]
    }

    /// The given images, in the given order.
    fn pick(&self, indices: &[usize]) -> Digits {
        let mut picked = Digits::default();
        picked.refill(self, indices);
        picked
    }

    /// Holds the given images of `from` instead of its own.
    fn refill(&mut self, from: &Digits, indices: &[usize]) {
        self.images.clear();
        self.images.extend(indices.iter().flat_map(|&index| from.image(index)));
        self.labels.clear();
        self.labels.extend(indices.iter().map(|&index| from.labels[index]));
    }

    /// One pass over all images in a new order with new noise, `size` at a time; the last batch is smaller.
    pub fn batches(&self, size: usize, rng: &mut StdRng, mut f: impl FnMut(&Digits)) {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(rng);
        let mut batch = Digits::default();
        for indices in order.chunks(size) {
            batch.refill(self, indices);
            for (ink, noise) in batch.images.iter_mut().zip(StandardNormal.sample_iter(&mut *rng)) {
                let noise: f32 = noise;
                *ink += NOISE * noise;
            }
            f(&batch);
        }
    }
}
