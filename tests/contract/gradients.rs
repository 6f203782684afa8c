//! Gradients that the user writes.

use super::*;

#[test]
fn a_gradient_that_was_put_in_is_added_to() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    w.set_grad([[10.0, 20.0], [30.0, 40.0]]);
    w.sum().backward();
    assert_eq!(grad(w), Some(vec![11.0, 21.0, 31.0, 41.0]));
    // From a tensor of the tape, even a view of the leaf itself.
    w.set_grad(w.t());
    assert_eq!((grad(w), w.to_vec()), (Some(vec![1.0, 3.0, 2.0, 4.0]), vec![1.0, 2.0, 3.0, 4.0]));
    let seen = w.update_grad(|grad| {
        grad.iter_mut().for_each(|grad| *grad *= -1.0);
        grad.len()
    });
    assert_eq!((seen, grad(w)), (Some(4), Some(vec![-1.0, -3.0, -2.0, -4.0])));
    tape.zero_grad();
    assert_eq!(w.update_grad(|_| unreachable!("there is no gradient")), None::<()>);
    let nothing = tape.leaf(Vec::<f64>::new());
    nothing.set_grad(Vec::<f64>::new());
    assert_eq!(grad(nothing), Some(vec![]));
}

#[test]
fn a_gradient_that_is_refused_stays_as_it_was() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0, 2.0]);
    w.set_grad([5.0, 6.0]);
    assert!(matches!(w.try_set_grad([1.0]), Err(Error::ShapeMismatch { op: "set_grad", .. })));
    let (y, frozen) = (w * 2.0, tape.constant([1.0, 2.0]));
    for passive in [y, frozen, w.slice(0, ..1)] {
        assert!(matches!(passive.try_set_grad([1.0, 1.0]), Err(Error::NoGradient { .. })));
        assert!(matches!(passive.try_update_grad(|_| ()), Err(Error::NoGradient { .. })));
    }
    // Reading is allowed inside, writing and recording are not; a panic changes nothing.
    w.update_grad(|_| {
        assert_eq!((w.to_vec(), grad(w)), (vec![1.0, 2.0], Some(vec![5.0, 6.0])));
        assert!(matches!(w.try_set_grad([0.0, 0.0]), Err(Error::Busy { .. })));
        assert!(matches!(w.try_update_grad(|_| ()), Err(Error::Busy { .. })));
        assert!(matches!(w.try_exp(), Err(Error::Busy { .. })));
    });
    let panicked = std::panic::catch_unwind(|| {
        w.update_grad(|grad| {
            grad.fill(0.0);
            panic!("in the middle");
        })
    });
    assert!(panicked.is_err());
    assert_eq!(grad(w), Some(vec![5.0, 6.0]));
    w.sum().backward();
    assert_eq!(grad(w), Some(vec![6.0, 7.0]));
}

#[test]
fn what_keeps_its_gradient_has_it_zeroed_cleared_and_written_as_a_leaf_has() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = x * 3.0;
    y.retain_grad();
    let z = (y * y).sum();
    z.backward();
    assert_eq!(grad(y), Some(vec![6.0, 12.0]));
    y.zero_grad();
    assert_eq!(grad(y), Some(vec![0.0, 0.0]));
    z.backward();
    assert_eq!(grad(y), Some(vec![6.0, 12.0]));
    y.set_grad([1.0, 1.0]);
    z.backward();
    assert_eq!(grad(y), Some(vec![7.0, 13.0]));
    y.update_grad(|grad| grad[0] = -1.0);
    assert_eq!(grad(y), Some(vec![-1.0, 13.0]));
    y.clear_grad();
    assert_eq!((grad(y), y.update_grad(|_| ())), (None, None));
    // The leaf counted all three sweeps.
    assert_eq!(grad(x), Some(vec![54.0, 108.0]));

    let s = tape.scalar(2.0);
    let t = s * s;
    t.retain_grad();
    (t * 5.0).backward();
    assert_eq!(t.grad(), Some(5.0));
    t.zero_grad();
    assert_eq!(t.grad(), Some(0.0));
    t.set_grad(1.0);
    (t * 5.0).backward();
    assert_eq!(t.grad(), Some(6.0));
    t.clear_grad();
    s.set_grad(0.5);
    assert_eq!((t.grad(), s.grad()), (None, Some(0.5)));
    assert!(matches!((s * 2.0).try_zero_grad(), Err(Error::NoGradient { op: "zero_grad", .. })));
    assert!(matches!(y.flip(0).try_set_grad([0.0, 0.0]), Err(Error::NoGradient { op: "set_grad", .. })));
}
