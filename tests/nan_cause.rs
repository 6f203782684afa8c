//! Where a NaN comes from: `nan_cause` names the op that made the first one.

use wengert::{Error, NanCause, NanPlace, Scalar, Tape};

const VALUE: NanPlace = NanPlace::Value;
const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

fn adjoint(operand: usize) -> NanPlace {
    NanPlace::Adjoint { operand }
}

fn given(operand: usize) -> NanPlace {
    NanPlace::Given { operand }
}

/// What was found, but for the line and the numbers.
fn found(cause: Option<NanCause>) -> (&'static str, NanPlace, Vec<usize>) {
    let NanCause { op, place, index, .. } = cause.expect("there is a NaN");
    (op, place, index)
}

/// The numbers that a cause tells.
fn told(cause: Option<NanCause>) -> Vec<f64> {
    cause.expect("there is a NaN").numbers.into_iter().map(|(_, number)| number).collect()
}

#[test]
fn the_op_that_makes_a_value_nan() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 4.0], [-0.5, 9.0]]);
    let y = (x * 2.0).ln().exp().sum();
    assert_eq!(found(y.nan_cause()), ("ln", VALUE, vec![1, 0]));
    assert_eq!(told(y.nan_cause()), [-1.0]);

    // Through views, broadcasting and a whole-tensor op, by the element.
    let column = tape.leaf([[0.0], [INF]]);
    let z = (column - x.t() * tape.constant([[1.0, 1.0], [1.0, INF]])).tanh().max();
    assert_eq!(found(z.nan_cause()), ("sub", VALUE, vec![1, 1]));
    assert_eq!(told(z.nan_cause()), [INF, INF]);
    let product = tape.leaf([[0.0, 1.0]]).matmul(tape.leaf([[INF], [1.0]])).exp();
    assert_eq!(found(product.nan_cause()), ("matmul", VALUE, vec![0, 0]));
    assert!(told(product.nan_cause()).is_empty());
    let row = tape.leaf([[1.0, 2.0], [INF, 0.0]]).log_softmax(1).mean();
    assert_eq!(found(row.nan_cause()), ("log_softmax", VALUE, vec![1, 0]));
}

#[test]
fn what_was_given_is_told_from_what_was_computed() {
    let tape = Tape::<f64>::new();
    let (x, bad) = (tape.leaf([1.0, 2.0]), tape.constant([[3.0, 4.0], [5.0, NAN]]));
    assert_eq!(found((x * bad).sum().nan_cause()), ("mul", given(1), vec![1, 1]));
    assert_eq!(found((x - NAN).sum().nan_cause()), ("sub", given(1), vec![]));
    let leaf = tape.leaf([NAN, 1.0]);
    assert_eq!(found(leaf.exp().sum().nan_cause()), ("exp", given(0), vec![0]));
    let s = tape.scalar(2.0);
    assert_eq!(found((NAN / s).sin().nan_cause()), ("div", given(0), vec![]));
    // Computed while recording was paused: nobody knows how.
    let paused = tape.no_grad(|| (x * NAN).sum());
    assert_eq!(found((x.sum() + paused).nan_cause()), ("add", given(1), vec![]));
    // Nothing read the leaf itself.
    assert_eq!(found(leaf.nan_cause()), ("nan_cause", given(0), vec![0]));
}

/// Behind a mask the value is a number, and what was computed behind it sends back NaN.
#[test]
fn a_masked_nan_has_the_cause_that_made_it() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2.0, -1.0]);
    let masked = x.gt(0.0).select(x.ln().square().sin(), 0.0).sum();
    assert!(!masked.item().is_nan());
    assert_eq!(found(masked.nan_cause()), ("ln", VALUE, vec![1]));
    let data = tape.constant([1.0, NAN]);
    let clean = data.isnan().select(0.0, (data * x).sin()).sum();
    assert_eq!(found(clean.nan_cause()), ("mul", given(0), vec![1]));
    // An operand that is repeated along rows.
    let data = tape.constant([[1.0, NAN], [3.0, 4.0]]);
    let clean = data.isnan().select(0.0, data * x).sum();
    assert_eq!(found(clean.nan_cause()), ("mul", given(0), vec![0, 1]));
}

