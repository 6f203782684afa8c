//! Views and aliasing, and writes in place.

use super::*;

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

/// An operand that carries an old number is refused on either side, beside a scalar that is right and beside a number.
#[test]
fn an_old_scalar_is_refused_on_either_side() {
    let tape = Tape::<f64>::new();
    let (m, right) = (tape.leaf([2.0]), tape.scalar(3.0));
    let old = m.at([0]);
    m.set_value([5.0]);
    let number = Scalar::from(3.0);
    for (a, b) in [(old, right), (right, old), (old, number), (number, old)] {
        let refused = a.try_maximum(b).expect_err("the slot was written");
        let told = matches!(refused, Error::OldValue { op: "maximum", carried: 2.0, holds: 5.0, .. });
        assert!(told, "maximum({a:?}, {b:?}): {refused}");
    }
    assert_eq!(right.maximum(m.at([0])).value(), 5.0);
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
fn update_each_goes_over_the_elements() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    assert!(!w.update_each(|_, _| unreachable!("there is no gradient")));
    let y = (w * w).sum();
    y.backward();
    // The closure reads the tensor that is being written: the elements before are new.
    let mut first = Vec::new();
    assert!(w.update_each(|w_i, grad| {
        first.push(w.with(|w| w[[0, 0]]));
        w_i - grad / 4.0
    }));
    assert_eq!((first, w.to_vec()), (vec![1.0, 0.5, 0.5, 0.5], vec![0.5, 1.0, 1.5, 2.0]));
    assert!(matches!(y.try_backward(), Err(Error::Overwritten { .. })));
    // As many elements as the widest vector unit takes, and some more.
    let many = tape.leaf(vec![1.0; 1003]);
    (many * tape.arange(0.0, 1003.0, 1.0)).sum().backward();
    assert!(many.update_each(|w, grad| w + 2.0 * grad));
    assert!(many.to_vec().iter().enumerate().all(|(i, &w)| w == 1.0 + 2.0 * i as f64));
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
