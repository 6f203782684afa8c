//! Lesson 4: scopes and memory. What a scope records is rewound at its end, so that a loop never grows the tape; what
//! must outlive it is returned.
//!
//! ```text
//! cargo run --example 04_scopes_and_memory
//! ```

use wengert::{Tape, Tensor};

fn main() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(vec![1.0; 1000]);

    // Without a scope, each round stays on the list.
    for _ in 0..10 {
        (w * w).sum().backward();
    }
    println!("after 10 rounds without a scope:\n{}\n", tape.stats());
    assert_eq!(tape.stats().instructions, 20);

    // With one, the list is as long after the loop as before it, and its memory is used again.
    let before = tape.stats();
    for _ in 0..10_000 {
        tape.scope(|| (w * w).sum().backward());
    }
    let after = tape.stats();
    println!("after 10,000 rounds in scopes:\n{after}\n");
    assert_eq!((after.instructions, after.slots), (before.instructions, before.slots));
    assert_eq!(after.reserved_bytes, before.reserved_bytes);

    // Values leave a scope when they are returned: passive, at the level outside.
    let (mean, count): (Tensor, usize) = tape.scope(|| {
        let y = w * 3.0;
        (y.mean(), y.len())
    });
    println!("{mean} over {count} numbers");
    assert_eq!(mean.to_string(), "tensor(3.0)");

    // A handle that was smuggled out is an error that says so, never a wrong number.
    let mut smuggled = None;
    tape.scope(|| smuggled = Some(w * 3.0));
    let error = smuggled.unwrap().try_add(1.0).unwrap_err();
    println!("{error}");
    assert!(error.to_string().starts_with("stale handle: "));

    // Forget everything, and keep the memory for what comes next.
    tape.clear();
    assert_eq!(tape.stats().slots, 0);
}
