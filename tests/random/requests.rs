//! What is asked of a tape between ops. Each answer is compared with another way to the same numbers.

use wengert::{Element, Tape};

use crate::case::{Case, Root, answer};
use crate::compare::dot;

/// Kinds of requests, and how often each is drawn.
const KINDS: [(Request, usize); 17] = [
    (Request::Backward, 3),
    (Request::Grad, 3),
    (Request::Recorded, 2),
    (Request::Jvp, 2),
    (Request::Hvp, 1),
    (Request::HvpByIntermediate, 1),
    (Request::Jacobian, 1),
    (Request::SeedsOfTheTape, 1),
    (Request::Differences, 1),
    (Request::SecondDifferences, 1),
    (Request::Retain, 2),
    (Request::Forget, 1),
    (Request::Write, 1),
    (Request::Mistakes, 1),
    (Request::Gradient, 1),
    (Request::Inference, 1),
    (Request::Ops, 1),
];

#[derive(Clone, Copy, Debug)]
enum Request {
    Backward,
    Grad,
    Recorded,
    Jvp,
    Hvp,
    HvpByIntermediate,
    Jacobian,
    SeedsOfTheTape,
    Differences,
    SecondDifferences,
    Retain,
    Forget,
    Write,
    Mistakes,
    Gradient,
    Inference,
    Ops,
}

impl<T: Element> Case<T> {
    /// Asks one thing, and checks that everything is as it should be after it.
    pub fn request(&mut self, tape: &Tape<T>) {
        let bag: Vec<Request> =
            KINDS.iter().flat_map(|&(request, weight)| std::iter::repeat_n(request, weight)).collect();
        // Where there is nothing to ask it of, it is not asked.
        let _: Option<()> = match self.chance.of(&bag) {
            Request::Backward => self.backward(tape),
            Request::Grad => self.grad(tape),
            Request::Recorded => self.recorded(tape),
            Request::Jvp => self.jvp(tape),
            Request::Hvp => self.hvp(tape),
            Request::HvpByIntermediate => self.hvp_by_intermediate(tape),
            Request::Jacobian => self.jacobian(tape),
            Request::SeedsOfTheTape => self.seeds_of_the_tape(tape),
            Request::Differences => self.differences(tape),
            Request::SecondDifferences => self.second_differences(tape),
            Request::Retain => self.retain(),
            Request::Forget => self.forget(tape),
            Request::Write => self.write(),
            Request::Mistakes => self.mistakes(tape),
            Request::Gradient => self.gradient(tape),
            Request::Inference => self.inference(tape),
            Request::Ops => {
                self.record(tape, 2);
                Some(())
            }
        };
        self.check_state();
    }

    /// `backward` adds to the gradients what it gives on a fresh tape.
    fn backward(&mut self, tape: &Tape<T>) -> Option<()> {
        let (root, seed) = self.draw_root()?;
        let plain = seed.len() == 1 && self.chance.happens(0.5);
        let seed = if plain { vec![1.0] } else { seed };
        let asked =
            format!("v{root}.backward with {}", if plain { "no seed".into() } else { format!("{seed:?}") });
        self.ask(tape, &asked, |case| case.values[root].backward((!plain).then_some(&seed)))?;
        let tracked = self.tracked();
        let roots = [(root, seed)];
        let more = self.replay().gradients(&roots, &tracked);
        self.expect_gradients(&roots, &tracked, more);
        self.counts.add("backward");
        Some(())
    }

    /// `grad` of several roots by several inputs.
    fn grad(&mut self, tape: &Tape<T>) -> Option<()> {
        let roots = (0..self.chance.up_to(3)).map(|_| self.draw_root()).collect::<Option<Vec<_>>>()?;
        let inputs = self.draw_inputs(4);
        let asked = format!("grad of {roots:?} by {inputs:?}");
        let got = self.ask(tape, &asked, |case| {
            let of: Vec<_> = roots.iter().map(|root| root.0).collect();
            tape.try_grad_with(&case.operands(&of), &case.arrays(&roots), &case.operands(&inputs))
        })?;
        self.compare_gradients("grad", &asked, &answer(&got), &roots, &inputs);
        Some(())
    }

    /// What was given for each input is its gradient on a fresh tape.
    pub fn compare_gradients(
        &mut self,
        kind: &'static str,
        asked: &str,
        got: &[Vec<f64>],
        roots: &[Root],
        inputs: &[usize],
    ) {
        let want = self.replay().gradients(roots, inputs);
        for ((got, want), k) in got.iter().zip(want).zip(inputs) {
            let want = want.unwrap_or(vec![0.0; got.len()]);
            self.compare(kind, &format!("{asked}, by v{k}"), roots, got, &want);
        }
    }

