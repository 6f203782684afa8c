//! What the tests of every program share.

use std::path::PathBuf;

use adbench::report::{FLOOR, error, scale};

/// Asserts that two derivatives agree to `tolerance`, relative to each entry, or to a small share of the largest where an entry
/// is smaller than that.
#[track_caller]
pub fn assert_agree(what: &str, got: &[f64], want: &[f64], tolerance: f64) {
    let error = error(got, want, FLOOR * scale(want));
    assert!(
        error <= tolerance,
        "{what}: off by {error:e}, where {tolerance:e} is allowed\n got {got:?}\nwant {want:?}"
    );
}

/// The gradient of `f` by central differences, from four values an entry: what is left of the error is of fourth order.
pub fn central_differences(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    let mut x = x.to_vec();
    (0..x.len())
        .map(|i| {
            let (middle, step) = (x[i], 1e-3);
            let mut at = |steps: f64| {
                x[i] = middle + steps * step;
                let y = f(&x);
                x[i] = middle;
                y
            };
            (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * step)
        })
        .collect()
}

/// The benchmark's files of a program with the values expected, from the folder that `WENGERT_ADBENCH` names; `None` where it
/// names none, which is printed.
pub fn files(program: &str) -> Option<Vec<(PathBuf, PathBuf)>> {
    let Some(folder) = std::env::var_os("WENGERT_ADBENCH").map(PathBuf::from) else {
        println!("skipped: WENGERT_ADBENCH names no folder of the benchmark's files");
        return None;
    };
    let folder = folder.join(program);
    let entries = folder.read_dir().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.map(|entry| entry.expect("a folder that was opened can be listed").path());
    let pairs: Vec<_> = files
        .filter(|file| file.is_file())
        .map(|file| {
            let expected = adbench::expected::find(&file, program);
            (
                file.clone(),
                expected.unwrap_or_else(|| panic!("{}: nothing expected is there", file.display())),
            )
        })
        .collect();
    assert!(!pairs.is_empty(), "{}: no files", folder.display());
    Some(pairs)
}
