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
