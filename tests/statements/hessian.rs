//! Hessians of functions of numbers, against closed forms; what they leave on the tape; what they refuse.

use ndarray::{Array2, array};
use num_traits::Float;
use wengert::{Element, Error, Scalar, Special, Tape};

use crate::{Program, close};

fn rosenbrock<T: Float>(x: &[T]) -> T {
    let number = |x: f64| T::from(x).expect("a number");
    x.windows(2).fold(T::zero(), |sum, x| {
        let (bend, rest) = (x[1] - x[0] * x[0], T::one() - x[0]);
        sum + number(100.0) * bend * bend + rest * rest
    })
}

/// Its second derivatives, by hand.
fn bend(x: &[f64]) -> Array2<f64> {
    let mut h = Array2::zeros((x.len(), x.len()));
    for i in 0..x.len() - 1 {
        h[[i, i]] += 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0;
        h[[i + 1, i + 1]] += 200.0;
        h[[i, i + 1]] -= 400.0 * x[i];
        h[[i + 1, i]] -= 400.0 * x[i];
    }
    h
}

fn by_hand<T: Element>(inputs: usize, digits: f64) {
    let x: Vec<f64> = (0..inputs).map(|k| 0.4 + 0.07 * k as f64).collect();
    let at: Vec<T> = x.iter().map(|&x| T::from(x).expect("a number")).collect();
    let tape = Tape::<T>::new();
    let (value, gradient, hessian) = tape.hessian(&at, rosenbrock);
    assert_eq!((value, gradient), tape.gradient(&at, rosenbrock), "{inputs} inputs");
    for ((i, j), expected) in bend(&x).indexed_iter() {
        let found = hessian[[i, j]].to_f64().expect("a number");
        let error = (found - expected).abs();
        assert!(error <= digits * 1200.0, "{inputs} inputs, ({i}, {j}): found {found}, expected {expected}");
    }
}

/// Fewer inputs than lanes, as many, and more.
#[test]
fn rosenbrock_by_hand() {
    for inputs in [1, 2, 3, 8, 9, 20] {
        by_hand::<f64>(inputs, 1e-15);
        by_hand::<f32>(inputs, 1e-6);
    }
}

/// The price of a call by Black and Scholes: spot, strike, volatility, rate, years.
fn call<T: Float + Special>(x: &[T]) -> T {
    let [spot, strike, volatility, rate, years] = *x else { unreachable!("five inputs") };
    let half = T::from(0.5).expect("a number");
    let normal = |x: T| half * (-x * half.sqrt()).erfc();
    let spread = volatility * years.sqrt();
    let above = ((spot / strike).ln() + rate * years) / spread + half * spread;
    spot * normal(above) - strike * (-rate * years).exp() * normal(above - spread)
}

#[test]
fn greeks_of_the_second_order() {
    let [spot, strike, volatility, rate, years] = [100.0, 95.0, 0.25, 0.03, 0.75_f64];
    let tape = Tape::<f64>::new();
    let (_, gradient, hessian) = tape.hessian(&[spot, strike, volatility, rate, years], call);
    let spread = volatility * years.sqrt();
    let d1 = ((spot / strike).ln() + rate * years) / spread + 0.5 * spread;
    let d2 = d1 - spread;
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let vega = spot * density(d1) * years.sqrt();
    close("vega", gradient[2], vega);
    close("gamma", hessian[[0, 0]], density(d1) / (spot * spread));
    close("by spot and strike", hessian[[0, 1]], -density(d1) / (strike * spread));
    close("vanna", hessian[[0, 2]], -density(d1) * d2 / volatility);
    close("vomma", hessian[[2, 2]], vega * d1 * d2 / volatility);
    close("by the strike", hessian[[1, 1]], (-rate * years).exp() * density(d2) / (strike * spread));
    for i in 0..5 {
        for j in 0..5 {
            close(&format!("({i}, {j}) and its mirror"), hessian[[i, j]], hessian[[j, i]]);
        }
    }
}

#[test]
fn random_programs_have_the_differences_of_their_gradients() {
    let (h, tape) = (1e-5, Tape::<f64>::new());
    for seed in 0..20 {
        let (program, f) = (Program::new(seed, 4, 1, 25), |p: &Program, x: &[Scalar]| p.run(x)[0]);
        let point = program.point();
        let (.., hessian) = tape.hessian(&point, |x| f(&program, x));
        for i in 0..4 {
            let slope = |step: f64| {
                let mut x = point.clone();
                x[i] += step;
                tape.gradient(&x, |x| f(&program, x)).1
            };
            for (j, (above, below)) in slope(h).into_iter().zip(slope(-h)).enumerate() {
                let (found, difference) = (hessian[[i, j]], (above - below) / (2.0 * h));
                let error = (found - difference).abs() / (1.0 + difference.abs());
                assert!(error < 1e-5, "program {seed}, ({i}, {j}): found {found}, difference {difference}");
            }
        }
    }
}

