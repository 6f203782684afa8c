//! PyTorch's autograd contract: leaves, gradients, views, writes in place. Each expected answer is PyTorch's, derived
//! by hand beside it.
#![allow(clippy::assign_op_pattern, reason = "`y = y * x` is what a user of handles writes")]

mod gradients;
mod places;
mod tapes;

use wengert::{Error, Scalar, Tape};
use wengert_tests::{assert_same, grad, live, still_works};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

// ---- accumulation ---------------------------------------------------------------------------------------------

#[test]
fn sweeps_from_several_roots_add_up() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(3.0));
    let (y, z) = ((x * x).sum(), (x * s).sum());
    y.backward();
    z.backward();
    y.backward();
    // 2 * 2x + s, and sum x.
    assert_eq!((grad(x), s.grad()), (Some(vec![7.0, 11.0]), Some(3.0)));
}

#[test]
fn a_second_backward_works_without_asking() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([2.0]), tape.scalar(2.0));
    let (y, z) = (x.powi(3).sum(), s.exp());
    for n in 1..4 {
        y.backward();
        z.backward();
        assert_eq!(grad(x), Some(vec![12.0 * f64::from(n)]));
        assert_eq!(s.grad(), Some(2f64.exp() * f64::from(n)));
    }
}

#[test]
fn zero_grad_of_a_leaf_makes_zeros_and_of_the_tape_none() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([[1.0, 2.0]]), tape.scalar(3.0));
    // x.grad.zero_() on a leaf without a gradient has nothing to fill in PyTorch; here it makes zeros.
    x.zero_grad();
    s.zero_grad();
    assert_eq!(
        (x.grad().unwrap().shape(), grad(x), s.grad()),
        (&[1, 2][..], Some(vec![0.0, 0.0]), Some(0.0))
    );
    (x.sum() * s).backward();
    assert_eq!((grad(x), s.grad()), (Some(vec![3.0, 3.0]), Some(3.0)));
    tape.zero_grad();
    assert_eq!((grad(x), s.grad()), (None, None));
    (x.sum() * s).backward();
    assert_eq!((grad(x), s.grad()), (Some(vec![3.0, 3.0]), Some(3.0)));
}

#[test]
fn what_a_root_does_not_depend_on_has_no_gradient() {
    let tape = Tape::<f64>::new();
    let (x, other) = (tape.leaf([1.0]), tape.leaf([1.0]));
    let (s, t) = (tape.scalar(1.0), tape.scalar(1.0));
    let _ = (other * 2.0, t * 2.0, t * s);
    (x * s).sum().backward();
    // PyTorch: .grad of `other` and `t` is None.
    assert_eq!((grad(x), s.grad(), grad(other), t.grad()), (Some(vec![1.0]), Some(1.0), None, None));
}

#[test]
fn a_derivative_of_exactly_zero_is_a_gradient_of_zero_and_not_none() {
    let tape = Tape::<f64>::new();
    let (s, t) = (tape.scalar(3.0), tape.scalar(4.0));
    (s * 0.0).backward();
    assert_eq!((s.grad(), t.grad()), (Some(0.0), None));
    // Through a chain of scalars, and where two paths cancel.
    tape.zero_grad();
    ((s * 0.0).exp() * 0.0 + (t - t)).backward();
    assert_eq!((s.grad(), t.grad()), (Some(0.0), Some(0.0)));
    // The same for tensors, and for an element that only a scalar reads.
    let (x, m) = (tape.leaf([1.0]), tape.leaf([1.0, 2.0]));
    (x * 0.0).sum().backward();
    (m.at([1]) * 0.0).backward();
    assert_eq!((grad(x), grad(m)), (Some(vec![0.0]), Some(vec![0.0, 0.0])));
    // Below an op that is reached only by a zero of a scalar.
    let (u, v) = (tape.leaf([2.0, 3.0]), tape.scalar(2.0));
    ((u * v).at([0]) * 0.0).backward();
    assert_eq!((grad(u), v.grad()), (Some(vec![0.0, 0.0]), Some(0.0)));
}

