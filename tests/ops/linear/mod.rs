//! Linear algebra: values against plain loops and identities, edges against PyTorch, errors.

mod factors;
mod orders;
mod products;
mod solving;

use wengert::{Error, Tape};

/// The error of `f`, after which the tape is as it was.
#[track_caller]
fn refused<V>(tape: &Tape<f64>, f: impl Fn() -> Result<V, Error>) -> Error {
    let state = || {
        let stats = tape.stats();
        (tape.dump(), stats.instructions, stats.slots, stats.variables)
    };
    let before = state();
    let Err(error) = f() else { panic!("there is no error") };
    assert_eq!(state(), before, "{error}");
    error
}
