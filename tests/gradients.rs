//! `tape.grad`: derivatives with respect to what is asked, with every `.grad` left alone.
#![allow(clippy::assign_op_pattern, reason = "`y = y * x` is what a user of handles writes")]

use wengert::{Error, Operand, Scalar, Tape};
use wengert_tests::{assert_same, grad, live};

#[test]
fn grad_leaves_every_gradient_alone() {
    let tape = Tape::<f64>::new();
    let (x, w, s) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]), tape.scalar(2.0));
    let kept = x * 2.0;
    kept.retain_grad();
    let y = (x * w * s).sum() + kept.sum();
    let [dx] = tape.grad(&[y], &[x])[..] else { panic!("one input, one answer") };
    assert_eq!((dx.to_vec(), dx.requires_grad(), dx.is_leaf()), (vec![8.0, 10.0], false, true));
    assert_eq!((grad(x), grad(w), s.grad(), grad(kept)), (None, None, None, None));
    y.backward();
    let before = (grad(x), grad(w), s.grad(), grad(kept));
    tape.grad(&[y], &[x, w]);
    assert_eq!((grad(x), grad(w), s.grad(), grad(kept)), before);
    // And the sweeps after it see none of it.
    tape.zero_grad();
    y.backward();
    assert_eq!((grad(x), grad(w), s.grad(), grad(kept)), before);
}

#[test]
fn tensors_and_scalars_are_asked_together_in_their_order() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(3.0));
    let (y, t) = ((x * s).sum(), s * s);
    let roots: [Operand<f64>; 2] = [y.into(), t.into()];
    let inputs: [Operand<f64>; 3] = [s.into(), x.into(), s.into()];
    let answers = tape.grad(&roots, &inputs);
    // d(y + t)/ds = 1 + 2 + 2 * 3.
    assert_eq!(
        answers.iter().map(|a| a.to_vec()).collect::<Vec<_>>(),
        [vec![9.0], vec![3.0, 3.0], vec![9.0]]
    );
    assert_eq!(answers.iter().map(|a| a.rank()).collect::<Vec<_>>(), [0, 1, 0]);
    // All scalars, all tensors: no Operand is needed.
    assert_eq!(tape.grad(&[t], &[s])[0].item(), 6.0);
    assert_eq!(tape.grad(&[y], &[s])[0].item(), 3.0);
    assert_eq!(tape.grad(&[t], &[x])[0].to_vec(), [0.0, 0.0]);
}

#[test]
fn what_was_computed_is_an_input_too() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(2.0));
    let y = x * x;
    let t = s.exp();
    let z = (y * y * t).sum() + y.at([0]) * t;
    let inputs: [Operand<f64>; 4] = [y.into(), t.into(), x.into(), s.into()];
    let got: Vec<f64> = tape.grad(&[z], &inputs).iter().flat_map(|a| a.to_vec()).collect();
    let e = 2f64.exp();
    // dz/dy = 2 y t + [t, 0], dz/dt = 17 + 1.
    assert_same("y, t, x, s", &got, &[3.0 * e, 8.0 * e, 18.0, 6.0 * e, 32.0 * e, 18.0 * e]);
    // The root itself, and what lies above it.
    let above = z * 2.0;
    assert_eq!(tape.grad(&[z], &[z, above]).iter().map(|a| a.item()).collect::<Vec<_>>(), [1.0, 0.0]);
}

#[test]
fn an_input_between_two_paths_has_the_whole_derivative() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(2.0);
    let y = x * 3.0;
    let z = y * y + x * 100.0;
    // Asked for y alone, the path of x beside it is not part of it; asked for both, each is whole.
    assert_eq!(tape.grad(&[z], &[y])[0].item(), 12.0);
    assert_eq!(tape.grad(&[z], &[x])[0].item(), 136.0);
    assert_eq!(tape.grad(&[z], &[y, x]).iter().map(|a| a.item()).collect::<Vec<_>>(), [12.0, 136.0]);
    let s = tape.scalar(2.0);
    let t = s * 3.0;
    let u = t * t + s * 100.0;
    assert_eq!(tape.grad(&[u], &[t, s]).iter().map(|a| a.item()).collect::<Vec<_>>(), [12.0, 136.0]);
    assert_eq!(tape.grad(&[u], &[t])[0].item(), 12.0);
}

