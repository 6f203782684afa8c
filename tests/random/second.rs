//! Requests of second order: derivatives that are recorded, and products with the Hessian.

use wengert::{Element, Tape};

use crate::case::{Case, answer};
use crate::compare::is_tame;
use crate::replay::weighted;

impl<T: Element> Case<T> {
    /// `grad_recorded` gives what `grad` does; and its own derivative, by `backward` or by `grad`, is that of a fresh
    /// tape.
    pub fn recorded(&mut self, tape: &Tape<T>) -> Option<()> {
        let roots = (0..self.chance.up_to(3)).map(|_| self.draw_root()).collect::<Option<Vec<_>>>()?;
        let inputs = self.draw_inputs(4);
        let asked = format!("grad_recorded of {roots:?} by {inputs:?}");
        let recorded = self.ask(tape, &asked, |case| {
            let of: Vec<_> = roots.iter().map(|root| root.0).collect();
            tape.try_grad_recorded_with(&case.operands(&of), &case.arrays(&roots), &case.operands(&inputs))
        })?;
        self.compare_gradients("grad_recorded", &asked, &answer(&recorded), &roots, &inputs);

        let vectors = self.draw_tangents(&inputs);
        let product = weighted(tape, recorded.iter().copied().zip(vectors.iter().map(|v| &v[..])))?;
        let tracked = self.tracked();
        let want = {
            let replay = self.replay();
            let again = replay.recorded(&roots, &inputs)?;
            let product = replay.product(&again, &vectors)?;
            replay.gradients_of(product, &tracked)
        };
        if self.chance.happens(0.5) {
            let leaves = self.leaves();
            let asked = format!("its derivative times {vectors:?}, by {leaves:?}");
            let got = self.ask(tape, &asked, |case| tape.try_grad(&[product], &case.operands(&leaves)))?;
            for (k, got) in leaves.iter().zip(answer(&got)) {
                let place =
                    tracked.iter().position(|j| *j == self.first_of(*k)).expect("leaves keep gradients");
                let want = want[place].clone().unwrap_or(vec![0.0; got.len()]);
                self.compare("second by grad", &format!("{asked}: v{k}"), &roots, &got, &want);
            }
        } else {
            let asked = format!("backward from its product with {vectors:?}");
            self.ask(tape, &asked, |_| product.try_backward())?;
            self.expect_gradients(&roots, &tracked, want);
            self.counts.add("second by backward");
        }
        Some(())
    }

    /// `hvp` by leaves, against the derivative of what was recorded.
    pub fn hvp(&mut self, tape: &Tape<T>) -> Option<()> {
        let (root, leaves) = (self.draw_single_root()?, self.draw_leaves(3));
        self.compare_hvp("hvp", tape, root, leaves)
    }

    /// `hvp` by one value of any kind.
    pub fn hvp_by_intermediate(&mut self, tape: &Tape<T>) -> Option<()> {
        let (root, input) = (self.draw_single_root()?, self.draw_inputs(1));
        self.compare_hvp("hvp by an intermediate", tape, root, input)
    }

    fn compare_hvp(
        &mut self,
        kind: &'static str,
        tape: &Tape<T>,
        root: usize,
        inputs: Vec<usize>,
    ) -> Option<()> {
        let vectors = self.draw_tangents(&inputs);
        let asked = format!("hvp of v{root} by {inputs:?} along {vectors:?}");
        let got = self.ask(tape, &asked, |case| {
            let tangents = case.tangents(&inputs, &vectors);
            tape.try_hvp(case.values[root].operand(), &case.operands(&inputs), &tangents)
        })?;
        let replay = self.replay();
        let roots = [(root, vec![1.0])];
        let recorded = replay.recorded(&roots, &inputs)?;
        let want = match replay.product(&recorded, &vectors) {
            Some(product) => replay.by(product, &inputs),
            None => vectors.iter().map(|vector| vec![0.0; vector.len()]).collect(),
        };
        for ((got, want), k) in answer(&got).iter().zip(&want).zip(&inputs) {
            self.compare(kind, &format!("{asked}: v{k}"), &roots, got, want);
        }
        Some(())
    }

    /// A seed that is a tensor of the tape: a leaf, a constant, a view, or what depends on the inputs. Its derivative by
    /// an active seed is the tangent.
    pub fn seeds_of_the_tape(&mut self, tape: &Tape<T>) -> Option<()> {
        let (root, _) = self.draw_root()?;
        let dims = self.values[root].dims();
        let fitting = self.all(|value| value.is_tensor() && value.dims() == dims);
        let seed = self.chance.pick(&fitting)?;
        let inputs = self.draw_inputs(3);
        let is_recorded = self.chance.happens(0.6);
        let what = if is_recorded { "grad_recorded" } else { "grad" };
        let asked = format!("{what} of v{root} with the seed v{seed} by {inputs:?}");
        let got = self.ask(tape, &asked, |case| {
            let (of, by) = (case.operands(&[root]), case.operands(&inputs));
            let seeds = [case.values[seed].tensor()];
            match is_recorded {
                true => tape.try_grad_recorded_with(&of, &seeds, &by),
                false => tape.try_grad_with(&of, &seeds, &by),
            }
        })?;
        let roots = [(root, self.holds[seed].clone())];
        self.compare_gradients("seed of the tape", &asked, &answer(&got), &roots, &inputs);

        // A leaf that the root does not depend on: what was recorded is linear in it.
        let is_apart = |case: &Case<T>| case.replay().gradients(&roots, &[seed])[0].is_none();
        if !is_recorded || !self.values[seed].is_leaf() || !is_apart(self) {
            return Some(());
        }
        let input = inputs[0];
        let x_dot = self.draw_tangents(&[input]);
        let tangents = self.tangents(&[input], &x_dot);
        let product = weighted(tape, [(got[0], &x_dot[0][..])].into_iter())?;
        let asked = format!("its derivative by the seed, along {x_dot:?}");
        let got = self.ask(tape, &asked, |case| tape.try_grad(&[product], &case.operands(&[seed])))?;
        let of = self.operands(&[root]);
        let want = self.ask(tape, &asked, |case| tape.try_jvp(&of, &case.operands(&[input]), &tangents))?;
        let (got, want) = (answer(&got), answer(&want));
        if is_tame(&got[0]) {
            self.compare("by the seed", &asked, &roots, &got[0], &want[0]);
        }
        Some(())
    }
}
