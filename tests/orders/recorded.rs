//! `grad_recorded`: what it records, where, and what it leaves behind when it cannot.

use wengert::{Error, Operand, Scalar, Tape, Tensor};
use wengert_tests::{assert_all_close, live, still_works};

#[test]
fn any_order_is_a_gradient_of_the_one_before() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.5, -1.5]);
    let mut y = (x * 2.0).sin();
    for order in 1..=5 {
        y = tape.grad_recorded(&[y.sum()], &[x])[0];
        let want = [0.5f64, -1.5].map(|x| {
            let phase = 2.0 * x + f64::from(order) * std::f64::consts::FRAC_PI_2;
            2f64.powi(order) * phase.sin()
        });
        assert_all_close(format!("order {order}"), &y.to_vec(), &want, 1e-13);
    }
    // Scalars too.
    let s = tape.scalar(0.5);
    let mut y: Operand<f64> = (s * 2.0).sin().into();
    for _ in 0..3 {
        y = tape.grad_recorded(&[y], &[s])[0].into();
    }
    let Operand::Tensor(y) = y else { unreachable!() };
    assert_all_close("third", &[y.item()], &[-8.0 * 1f64.cos()], 1e-14);
}

#[test]
fn it_records_inside_no_grad_and_restores_the_mode() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = x.powi(3).sum();
    let grad = tape.no_grad(|| {
        let grad = tape.grad_recorded(&[y], &[x])[0];
        assert!(!tape.is_grad_enabled());
        assert!(tape.try_grad_recorded(&[y], &[tape.constant(1.0)]).is_err());
        assert!(!tape.is_grad_enabled());
        grad
    });
    assert!(grad.requires_grad() && tape.is_grad_enabled());
    assert_eq!(tape.grad(&[grad.sum()], &[x])[0].to_vec(), [6.0, 12.0]);
}

#[test]
fn it_touches_no_gradient_and_backward_goes_through_it() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = x.powi(3).sum();
    let grad = tape.grad_recorded(&[y], &[x])[0];
    assert!(x.grad().is_none());
    (y + grad.square().sum()).backward();
    // 3 x^2 + 2 (3 x^2) (6 x)
    assert_eq!(x.grad().unwrap().as_slice().unwrap(), [3.0 + 36.0, 12.0 + 288.0]);
}

/// An error of each request, with nothing recorded.
#[track_caller]
fn refuses(tape: &Tape<f64>, f: impl Fn() -> Result<(), Error>, is_it: impl Fn(&Error) -> bool) {
    let before = live(tape);
    let error = f().expect_err("an error");
    assert!(is_it(&error), "{error}");
    assert_eq!(live(tape), before, "{error}");
    still_works(tape);
}

#[test]
fn what_fails_leaves_the_tape_as_it_was() {
    let tape = Tape::<f64>::new();
    let (x, c, s) = (tape.leaf([1.0, 2.0]), tape.constant([1.0, 2.0]), tape.scalar(1.0));
    let y = (x.exp() * c).sum() * s;
    let (vector, view, passive) = (x * 2.0, x.slice(0, 0..1), c.sum());
    let asked =
        |roots: &[Tensor<f64>], inputs: &[Operand<f64>]| tape.try_grad_recorded(roots, inputs).map(drop);
    refuses(
        &tape,
        || asked(&[y], &[x.into(), c.into()]),
        |e| matches!(e, Error::PassiveInput { input: 1, .. }),
    );
    refuses(&tape, || asked(&[y], &[Scalar::from(1.0).into()]), |e| matches!(e, Error::PassiveInput { .. }));
    refuses(&tape, || asked(&[y], &[1.0.into()]), |e| matches!(e, Error::PassiveInput { input: 0, .. }));
    refuses(&tape, || asked(&[y], &[view.into()]), |e| matches!(e, Error::ViewTarget { .. }));
    refuses(&tape, || asked(&[y], &[x.at(0).into()]), |e| matches!(e, Error::ViewTarget { .. }));
    refuses(&tape, || asked(&[passive], &[x.into()]), |e| matches!(e, Error::PassiveRoot { .. }));
    refuses(&tape, || asked(&[vector], &[x.into()]), |e| matches!(e, Error::NonScalarRoot { .. }));
    let seeded = |seeds: &[[f64; 3]]| tape.try_grad_recorded_with(&[vector], seeds, &[x]).map(drop);
    refuses(&tape, || seeded(&[[1.0; 3]]), |e| matches!(e, Error::SeedShape { .. }));
    refuses(&tape, || seeded(&[]), |e| matches!(e, Error::SeedCount { roots: 1, seeds: 0, .. }));
    let other = Tape::<f64>::new();
    let foreign = other.leaf(1.0);
    refuses(&tape, || asked(&[y], &[foreign.into()]), |e| matches!(e, Error::OtherTape { .. }));
}