#[test]
fn roots_add_up_and_seeds_weigh_them() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let (y, z) = (x * x, x * 5.0);
    let seeded = |a: [f64; 2], b: [f64; 2]| tape.grad_with(&[y, z], &[a, b], &[x])[0].to_vec();
    assert_eq!(seeded([1.0, 1.0], [0.0, 0.0]), [2.0, 4.0]);
    assert_eq!(seeded([1.0, 10.0], [2.0, 3.0]), [12.0, 55.0]);
    // The same root twice counts twice.
    assert_eq!(tape.grad(&[y.sum(), y.sum()], &[x])[0].to_vec(), [4.0, 8.0]);
    let total = y.sum();
    assert_eq!(tape.grad(&[total, total], &[x])[0].to_vec(), [4.0, 8.0]);
    // A tensor as the seed: its number, not its history.
    assert_eq!(tape.grad_with(&[y], &[z], &[x])[0].to_vec(), [10.0, 40.0]);
    // A view as the root, a scalar as the root with its seed.
    assert_eq!(tape.grad_with(&[y.flip(0)], &[[1.0, 10.0]], &[x])[0].to_vec(), [20.0, 4.0]);
    let s = tape.scalar(3.0);
    assert_eq!(tape.grad_with(&[s * s], &[10.0], &[s])[0].item(), 60.0);
}

#[test]
fn a_leaf_may_be_root_and_input_at_once() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(1.0));
    assert_eq!(tape.grad_with(&[x], &[[3.0, 4.0]], &[x])[0].to_vec(), [3.0, 4.0]);
    assert_eq!(tape.grad(&[s], &[s])[0].item(), 1.0);
    assert_eq!((grad(x), s.grad()), (None, None));
}

#[test]
fn no_path_gives_zeros_and_no_inputs_or_roots_give_nothing() {
    let tape = Tape::<f64>::new();
    let (x, other, s) = (tape.leaf([1.0, 2.0]), tape.leaf([[1.0], [2.0]]), tape.scalar(1.0));
    let y = x.sum();
    let late = tape.leaf([9.0]);
    let inputs: [Operand<f64>; 3] = [other.into(), s.into(), late.into()];
    let answers = tape.grad(&[y], &inputs);
    assert_eq!(
        answers.iter().map(|a| (a.shape().to_vec(), a.to_vec())).collect::<Vec<_>>(),
        [(vec![2, 1], vec![0.0, 0.0]), (vec![], vec![0.0]), (vec![1], vec![0.0])]
    );
    assert!(tape.grad(&[y], &[] as &[wengert::Tensor<f64>]).is_empty());
    assert_eq!(tape.grad(&[] as &[wengert::Tensor<f64>], &[x])[0].to_vec(), [0.0, 0.0]);
}

#[test]
fn a_view_is_no_input_and_its_copy_is() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let view = x.t();
    let y = (view * view).sum();
    assert!(matches!(tape.try_grad(&[y], &[view]), Err(Error::ViewTarget { op: "grad", .. })));
    assert!(matches!(tape.try_grad(&[y], &[x.at([0, 0])]), Err(Error::ViewTarget { .. })));
    assert!(matches!(tape.try_grad(&[y], &[(x * x).at([0, 0])]), Err(Error::ViewTarget { .. })));
    // Copied before it is used, it has an adjoint of its own.
    let copy = x.t().copy();
    let y = (copy * copy).sum() + x.sum();
    assert_eq!(tape.grad(&[y], &[copy])[0].to_vec(), [2.0, 6.0, 4.0, 8.0]);
    // The view of what was asked counts to the asked.
    assert_eq!(tape.grad(&[(x.t() * 3.0).sum()], &[x])[0].to_vec(), [3.0; 4]);
}