#[test]
fn zero_times_infinity_is_nan_between_tensors_and_unreached_between_scalars() {
    let tape = Tape::<f64>::new();
    // PyTorch: the upstream 0 times the partial inf is NaN.
    let x = tape.leaf([1.0, 2.0]);
    (x * INF).backward_with([0.0, 1.0]);
    assert_same("tensor", &grad(x).unwrap(), &[NAN, INF]);
    tape.zero_grad();
    let y = tape.leaf([0.0]);
    (y.sqrt() * 0.0).sum().backward();
    assert_same("sqrt", &grad(y).unwrap(), &[NAN]);
    // The scalar lane takes an adjoint of 0 for unreached: the infinite partial is not multiplied.
    let s = tape.scalar(0.0);
    (s.sqrt() * 0.0).backward();
    assert_eq!(s.grad(), Some(0.0));
}

#[test]
fn one_over_zero_under_a_gate_is_nan_for_tensors_as_in_pytorch() {
    let tape = Tape::<f64>::new();
    // where-like gate by a product with 0: the classic NaN of PyTorch's `torch.where` pitfall.
    let x = tape.leaf([0.0, 2.0]);
    let mask = tape.constant([0.0, 1.0]);
    ((1.0 / x) * mask).sum().backward();
    assert_same("gate", &grad(x).unwrap(), &[NAN, -0.25]);
}

// ---- leaves and what is computed ------------------------------------------------------------------------------

#[test]
fn what_is_computed_keeps_a_gradient_only_when_asked() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let (y, z) = (x * 2.0, x * 3.0);
    z.retain_grad();
    z.retain_grad();
    (y * z).sum().backward();
    // d/dz = y; retain_grad twice is once.
    assert_eq!((grad(y), grad(z)), (None, Some(vec![2.0, 4.0])));
    (y * z).sum().backward();
    assert_eq!(grad(z), Some(vec![4.0, 8.0]));
    tape.zero_grad();
    assert_eq!(grad(z), None);

    let s = tape.scalar(3.0);
    let (t, u) = (s * s, s.sin());
    t.retain_grad();
    (t * t * u).backward();
    assert_eq!((t.grad(), u.grad()), (Some(2.0 * 9.0 * 3f64.sin()), None));
}

#[test]
fn a_retained_value_off_the_path_has_no_gradient() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0]), tape.scalar(1.0));
    let (y, t) = (x * 2.0, s * 2.0);
    y.retain_grad();
    t.retain_grad();
    // Recorded after y and t, and dependent on neither: PyTorch leaves their .grad None.
    (x * 3.0).sum().backward();
    (s * 3.0).backward();
    assert_eq!((grad(y), t.grad()), (None, None));
    // From a root before them.
    let root = x.sum();
    let late = x * 5.0;
    late.retain_grad();
    root.backward();
    assert_eq!(grad(late), None);
}

/// In whatever order values ask to keep their gradients, each keeps its own.
#[test]
fn retained_gradients_are_found_in_any_order() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    let powers: Vec<_> = (1..8).map(|n| x.powi(n) * 1.0).collect();
    let tensor = tape.leaf([1.0, 2.0]) * x;
    for k in [3, 6, 0, 5, 1] {
        powers[k].retain_grad();
    }
    tensor.retain_grad();
    powers[2].retain_grad();
    let weighted: Scalar<f64> = powers.iter().zip(1..8).map(|(power, n)| *power * f64::from(n)).sum();
    (weighted + tensor.sum().at(())).backward();
    let kept: Vec<_> = powers.iter().map(|power| power.grad()).collect();
    assert_eq!(kept, [Some(1.0), Some(2.0), Some(3.0), Some(4.0), None, Some(6.0), Some(7.0)]);
    assert_eq!(grad(tensor), Some(vec![1.0, 1.0]));
}

#[test]
fn retain_grad_on_a_leaf_changes_nothing() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0]), tape.scalar(1.0));
    x.retain_grad();
    s.retain_grad();
    (x * s * 2.0).sum().backward();
    assert_eq!((grad(x), s.grad()), (Some(vec![2.0]), Some(2.0)));
}

