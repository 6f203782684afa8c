//! Handles that are stale, of another tape, of a dropped one, of another thread.

use wengert::{Error, Scalar, Tape, Tensor};
use wengert_tests::{panic_text, still_works};

use crate::{refuse, text_at};

#[test]
fn a_stale_handle() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([1.0]), tape.scalar(1.0));
    let (mut x, mut t) = (w, s);
    tape.scope(|| (x, t) = (w * 2.0, s * 2.0));
    let text = |kind: &str, op: &str| {
        format!(
            "stale handle: the {kind} was recorded in a scope of tape #{} that has ended, or before the tape was cleared\n  used by `{op}`{{at}}\n  help: return what must outlive the scope from its closure, or make it again after `clear`",
            tape.id()
        )
    };
    refuse!(tape, x.try_exp(), &text("tensor", "exp"));
    refuse!(tape, w.try_add(x), &text("tensor", "add"));
    refuse!(tape, w.try_mul(t), &text("scalar", "mul"));
    refuse!(tape, x.try_backward(), &text("tensor", "backward"));
    refuse!(tape, t.try_backward(), &text("scalar", "backward"));
    refuse!(tape, tape.try_grad(&[w], &[x]), &text("tensor", "grad"));
    refuse!(tape, tape.try_scope(|| x), &text("tensor", "scope"));
    refuse!(tape, tape.try_leaf(x), &text("tensor", "leaf"));
    refuse!(tape, x.try_reshape([1]), &text("tensor", "reshape"));
}

#[test]
fn operands_on_different_tapes() {
    let (a, b) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (x, y, s, t) = (a.leaf([1.0]), b.leaf([1.0]), a.scalar(1.0), b.scalar(1.0));
    let text = |op: &str, lhs: &Tape<f64>, rhs: &Tape<f64>| {
        format!(
            "{op}: the operands are on different tapes: lhs on tape #{}, rhs on tape #{}\n  used by `{op}`{{at}}\n  help: record both on one tape, or copy a value over: `tape.constant(y.value())`, `Scalar::from(y.value())`",
            lhs.id(),
            rhs.id()
        )
    };
    refuse!(a, x.try_add(y), &text("add", &a, &b));
    refuse!(b, y.try_matmul(x), &text("matmul", &b, &a));
    refuse!(a, x.try_mul(t), &text("mul", &a, &b));
    refuse!(a, a.try_cat(&[x, y], 0), &text("cat", &a, &b));
    still_works(&b);
    for (panics, op, lhs, rhs) in [
        (panic_text(|| s * t), "mul", &a, &b),
        (panic_text(|| t.pow(s)), "pow", &b, &a),
        (panic_text(|| s * y), "mul", &a, &b),
        (panic_text(|| y - x), "sub", &b, &a),
    ] {
        let want = text(op, lhs, rhs);
        assert!(panics.starts_with(want.split("{at}").next().unwrap()), "{op}: {panics}");
    }
}

#[test]
fn a_method_of_a_tape_refuses_handles_of_another() {
    let (a, b) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (x, y, t) = (a.leaf(1.0), b.leaf(1.0), b.scalar(1.0));
    let text = |op: &str, kind: &str| {
        format!(
            "{op}: the {kind} is on tape #{}, not on tape #{}\n  used by `{op}`{{at}}\n  help: call the method of the tape that recorded it",
            b.id(),
            a.id()
        )
    };
    refuse!(a, a.try_grad(&[x], &[y]), &text("grad", "tensor"));
    refuse!(a, a.try_grad(&[y], &[x]), &text("grad", "tensor"));
    refuse!(a, a.try_grad(&[t], &[x]), &text("grad", "scalar"));
    refuse!(a, a.try_stack(&[y, y], 0), &text("stack", "tensor"));
    refuse!(a, a.try_stack(&[t], 0), &text("stack", "scalar"));
    let row = y.reshape([1]);
    refuse!(a, a.try_cat(&[row, row], 0), &text("cat", "tensor"));
}

#[test]
fn a_dropped_tape() {
    let tape = Tape::<f64>::new();
    let other = Tape::<f64>::new();
    let (x, s, id) = (tape.leaf([1.0]), tape.scalar(1.0), tape.id());
    drop(tape);
    let text = |kind: &str, op: &str| {
        format!(
            "dropped tape: the {kind} was recorded on tape #{id}, which was dropped\n  used by `{op}`{{at}}\n  help: keep the `Tape` alive for as long as its handles are used"
        )
    };
    refuse!(other, x.try_exp(), &text("tensor", "exp"));
    refuse!(other, s.try_backward(), &text("scalar", "backward"));
    let y = other.leaf([1.0]);
    refuse!(other, y.try_add(x), &text("tensor", "add"));
    // Scopes of the dropped tape, too.
    let tape = Tape::<f64>::new();
    let id = tape.id();
    let mut y: Option<Tensor<f64>> = None;
    tape.scope(|| y = Some(tape.leaf([1.0])));
    drop(tape);
    assert!(matches!(y.unwrap().try_exp(), Err(Error::DroppedTape { tape, .. }) if tape == id));
}

#[test]
fn a_tape_dropped_so_long_ago_that_it_is_forgotten() {
    let x = Tape::<f64>::new().leaf([1.0]);
    let s = Tape::<f64>::new().scalar(1.0);
    (0..10_000).for_each(|_| drop(Tape::<f64>::new()));
    let other = Tape::<f64>::new();
    let text = |kind: &str, op: &str| {
        format!(
            "dropped tape: the {kind} was recorded on a tape that was dropped\n  used by `{op}`{{at}}\n  help: keep the `Tape` alive for as long as its handles are used"
        )
    };
    refuse!(other, x.try_exp(), &text("tensor", "exp"));
    refuse!(other, s.try_backward(), &text("scalar", "backward"));
}

#[test]
fn a_handle_sent_to_another_thread() {
    let tape = Tape::<f64>::new();
    let (x, s, id) = (tape.leaf([1.0]), tape.scalar(1.0), tape.id());
    std::thread::spawn(move || {
        let text = |kind: &str, op: &str| format!("other thread: the {kind} is on tape #{id}, which belongs to another thread\n  used by `{op}`{{at}}\n  help: a tape stays on the thread that made it; run one tape a worker, and send plain numbers between them");
        let own = Tape::<f64>::new();
        let y = own.leaf([2.0]);
        refuse!(own, x.try_exp(), &text("tensor", "exp"));
        refuse!(own, y.try_add(x), &text("tensor", "add"));
        refuse!(own, s.try_backward(), &text("scalar", "backward"));
        refuse!(own, own.try_leaf(x), &text("tensor", "leaf"));
        assert!(panic_text(|| s + 1.0).starts_with("other thread: the scalar is on tape #"));
        // Its number goes along, and a passive scalar works anywhere.
        assert_eq!((s.value(), Scalar::from(2.0) * 3.0).0, 1.0);
    })
    .join()
    .unwrap();
    still_works(&tape);
}

#[test]
fn places_of_errors_without_one_print_nothing() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0]);
    drop(tape);
    let Err(Error::DroppedTape { op, kind, tape, .. }) = x.try_exp() else { panic!("the tape is dropped") };
    let error = Error::DroppedTape { op, kind, tape, at: wengert::At(None) };
    assert_eq!(text_at(&error, file!(), line!()), error.to_string());
    assert!(!error.to_string().contains("recorded at"));
}
