//! Every op against PyTorch: outputs and gradients in `f64`, first and second order.
//!
//! The cases are the lines of the file that the environment variable `WENGERT_REFERENCE` names; each is an op, its
//! inputs and what PyTorch makes of them (`case.rs`). Arguments name the ops to run. How an op of the cases is said in
//! wengert stands in the files of the families, and how its derivatives are asked for in `orders.rs`. A row that is
//! pending waits for its op.

mod call;
mod case;
mod orders;

mod linalg;
mod neural;
mod pointwise;
mod programs;
mod reduce;
mod select;
mod shape;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use ndarray::ArrayD;
use wengert::{Tape, Tensor};
use wengert_tests::{compare, quietly};

use crate::call::Call;
use crate::case::{Case, Group};

/// Runs an op, if it is of the family.
type Family = fn(&str, &Call<'_>) -> Option<Vec<Tensor<f64>>>;

const FAMILIES: [Family; 7] =
    [pointwise::run, reduce::run, select::run, shape::run, linalg::run, neural::run, programs::run];

fn main() -> ExitCode {
    let Some(file) = std::env::var_os("WENGERT_REFERENCE") else {
        println!("skipped: there is no file of PyTorch's cases");
        println!("  WENGERT_REFERENCE=cases.jsonl cargo test -p wengert-tests --test reference [-- OP ...]");
        return ExitCode::SUCCESS;
    };
    // A relative path starts at the root of the repository, where one calls cargo.
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => {
            println!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
    };
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let cases = text.lines().filter(|line| !line.trim().is_empty()).map(Case::parse);
    report(cases.filter(|case| asked.is_empty() || asked.contains(&case.op)))
}

/// Runs the cases; a line for each that fails, and at the end how many of each op did.
fn report(cases: impl Iterator<Item = Case>) -> ExitCode {
    let mut by_op = BTreeMap::<String, [usize; 2]>::new();
    for case in cases {
        let outcome = quietly(|| check(&case)).unwrap_or_else(|panic| Err(panic.replace('\n', " ")));
        if let Err(what) = &outcome {
            println!("case {} {} ({:?}): {what}", case.id, case.op, case.group);
        }
        by_op.entry(case.op).or_default()[usize::from(outcome.is_err())] += 1;
    }
    println!("\n{:<24}{:>8}{:>8}", "op", "passed", "failed");
    for (op, [passed, failed]) in &by_op {
        println!("{op:<24}{passed:>8}{failed:>8}");
    }
    let [passed, failed] = by_op.values().fold([0; 2], |sum, op| [sum[0] + op[0], sum[1] + op[1]]);
    println!("\n{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one case; the error is the first thing that differs.
fn check(case: &Case) -> Result<(), String> {
    let tape = Tape::<f64>::new();
    let call = Call::new(&tape, case);
    let outputs =
        FAMILIES.iter().find_map(|run| run(&case.op, &call)).ok_or("an op that the table does not have")?;
    agree("outputs", &outputs, &case.outputs)?;
    agree("grads", &orders::grads(&call, &outputs), &case.grads)?;
    match case.group {
        Group::Basic | Group::Edge => Ok(()),
        Group::Second => agree("grad_grads", &orders::grad_grads(&call, &outputs), &case.grad_grads),
        Group::Hvp => agree("hvp", &orders::hvp(&call, outputs[0]), &case.hvp),
    }
}

/// Every tensor is the array that PyTorch has; where it has none, there is nothing to compare.
fn agree(what: &str, got: &[Tensor<f64>], want: &[Option<ArrayD<f64>>]) -> Result<(), String> {
    if got.len() != want.len() {
        return Err(format!("{what}: got {}, want {}", got.len(), want.len()));
    }
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        if let Some(want) = want {
            compare(&got.value(), want).map_err(|difference| format!("{what}[{k}]: {difference}"))?;
        }
    }
    Ok(())
}
