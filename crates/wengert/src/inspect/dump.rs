//! The list, line by line.

use std::fmt::Write;

use crate::ops::Ops;
use crate::rule::ScalarRules;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, VariableId};
use crate::tape::tables::Tables;
use crate::tape::{Element, Tape};

/// One line of the list.
pub(super) struct Line {
    pub name: &'static str,
    /// What it computes, as a label.
    pub out: String,
    pub operands: Vec<String>,
    pub shape: Vec<usize>,
    pub at: String,
}

/// A scalar's label: slots are told from variables by `s`.
fn slot(slot: usize) -> String {
    format!("%s{slot}")
}

/// The label of an operand: views are shown as the variable that has the slots, seen.
fn operand<T: Element>(tables: &Tables<T>, id: VariableId) -> String {
    let variable = tables.variable(id);
    match (variable.is_view(), variable.owner == id) {
        (true, true) => slot(variable.offset),
        (true, false) => format!("{} (of {})", id, variable.owner),
        _ => id.to_string(),
    }
}

impl<T: Element> Core<T> {
    /// Every instruction as a line; slots without one are left out.
    pub(super) fn lines(&self, tables: &Tables<T>) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut before = 0;
        let rules_name = |arity, op| <Ops as ScalarRules>::row(arity, op, 0).0;
        for index in 0..self.list.len() {
            let instruction = self.list.read(index);
            let scalar = |name, operands, at: usize| Line {
                name,
                out: slot(at),
                operands,
                shape: Vec::new(),
                at: format!("{:#}", self.scalar_location(index)),
            };
            match instruction {
                Instruction::Skip { .. } => {}
                Instruction::Binary { op, a, b } => {
                    lines.push(scalar(rules_name(2, op), vec![slot(a), slot(b)], before));
                }
                Instruction::Unary { op, x } => lines.push(scalar(rules_name(1, op), vec![slot(x)], before)),
                Instruction::WithConstant { op, x, constant } => {
                    let mut operands = vec![slot(x)];
                    operands.insert(constant, format!("{}", self.list.values()[before].get()));
                    lines.push(scalar(rules_name(2, op), operands, before + 1));
                }
                Instruction::Fused { start, operands, results } => {
                    let operands: Vec<String> = self.payload(start, operands, 0).slots().map(slot).collect();
                    for result in before..before + results {
                        lines.push(scalar("fuse", operands.clone(), result));
                    }
                }
                Instruction::Tensor { entry } => {
                    let entry = &tables.entries[entry];
                    let label = |&id: &VariableId| {
                        let variable = tables.variable(id);
                        let own = before..before + entry.numbers as usize;
                        if own.contains(&variable.offset) && !variable.is_view() {
                            format!("{}", self.list.values()[variable.offset].get())
                        } else {
                            operand(tables, id)
                        }
                    };
                    lines.push(Line {
                        name: entry.rule.name,
                        out: entry.out.to_string(),
                        operands: tables.operands_of(entry).iter().map(label).collect(),
                        shape: tables.layout(entry.out).dims.to_vec(),
                        at: format!("{:#}", entry.at),
                    });
                }
            }
            before += instruction.slots(tables);
        }
        lines
    }
}

impl<T: Element> Tape<T> {
    /// The list as text, one instruction a line: `%7 = tanh %3 [32, 10] @ examples/mlp.rs:41:17`. Variables of
    /// tensors are `%7`, slots of scalars `%s7`; leaves and constants have no line.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let _ = (x * x).sum();
    /// let dump = tape.dump();
    /// let lines: Vec<&str> = dump.lines().collect();
    /// assert!(lines[0].starts_with("%1 = mul %0 %0 [2] @ "));
    /// assert!(lines[1].starts_with("%2 = sum %1 [] @ "));
    /// ```
    pub fn dump(&self) -> String {
        let core = self.core();
        let mut text = String::new();
        for Line { name, out, operands, shape, at } in core.lines(&core.tables.borrow()) {
            let _ = writeln!(text, "{out} = {name} {} {shape:?} @ {at}", operands.join(" "));
        }
        text
    }
}
