//! The function at hand: its values, its first derivatives and what they are compared at.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::inputs::Input;
use crate::error::Result;
use crate::tape::{Element, Tape};
use crate::tensor::Operand;

/// A function that records itself on a tape at a point: its inputs, of which those that `active` names are leaves and
/// the others passive, and its output.
type Record<'f, T> =
    dyn Fn(&Tape<T>, &[Values<T>], &dyn Fn(usize) -> bool) -> (Vec<Operand<T>>, Operand<T>) + 'f;

/// Elements with their shape, as `tape.leaf` takes them.
pub(super) type Values<T> = (Vec<T>, Vec<usize>);

/// The function, the point, and numbers for the directions in which derivatives are taken.
pub(super) struct Subject<'f, T: Element> {
    record: Box<Record<'f, T>>,
    tape: Tape<T>,
    /// The shapes of the inputs.
    pub shapes: Vec<Vec<usize>>,
    /// The elements of all inputs, one after the other.
    pub point: Vec<T>,
}

/// The function recorded, inside a scope.
pub(super) struct Recorded<'s, T: Element> {
    pub tape: &'s Tape<T>,
    /// The active inputs.
    pub inputs: Vec<Operand<T>>,
    pub output: Operand<T>,
    /// Which inputs are active, as ranges of the elements of all.
    ranges: Vec<std::ops::Range<usize>>,
    len: usize,
}

impl<'f, T: Element> Subject<'f, T> {
    pub fn new(
        inputs: Vec<Input<T>>,
        record: impl Fn(&Tape<T>, &[Values<T>], &dyn Fn(usize) -> bool) -> (Vec<Operand<T>>, Operand<T>) + 'f,
    ) -> Subject<'f, T> {
        let point = inputs.iter().flat_map(|input| input.values.iter().copied()).collect();
        let shapes = inputs.into_iter().map(|input| input.dims).collect();
        Subject { record: Box::new(record), tape: Tape::new(), shapes, point }
    }

    /// Which elements of all are those of each input.
    pub fn ranges(&self) -> Vec<std::ops::Range<usize>> {
        let mut start = 0;
        let range = |shape: &Vec<usize>| {
            let own = start..start + shape.iter().product::<usize>();
            start = own.end;
            own
        };
        self.shapes.iter().map(range).collect()
    }

    /// The point, moved by `t` along a direction.
    pub fn moved(&self, t: f64, direction: &[f64]) -> Vec<T> {
        let moved = |(&x, &d): (&T, &f64)| if d == 0.0 { x } else { x + number::<T>(t * d) };
        self.point.iter().zip(direction).map(moved).collect()
    }

    /// How large the elements are that a direction moves.
    pub fn size(&self, direction: &[f64]) -> f64 {
        let sizes =
            self.point.iter().zip(direction).filter(|(_, d)| **d != 0.0).map(|(&x, _)| f64_of(x).abs());
        sizes.filter(|size| size.is_finite()).fold(0.0, f64::max)
    }

    /// Records the function at a point, all inputs active or one alone, and asks `f` for what it wants.
    pub fn at<R>(&self, point: &[T], alone: Option<usize>, f: impl FnOnce(&Recorded<'_, T>) -> R) -> R {
        let is_active = |k: usize| alone.is_none_or(|alone| alone == k);
        let ranges = self.ranges();
        let values: Vec<Values<T>> = ranges
            .iter()
            .zip(&self.shapes)
            .map(|(own, shape)| (point[own.clone()].to_vec(), shape.clone()))
            .collect();
        let mut answer = None;
        self.tape.scope(|| {
            let (inputs, output) = (self.record)(&self.tape, &values, &is_active);
            let active = |k: &usize| is_active(*k);
            let recorded = Recorded {
                tape: &self.tape,
                inputs: (0..inputs.len()).filter(active).map(|k| inputs[k]).collect(),
                output,
                ranges: (0..inputs.len()).filter(active).map(|k| ranges[k].clone()).collect(),
                len: point.len(),
            };
            answer = Some(f(&recorded));
        });
        answer.expect("the scope has run")
    }

    /// The values of the function.
    pub fn values(&self, point: &[T]) -> Vec<f64> {
        self.at(point, None, |recorded| numbers_of(&recorded.values()))
    }

    /// The gradient of the outputs, weighted.
    pub fn gradient(&self, point: &[T], weights: &[f64], alone: Option<usize>) -> Result<Vec<f64>> {
        self.at(point, alone, |recorded| recorded.gradient(weights))
    }
}

