//! Tapes made with room, and very many scopes.

use super::*;

#[test]
fn a_tape_made_with_room_does_not_grow_within_it() {
    let tape = Tape::<f64>::with_capacity(100_000, 50_000);
    let reserved = tape.stats().reserved_bytes;
    assert!(reserved >= 100_000 * 8 + 50_000 * 8);
    let s = tape.scalar(1.0);
    let mut y = s;
    for _ in 0..49_000 {
        y = y * s + 1.0;
        if tape.stats().instruction_bytes > 49_000 * 8 {
            break;
        }
    }
    assert_eq!(tape.stats().reserved_bytes, reserved);
    assert_eq!(live(&tape).instructions * 8 + 8, tape.stats().instruction_bytes);
}

#[test]
fn a_scope_opens_a_hundred_thousand_times() {
    let tape = Tape::<f64>::new();
    let (w, s) = (tape.leaf([2.0]), tape.scalar(1.0));
    let mut sum = 0.0;
    for i in 0..100_000 {
        sum += tape.scope(|| (s * f64::from(i)).value());
    }
    assert_eq!(sum, 4_999_950_000.0);
    assert_eq!(live(&tape).slots, 2);
    (w * s).sum().backward();
    assert_eq!(grad(w), Some(vec![1.0]));
}

/// However an op is recorded: in line, where the list grows, of a scope in the middle, beside a passive scalar, on a tape behind
/// another one. Builds without debug assertions keep no lines of scalars.
#[test]
#[cfg(debug_assertions)]
fn every_scalar_instruction_names_the_line_that_recorded_it() {
    let tape = Tape::<f64>::new();
    let s = tape.scalar(1.0);
    let mut y = s;
    for round in 0..3_000 {
        y = if round % 2 == 0 { y * s } else { Scalar::from(0.5) + y.sin() };
    }
    let middle = tape.scope(|| {
        let z = s.cos();
        tape.scope(|| {
            let _ = z * z;
            tape.dump()
        })
    });
    let middle: Vec<_> = middle.lines().skip(4_500).map(|line| line.contains("many.rs:")).collect();
    assert_eq!(middle, [true, true]);
    let _front = Tape::<f64>::new();
    y = y - s;
    y = y.exp() * Scalar::from(2.0);
    let dump = tape.dump();
    assert_eq!(dump.lines().count(), 3_000 + 1_500 + 3);
    let stranger = dump.lines().find(|line| !line.contains("many.rs:"));
    assert_eq!((stranger, y.requires_grad()), (None, true));
}