/// A seed joins the slots that the list ends with; what is taken back after an error leaves them as they were.
#[test]
fn a_refused_request_takes_its_seeds_back() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    let y = tape.fuse([x], |[x]| x * x * x);
    let _constant = tape.constant([1.0, 2.0]);
    let before = live(&tape);
    assert!(matches!(tape.try_grad_recorded_with(&[y], &[5.0], &[x]), Err(Error::FusedOrder { .. })));
    assert_eq!(live(&tape), before);
    let w = (x * x) * (x * x);
    assert_eq!(tape.grad(&[w], &[x])[0].item(), 32.0);
    w.backward();
    assert_eq!(x.grad(), Some(32.0));
}

/// What was overwritten matters where the derivative needs it: not off the path to the root, nor where no tangent goes.
#[test]
fn an_overwritten_value_that_no_derivative_needs_is_no_error() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([2.0, 3.0]), tape.scalar(3.0));
    let (a, off) = (w.at([0]), w * w);
    let squared = a * a;
    let linear = (w * 2.0).sum();
    let off_scalar = (off.sum()).at(()) * squared;
    w.set_value([5.0, 5.0]);
    // No tangent of `s` reaches the squares, and its root does not depend on them.
    let y = s * s * s;
    assert_eq!((tape.jvp(&[y], &[s], &[1.0])[0].item(), tape.hvp(y, &[s], &[1.0])[0].item()), (27.0, 18.0));
    // The root depends on them, and the tangent of `s` does not pass through them.
    let z = y + squared;
    assert_eq!(tape.jvp(&[z], &[s], &[1.0])[0].item(), 27.0);
    // An adjoint does: a reverse sweep does not tell scalars apart by what was asked.
    assert!(matches!(tape.try_grad(&[z], &[s]), Err(Error::Overwritten { by: "mul", .. })));
    assert!(matches!(tape.try_hvp(z, &[s], &[1.0]), Err(Error::Overwritten { by: "mul", .. })));
    // The tangent of `w` does, on a way that does not lead to the root.
    assert_eq!(tape.jvp(&[linear], &[w], &[[1.0, 10.0]])[0].item(), 22.0);
    assert_eq!(tape.hvp(linear, &[w], &[[1.0, 10.0]])[0].to_vec(), [0.0, 0.0]);
    // One factor was overwritten, and the other is what the derivative reads.
    let (a, b) = (tape.leaf([2.0, 3.0]), tape.leaf([5.0, 7.0]));
    let product = (a * b).sum();
    let (e, f) = (a.at([0]), b.at([1]));
    let scalars = e * f;
    a.set_value([-1.0, -1.0]);
    assert_eq!(tape.jvp(&[product], &[a], &[[1.0, 10.0]])[0].item(), 75.0);
    assert_eq!(tape.jvp(&[scalars], &[a], &[[1.0, 10.0]])[0].item(), 7.0);
    assert!(matches!(tape.try_jvp(&[product], &[b], &[[1.0, 1.0]]), Err(Error::Overwritten { .. })));
    assert!(matches!(tape.try_jvp(&[scalars], &[b], &[[1.0, 1.0]]), Err(Error::Overwritten { .. })));
    // A vector of zeros carries no tangent along the way on which the adjoint needs the value.
    let c = tape.leaf([2.0]);
    let (g, t) = (c.at([0]), tape.scalar(3.0));
    let mixed = g * g * t;
    c.set_value([9.0]);
    let inputs: [Operand<f64>; 2] = [c.into(), t.into()];
    let vectors = [tape.constant([0.0]), tape.constant(1.0)];
    assert!(matches!(tape.try_hvp(mixed, &inputs, &vectors), Err(Error::Overwritten { .. })));
    // The element that a scalar reads need not be the first.
    let d = tape.leaf([1.0, 2.0]);
    let element = (d * d).at([1]) * 3.0;
    d.set_value([10.0, 20.0]);
    assert!(matches!(tape.try_jvp(&[element], &[d], &[[0.0, 1.0]]), Err(Error::Overwritten { .. })));
    assert!(matches!(tape.try_hvp(element * element, &[d], &[[0.0, 1.0]]), Err(Error::Overwritten { .. })));
    // And here it leads there.
    for root in [Operand::from(off.sum()), squared.into(), off_scalar.into(), z.into()] {
        assert!(matches!(
            tape.try_jvp(&[root], &[w], &[[1.0, 1.0]]),
            Err(Error::Overwritten { by: "mul", .. })
        ));
        assert!(matches!(tape.try_hvp(root, &[w], &[[1.0, 1.0]]), Err(Error::Overwritten { by: "mul", .. })));
    }
}

