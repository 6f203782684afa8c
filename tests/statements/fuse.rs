//! `fuse` against the same program one op a statement.

use wengert::{Dual, Error, Scalar, Tape};

use crate::{Program, close};

fn fused<const K: usize>(seed: u64) {
    let program = Program::new(seed, K, 3, 20);
    let tape = Tape::<f64>::new();
    let x: [Scalar<f64>; K] = tape.scalars(&program.point()).try_into().expect("K inputs");
    let one_by_one = program.run(&x);
    let before = tape.stats();
    let fused = tape.fuse(x, |x| program.run(&x));
    let after = tape.stats();
    assert_eq!(after.instructions - before.instructions, 1);
    assert_eq!(after.statement_bytes - before.statement_bytes, 8 * (K.div_ceil(2) + 3 * K));
    // What comes after reads the fused results, and what comes before is read by them.
    let [first, second, _] = fused[..] else { panic!("three results") };
    let used = tape.fuse([first, x[0], second], |[a, b, c]| [a * b + c, c]);
    for (m, (fused, unfused)) in fused.iter().zip(&one_by_one).enumerate() {
        assert_eq!(fused.value(), unfused.value());
        let (found, expected) = (tape.grad(&[*fused], &x), tape.grad(&[*unfused], &x));
        for k in 0..K {
            close(&format!("program {seed}, result {m} by input {k}"), found[k].item(), expected[k].item());
        }
        let tangents: Vec<f64> = (0..K).map(|k| 1.0 - 0.3 * k as f64).collect();
        let (found, expected) = (tape.jvp(&[*fused], &x, &tangents), tape.jvp(&[*unfused], &x, &tangents));
        close(&format!("program {seed}, tangent {m}"), found[0].item(), expected[0].item());
    }
    let expected = one_by_one[0] * x[0] + one_by_one[1];
    let (found, expected) = (tape.grad(&[used[0]], &x), tape.grad(&[expected], &x));
    for k in 0..K {
        close(&format!("program {seed}, after the fused by input {k}"), found[k].item(), expected[k].item());
    }
}

#[test]
fn random_programs_have_the_partials_of_their_ops() {
    for seed in 0..20 {
        fused::<1>(seed);
        fused::<2>(100 + seed);
        fused::<5>(200 + seed);
        fused::<16>(300 + seed);
    }
}

#[test]
fn gradients_accumulate_in_leaves_and_a_second_sweep_works() {
    let tape = Tape::<f64>::new();
    let [x, y] = [2.0, 3.0].map(|v| tape.scalar(v));
    let z = tape.fuse([x, y], |[x, y]| x * y + x);
    z.backward();
    z.backward();
    assert_eq!((x.grad(), y.grad(), z.grad_fn()), (Some(8.0), Some(4.0), Some("fuse")));
}

#[test]
fn passive_inputs_are_constants_and_the_same_input_may_come_twice() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    let y = tape.fuse([x, Scalar::from(5.0), x], |[a, b, c]| a * b + c * c);
    y.backward();
    assert_eq!((y.value(), x.grad()), (14.0, Some(9.0)));
    assert_eq!(tape.stats().statement_bytes, 24);
    let passive = tape.fuse([Scalar::from(2.0)], |[a]| a * a);
    assert!(!passive.requires_grad() && passive.value() == 4.0);
    let paused = tape.no_grad(|| tape.fuse([x], |[a]| a * a));
    assert!(!paused.requires_grad() && paused.value() == 4.0);
    let none: [Scalar<f64>; 0] = tape.fuse([x], |[_]| []);
    assert!(none.is_empty());
}

/// Partials of 0 and adjoints that are infinite meet as they would one op a statement.
#[test]
fn an_infinite_partial_off_the_path_makes_no_nan() {
    let tape = Tape::<f64>::new();
    let [x, a] = [0.0, 3.0].map(|v| tape.scalar(v));
    let y = tape.fuse([x, a], |[x, a]| x.sqrt() + a);
    y.backward();
    assert_eq!((x.grad(), a.grad()), (Some(f64::INFINITY), Some(1.0)));
    // Two results: an infinite adjoint of one does not reach the operands of the other alone.
    let [u, v] = tape.fuse([x, a], |[x, a]| [x * 2.0, a * 2.0]);
    let grad = tape.grad(&[u.sqrt() + v], &[x, a]);
    assert_eq!((grad[0].item(), grad[1].item()), (f64::INFINITY, 2.0));
    let relu = tape.fuse([a], |[a]| (a - 5.0).relu() * f64::INFINITY);
    assert!(relu.value().is_nan());
}

