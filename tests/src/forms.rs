//! The forms in which an operand may lie in memory: the same shape, seen in another way.

use ndarray::{ArrayD, IxDyn};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wengert::{Element, Tensor};

/// How an operand lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Row by row.
    Contiguous,
    /// All axes in reverse.
    Transposed,
    /// Every second element of every axis.
    Stepped,
    /// Every axis walked backward.
    Flipped,
    /// Every second element, walked backward.
    SteppedBack,
    /// The first axis repeated.
    Expanded,
    /// One number less of axes: the op broadcasts it.
    Row,
    /// One number: the op broadcasts it.
    RankZero,
}

impl Form {
    /// The forms that keep the shape.
    pub const OF_SHAPE: [Form; 6] =
        [Form::Contiguous, Form::Transposed, Form::Stepped, Form::Flipped, Form::SteppedBack, Form::Expanded];
    /// Those and the ones that broadcast.
    pub const ALL: [Form; 8] = [
        Form::Contiguous,
        Form::Transposed,
        Form::Stepped,
        Form::Flipped,
        Form::SteppedBack,
        Form::Expanded,
        Form::Row,
        Form::RankZero,
    ];

    /// The shape of the leaf of which an operand of shape `dims` is this view.
    pub fn base(self, dims: &[usize]) -> Vec<usize> {
        match self {
            Form::Contiguous | Form::Flipped => dims.to_vec(),
            Form::Transposed => dims.iter().rev().copied().collect(),
            Form::Stepped | Form::SteppedBack => dims.iter().map(|extent| 2 * extent).collect(),
            Form::Expanded => dims.iter().enumerate().map(|(k, &d)| if k == 0 { 1 } else { d }).collect(),
            Form::Row => dims.iter().skip(1).copied().collect(),
            Form::RankZero => Vec::new(),
        }
    }

    /// The operand, as a view of its leaf.
    pub fn of<T: Element>(self, leaf: Tensor<T>, dims: &[usize]) -> Tensor<T> {
        let axes: Vec<isize> = (0..dims.len() as isize).collect();
        let each = |f: &dyn Fn(Tensor<T>, isize) -> Tensor<T>| axes.iter().fold(leaf, |x, &axis| f(x, axis));
        match self {
            Form::Contiguous | Form::Row | Form::RankZero => leaf,
            Form::Transposed => leaf.permute(axes.iter().rev().copied().collect::<Vec<_>>()),
            Form::Stepped => each(&|x, axis| x.slice(axis, (1.., 2))),
            Form::Flipped => leaf.flip(axes),
            Form::SteppedBack => each(&|x, axis| x.slice(axis, (.., -2))),
            Form::Expanded => leaf.expand(dims),
        }
    }
}

/// Numbers within `spread` of `center`, the same ones for the same seed.
pub fn numbers(len: usize, center: f64, spread: f64, seed: u64) -> Vec<f64> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..len).map(|_| center + rng.random_range(-spread..=spread)).collect()
}

/// Numbers of which no two are close, in no order: for what has kinks where two meet.
pub fn apart(len: usize, seed: u64) -> Vec<f64> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut all: Vec<f64> = (0..len).map(|i| 0.15 * i as f64 - 0.07 * len as f64).collect();
    for i in (1..len).rev() {
        all.swap(i, rng.random_range(0..=i));
    }
    all
}

/// An array of a shape.
pub fn array(dims: &[usize], values: Vec<f64>) -> ArrayD<f64> {
    ArrayD::from_shape_vec(IxDyn(dims), values).expect("as many values as the shape has")
}

/// The number of elements of a shape.
pub fn count(dims: &[usize]) -> usize {
    dims.iter().product()
}
