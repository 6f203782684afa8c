//! PyTorch's autograd contract: leaves, gradients, views, writes in place. Each expected answer is PyTorch's, derived
//! by hand beside it.
#![allow(clippy::assign_op_pattern, reason = "`y = y * x` is what a user of handles writes")]

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

// ---- views and aliasing ---------------------------------------------------------------------------------------

#[test]
fn a_base_read_by_two_views_and_by_itself_gets_all_three() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let w = tape.constant([[1.0, 10.0], [100.0, 1000.0]]);
    ((x.t() * w).sum() + (x.flip(0) * w).sum() + (x * w).sum()).backward();
    // t: w^T, flip: rows of w exchanged, itself: w.
    let want = [1.0 + 100.0 + 1.0, 100.0 + 1000.0 + 10.0, 10.0 + 1.0 + 100.0, 1000.0 + 10.0 + 1000.0];
    assert_eq!(grad(x), Some(want.to_vec()));
}

#[test]
fn detach_beside_an_active_read_of_the_same_slots() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2.0, 3.0]);
    // d/dx (x sg(x)) = sg(x); sg of a view and a view of sg are passive too.
    ((x * x.detach()).sum() + (x.flip(0).detach() * x).sum() + (x.detach().flip(0) * x).sum()).backward();
    assert_eq!(grad(x), Some(vec![2.0 + 3.0 + 3.0, 3.0 + 2.0 + 2.0]));
    let y = x * x;
    let d = y.detach();
    assert!(
        !d.requires_grad()
            && d.is_leaf()
            && d.grad_fn().is_none()
            && d.try_backward_with([1.0, 1.0]).is_err()
    );
    assert!(y.requires_grad());
}

#[test]
fn overlapping_slices_add_where_they_share_elements() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0, 4.0]);
    // sum x[i] x[i + 1]: the gradient at i is x[i - 1] + x[i + 1].
    (x.slice(0, ..3) * x.slice(0, 1..)).sum().backward();
    assert_eq!(grad(x), Some(vec![2.0, 4.0, 6.0, 3.0]));
}

#[test]
fn scalars_and_tensors_share_one_tape_and_both_get_gradients() {
    let tape = Tape::<f64>::new();
    let m = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let s = tape.scalar(10.0);
    let det = m.at([0, 0]) * m.at([1, 1]) - m.at([0, 1]) * m.at([1, 0]);
    let v = tape.stack(&[det, s, det * s], 0);
    let loss = (v * s).sum() + (m * det).sum();
    assert_eq!(loss.item(), 10.0 * (-2.0 + 10.0 - 20.0) + 10.0 * -2.0);
    loss.backward();
    // loss = s (det + s + det s) + det sum(m): d/ddet = s + s^2 + sum(m) = 120, d/dm = det + 120 ddet/dm,
    // d/ds = det + 2 s + 2 det s.
    let of_det = [4.0, -3.0, -2.0, 1.0].map(|d| -2.0 + 120.0 * d);
    assert_eq!((grad(m), s.grad()), (Some(of_det.to_vec()), Some(-2.0 + 20.0 - 40.0)));
}

#[test]
fn elements_of_what_was_computed_send_their_gradients_through_it() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0]);
    let y = x * x;
    // An element, an element of a view, and the whole.
    let loss = y.at([0]) * 2.0 + y.flip(0).at([0]) * y.at([1]) + y.sum();
    loss.backward();
    // d/dy = [2 + 1, 9 + 1, 4 + 1].
    assert_eq!(grad(x), Some(vec![3.0 * 2.0, 10.0 * 4.0, 5.0 * 6.0]));
}

// ---- writes in place ------------------------------------------------------------------------------------------

#[test]
fn a_sweep_that_needs_an_overwritten_value_is_refused() {
    let tape = Tape::<f64>::new();
    let (x, c) = (tape.leaf([1.0, 2.0]), tape.constant([3.0, 4.0]));
    let (square, product) = ((x * x).sum(), (x * c).sum());
    let (through_view, by_element) = (x.flip(0).exp().sum() + (x.t() * x).sum(), x.at([0]) * x.at([1]));
    let matrix = x.reshape([1, 2]).matmul(c);
    x.set_value([5.0, 6.0]);
    // PyTorch: "one of the variables needed for gradient computation has been modified by an inplace operation".
    let refused = |root: wengert::Tensor<f64>, by: &str| {
        let error = root.try_backward().unwrap_err();
        assert!(matches!(&error, Error::Overwritten { by: found, .. } if *found == by), "{error}");
    };
    refused(square, "mul");
    refused(through_view, "mul");
    assert!(matches!(by_element.try_backward(), Err(Error::Overwritten { by: "mul", .. })));
    assert_eq!(grad(x), None);
    // The gradient of x needs c, which is as it was; and that of c would need x, but c is passive.
    product.backward();
    assert_eq!(grad(x), Some(vec![3.0, 4.0]));
    matrix.backward();
    c.set_value([0.0, 0.0]);
    refused(product, "mul");
    refused(matrix.sum(), "matmul");
    assert_eq!(grad(x), Some(vec![6.0, 8.0]));
}

#[test]
fn a_sweep_that_needs_no_overwritten_value_is_fine() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let e = x.exp();
    // exp reads its result, add and sum nothing; x - 1 twice through views.
    let y = (x + 1.0).sum()
        + (x.flip(0) - 1.0).mean()
        + e.sum()
        + (x.at([0]) + x.at([1]))
        + (-x).sum()
        + x.copy().sum();
    let slopes = e.to_vec();
    x.set_value([10.0, 20.0]);
    y.backward();
    let want = [slopes[0], slopes[1]].map(|slope| 1.0 + 0.5 + slope + 1.0 - 1.0 + 1.0);
    assert_same("gradient", &grad(x).unwrap(), &want);
}

