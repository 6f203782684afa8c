//! One tape under test: the program that it has recorded, what its values and gradients must be, and a log.

use std::collections::BTreeMap;

use wengert::{Element, Error, Operand, Result, Tape, Tensor};
use wengert_tests::{live, quietly};

use crate::chance::Chance;
use crate::compare::{Counts, add_to, agree, is_tame, tolerance};
use crate::draw::{self, Taste};
use crate::program::{Op, Rows, Step};
use crate::replay::Replay;
use crate::value::{Value, numbers};

/// A root and its seed.
pub type Root = (usize, Vec<f64>);

pub struct Case<T: Element> {
    pub chance: Chance,
    taste: Taste,
    pub rows: Rows<T>,
    pub steps: Vec<Step>,
    pub values: Vec<Value<T>>,
    /// What each value holds.
    pub holds: Vec<Vec<f64>>,
    /// What the gradients must be, by the first handle of the value.
    pub gradients: BTreeMap<usize, Vec<f64>>,
    /// Values that are no leaves and keep their gradients.
    pub retained: Vec<usize>,
    /// Scalars that carry a number which their tensor held before it was overwritten: no op takes them.
    pub old: Vec<usize>,
    pub counts: Counts,
    /// What was recorded and asked, line by line.
    pub log: Vec<String>,
}

impl<T: Element> Case<T> {
    pub fn new(seed: u64, taste: Taste) -> Case<T> {
        Case {
            chance: Chance::new(seed),
            taste,
            rows: Rows::new(),
            steps: Vec::new(),
            values: Vec::new(),
            holds: Vec::new(),
            gradients: BTreeMap::new(),
            retained: Vec::new(),
            old: Vec::new(),
            counts: Counts::default(),
            log: Vec::new(),
        }
    }

    pub fn say(&mut self, line: impl Into<String>) {
        self.log.push(line.into());
    }

    // ---- recording --------------------------------------------------------------------------------------------

    /// Draws and records so many ops.
    pub fn record(&mut self, tape: &Tape<T>, n: usize) {
        for _ in 0..n {
            let usable: Vec<usize> = (0..self.values.len()).filter(|k| !self.old.contains(k)).collect();
            let drawn = draw::op(&mut self.chance, self.taste, &self.rows, &self.values, &usable);
            let Some(op) = drawn else { continue };
            // By a leaf that was overwritten: what it was is another leaf on a fresh tape.
            if matches!(op, Op::Derivatives(..)) && self.is_written() {
                continue;
            }
            let paused = self.chance.happens(0.05);
            let run = || op.run(tape, &self.rows, &self.values);
            match quietly(|| if paused { tape.no_grad(run) } else { run() }) {
                Ok(made) => {
                    // What grows without bound, in number or in size, is left alone.
                    let is_small = |x: &Value<T>| {
                        x.len() <= self.taste.most()
                            && x.dims().len() <= 4
                            && x.numbers().iter().all(|x| x.abs() < 50.0)
                    };
                    if made.iter().all(is_small) {
                        self.push(op, paused, made);
                    }
                }
                // An op that does not take such operands says so, and what to do.
                Err(text) => assert!(text.contains("help: "), "{op} was refused: {text}"),
            }
        }
    }

    pub fn push(&mut self, op: Op, paused: bool, made: Vec<Value<T>>) {
        let (first, count) = (self.values.len(), made.len());
        let step = Step::Op { op, paused, first, count };
        let shapes: Vec<_> = made.iter().map(|value| value.dims()).collect();
        let names: Vec<_> = made.iter().map(|value| value.grad_fn().unwrap_or("-")).collect();
        self.say(format!("{step}    {shapes:?} {names:?}"));
        self.steps.push(step);
        self.holds.extend(made.iter().map(|value| value.numbers()));
        self.values.extend(made);
    }

    /// Forgets the values from the given one on, as a scope does.
    pub fn truncate(&mut self, values: usize) {
        self.steps.retain_mut(|step| match step {
            Step::Op { first, .. } => *first < values,
            Step::Write { leaf, shown_by, .. } => {
                shown_by.retain(|&view| view < values);
                *leaf < values
            }
        });
        self.values.truncate(values);
        self.holds.truncate(values);
        self.retained.retain(|&k| k < values);
        self.old.retain(|&k| k < values);
        self.gradients.retain(|&k, _| k < values);
    }

    // ---- drawing what is asked --------------------------------------------------------------------------------

    pub fn all(&self, holds: impl Fn(Value<T>) -> bool) -> Vec<usize> {
        (0..self.values.len()).filter(|&k| holds(self.values[k])).collect()
    }

    /// Values that a derivative by can be asked for.
    pub fn inputs(&self) -> Vec<usize> {
        self.all(|value| value.is_active() && !value.is_view())
    }

    pub fn leaves(&self) -> Vec<usize> {
        self.all(Value::is_leaf)
    }

    pub fn draw_inputs(&mut self, most: usize) -> Vec<usize> {
        let n = self.chance.up_to(most);
        let inputs = self.inputs();
        self.chance.picks(&inputs, n).unwrap_or_default()
    }

    /// Leaves, each once.
    pub fn draw_leaves(&mut self, most: usize) -> Vec<usize> {
        let n = self.chance.up_to(most);
        let leaves = self.leaves();
        let mut drawn = self.chance.picks(&leaves, n).unwrap_or_default();
        for leaf in &mut drawn {
            *leaf = self.first_of(*leaf);
        }
        drawn.sort();
        drawn.dedup();
        drawn
    }

