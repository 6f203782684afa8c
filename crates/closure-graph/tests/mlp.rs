//! A perceptron of two layers: its gradient by tensors, by scalars and by differences; a few steps.

mod common;

use closure_graph::{Scalar, Tensor};

const INPUTS: [f64; 6] = [0.5, -0.3, 0.8, -0.9, 0.1, 0.4];
const TARGETS: [usize; 3] = [1, 0, 1];
const SHAPES: [&[usize]; 4] = [&[2, 5], &[5], &[5, 2], &[2]];

fn parameters() -> Vec<f64> {
    (0..27).map(|i| (i as f64 * 1.37 + 0.2).sin() * 0.8).collect()
}

fn leaves(values: &[f64]) -> Vec<Tensor> {
    let mut rest = values;
    SHAPES
        .iter()
        .map(|shape| {
            let (own, others) = rest.split_at(shape.iter().product());
            rest = others;
            Tensor::leaf(own.to_vec(), shape)
        })
        .collect()
}

fn loss(p: &[Tensor]) -> Tensor {
    let x = Tensor::constant(INPUTS.to_vec(), &[3, 2]);
    let hidden = (x.matmul(&p[0]) + &p[1]).tanh();
    (hidden.matmul(&p[2]) + &p[3]).cross_entropy(&TARGETS)
}

fn scalar_loss(p: &[Scalar]) -> Scalar {
    let rows = INPUTS.chunks(2).zip(TARGETS).map(|(x, target)| {
        let hidden: Vec<Scalar> =
            (0..5).map(|j| (&p[j] * x[0] + &p[5 + j] * x[1] + &p[10 + j]).tanh()).collect();
        let logits: Vec<Scalar> = (0..2)
            .map(|c| {
                hidden.iter().enumerate().map(|(j, h)| h * &p[15 + 2 * j + c]).sum::<Scalar>() + &p[25 + c]
            })
            .collect();
        (logits[0].exp() + logits[1].exp()).ln() - &logits[target]
    });
    rows.sum::<Scalar>() / 3.0
}

#[test]
fn gradient_by_tensors_scalars_and_differences() {
    let values = parameters();
    let tensors = leaves(&values);
    let y = loss(&tensors);
    y.backward();
    let by_tensors: Vec<f64> = tensors.iter().flat_map(|p| p.grad().unwrap().to_vec()).collect();
    common::check("mlp", &values, &by_tensors, |values| loss(&leaves(values)).item());

    let scalars: Vec<Scalar> = values.iter().map(|&p| Scalar::leaf(p)).collect();
    let z = scalar_loss(&scalars);
    z.backward();
    assert!((z.value() - y.item()).abs() < 1e-14);
    for (tensor, scalar) in by_tensors.iter().zip(&scalars) {
        assert!((tensor - scalar.grad()).abs() < 1e-14, "tensor {tensor}, scalar {}", scalar.grad());
    }
}

#[test]
fn steps_lower_the_loss() {
    let parameters = leaves(&parameters());
    let start = loss(&parameters).item();
    for _ in 0..200 {
        loss(&parameters).backward();
        for p in &parameters {
            p.update(|values, grad| values.iter_mut().zip(grad).for_each(|(p, g)| *p -= 0.5 * g));
            p.zero_grad();
        }
    }
    let end = loss(&parameters).item();
    assert!(end < 0.05 * start, "from {start} to {end}");
}
