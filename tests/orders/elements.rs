//! Elements, views, joins and scalars in second order, and what of it is recorded.

use wengert::check::{self, Check};
use wengert::{Operand, Tape, Tensor};
use wengert_tests::{assert_all_close, live};

/// How many instructions `f` records.
fn instructions<R>(tape: &Tape<f64>, f: impl FnOnce() -> R) -> (usize, R) {
    let before = tape.stats().instructions;
    let made = f();
    (tape.stats().instructions - before, made)
}

#[test]
fn elements_that_were_read_are_assembled_by_one_instruction() {
    for n in [4usize, 64, 1024] {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(vec![0.5; n]);
        let y = (0..n).map(|i| x.at(i) * x.at(i)).reduce(|a, b| a + b).unwrap();
        let (count, grad) = instructions(&tape, || tape.grad_recorded(&[y], &[x])[0]);
        assert_eq!(grad.to_vec(), vec![1.0; n]);
        assert_eq!(grad.grad_fn(), Some("assemble"));
        // Of each square two products and their sum, and one instruction that puts them together.
        assert!(count <= 4 * n + 1, "{count} instructions for {n} elements");
        assert_eq!(tape.grad(&[grad.sum()], &[x])[0].to_vec(), vec![2.0; n]);
    }
}

#[test]
fn programs_over_elements_have_both_orders() {
    let det = |_: &Tape<f64>, x: &[Tensor<f64>]| {
        let m = x[0];
        let minor = |a: usize, b: usize| m.at([1, a]) * m.at([2, b]) - m.at([1, b]) * m.at([2, a]);
        m.at([0, 0]) * minor(1, 2) - m.at([0, 1]) * minor(0, 2) + m.at([0, 2]) * minor(0, 1)
    };
    check::gradients("det", &[[[1.0, 0.5, -0.3], [0.2, 2.0, 0.7], [-0.6, 0.4, 1.5]]], det).assert_ok();
    check::gradients("elements and tensors", &[[0.3, 1.2, -0.7]], |_, x| {
        (x[0] * x[0].at(1)).sin().sum() * x[0].at(2).exp() + x[0].at(-1)
    })
    .assert_ok();
    check::gradients("elements of what was computed", &[[0.3, 1.2], [0.5, 0.9]], |_, x| {
        let y = (x[0] * x[1]).tanh();
        y.at(0) * y.at(1) * x[1].at(0) + y.sum()
    })
    .assert_ok();
    check::gradients("elements of views", &[[[0.3, 1.2], [0.5, 0.9]]], |_, x| {
        let (t, flipped) = (x[0].t(), x[0].flip([0]));
        t.at([0, 1]) * flipped.at([0, 1]) * t.slice(0, 1..).at([0, 0])
    })
    .assert_ok();
}

#[test]
fn views_of_all_sorts_have_both_orders() {
    let cases: [(&str, fn(Tensor<f64>) -> Tensor<f64>); 14] = [
        ("t", |x| x.t()),
        ("permute", |x| x.permute([1, 0])),
        ("slice", |x| x.slice(0, 1..3)),
        ("stepped", |x| x.slice(1, (.., 2))),
        ("backward", |x| x.slice(1, (.., -1))),
        ("index_axis", |x| x.index_axis(0, 1)),
        ("reshape", |x| x.reshape([2, 6])),
        ("reshape of t", |x| x.t().reshape([6, 2])),
        ("flatten", |x| x.reshape([-1])),
        ("unsqueeze", |x| x.unsqueeze(1)),
        ("expand", |x| x.unsqueeze(0).expand([2, 3, 4])),
        ("flip", |x| x.flip([0, 1])),
        ("view of a view", |x| x.t().slice(0, 1..).flip([0]).index_axis(1, 2)),
        ("view of a result", |x| x.exp().t().slice(0, (.., 2))),
    ];
    let at = ndarray::Array2::from_shape_fn((3, 4), |(i, j)| 0.1 + 0.3 * i as f64 - 0.21 * j as f64);
    for (name, view) in cases {
        let report = check::gradients(name, &[&at], |_, x| view(x[0]).sin()).assert_ok();
        assert_eq!(report.notes().count(), 0, "{report}");
        // The view and what it looks at, together.
        check::gradients(name, &[&at], |_, x| view(x[0]).exp().sum() * x[0].square().sum()).assert_ok();
        // The view alone.
        check::gradients(name, &[&at], |_, x| view(x[0])).assert_ok();
    }
}

