//! Second order, by three ways: the gradient recorded and differentiated, dual numbers through the reverse sweep, and
//! central differences of the gradient. All along one direction `v`: they are `H v`, where `H` is the Hessian of the
//! weighted outputs.

use super::Checker;
use super::compare::size;
use super::differences::slopes;
use super::report::Comparison;
use super::subject::{Recorded, weights};
use crate::error::Result;
use crate::scalar::Scalar;
use crate::tape::{Element, Tape};
use crate::tensor::{Operand, Tensor};

/// The gradient as it was recorded, and `H v` by both ways.
struct Second {
    recorded: Vec<f64>,
    twice: Vec<f64>,
    dual: Vec<f64>,
}

impl<T: Element> Checker<'_, T> {
    pub(super) fn compare_second(&mut self) -> Result<()> {
        let point = self.subject.point.clone();
        let v = weights(point.len(), 400);
        let gradient = self.subject.gradient(&point, &self.weights, None)?;
        let Second { recorded, twice, dual } = self.second(None, &v)?;
        let floor = size(gradient.iter().copied());
        for (i, (&recorded, &gradient)) in recorded.iter().zip(&gradient).enumerate() {
            let place = (Some(self.place(i)), None);
            self.comparer.exact(Comparison::Recorded, place, recorded, gradient, floor);
        }
        let floor = size(dual.iter().copied()).max(floor);
        for (i, (&twice, &dual)) in twice.iter().zip(&dual).enumerate() {
            let place = (Some(self.place(i)), None);
            self.comparer.exact(Comparison::Twice, place, twice, dual, floor);
        }
        let numeric = slopes::<T, _>(&gradient, self.subject.size(&v), self.comparer.tolerance, |t| {
            self.subject.gradient(&self.subject.moved(t, &v), &self.weights, None)
        })?;
        let floor = 0.01 * size(numeric.iter().map(|slope| slope.value));
        for (i, (&dual, &slope)) in dual.iter().zip(&numeric).enumerate() {
            let place = (Some(self.place(i)), None);
            self.comparer.numeric(Comparison::Hessian, place, dual, slope, floor);
        }
        self.compare_second_alone(&v)
    }

    /// A block of the Hessian on its diagonal, with the other inputs passive, against the same block with all active.
    fn compare_second_alone(&mut self, v: &[f64]) -> Result<()> {
        let ranges = self.subject.ranges();
        if ranges.len() < 2 || !self.alone {
            return Ok(());
        }
        for (k, own) in ranges.into_iter().enumerate() {
            let mut along = vec![0.0; v.len()];
            along[own.clone()].copy_from_slice(&v[own.clone()]);
            let all = self.second(None, &along)?;
            let alone = self.second(Some(k), &along)?;
            let floor = size(all.dual.iter().chain(&all.recorded).copied());
            for i in own {
                for one in [alone.dual[i], alone.twice[i]] {
                    let place = (Some(self.place(i)), None);
                    self.comparer.exact(Comparison::HessianAlone, place, one, all.dual[i], floor);
                }
                let place = (Some(self.place(i)), None);
                self.comparer.exact(Comparison::Recorded, place, alone.recorded[i], all.recorded[i], floor);
            }
        }
        Ok(())
    }

    fn second(&self, alone: Option<usize>, v: &[f64]) -> Result<Second> {
        self.subject.at(&self.subject.point, alone, |recorded| {
            let zero = vec![0.0; v.len()];
            if !recorded.is_active() {
                return Ok(Second { recorded: zero.clone(), twice: zero.clone(), dual: zero });
            }
            let (tape, inputs) = (recorded.tape, &recorded.inputs);
            let loss = weighted(recorded, &self.weights)?;
            let duals = tape.try_hvp(loss, inputs, &recorded.parts(v))?;
            let dual = recorded.gathered(duals.iter().map(|dual| dual.to_vec()));
            let grads =
                tape.try_grad_recorded_with(&[recorded.output], &[recorded.seed(&self.weights)], inputs)?;
            let product = along(tape, &grads, recorded.parts(v))?;
            let twice = match product {
                Some(product) if product.requires_grad() => {
                    let twice = tape.try_grad(&[product], inputs)?;
                    recorded.gathered(twice.iter().map(|grad| grad.to_vec()))
                }
                // A gradient that depends on nothing.
                _ => zero,
            };
            let grads = recorded.gathered(grads.iter().map(|grad| grad.to_vec()));
            Ok(Second { recorded: grads, twice, dual })
        })
    }
}

/// The weighted outputs: one number.
fn weighted<T: Element>(recorded: &Recorded<'_, T>, weights: &[f64]) -> Result<Operand<T>> {
    let (values, shape) = recorded.seed(weights);
    Ok(match recorded.output {
        Operand::Tensor(y) => y.try_mul(recorded.tape.try_constant((values, shape))?)?.try_sum()?.into(),
        Operand::Scalar(y) => y.try_mul(Scalar::passive(values[0]))?.into(),
        number => number,
    })
}

/// The sum of the products of gradients and vectors.
fn along<T: Element>(
    tape: &Tape<T>,
    grads: &[Tensor<T>],
    vectors: Vec<super::subject::Values<T>>,
) -> Result<Option<Tensor<T>>> {
    let mut sum: Option<Tensor<T>> = None;
    for (&grad, vector) in grads.iter().zip(vectors) {
        let product = grad.try_mul(tape.try_constant(vector)?)?.try_sum()?;
        sum = Some(match sum {
            Some(sum) => sum.try_add(product)?,
            None => product,
        });
    }
    Ok(sum)
}
