//! Derivatives against differences of the program itself, run at points nearby.

use wengert::{Element, Tape};

use crate::case::{Case, Root, answer};
use crate::compare::{dot, is_tame};
use crate::program::{Op, Step, View};
use crate::replay::{Replay, Shift};
use wengert_tests::quietly;

/// The length of a step.
const STEP: f64 = 1e-4;

/// The derivative along the line by five points, from what stands on either side; `None` where the two sides do not
/// agree, as at a kink, or where it cannot be computed.
fn central(at: impl Fn(f64) -> Option<f64>) -> Option<f64> {
    let [here, right, left] = [at(0.0)?, at(STEP)?, at(-STEP)?];
    let [far_right, far_left] = [at(2.0 * STEP)?, at(-2.0 * STEP)?];
    let near = (right - left) / (2.0 * STEP);
    let far = (far_right - far_left) / (4.0 * STEP);
    let sides = [(right - here) / STEP, (here - left) / STEP];
    let scale = 1.0 + near.abs();
    let is_smooth = (sides[0] - sides[1]).abs() < 0.02 * scale && (near - far).abs() < 1e-6 * scale;
    (is_smooth && near.abs() < 1e3).then(|| (4.0 * near - far) / 3.0)
}

impl<T: Element> Case<T> {
    /// Whether the derivative of the program is that of its numbers: it is not, for what is detached.
    fn is_its_own_derivative(&self) -> bool {
        let is_not = |step: &Step| match step {
            Step::Op { op, paused, .. } => {
                *paused || matches!(op, Op::View(View::Detach, _) | Op::WithPartials(..))
            }
            Step::Write { .. } => true,
        };
        T::NAME == "f64" && !self.steps.iter().any(is_not)
    }

    /// The program a bit away.
    fn shifted<R>(&self, leaf: usize, way: &[f64], h: f64, f: impl FnOnce(Replay<T>) -> R) -> Option<R> {
        let by: Vec<f64> = way.iter().map(|way| h * way).collect();
        quietly(|| f(Replay::new(&self.steps, &self.rows, Some(&Shift { leaf, by: &by })))).ok()
    }

    fn draw_line(&mut self) -> Option<(usize, Vec<f64>)> {
        let leaves: Vec<usize> = self.leaves().into_iter().filter(|&k| self.values[k].is_tensor()).collect();
        let leaf = self.chance.pick(&leaves).filter(|_| self.is_its_own_derivative())?;
        let leaf = self.first_of(leaf);
        Some((leaf, self.chance.numbers(self.values[leaf].len())))
    }

    /// The gradient along a line, against differences of the values.
    pub fn differences(&mut self, tape: &Tape<T>) -> Option<()> {
        let ((leaf, way), (root, seed)) = (self.draw_line()?, self.draw_root()?);
        let want = central(|h| self.shifted(leaf, &way, h, |near| dot(&near.values[root].numbers(), &seed)))?;
        let asked = format!("grad of v{root} with {seed:?} by v{leaf} along {way:?}");
        let got = self.gradient_of(tape, &asked, (root, seed), leaf)?;
        self.compare_along("differences", &asked, &got, &way, want)
    }

    /// The product of the Hessian with a line, against differences of the gradient.
    pub fn second_differences(&mut self, tape: &Tape<T>) -> Option<()> {
        let ((leaf, way), root) = (self.draw_line()?, self.draw_single_root()?);
        let other = self.chance.numbers(way.len());
        let want = central(|h| {
            self.shifted(leaf, &way, h, |near| {
                let gradient = near.gradients(&[(root, vec![1.0])], &[leaf]).remove(0);
                gradient.map_or(0.0, |gradient| dot(&gradient, &other))
            })
        })?;
        let asked = format!("hvp of v{root} by v{leaf} along {way:?}, times {other:?}");
        let got = self.ask(tape, &asked, |case| {
            let vector = case.values[leaf].array(&way);
            tape.try_hvp(case.values[root].operand(), &case.operands(&[leaf]), &[vector])
        })?;
        self.compare_along("second differences", &asked, &answer(&got)[0], &other, want)
    }

    fn gradient_of(&mut self, tape: &Tape<T>, asked: &str, root: Root, leaf: usize) -> Option<Vec<f64>> {
        let got = self.ask(tape, asked, |case| {
            let seeds = case.arrays(std::slice::from_ref(&root));
            tape.try_grad_with(&case.operands(&[root.0]), &seeds, &case.operands(&[leaf]))
        })?;
        Some(answer(&got).remove(0))
    }

    fn compare_along(
        &mut self,
        kind: &'static str,
        asked: &str,
        got: &[f64],
        way: &[f64],
        want: f64,
    ) -> Option<()> {
        if !is_tame(got) {
            return None;
        }
        self.counts.add(kind);
        let got = dot(got, way);
        assert!(
            (got - want).abs() <= 2e-5 * (1.0 + want.abs()),
            "{asked}\n    gave {got:e}\n    and differences {want:e}"
        );
        Some(())
    }
}
