//! What a step does and leaves alone: closed forms, skipped parameters, errors.

use wengert::{Error, Tape};
use wengert_optim::{Adam, AdamW, Optimizer, Sgd};

#[test]
fn sgd_on_a_quadratic_has_a_closed_form() {
    // w - lr 2 a w: each step multiplies by 1 - 2 lr a.
    let tape = Tape::<f64>::new();
    let w = tape.leaf([4.0, -8.0]);
    let curvature = tape.constant([0.5, 2.0]);
    let mut optimizer = Sgd::new([w], 0.125);
    for step in 1..=20 {
        optimizer.zero_grad();
        tape.scope(|| (curvature * w * w).sum().backward());
        optimizer.step();
        let [a, b] = [4.0 * 0.875f64.powi(step), -8.0 * 0.5f64.powi(step)];
        let now = w.to_vec();
        assert!((now[0] - a).abs() < 1e-14 && (now[1] - b).abs() < 1e-14, "step {step}: {now:?}");
    }
}

/// Gradients of `w` at some steps only, against a parameter that has those gradients alone.
fn skips(mut make: impl FnMut(Vec<wengert::Tensor<f64>>) -> Box<dyn Optimizer<f64>>) {
    let tape = Tape::<f64>::new();
    let (sometimes, always, alone) = (tape.leaf([1.0]), tape.leaf([1.0]), tape.leaf([1.0]));
    let mut both = make(vec![sometimes, always]);
    let mut reference = make(vec![alone]);
    for step in 0..9 {
        both.zero_grad();
        reference.zero_grad();
        tape.scope(|| (always * always).backward());
        if step % 3 == 1 {
            tape.scope(|| (sometimes * sometimes + alone * alone).backward());
            reference.step();
        }
        let before = sometimes.item();
        both.step();
        assert_eq!(sometimes.item(), alone.item(), "step {step}");
        assert_eq!(sometimes.item() == before, step % 3 != 1, "step {step}");
    }
}

#[test]
fn parameters_without_gradient_and_their_state_stay_as_they_are() {
    skips(|parameters| Box::new(Sgd::new(parameters, 0.1).momentum(0.9).weight_decay(0.1)));
    skips(|parameters| Box::new(Adam::new(parameters, 0.1)));
    skips(|parameters| Box::new(AdamW::new(parameters, 0.1).amsgrad(true)));
}

#[test]
fn passive_parameters_are_left_out() {
    let tape = Tape::<f64>::new();
    let (w, frozen) = (tape.leaf([1.0]), tape.constant([1.0]));
    let mut optimizer = Adam::new([w, frozen, w.detach()], 0.1);
    assert_eq!(optimizer.parameters(), [w]);
    (w * frozen).backward();
    optimizer.step();
    assert_eq!(frozen.item(), 1.0);
}

#[test]
fn a_failed_step_moves_nothing() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0]);
    let mut kept = None;
    tape.scope(|| kept = Some(Sgd::new([w, tape.leaf([1.0])], 0.1)));
    let mut stale = kept.unwrap();
    (w * 2.0).backward();
    assert!(matches!(stale.try_step(), Err(Error::Stale { op: "step", .. })));
    assert_eq!(w.item(), 1.0);

    let mut lent = Sgd::new([w], 0.1);
    assert!(matches!(w.with(|_| lent.try_step()), Err(Error::Busy { op: "step", .. })));
    assert_eq!(w.item(), 1.0);
    lent.step();
    assert_eq!(w.item(), 0.8);
}

#[test]
fn bad_parameters_are_refused() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0, 2.0]);
    let refused = |given: &[wengert::Tensor<f64>]| Adam::try_new(given.iter().copied(), 0.1).err().unwrap();
    let (computed, view, passive) = (w * 2.0, w.slice(0, 1..), tape.constant([1.0]));
    assert!(matches!(refused(&[computed]), Error::NotALeaf { op: "adam", .. }));
    let named = |tensor: wengert::Tensor<f64>| format!("%{}", tensor.index());
    for (given, text) in [
        (&[][..], "adam: no parameters were given".to_string()),
        (&[w, computed], format!("adam: parameter 1, {}, was computed by `mul`", named(computed))),
        (&[view], format!("adam: parameter 0, {}, is a view of other slots", named(view))),
        (&[w, passive, w], format!("adam: parameters 0 and 2 are one tensor, {}", named(w))),
        (&[passive], "adam: the parameter requires no gradient".to_string()),
        (&[passive, w.detach()], "adam: none of the 2 parameters requires a gradient".to_string()),
    ] {
        let error = refused(given).to_string();
        assert!(error.starts_with(&text), "{error}");
    }
    let mut stale = w;
    tape.scope(|| stale = tape.leaf([1.0]));
    assert!(matches!(refused(&[stale]), Error::Stale { op: "adam", .. }));
}

#[test]
fn bad_options_say_what_is_wrong_and_what_to_do() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0]);
    let sgd = || Sgd::new([w], 0.1);
    let adam = || AdamW::new([w], 0.1);
    let texts = [
        (Sgd::try_new([w], -0.1).err(), "sgd: lr is -0.1, and it is finite and 0 or more"),
        (Adam::try_new([w], f64::NAN).err(), "adam: lr is NaN, and it is finite and 0 or more"),
        (sgd().try_momentum(-1.0).err(), "sgd: momentum is -1, and it is finite and 0 or more"),
        (sgd().try_weight_decay(-1.0).err(), "sgd: weight_decay is -1, and it is finite and 0 or more"),
        (sgd().try_nesterov(true).err(), "sgd: nesterov needs a momentum, and the momentum is 0"),
        (
            sgd().momentum(0.9).nesterov(true).try_momentum(0.0).err(),
            "sgd: nesterov needs a momentum, and the momentum is 0",
        ),
        (
            sgd().momentum(0.9).dampening(0.5).try_nesterov(true).err(),
            "sgd: nesterov takes no dampening, and the dampening is 0.5",
        ),
        (
            sgd().momentum(0.9).nesterov(true).try_dampening(0.5).err(),
            "sgd: nesterov takes no dampening, and the dampening is 0.5",
        ),
        (adam().try_betas(1.0, 0.9).err(), "adamw: beta1 is 1, and it lies from 0 up to, not including, 1"),
        (
            adam().try_betas(0.9, -0.1).err(),
            "adamw: beta2 is -0.1, and it lies from 0 up to, not including, 1",
        ),
        (adam().try_eps(-1e-8).err(), "adamw: eps is -0.00000001, and it is finite and 0 or more"),
    ];
    for (error, text) in texts {
        let error = error.expect(text).to_string();
        let mut lines = error.lines();
        assert_eq!(lines.next(), Some(text));
        assert!(lines.next().unwrap().contains(file!()), "{error}");
        assert!(lines.next().unwrap().starts_with("  help: "), "{error}");
    }
}

#[test]
#[should_panic = "sgd: lr is -1, and it is finite and 0 or more"]
fn plain_methods_panic_with_the_text() {
    let tape = Tape::<f64>::new();
    Sgd::new([tape.leaf([1.0])], 0.1).set_lr(-1.0);
}

#[test]
fn options_may_change_between_steps() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0]);
    let mut optimizer = Adam::new([w], 0.1);
    for amsgrad in [false, true, false] {
        optimizer = optimizer.amsgrad(amsgrad);
        optimizer.zero_grad();
        tape.scope(|| (w * w).backward());
        optimizer.step();
    }
    assert!(w.item() < 0.75);
}
