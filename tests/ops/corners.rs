//! Where a formula is right and its numbers are not: intermediate results that overflow, quotients that round over an
//! integer, branches that are not taken and yet have a derivative.

use wengert::{Dual, Tape, Tensor};
use wengert_tests::{assert_all_close, assert_same, grad};

const INF: f64 = f64::INFINITY;

/// The gradient of the sum of `f` at `x`.
fn slopes(x: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> Vec<f64> {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    f(x).sum().backward();
    grad(x).unwrap()
}

/// The Hessian of the sum of `f` at `x` times ones, recorded and by `hvp`.
fn curvatures(x: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> [Vec<f64>; 2] {
    let tape = Tape::<f64>::new();
    let ones = vec![1.0; x.len()];
    let x = tape.leaf(x);
    let y = f(x).sum();
    let hvp = tape.hvp(y, &[x], &[ones])[0].to_vec();
    let slopes = tape.grad_recorded(&[y], &[x])[0];
    [tape.grad(&[slopes.sum()], &[x])[0].to_vec(), hvp]
}

#[test]
fn an_integer_power_is_right_at_the_ends_of_the_integers() {
    for (x, n, y, slope) in
        [(0.5f32, i32::MAX, 0.0, 0.0), (2.0, i32::MIN, 0.0, 0.0), (1.0, i32::MIN, 1.0, i32::MIN as f32)]
    {
        let tape = Tape::<f32>::new();
        let (a, b) = (tape.leaf([x]), tape.scalar(x));
        let (of_a, of_b) = (a.powi(n), b.powi(n));
        of_a.backward();
        of_b.backward();
        assert_eq!((of_a.item(), of_b.value()), (y, y), "{x}^{n}");
        assert_eq!((a.grad().unwrap()[0], b.grad()), (slope, Some(slope)), "{x}^{n}");
        let [dual] = Dual::<f32, 1>::independent([x]);
        assert_eq!((dual.powi(n).value, dual.powi(n).dot), (y, [slope]), "{x}^{n}");
    }
    assert_eq!(slopes(&[2.0, 0.5, 1.0], |x| x.powi(i32::MIN)), [0.0, -INF, f64::from(i32::MIN)]);
}

/// `1 / 0.1` is rounded to 10, and 0.1 goes into 1 nine times, with a rest.
#[test]
fn a_remainder_is_linear_in_the_divisor_with_the_exact_quotient() {
    assert_eq!(slopes(&[0.1], |b| (b * 0.0 + 1.0).fmod(b)), [-9.0]);
    assert_eq!(slopes(&[0.1], |b| (b * 0.0 - 1.0).fmod(b)), [9.0]);
    let five = |b: Tensor<f64>| b.detach().clamp(5.0, 5.0);
    assert_eq!(slopes(&[-3.0, 7.0, INF, 0.0], |b| five(b).fmod(b)), [1.0, 0.0, 0.0, -INF]);
    let tape = Tape::<f64>::new();
    let b = tape.scalar(0.1);
    (1.0 % b).backward();
    assert_eq!(b.grad(), Some(-9.0));
}
