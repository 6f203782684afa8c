//! Scopes: what they rewind, what survives them, what is stale after them.
#![allow(
    clippy::assign_op_pattern,
    clippy::unit_arg,
    clippy::needless_borrows_for_generic_args,
    reason = "`y = y * x` is what a user of handles writes"
)]

mod below;
mod escapes;
mod many;
mod random;

use proptest::prelude::*;
use wengert::{Error, Escape, Exit, Kind, Scalar, Tape, Tensor};
use wengert_tests::{grad, live, panic_text, still_works};

#[test]
fn a_scope_rewinds_all_that_it_recorded() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([1.0, 2.0]), tape.scalar(3.0));
    let outside = (w * s).sum();
    let before = live(&tape);
    let loss = tape.scope(|| {
        assert_eq!(tape.stats().scopes, 1);
        let loss = ((w * w).exp() * s + tape.leaf([1.0, 1.0])).sum() * (s * s);
        loss.backward();
        loss.item()
    });
    assert_eq!(loss, (3.0 * (1f64.exp() + 4f64.exp()) + 2.0) * 9.0);
    assert_eq!(live(&tape), before);
    tape.zero_grad();
    outside.backward();
    assert_eq!((grad(w), s.grad()), (Some(vec![3.0, 3.0]), Some(3.0)));
}

#[test]
fn scopes_nest_and_each_level_uses_the_levels_around_it() {
    let tape = Tape::<f64>::new();
    let (a, p) = (tape.leaf([2.0]), tape.scalar(2.0));
    let out = tape.scope(|| {
        let (b, q) = (a * 3.0, p * 3.0);
        let inner = tape.scope(|| {
            let (c, r) = (b * a, q * p);
            let innermost = tape.scope(|| {
                let root = (c * b * a).sum() * (r * q * p);
                root.backward();
                (root, c, b, a, r, q, p)
            });
            assert_eq!(tape.stats().scopes, 2);
            // Handles of outer levels come back as they are and stay active; what was made inside is passive.
            let (root, c2, b2, a2, r2, q2, p2) = innermost;
            assert!(
                (c2, b2, a2) == (c, b, a)
                    && (r2.index(), q2.index(), p2.index()) == (r.index(), q.index(), p.index())
            );
            assert!(!root.requires_grad() && c2.requires_grad() && r2.requires_grad());
            (c * 1.0).backward();
            root
        });
        assert!(b.requires_grad() && q.requires_grad());
        (inner.item(), b.item())
    });
    // root = (a b)(b)(a) (p q)(q)(p) = 9 a^4 9 p^4: value 144 * 144, d/da = 36 a^3 144; and c = 3 a^2 adds 6 a.
    assert_eq!(out, (144.0 * 144.0, 6.0));
    assert_eq!((grad(a), p.grad()), (Some(vec![288.0 * 144.0 + 12.0]), Some(288.0 * 144.0)));
}

struct Fit {
    slope: Tensor<f64>,
    rate: Scalar<f64>,
    history: Vec<f64>,
    best: Option<Tensor<f64>>,
}
wengert::escape!(Fit { slope, rate, history, best });