#[test]
fn scopes_rewind_the_payload_and_tapes_are_told_apart() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    let before = tape.stats();
    let inner = tape.scope(|| {
        let y = tape.fuse([x], |[x]| x * x);
        y.backward();
        y
    });
    assert_eq!((tape.stats().statement_bytes, inner.requires_grad()), (before.statement_bytes, false));
    assert_eq!(x.grad(), Some(4.0));

    let other = Tape::<f64>::new();
    let z = other.scalar(1.0);
    assert!(matches!(tape.try_fuse([x, z], |[x, z]| x + z), Err(Error::OtherTape { .. })));
    assert!(matches!(Scalar::try_fuse([x, z], |[x, z]| x + z), Err(Error::DifferentTapes { .. })));
    let stale = {
        let mut kept = x;
        tape.scope(|| kept = x * 2.0);
        kept
    };
    assert!(matches!(tape.try_fuse([x, stale], |[x, z]| x + z), Err(Error::Stale { .. })));
    assert_eq!(tape.stats().instructions, 0);
}

#[test]
fn outer_scopes_are_found_and_no_tape_need_be_named() {
    let tape = Tape::<f64>::new();
    let grad = tape.scope(|| {
        let outer = tape.scalar(2.0);
        tape.scope(|| {
            tape.scope(|| {
                let inner = tape.scalar(3.0);
                let y = Scalar::fuse([outer, inner], |[a, b]| a * b);
                tape.grad(&[y], &[outer])[0].item()
            })
        })
    });
    assert_eq!(grad, 3.0);
}

#[test]
fn higher_orders_are_refused_with_the_way_out() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    let y = tape.fuse([x], |[x]| x * x * x);
    let error = tape.try_grad_recorded(&[y], &[x]).unwrap_err();
    assert!(matches!(error, Error::FusedOrder { op: "grad_recorded", .. }), "{error}");
    assert!(error.to_string().contains("without `fuse`"));
    assert!(matches!(tape.try_hvp(y, &[x], &[1.0]), Err(Error::FusedOrder { op: "hvp", .. })));
    // Off the path it is no hindrance, and first derivatives go on.
    let z = x * x * x;
    assert_eq!(tape.hvp(z, &[x], &[1.0])[0].item(), 12.0);
    assert_eq!(tape.grad(&[y], &[x])[0].item(), 12.0);
}

/// A function of nothing is a number: nothing is recorded, and no sweep starts from it.
#[test]
fn what_has_no_inputs_requires_no_gradient() {
    let tape = Tape::<f64>::new();
    let y = tape.fuse([], |[]: [Dual<f64, 0>; 0]| Dual::passive(2.0));
    assert_eq!((y.value(), y.requires_grad(), tape.stats().instructions), (2.0, false, 0));
    assert!(matches!(y.try_backward(), Err(Error::PassiveRoot { .. })));
}

#[test]
fn a_write_in_place_does_not_concern_partials() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([2.0, 3.0]);
    let y = tape.fuse([w.at(0), w.at(1)], |[a, b]| a * b);
    w.set_value([10.0, 20.0]);
    y.backward();
    assert_eq!(w.grad().unwrap().as_slice().unwrap(), [3.0, 2.0]);
}

#[test]
fn intermediate_results_are_targets_and_keep_gradients() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    let (u, v) = tape.fuse([x], |[x]| (x * x, x * x * x));
    u.retain_grad();
    let z = u * v;
    z.backward();
    assert_eq!((u.grad(), x.grad()), (Some(8.0), Some(80.0)));
    let grad = tape.grad(&[z], &[u, v]);
    assert_eq!((grad[0].item(), grad[1].item()), (8.0, 4.0));
    assert_eq!(tape.jvp(&[z], &[u], &[1.0])[0].item(), 8.0);
    assert!(tape.dump().contains("= fuse %s0"));
}

#[test]
fn single_precision_and_results_of_every_form() {
    let tape = Tape::<f32>::new();
    let x = tape.scalar(0.5_f32);
    let all: Vec<Scalar<f32>> = tape.fuse([x], |[x]| vec![x, x * x]);
    let (a, b, c) = tape.fuse([x], |[x]| (x, x + 1.0, 1.0 / x));
    assert_eq!((all[1].value(), a.value(), b.value(), c.value()), (0.25, 0.5, 1.5, 2.0));
    (all[1] + c).backward();
    assert_eq!(x.grad(), Some(1.0 - 4.0));
    let many = tape.try_fuse([x], |[x]| vec![x; 300]);
    assert!(matches!(many, Err(Error::Capacity { limit: 255, .. })));
    let _: Dual<f32, 2> = tape.scope(|| Dual::passive(1.0));
}