impl<T: Element> Recorded<'_, T> {
    pub fn values(&self) -> Vec<T> {
        match self.output {
            Operand::Tensor(y) => y.to_vec(),
            Operand::Scalar(y) => vec![y.value()],
            Operand::Number(y) => vec![y],
        }
    }

    pub fn shape(&self) -> Vec<usize> {
        match self.output {
            Operand::Tensor(y) => y.shape().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Whether the output depends on an active input as far as the tape knows; if not, every derivative is 0.
    pub fn is_active(&self) -> bool {
        match self.output {
            Operand::Tensor(y) => y.requires_grad(),
            Operand::Scalar(y) => y.requires_grad(),
            Operand::Number(_) => false,
        }
    }

    /// The weights of the outputs, as a seed.
    pub fn seed(&self, weights: &[f64]) -> Values<T> {
        (weights.iter().map(|&weight| number(weight)).collect(), self.shape())
    }

    pub fn gradient(&self, weights: &[f64]) -> Result<Vec<f64>> {
        if !self.is_active() {
            return Ok(vec![0.0; self.len]);
        }
        let grads = self.tape.try_grad_with(&[self.output], &[self.seed(weights)], &self.inputs)?;
        Ok(self.gathered(grads.iter().map(|grad| grad.to_vec())))
    }

    /// `J x_dot`, by a tangent sweep.
    pub fn tangent(&self, direction: &[f64]) -> Result<Vec<f64>> {
        if !self.is_active() {
            return Ok(vec![0.0; self.values().len()]);
        }
        // An input that does not move has no tangent: one of 0 would be multiplied with partials that are infinite.
        let moved = |own: &std::ops::Range<usize>| direction[own.clone()].iter().any(|&d| d != 0.0);
        let tangents = self.parts(direction).into_iter().zip(&self.inputs).zip(&self.ranges);
        let (tangents, inputs): (Vec<_>, Vec<_>) =
            tangents.filter(|(_, own)| moved(own)).map(|((tangent, input), _)| (tangent, *input)).unzip();
        Ok(numbers_of(&self.tape.try_jvp(&[self.output], &inputs, &tangents)?[0].to_vec()))
    }

    /// What belongs to the active inputs of numbers for all, in their shapes.
    pub fn parts(&self, all: &[f64]) -> Vec<Values<T>> {
        let shape = |input: &Operand<T>| match input {
            Operand::Tensor(x) => x.shape().to_vec(),
            _ => Vec::new(),
        };
        let part = |(input, own): (&Operand<T>, &std::ops::Range<usize>)| {
            (all[own.clone()].iter().map(|&x| number(x)).collect(), shape(input))
        };
        self.inputs.iter().zip(&self.ranges).map(part).collect()
    }

    /// Numbers for all inputs from those of the active ones.
    pub fn gathered(&self, parts: impl Iterator<Item = Vec<T>>) -> Vec<f64> {
        let mut all = vec![0.0; self.len];
        for (own, part) in self.ranges.iter().zip(parts) {
            all[own.clone()].copy_from_slice(&numbers_of(&part));
        }
        all
    }
}

pub(super) fn number<T: Element>(x: f64) -> T {
    T::zero().constant(x)
}

pub(super) fn f64_of<T: Element>(x: T) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

pub(super) fn numbers_of<T: Element>(values: &[T]) -> Vec<f64> {
    values.iter().map(|&x| f64_of(x)).collect()
}

/// Numbers of either sign and of size 1, none near 0, the same ones for the same seed: what is weighted with them
/// does not cancel by chance. One alone is 1, so that reports show what a user has in mind.
pub(super) fn weights(len: usize, seed: u64) -> Vec<f64> {
    if len == 1 {
        return vec![1.0];
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let weight = |_| if rng.random_bool(0.5) { 1.0 } else { -1.0 } * rng.random_range(0.5..1.5);
    (0..len).map(weight).collect()
}

/// The product of two lists, and the size of its largest term.
pub(super) fn dot(a: &[f64], b: &[f64]) -> (f64, f64) {
    a.iter().zip(b).fold((0.0, 0.0), |(sum, largest), (a, b)| (sum + a * b, f64::max(largest, (a * b).abs())))
}