#[test]
fn joins_of_tensors_scalars_and_numbers_have_both_orders() {
    check::gradients("cat", ([[0.3], [0.5]], [[1.0, 2.0], [0.1, -0.4]]), |tape, x| {
        tape.cat(&[x[0], x[1], x[0]], 1).sin()
    })
    .assert_ok();
    check::gradients("stack", &[[0.3, 0.5], [1.0, 2.0]], |tape, x| tape.stack(&[x[0], x[1], x[0]], 1).sin())
        .assert_ok();
    check::gradients("stack of all sorts", ([0.3, 0.5], 1.2), |tape, x| {
        let s = x[1].at(());
        let parts: [Operand<f64>; 5] =
            [s.into(), (s * x[0].at(1)).into(), 4.0.into(), x[0].at(0).into(), x[0].sum().into()];
        tape.stack(&parts, 0).square() * x[0].at(0)
    })
    .assert_ok();
}

#[test]
fn scalars_through_tensors_have_both_orders() {
    let tape = Tape::<f64>::new();
    let s = tape.scalars(&[0.4, 1.3]);
    let v = tape.stack(&s, 0);
    let y = (v.exp() * s[0]).sum() * s[1].sin();
    let dual: Vec<f64> = tape.hvp(y, &s, &[0.7, -0.2]).iter().map(|h| h.item()).collect();
    let grads = tape.grad_recorded(&[y], &s);
    let product = grads[0] * 0.7 + grads[1] * -0.2;
    let twice: Vec<f64> = tape.grad(&[product], &s).iter().map(|h| h.item()).collect();
    assert_all_close("through stack", &twice, &dual, 1e-14);
    let grad = |a: f64, b: f64| {
        let tape = Tape::<f64>::new();
        let s = tape.scalars(&[a, b]);
        let y = (tape.stack(&s, 0).exp() * s[0]).sum() * s[1].sin();
        tape.grad(&[y], &s).iter().map(|g| g.item()).collect::<Vec<_>>()
    };
    let h = 1e-5;
    let (above, below) = (grad(0.4 + 0.7 * h, 1.3 - 0.2 * h), grad(0.4 - 0.7 * h, 1.3 + 0.2 * h));
    let numeric: Vec<f64> = above.iter().zip(below).map(|(a, b)| (a - b) / (2.0 * h)).collect();
    assert_all_close("numeric", &dual, &numeric, 1e-8);
}

#[test]
fn tensors_and_scalars_mix_as_inputs_of_one_request() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([0.3, 0.8]), tape.scalar(1.7));
    let y = (x * s).sin().sum() * s;
    let inputs: [Operand<f64>; 2] = [x.into(), s.into()];
    let v = [(vec![0.5, -1.0], vec![2]), (vec![0.25], Vec::<usize>::new())];
    let grads = tape.grad(&[y], &inputs);
    let recorded = tape.grad_recorded(&[y], &inputs);
    for k in 0..2 {
        assert_eq!(grads[k].shape(), recorded[k].shape());
        assert_all_close("first", &recorded[k].to_vec(), &grads[k].to_vec(), 1e-15);
    }
    let along = (recorded[0] * tape.constant([0.5, -1.0])).sum() + recorded[1] * 0.25;
    let twice = tape.grad(&[along], &inputs);
    let dual = tape.hvp(y, &inputs, &v);
    for k in 0..2 {
        assert_all_close("second", &twice[k].to_vec(), &dual[k].to_vec(), 1e-14);
    }
    let tangent = tape.jvp(&[y], &inputs, &v)[0].item();
    let product = grads[0].to_vec()[0] * 0.5 - grads[0].to_vec()[1] + 0.25 * grads[1].item();
    assert_all_close("jvp", &[tangent], &[product], 1e-15);
}

#[test]
fn detach_stops_both_orders() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = (x.detach() * x).sum();
    let grad = tape.grad_recorded(&[y], &[x])[0];
    assert_eq!(grad.to_vec(), [1.0, 2.0]);
    assert!(!grad.requires_grad(), "it is the detached value, a constant");
    assert_eq!(tape.hvp(y, &[x], &[[1.0, 1.0]])[0].to_vec(), [0.0, 0.0]);
    assert_eq!(tape.jvp(&[y], &[x], &[[1.0, 10.0]])[0].item(), 21.0);
    // Half of a third power.
    let y = (x.square().detach() * x.square()).sum();
    assert_eq!(tape.hvp(y, &[x], &[[1.0, 1.0]])[0].to_vec(), [2.0, 8.0]);
    let grad = tape.grad_recorded(&[y], &[x])[0];
    assert_eq!(tape.grad(&[grad.sum()], &[x])[0].to_vec(), [2.0, 8.0]);
    assert!(!Check::new("detached").run(&[[1.0, 2.0]], |_, x| x[0].detach() * x[0]).is_ok());
}

#[test]
fn numeric_derivatives_record_nothing() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = x.exp().sum();
    let before = live(&tape).instructions;
    let _ = (tape.grad(&[y], &[x]), tape.jvp(&[y], &[x], &[[1.0, 0.0]]), tape.hvp(y, &[x], &[[1.0, 0.0]]));
    assert_eq!(live(&tape).instructions, before);
    assert!(x.grad().is_none());
}