#[test]
fn survivors_come_in_every_container() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let s = tape.scalar(3.0);
    let (pair, list, some, none, good, bad, array, boxed) = tape.scope(|| {
        let y = x * 2.0;
        let failed: Result<Tensor<f64>, String> = Err("no".into());
        (
            (y, s * 2.0),
            vec![y, y + 1.0],
            Some(y * 3.0),
            None::<Tensor<f64>>,
            Ok::<_, String>(y - 1.0),
            failed,
            [y, x],
            Box::new(y),
        )
    });
    let all = [pair.0, list[0], list[1], some.unwrap(), good.unwrap(), array[0], *boxed];
    let want = [[2.0, 4.0], [2.0, 4.0], [3.0, 5.0], [6.0, 12.0], [1.0, 3.0], [2.0, 4.0], [2.0, 4.0]];
    for (i, (y, want)) in all.into_iter().zip(want).enumerate() {
        assert_eq!(
            (y.to_vec(), y.requires_grad(), y.is_leaf(), y.grad_fn()),
            (want.to_vec(), false, true, None),
            "survivor {i}"
        );
    }
    assert_eq!((pair.1.value(), pair.1.requires_grad(), none), (6.0, false, None));
    assert_eq!(bad.unwrap_err(), "no");
    assert!(array[1] == x && x.requires_grad());

    let fit =
        tape.scope(|| Fit { slope: x * 4.0, rate: s + 1.0, history: vec![1.0, 0.5], best: Some(x.flip(0)) });
    assert_eq!((fit.slope.to_vec(), fit.rate.value(), fit.history), (vec![4.0, 8.0], 4.0, vec![1.0, 0.5]));
    assert_eq!(fit.best.unwrap().to_vec(), [2.0, 1.0]);
    // A tensor of another tape is as it was, of either element type.
    let (other, narrow) = (Tape::<f64>::new(), Tape::<f32>::new());
    let (y, z) = (other.leaf([5.0]), narrow.leaf([6.0]));
    let (y2, z2, y3) = tape.scope(|| (y, z, y * 2.0));
    assert!(y2 == y && z2 == z && y3.requires_grad());
    y3.sum().backward();
    assert_eq!(grad(y), Some(vec![2.0]));
}

#[test]
fn views_survive_as_copies_with_the_values_they_showed() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let before = live(&tape);
    let (t, row, wide, back, own) = tape.scope(|| {
        let y = x * 10.0;
        (y.t(), y.index_axis(0, 1), y.slice(1, 0..1).expand([2, 4]), y.flip([0, 1]).slice(1, (.., 2)), x.t())
    });
    assert_eq!(t.value(), ndarray::arr2(&[[10.0, 40.0], [20.0, 50.0], [30.0, 60.0]]).into_dyn());
    assert_eq!(row.to_vec(), [40.0, 50.0, 60.0]);
    assert_eq!(
        (wide.to_vec(), wide.shape().to_vec()),
        (vec![10.0, 10.0, 10.0, 10.0, 40.0, 40.0, 40.0, 40.0], vec![2, 4])
    );
    assert_eq!(back.to_vec(), [60.0, 40.0, 30.0, 10.0]);
    // A view made inside of a leaf made outside is of the scope, and leaves as a copy too.
    assert_eq!((own.to_vec(), own.requires_grad()), (vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0], false));
    let after = live(&tape);
    assert_eq!(
        (after.slots, after.instructions, after.variables),
        (before.slots + 6 + 3 + 8 + 4 + 6, before.instructions, before.variables + 5)
    );
    x.set_value([[0.0; 3]; 2]);
    assert_eq!(own.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    // Survivors are constants of what is recorded after, and may be written.
    t.set_value([[1.0; 2]; 3]);
    (x.t() * t).sum().backward();
    assert_eq!(grad(x), Some(vec![1.0; 6]));
}

#[test]
fn survivors_larger_than_what_the_scope_held_find_room() {
    let tape = Tape::<f64>::new();
    let (one, many) = tape.scope(|| {
        let x = tape.leaf([7.0]);
        let wide = x.expand([50_000]);
        (wide, vec![wide; 3])
    });
    assert_eq!(one.len(), 50_000);
    assert!([vec![one], many].concat().iter().all(|y| y.to_vec().iter().all(|&v| v == 7.0)));
    still_works(&tape);
}

#[test]
fn survivors_of_nested_scopes_climb_level_by_level() {
    let tape = Tape::<f64>::new();
    let before = live(&tape);
    let answer = tape.scope(|| {
        let kept = tape.scope(|| tape.scope(|| (tape.leaf([1.0]) + 1.0, tape.leaf([10.0]) + 1.0)));
        let more = tape.leaf([5.0]);
        assert_eq!((kept.0.to_vec(), kept.1.to_vec(), more.to_vec()), (vec![2.0], vec![11.0], vec![5.0]));
        (more * kept.0 * kept.1).sum().backward();
        assert_eq!(grad(more), Some(vec![22.0]));
        kept.1
    });
    assert_eq!(answer.to_vec(), [11.0]);
    assert_eq!(live(&tape).slots, before.slots + 1);
}

