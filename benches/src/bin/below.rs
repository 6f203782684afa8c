//! A path of 200 ops in a scope, on an empty tape and above a list of 1,000,000 that it does not depend on. Prints the
//! numbers that the book's chapter on sums over paths names.

use std::hint::black_box;
use std::time::Duration;

use wengert::{Scalar, Tape};
use wengert_benches::Timer;

const BELOW: usize = 1_000_000;

fn path(x: Scalar) -> Scalar {
    (0..100).fold(x, |z, _| z.sin() * x)
}

/// A tape with so many ops on it, and the leaf that they begin with.
fn tape_over(length: usize) -> (Tape<f64>, Scalar) {
    let tape = Tape::new();
    let leaf = tape.scalar(1.0);
    (0..length).fold(leaf, |y, _| y * 1.000_000_1);
    (tape, leaf)
}

/// Microseconds of one call on either tape, side by side.
fn print(name: &str, call: impl Fn(&Tape<f64>, Scalar)) {
    let ((short, at_short), (long, at_long)) = (tape_over(0), tape_over(BELOW));
    let timer = Timer::new(Duration::from_secs(1));
    let (alone, above) = timer.paired(|| call(&short, at_short), || call(&long, at_long));
    println!("{name}: {:.1} µs alone, {:.1} µs above the list", alone / 1e3, above / 1e3);
}

fn main() {
    print("backward to a leaf of the scope", |tape, _| {
        tape.scope(|| path(tape.scalar(2.0)).backward());
    });
    print("backward to a leaf below the list", |tape, leaf| {
        tape.scope(|| path(tape.scalar(2.0) * leaf).backward());
    });
    print("grad", |tape, _| {
        tape.scope(|| {
            let x = tape.scalar(2.0);
            black_box(tape.grad(&[path(x)], &[x]).len());
        });
    });
    print("gradient", |tape, _| {
        black_box(tape.gradient(&[2.0], |x| path(x[0])));
    });
    print("jacobian of 2 outputs", |tape, _| {
        tape.scope(|| {
            let x = tape.scalars(&[2.0, 1.0]);
            black_box(tape.jacobian(&[path(x[0]), x[0] * x[1]], &x));
        });
    });
    print("hessian", |tape, _| {
        black_box(tape.hessian(&[2.0], |x| path(x[0])));
    });
    print("grad_recorded", |tape, _| {
        tape.scope(|| {
            let x = tape.scalar(2.0);
            black_box(tape.grad_recorded(&[path(x)], &[x]).len());
        });
    });
    print("jvp", |tape, _| {
        tape.scope(|| {
            let x = tape.scalar(2.0);
            black_box(tape.jvp(&[path(x)], &[x], &[1.0]).len());
        });
    });
    print("hvp", |tape, _| {
        tape.scope(|| {
            let x = tape.scalar(2.0);
            black_box(tape.hvp(path(x), &[x], &[1.0]).len());
        });
    });
}
