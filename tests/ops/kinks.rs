//! Where a derivative does not exist or is infinite: PyTorch's conventions, stated in each op's docs.

use wengert::{Tape, Tensor};
use wengert_tests::{assert_all_close, assert_same, grad};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// The gradient of the sum of `f` at `x`, with tensors.
fn slopes(x: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> Vec<f64> {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    f(x).sum().backward();
    grad(x).unwrap()
}

#[test]
fn unary_kinks_are_pytorchs() {
    type Row = (
        &'static str,
        fn(Tensor<f64>) -> Tensor<f64>,
        fn(wengert::Scalar<f64>) -> wengert::Scalar<f64>,
        Vec<f64>,
        Vec<f64>,
    );
    let rows: [Row; 7] = [
        // sgn(0) = 0.
        ("abs", |x| x.abs(), |x| x.abs(), vec![-2.0, 0.0, -0.0, 3.0], vec![-1.0, 0.0, 0.0, 1.0]),
        // threshold_backward: the gradient passes unless x <= 0, and NaN is not <= 0.
        (
            "relu",
            |x| x.relu(),
            |x| x.relu(),
            vec![-1.0, 0.0, 2.0, NAN, INF, -INF],
            vec![0.0, 0.0, 1.0, 1.0, 1.0, 0.0],
        ),
        // grad / (2 sqrt(0)) = 1 / 0; below 0 the result is NaN.
        ("sqrt", |x| x.sqrt(), |x| x.sqrt(), vec![0.0, 4.0, -1.0], vec![INF, 0.25, NAN]),
        // grad / 0.
        ("ln", |x| x.ln(), |x| x.ln(), vec![0.0, 2.0], vec![INF, 0.5]),
        // 1 - tanh(inf)^2.
        ("tanh", |x| x.tanh(), |x| x.tanh(), vec![INF, -INF, 0.0], vec![0.0, 0.0, 1.0]),
        (
            "sigmoid",
            |x| x.sigmoid(),
            |x| x.sigmoid(),
            vec![INF, -INF, 0.0, -1000.0],
            vec![0.0, 0.0, 0.25, 0.0],
        ),
        // x^-1 at 0: -1 * 0^-2.
        ("powi", |x| x.powi(-1), |x| x.powi(-1), vec![0.0, 2.0], vec![-INF, -0.25]),
    ];
    for (name, tensors, scalars, at, want) in rows {
        assert_same(format!("{name} at {at:?}, tensors"), &slopes(&at, tensors), &want);
        let tape = Tape::<f64>::new();
        let leaves = tape.scalars(&at);
        leaves.iter().for_each(|&x| scalars(x).backward());
        let got: Vec<f64> = leaves.iter().map(|x| x.grad().unwrap()).collect();
        assert_same(format!("{name} at {at:?}, scalars"), &got, &want);
    }
}

#[test]
fn relu_keeps_nan_and_powers_of_zero_are_one() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([NAN, 0.0]);
    assert_same("relu", &x.relu().to_vec(), &[NAN, 0.0]);
    assert_same("x^0", &x.powi(0).to_vec(), &[1.0, 1.0]);
    assert_same("pow(x, 0)", &x.pow(0.0).to_vec(), &[1.0, 1.0]);
    // A constant power 0 has slope 0 even at 0 and NaN.
    assert_same("slope of x^0", &slopes(&[NAN, 0.0, 2.0], |x| x.powi(0)), &[0.0, 0.0, 0.0]);
}

/// `pow_backward_self`: 0 where the exponent is 0, else b a^(b-1). `pow_backward_exponent`: 0 where the base is 0 and
/// the exponent >= 0, else y ln a.
#[test]
fn the_table_of_pow_is_pytorchs() {
    let (base, exponent) = ([0.0, 0.0, 0.0, 2.0, 0.0], [0.0, 1.0, 2.0, 0.0, 0.5]);
    let (of_base, of_exponent) = ([0.0, 1.0, 0.0, 0.0, INF], [0.0, 0.0, 0.0, 2f64.ln(), 0.0]);
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf(base), tape.leaf(exponent));
    a.pow(b).sum().backward();
    assert_same("pow, base", &grad(a).unwrap(), &of_base);
    assert_same("pow, exponent", &grad(b).unwrap(), &of_exponent);
    for k in 0..5 {
        let (a, b) = (tape.scalar(base[k]), tape.scalar(exponent[k]));
        a.pow(b).backward();
        let got = [a.grad().unwrap(), b.grad().unwrap()];
        assert_same(format!("scalars: {} ^ {}", base[k], exponent[k]), &got, &[of_base[k], of_exponent[k]]);
    }
}

