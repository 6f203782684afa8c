//! The program: what it prints, and how it says what is wrong.

use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_adbench")).args(args).output().expect("the program starts")
}

/// The message of a run that fails.
fn message(args: &[&str]) -> String {
    let output = run(args);
    assert!(!output.status.success(), "{args:?} should fail");
    String::from_utf8(output.stderr).expect("messages are UTF-8")
}

/// A file with a text, for one test.
fn file(name: &str, text: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder for tests can be written");
    path.display().to_string()
}

#[test]
fn a_table_comes_out() {
    for (program, sizes) in [("gmm", "2,2,3"), ("lstm", "1,3,2")] {
        let output = run(&[program, "--generate", "1", "--sizes", sizes]);
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("tables are UTF-8");
        for row in ["| function ", "| by hand ", "| by scalars ", "| by tensors "] {
            assert!(text.contains(row), "{row} in {text}");
        }
    }
}

#[test]
fn tables_of_jacobians_and_greeks_come_out() {
    let runs = [
        &["ba", "--generate", "1", "--sizes", "2,3,4"][..],
        &["hand", "--generate", "1", "--sizes", "5,4"],
        &["heston", "--paths", "10", "--steps", "4"],
    ];
    for run in runs.map(self::run) {
        assert!(run.status.success());
        let text = String::from_utf8(run.stdout).expect("tables are UTF-8");
        for row in ["| function ", "| by hand ", "| by scalars "] {
            assert!(text.contains(row), "{row} in {text}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let missing = message(&["gmm", "no-such-file"]);
    assert!(missing.starts_with("error: no-such-file: cannot be read: "), "{missing}");

    let short = file("short", "2 3 1\n0.5 0.5");
    assert_eq!(
        message(&["gmm", &short]),
        format!("error: {short}: ends after 5 words, where an alpha was expected\n")
    );

    let bad = file("bad", "2 3 1\n0.5 half");
    assert_eq!(
        message(&["gmm", &bad]),
        format!("error: {bad}: word 5 is `half`, where an alpha was expected, as f64\n")
    );

    let single = file("single", "1 1 2");
    assert_eq!(
        message(&["lstm", &single]),
        format!("error: {single}: 1 as c, the number of characters, where at least 2 was expected\n")
    );
}

#[test]
fn sizes_are_counted() {
    let sizes = message(&["lstm", "--generate", "1", "--sizes", "2,3"]);
    assert_eq!(sizes, "error: --sizes: [2, 3] was given, where 3 sizes of at least 1 were expected\n");
}
