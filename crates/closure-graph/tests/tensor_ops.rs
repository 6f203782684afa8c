//! Tensors: every op against central differences, over the shapes that broadcasting tells apart.

mod common;

use closure_graph::Tensor;

type Op = fn(&[Tensor]) -> Tensor;
type Row = (&'static str, Op, &'static [&'static [usize]]);

const UNARY: &[(&str, Op)] = &[
    ("x + 2", |v| &v[0] + 2.0),
    ("2 + x", |v| 2.0 + &v[0]),
    ("x - 2", |v| &v[0] - 2.0),
    ("2 - x", |v| 2.0 - &v[0]),
    ("x * 2", |v| &v[0] * 2.0),
    ("2 * x", |v| 2.0 * &v[0]),
    ("x / 2", |v| &v[0] / 2.0),
    ("2 / x", |v| 2.0 / &v[0]),
    ("-x", |v| -&v[0]),
    ("square", |v| v[0].square()),
    ("powi(3)", |v| v[0].powi(3)),
    ("powi(0)", |v| v[0].powi(0)),
    ("powf(1.7)", |v| v[0].square().powf(1.7)),
    ("exp", |v| v[0].exp()),
    ("ln", |v| v[0].square().ln()),
    ("sqrt", |v| v[0].square().sqrt()),
    ("sin", |v| v[0].sin()),
    ("cos", |v| v[0].cos()),
    ("tanh", |v| v[0].tanh()),
    ("relu", |v| v[0].relu()),
    ("abs", |v| v[0].abs()),
    ("sigmoid", |v| v[0].sigmoid()),
    ("sum", |v| v[0].sum()),
    ("mean", |v| v[0].mean()),
    ("log_softmax", |v| v[0].log_softmax()),
    ("x * x", |v| &v[0] * &v[0]),
    ("used twice", |v| v[0].exp() * v[0].sin() + &v[0]),
    ("twice log_softmax", |v| v[0].log_softmax() + v[0].log_softmax() * &v[0]),
    ("twice sum", |v| v[0].sum() * v[0].mean()),
];

const BINARY: &[(&str, Op)] = &[
    ("a + b", |v| &v[0] + &v[1]),
    ("a - b", |v| &v[0] - &v[1]),
    ("a * b", |v| &v[0] * &v[1]),
    ("a / b", |v| &v[0] / &v[1]),
    ("(a * b) / b - a", |v| (&v[0] * &v[1]) / v[1].square() - &v[0] * &v[0]),
];

/// Equal, numbers, rows, columns, both broadcast, axes of 1, three axes, long rows.
const SHAPES: &[[&[usize]; 2]] = &[
    [&[2, 3], &[2, 3]],
    [&[2, 3], &[]],
    [&[1], &[2, 3]],
    [&[2, 3], &[3]],
    [&[3], &[2, 3]],
    [&[2, 3], &[2, 1]],
    [&[2, 1], &[1, 3]],
    [&[1, 3], &[3]],
    [&[], &[]],
    [&[2, 3, 4], &[3, 1]],
    [&[2, 1, 4], &[3, 1]],
    [&[2, 3, 4], &[2, 1, 4]],
    [&[2, 1, 2, 1], &[1, 3, 1, 2]],
    [&[3, 11], &[3, 1]],
];

const STRUCTURAL: &[Row] = &[
    ("matmul", |v| v[0].matmul(&v[1]), &[&[2, 3], &[3, 4]]),
    ("matmul of one row", |v| v[0].matmul(&v[1]), &[&[1, 3], &[3, 1]]),
    ("matmul with itself", |v| v[0].matmul(&v[0]), &[&[3, 3]]),
    ("matmul twice", |v| v[0].matmul(&v[1]) + v[0].tanh().matmul(&v[1]), &[&[2, 3], &[3, 2]]),
    ("matmul of a transpose", |v| v[0].transpose().matmul(&v[1]), &[&[3, 2], &[3, 4]]),
    ("transpose", |v| v[0].transpose().exp(), &[&[2, 3]]),
    ("transpose in blocks", |v| v[0].transpose(), &[&[17, 18]]),
    ("cross_entropy", |v| v[0].cross_entropy(&[2, 0]), &[&[2, 3]]),
    (
        "cross_entropy twice",
        |v| v[0].cross_entropy(&[1, 0]) + v[0].sum() + v[0].cross_entropy(&[2, 2]),
        &[&[2, 3]],
    ),
    ("log_softmax of three axes", |v| v[0].log_softmax(), &[&[2, 2, 9]]),
];

/// Numbers of either sign, away from the kinks at zero.
fn sample(n: usize, seed: usize) -> Vec<f64> {
    (0..n)
        .map(|i| {
            let wave = ((i * 7 + seed * 13) as f64 * 0.71).sin();
            wave.signum() * 0.3 + wave
        })
        .collect()
}

fn check_op(op: &str, f: Op, shapes: &[&[usize]]) {
    let points: Vec<Vec<f64>> =
        shapes.iter().enumerate().map(|(i, shape)| sample(shape.iter().product(), i + 1)).collect();
    // All active, and each input alone, so that the pruned paths are checked as well.
    for alone in (0..shapes.len()).map(Some).chain([None]) {
        let inputs: Vec<Tensor> = (0..shapes.len())
            .map(|i| match alone {
                Some(active) if active != i => Tensor::constant(points[i].clone(), shapes[i]),
                _ => Tensor::leaf(points[i].clone(), shapes[i]),
            })
            .collect();
        let y = f(&inputs);
        let seed = sample(y.values().len(), 9);
        y.backward_with(seed.clone());
        for (i, input) in inputs.iter().enumerate() {
            let Some(grad) = input.grad() else {
                assert!(!input.requires_grad(), "{op} of {shapes:?}: no gradient for input {i}");
                continue;
            };
            common::check(&format!("{op} of {shapes:?}, input {i}"), &points[i], &grad, |point| {
                let moved: Vec<Tensor> = (0..shapes.len())
                    .map(|j| {
                        Tensor::constant(if i == j { point.to_vec() } else { points[j].clone() }, shapes[j])
                    })
                    .collect();
                f(&moved).values().iter().zip(&seed).map(|(y, s)| y * s).sum()
            });
        }
    }
}

#[test]
fn unary_ops() {
    for &(op, f) in UNARY {
        for shape in [&[2, 3][..], &[19], &[1, 1]] {
            check_op(op, f, &[shape]);
        }
    }
}

#[test]
fn binary_ops_over_broadcast_shapes() {
    for &(op, f) in BINARY {
        for shapes in SHAPES {
            check_op(op, f, shapes);
        }
    }
}

#[test]
fn structural_ops() {
    for &(op, f, shapes) in STRUCTURAL {
        check_op(op, f, shapes);
    }
}

#[test]
fn broadcast_values_and_shapes() {
    let column = Tensor::constant(vec![10.0, 20.0], &[2, 1]);
    let row = Tensor::constant(vec![1.0, 2.0, 3.0], &[3]);
    let y = &column + &row;
    assert_eq!(y.shape(), [2, 3]);
    assert_eq!(&*y.values(), [11.0, 12.0, 13.0, 21.0, 22.0, 23.0]);
    assert_eq!((&row * &Tensor::constant(vec![], &[0, 3])).shape(), [0, 3]);
}
