//! Reductions where derivatives need care: zeros, ties, NaN, too few elements; and their errors.

use wengert::{Error, Tape, Tensor};
use wengert_tests::{assert_all_close, assert_same, grad, live};

/// The gradient of the sum of `f` at `x`.
fn slopes(x: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> Vec<f64> {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    f(x).sum().backward();
    grad(x).unwrap()
}

/// The Hessian of `f` at `x`, row by row, by recorded gradients.
fn hessian(x: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> Vec<f64> {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    let slopes = tape.grad_recorded(&[f(x)], &[x])[0];
    (0..x.len()).flat_map(|k| tape.grad(&[slopes.at([k])], &[x])[0].to_vec()).collect()
}

#[test]
fn a_product_with_zeros_has_its_derivatives() {
    assert_same("no zero", &slopes(&[4.0, 2.0, 3.0], |x| x.prod()), &[6.0, 12.0, 8.0]);
    assert_same("one zero", &slopes(&[4.0, 0.0, 3.0], |x| x.prod()), &[0.0, 12.0, 0.0]);
    assert_same("two zeros", &slopes(&[0.0, 2.0, 0.0], |x| x.prod()), &[0.0; 3]);
    assert_same("three zeros", &slopes(&[0.0; 3], |x| x.prod_axes(0)), &[0.0; 3]);
    // The second derivative by i and j is the product of the others.
    let x = [0.0, 2.0, 0.0, 5.0];
    let others = |i: usize, j: usize| -> f64 {
        if i == j { 0.0 } else { (0..4).filter(|&k| k != i && k != j).map(|k| x[k]).product() }
    };
    let want: Vec<f64> = (0..16).map(|k| others(k / 4, k % 4)).collect();
    assert_same("Hessian", &hessian(&x, |x| x.prod()), &want);
    // A lane over two axes that are not the last ones, with two zeros.
    let over = |x: Tensor<f64>| x.reshape([2, 1, 2]).prod_axes([0, 2]).sum();
    assert_same("Hessian over axes", &hessian(&x, over), &want);
}

/// `norm_backward`: 0 where the norm is 0, and below 1 also where the element is.
#[test]
fn norms_at_zero_are_flat() {
    for p in [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, f64::INFINITY, f64::NEG_INFINITY] {
        assert_same(format!("{p}-norm of zeros"), &slopes(&[0.0, 0.0, 0.0], |x| x.norm(p)), &[0.0; 3]);
    }
    assert_same("0.5", &slopes(&[0.0, -4.0], |x| x.norm(0.5)), &[0.0, -1.0]);
    assert_all_close("1.5", &slopes(&[0.0, -4.0], |x| x.norm(1.5)), &[0.0, -1.0], 1e-15);
    assert_same("0", &slopes(&[0.0, -4.0], |x| x.norm(0)), &[0.0, 0.0]);
    assert_same("ties", &slopes(&[1.0, -1.0, 0.5], |x| x.norm(f64::INFINITY)), &[0.5, -0.5, 0.0]);
    let tape = Tape::<f64>::new();
    assert_eq!(tape.leaf([0.0, -4.0, f64::NAN]).norm(0).item(), 2.0);
    assert!(tape.leaf([1.0, f64::NAN]).norm(f64::NEG_INFINITY).item().is_nan());
}

/// `std_var` divides by `max(n - correction, 0)`; `var_backward` over all elements has no sign there.
#[test]
fn variance_without_freedom_is_pytorchs() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 3.0]);
    assert_eq!((x.var(2).item(), x.std(3).item()), (f64::INFINITY, f64::INFINITY));
    assert_same("one element", &slopes(&[1.0], |x| x.var(1)), &[f64::NAN]);
    assert_same("two", &slopes(&[1.0, 3.0], |x| x.var(2)), &[f64::INFINITY; 2]);
    assert_same("std of equal ones", &slopes(&[1.0; 3], |x| x.std(1)), &[0.0; 3]);
    assert_same("std of one", &slopes(&[1.0], |x| x.std(1)), &[f64::NAN]);
    // A mean of 1e8 costs a variance by one pass all digits.
    let far = tape.leaf([1e8, 1e8 + 1.0, 1e8 + 2.0]);
    assert_eq!(far.var(1).item(), 1.0);
    let tape = Tape::<f32>::new();
    let x = tape.leaf([1.0_f32, 2.0, 3.0]);
    x.std(1).backward();
    assert_eq!(grad(x).unwrap(), [-0.5, 0.0, 0.5]);
}

/// `evenly_distribute_backward`
#[test]
fn ties_share_evenly_and_nan_wins() {
    assert_same("median", &slopes(&[2.0, 1.0, 2.0, 5.0], |x| x.median()), &[0.5, 0.0, 0.5, 0.0]);
    assert_same("min", &slopes(&[1.0, 1.0, 2.0], |x| x.min()), &[0.5, 0.5, 0.0]);
    assert_same(
        "amax",
        &slopes(&[3.0, 1.0, 3.0, 3.0], |x| x.amax_axes(0)),
        &[1.0 / 3.0, 0.0, 1.0 / 3.0, 1.0 / 3.0],
    );
    let nan = [1.0, f64::NAN, 0.0, f64::NAN];
    for (name, f) in [
        ("min", (|x| x.min()) as fn(Tensor<f64>) -> Tensor<f64>),
        ("amax", |x| x.amax()),
        ("median", |x| x.median()),
    ] {
        assert!(f(Tape::<f64>::new().leaf(nan)).item().is_nan(), "{name}");
        assert_same(name, &slopes(&nan, f), &[0.0, 0.5, 0.0, 0.5]);
    }
}

#[test]
fn an_error_leaves_the_tape_as_it_was() {
    let tape = Tape::<f64>::new();
    let (x, none) = (tape.leaf([[1.0, 2.0]]), tape.leaf((Vec::new(), [2, 0])));
    let before = live(&tape);
    assert!(matches!(x.try_var_axes(2, 1), Err(Error::Axis { op: "var", axis: 2, .. })));
    assert!(matches!(x.try_norm_keepdims([0, -2], 1), Err(Error::RepeatedAxis { op: "norm", axis: 0, .. })));
    assert!(matches!(none.try_amin_axes(1), Err(Error::Empty { op: "amin", .. })));
    assert!(matches!(none.try_norm(f64::INFINITY), Err(Error::Empty { op: "norm", .. })));
    assert_eq!(live(&tape), before);
}