#[test]
fn an_overwritten_value_is_an_error_of_every_derivative() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]));
    let y = (x.exp() * w).sum();
    // What comes after the write is sound; the sweep has recorded some of it when it meets what is not.
    w.set_value([5.0, 6.0]);
    let z = (y * y).sin();
    let is_it = |error: &Error| matches!(error, Error::Overwritten { by: "mul", .. });
    refuses(&tape, || tape.try_grad_recorded(&[z], &[x]).map(drop), is_it);
    refuses(&tape, || tape.try_grad(&[z], &[x]).map(drop), is_it);
    refuses(&tape, || tape.try_jvp(&[z], &[x], &[[1.0, 1.0]]).map(drop), is_it);
    refuses(&tape, || tape.try_hvp(z, &[x], &[[1.0, 1.0]]).map(drop), is_it);
    // The derivative by w needs exp(x), and not w.
    assert!(tape.try_grad_recorded(&[y], &[w]).is_ok());
    // By scalars.
    let s = tape.leaf([2.0, 3.0]);
    let y = s.at(0) * s.at(1);
    s.set_value([4.0, 5.0]);
    let is_it = |error: &Error| matches!(error, Error::Overwritten { .. });
    refuses(&tape, || tape.try_grad_recorded(&[y], &[s]).map(drop), is_it);
    refuses(&tape, || tape.try_jvp(&[y], &[s], &[[1.0, 1.0]]).map(drop), is_it);
    refuses(&tape, || tape.try_hvp(y, &[s], &[[1.0, 1.0]]).map(drop), is_it);
    // An element that was stacked, and its exponential read.
    let y = (tape.stack(&[s.at(0), s.at(1)], 0).exp() * tape.stack(&[s.at(1), s.at(0)], 0)).sum();
    s.set_value([1.0, 1.0]);
    assert!(tape.try_grad_recorded(&[y], &[s]).is_ok(), "a stack is a copy");
}