/// Zeros where there is nothing to differentiate, and no error.
#[test]
fn what_does_not_depend_is_zero() {
    let tape = Tape::<f64>::new();
    let (value, gradient, hessian) = tape.hessian(&[2.0, 5.0], |x| 3.0 * x[0] + x[1].square());
    assert_eq!((value, gradient), (31.0, vec![3.0, 10.0]));
    assert_eq!(hessian, array![[0.0, 0.0], [0.0, 2.0]]);

    let zeros = Array2::<f64>::zeros((2, 2));
    assert_eq!(tape.hessian(&[2.0, 5.0], |_| Scalar::from(7.0)), (7.0, vec![0.0; 2], zeros.clone()));
    assert_eq!(tape.hessian(&[2.0, 5.0], |x| x[1]), (5.0, vec![0.0, 1.0], zeros.clone()));
    assert_eq!(tape.hessian(&[2.0, 5.0], |x| 3.0 * x[0] - x[1]), (1.0, vec![3.0, -1.0], zeros.clone()));
    assert_eq!(tape.hessian(&[2.0, 5.0], |x| x[0].floor()), (2.0, vec![0.0; 2], zeros));
    // A derivative that is another input.
    let (_, gradient, hessian) = tape.hessian(&[2.0, 5.0], |x| x[0] * x[1]);
    assert_eq!((gradient, hessian), (vec![5.0, 2.0], array![[0.0, 1.0], [1.0, 0.0]]));
    assert_eq!(tape.hessian(&[], |_| Scalar::from(7.0)), (7.0, vec![], Array2::zeros((0, 0))));
}

#[test]
fn through_tensors() {
    let tape = Tape::<f64>::new();
    let a = tape.constant([[2.0, 0.5], [0.5, 1.0]]);
    let (value, gradient, hessian) = tape.hessian(&[1.0, 3.0], |x| {
        let x = tape.stack(x, 0);
        x.dot(a.matmul(x)).at(()) + x.at(0).powi(3)
    });
    assert_eq!((value, gradient), (15.0, vec![10.0, 7.0]));
    assert_eq!(hessian, array![[10.0, 1.0], [1.0, 2.0]]);
}

#[test]
fn the_tape_is_as_it_was() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0, 2.0]);
    let rate = tape.scalar(3.0);
    (w.sum() * rate).backward();
    let before = tape.stats();
    let call = || tape.hessian(&[0.5, -0.5], |x| (x[0] * rate + w.at(0) * x[1]).sin() * x[0]);
    let first = call();
    assert_eq!(tape.no_grad(call), first);
    assert_eq!(tape.scope(call), first);
    let warm = tape.stats();
    for _ in 0..100 {
        assert_eq!(call(), first);
    }
    let after = tape.stats();
    assert_eq!((after.instructions, after.slots), (before.instructions, before.slots));
    assert_eq!((after.variables, after.gradient_bytes), (before.variables, before.gradient_bytes));
    assert_eq!((after.table_bytes, after.reserved_bytes), (warm.table_bytes, warm.reserved_bytes));
    assert_eq!(w.grad().unwrap().as_slice().unwrap(), [3.0, 3.0]);
    assert_eq!(rate.grad(), Some(3.0));

    // A call within a call.
    let (value, gradient) = tape.gradient(&[2.0], |x| {
        let (.., inner) = tape.hessian(&[x[0].value()], |y| y[0].powi(3));
        x[0] * inner[[0, 0]]
    });
    assert_eq!((value, gradient), (24.0, vec![12.0]));
}

#[test]
fn what_is_refused() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let w = tape.leaf([4.0]);
    let fused = tape.try_hessian(&[2.0], |x| tape.fuse([x[0]], |[x]| x * x));
    assert!(matches!(fused, Err(Error::FusedOrder { op: "hessian", .. })), "{fused:?}");
    let foreign = other.scalar(1.0);
    assert!(tape.try_hessian(&[2.0], |_| foreign).is_err());
    let written = tape.try_hessian(&[2.0], |x| {
        let y = w.at(0) * x[0] * x[0];
        w.set_value([1.0]);
        y
    });
    assert!(matches!(written, Err(Error::Overwritten { op: "hessian", .. })), "{written:?}");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tape.hessian(&[2.0], |_| panic!("in the function"));
    }));
    assert!(caught.is_err());
    assert_eq!((tape.stats().instructions, tape.stats().slots), (0, 1));
    assert_eq!(tape.hessian(&[2.0], |x| x[0].powi(3)).2, array![[12.0]]);
}
