//! The checker: gradients against central differences of fourth order.

use wengert::{Tape, Tensor};

use crate::close::is_close;
use crate::forms::{self, Form};

/// An operand: its shape, the form in which it lies, and the values of its leaf.
#[derive(Clone, Debug)]
pub struct Input {
    /// The shape of the operand.
    pub dims: Vec<usize>,
    /// How it lies.
    pub form: Form,
    /// The values of the leaf that it is a view of.
    pub values: Vec<f64>,
}

impl Input {
    /// An operand with numbers near `center`.
    pub fn near(dims: &[usize], form: Form, center: f64, spread: f64, seed: u64) -> Input {
        let values = forms::numbers(forms::count(&form.base(dims)), center, spread, seed);
        Input { dims: dims.to_vec(), form, values }
    }

    /// An operand of which no two numbers are close.
    pub fn apart(dims: &[usize], form: Form, seed: u64) -> Input {
        let values = forms::apart(forms::count(&form.base(dims)), seed);
        Input { dims: dims.to_vec(), form, values }
    }

    fn view(&self, tape: &Tape<f64>, values: &[f64], active: bool) -> (Tensor<f64>, Tensor<f64>) {
        let values = (values, self.form.base(&self.dims));
        let leaf = if active { tape.leaf(values) } else { tape.constant(values) };
        (leaf, self.form.of(leaf, &self.dims))
    }
}

/// The gradient of `f`, weighted, with respect to the leaf of each operand, against central differences.
///
/// Each operand is also asked for alone, the others passive: an op must not need the adjoint of one for another.
#[track_caller]
pub fn check(op: &str, inputs: &[Input], f: &dyn Fn(&Tape<f64>, &[Tensor<f64>]) -> Tensor<f64>) {
    let tape = Tape::<f64>::new();
    let forward = |values: &[Vec<f64>]| -> Vec<f64> {
        tape.inference(|| {
            let views: Vec<_> =
                inputs.iter().zip(values).map(|(input, values)| input.view(&tape, values, false).1).collect();
            f(&tape, &views).to_vec()
        })
    };
    let at: Vec<Vec<f64>> = inputs.iter().map(|input| input.values.clone()).collect();
    let weights = forms::numbers(forward(&at).len(), 0.6, 0.5, 77);
    let loss =
        |values: &[Vec<f64>]| -> f64 { forward(values).iter().zip(&weights).map(|(y, w)| y * w).sum() };

    let numeric: Vec<Vec<f64>> = (0..inputs.len())
        .map(|k| (0..at[k].len()).map(|i| central(|x| loss(&with(&at, k, i, x)), at[k][i])).collect())
        .collect();
    // All active, then each alone.
    let alone = (0..inputs.len()).map(|k| vec![k]);
    for active in std::iter::once((0..inputs.len()).collect::<Vec<_>>()).chain(alone) {
        let analytic: Vec<Option<Vec<f64>>> = tape.scope(|| {
            let views: Vec<_> = inputs
                .iter()
                .enumerate()
                .map(|(k, input)| input.view(&tape, &input.values, active.contains(&k)))
                .collect();
            let y = f(&tape, &views.iter().map(|(_, view)| *view).collect::<Vec<_>>());
            y.backward_with((weights.clone(), y.shape().to_vec()));
            views.iter().map(|(leaf, _)| leaf.grad().map(|grad| grad.into_raw_vec_and_offset().0)).collect()
        });
        for (k, analytic) in analytic.iter().enumerate() {
            if !active.contains(&k) {
                assert!(analytic.is_none(), "{op}: passive operand {k} has a gradient");
                continue;
            }
            let analytic =
                analytic.as_ref().unwrap_or_else(|| panic!("{op}: no gradient of operand {k}: {inputs:?}"));
            for i in 0..at[k].len() {
                assert!(
                    is_close(analytic[i], numeric[k][i], 2e-9),
                    "{op}: the gradient of operand {k} at element {i} of its leaf is wrong\n  analytic {:e}\n  numeric  {:e}\n  active {active:?}\n  inputs {inputs:?}",
                    analytic[i],
                    numeric[k][i]
                );
            }
        }
    }
}

fn with(values: &[Vec<f64>], k: usize, i: usize, x: f64) -> Vec<Vec<f64>> {
    let mut values = values.to_vec();
    values[k][i] = x;
    values
}

/// The derivative of `f` at `x` by five points.
pub fn central(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3 * x.abs().max(0.5);
    (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
}
