//! What is asked of every program of one output.

use std::path::{Path, PathBuf};

use adbench::input::InputError;
use adbench::objective::Objective;
use adbench::report::{FLOOR, error, scale};
use approx::assert_relative_eq;

/// Checks every way against the one by hand, and values against the objective. Twice, since buffers are reused.
pub fn all_ways_agree(what: &str, input: &impl Objective) {
    let mut ways = input.ways();
    let (by_hand, others) = ways.split_first_mut().expect("a program has a way by hand");
    let moved: Vec<f64> = input.parameters().iter().map(|x| 0.9 * x + 0.01).collect();
    for parameters in [&moved[..], input.parameters()] {
        let (value, want) = by_hand.gradient.gradient(parameters);
        assert_relative_eq!(value, input.value(parameters), max_relative = 1e-12);
        for way in &mut *others {
            let (got, gradient) = way.gradient.gradient(parameters);
            assert_relative_eq!(got, value, max_relative = 1e-12);
            assert_agree(&format!("{what}, {}", way.name), gradient, want, 1e-9);
        }
    }
}

/// Checks the way by hand, which is the first, against differences.
pub fn by_hand_is_what_differences_say(what: &str, input: &impl Objective) {
    let differences = central_differences(|x| input.value(x), input.parameters());
    let mut by_hand = input.ways().swap_remove(0);
    let (_, gradient) = by_hand.gradient.gradient(input.parameters());
    let error = error(gradient, &differences, 1.0);
    assert!(error < 1e-7, "{what}: off by {error:e}");
}

/// Checks that the tapes of each way that has one are as large after three runs as after one.
pub fn no_tape_grows(input: &impl Objective) {
    for mut way in input.ways() {
        let mut sizes = || {
            way.gradient.gradient(input.parameters());
            way.gradient.tape_bytes()
        };
        let after_one = sizes();
        assert_eq!([sizes(), sizes()], [after_one; 2], "{}", way.name);
    }
}

/// Checks every way against the benchmark's own values, where its files are at hand.
pub fn the_benchmarks_values_are_met<O: Objective>(
    program: &str,
    read: impl Fn(&Path) -> Result<O, InputError>,
) {
    for (file, expected) in files(program).unwrap_or_default() {
        let name = file.display().to_string();
        let input = read(&file).unwrap_or_else(|error| panic!("{error}"));
        let expected = adbench::expected::read(&expected).unwrap_or_else(|error| panic!("{error}"));
        let mut by_hand = input.ways().swap_remove(0);
        let (value, gradient) = by_hand.gradient.gradient(input.parameters());
        assert_relative_eq!(value, expected.value, max_relative = 1e-9);
        assert_agree(&name, gradient, &expected.derivative, 1e-9);
        all_ways_agree(&name, &input);
        println!("{name}: as expected");
    }
}

/// Asserts that two derivatives agree to `tolerance`, relative to each entry, or to a small share of the largest where an entry
/// is smaller than that.
#[track_caller]
fn assert_agree(what: &str, got: &[f64], want: &[f64], tolerance: f64) {
    let error = error(got, want, FLOOR * scale(want));
    assert!(
        error <= tolerance,
        "{what}: off by {error:e}, where {tolerance:e} is allowed\n got {got:?}\nwant {want:?}"
    );
}

/// The gradient of `f` by central differences, from four values an entry: what is left of the error is of fourth order.
fn central_differences(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
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
fn files(program: &str) -> Option<Vec<(PathBuf, PathBuf)>> {
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