    pub fn draw_root(&mut self) -> Option<Root> {
        let active = self.all(Value::is_active);
        let root = self.chance.pick(&active)?;
        let seed = self.chance.numbers(self.values[root].len());
        Some((root, seed))
    }

    pub fn draw_single_root(&mut self) -> Option<usize> {
        let single = self.all(|value| value.is_active() && value.len() == 1);
        self.chance.pick(&single)
    }

    pub fn operands(&self, ids: &[usize]) -> Vec<Operand<T>> {
        ids.iter().map(|&k| self.values[k].operand()).collect()
    }

    pub fn arrays(&self, roots: &[Root]) -> Vec<ndarray::ArrayD<T>> {
        roots.iter().map(|(k, seed)| self.values[*k].array(seed)).collect()
    }

    // ---- asking -----------------------------------------------------------------------------------------------

    /// What the tape answers, or `None` where it refuses for a reason that there is; then nothing was left on it.
    pub fn ask<R>(
        &mut self,
        tape: &Tape<T>,
        asked: &str,
        f: impl FnOnce(&Case<T>) -> Result<R>,
    ) -> Option<R> {
        self.say(asked);
        let before = live(tape);
        match f(self) {
            Ok(answer) => Some(answer),
            Err(error) => {
                let has_reason = match error {
                    Error::Overwritten { .. } | Error::OldValue { .. } => self.is_written(),
                    Error::FusedOrder { .. } => self.steps.iter().any(Step::is_fused),
                    _ => false,
                };
                assert!(has_reason, "{asked}\n    was refused: {error}");
                assert_eq!(
                    live(tape),
                    before,
                    "{asked}\n    was refused, and left something behind: {error}"
                );
                self.say("    refused");
                self.counts.add("refused");
                None
            }
        }
    }

    fn is_written(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Write { .. }))
    }

    /// The same program on a tape of its own.
    pub fn replay(&self) -> Replay<T> {
        let replay = Replay::new(&self.steps, &self.rows, None);
        for (k, (value, numbers)) in replay.values.iter().zip(&self.holds).enumerate() {
            let got = value.numbers();
            assert!(
                agree(&got, numbers, tolerance::<T>()),
                "v{k} is {numbers:?}, and on a fresh tape {got:?}"
            );
            let (here, there) = (self.values[k], *value);
            assert_eq!(
                (here.is_active(), here.is_leaf()),
                (there.is_active(), there.is_leaf()),
                "v{k}: active, and a leaf; and the same on a fresh tape"
            );
        }
        replay
    }

    // ---- what must hold at any time ---------------------------------------------------------------------------

    /// The first handle of the same value.
    pub fn first_of(&self, k: usize) -> usize {
        (0..=k).find(|&j| self.values[j].is_same(self.values[k])).expect("it is the same as itself")
    }

    pub fn has_gradient(&self, k: usize) -> bool {
        self.values[k].is_leaf() || self.retained.contains(&self.first_of(k))
    }

    /// Values that keep their gradients, each once.
    pub fn tracked(&self) -> Vec<usize> {
        let all = self.all(Value::is_active);
        all.into_iter().filter(|&k| self.has_gradient(k) && self.first_of(k) == k).collect()
    }

    /// Adds to what the gradients must be after a sweep from the roots. After a steep one they are what they are.
    pub fn expect_gradients(&mut self, roots: &[Root], of: &[usize], more: Vec<Option<Vec<f64>>>) {
        let is_steep = self.is_steep(roots);
        for (k, more) in of.iter().zip(more) {
            let Some(more) = more else { continue };
            let mut sum = self.gradients.remove(k);
            match self.values[*k].grad() {
                Some(grad) if is_steep => sum = Some(grad),
                _ => add_to(&mut sum, more),
            }
            self.gradients.insert(*k, sum.expect("something was added"));
        }
    }

    /// A gradient that was added up: large terms may have cancelled in it.
    fn compare_sums(&mut self, k: usize, got: &[f64], want: &[f64]) {
        if is_tame(want) {
            self.counts.add("gradient");
            assert!(
                agree(got, want, tolerance::<T>()),
                "the gradient of v{k} is {got:?}\n    and should be {want:?}"
            );
        }
    }

    /// Every value holds what it held, and every gradient is what was added up.
    pub fn check_state(&mut self) {
        for k in 0..self.values.len() {
            let (got, want) = (self.values[k].numbers(), &self.holds[k]);
            assert_eq!(&got, want, "v{k} changed");
        }
        for k in self.all(Value::is_active) {
            let (value, got) = (self.values[k], self.values[k].grad());
            if !self.has_gradient(k) {
                assert!(got.is_none() || value.is_view(), "v{k} keeps no gradient, and has {got:?}");
                continue;
            }
            let want = self.gradients.get(&self.first_of(k)).cloned();
            match (got, want) {
                (Some(got), Some(want)) => self.compare_sums(k, &got, &want),
                (got, want) => {
                    assert!(got == want, "v{k} has the gradient {got:?}, and should have {want:?}")
                }
            }
        }
    }
}

/// What the tape answered, as numbers.
pub fn answer<T: Element>(tensors: &[Tensor<T>]) -> Vec<Vec<f64>> {
    tensors.iter().map(|x| numbers(&x.to_vec())).collect()
}