#[test]
fn one_over_zero_is_infinite_with_infinite_slopes() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([1.0]), tape.leaf([0.0]));
    let y = a / b;
    y.sum().backward();
    assert_same("1 / 0", &[y.to_vec(), grad(a).unwrap(), grad(b).unwrap()].concat(), &[INF, INF, -INF]);
    let (a, b) = (tape.scalar(1.0), tape.scalar(0.0));
    let y = a / b;
    y.backward();
    assert_same("1 / 0, scalars", &[y.value(), a.grad().unwrap(), b.grad().unwrap()], &[INF, INF, -INF]);
    let y = tape.scalar(0.0) / tape.scalar(0.0);
    assert!(y.value().is_nan());
}

#[test]
fn elements_that_tie_for_the_largest_share_evenly() {
    assert_same("max of a tie", &slopes(&[3.0, 1.0, 3.0], |x| x.max()), &[0.5, 0.0, 0.5]);
    assert_same("max of four", &slopes(&[2.0; 4], |x| x.max()), &[0.25; 4]);
    // Over axes, each row for itself.
    let x = [1.0, 1.0, 0.0, 5.0, 4.0, 5.0];
    let rows = |x: Tensor<f64>| x.reshape([2, 3]).max_axes(1);
    assert_same("max by rows", &slopes(&x, rows), &[0.5, 0.5, 0.0, 0.5, 0.0, 0.5]);
    // NaN is the largest, and those that are NaN share.
    assert_same("max with NaN", &slopes(&[NAN, 9.0, NAN], |x| x.max()), &[0.5, 0.0, 0.5]);
    let tape = Tape::<f64>::new();
    assert!(tape.leaf([1.0, NAN, 2.0]).max().item().is_nan());
    assert_eq!(tape.leaf([-INF, -INF]).max().item(), -INF);
}

/// (x - y).exp() with x = y = -inf is NaN in PyTorch's `logsumexp_backward` too.
#[test]
fn logsumexp_of_minus_infinities_has_gradient_nan() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([-INF, -INF]);
    let y = x.logsumexp();
    y.backward();
    assert_eq!(y.item(), -INF);
    assert_same("gradient", &grad(x).unwrap(), &[NAN, NAN]);
    // One finite number decides, and nothing overflows.
    assert_same("beside 0", &slopes(&[-INF, 0.0], |x| x.logsumexp()), &[0.0, 1.0]);
    assert_all_close("large", &slopes(&[1000.0, 1000.0], |x| x.logsumexp()), &[0.5, 0.5], 1e-13);
    assert_eq!(tape.leaf([1000.0, 1000.0]).logsumexp().item(), 1000.0 + 2f64.ln());
    assert_eq!(tape.leaf(Vec::<f64>::new()).logsumexp().item(), -INF);
}

#[test]
fn cross_entropy_of_far_scores_is_exact() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1000.0, -1000.0]]);
    let loss = x.cross_entropy([1]);
    loss.backward();
    assert_eq!(loss.item(), 2000.0);
    assert_eq!(grad(x), Some(vec![1.0, -1.0]));
}

/// PyTorch subtracts the maximum first: inf - inf is NaN, and so is every element of the row.
#[test]
fn softmax_of_an_infinite_score_is_nan_in_its_whole_row() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[INF, 0.0], [0.0, 0.0]]);
    assert_same("softmax", &x.softmax(1).to_vec(), &[NAN, NAN, 0.5, 0.5]);
    assert_same("log_softmax", &x.log_softmax(1).to_vec(), &[NAN, NAN, -(2f64.ln()), -(2f64.ln())]);
}
