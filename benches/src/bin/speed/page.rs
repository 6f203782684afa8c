//! The page of the book, in Markdown.

use std::fmt::{self, Display, Write};

use wengert_benches::{Table, time};

use crate::measure::{Measured, Outcome};

/// One program.
pub struct Section {
    pub title: String,
    pub text: &'static str,
    /// By how many ops times are divided.
    pub ops: Option<usize>,
    /// The first is the plain function.
    pub measured: Vec<Measured>,
    pub bytes_an_op: f64,
}

impl Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n\n{}", self.title, self.text, self.table())?;
        for Measured { name, outcome } in &self.measured {
            if let Outcome::Missing(reason) = outcome {
                writeln!(f, "{name}: {reason}.")?;
            }
        }
        writeln!(f, "wengert uses {:.1} bytes an op.", self.bytes_an_op)
    }
}

impl Section {
    fn table(&self) -> Table {
        let unit = if self.ops.is_some() { "an op" } else { "a run" };
        let mut table =
            Table::new(["", &format!("least, {unit}"), &format!("median, {unit}"), "of the plain function"]);
        let plain = match self.measured[0].outcome {
            Outcome::Times { least, .. } => least,
            Outcome::Missing(_) => f64::NAN,
        };
        let divisor = self.ops.unwrap_or(1) as f64;
        for Measured { name, outcome } in &self.measured {
            let cells = match outcome {
                Outcome::Times { least, median } => {
                    [time(least / divisor), time(median / divisor), format!("{:.2}", least / plain)]
                }
                Outcome::Missing(_) => ["-", "-", "-"].map(String::from),
            };
            let [least, median, ratio] = cells;
            table.push([name.to_string(), least, median, ratio]);
        }
        table
    }
}

/// The whole page.
pub fn page(sections: &[Section]) -> String {
    let mut page = format!("{HEAD}\n{}\n\n", machine());
    if let Some(versions) = versions() {
        let _ = writeln!(page, "{versions}\n");
    }
    for section in sections {
        let _ = writeln!(page, "{section}");
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// Cores, and what of vectors they have and the build uses.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let of = |flags: &[(&'static str, bool)]| {
        let flags: Vec<&str> = flags.iter().filter(|flag| flag.1).map(|flag| flag.0).collect();
        if flags.is_empty() { "none of these".to_string() } else { flags.join(", ") }
    };
    #[cfg(target_arch = "x86_64")]
    let found = [
        ("SSE2", std::is_x86_feature_detected!("sse2")),
        ("FMA", std::is_x86_feature_detected!("fma")),
        ("AVX2", std::is_x86_feature_detected!("avx2")),
        ("AVX-512F", std::is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let found = [];
    let built = [
        ("SSE2", cfg!(target_feature = "sse2")),
        ("FMA", cfg!(target_feature = "fma")),
        ("AVX2", cfg!(target_feature = "avx2")),
        ("AVX-512F", cfg!(target_feature = "avx512f")),
    ];
    format!(
        "One core of {cores} ({}); it has {}, and the build uses {}.",
        std::env::consts::ARCH,
        of(&found),
        of(&built)
    )
}

/// Crates that were compared, as the lock file of the build has them.
#[cfg(feature = "peers")]
fn versions() -> Option<String> {
    let lock = include_str!("../../../../Cargo.lock");
    let version = |name: &str| {
        let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", entry.split_once('"')?.0))
    };
    let named: Option<Vec<String>> = crate::peers::CRATES.into_iter().map(version).collect();
    Some(format!("Versions: {}.", named?.join(", ")))
}

#[cfg(not(feature = "peers"))]
fn versions() -> Option<String> {
    None
}

const HEAD: &str = "\
# Speed of scalars

This page is written by

```text
cargo run --release -p wengert-benches --features peers --bin speed -- --out docs/src/speed.md
```

and without `--features peers`, which needs Rust 1.93, the other crates are neither built nor timed. Each program is
written once, over a trait of numbers, and that text is the plain function as well as what every library differentiates.
A run records, sweeps and reads the gradient. What can be kept from run to run is kept: tapes, buffers, capacity.

- *plain function*: over `f64`, without a gradient.
- *gradient by hand*: value and gradient in code written for the purpose.
- *wengert*: one tape, and a scope a run.
- *echidna, `grad`*: a tape of statements with partials. *Bytecode, recorded*: its tape of opcodes, at every run;
  *replayed*: recorded and optimised once outside of the time, for programs whose branches do not change.
- *duals* of wengert and *num-dual* are forward mode: without a tape, the program once for every four inputs, or sixteen
  where there are many.

First all gradients must agree with the one by hand, entry by entry, to 1e-9. Then all ways of a program run in turn in one
process, for many rounds; *least* and *median* are over rounds. Boxes are noisy, and yours is another one: **ratios to the
plain function carry over, absolute times do not.** They are ratios of least times.
";
