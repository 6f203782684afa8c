//! The stamps of writes in place: a rewind takes them back to the scope's start.

use wengert::{Error, Tape};

/// A write in a scope that has ended came before everything that is recorded after it, also once another leaf's write
/// makes the sweep ask about stamps again.
#[test]
fn a_write_of_a_scope_that_ended_is_older_than_what_follows() {
    let tape = Tape::<f64>::new();
    let (w, v) = (tape.leaf([2.0]), tape.leaf([3.0]));
    let _outer = w * v; // so that the scope does not start at the first instruction
    tape.scope(|| {
        let _long = (0..50).fold(w, |y, _| y * v);
        w.set_value([5.0]);
    });
    let y = w * w;
    let z = v * v;
    v.set_value([4.0]);
    y.backward();
    assert_eq!(w.grad().unwrap()[[0]], 10.0);
    // And the write that came after is seen.
    assert!(matches!(z.try_backward(), Err(Error::Overwritten { .. })));
}

/// What the outer level recorded before the scope read the old value.
#[test]
fn a_write_of_a_scope_that_ended_is_newer_than_what_came_before() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([2.0]);
    let y = w * w;
    tape.scope(|| w.set_value([5.0]));
    assert!(matches!(y.try_backward(), Err(Error::Overwritten { .. })));
    assert!(w.grad().is_none());
}
