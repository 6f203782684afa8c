//! First and second derivatives of every row of the family against central differences.

use wengert::{Tape, Tensor};
use wengert_tests::forms::{Form, numbers};
use wengert_tests::is_close;
use wengert_tests::numeric::{Input, central, check};

const NAMES: [&str; 27] = [
    "dot",
    "outer",
    "mv",
    "bmm",
    "addmm",
    "kron",
    "cross",
    "einsum",
    "solve",
    "solve_triangular",
    "cholesky_solve",
    "inv",
    "pinv",
    "det",
    "slogdet",
    "logdet",
    "cholesky",
    "lu",
    "qr",
    "lstsq",
    "eigh",
    "eigvalsh",
    "svd",
    "svdvals",
    "matrix_power",
    "matrix_exp",
    "matmul",
];

#[test]
fn first_derivatives() {
    for row in wengert::table::structural::<f64>().iter().filter(|row| NAMES.contains(&row.name)) {
        for form in [Form::Contiguous, Form::Stepped] {
            let inputs: Vec<Input> = (row.operands.iter().zip(1..))
                .map(|(dims, seed)| Input::near(dims, form, 0.0, 1.0, seed))
                .collect();
            check(row.name, &inputs, &row.call);
        }
    }
}

#[test]
fn second_derivatives() {
    let mut seen = Vec::new();
    for row in wengert::table::structural::<f64>().iter().filter(|row| NAMES.contains(&row.name)) {
        seen.push(row.name);
        let at: Vec<Vec<f64>> = (row.operands.iter().zip(1..))
            .map(|(dims, seed)| numbers(dims.iter().product(), 0.0, 1.0, seed))
            .collect();
        let leaves = |tape: &Tape<f64>, values: &[Vec<f64>]| -> Vec<Tensor<f64>> {
            values.iter().zip(row.operands).map(|(x, dims)| tape.leaf((x, *dims))).collect()
        };
        // The sum of squares, so that linear ops have second derivatives too, of the op's own gradient with weights.
        let weighted = |tape: &Tape<f64>, values: &[Vec<f64>]| {
            let x = leaves(tape, values);
            let y = (row.call)(tape, &x);
            let loss = (y * y).sum() * 0.5;
            let grads = tape.grad_recorded(&[loss], &x);
            let weights = grads.iter().zip(3..).map(|(grad, seed)| {
                let dims = grad.shape();
                *grad * tape.constant((numbers(grad.len(), 0.5, 0.5, seed), dims.to_vec()))
            });
            let sum = weights.map(|term| term.sum()).reduce(|a, b| a + b).unwrap();
            (x, sum)
        };
        let tape = Tape::<f64>::new();
        let (x, sum) = weighted(&tape, &at);
        let second: Vec<Vec<f64>> = tape.grad(&[sum], &x).iter().map(|grad| grad.to_vec()).collect();
        for (k, second) in second.iter().enumerate() {
            for (i, &analytic) in second.iter().enumerate() {
                let first = |value: f64| {
                    let mut moved = at.clone();
                    moved[k][i] = value;
                    tape.scope(|| weighted(&tape, &moved).1.item())
                };
                let numeric = central(first, at[k][i]);
                assert!(
                    is_close(analytic, numeric, 1e-7),
                    "{} {:?}: operand {k}, element {i}: analytic {analytic:e}, numeric {numeric:e}",
                    row.name,
                    row.operands
                );
            }
        }
    }
    for name in NAMES {
        assert!(seen.contains(&name), "`{name}` has no row");
    }
}
