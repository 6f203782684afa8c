//! Failures, scopes, several tapes.

use super::*;

// ---- failures, scopes, several tapes --------------------------------------------------------------------------

#[test]
fn a_failed_sweep_leaves_values_gradients_and_modes_and_later_sweeps_are_right() {
    let tape = Tape::<f64>::new();
    let (x, w, s) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 1.0]), tape.scalar(3.0));
    let early = (x * w).sum();
    let late = (early * s + s.exp() + (w * 5.0).sum()) * s;
    early.backward();
    x.set_value([10.0, 20.0]);
    let before = (live(&tape), grad(x), grad(w), s.grad(), late.item(), tape.is_grad_enabled());
    // The sweep has come a long way down, past s and w, when it meets the overwritten x.
    assert!(matches!(late.try_backward(), Err(Error::Overwritten { .. })));
    assert!(matches!(tape.try_grad(&[late], &[w]), Err(Error::Overwritten { .. })));
    assert_eq!((live(&tape), grad(x), grad(w), s.grad(), late.item(), tape.is_grad_enabled()), before);
    // Nothing of it is left in the adjoints.
    tape.zero_grad();
    ((x * w).sum() * s + s).backward();
    assert_eq!((grad(x), grad(w), s.grad()), (Some(vec![3.0, 3.0]), Some(vec![30.0, 60.0]), Some(31.0)));
}

#[test]
fn slots_that_a_scope_leaves_bring_no_gradients_to_the_next_leaf() {
    let tape = Tape::<f64>::new();
    for round in 0..4 {
        tape.scope(|| {
            let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(1.0));
            assert_eq!((grad(x), s.grad()), (None, None), "round {round}");
            let y = x * s;
            y.retain_grad();
            assert_eq!(grad(y), None);
            if round != 2 {
                (y * 3.0).sum().backward();
                assert_eq!(
                    (grad(x), s.grad(), grad(y)),
                    (Some(vec![3.0, 3.0]), Some(9.0), Some(vec![3.0, 3.0]))
                );
            }
        });
    }
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(1.0));
    assert_eq!((grad(x), s.grad()), (None, None));
}

#[test]
fn gradients_of_outer_leaves_accumulate_over_scopes() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([1.0]), tape.scalar(2.0));
    for round in 1..=3 {
        tape.scope(|| tape.scope(|| (w * s).sum().backward()));
        assert_eq!((grad(w), s.grad()), (Some(vec![2.0 * f64::from(round)]), Some(f64::from(round))));
    }
}

#[test]
fn several_tapes_work_in_turn() {
    let (a, b, c) = (Tape::<f64>::new(), Tape::<f64>::new(), Tape::<f32>::new());
    let (x, y, z) = (a.leaf([1.0, 2.0]), b.leaf([3.0]), c.leaf([4.0]));
    let (mut s, mut t, mut u) = (a.scalar(1.0), b.scalar(2.0), c.scalar(3.0));
    let leaves = (s, t, u);
    for _ in 0..3 {
        (s, t, u) = (s * 2.0, t * 3.0, u * u);
    }
    let (p, q, r) = ((x * s).sum(), (y * t).sum(), (z * u).sum());
    q.backward();
    r.backward();
    p.backward();
    assert_eq!((grad(x), leaves.0.grad()), (Some(vec![8.0, 8.0]), Some(24.0)));
    assert_eq!((grad(y), leaves.1.grad()), (Some(vec![54.0]), Some(81.0)));
    assert_eq!((grad(z), leaves.2.grad()), (Some(vec![6561.0]), Some(4.0 * 8.0 * 2187.0)));
    assert_ne!(x.tape_id(), y.tape_id());
    assert_eq!((x.tape_id(), leaves.0.tape_id()), (a.id(), Some(a.id())));
    // One goes, the others stay.
    drop(a);
    t.backward();
    u.backward();
    assert_eq!(leaves.1.grad(), Some(81.0 + 27.0));
    assert!(x.try_sum().is_err());
}

