//! What happens between sweeps: scopes, writes, gradients that are kept, zeroed and cleared, calls that are refused.

use ndarray::ArrayD;
use wengert::{Element, Operand, Tape};
use wengert_tests::{live, panic_text, quietly};

use crate::case::Case;
use crate::compare::agree;
use crate::program::{Op, Step};
use crate::value::{Value, array, element, numbers};

/// What a scope that is left by a panic says.
const OUT: &str = "out of the scope";

impl<T: Element> Case<T> {
    /// Ops, requests and scopes in turn.
    pub fn block(&mut self, tape: &Tape<T>, depth: usize) {
        for _ in 0..1 + self.chance.up_to(5) {
            match self.chance.below(10) {
                0..4 => {
                    let n = self.chance.up_to(8);
                    self.record(tape, n);
                }
                4..8 => self.request(tape),
                _ if depth < 3 => self.scope(tape, depth),
                _ => {}
            }
        }
    }

    /// A block in a scope. What leaves it is passive; all else is as before.
    fn scope(&mut self, tape: &Tape<T>, depth: usize) {
        let outside = self.values.len();
        let (panics, survivors) = (self.chance.happens(0.2), self.chance.below(3));
        self.say("scope {");
        let mut kept = Vec::new();
        let outcome = quietly(|| {
            tape.scope(|| {
                self.block(tape, depth + 1);
                assert!(!panics, "{OUT}");
                let inside: Vec<usize> = (outside..self.values.len()).collect();
                kept = self.chance.picks(&inside, survivors).unwrap_or_default();
                kept.iter().map(|&k| self.values[k]).collect::<Vec<_>>()
            })
        });
        let kept: Vec<Vec<f64>> = kept.into_iter().map(|k| self.holds[k].clone()).collect();
        let survivors = match outcome {
            Ok(survivors) => survivors,
            Err(text) if panics && text == OUT => Vec::new(),
            // Something inside has failed: it is known there.
            Err(text) => panic!("{text}"),
        };
        self.say(if panics { "} left by a panic" } else { "}" });
        self.truncate(outside);
        for (value, numbers) in survivors.into_iter().zip(kept) {
            assert_eq!(
                (value.is_active(), value.numbers()),
                (false, numbers.clone()),
                "a survivor of a scope"
            );
            let op = match value {
                Value::Tensor(x) => Op::Constant(x.shape().to_vec(), numbers),
                Value::Scalar(_) => Op::Number(numbers[0]),
            };
            self.push(op, false, vec![value]);
        }
        self.counts.add("scope");
        self.check_state();
    }

    /// A value keeps its gradient from here on.
    pub fn retain(&mut self) -> Option<()> {
        let inputs = self.inputs();
        let k = self.chance.pick(&inputs)?;
        self.say(format!("v{k}.retain_grad()"));
        self.values[k].retain_grad().expect("an active value keeps its gradient");
        let k = self.first_of(k);
        if !self.has_gradient(k) {
            self.retained.push(k);
        }
        self.counts.add("retain");
        Some(())
    }

    /// Gradients are zeroed or cleared.
    pub fn forget(&mut self, tape: &Tape<T>) -> Option<()> {
        let leaves = self.leaves();
        let k = self.chance.pick(&leaves)?;
        let (value, first) = (self.values[k], self.first_of(k));
        match self.chance.below(3) {
            0 => {
                self.say("tape.zero_grad()");
                tape.zero_grad();
                self.gradients.clear();
            }
            1 => {
                self.say(format!("v{k}.zero_grad()"));
                value.zero_grad();
                self.gradients.insert(first, vec![0.0; value.len()]);
            }
            _ => {
                self.say(format!("v{k}.clear_grad()"));
                value.clear_grad();
                self.gradients.remove(&first);
            }
        }
        self.counts.add("forget");
        Some(())
    }

    /// A leaf is overwritten, in one of three ways; or not, since the closure panics.
    pub fn write(&mut self) -> Option<()> {
        let leaves: Vec<usize> = self.leaves().into_iter().filter(|&k| self.values[k].is_tensor()).collect();
        let leaf = self.chance.pick(&leaves)?;
        let k = self.first_of(leaf);
        let x = self.values[k].tensor();
        let before = self.values[k].numbers();
        let gradient = x.grad().map(|grad| numbers(&grad));
        let moved = |grad: &[f64]| before.iter().zip(grad).map(|(x, g)| x - 0.25 * g - 0.125).collect();
        let (rate, more) = (element::<T>(0.25), element::<T>(0.125));
        // What is no number, or so large that it is not drawn, is not written either.
        let is_usable = gradient.as_ref().is_none_or(|gradient| gradient.iter().all(|x| x.abs() < 50.0));
        let way = if is_usable { self.chance.below(4) } else { 0 };
        let want: Vec<f64> = match way {
            0 => {
                let numbers = self.chance.numbers(before.len());
                x.set_value(self.values[k].array(&numbers));
                numbers
            }
            1 => {
                assert_eq!(x.update_each(|x, g| x - rate * g - more), gradient.is_some());
                gradient.as_deref().map_or(before.clone(), moved)
            }
            2 => {
                let each = |x: &mut [T], grad: &[T]| {
                    x.iter_mut().zip(grad).for_each(|(x, &g)| *x = *x - rate * g - more)
                };
                assert_eq!(x.update(each).is_some(), gradient.is_some());
                gradient.as_deref().map_or(before.clone(), moved)
            }
            _ => {
                let spoilt = |x: &mut [T], _: &[T]| {
                    x.fill(T::one());
                    panic!("{OUT}");
                };
                if gradient.is_some() {
                    assert_eq!(panic_text(|| x.update(spoilt)), OUT);
                }
                before.clone()
            }
        };
        let now = self.values[k].numbers();
        let is_written = way == 0 || (way < 3 && gradient.is_some());
        assert!(agree(&now, &want, 1e-6), "v{k} was overwritten: it is {now:?}, and should be {want:?}");
        if is_written {
            self.follow_write(k, now);
        }
        self.counts.add("write");
        Some(())
    }

