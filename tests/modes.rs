//! no_grad, enable_grad, inference: what is recorded, and that modes come back.

use wengert::Tape;
use wengert_tests::{grad, live, panic_text};

#[test]
fn modes_nest_and_come_back() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0]);
    let active = || (x * 2.0).requires_grad();
    assert!(tape.is_grad_enabled() && active());
    tape.no_grad(|| {
        assert!(!tape.is_grad_enabled() && !active());
        tape.enable_grad(|| {
            assert!(tape.is_grad_enabled() && active());
            tape.no_grad(|| assert!(!active()));
            assert!(active());
        });
        tape.no_grad(|| ());
        assert!(!tape.is_grad_enabled() && !active());
        tape.inference(|| assert!(!active()));
        assert!(!active());
    });
    assert!(tape.is_grad_enabled() && active());
}

#[test]
fn set_grad_enabled_lasts_until_it_is_undone_or_its_surrounding_mode_ends() {
    let tape = Tape::<f64>::new();
    let s = tape.scalar(1.0);
    tape.set_grad_enabled(false);
    assert!(!(s * 2.0).requires_grad());
    tape.set_grad_enabled(true);
    assert!((s * 2.0).requires_grad());
    tape.no_grad(|| {
        tape.set_grad_enabled(true);
        assert!((s * 2.0).requires_grad());
    });
    tape.enable_grad(|| tape.set_grad_enabled(false));
    assert!(tape.is_grad_enabled() && (s * 2.0).requires_grad());
}

#[test]
fn a_panic_brings_the_mode_back() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0]), tape.scalar(1.0));
    assert_eq!(panic_text(|| tape.no_grad(|| tape.enable_grad(|| -> () { panic!("out") }))), "out");
    assert!(tape.is_grad_enabled() && (x * 2.0).requires_grad() && (s * 2.0).requires_grad());
    assert_eq!(panic_text(|| tape.inference(|| -> () { panic!("out") })), "out");
    assert!(tape.is_grad_enabled() && (x * 2.0).requires_grad());
    tape.no_grad(|| {
        assert_eq!(panic_text(|| tape.enable_grad(|| -> () { panic!("out") })), "out");
        assert!(!tape.is_grad_enabled() && !(s * 2.0).requires_grad());
    });
    assert_eq!(panic_text(|| x.with(|_| -> () { panic!("out") })), "out");
    (x * s).sum().backward();
    assert_eq!(grad(x), Some(vec![1.0]));
}

#[test]
fn a_leaf_made_in_no_grad_is_active() {
    let tape = Tape::<f64>::new();
    let (x, s) = tape.no_grad(|| (tape.leaf([2.0]), tape.scalar(3.0)));
    assert!(x.requires_grad() && x.is_leaf() && s.requires_grad() && s.is_leaf());
    (x * s).sum().backward();
    assert_eq!((grad(x), s.grad()), (Some(vec![3.0]), Some(2.0)));
}

#[test]
fn no_instruction_is_recorded_while_paused() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([2.0, 3.0]), tape.scalar(3.0));
    let before = tape.stats();
    let (y, t) = tape.no_grad(|| ((x * x).sum() * s + x.at([0]), s * s + s.exp()));
    assert_eq!((y.to_vec(), y.requires_grad()), (vec![41.0], false));
    assert_eq!((t.value(), t.requires_grad()), (9.0 + 3f64.exp(), false));
    assert_eq!(tape.stats().instructions, before.instructions);
    // Views and elements made while paused are passive.
    let (view, element) = tape.no_grad(|| (x.t(), x.at([0])));
    assert!(!view.requires_grad() && !element.requires_grad());
    // And what was computed while paused is a constant of what is recorded after.
    (x * y).sum().backward();
    assert_eq!(grad(x), Some(vec![41.0, 41.0]));
}

#[test]
fn a_sweep_works_while_paused() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([2.0]), tape.scalar(2.0));
    let y = (x * x * s).sum();
    tape.no_grad(|| y.backward());
    tape.inference(|| y.backward());
    assert_eq!((grad(x), s.grad()), (Some(vec![16.0]), Some(8.0)));
}

#[test]
fn inference_leaves_the_tape_as_it_was() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.scalar(2.0));
    let y = (w * s).sum();
    let before = (live(&tape), tape.stats().value_bytes);
    let answer = tape.inference(|| {
        let hidden = w.matmul(tape.constant([1.0, 1.0])).tanh();
        let leaf = tape.leaf([1.0, 2.0]);
        assert!(!hidden.requires_grad() && leaf.requires_grad());
        ((hidden * leaf).sum().item(), (s * s).value(), vec![hidden.len()])
    });
    assert_eq!(answer, (3f64.tanh() + 2.0 * 7f64.tanh(), 4.0, vec![2]));
    assert_eq!((live(&tape), tape.stats().value_bytes), before);
    y.backward();
    assert_eq!((grad(w), s.grad()), (Some(vec![2.0; 4]), Some(10.0)));
}

#[test]
fn what_inference_returns_survives_and_leaves_stay_leaves() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0, 2.0]);
    let (y, leaf, scalar, constant, passive, view) = tape.inference(|| {
        let (leaf, scalar) = (tape.leaf([[5.0], [6.0]]), tape.scalar(7.0));
        (w * 2.0, leaf, scalar, tape.constant([8.0]), scalar * 2.0, leaf.t())
    });
    assert_eq!((y.to_vec(), y.requires_grad()), (vec![2.0, 4.0], false));
    assert_eq!(
        (leaf.to_vec(), leaf.shape().to_vec(), leaf.requires_grad(), leaf.is_leaf()),
        (vec![5.0, 6.0], vec![2, 1], true, true)
    );
    assert_eq!((scalar.value(), scalar.requires_grad(), scalar.is_leaf()), (7.0, true, true));
    assert_eq!((constant.to_vec(), constant.requires_grad()), (vec![8.0], false));
    assert_eq!((passive.value(), passive.requires_grad()), (14.0, false));
    assert_eq!((view.to_vec(), view.shape().to_vec()), (vec![5.0, 6.0], vec![1, 2]));
    // The survivors are good for sweeps, each with its own gradient.
    ((leaf.sum() + w.sum()) * scalar).backward();
    assert_eq!(
        (grad(leaf), scalar.grad(), grad(w)),
        (Some(vec![7.0, 7.0]), Some(14.0), Some(vec![7.0, 7.0]))
    );
    assert_eq!(grad(y), None);
}
