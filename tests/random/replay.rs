//! A program again, on a tape that was asked nothing before.
//!
//! Here nothing is written in place: a leaf that was overwritten is two leaves, one of the numbers before and one of
//! those after, and its gradient is the sum of theirs.

use wengert::{Element, Error, Operand, Tape, Tensor};

use crate::case::{Root, answer};
use crate::compare::add_to;
use crate::program::{Op, Rows, Step};
use crate::value::Value;

pub struct Replay<T: Element> {
    pub tape: Tape<T>,
    pub values: Vec<Value<T>>,
    /// Leaves that stood in the place of the current ones before a write.
    earlier: Vec<(usize, Value<T>)>,
}

/// A step away from where a program was evaluated: a leaf, and what is added to its numbers.
pub struct Shift<'a> {
    pub leaf: usize,
    pub by: &'a [f64],
}

impl<T: Element> Replay<T> {
    pub fn new(steps: &[Step], rows: &Rows<T>, shift: Option<&Shift<'_>>) -> Replay<T> {
        let mut replay = Replay { tape: Tape::new(), values: Vec::new(), earlier: Vec::new() };
        for (k, step) in steps.iter().enumerate() {
            match step {
                Step::Op { op, paused, first, count } => {
                    let op = match shift {
                        Some(shift) if shift.leaf == *first => &shift.of(op),
                        _ => op,
                    };
                    let made = replay.run(op, *paused, rows);
                    assert_eq!(made.len(), *count, "an op makes as many values as before");
                    replay.values.extend(made);
                }
                Step::Write { leaf, numbers, shown_by } => {
                    let before = replay.values[*leaf];
                    replay.earlier.push((*leaf, before));
                    replay.values[*leaf] = Value::Tensor(replay.tape.leaf(before.array(numbers)));
                    for view in shown_by {
                        let made_it = |step: &&Step| matches!(step, Step::Op { first, .. } if first == view);
                        if let Some(Step::Op { op, paused, .. }) = steps[..k].iter().find(made_it) {
                            replay.values[*view] = replay.run(op, *paused, rows)[0];
                        }
                    }
                }
            }
        }
        replay
    }

    fn run(&self, op: &Op, paused: bool, rows: &Rows<T>) -> Vec<Value<T>> {
        let run = || op.run(&self.tape, rows, &self.values);
        if paused { self.tape.no_grad(run) } else { run() }
    }

    /// The leaves that a value was, the last one first.
    fn versions(&self, k: usize) -> impl Iterator<Item = Value<T>> {
        let earlier = self.earlier.iter().filter(move |(leaf, _)| *leaf == k).map(|(_, value)| *value);
        std::iter::once(self.values[k]).chain(earlier)
    }

    /// The gradients of values, by `backward` from each root: `None` where no root depends on it.
    pub fn gradients(&self, roots: &[Root], inputs: &[usize]) -> Vec<Option<Vec<f64>>> {
        self.retain(inputs);
        for (root, seed) in roots {
            self.values[*root].backward(Some(seed)).expect("nothing was written here");
        }
        self.sums(inputs)
    }

    /// The recorded derivatives, by each version of each input; and which input each is by. `None` where the way leads
    /// through a fused statement, which has none.
    pub fn recorded(&self, roots: &[Root], inputs: &[usize]) -> Option<Vec<(usize, Tensor<T>)>> {
        let (ids, operands): (Vec<usize>, Vec<Operand<T>>) = inputs
            .iter()
            .enumerate()
            .flat_map(|(n, &k)| self.versions(k).map(move |x| (n, x.operand())))
            .unzip();
        let of: Vec<_> = roots.iter().map(|(root, _)| self.values[*root].operand()).collect();
        let seeds: Vec<_> = roots.iter().map(|(root, seed)| self.values[*root].array(seed)).collect();
        match self.tape.try_grad_recorded_with(&of, &seeds, &operands) {
            Ok(recorded) => Some(ids.into_iter().zip(recorded).collect()),
            Err(Error::FusedOrder { .. }) => None,
            Err(error) => panic!("on a fresh tape: {error}"),
        }
    }

    /// The products of a seed with the derivatives that were recorded, as one number on the tape.
    pub fn product(&self, recorded: &[(usize, Tensor<T>)], vectors: &[Vec<f64>]) -> Option<Tensor<T>> {
        let recorded = recorded.iter().map(|(n, grad)| (*grad, &vectors[*n][..]));
        weighted(&self.tape, recorded)
    }

    /// The gradients of values, by `backward` from one number: `None` where it does not depend on one.
    pub fn gradients_of(&self, root: Tensor<T>, inputs: &[usize]) -> Vec<Option<Vec<f64>>> {
        self.retain(inputs);
        root.backward();
        self.sums(inputs)
    }

    fn retain(&self, inputs: &[usize]) {
        for value in inputs.iter().flat_map(|&k| self.versions(k)) {
            value.retain_grad().expect("an active value keeps its gradient");
        }
    }

    /// The gradients as they are, over the versions of each.
    fn sums(&self, inputs: &[usize]) -> Vec<Option<Vec<f64>>> {
        let sum = |k: &usize| {
            let mut sum = None;
            self.versions(*k).filter_map(Value::grad).for_each(|grad| add_to(&mut sum, grad));
            sum
        };
        inputs.iter().map(sum).collect()
    }

    /// The gradients of one number by leaves, with zeros where it does not depend on one.
    pub fn by(&self, root: Tensor<T>, inputs: &[usize]) -> Vec<Vec<f64>> {
        let by = |k: &usize| {
            let versions: Vec<_> = self.versions(*k).map(Value::operand).collect();
            let mut sum = None;
            answer(&self.tape.grad(&[root], &versions)).into_iter().for_each(|grad| add_to(&mut sum, grad));
            sum.expect("a leaf is itself")
        };
        inputs.iter().map(by).collect()
    }
}

/// The sum of tensors, each times its weights; `None` where it is passive.
pub fn weighted<'a, T: Element>(
    tape: &Tape<T>,
    tensors: impl Iterator<Item = (Tensor<T>, &'a [f64])>,
) -> Option<Tensor<T>> {
    let weighted =
        |(x, weights): (Tensor<T>, &[f64])| (x * tape.constant(Value::Tensor(x).array(weights))).sum();
    tensors.map(weighted).reduce(|a, b| a + b).filter(|sum| sum.requires_grad())
}

impl Shift<'_> {
    fn of(&self, op: &Op) -> Op {
        match op {
            Op::Leaf(dims, numbers) => {
                Op::Leaf(dims.clone(), numbers.iter().zip(self.by).map(|(x, by)| x + by).collect())
            }
            _ => unreachable!("a leaf is shifted"),
        }
    }
}

impl Step {
    pub fn is_fused(&self) -> bool {
        let fused = |op: &Op| matches!(op, Op::Fuse(..) | Op::Dot(..) | Op::SumOf(_) | Op::WithPartials(..));
        matches!(self, Step::Op { op, .. } if fused(op))
    }
}
