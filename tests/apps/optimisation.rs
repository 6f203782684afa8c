//! Functions of plain numbers, minimised.

use wengert::{Scalar, Tape};
use wengert_tests::{assert_all_close, live};

fn rosenbrock(x: &[Scalar<f64>]) -> Scalar<f64> {
    x.windows(2)
        .fold(Scalar::from(0.0), |sum, x| sum + 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2))
}

/// Value and gradient at a point; the tape is as it was.
fn gradient(tape: &Tape<f64>, f: fn(&[Scalar<f64>]) -> Scalar<f64>, at: &[f64]) -> (f64, Vec<f64>) {
    tape.scope(|| {
        let x = tape.scalars(at);
        let y = f(&x);
        y.backward();
        (y.value(), x.iter().map(|x| x.grad().unwrap()).collect::<Vec<_>>())
    })
}

#[test]
fn the_gradient_of_rosenbrock_is_the_textbooks() {
    let tape = Tape::<f64>::new();
    let (value, grad) = gradient(&tape, rosenbrock, &[-1.2, 1.0]);
    assert_all_close("value, gradient", &[value, grad[0], grad[1]], &[24.2, -215.6, -88.0], 1e-13);
}

/// Descent with a step that halves until the value falls enough (Armijo).
#[test]
fn descent_minimises_rosenbrock() {
    let tape = Tape::<f64>::new();
    let mut x = vec![-1.2, 1.0];
    let mut step = 1e-3;
    for _ in 0..30_000 {
        let (value, grad) = gradient(&tape, rosenbrock, &x);
        let slope: f64 = grad.iter().map(|g| g * g).sum();
        loop {
            let next: Vec<f64> = x.iter().zip(&grad).map(|(x, g)| x - step * g).collect();
            let at_next = tape
                .inference(|| rosenbrock(&next.iter().map(|&x| Scalar::from(x)).collect::<Vec<_>>()).value());
            if at_next <= value - 1e-4 * step * slope {
                x = next;
                step *= 1.5;
                break;
            }
            step *= 0.5;
        }
        if slope < 1e-16 {
            break;
        }
    }
    assert_all_close("minimum", &x, &[1.0, 1.0], 1e-6);
    assert_eq!(live(&tape).slots, 0);
}

/// Newton's method with the Hessian by differences of gradients: quadratic near the minimum.
#[test]
fn newton_steps_minimise_rosenbrock_in_a_few_steps() {
    let tape = Tape::<f64>::new();
    let mut x = [-1.2, 1.0];
    for _ in 0..8 {
        let (_, g) = gradient(&tape, rosenbrock, &x);
        let h = 1e-5;
        let column = |k: usize| -> [f64; 2] {
            let (mut up, mut down) = (x, x);
            up[k] += h;
            down[k] -= h;
            let (_, up) = gradient(&tape, rosenbrock, &up);
            let (_, down) = gradient(&tape, rosenbrock, &down);
            [(up[0] - down[0]) / (2.0 * h), (up[1] - down[1]) / (2.0 * h)]
        };
        let ([a, c], [b, d]) = (column(0), column(1));
        assert!((b - c).abs() < 1e-4 * b.abs().max(1.0), "the Hessian is symmetric: {b} and {c}");
        let det = a * d - b * c;
        x = [x[0] - (d * g[0] - b * g[1]) / det, x[1] - (a * g[1] - c * g[0]) / det];
    }
    assert_all_close("minimum", &x, &[1.0, 1.0], 1e-9);
}