#[test]
fn a_panic_rewinds_as_a_return_does() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0]);
    let before = live(&tape);
    let text = panic_text(|| {
        tape.scope(|| {
            let y = w * 2.0;
            y.sum().backward();
            tape.scope(|| -> () {
                let _ = y * w;
                panic!("in the inner scope")
            })
        })
    });
    assert_eq!(text, "in the inner scope");
    assert_eq!(live(&tape), before);
    assert_eq!(grad(w), Some(vec![2.0]));
    still_works(&tape);
}

/// A user's `Escape` that panics half way.
struct Fuse(Tensor<f64>, bool);
impl Escape for Fuse {
    fn escape(self, exit: &mut Exit<'_>) -> Fuse {
        let tensor = self.0.escape(exit);
        assert!(!self.1, "the fuse blew");
        Fuse(tensor, false)
    }
}

#[test]
fn an_escape_that_panics_or_fails_leaves_nothing_behind() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0, 2.0]);
    let stale = tape.scope(|| (w * 2.0).index());
    let _ = stale;
    let before = live(&tape);
    assert_eq!(panic_text(|| tape.scope(|| Fuse(w * 2.0, true))), "the fuse blew");
    assert_eq!(live(&tape), before);
    // The next scope places its own survivors and no other.
    let y = tape.scope(|| Fuse(w * 3.0, false)).0;
    assert_eq!((y.to_vec(), live(&tape).slots), (vec![3.0, 6.0], before.slots + 2));

    let mut gone = w;
    tape.scope(|| gone = w * 5.0);
    let before = live(&tape);
    let refused = tape.try_scope(|| (w * 2.0, gone));
    assert!(matches!(refused, Err(Error::Stale { op: "scope", kind: Kind::Tensor, .. })));
    assert_eq!(live(&tape), before);
    let y = tape.scope(|| w * 7.0);
    assert_eq!((y.to_vec(), live(&tape).slots), (vec![7.0, 14.0], before.slots + 2));
    still_works(&tape);
}

/// A user's `Escape` that opens a scope itself.
struct Inward<'a>(&'a Tape<f64>, Tensor<f64>, Tensor<f64>);
impl Escape for Inward<'_> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        let first = self.1.escape(exit);
        let _ = self.0.scope(|| self.0.leaf([100.0]) * 2.0);
        Inward(self.0, first, self.2.escape(exit))
    }
}

#[test]
fn an_escape_that_opens_a_scope_does_not_mix_up_the_survivors() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0, 2.0]);
    let Inward(_, first, second) = tape.scope(|| Inward(&tape, w * 2.0, w * 3.0));
    assert_eq!((first.to_vec(), second.to_vec()), (vec![2.0, 4.0], vec![3.0, 6.0]));
    assert_eq!((live(&tape).slots, live(&tape).variables), (6, 3));
    still_works(&tape);
}

#[test]
fn a_stale_scalar_does_not_leave_a_scope_either() {
    let tape = Tape::<f64>::new();
    let s = tape.scalar(1.0);
    let mut gone = s;
    tape.scope(|| gone = s * 2.0);
    assert!(matches!(tape.try_scope(|| gone), Err(Error::Stale { op: "scope", kind: Kind::Scalar, .. })));
}

fn ignore<V>(_: V) {}

