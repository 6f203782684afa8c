//! Hessian-vector products: `hvp` beside a recorded gradient that is swept again. Prints the numbers that the book's
//! chapter on second derivatives names.

use std::hint::black_box;
use std::time::Duration;

use wengert::{Scalar, Tape, Tensor};
use wengert_benches::Timer;

fn waves(len: usize, scale: f64) -> Vec<f64> {
    (0..len).map(|i| scale * ((i * 7 + 3) as f64).sin()).collect()
}

/// Microseconds of a gradient, of `hvp`, and of the recorded way, in pairs side by side with the gradient.
fn print(name: &str, gradient: impl FnMut() + Copy, hvp: impl FnMut(), recorded: impl FnMut()) {
    let timer = Timer::new(Duration::from_secs(1));
    let (first, hvp) = timer.paired(gradient, hvp);
    let (second, recorded) = timer.paired(gradient, recorded);
    let [gradient, hvp, recorded] = [first.min(second), hvp, recorded].map(|ns| ns / 1e3);
    println!("{name}: gradient {gradient:.1} µs, hvp {hvp:.1} µs, recorded {recorded:.1} µs");
}

fn perceptron() {
    let tape = Tape::<f64>::new();
    let x = tape.constant((waves(32 * 64, 1.0), [32, 64]));
    let w = [tape.leaf((waves(64 * 64, 0.2), [64, 64])), tape.leaf((waves(640, 0.2), [64, 10]))];
    let v = w.map(|w| tape.constant(w * 0.5));
    let classes: Vec<usize> = (0..32).map(|sample| sample * 7 % 10).collect();
    let loss = || x.matmul(w[0]).tanh().matmul(w[1]).cross_entropy(&classes);
    let gradient = || {
        black_box(tape.scope(|| tape.grad(&[loss()], &w).len()));
    };
    let hvp = || {
        black_box(tape.scope(|| tape.hvp(loss(), &w, &v).len()));
    };
    let recorded = || {
        tape.scope(|| {
            let first = tape.grad_recorded(&[loss()], &w);
            let along: Tensor<f64> = (first[0] * v[0]).sum() + (first[1] * v[1]).sum();
            tape.grad(&[along], &w);
        });
    };
    print("64-64-10, batch 32", gradient, hvp, recorded);
}

fn rosenbrock() {
    let tape = Tape::<f64>::new();
    let (x, v) = (tape.scalars(&waves(100, 0.5)), waves(100, 1.0));
    let term = |a: Scalar<f64>, b: Scalar<f64>| (1.0 - a).square() + 100.0 * (b - a.square()).square();
    let f = || x.windows(2).map(|pair| term(pair[0], pair[1])).sum::<Scalar<f64>>();
    let gradient = || {
        black_box(tape.scope(|| tape.grad(&[f()], &x).len()));
    };
    let hvp = || {
        black_box(tape.scope(|| tape.hvp(f(), &x, &v).len()));
    };
    let recorded = || {
        tape.scope(|| {
            let first = tape.grad_recorded(&[f()], &x);
            let along = first.iter().zip(&v).map(|(slope, &v)| *slope * v);
            tape.grad(&[along.reduce(|sum, part| sum + part).expect("there are inputs")], &x);
        });
    };
    print("Rosenbrock, 100 scalars", gradient, hvp, recorded);
}

/// A likelihood of many terms in three parameters, and its Hessian in one call.
fn likelihood() {
    let tape = Tape::<f64>::new();
    let (x, counts) = (waves(2000, 1.0), waves(2001, 1.0));
    let terms = |p: &[Scalar<f64>]| {
        let term = |(x, count): (&f64, &f64)| (p[0] + p[1] * *x + p[2] * (x * x)).exp() * *count;
        x.iter().zip(&counts[1..]).map(term).sum::<Scalar<f64>>()
    };
    let timer = Timer::new(Duration::from_secs(1));
    let at = [0.1, 0.2, 0.3];
    let (gradient, hessian) = timer.paired(
        || {
            black_box(tape.gradient(&at, terms));
        },
        || {
            black_box(tape.hessian(&at, terms));
        },
    );
    let [gradient, hessian] = [gradient, hessian].map(|ns| ns / 1e3);
    println!("2,000 terms in 3 parameters: gradient {gradient:.1} µs, Hessian {hessian:.1} µs");
}

fn main() {
    perceptron();
    rosenbrock();
    likelihood();
}