    /// `jacobian`, or products with it from the left, of scalars.
    fn jacobian(&mut self, tape: &Tape<T>) -> Option<()> {
        let scalars = self.all(|value| !value.is_tensor());
        let inputs: Vec<usize> = self.inputs().into_iter().filter(|k| scalars.contains(k)).collect();
        let (n, m) = (self.chance.up_to(6), self.chance.up_to(5));
        let (outputs, inputs) = (self.chance.picks(&scalars, n)?, self.chance.picks(&inputs, m)?);
        let lanes = self.chance.happens(0.5).then(|| self.chance.up_to(9));
        let rows: Vec<Vec<f64>> = match lanes {
            Some(lanes) => (0..lanes).map(|_| self.chance.numbers(n)).collect(),
            None => (0..n).map(|k| (0..n).map(|j| f64::from(u8::from(j == k))).collect()).collect(),
        };
        let what = if lanes.is_some() { "vjp_lanes" } else { "jacobian" };
        let asked = format!("{what} of {outputs:?} by {inputs:?}, rows {rows:?}");
        let answer = self.ask(tape, &asked, |case| {
            let y: Vec<_> = outputs.iter().map(|&k| case.values[k].scalar()).collect();
            let x: Vec<_> = inputs.iter().map(|&k| case.values[k].scalar()).collect();
            match lanes {
                Some(_) => {
                    tape.try_vjp_lanes(&y, &rows.iter().map(|row| elements(row)).collect::<Vec<_>>(), &x)
                }
                None => tape.try_jacobian(&y, &x),
            }
        })?;
        for (row, got) in rows.iter().zip(answer.rows()) {
            let roots = outputs.iter().zip(row).filter(|(k, w)| self.values[**k].is_active() && **w != 0.0);
            let roots: Vec<_> = roots.map(|(&k, &w)| (k, vec![w])).collect();
            let want = self.replay().gradients(&roots, &inputs);
            let want: Vec<f64> = want.into_iter().map(|want| want.map_or(0.0, |want| want[0])).collect();
            self.compare(what, &format!("{asked}, row {row:?}"), &roots, &crate::value::numbers(got), &want);
        }
        Some(())
    }

    /// `jvp` in lanes, against products of the gradient with the tangents.
    fn jvp(&mut self, tape: &Tape<T>) -> Option<()> {
        // Several leaves, or one input of any kind: a tangent of one that depends on another would count twice.
        let mut inputs = self.draw_leaves(2);
        if inputs.is_empty() || self.chance.happens(0.3) {
            inputs = self.draw_inputs(1);
        }
        let roots = (0..self.chance.up_to(2)).map(|_| self.draw_root()).collect::<Option<Vec<_>>>()?;
        let lanes: Vec<Vec<Vec<f64>>> =
            (0..self.chance.up_to(3)).map(|_| self.draw_tangents(&inputs)).collect();
        let of: Vec<_> = roots.iter().map(|root| root.0).collect();
        let asked = format!("jvp of {of:?} by {inputs:?} along {lanes:?}");
        let answer = self.ask(tape, &asked, |case| {
            let lanes: Vec<_> = lanes.iter().map(|dots| case.tangents(&inputs, dots)).collect();
            let lanes: Vec<&[_]> = lanes.iter().map(|dots| &dots[..]).collect();
            tape.try_jvp_lanes(&case.operands(&of), &case.operands(&inputs), &lanes)
        })?;
        for (n, root) in roots.iter().enumerate() {
            let gradients = self.replay().gradients(std::slice::from_ref(root), &inputs);
            for (dots, answer) in lanes.iter().zip(&answer) {
                let parts = gradients.iter().zip(dots);
                let want: f64 = parts.filter_map(|(g, x_dot)| g.as_ref().map(|g| dot(g, x_dot))).sum();
                let got = dot(&crate::value::numbers(&answer[n].to_vec()), &root.1);
                self.compare(
                    "jvp",
                    &format!("{asked}, times {root:?}"),
                    std::slice::from_ref(root),
                    &[got],
                    &[want],
                );
            }
        }
        Some(())
    }

    /// A tangent for each input.
    pub fn draw_tangents(&mut self, inputs: &[usize]) -> Vec<Vec<f64>> {
        inputs.iter().map(|&k| self.chance.numbers(self.values[k].len())).collect()
    }

    pub fn tangents(&self, inputs: &[usize], dots: &[Vec<f64>]) -> Vec<ndarray::ArrayD<T>> {
        inputs.iter().zip(dots).map(|(&k, x_dot)| self.values[k].array(x_dot)).collect()
    }
}

fn elements<T: Element>(numbers: &[f64]) -> Vec<T> {
    numbers.iter().map(|&number| crate::value::element(number)).collect()
}
