//! Clipped gradients: PyTorch's formulas, what is left alone, errors that change nothing.

use wengert::{Error, Tape, Tensor};
use wengert_optim::{clip_grad_norm, clip_grad_value, try_clip_grad_norm, try_clip_grad_value};

fn grad(x: Tensor<f64>) -> Vec<f64> {
    x.grad().expect("it has a gradient").into_raw_vec_and_offset().0
}

/// Two leaves with the gradients [3, 0] and [[0, -4]]: a norm of 5.
fn leaves(tape: &Tape<f64>) -> [Tensor<f64>; 2] {
    let leaves = [tape.leaf([0.0, 0.0]), tape.leaf([[0.0, 0.0]])];
    leaves[0].set_grad([3.0, 0.0]);
    leaves[1].set_grad([[0.0, -4.0]]);
    leaves
}

#[test]
fn gradients_of_all_parameters_are_scaled_together() {
    let tape = Tape::<f64>::new();
    let [a, b] = leaves(&tape);
    let (without, frozen) = (tape.leaf([1.0]), tape.constant([1.0]));
    assert_eq!(clip_grad_norm(&[a, without, b, frozen], 1.0), 5.0);
    // PyTorch divides by the norm and a millionth.
    let factor = 1.0 / (5.0 + 1e-6);
    assert_eq!((grad(a), grad(b)), (vec![3.0 * factor, 0.0], vec![0.0, -4.0 * factor]));
    assert!(without.grad().is_none());
    // Small enough already: not a bit changes.
    let before = (grad(a), grad(b));
    let norm = clip_grad_norm(&[a, b], 2.0);
    assert!((norm - 5.0 * factor).abs() < 1e-15, "{norm}");
    assert_eq!((grad(a), grad(b)), before);
    assert_eq!(clip_grad_norm::<f64>(&[], 1.0).to_bits(), 0);
    // By infinity the norm is only read.
    assert_eq!(clip_grad_norm(&[a, b], f64::INFINITY), norm);
    clip_grad_value(&[a, b], f64::INFINITY);
    assert_eq!((grad(a), grad(b)), before);
}

#[test]
fn a_norm_beyond_numbers_is_seen_in_the_gradients() {
    let tape = Tape::<f64>::new();
    let [a, b] = leaves(&tape);
    a.set_grad([f64::INFINITY, 1.0]);
    assert_eq!(clip_grad_norm(&[a, b], 1.0), f64::INFINITY);
    assert!(grad(a)[0].is_nan() && grad(a)[1] == 0.0 && grad(b) == [0.0, 0.0], "as in PyTorch");
    assert!(clip_grad_norm(&[a, b], 1.0).is_nan());
    assert!(grad(a).iter().chain(&grad(b)).all(|grad| grad.is_nan()));
    // Squares that `f32` cannot hold.
    let tape = Tape::<f32>::new();
    let wide = tape.leaf([0.0, 0.0]);
    wide.set_grad([3e30, 4e30]);
    assert!((clip_grad_norm(&[wide], 1.0) / 5e30 - 1.0).abs() < 1e-6);
    assert!((wide.grad().unwrap()[1] - 0.8).abs() < 1e-6);
}

#[test]
fn elements_are_brought_between_bounds() {
    let tape = Tape::<f64>::new();
    let [a, b] = leaves(&tape);
    a.set_grad([f64::NAN, 0.25]);
    clip_grad_value(&[a, b], 0.5);
    assert!(grad(a)[0].is_nan());
    assert_eq!((grad(a)[1], grad(b)), (0.25, vec![0.0, -0.5]));
}

#[test]
fn errors_change_nothing() {
    let tape = Tape::<f64>::new();
    let [a, b] = leaves(&tape);
    let computed = a * 2.0;
    assert!(matches!(
        try_clip_grad_norm(&[a, computed], 1.0),
        Err(Error::NotALeaf { op: "clip_grad_norm", .. })
    ));
    assert!(matches!(try_clip_grad_norm(&[a], -1.0), Err(Error::Domain { op: "clip_grad_norm", .. })));
    assert!(matches!(try_clip_grad_value(&[a], f64::NAN), Err(Error::Domain { op: "clip_grad_value", .. })));
    let mut stale = a;
    tape.scope(|| stale = tape.leaf([1.0]));
    assert!(matches!(try_clip_grad_norm(&[a, stale], 1.0), Err(Error::Stale { op: "clip_grad_norm", .. })));
    b.with(|_| {
        assert!(matches!(try_clip_grad_value(&[a, b], 1.0), Err(Error::Busy { op: "clip_grad_value", .. })));
    });
    assert_eq!((grad(a), grad(b)), (vec![3.0, 0.0], vec![0.0, -4.0]));
}