#[test]
fn what_is_recorded_after_a_write_reads_the_new_value() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0]);
    let old = (x * x).sum();
    x.set_value([3.0]);
    let new = (x * x).sum();
    new.backward();
    assert_eq!((new.item(), grad(x)), (9.0, Some(vec![6.0])));
    assert!(old.try_backward().is_err());
    // A root above the old reads: the sweep reaches them only where the root depends on them.
    let both = new + old;
    assert!(both.try_backward().is_err());
    assert_eq!(grad(x), Some(vec![6.0]));
}

/// The handle carries the number 2, the slot holds 5. d(s s)/ds at 2 is 4; an error would be right too, 10 would not.
#[test]
fn a_scalar_over_an_element_that_is_overwritten_later_never_gives_a_wrong_number() {
    let uses: [fn(Scalar<f64>) -> Scalar<f64>; 4] = [|s| s * s, |s| s.sin(), |s| s * 3.0, |s| 1.0 / s];
    for (i, on) in uses.into_iter().enumerate() {
        let tape = Tape::<f64>::new();
        let m = tape.leaf([2.0]);
        let s = m.at([0]);
        let before = on(s);
        before.backward();
        let (value, want) = (before.value(), grad(m));
        tape.zero_grad();
        m.set_value([5.0]);
        // Refused where it is used, or where it is swept.
        let swept =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| on(s))).map(|y| (y, y.try_backward()));
        match swept {
            Ok((y, Ok(()))) => assert_eq!((y.value(), grad(m)), (value, want), "use {i}"),
            Ok((_, Err(error))) => {
                assert!(
                    matches!(error, Error::Overwritten { .. } | Error::OldValue { .. }),
                    "use {i}: {error}"
                );
            }
            Err(panic) => {
                let text = panic.downcast::<String>().expect("an error's text");
                assert!(text.contains("its slot was written since"), "use {i}: {text}");
            }
        }
        still_works(&tape);
        // Read again, the element is right.
        let y = on(m.at([0]));
        tape.zero_grad();
        y.backward();
        let fresh = Tape::<f64>::new();
        let x = fresh.scalar(5.0);
        on(x).backward();
        assert_eq!(grad(m), Some(vec![x.grad().unwrap()]), "use {i}");
    }
}

#[test]
fn update_reads_the_gradient_and_writes_the_leaf() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(w.update(|_, _| unreachable!("there is no gradient")), None::<()>);
    (w * w).sum().backward();
    let norm = w.update(|w, grad| {
        w.iter_mut().zip(grad).for_each(|(w, grad)| *w -= 0.5 * grad);
        grad.iter().map(|g| g * g).sum::<f64>()
    });
    assert_eq!((norm, w.to_vec()), (Some(120.0), vec![0.0; 4]));
    // Views see the new values; the gradient stays until it is zeroed.
    assert_eq!((w.t().to_vec(), grad(w)), (vec![0.0; 4], Some(vec![2.0, 4.0, 6.0, 8.0])));
}

#[test]
fn set_value_takes_every_form_of_values_even_the_tensors_own() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    w.set_value(w.t());
    assert_eq!(w.to_vec(), [1.0, 3.0, 2.0, 4.0]);
    w.set_value(w.flip([0, 1]) * 2.0);
    assert_eq!(w.to_vec(), [8.0, 4.0, 6.0, 2.0]);
    w.set_value((vec![1.0, 2.0, 3.0, 4.0], [2, 2]));
    w.set_value(ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]).reversed_axes());
    assert_eq!(w.to_vec(), [1.0, 3.0, 2.0, 4.0]);
    // A leaf of another tape gives its numbers.
    let other = Tape::<f64>::new();
    w.set_value(other.leaf([[9.0, 8.0], [7.0, 6.0]]));
    assert_eq!(w.to_vec(), [9.0, 8.0, 7.0, 6.0]);
}

/// A step inside a scope writes the leaf after everything recorded there; when the scope has rewound, nothing is
/// left that read the old value, and the next scope sweeps freely.
#[test]
fn a_write_inside_a_scope_does_not_outlive_it() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([3.0]);
    for step in 0..5 {
        tape.scope(|| {
            // As many instructions as there may have been at the last write, and fewer.
            let mut y = w;
            for _ in 0..5 - step {
                y = y * w;
            }
            y.sum().backward();
            w.update(|w, grad| w[0] = 2.0 + 0.0 * grad[0]);
            assert!(matches!(y.sum().try_backward(), Err(Error::Overwritten { .. })));
        });
        tape.zero_grad();
    }
    // And what stands outside the scopes is still protected from it.
    let outside = (w * w).sum();
    tape.scope(|| {
        let _ = (w + 1.0).exp();
        w.set_value([7.0]);
        (w * w).sum().backward();
    });
    assert_eq!(grad(w), Some(vec![14.0]));
    assert!(matches!(outside.try_backward(), Err(Error::Overwritten { .. })));
    (w * w).sum().backward();
    assert_eq!(grad(w), Some(vec![28.0]));
}

#[test]
fn a_write_of_nothing_in_a_scope_leaves_no_trace() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([2.0]), tape.scalar(2.0));
    let (y, t) = ((x * x).sum(), s * s);
    tape.scope(|| tape.leaf(Vec::<f64>::new()).set_value(Vec::<f64>::new()));
    y.backward();
    t.backward();
    assert_eq!((grad(x), s.grad()), (Some(vec![4.0]), Some(4.0)));
}

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
