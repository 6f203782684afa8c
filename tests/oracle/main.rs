//! Values and gradients of every op of the tables against `values.jsonl`, which `make.py` computes with mpmath from the
//! ops' textbook definitions, without any of the engine's formulas.

use std::collections::HashMap;

use serde_json::Value;
use wengert::{Tape, Tensor, table};

const LINES: &str = include_str!("values.jsonl");

/// Relative to the number itself.
const TOLERANCE: f64 = 1e-12;

/// Of special functions near a zero or far out.
const SPECIAL: f64 = 1e-10;

/// An element of a structural op counts for at least this part of the largest of its array: what remains of terms that
/// cancel is their rounding.
const FLOOR: f64 = 1e-3;

/// What an op must give.
struct Entry {
    table: String,
    op: String,
    row: usize,
    x: Vec<(Vec<usize>, Vec<f64>)>,
    y: (Vec<usize>, Vec<f64>),
    weights: Vec<f64>,
    grads: Vec<Vec<f64>>,
}

impl Entry {
    fn read(line: &str) -> Entry {
        let value: Value = serde_json::from_str(line).expect("a line of JSON");
        let array = |value: &Value| (extents(&value["dims"]), numbers(&value["values"]));
        let text = |key: &str| value[key].as_str().expect("a text").to_string();
        Entry {
            table: text("table"),
            op: text("op"),
            row: extents(&Value::Array(vec![value["row"].clone()]))[0],
            x: list(&value["x"]).iter().map(array).collect(),
            y: array(&value["y"]),
            weights: numbers(&value["w"]),
            grads: list(&value["grads"]).iter().map(numbers).collect(),
        }
    }

    /// The op on leaves of one tape, and its gradients.
    fn run(&self, faults: &mut Vec<String>, call: impl FnOnce(&Tape<f64>, &[Tensor<f64>]) -> Tensor<f64>) {
        let tape = Tape::<f64>::new();
        let x: Vec<_> =
            self.x.iter().map(|(dims, values)| tape.leaf((values.clone(), dims.clone()))).collect();
        let y = call(&tape, &x);
        let what = format!("{}, row {}", self.op, self.row);
        assert_eq!(y.shape().to_vec(), self.y.0, "the shape of {what}");
        let got = y.to_vec();
        if self.op == "dropout" {
            return self.run_dropped(faults, &x[0], y, &got);
        }
        self.compare(faults, &what, &got, &self.y.1);
        if y.requires_grad() {
            y.backward_with((self.weights.clone(), self.y.0.clone()));
        }
        for (k, (x, want)) in x.iter().zip(&self.grads).enumerate() {
            let got = x.grad().map_or(vec![0.0; want.len()], |grad| grad.iter().copied().collect::<Vec<_>>());
            self.compare(faults, &format!("the gradient of {what} by operand {k}"), &got, want);
        }
    }

    /// Each element is dropped, or is what the entry says of those that are not; and some are and some are not.
    fn run_dropped(&self, faults: &mut Vec<String>, x: &Tensor<f64>, y: Tensor<f64>, got: &[f64]) {
        let kept: Vec<f64> = got.iter().map(|&y| f64::from(y != 0.0)).collect();
        assert!(kept.contains(&0.0) && kept.contains(&1.0), "{got:?}");
        let of_kept = |all: &[f64]| all.iter().zip(&kept).map(|(a, k)| a * k).collect::<Vec<_>>();
        self.compare(faults, "dropout", got, &of_kept(&self.y.1));
        y.backward_with((self.weights.clone(), self.y.0.clone()));
        let grad: Vec<f64> = x.grad().expect("a gradient").iter().copied().collect();
        self.compare(faults, "the gradient of dropout", &grad, &of_kept(&self.grads[0]));
    }

    fn compare(&self, faults: &mut Vec<String>, what: &str, got: &[f64], want: &[f64]) {
        assert_eq!(got.len(), want.len(), "{what}");
        let largest = want.iter().fold(0.0, |most: f64, want| most.max(want.abs()));
        let pointwise = self.table == "pointwise";
        let tolerance = if pointwise && is_special(&self.op) { SPECIAL } else { TOLERANCE };
        let floor = if pointwise { f64::MIN_POSITIVE } else { (FLOOR * largest).max(f64::MIN_POSITIVE) };
        for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
            let off = (got - want).abs() / want.abs().max(floor);
            if off.is_nan() || off > tolerance {
                faults.push(format!("{what}: element {i} is {got:e}, and {want:e} is right ({off:.1e})"));
            }
        }
    }
}

fn is_special(op: &str) -> bool {
    ["erf", "erfc", "erfinv", "lgamma", "digamma", "polygamma", "i0", "i1"].contains(&op)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn extents(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|x| x as usize).collect()
}

/// The entries of a table, by the name of the op and which of its rows it is.
fn entries(table: &str) -> HashMap<(String, usize), Entry> {
    let all = LINES.lines().map(Entry::read).filter(|entry| entry.table == table);
    all.map(|entry| ((entry.op.clone(), entry.row), entry)).collect()
}

#[test]
fn every_pointwise_op_is_its_definition() {
    let (mut entries, mut faults) = (entries("pointwise"), Vec::new());
    for row in table::pointwise::<f64>() {
        let entry = entries.remove(&(row.name.to_string(), 0));
        let entry = entry.unwrap_or_else(|| panic!("{} has no entry: define it in make.py", row.name));
        entry.run(&mut faults, |_, x| (row.tensors)(x));
        entry.run(&mut faults, |tape, x| {
            let at = |i: usize| (row.scalars)(&x.iter().map(|x| x.at([i])).collect::<Vec<_>>());
            tape.stack(&(0..entry.weights.len()).map(at).collect::<Vec<_>>(), 0)
        });
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(entries.keys().collect::<Vec<_>>(), Vec::<&(String, usize)>::new(), "entries of no row");
}

#[test]
fn every_structural_op_is_its_definition() {
    let (mut entries, mut rows, mut faults) = (entries("structural"), HashMap::new(), Vec::new());
    for row in table::structural::<f64>() {
        let number = rows.entry(row.name).or_insert(0);
        let entry = entries.remove(&(row.name.to_string(), *number));
        let entry =
            entry.unwrap_or_else(|| panic!("{}, row {number}, has no entry: define it in make.py", row.name));
        *number += 1;
        let dims: Vec<&[usize]> = entry.x.iter().map(|(dims, _)| &dims[..]).collect();
        assert_eq!(dims, row.operands, "the operands of {}", row.name);
        entry.run(&mut faults, row.call);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(entries.keys().collect::<Vec<_>>(), Vec::<&(String, usize)>::new(), "entries of no row");
}
