//! Lesson 1: scalars. Newton's method for a root, with a derivative that nobody wrote down.
//!
//! ```text
//! cargo run --example 01_scalars
//! ```

use wengert::{Scalar, Tape};

/// A function like any other, but over scalars of a tape: Kepler's equation, `E - e sin E = M`.
fn kepler(anomaly: Scalar) -> Scalar {
    anomaly - 0.5 * anomaly.sin() - 1.0
}

fn main() {
    let tape = Tape::<f64>::new();
    let mut guess = 1.0;
    for step in 0..6 {
        // A scalar made by `tape.scalar` is active: what is computed from it is recorded. The scope forgets it again.
        let (value, slope) = tape.scope(|| {
            let x = tape.scalar(guess);
            let y = kepler(x);
            y.backward();
            (y.value(), x.grad().expect("y depends on x"))
        });
        println!("step {step}: x = {guess:.15}, f = {value:+.1e}, f' = {slope:.6}");
        guess -= value / slope;
    }

    // A passive scalar needs no tape and records nothing: the same function on plain numbers.
    let rest = kepler(Scalar::from(guess));
    assert!(!rest.requires_grad());
    assert!(rest.value().abs() < 1e-15);
    assert!((guess - 1.498_701_133_517_848_3).abs() < 1e-14);
}