#[test]
fn every_use_of_a_stale_handle_is_an_error() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([1.0, 2.0]), tape.scalar(1.0));
    let (mut x, mut t) = (w, s);
    tape.scope(|| (x, t) = (w * 2.0, s * 2.0));
    // Other values lie in the same slots and at the same index now.
    let _now = (w * 100.0, s * 100.0);
    let stale = |outcome: Result<(), Error>| {
        assert!(matches!(outcome, Err(Error::Stale { tape: id, .. }) if id == tape.id()), "{outcome:?}")
    };
    let none = |_: Tensor<f64>| ();
    let uses: Vec<Result<(), Error>> = vec![
        x.try_add(w).map(none),
        w.try_add(x).map(none),
        w.try_mul(t).map(none),
        x.try_exp().map(none),
        x.try_sum().map(none),
        x.try_matmul(w).map(none),
        w.try_matmul(x).map(none),
        x.try_t().map(none),
        x.try_reshape([2]).map(none),
        x.try_copy().map(none),
        x.try_detach().map(none),
        x.try_at([0]).map(|_| ()),
        x.try_item().map(|_| ()),
        x.try_backward(),
        x.try_backward_with([1.0, 1.0]),
        t.try_backward(),
        x.try_retain_grad(),
        t.try_retain_grad(),
        x.try_zero_grad(),
        t.try_zero_grad(),
        x.try_set_value([1.0, 1.0]),
        x.try_update(|_, _| ()).map(|_| ()),
        x.try_update_each(|w, _| w).map(|_| ()),
        w.try_set_value(x),
        tape.try_leaf(x).map(none),
        tape.try_constant(&x).map(none),
        tape.try_stack(&[w, x], 0).map(none),
        tape.try_stack(&[s, t], 0).map(none),
        tape.try_cat(&[x, w], 0).map(none),
        tape.try_cat(&[w, x], 0).map(none),
        tape.try_grad(&[x], &[w]).map(|_| ()),
        tape.try_grad(&[s], &[t]).map(|_| ()),
        w.try_backward_with(x),
    ];
    uses.into_iter().for_each(stale);
    type Read = Box<dyn Fn(Tensor<f64>)>;
    let reads: Vec<Read> = vec![
        Box::new(|x| ignore(x.value())),
        Box::new(|x| ignore(x.to_vec())),
        Box::new(|x| ignore(x.shape())),
        Box::new(|x| ignore((x.rank(), x.len(), x.is_empty()))),
        Box::new(|x| ignore(x.with(|_| ()))),
        Box::new(|x| ignore(x.grad())),
        Box::new(|x| ignore(x.with_grad(|_| ()))),
        Box::new(|x| ignore(x.grad_tensor())),
        Box::new(|x| ignore((x.requires_grad(), x.is_leaf()))),
        Box::new(|x| ignore(x.grad_fn())),
        Box::new(|x| ignore(x.tape_id())),
        Box::new(|x| ignore(x + 1.0)),
        Box::new(|x| ignore(1.0 - x)),
        Box::new(|x| ignore(-x)),
    ];
    for read in reads {
        let text = panic_text(|| read(x));
        assert!(text.starts_with("stale handle: the tensor was recorded in a scope of tape #"), "{text}");
    }
    let scalar_reads: [fn(Scalar<f64>, Scalar<f64>); 7] = [
        |t, _| ignore(t.grad()),
        |t, _| ignore(t.is_leaf()),
        |t, _| ignore(t.tape_id()),
        |t, _| ignore(t.exp()),
        |t, s| ignore(t * s),
        |t, s| ignore(s - t),
        |t, _| ignore(2.0 / t),
    ];
    for read in scalar_reads {
        let text = panic_text(|| read(t, s));
        assert!(text.starts_with("stale handle: the scalar was recorded in a scope of tape #"), "{text}");
    }
    // Printing never panics.
    assert_eq!(x.to_string(), format!("tensor(<stale> %{})", x.index()));
    assert_eq!(format!("{x:?}"), format!("%{} (stale)", x.index()));
    assert_eq!((t.value(), t.to_string()), (2.0, "2".to_string()));
    still_works(&tape);
}

#[test]
fn clear_forgets_everything_and_makes_every_handle_stale() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([1.0]), tape.scalar(1.0));
    (w * s).sum().backward();
    w.set_value([4.0]);
    tape.clear();
    let after = live(&tape);
    assert_eq!((after.instructions, after.slots, after.variables, after.words), (0, 0, 0, 0));
    assert!(
        matches!(w.try_exp(), Err(Error::Stale { .. }))
            && matches!(s.try_backward(), Err(Error::Stale { .. }))
    );
    // What is made after it lies where they lay, and has no gradient.
    let (v, t) = (tape.leaf([2.0]), tape.scalar(2.0));
    assert_eq!((v.index(), grad(v), t.grad()), (w.index(), None, None));
    let y = (v * v * t).sum();
    y.backward();
    assert_eq!((grad(v), t.grad()), (Some(vec![8.0]), Some(4.0)));
    assert!(w.try_exp().is_err());
    assert!(
        matches!(tape.scope(|| tape.try_clear().map_err(|error| error.to_string()).err()), Some(text) if text.starts_with("clear: it may not be called inside a scope"))
    );
    tape.clear();
    tape.clear();
    still_works(&tape);
}
