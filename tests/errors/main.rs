//! Errors: their exact texts, that the tape is as it was after each, and that nothing else panics.
#![allow(clippy::op_ref, reason = "references are operands too, and tested")]

mod aborts;
mod arguments;
mod capacity;
mod fuzz;
mod handles;
mod misfits;
mod modes;
mod operators;
mod requests;
mod rows;
mod sweeps;

use wengert::{Error, Tape};
use wengert_tests::{live, still_works};

/// The text of an error without its place, which must be the line of the call in `file`; then `{at}` stands for it.
#[track_caller]
fn text_at(error: &Error, file: &str, line: u32) -> String {
    let text = error.to_string();
    // An op on operands says `recorded at`, what records nothing `called at`; what only uses a handle says `used by ... at`.
    let before_place = ["\n  recorded at ", "\n  called at ", "` at "]
        .into_iter()
        .find_map(|before| Some((before, text.find(before)?)));
    // What is about no operand of an op records nothing.
    let is_call = matches!(
        error,
        Error::NonScalarRoot { .. }
            | Error::SeedShape { .. }
            | Error::SeedCount { .. }
            | Error::TangentShape { .. }
            | Error::TangentCount { .. }
            | Error::PassiveRoot { .. }
            | Error::PassiveInput { .. }
            | Error::ViewTarget { .. }
            | Error::NotALeaf { .. }
            | Error::OldValue { .. }
            | Error::NoGradient { .. }
            | Error::Busy { .. }
    );
    assert_eq!(text.contains("\n  called at "), is_call, "{text}");
    let Some((before, start)) = before_place else { return text };
    let kept = start + if before.starts_with('`') { 1 } else { 0 };
    let (place, after) = text[start + before.len()..].split_once('\n').expect("help comes after the place");
    let mut parts = place.rsplitn(3, ':');
    let (column, at, found) = (parts.next(), parts.next(), parts.next());
    // The call stands on the line of the macro or on the few after it.
    let at: u32 = at.and_then(|at| at.parse().ok()).expect("a line");
    assert!(
        found == Some(file) && (line..line + 4).contains(&at),
        "recorded at {place}, and the call is at {file}:{line}: {text}"
    );
    assert!(column.is_some_and(|column| column.parse::<u32>().is_ok_and(|column| column > 4)), "{place}");
    format!("{}{{at}}\n{after}", &text[..kept])
}

/// What an outcome is refused with, and that the tape holds what it held and works.
#[track_caller]
fn refused<V>(
    tape: &Tape<f64>,
    file: &str,
    line: u32,
    outcome: impl FnOnce() -> Result<V, Error>,
    want: &str,
) {
    let before = (live(tape), tape.is_grad_enabled());
    let error = match outcome() {
        Ok(_) => panic!("it was not refused; expected\n{want}"),
        Err(error) => error,
    };
    assert_eq!(text_at(&error, file, line), want);
    assert_eq!((live(tape), tape.is_grad_enabled()), before, "the tape changed: {error}");
    still_works(tape);
}

/// `refuse!(tape, call, text)`: the call gives the error with exactly the text, `{at}` for its place.
macro_rules! refuse {
    ($tape:expr, $call:expr, $text:expr) => {
        $crate::refused(&$tape, file!(), line!(), || $call, $text)
    };
}
pub(crate) use refuse;

#[test]
fn the_place_is_the_line_and_column_of_the_call() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
    let line = line!() + 1;
    let error = x.try_add(y).unwrap_err();
    let column = 1 + "    let error = x.".len();
    assert_eq!(
        error.to_string(),
        format!(
            "add: shapes do not broadcast: lhs is [2], rhs is [3] (2 != 3)\n  recorded at {}:{line}:{column}\n  help: axes are matched from the last one backward; equal extents match, and 1 matches any",
            file!()
        )
    );
    let line = line!() + 1;
    let text = wengert_tests::panic_text(|| x + y);
    let column = 1 + "    let text = wengert_tests::panic_text(|| ".len();
    assert!(text.contains(&format!("\n  recorded at {}:{line}:{column}\n", file!())), "{text}");
}
