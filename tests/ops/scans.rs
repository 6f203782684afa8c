//! What runs along an axis: against plain loops, with zeros and infinities in a row.

use wengert::{Error, Tape, Tensor};
use wengert_tests::forms::Form;
use wengert_tests::numeric::{Input, check};
use wengert_tests::{assert_all_close, assert_same, grad, live};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const DIMS: [usize; 3] = [2, 3, 4];

/// Name, the op along an axis, and the value of a list so far.
type Row = (&'static str, fn(Tensor<f64>, isize) -> Tensor<f64>, fn(&[f64]) -> f64);

const ROWS: [Row; 3] = [
    ("cumsum", |x, axis| x.cumsum(axis), |x| x.iter().sum()),
    ("cumprod", |x, axis| x.cumprod(axis), |x| x.iter().product()),
    ("logcumsumexp", |x, axis| x.logcumsumexp(axis), |x| x.iter().map(|x| x.exp()).sum::<f64>().ln()),
];

#[test]
fn values_are_those_of_plain_loops() {
    let tape = Tape::<f64>::new();
    for (name, op, f) in ROWS {
        for form in Form::OF_SHAPE {
            let input = Input::apart(&DIMS, form, 4);
            let x = form.of(tape.leaf((input.values, form.base(&DIMS))), &DIMS);
            let values = x.value();
            for axis in 0..3 {
                let got = op(x, axis).value();
                assert_eq!(got.shape(), DIMS);
                for (index, &got) in got.indexed_iter() {
                    let list: Vec<f64> = (0..=index[axis as usize])
                        .map(|k| {
                            let mut at = index.clone();
                            at[axis as usize] = k;
                            values[at]
                        })
                        .collect();
                    assert_all_close(format!("{name}, {form:?}, {index:?}"), &[got], &[f(&list)], 1e-14);
                }
                assert_same(name, &op(x, axis - 3).to_vec(), &op(x, axis).to_vec());
            }
        }
    }
}

#[test]
fn gradients_match_central_differences() {
    for (name, op, _) in ROWS {
        for form in Form::OF_SHAPE {
            for axis in -1..2 {
                check(name, &[Input::apart(&DIMS, form, 9)], &|_, x| op(x[0], axis));
            }
        }
    }
}

/// The gradient of the weighted sum of `f` at `x`.
fn slopes(x: &[f64], weights: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> Vec<f64> {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    f(x).backward_with(weights);
    grad(x).unwrap()
}

#[test]
fn zeros_in_a_row_are_elements_like_others() {
    let ones = [1.0; 4];
    assert_same("two", &slopes(&[2.0, 0.0, 3.0, 0.0], &ones, |x| x.cumprod(0)), &[1.0, 8.0, 0.0, 0.0]);
    assert_same("first", &slopes(&[0.0, 2.0, 3.0, 4.0], &ones, |x| x.cumprod(0)), &[33.0, 0.0, 0.0, 0.0]);
    assert_same("all", &slopes(&[0.0; 4], &ones, |x| x.cumprod(0)), &[1.0, 0.0, 0.0, 0.0]);
    // The second derivative of x0 x1 x2 x3 by x1 and x3 is x0 x2, where both are zeros.
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2.0, 0.0, 3.0, 0.0]);
    let first = tape.grad_recorded(&[x.cumprod(0).at([3])], &[x])[0];
    assert_eq!(tape.grad(&[first.at([1])], &[x])[0].to_vec(), [0.0, 0.0, 0.0, 6.0]);
    // The third derivative by the first three is the last.
    let x = tape.leaf([0.0, 0.0, 0.0, 5.0]);
    let first = tape.grad_recorded(&[x.cumprod(0).at([3])], &[x])[0];
    let second = tape.grad_recorded(&[first.at([0])], &[x])[0];
    assert_eq!(tape.grad(&[second.at([1])], &[x])[0].to_vec(), [0.0, 0.0, 5.0, 0.0]);
}

#[test]
fn logarithms_of_sums_neither_overflow_nor_lose_infinities() {
    let tape = Tape::<f64>::new();
    let value = |x: &[f64]| tape.leaf(x).logcumsumexp(0).to_vec();
    let ln_2 = 2f64.ln();
    assert_same("large", &value(&[1000.0, 1000.0, -1000.0]), &[1000.0, 1000.0 + ln_2, 1000.0 + ln_2]);
    assert_same("small", &value(&[-1000.0, -1000.0]), &[-1000.0, -1000.0 + ln_2]);
    assert_same("-inf first", &value(&[-INF, -INF, 1.0]), &[-INF, -INF, 1.0]);
    assert_same("inf", &value(&[1.0, INF, INF, -INF]), &[1.0, INF, INF, INF]);
    assert_same("nan", &value(&[1.0, NAN, 2.0]), &[1.0, NAN, NAN]);
    let slopes = |x: &[f64]| slopes(x, &vec![1.0; x.len()], |x| x.logcumsumexp(0));
    assert_same("slopes at -inf", &slopes(&[-INF, -INF, 1.0]), &[NAN, NAN, 1.0]);
    assert_same("slopes far below 0", &slopes(&[-1e4, -2e4]), &[2.0, 0.0]);
    // Second order far below 0: nothing that is not used overflows.
    let x = tape.leaf([-1e4, -1e4]);
    let first = tape.grad_recorded(&[x.logcumsumexp(0).at([1])], &[x])[0];
    assert_all_close("curvature", &tape.grad(&[first.at([0])], &[x])[0].to_vec(), &[0.25, -0.25], 1e-12);
}

#[test]
fn nothing_runs_to_nothing_and_a_bad_axis_is_an_error() {
    for (name, op, _) in ROWS {
        let tape = Tape::<f64>::new();
        let none = tape.leaf((Vec::new(), [0, 3]));
        for axis in 0..2 {
            let y = op(none, axis);
            assert_eq!(y.shape().as_slice(), [0, 3], "{name}");
            y.sum().backward();
            let first = tape.grad_recorded(&[y.square().sum()], &[none])[0];
            assert_eq!(first.shape().as_slice(), [0, 3], "{name}");
        }
        assert_eq!(none.grad().unwrap().shape(), [0, 3]);
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0]]);
    let before = live(&tape);
    assert!(matches!(x.try_cumsum(2), Err(Error::Axis { op: "cumsum", axis: 2, .. })));
    assert!(matches!(x.try_cumprod(-3), Err(Error::Axis { op: "cumprod", axis: -3, .. })));
    assert!(matches!(x.try_logcumsumexp(2), Err(Error::Axis { op: "logcumsumexp", .. })));
    assert_eq!(live(&tape), before);
    let tape = Tape::<f32>::new();
    let x = tape.leaf([1.0_f32, 2.0, 3.0]);
    x.cumprod(0).sum().backward();
    assert_eq!(grad(x).unwrap(), [9.0, 4.0, 2.0]);
}
