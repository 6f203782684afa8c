//! Calls at the wrong moment: while slots are lent, inside a scope.

use wengert::{Scalar, Tape, Tensor};
use wengert_tests::{grad, panic_text, still_works};

use crate::refuse;

/// The text of an op that was called inside a method which lends the slots.
fn lent(op: &str, lender: &str) -> String {
    format!(
        "{op}: it may not be called inside `{lender}`, which lends the slots{{at}}
  help: read what you need, return it from the closure, and record or write after it"
    )
}

#[test]
fn nothing_is_recorded_or_written_while_slots_are_lent() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(1.0));
    let y = (x * x * s).sum();
    y.backward();
    let none = |_: Tensor<f64>| ();
    refuse!(tape, x.with(|_| x.try_exp().map(none)), &lent("exp", "with"));
    refuse!(tape, x.with(|_| x.try_sum().map(none)), &lent("sum", "with"));
    refuse!(tape, x.with(|_| x.try_copy().map(none)), &lent("copy", "with"));
    refuse!(tape, x.with(|_| tape.try_leaf([1.0]).map(none)), &lent("leaf", "with"));
    refuse!(tape, x.with(|_| tape.try_constant([1.0]).map(none)), &lent("constant", "with"));
    refuse!(tape, x.with(|_| tape.try_scalars(&[1.0]).map(|_| ())), &lent("scalar", "with"));
    refuse!(tape, x.with(|_| x.try_set_value([1.0, 1.0])), &lent("set_value", "with"));
    refuse!(tape, x.with(|_| x.try_update(|_, _| ())), &lent("update", "with"));
    refuse!(tape, x.with(|_| y.try_backward()), &lent("backward", "with"));
    refuse!(tape, x.with(|_| tape.try_grad(&[y], &[x]).map(|_| ())), &lent("grad", "with"));
    refuse!(tape, x.with(|_| x.try_zero_grad()), &lent("zero_grad", "with"));
    refuse!(tape, x.with(|_| s.try_zero_grad()), &lent("zero_grad", "with"));
    refuse!(tape, x.with(|_| tape.try_zero_grad()), &lent("zero_grad", "with"));
    refuse!(tape, x.with(|_| tape.try_clear()), &lent("clear", "with"));
    refuse!(tape, x.with(|_| tape.try_scope(|| ())), &lent("scope", "with"));
    refuse!(tape, x.with(|_| tape.try_inference(|| ())), &lent("inference", "with"));
    refuse!(tape, x.with(|_| tape.try_stack(&[x, x], 0).map(none)), &lent("stack", "with"));
    refuse!(tape, x.with(|_| tape.try_stack(&[1.0, 2.0], 0).map(none)), &lent("stack", "with"));
    refuse!(tape, x.with(|_| y.try_retain_grad()), &lent("retain_grad", "with"));
    refuse!(tape, x.with(|_| x.try_matmul(x).map(none)), &lent("matmul", "with"));
    // So it is with the gradient, and inside an update.
    refuse!(tape, x.with_grad(|_| x.try_exp().map(none)).unwrap(), &lent("exp", "with_grad"));
    refuse!(tape, x.with_grad(|_| y.try_backward()).unwrap(), &lent("backward", "with_grad"));
    refuse!(tape, x.with_grad(|_| tape.try_zero_grad()).unwrap(), &lent("zero_grad", "with_grad"));
    refuse!(tape, x.update(|_, _| tape.try_zero_grad()).unwrap(), &lent("zero_grad", "update"));
    refuse!(tape, x.with(|_| x.try_update_each(|w, _| w)), &lent("update_each", "with"));
    let mut inside = Vec::new();
    x.update_each(|w, _| (inside.push(x.try_exp().unwrap_err().to_string()), w).1);
    assert!(
        inside.len() == 2
            && inside.iter().all(|text| text.starts_with("exp: it may not be called inside `update_each`")),
        "{inside:?}"
    );
    refuse!(tape, x.update(|_, _| x.try_set_value([9.0, 9.0])).unwrap(), &lent("set_value", "update"));
    refuse!(tape, x.update(|_, _| x.try_exp().map(none)).unwrap(), &lent("exp", "update"));
    // Inside both it is the inner one that is named, and after it the outer.
    let nested = || x.update(|_, _| (x.with(|_| x.try_exp()), x.try_exp()));
    let (inner, outer) = nested().expect("there is a gradient");
    assert!(
        inner.unwrap_err().to_string().contains("`with`")
            && outer.unwrap_err().to_string().contains("`update`")
    );
    // A paused tape computes nothing new there either.
    refuse!(tape, tape.no_grad(|| x.with(|_| x.try_exp().map(none))), &lent("exp", "with"));
    assert_eq!((grad(x), s.grad(), x.to_vec()), (Some(vec![2.0, 4.0]), Some(5.0), vec![1.0, 2.0]));
}

#[test]
fn scalars_are_not_recorded_while_slots_are_lent() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(1.0));
    let first = |text: String| text.lines().next().unwrap_or_default().to_string();
    type Use = fn(Scalar<f64>) -> Scalar<f64>;
    let uses: [(&str, Use); 4] =
        [("mul", |s| s * s), ("exp", |s| s.exp()), ("add", |s| s + 1.0), ("sub", |s| 1.0 - s)];
    for (op, on) in uses {
        let text = first(panic_text(|| x.with(|_| on(s))));
        assert_eq!(text, format!("{op}: it may not be called inside `with`, which lends the slots"));
        still_works(&tape);
    }
    // Numbers and passive scalars may be computed.
    assert_eq!(x.with(|v| (Scalar::from(v[0]) + s.detach()).value()), 2.0);
    assert_eq!(
        first(panic_text(|| x.with(|_| tape.zeros(3)))),
        "zeros: it may not be called inside `with`, which lends the slots"
    );
    assert_eq!(
        first(panic_text(|| x.with(|_| tape.scalar(3.0)))),
        "scalar: it may not be called inside `with`, which lends the slots"
    );
    still_works(&tape);
}

#[test]
fn clear_is_refused_inside_a_scope() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0]);
    tape.scope(|| {
        refuse!(
            tape,
            tape.try_clear(),
            "clear: it may not be called inside a scope{at}\n  help: a scope rewinds by itself; clear after it"
        );
    });
    assert_eq!(x.to_vec(), [1.0]);
    tape.inference(|| assert!(tape.try_clear().is_err()));
}

#[test]
fn a_callback_that_panics_gives_the_slots_back() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    x.sum().backward();
    fn out() {
        panic!("out")
    }
    assert_eq!(panic_text(|| x.with(|_| out())), "out");
    assert_eq!(panic_text(|| x.with_grad(|_| out())), "out");
    assert_eq!(panic_text(|| x.update(|w, _| (w[0] = 100.0, out()).1)), "out");
    // `update` works on a copy that is not written back then.
    assert_eq!(x.to_vec(), [1.0, 2.0]);
    still_works(&tape);
    x.update(|w, grad| w[0] -= grad[0]);
    assert_eq!(x.to_vec(), [0.0, 2.0]);
    // `update_each` has written the elements before, and the sweep knows.
    let y = (x * x).sum();
    let mut count = 0;
    let second_panics = |w: f64, _| {
        count += 1;
        if count == 2 { (w, out()).0 } else { w + 5.0 }
    };
    assert_eq!(panic_text(|| x.update_each(second_panics)), "out");
    assert_eq!(x.to_vec(), [5.0, 2.0]);
    assert!(matches!(y.try_backward(), Err(wengert::Error::Overwritten { .. })));
    still_works(&tape);
}
