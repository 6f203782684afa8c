//! The rows of structural ops with operands of shapes that nobody meant: each call gives a result that can be swept, or
//! panics with a text of the library, and the tape works on.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wengert::table::{self, CallRow};
use wengert::{Tape, Tensor};
use wengert_tests::{live, quietly, still_works};

/// How often each row is called.
const CALLS: usize = 300;

/// Rows whose call prepares its operands with other ops, which are on the tape when theirs refuses what they made. That
/// these ops themselves leave nothing is tested with their arguments.
const PREPARES: [&str; 18] = [
    "addcdiv",
    "batch_norm",
    "bce_loss",
    "cholesky_solve",
    "clamp",
    "cross_entropy_with",
    "det",
    "eigh",
    "eigvalsh",
    "inv",
    "kl_div",
    "logdet",
    "lstsq",
    "matrix_power",
    "norm",
    "slogdet",
    "solve",
    "solve_triangular",
];

/// Any shape, or the row's own with one thing changed.
fn shape(rng: &mut StdRng, own: &[usize]) -> Vec<usize> {
    let mut dims = own.to_vec();
    match rng.random_range(0..6) {
        0 | 1 => {
            let rank = rng.random_range(0..=4);
            dims = (0..rank).map(|_| rng.random_range(0..=3)).collect();
        }
        2 if !dims.is_empty() => {
            let axis = rng.random_range(0..dims.len());
            dims[axis] = rng.random_range(0..=3);
        }
        3 => dims.insert(rng.random_range(0..=dims.len()), rng.random_range(0..=3)),
        4 if !dims.is_empty() => {
            dims.remove(rng.random_range(0..dims.len()));
        }
        _ => {}
    }
    dims
}

/// Whether a text begins with an op and ends with help.
fn is_of_the_library(text: &str) -> bool {
    let op = text.split_once(": ").map_or("", |(op, _)| op);
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !op.is_empty() && op.chars().all(is_name) && text.contains("\n  help: ")
}

/// Sweeps what an op gave: the numbers and once more recorded.
fn sweep(tape: &Tape<f64>, x: &[Tensor<f64>], y: Tensor<f64>) {
    if !y.requires_grad() {
        return;
    }
    let root = y.sum();
    for (x, slope) in x.iter().zip(tape.grad_recorded(&[root], x)) {
        assert_eq!(slope.shape(), x.shape());
    }
    root.backward();
    for x in x {
        assert_eq!(x.grad().expect("a leaf has a gradient").shape(), &x.shape()[..]);
    }
}

fn fuzz(row: &CallRow<f64>, seed: u64, faults: &mut Vec<String>) -> [usize; 2] {
    let mut rng = StdRng::seed_from_u64(seed);
    let tape = Tape::<f64>::new();
    let mut outcomes = [0, 0];
    for _ in 0..CALLS {
        let shapes: Vec<_> = row.operands.iter().map(|own| shape(&mut rng, own)).collect();
        let what = format!("{}, row {seed}, of {shapes:?}", row.name);
        tape.scope(|| {
            let x: Vec<_> = (shapes.iter())
                .map(|dims| {
                    let values =
                        (0..dims.iter().product()).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f64>>();
                    tape.leaf((values, dims.clone()))
                })
                .collect();
            let before = live(&tape);
            match quietly(|| (row.call)(&tape, &x)) {
                Ok(y) => {
                    outcomes[0] += 1;
                    if let Err(text) = quietly(|| sweep(&tape, &x, y)) {
                        faults.push(format!("{what}: the sweep panicked: {text}"));
                    }
                }
                Err(text) => {
                    outcomes[1] += 1;
                    if !is_of_the_library(&text) {
                        faults.push(format!("{what}: no text of the library: {text}"));
                    }
                    if !PREPARES.contains(&row.name) && live(&tape) != before {
                        faults.push(format!("{what}: the tape changed: {text}"));
                    }
                }
            }
            if let Err(text) = quietly(|| still_works(&tape)) {
                faults.push(format!("{what}: the tape does not work: {text}"));
            }
        });
    }
    outcomes
}

#[test]
fn operands_of_any_shape_are_taken_or_refused() {
    let mut faults = Vec::new();
    let mut total = [0, 0];
    for (number, row) in table::structural::<f64>().iter().enumerate() {
        let [taken, refused] = fuzz(row, number as u64, &mut faults);
        total = [total[0] + taken, total[1] + refused];
    }
    let shown: Vec<_> = faults.iter().take(100).map(|fault| fault.as_str()).collect();
    assert!(faults.is_empty(), "{} faults in {total:?} calls:\n{}", faults.len(), shown.join("\n"));
    assert!(total.iter().all(|&calls| calls > 5000), "{total:?} were taken and refused");
}
