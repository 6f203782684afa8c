//! What a tape holds, and what a panic says.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use wengert::{Element, Tape, Tensor};

/// What stands on a tape now, without what it has been and what it keeps in reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Instructions that compute something.
    pub instructions: usize,
    /// Slots in use.
    pub slots: usize,
    /// Tensors and views.
    pub variables: usize,
    /// Open scopes.
    pub scopes: usize,
    /// Words of instructions, with those that only stand for slots.
    pub words: usize,
}

/// What stands on a tape now.
pub fn live<T: Element>(tape: &Tape<T>) -> Live {
    let s = tape.stats();
    Live {
        instructions: s.instructions,
        slots: s.slots,
        variables: s.variables,
        scopes: s.scopes,
        words: s.instruction_bytes / s.instruction_size,
    }
}

/// The gradient in row-major order.
#[track_caller]
pub fn grad<T: Element>(x: Tensor<T>) -> Option<Vec<T>> {
    x.grad().map(|grad| grad.iter().copied().collect())
}

/// A small program on the tape gives the right gradients, with tensors and with scalars.
#[track_caller]
pub fn still_works(tape: &Tape<f64>) {
    let (tensor, scalar, value) = tape.scope(|| {
        let (x, s) = (tape.leaf([2.0, 3.0]), tape.scalar(5.0));
        let y = (x * x * s).sum() + x.at([0]) * s;
        y.backward();
        (grad(x), s.grad(), y.item())
    });
    assert_eq!((tensor, scalar, value), (Some(vec![25.0, 30.0]), Some(15.0), 75.0));
}

thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });

/// What `f` returns, or the text that it panics with. The test's output stays clean.
pub fn quietly<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(f));
    QUIET.set(before);
    outcome.map_err(|panic| match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with a text")).to_string(),
    })
}

/// The text that `f` panics with. The test's output stays clean.
#[track_caller]
pub fn panic_text<R>(f: impl FnOnce() -> R) -> String {
    match quietly(f) {
        Ok(_) => panic!("it did not panic"),
        Err(text) => text,
    }
}
