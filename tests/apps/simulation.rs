//! Derivatives through a solver of differential equations.

use wengert::{Scalar, Tape, Tensor};
use wengert_tests::{assert_all_close, grad};

/// One step of the classical Runge-Kutta method, over anything that adds and scales.
fn rk4<X>(f: impl Fn(X) -> X, y: X, h: f64) -> X
where
    X: Copy + std::ops::Add<Output = X> + std::ops::Mul<f64, Output = X>,
{
    let k1 = f(y);
    let k2 = f(y + k1 * (h / 2.0));
    let k3 = f(y + k2 * (h / 2.0));
    let k4 = f(y + k3 * h);
    y + (k1 + k2 * 2.0 + k3 * 2.0 + k4) * (h / 6.0)
}

/// y' = -k y. A step multiplies by p(z) = 1 - z + z^2/2 - z^3/6 + z^4/24 with z = k h, exactly; n steps by p^n.
#[test]
fn the_sensitivity_of_exponential_decay_is_analytic() {
    let tape = Tape::<f64>::new();
    let (k, y0, h, steps) = (0.8, 3.0, 0.05, 40);
    let z: f64 = k * h;
    let p = 1.0 - z + z.powi(2) / 2.0 - z.powi(3) / 6.0 + z.powi(4) / 24.0;
    let p_dot = h * (-1.0 + z - z.powi(2) / 2.0 + z.powi(3) / 6.0);
    let n = f64::from(steps);
    let want = [y0 * p.powi(steps), n * y0 * p.powi(steps - 1) * p_dot, p.powi(steps)];

    let (rate, start) = (tape.scalar(k), tape.scalar(y0));
    let end = (0..steps).fold(start, |y, _| rk4(|y: Scalar<f64>| -(rate * y), y, h));
    end.backward();
    let got = [end.value(), rate.grad().unwrap(), start.grad().unwrap()];
    assert_all_close("value, d/dk, d/dy0 of the method", &got, &want, 1e-12);

    // And the method follows the flow: y = y0 e^(-k t), d/dk = -t y, d/dy0 = e^(-k t).
    let t = h * n;
    let flow = [y0 * (-k * t).exp(), -t * y0 * (-k * t).exp(), (-k * t).exp()];
    assert_all_close("against the flow", &got, &flow, 1e-6);

    // The same with tensors: three decays at once.
    let rates = [0.4, 0.8, 1.6];
    let (rate, start) = (tape.leaf(rates), tape.leaf(y0));
    let end = (0..steps).fold(start.expand([3]), |y, _| rk4(|y: Tensor<f64>| -(rate * y), y, h));
    end.sum().backward();
    let of_rate: Vec<f64> = rates
        .iter()
        .map(|k| {
            let z: f64 = k * h;
            let p = 1.0 - z + z.powi(2) / 2.0 - z.powi(3) / 6.0 + z.powi(4) / 24.0;
            n * y0 * p.powi(steps - 1) * h * (-1.0 + z - z.powi(2) / 2.0 + z.powi(3) / 6.0)
        })
        .collect();
    assert_all_close("d/dk of three", &grad(rate).unwrap(), &of_rate, 1e-12);
    let total: f64 = end.to_vec().iter().sum();
    assert_all_close("d/dy0 of the sum", &grad(start).unwrap(), &[total / y0], 1e-12);
}

/// A mass on a spring, x'' = -x: the map of a step is linear, so its Jacobian by elements is the matrix itself.
#[test]
fn the_jacobian_of_a_step_is_the_matrix_of_the_step() {
    let tape = Tape::<f64>::new();
    let h = 0.1;
    let a = tape.constant([[0.0, 1.0], [-1.0, 0.0]]);
    let y = tape.leaf([0.3, -0.7]);
    let next = rk4(|y: Tensor<f64>| a.matmul(y), y, h);
    let rows: Vec<f64> = (0..2)
        .flat_map(|i| tape.grad(&[next.at([i])], &[y.into()] as &[wengert::Operand<f64>])[0].to_vec())
        .collect();
    let (c, s) = (1.0 - h * h / 2.0 + h.powi(4) / 24.0, h - h.powi(3) / 6.0);
    assert_all_close("Jacobian", &rows, &[c, s, -s, c], 1e-14);
}
