//! From a function of numbers to its Jacobian: `jacobian_at`.

use ndarray::{Array2, array};
use wengert::{Error, Scalar, Tape};

/// A step of Gauss and Newton to the circle through three points. By hand: `d|p - c| / dc = -(p - c) / |p - c|`.
#[test]
fn residuals_of_a_circle() {
    let tape = Tape::<f64>::new();
    let points = [[3.0, 0.0], [0.0, 4.0], [-1.0, -1.0]];
    let at = [0.5, -0.25, 2.0];
    let (errors, jacobian) = tape
        .jacobian_at(&at, |x| points.map(|[p, q]| ((x[0] - p).square() + (x[1] - q).square()).sqrt() - x[2]));
    for (i, [p, q]) in points.into_iter().enumerate() {
        let (dx, dy) = (p - at[0], q - at[1]);
        let distance = (dx * dx + dy * dy).sqrt();
        assert!((errors[i] - (distance - 2.0)).abs() < 1e-14);
        let expected = [-dx / distance, -dy / distance, -1.0];
        for (j, expected) in expected.into_iter().enumerate() {
            assert!((jacobian[[i, j]] - expected).abs() < 1e-14, "({i}, {j}): {}", jacobian[[i, j]]);
        }
    }
}

type Function<'a> = dyn Fn(&[Scalar<f64>]) -> Vec<Scalar<f64>> + 'a;

/// As `jacobian` in a scope answers, in either direction, through tensors too.
#[test]
fn it_is_the_jacobian() {
    let tape = Tape::<f64>::new();
    let a = tape.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let many = |x: &[Scalar<f64>]| (0..20).map(|k| (x[0] * f64::from(k)).sin() * x[1]).collect::<Vec<_>>();
    let dense = |x: &[Scalar<f64>]| {
        let y = a.matmul(tape.stack(x, 0)).exp();
        (0..3).map(|i| y.at(i)).collect::<Vec<_>>()
    };
    let functions: [&Function<'_>; 2] = [&many, &dense];
    for f in functions {
        let (values, jacobian) = tape.jacobian_at(&[0.3, -0.7], f);
        let (expected, by_hand) = tape.scope(|| {
            let x = tape.scalars(&[0.3, -0.7]);
            let y = f(&x);
            (y.iter().map(|y| y.value()).collect::<Vec<_>>(), tape.jacobian(&y, &x))
        });
        assert_eq!((values, jacobian), (expected, by_hand));
    }
}

#[test]
fn what_does_not_depend_is_zero_and_the_tape_is_as_it_was() {
    let tape = Tape::<f64>::new();
    let rate = tape.scalar(3.0);
    (rate * rate).backward();
    let before = (tape.stats().instructions, tape.stats().slots);
    let call = || tape.jacobian_at(&[2.0, 5.0], |x| vec![x[1] * rate, Scalar::from(7.0), x[0], rate]);
    let expected = (vec![15.0, 7.0, 2.0, 3.0], array![[0.0, 3.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]);
    assert_eq!(call(), expected);
    assert_eq!(tape.no_grad(call), expected);
    assert_eq!(tape.jacobian_at(&[], |_| [Scalar::from(1.0)]), (vec![1.0], Array2::zeros((1, 0))));
    assert_eq!(tape.jacobian_at(&[2.0], |_| Vec::new()), (vec![], Array2::zeros((0, 1))));
    assert_eq!((tape.stats().instructions, tape.stats().slots), before);
    assert_eq!(rate.grad(), Some(6.0));
}

#[test]
fn what_is_refused() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (w, foreign) = (tape.leaf([4.0]), other.scalar(1.0));
    let elsewhere = tape.try_jacobian_at(&[2.0], |_| [foreign]);
    assert!(elsewhere.unwrap_err().to_string().starts_with("jacobian_at: "));
    let written = tape.try_jacobian_at(&[2.0], |x| {
        let y = w.at(0) * x[0] * x[0];
        w.set_value([1.0]);
        [y]
    });
    assert!(matches!(written, Err(Error::Overwritten { op: "jacobian_at", .. })), "{written:?}");
    assert_eq!(tape.jacobian_at(&[2.0], |x| [x[0].powi(3)]).1, array![[12.0]]);
}
