//! What may end the process is tried in one of its own: this test's binary, run again for one test.

use std::process::Command;

use wengert::Tape;
use wengert_tests::{panic_text, still_works};

const CHILD: &str = "WENGERT_TESTS_CHILD";

/// Runs the named test of this binary again, as a child in which [`is_child`] holds.
#[track_caller]
fn survives(test: &str) {
    let binary = std::env::current_exe().expect("the test's own binary");
    let output = Command::new(binary)
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a child");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test}: the child ended with {}: {said}", output.status);
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// 2^45 numbers are 2^48 bytes: a size that an allocator takes, and that no machine has.
#[test]
fn memory_that_cannot_be_had_is_an_error_and_no_abort() {
    if !is_child() {
        return survives("aborts::memory_that_cannot_be_had_is_an_error_and_no_abort");
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf(1.0);
    let text = panic_text(|| tape.zeros([1usize << 45]));
    assert!(text.starts_with("zeros: the tape is full: at most "), "{text}");
    assert!(x.expand([1usize << 45]).try_exp().is_err());
    still_works(&tape);
}

#[test]
fn room_that_cannot_be_had_is_an_error_and_no_abort() {
    if !is_child() {
        return survives("aborts::room_that_cannot_be_had_is_an_error_and_no_abort");
    }
    let text = panic_text(|| Tape::<f64>::with_capacity(1 << 45, 0));
    assert!(text.contains("the tape is full: at most "), "{text}");
}