#[test]
fn adjoints_off_the_asked_path_are_not_computed() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf([0.0]), tape.leaf([2.0]));
    let y = (x.sqrt() * w).sum();
    // The partial of sqrt at 0 is infinite, and times 0 NaN; asked for w alone it does not matter.
    assert_eq!(tape.grad_with(&[y], &[0.0], &[w])[0].to_vec(), [0.0]);
    assert_same("x", &tape.grad_with(&[y], &[0.0], &[x])[0].to_vec(), &[f64::NAN]);
    // Nor is a value needed that was overwritten on the path of another.
    let product = (x * w).sum();
    w.set_value([7.0]);
    assert_eq!(tape.grad(&[product], &[w])[0].to_vec(), [0.0]);
    assert!(matches!(tape.try_grad(&[product], &[x]), Err(Error::Overwritten { .. })));
}

#[test]
fn a_passive_input_is_refused_by_its_place() {
    let tape = Tape::<f64>::new();
    let (x, c) = (tape.leaf([1.0]), tape.constant([1.0]));
    let y = (x * c).sum();
    assert!(matches!(tape.try_grad(&[y], &[x, c]), Err(Error::PassiveInput { input: 1, .. })));
    assert!(matches!(tape.try_grad(&[y], &[x.detach()]), Err(Error::PassiveInput { input: 0, .. })));
    assert!(matches!(tape.try_grad(&[y], &[Scalar::from(1.0)]), Err(Error::PassiveInput { input: 0, .. })));
    assert!(matches!(tape.try_grad(&[c], &[x]), Err(Error::PassiveRoot { op: "grad", .. })));
    let before = live(&tape);
    assert!(tape.try_grad(&[x * 2.0, c], &[x]).is_err());
    assert_eq!(live(&tape).instructions, before.instructions + 1);
}

#[test]
fn answers_take_slots_and_no_instruction() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0]);
    let y = (x * x).sum();
    let before = tape.stats();
    let dx = tape.grad(&[y], &[x])[0];
    let after = tape.stats();
    assert_eq!((after.instructions, after.slots), (before.instructions, before.slots + 3));
    assert!(dx.try_backward_with([1.0, 1.0, 1.0]).is_err());
}

/// The place of a root or input in mid-list is found through checkpoints; a scope that has rewound, and a leaf that
/// has grown since, must not leave one that is wrong.
#[test]
fn places_in_mid_list_stay_right_when_scopes_rewind() {
    for before in 250..262 {
        let tape = Tape::<f64>::new();
        let s = tape.scalar(1.0);
        let mut y = s;
        for _ in 0..before {
            y = y * 1.0;
        }
        let _leaf = tape.scalar(2.0);
        tape.scope(|| {
            let mut z = y;
            for _ in 0..600 {
                z = z + s;
            }
            let mid = z;
            let _ = z * 2.0;
            mid.backward();
            assert_eq!(tape.grad(&[mid], &[s])[0].item(), 601.0);
        });
        tape.zero_grad();
        // The last leaf's slots grow, and the list goes on.
        let leaves = tape.scalars(&[3.0; 40]);
        let mut z = y;
        let mut all = Vec::new();
        for i in 0..600 {
            z = z + leaves[i % 40];
            all.push(z);
        }
        for i in [0, 100, 300, 598] {
            tape.zero_grad();
            all[i].backward();
            assert_eq!(s.grad(), Some(1.0), "{before} instructions before, root {i}");
            let want = |k: usize| (i + 40 - k) / 40;
            for k in [0, 1, 39] {
                assert_eq!(
                    leaves[k].grad().unwrap_or(0.0),
                    want(k) as f64,
                    "{before} before, root {i}, leaf {k}"
                );
            }
            assert_eq!(tape.grad(&[z], &[all[i]])[0].item(), 1.0, "{before} before, input {i}");
        }
    }
}