#[test]
fn the_copy_of_an_expanded_tensor_keeps_a_gradient_of_its_own() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0], [2.0]]);
    let y = x.expand([2, 3]).copy();
    y.retain_grad();
    let w = tape.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    (y * w).sum().backward();
    // The copy has an adjoint for each of its elements, and the leaf the sums of the rows.
    assert_eq!(y.grad().unwrap(), ndarray::arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).into_dyn());
    assert_eq!(grad(x), Some(vec![6.0, 15.0]));
    assert!(matches!(x.expand([2, 3]).try_retain_grad(), Err(Error::ViewTarget { .. })));
}

#[test]
fn a_root_may_be_a_leaf() {
    let tape = Tape::<f64>::new();
    let (x, s, v) = (tape.leaf(2.0), tape.scalar(2.0), tape.leaf([1.0, 2.0]));
    // PyTorch: x.backward() on a leaf adds 1 to its own gradient.
    x.backward();
    s.backward();
    s.backward();
    v.backward_with([3.0, 4.0]);
    assert_eq!((grad(x), s.grad(), grad(v)), (Some(vec![1.0]), Some(2.0), Some(vec![3.0, 4.0])));
    let none = tape.leaf(Vec::<f64>::new());
    none.backward_with(Vec::<f64>::new());
    assert_eq!(grad(none), Some(vec![]));
}

/// An op on no elements takes an instruction and no slot, so that leaves on both sides of it lie side by side.
#[test]
fn leaves_beside_an_op_on_nothing_keep_their_gradients_apart() {
    let tape = Tape::<f64>::new();
    let none = tape.leaf(Vec::<f64>::new());
    let s = tape.scalar(1.0);
    let _ = none.exp();
    let t = tape.scalar(2.0);
    s.backward();
    assert_eq!((s.grad(), t.grad()), (Some(1.0), None));
    (t * s).backward();
    assert_eq!((s.grad(), t.grad()), (Some(3.0), Some(1.0)));
    assert_eq!(tape.grad(&[s], &[s, t]).iter().map(|a| a.item()).collect::<Vec<_>>(), [1.0, 0.0]);
    tape.zero_grad();
    t.backward();
    assert_eq!((s.grad(), t.grad()), (None, Some(1.0)));
}

#[test]
fn a_root_may_be_a_view() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let y = x * x;
    y.t().backward_with([[1.0, 10.0], [100.0, 1000.0]]);
    assert_eq!(grad(x), Some(vec![2.0, 400.0, 60.0, 8000.0]));
    tape.zero_grad();
    // One element, as a tensor and as a scalar; and a repeated one, whose seeds add.
    y.index_axis(0, 1).index_axis(0, 0).backward();
    y.at([0, 1]).backward();
    assert_eq!(grad(x), Some(vec![0.0, 4.0, 6.0, 0.0]));
    tape.zero_grad();
    y.slice(0, 0..1).expand([3, 2]).backward_with([[1.0, 0.0], [1.0, 2.0], [1.0, 0.0]]);
    assert_eq!(grad(x), Some(vec![6.0, 8.0, 0.0, 0.0]));
    tape.zero_grad();
    // A view of a leaf.
    x.slice(1, 1..).backward_with([[5.0], [6.0]]);
    assert_eq!(grad(x), Some(vec![0.0, 5.0, 0.0, 6.0]));
    x.at([0, 0]).backward();
    assert_eq!(grad(x), Some(vec![1.0, 5.0, 0.0, 6.0]));
}

#[test]
fn a_root_in_mid_list_leaves_what_comes_after_alone() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(2.0));
    let (y, t) = ((x * x).sum(), s * s);
    // A long list after them, that would change every gradient if it were swept.
    let mut u = t;
    for _ in 0..2000 {
        u = u * 1.001 + s;
    }
    let _ = (y * u).exp();
    y.backward();
    t.backward();
    assert_eq!((grad(x), s.grad()), (Some(vec![2.0, 4.0]), Some(4.0)));
}
