//! The page of the book, in Markdown.

use std::fmt::Write;

use wengert_benches::{Table, thousands, time};

use crate::comparison::{Measured, Row};
use crate::targets::Target;
use crate::variants::Variant;

fn row_time(row: &Row, measured: &Measured) -> String {
    match row.ops {
        Some(ops) => {
            format!("{} ({:.1} ns an op)", time(measured.nanoseconds), measured.nanoseconds / ops as f64)
        }
        None => time(measured.nanoseconds),
    }
}

/// The programs in both engines.
pub fn comparison<'a>(rows: impl Iterator<Item = &'a Row>) -> Table {
    let mut table = Table::new([
        "program",
        "wengert",
        "closure-graph",
        "ratio",
        "wengert: bytes",
        "allocations",
        "closure-graph: bytes",
        "allocations",
    ]);
    for row in rows {
        table.push([
            row.program.clone(),
            row_time(row, &row.tape),
            row_time(row, &row.graph),
            format!("{:.1}", row.ratio()),
            thousands(row.tape.bytes),
            thousands(row.tape.allocations),
            thousands(row.graph.bytes),
            thousands(row.graph.allocations),
        ]);
    }
    table
}

/// Forms of the chain.
pub fn variants(variants: &[Variant]) -> Table {
    let mut table = Table::new(["scalar chain, 1,000 steps", "ns an op", "against the usual form"]);
    for variant in variants {
        table.push([
            variant.name.to_string(),
            format!("{:.1}", variant.nanoseconds_an_op),
            format!("{:.2}", variant.ratio),
        ]);
    }
    table
}

/// What it must reach.
pub fn targets(targets: &[Target]) -> Table {
    let mut table = Table::new(["measure", "target", "reached", ""]);
    for target in targets {
        let verdict = if target.is_reached { "yes" } else { "no" };
        let cells = [target.measure, &target.target, target.reached.trim(), verdict];
        table.push(cells.map(|cell| cell.trim().to_string()));
    }
    table
}

/// The processor, where the system says.
fn processor() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

/// The whole page.
pub fn page(comparison: &Table, variants: &Table, targets: &Table, native: (f64, f64)) -> String {
    let mut page = String::from(HEAD);
    if let Some(processor) = processor() {
        let _ = writeln!(page, "The numbers below are from one core of: {processor}.\n");
    }
    let (function, gradient) = native;
    let _ = write!(
        page,
        "{ENGINES}\n{comparison}\n{COLUMNS}\n## Forms of the scalar chain\n\n{variants}\n\
         Rosenbrock's function of 1,000 variables takes {} as a plain function, and its gradient written by hand {}.\n\n\
         ## What it must reach\n\n{targets}",
        time(function),
        time(gradient),
    );
    page
}

const HEAD: &str = "\
# Benchmarks

This page is written by the benchmark harness:

```text
cargo run --release -p wengert-benches --bin report             # this page
cargo run --release -p wengert-benches --bin report -- --quick  # the same on the terminal, in a few seconds
cargo bench  # criterion, one group a program
```

Boxes are noisy, and yours is another one: **ratios carry over, absolute times do not.** Both engines run in turn in
one process, in batches of 50 µs, and each number is the least of many. Before anything is timed, both engines must
give the same gradients, to 1e-12 in `f64`.

";

const ENGINES: &str = "\
## Two engines

`closure-graph` is the usual design, written with the same care: a reference-counted node an operation, a boxed closure
a node, a topological sort a sweep. It is a crate of this repository. A step includes everything: what is made is
recorded, swept and released. `f64` where nothing else is said.
";

const COLUMNS: &str = "\
*Ratio*: how many times as long closure-graph takes. *Bytes*: on the tape values, instructions, adjoints, gradients and
tables that one step uses, room that its tables keep included; in the graph the most that live at a time,
by a counting allocator, the lists of its sort included. *Allocations*: from the heap, a step, when earlier steps have warmed up. Under `no_grad` the graph
computes with constants, which is what it has in its place. Making a list of 1,000 scalars is the one allocation of
Rosenbrock's gradient.
";
