//! Scalars: every op against central differences, operators by value and by reference, pruning.

mod common;

use closure_graph::Scalar;

type Row = (&'static str, fn(&[Scalar]) -> Scalar, &'static [f64]);

const ROWS: &[Row] = &[
    ("a + b", |v| &v[0] + &v[1], &[0.3, -1.2]),
    ("a - b", |v| &v[0] - &v[1], &[0.3, -1.2]),
    ("a * b", |v| &v[0] * &v[1], &[0.3, -1.2]),
    ("a / b", |v| &v[0] / &v[1], &[0.3, -1.2]),
    ("a * a", |v| &v[0] * &v[0], &[0.7]),
    ("a / a", |v| &v[0] / v[0].clone() + &v[0], &[0.7]),
    ("x + 2", |v| &v[0] + 2.0, &[0.7]),
    ("2 + x", |v| 2.0 + &v[0], &[0.7]),
    ("x - 2", |v| &v[0] - 2.0, &[0.7]),
    ("2 - x", |v| 2.0 - &v[0], &[0.7]),
    ("x * 2", |v| &v[0] * 2.0, &[0.7]),
    ("2 * x", |v| 2.0 * &v[0], &[0.7]),
    ("x / 2", |v| &v[0] / 2.0, &[0.7]),
    ("2 / x", |v| 2.0 / &v[0], &[0.7]),
    ("-x", |v| -&v[0], &[0.7]),
    ("c * x", |v| Scalar::constant(3.0) * &v[0], &[0.7]),
    ("x / c", |v| &v[0] / Scalar::constant(3.0), &[0.7]),
    ("c / x", |v| Scalar::constant(3.0) / &v[0], &[0.7]),
    ("powi(3)", |v| v[0].powi(3), &[-0.7]),
    ("powi(-2)", |v| v[0].powi(-2), &[-0.7]),
    ("powi(0)", |v| v[0].powi(0), &[0.0]),
    ("powi(1)", |v| v[0].powi(1), &[0.0]),
    ("powf(1.7)", |v| v[0].powf(1.7), &[0.7]),
    ("powf(0)", |v| v[0].powf(0.0), &[0.7]),
    ("exp", |v| v[0].exp(), &[0.7]),
    ("ln", |v| v[0].ln(), &[0.7]),
    ("sqrt", |v| v[0].sqrt(), &[0.7]),
    ("sin", |v| v[0].sin(), &[0.7]),
    ("cos", |v| v[0].cos(), &[0.7]),
    ("tanh", |v| v[0].tanh(), &[0.7]),
    ("relu +", |v| v[0].relu(), &[0.7]),
    ("relu -", |v| v[0].relu(), &[-0.7]),
    ("sigmoid", |v| v[0].sigmoid(), &[-0.7]),
    ("abs +", |v| v[0].abs(), &[0.7]),
    ("abs -", |v| v[0].abs(), &[-0.7]),
    ("square", |v| v[0].square(), &[-0.7]),
    ("sum", |v| v.iter().map(|x| x.square()).sum(), &[0.3, -1.2, 0.5]),
    (
        "shared",
        |v| {
            let s = (&v[0] * &v[1]).sin();
            (&s * &s + &v[0]) / (&s.exp() + &v[1].square())
        },
        &[0.3, -1.2],
    ),
];

fn leaves(point: &[f64]) -> Vec<Scalar> {
    point.iter().map(|&x| Scalar::leaf(x)).collect()
}

#[test]
fn ops_against_central_differences() {
    for &(op, f, point) in ROWS {
        let inputs = leaves(point);
        f(&inputs).backward();
        let analytic: Vec<f64> = inputs.iter().map(Scalar::grad).collect();
        common::check(op, point, &analytic, |point| f(&leaves(point)).value());
    }
}

#[test]
fn operands_by_value_by_reference_and_assigned() {
    let (a, b) = (Scalar::leaf(3.0f32), Scalar::leaf(2.0));
    for y in [a.clone() * b.clone(), &a * b.clone(), a.clone() * &b, &a * &b] {
        y.backward();
    }
    assert_eq!((a.grad(), b.grad()), (8.0, 12.0));
    let mut y = a.clone();
    y += &b;
    y *= 2.0;
    y -= b.clone();
    y /= 4.0;
    assert_eq!((y.value(), (1.0f32 - y).value()), (2.0, -1.0));
}

#[test]
fn kinks_have_slope_zero() {
    let x = Scalar::leaf(0.0);
    (x.relu() + x.abs()).backward();
    assert_eq!(x.grad(), 0.0);
}

#[test]
fn constants_are_pruned_and_output_may_be_a_leaf() {
    let c = Scalar::constant(2.0);
    let y = (&c * 3.0 + &c).exp();
    assert!(!y.requires_grad());
    y.backward();
    assert_eq!((c.grad(), y.grad()), (0.0, 0.0));
    let x = Scalar::leaf(1.0);
    x.backward();
    assert_eq!(x.grad(), 1.0);
}

#[test]
fn a_second_sweep_over_the_same_graph_adds_the_same() {
    let x = Scalar::leaf(0.5);
    let y = (x.sin() * x.exp()).tanh();
    y.backward();
    let once = x.grad();
    y.backward();
    assert_eq!(x.grad(), 2.0 * once);
    x.zero_grad();
    y.backward();
    assert_eq!(x.grad(), once);
}

#[test]
fn two_outputs_share_nodes() {
    let x = Scalar::leaf(0.5);
    let shared = x.square();
    let (y, z) = (&shared * 3.0, shared.exp());
    y.backward();
    z.backward();
    assert!((x.grad() - (3.0 + 0.25f64.exp())).abs() < 1e-15);
}

#[test]
#[should_panic = "set_value: an intermediate result has no value of its own"]
fn intermediate_results_cannot_be_set() {
    (Scalar::leaf(1.0) + 1.0).set_value(0.0);
}