    /// The views of an overwritten leaf show what it holds now; scalars that looked at it are old.
    fn follow_write(&mut self, leaf: usize, now: Vec<f64>) {
        let mut shown_by = Vec::new();
        for (k, value) in self.values.iter().enumerate().filter(|(k, value)| *k != leaf && value.is_tensor())
        {
            let numbers = value.numbers();
            if numbers != self.holds[k] {
                shown_by.push(k);
                self.holds[k] = numbers;
            }
        }
        self.holds[leaf] = now.clone();
        for step in &self.steps {
            if let Step::Op { op: Op::At(x, _), first, .. } = step
                && (*x == leaf || shown_by.contains(x))
            {
                self.old.push(*first);
            }
            if let Step::Op { op, first, .. } = step
                && shown_by.contains(first)
            {
                let is_view = matches!(op, Op::View(..) | Op::Structural(..));
                assert!(is_view, "v{leaf} was overwritten, and v{first} changed: {op}");
            }
        }
        let step = Step::Write { leaf, numbers: now, shown_by };
        self.say(step.to_string());
        self.steps.push(step);
    }

    /// Requests that are wrong are refused, and leave nothing behind.
    pub fn mistakes(&mut self, tape: &Tape<T>) -> Option<()> {
        let ((root, _), input) = (self.draw_root()?, *self.inputs().first()?);
        self.say(format!("mistakes with v{root} and v{input}"));
        let (y, x) = (self.operands(&[root]), self.operands(&[input]));
        let passive = [Operand::from(tape.constant([T::one()]))];
        let bad = [ArrayD::<T>::zeros(vec![1, 1, 1, 1, 2])];
        let before = live(tape);
        assert!(tape.try_grad(&x, &passive).is_err());
        assert!(tape.try_grad(&passive, &x).is_err());
        assert!(tape.try_grad_with(&y, &bad, &x).is_err());
        assert!(tape.try_grad_recorded_with(&y, &bad, &x).is_err());
        assert!(tape.try_grad_recorded_with(&y, &[] as &[ArrayD<T>], &x).is_err());
        assert!(tape.try_jvp(&y, &x, &bad).is_err());
        assert!(tape.try_hvp(y[0], &x, &bad).is_err());
        if let Value::Tensor(y) = self.values[root] {
            assert!(y.try_backward_with(&bad[0]).is_err());
            assert!(y.try_reshape([5, 7, 13]).is_err());
        }
        assert_eq!(live(tape), before);
        self.counts.add("mistakes");
        Some(())
    }

    /// `gradient` of a function of numbers, between all else that is on the tape.
    pub fn gradient(&mut self, tape: &Tape<T>) -> Option<()> {
        let at = self.chance.numbers(3);
        let elements: Vec<T> = at.iter().map(|&x| element(x)).collect();
        let (value, gradient) = tape.gradient(&elements, |x| x[0] * x[1] + x[2].sin() * x[0]);
        let want = [at[0] * at[1] + at[2].sin() * at[0], at[1] + at[2].sin(), at[0], at[2].cos() * at[0]];
        let got = numbers(std::iter::once(&value).chain(&gradient));
        self.compare("gradient of a function", &format!("gradient at {at:?}"), &[], &got, &want);
        Some(())
    }

    /// What is computed in `inference` is passive, and its leaves stay leaves.
    pub fn inference(&mut self, tape: &Tape<T>) -> Option<()> {
        let n = self.chance.up_to(3);
        let (x, s) = (self.chance.numbers(n), self.chance.number());
        let (leaf, scalar, square) = tape.inference(|| {
            let leaf = tape.leaf(array(&[n], &x));
            let (square, scalar) = (leaf * leaf, tape.scalar(element::<T>(s)));
            let _passive = scalar * scalar + square.sum().at(());
            (leaf, scalar, square)
        });
        self.push(Op::Leaf(vec![n], x), false, vec![Value::Tensor(leaf)]);
        self.push(Op::Scalars(vec![s]), false, vec![Value::Scalar(scalar)]);
        let held = numbers(&square.to_vec());
        self.push(Op::Constant(vec![n], held), false, vec![Value::Tensor(square)]);
        self.counts.add("inference");
        Some(())
    }
}
