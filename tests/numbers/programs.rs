//! Programs that were written for numbers: they run on `f64`, `f32` and scalars, unchanged. Those of published crates are
//! in `published.rs`.

use num_traits::{Float, FromPrimitive};
use wengert::check;
use wengert::{Scalar, Tape};
use wengert_tests::is_close;

fn number<T: Float>(x: f64) -> T {
    T::from(x).unwrap()
}

/// The price of a European call by Black and Scholes, with the normal distribution by Abramowitz and Stegun 26.2.17.
fn call<T: Float>(spot: T, strike: T, rate: T, volatility: T, time: T) -> T {
    fn normal<T: Float>(x: T) -> T {
        let coefficients =
            [0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429].map(number::<T>);
        let t = (T::one() + number::<T>(0.2316419) * x.abs()).recip();
        let sum = coefficients.iter().rev().fold(T::zero(), |sum, &c| (sum + c) * t);
        let tail = (-x * x / number(2.0)).exp() * sum / number(std::f64::consts::TAU.sqrt());
        if x >= T::zero() { T::one() - tail } else { tail }
    }
    let deviation = volatility * time.sqrt();
    let d1 = ((spot / strike).ln() + (rate + volatility.powi(2) / number(2.0)) * time) / deviation;
    spot * normal(d1) - strike * (-rate * time).exp() * normal(d1 - deviation)
}

#[test]
fn a_function_over_floats_runs_on_every_number() {
    let at = [100.0, 95.0, 0.03, 0.25, 0.75];
    let price = call(at[0], at[1], at[2], at[3], at[4]);
    let [a, b, c, d, e] = at.map(|x| x as f32);
    assert!(is_close(call(a, b, c, d, e).into(), price, 1e-5));

    let tape = Tape::<f64>::new();
    let x = tape.scalars(&at);
    let y = call(x[0], x[1], x[2], x[3], x[4]);
    assert!(is_close(y.value(), price, 1e-14));
    y.backward();
    // The derivative by the spot is the normal distribution of d1, to the error of the approximation.
    let d1 = ((at[0] / at[1]).ln() + (at[2] + at[3] * at[3] / 2.0) * at[4]) / (at[3] * at[4].sqrt());
    let want = Scalar::from(-d1 / 2f64.sqrt()).erfc().value() / 2.0;
    assert!(is_close(x[0].grad().unwrap(), want, 1e-5), "{:?} {want}", x[0].grad());
    check::scalars("the price of a call", &at, |x| call(x[0], x[1], x[2], x[3], x[4])).assert_ok();
}

/// One step of the classical Runge-Kutta method.
fn step<T: Float, const N: usize>(f: impl Fn(&[T; N]) -> [T; N], y: [T; N], h: T) -> [T; N] {
    let along = |k: &[T; N], h: T| -> [T; N] { std::array::from_fn(|i| y[i] + h * k[i]) };
    let (two, six) = (number::<T>(2.0), number::<T>(6.0));
    let k1 = f(&y);
    let k2 = f(&along(&k1, h / two));
    let k3 = f(&along(&k2, h / two));
    let k4 = f(&along(&k3, h));
    std::array::from_fn(|i| y[i] + h / six * (k1[i] + two * k2[i] + two * k3[i] + k4[i]))
}

/// Predators and prey, by Lotka and Volterra.
fn population<T: Float>(rates: [T; 4], start: [T; 2], steps: usize) -> [T; 2] {
    let [a, b, c, d] = rates;
    let flow = |y: &[T; 2]| [a * y[0] - b * y[0] * y[1], c * y[0] * y[1] - d * y[1]];
    (0..steps).fold(start, |y, _| step(flow, y, number(0.05)))
}

#[test]
fn a_solver_over_floats_gives_sensitivities() {
    let at = [1.1, 0.4, 0.1, 0.4, 10.0, 5.0];
    let plain = population([1.1, 0.4, 0.1, 0.4], [10.0, 5.0], 20);
    check::scalars("predators after 20 steps", &at, |x| {
        let end = population([x[0], x[1], x[2], x[3]], [x[4], x[5]], 20);
        assert_eq!(end.len(), plain.len());
        end[0] + end[1] * 2.0
    })
    .assert_ok();
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&at);
    let end = population([x[0], x[1], x[2], x[3]], [x[4], x[5]], 20);
    assert!((0..2).all(|i| end[i] == plain[i]), "the same operations in the same order: the same bits");
}

/// The rule of Simpson.
fn integral<T: Float + FromPrimitive>(f: impl Fn(T) -> T, a: T, b: T, n: usize) -> T {
    let h = (b - a) / T::from_usize(2 * n).unwrap();
    let weight = |i: usize| number::<T>(if i == 0 || i == 2 * n { 1.0 } else { [2.0, 4.0][i % 2] });
    let terms = (0..=2 * n).map(|i| weight(i) * f(a + T::from_usize(i).unwrap() * h));
    terms.fold(T::zero(), |sum, term| sum + term) * h / number(3.0)
}

#[test]
fn a_quadrature_is_differentiated_by_its_bounds_and_parameters() {
    let tape = Tape::<f64>::new();
    let (a, b, k) = (tape.scalar(0.2), tape.scalar(1.5), tape.scalar(1.3));
    let y = integral(|x| (k * x).exp(), a, b, 200);
    y.backward();
    // The antiderivative is e^(k x) / k.
    let (ea, eb) = ((1.3f64 * 0.2).exp(), (1.3f64 * 1.5).exp());
    let by_k = (1.5 * eb - 0.2 * ea) / 1.3 - (eb - ea) / 1.69;
    for (got, want) in [
        (y.value(), (eb - ea) / 1.3),
        (a.grad().unwrap(), -ea),
        (b.grad().unwrap(), eb),
        (k.grad().unwrap(), by_k),
    ] {
        assert!(is_close(got, want, 1e-10), "{got} {want}");
    }
}

/// Newton's method, which stops when it has converged.
fn root<T: Float>(f: impl Fn(T) -> (T, T), mut x: T) -> T {
    for _ in 0..100 {
        let (value, slope) = f(x);
        let step = value / slope;
        x = x - step;
        if step.abs() <= T::epsilon() * x.abs() {
            break;
        }
    }
    x
}

#[test]
fn an_iteration_with_a_condition_is_differentiated_through() {
    // The cube root of a: its derivative is 1 / (3 x^2).
    let tape = Tape::<f64>::new();
    let a = tape.scalar(5.0);
    let x = root(|x| (x * x * x - a, (x * x) * 3.0), Scalar::from(2.0));
    x.backward();
    assert!(is_close(x.value(), 5f64.cbrt(), 1e-15));
    assert!(is_close(a.grad().unwrap(), 1.0 / (3.0 * 5f64.cbrt().powi(2)), 1e-14));
    assert!(is_close(root(|x: f32| (x * x * x - 5.0, 3.0 * x * x), 2.0).into(), 5f64.cbrt(), 1e-6));
}