#[test]
fn an_input_may_be_an_intermediate_asked_twice_or_below_another() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let u = x.square();
    let y = (u * u * x).sum();
    let asked = [u, x, u, x];
    // By u with x fixed: 2 u x; by x through both: 5 x^4.
    let want: [&[f64]; 4] = [&[2.0, 16.0], &[5.0, 80.0], &[2.0, 16.0], &[5.0, 80.0]];
    let recorded = tape.grad_recorded(&[y], &asked);
    for (k, want) in want.iter().enumerate() {
        assert_eq!(recorded[k].to_vec(), *want, "recorded, input {k}");
        assert_eq!(tape.grad(&[y], &asked)[k].to_vec(), *want, "grad, input {k}");
    }
    // What was recorded depends on x through u: d(2 u x)/dx = 6 x^2, and on u itself: 2 x.
    assert_eq!(tape.grad(&[recorded[0].sum()], &[x])[0].to_vec(), [6.0, 24.0]);
    assert_eq!(tape.grad(&[recorded[0].sum()], &[u])[0].to_vec(), [2.0, 4.0]);
    assert_eq!(tape.grad(&[recorded[1].sum()], &[x])[0].to_vec(), [20.0, 160.0]);
    // A scalar in the middle.
    let s = tape.scalar(3.0);
    let m = s * s;
    let y = m * m * s;
    let grads: Vec<f64> = tape.grad_recorded(&[y], &[m, s, m]).iter().map(|g| g.item()).collect();
    assert_eq!(grads, [54.0, 405.0, 54.0]);
    // The root itself.
    assert_eq!(tape.grad_recorded(&[y], &[y])[0].item(), 1.0);
    let y = (x * 3.0).sum();
    assert_eq!(tape.grad_recorded(&[y], &[y])[0].item(), 1.0);
}

#[test]
fn an_input_that_is_not_reached_has_a_passive_derivative_of_zero() {
    let tape = Tape::<f64>::new();
    let (x, other, s) = (tape.leaf([1.0, 2.0]), tape.leaf([[1.0], [2.0]]), tape.scalar(2.0));
    let y = x.exp().sum();
    let after = tape.leaf([7.0]);
    let inputs: [Operand<f64>; 4] = [x.into(), other.into(), s.into(), after.into()];
    let grads = tape.grad_recorded(&[y], &inputs);
    assert!(grads[0].requires_grad());
    for (grad, shape) in grads[1..].iter().zip([vec![2, 1], vec![], vec![1]]) {
        assert!(!grad.requires_grad());
        assert_eq!((grad.shape().to_vec(), grad.sum().item()), (shape, 0.0));
    }
}

/// The first derivatives of scalars are those of `grad`: an adjoint of 0 counts as none, whatever the partial is.
#[test]
fn a_constant_adjoint_of_zero_counts_as_none_among_scalars() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(0.0);
    for y in [x.sqrt() * 0.0, x.sqrt().floor(), (x.sqrt() * 3.0).sign()] {
        assert_eq!((tape.grad(&[y], &[x])[0].item(), tape.grad_recorded(&[y], &[x])[0].item()), (0.0, 0.0));
    }
    // An element of a tensor hands on to the op that made the tensor: the logarithm of -0.5 is not asked for.
    let (base, exponent) = (tape.leaf([-0.5, 0.5]), tape.leaf([0.0, 0.0]));
    let y = base.pow(exponent).at(0).floor();
    assert_eq!(tape.grad(&[y], &[exponent])[0].to_vec(), [0.0, 0.0]);
    assert_eq!(tape.grad_recorded(&[y], &[exponent])[0].to_vec(), [0.0, 0.0]);
    // Nor is a fused statement in the way.
    let [fused] = tape.fuse([x], |[x]| [x * x]);
    assert_eq!(tape.grad_recorded(&[fused.floor()], &[x])[0].item(), 0.0);
    // A 0 that depends on something is recorded: its derivative is 2 here.
    let s = tape.scalar(1.0);
    let slope = tape.grad_recorded(&[s * (s - 1.0)], &[s])[0];
    let by_zero = tape.grad_recorded(&[(s - 1.0) * (s - 1.0)], &[s])[0];
    assert_eq!((slope.item(), tape.grad(&[slope], &[s])[0].item()), (1.0, 2.0));
    assert_eq!((by_zero.item(), tape.grad(&[by_zero], &[s])[0].item()), (0.0, 2.0));
}