#[test]
fn the_op_that_sends_back_a_nan() {
    let tape = Tape::<f64>::new();
    // 0 times an infinite slope.
    let x = tape.leaf([4.0, 0.0, 1.0]);
    let root = (x.sqrt() * tape.constant([1.0, 0.0, 1.0])).sum();
    assert_eq!(found(root.nan_cause()), ("sqrt", adjoint(0), vec![1]));
    assert_eq!(told(root.nan_cause()), [0.0, 0.0, 0.0]);
    // The usual trap: what is not chosen is computed all the same.
    let safe = x.gt(0.0).select(x.sqrt(), 0.0).sum();
    assert_eq!((safe.item(), found(safe.nan_cause())), (3.0, ("sqrt", adjoint(0), vec![1])));
    // Two infinite adjoints of opposite sign meet in an operand: the second to arrive makes the NaN.
    let (y, weight) = (tape.leaf([0.0, 0.0]), tape.constant([1.0, -1.0]));
    let meet = (y.sqrt() - (y * weight).sqrt()).sum();
    assert_eq!(found(meet.nan_cause()), ("sqrt", NanPlace::Sum { operand: 0 }, vec![0]));
    assert_eq!(told(meet.nan_cause())[3], -INF);
    // An operand of another shape than the result tells its own number alone.
    let number = tape.leaf([0.0]);
    let wide = (number.sqrt() * tape.constant([0.0, 0.0])).sum();
    assert_eq!(found(wide.nan_cause()), ("sqrt", adjoint(0), vec![0]));
    let roots = (number + tape.constant([0.0, 0.0])).sqrt();
    assert_eq!(found((roots * 0.0).sum().nan_cause()), ("sqrt", adjoint(0), vec![0]));
}

#[test]
fn scalars_and_fused_statements() {
    let tape = Tape::<f64>::new();
    let [x, zero] = [2.0, 0.0].map(|v| tape.scalar(v));
    let difference = zero.ln() - zero.ln() + x;
    assert_eq!(found(difference.nan_cause()), ("sub", VALUE, vec![]));
    assert_eq!(told(difference.nan_cause()), [-INF, -INF]);
    let fused = tape.fuse([x, zero], |[x, zero]| (zero * x).ln() * zero) * 3.0;
    assert_eq!(
        (found(fused.nan_cause()), told(fused.nan_cause())),
        (("fuse", VALUE, vec![]), vec![2.0, 0.0])
    );
    let [_, second] = tape.fuse([x, zero], |[x, zero]| [x * x, zero / zero * x]);
    assert_eq!(found((second * x).nan_cause()), ("fuse", VALUE, vec![1]));
    // sqrt(0)^3: an infinite partial takes what is 0 back.
    let cube = (zero * x).sqrt().powi(3);
    assert_eq!(cube.nan_cause(), None, "an adjoint of 0 stops a sweep of scalars");
    let both = tape.stack(&[zero, x], 0).sqrt();
    assert_eq!(found((both * 0.0).sum().nan_cause()), ("sqrt", adjoint(0), vec![0]));
}

#[test]
fn nothing_changes_and_a_sweep_afterwards_is_right() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([4.0, 0.0]);
    x.sum().backward();
    let (before, stats) = (x.grad().unwrap(), tape.stats());
    let bad = (x.sqrt() * tape.constant([1.0, 0.0])).sum();
    let fine = (x * x).sum();
    assert_eq!(found(bad.nan_cause()), ("sqrt", adjoint(0), vec![1]));
    assert_eq!(fine.nan_cause(), None);
    assert_eq!(x.grad().unwrap(), before);
    assert_eq!(tape.grad(&[fine], &[x])[0].to_vec(), [8.0, 0.0]);
    assert_eq!(stats.peak_slots, 3);
    // Out of a scope, where the handles are stale.
    let cause = tape.scope(|| (x.ln() * 0.0).sum().nan_cause());
    assert_eq!(found(cause), ("mul", VALUE, vec![1]));
}

#[test]
fn a_cause_prints_as_a_sentence_with_its_line() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2.0, -1.0]);
    let line = line!() + 1;
    let y = x.sqrt();
    let text = y.sum().nan_cause().unwrap().to_string();
    let expected = format!(
        "sqrt: element [1] of its value is the first NaN\n  recorded at {}:{line}:15\n  there operand 0 is -1.0",
        file!()
    );
    assert_eq!(text, expected);
    let back = (tape.leaf([0.0]).sqrt() * 0.0).sum().nan_cause().unwrap().to_string();
    assert!(back.ends_with("there operand 0 is 0.0, the value is 0.0, its adjoint is 0.0"), "{back}");
    let given = (x * NAN).sum().nan_cause().unwrap().to_string();
    assert!(given.starts_with("mul: operand 1 is NaN, and no recorded op computed it"), "{given}");
}

#[test]
fn errors_are_those_of_a_sweep() {
    let tape = Tape::<f64>::new();
    assert!(matches!(Scalar::from(NAN).try_nan_cause(), Err(Error::PassiveRoot { .. })));
    assert!(matches!(tape.constant([NAN]).try_nan_cause(), Err(Error::PassiveRoot { .. })));
    let x = tape.leaf([1.0, 2.0]);
    let y = (x * x).sum();
    x.set_value([3.0, 4.0]);
    assert!(matches!(y.try_nan_cause(), Err(Error::Overwritten { .. })));
    let mut kept = y;
    tape.scope(|| kept = x.sum());
    assert!(matches!(kept.try_nan_cause(), Err(Error::Stale { .. })));
    x.with(|_| assert!(matches!(x.try_nan_cause(), Err(Error::Busy { .. }))));
    assert_eq!(tape.grad(&[x.sum()], &[x])[0].to_vec(), [1.0, 1.0]);
}