/// Which tape was used last, and how long ago another was, changes how an op finds its tape and nothing else.
#[test]
fn ops_find_their_tape_whichever_was_used_last() {
    let tapes = [Tape::<f64>::new(), Tape::new(), Tape::new()];
    // One op of each form that is recorded in a way of its own.
    let step = |x: Scalar, a: Scalar, round: usize| match round % 7 {
        0 => x * a,
        1 => x + a * 0.5,
        2 => 1.25 - x,
        3 => x / Scalar::from(2.0),
        4 => Scalar::from(0.75) * x,
        5 => x.sin(),
        _ => x.pow(3.0) - x.maximum(-2.0),
    };
    for stretch in [1, 2, 63, 64, 65, 200] {
        let leaves = tapes.each_ref().map(|tape| [tape.scalar(0.5), tape.scalar(0.9)]);
        let mut x = leaves.map(|[x, _]| x);
        for round in 0..600 {
            let k = round / stretch % 3;
            x[k] = step(x[k], leaves[k][1], round);
        }
        let alone = Tape::<f64>::new();
        for k in 0..3 {
            let own = [alone.scalar(0.5), alone.scalar(0.9)];
            let rounds = (0..600).filter(|round| round / stretch % 3 == k);
            let y = rounds.fold(own[0], |x, round| step(x, own[1], round));
            y.backward();
            x[k].backward();
            assert_eq!((y.value(), own.map(Scalar::grad)), (x[k].value(), leaves[k].map(Scalar::grad)));
        }
        tapes.iter().for_each(Tape::clear);
    }
}

#[test]
fn a_tape_dropped_inside_a_callback_lives_to_its_end() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let sum = x.with(|view| {
        drop(tape);
        assert!(matches!(x.try_sum(), Err(Error::DroppedTape { .. })));
        view.sum()
    });
    assert_eq!(sum, 3.0);

    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    x.sum().backward();
    assert_eq!(x.with_grad(|grad| (drop(tape), grad.sum()).1), Some(2.0));

    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    x.sum().backward();
    assert_eq!(x.update(|w, grad| (drop(tape), w[0] + grad[1]).1), Some(2.0));
    assert!(x.try_sum().is_err());
}

#[test]
fn a_tape_may_live_in_a_thread_local() {
    thread_local!(static TAPE: Tape<f64> = Tape::new());
    let (grad, handle) = std::thread::spawn(|| {
        TAPE.with(|tape| {
            let x = tape.leaf([2.0]);
            (x * x).sum().backward();
            (grad(x), x)
        })
    })
    .join()
    .unwrap();
    assert_eq!(grad, Some(vec![4.0]));
    assert!(matches!(handle.try_exp(), Err(Error::DroppedTape { .. })));
}

#[test]
fn handles_are_plain_numbers() {
    fn plain<H: Copy + Send + Sync + 'static>() -> usize {
        size_of::<H>()
    }
    assert_eq!((plain::<wengert::Tensor<f64>>(), plain::<wengert::Tensor<f32>>()), (8, 8));
    assert_eq!((plain::<Scalar<f64>>(), plain::<Scalar<f32>>()), (16, 16));
}

#[test]
fn passive_scalars_need_no_tape() {
    let (a, b) = (Scalar::<f64>::from(2.0), Scalar::from(3.0));
    let c = (a * b + 1.0).sqrt() / 2.0 - b.powi(2);
    assert_eq!(
        (c.value(), c.requires_grad(), c.is_leaf(), c.grad()),
        (7f64.sqrt() / 2.0 - 9.0, false, true, None)
    );
}

#[test]
fn a_list_longer_than_any_buffer_at_its_start_gives_the_right_gradient() {
    let tape = Tape::<f64>::new();
    let s = tape.scalar(0.5);
    let mut y = s;
    for _ in 0..100_000 {
        y = y * 0.5 + s;
    }
    y.backward();
    // y -> 2 s, dy/ds -> 2.
    assert_eq!((y.value(), s.grad()), (1.0, Some(2.0)));
}