#[test]
fn several_roots_add_and_each_has_its_seed() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(3.0));
    let (a, b, c) = (x.square(), x.powi(3).sum(), s * x.at(1));
    let roots: [Operand<f64>; 3] = [a.into(), b.into(), c.into()];
    let seeds = [(vec![1.0, 10.0], vec![2usize]), (vec![100.0], vec![]), (vec![1000.0], vec![])];
    let inputs: [Operand<f64>; 2] = [x.into(), s.into()];
    let recorded = tape.grad_recorded_with(&roots, &seeds, &inputs);
    assert_eq!(recorded[0].to_vec(), [2.0 + 300.0, 40.0 + 1200.0 + 3000.0]);
    assert_eq!(recorded[1].to_vec(), [2000.0]);
    let plain = tape.grad_with(&roots, &seeds, &inputs);
    assert_eq!((plain[0].to_vec(), plain[1].to_vec()), (recorded[0].to_vec(), recorded[1].to_vec()));
    // 2 w + 100 * 6 x, and the mixed derivative by s.
    let twice = tape.grad(&[recorded[0].sum()], &inputs);
    assert_eq!((twice[0].to_vec(), twice[1].to_vec()), (vec![602.0, 1220.0], vec![1000.0]));
    // The same root twice counts twice.
    assert_eq!(tape.grad_recorded(&[b, b], &[x])[0].to_vec(), [6.0, 24.0]);
}

#[test]
fn an_active_seed_stays_active() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[0.3, -0.8], [1.2, 0.1]]);
    let y = x.matmul(x.t()).tanh();
    let seed = tape.leaf(ndarray::Array2::<f64>::zeros((2, 2)));
    // The adjoint is linear in the seed, whatever the seed is: its derivative by the seed is the tangent.
    let x_bar = tape.grad_recorded_with(&[y], &[seed], &[x])[0];
    let x_dot = [[1.0, 0.5], [-0.25, 2.0]];
    let by_seed = tape.grad_with(&[x_bar], &[x_dot], &[seed])[0];
    let y_dot = tape.jvp(&[y], &[x], &[x_dot])[0];
    assert_all_close("double backward", &by_seed.to_vec(), &y_dot.to_vec(), 1e-14);
    // A seed that depends on an input.
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 5.0]));
    let grad = tape.grad_recorded_with(&[x.square()], &[s * x], &[x])[0];
    assert_eq!(grad.to_vec(), [6.0, 40.0]);
    assert_eq!(tape.grad(&[grad.sum()], &[x])[0].to_vec(), [12.0, 40.0]);
    assert_eq!(tape.grad(&[grad.sum()], &[s])[0].to_vec(), [2.0, 8.0]);
}

/// The seed's slots join the skip of a leaf made last, which is where the root ends.
#[test]
fn a_root_may_be_a_leaf_or_a_view_of_one() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let seed = [[1.0, 10.0], [100.0, 1000.0]];
    assert_eq!(tape.grad_recorded_with(&[x], &[seed], &[x])[0].to_vec(), [1.0, 10.0, 100.0, 1000.0]);
    assert_eq!(tape.grad_recorded_with(&[x.t()], &[seed], &[x])[0].to_vec(), [1.0, 100.0, 10.0, 1000.0]);
    let s = tape.scalar(2.0);
    assert_eq!(tape.grad_recorded_with(&[s], &[3.0], &[s])[0].item(), 3.0);
    assert_eq!(tape.jvp(&[x.t()], &[x], &[seed])[0].to_vec(), [1.0, 100.0, 10.0, 1000.0]);
}
