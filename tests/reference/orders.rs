//! The derivatives of a case: first order, second order, and the product of the Hessian and a vector.

use ndarray::ArrayD;
use wengert::{Tape, Tensor};

use crate::call::Call;

/// The gradients of the outputs, weighted with their cotangents.
pub fn grads(call: &Call<'_>, outputs: &[Tensor<f64>]) -> Vec<Tensor<f64>> {
    let (roots, seeds) = roots(call, outputs);
    if roots.is_empty() {
        return zeros(call);
    }
    call.tape.grad_with(&roots, &seeds, &call.active())
}

/// The gradients of the gradients, weighted with `v`.
pub fn grad_grads(call: &Call<'_>, outputs: &[Tensor<f64>]) -> Vec<Tensor<f64>> {
    let ((roots, seeds), tape, inputs) = (roots(call, outputs), call.tape, call.active());
    let grads: Vec<Tensor<f64>> = tape.grad_recorded_with(&roots, &seeds, &inputs);
    let products = grads.iter().zip(vectors(call)).map(|(grad, v)| (*grad * tape.constant(v)).sum());
    match products.reduce(|sum, product| sum + product) {
        Some(sum) if sum.requires_grad() => tape.grad(&[sum], &inputs),
        // The gradients of a linear op are constants.
        _ => zeros(call),
    }
}

/// The product of the Hessian of a root and `v`.
pub fn hvp(call: &Call<'_>, root: Tensor<f64>) -> Vec<Tensor<f64>> {
    let (tape, inputs, vectors) = (call.tape, call.active(), vectors(call));
    tape.hvp(root, &inputs, &vectors)
}

/// The outputs that depend on an input, and their cotangents.
fn roots<'a>(call: &Call<'a>, outputs: &[Tensor<f64>]) -> (Vec<Tensor<f64>>, Vec<&'a ArrayD<f64>>) {
    let seeds = call.case.cotangents.iter().map(|seed| seed.as_ref().expect("an output has a cotangent"));
    outputs.iter().copied().zip(seeds).filter(|(output, _)| output.requires_grad()).unzip()
}

fn vectors<'a>(call: &Call<'a>) -> Vec<&'a ArrayD<f64>> {
    call.case.v.iter().map(|v| v.as_ref().expect("a vector for each input")).collect()
}

/// The gradients by inputs that nothing depends on.
fn zeros(call: &Call<'_>) -> Vec<Tensor<f64>> {
    let tape: &Tape<f64> = call.tape;
    call.active().iter().map(|x| tape.constant(ArrayD::zeros(&x.shape()[..]))).collect()
}
