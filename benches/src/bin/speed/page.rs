//! The page of the book, in Markdown.

use std::fmt::{self, Display, Write};

use wengert_benches::{Table, time};

use crate::measure::Measured;
use crate::summary;

/// One program.
pub struct Section {
    pub title: String,
    pub text: &'static str,
    /// By how many ops times are divided.
    pub ops: Option<usize>,
    /// The first is the plain function.
    pub measured: Vec<Measured>,
    /// What wengert uses with one instruction an op, where ops are counted.
    pub bytes_an_op: Option<f64>,
}

impl Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "## {}\n\n{}\n\n{}", self.title, self.text, self.table())?;
        match self.bytes_an_op {
            Some(bytes) => writeln!(f, "\nwengert uses {bytes:.1} bytes an op."),
            None => Ok(()),
        }
    }
}

impl Section {
    /// The time of a run in the unit of the tables: by the op or by the run.
    pub fn by_unit(&self, run: f64) -> f64 {
        run / self.ops.unwrap_or(1) as f64
    }

    fn table(&self) -> Table {
        let unit = if self.ops.is_some() { "an op" } else { "a run" };
        let mut table =
            Table::new(["", &format!("least, {unit}"), &format!("median, {unit}"), "of the plain function"]);
        let plain = self.measured[0].least;
        for Measured { name, least, median, .. } in &self.measured {
            let times = [least, median].map(|run| time(self.by_unit(*run)));
            let [least_time, median_time] = times;
            table.push([name.to_string(), least_time, median_time, format!("{:.2}", least / plain)]);
        }
        table
    }
}

/// All programs, and where their inputs come from.
pub struct Page {
    pub sections: Vec<Section>,
    /// Whether ADBench's programs ran on its files, or on inputs of a seed.
    pub is_of_files: bool,
}

impl Page {
    /// All programs together.
    pub fn summary(&self) -> String {
        let by_way = summary::by_way(&self.sections);
        format!("{by_way}{}", by_crate(&self.sections))
    }
}

#[cfg(feature = "peers")]
fn by_crate(sections: &[Section]) -> String {
    format!("\n{BY_CRATE}\n{}", summary::by_crate(sections))
}

#[cfg(not(feature = "peers"))]
fn by_crate(_: &[Section]) -> String {
    String::new()
}

impl Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs = if self.is_of_files { OF_FILES } else { OF_SEED };
        let files = if self.is_of_files { "--adbench FOLDER " } else { "" };
        let mut page = format!(
            "{TITLE}{files}--out docs/src/speed.md\n{HEAD}\n{}\n{HOW}\n{inputs}\n\n{}\n\n",
            self.summary(),
            machine()
        );
        if let Some(versions) = versions() {
            let _ = writeln!(page, "{versions}\n");
        }
        for section in &self.sections {
            let _ = writeln!(page, "{section}");
        }
        writeln!(f, "{}", page.trim_end())
    }
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

const TITLE: &str = "\
# Speed of scalars

This page is written by

```text
cargo run --release -p wengert-benches --features peers --bin speed -- ";

const HEAD: &str = "\
```

It times programs over scalars, and of ADBench the mixture of Gaussians, the bundle adjustment and the recurrent network: the
plain function, the gradient by hand, wengert in all its ways, and other crates. A line of this table is one way of wengert on one
program, beside the fastest other crate in the same mode. A mode is reverse, which records and sweeps, or forward, by numbers with
tangents. *Of plain* is a time in units of the plain function, and *aimed at* the ratio that was set
as the aim before, on a machine where other plain functions took longer. Why some aims are missed, and where a peer is ahead, is told
in [where the time of scalars goes](instructions.md).
";

#[cfg(feature = "peers")]
const BY_CRATE: &str = "\
And in whatever mode: how many times as long as wengert's fastest way the fastest way of each crate takes. Above 1 wengert is
ahead.
";

const HOW: &str = "\
## What is measured

Each program is written once, over a trait of numbers, and that text is the plain function as well as what every library
differentiates. A run records, sweeps and reads the gradient. What can be kept from run to run is kept: tapes, buffers, capacity.
Without `--features peers`, which needs Rust 1.93, the other crates are neither built nor timed.

- *plain function*: over `f64`, without a gradient.
- *gradient by hand*: value and gradient in code written for the purpose.
- *wengert*: one tape, and a scope a run; one instruction an op. *Inputs outside the scope*: the inputs are made before it, once for
  all runs. *Fused*: one instruction a small function of several ops, or such a function differentiated by itself in duals; the mixture
  of Gaussians sweeps a few points at a time on a tape of their own.
- *echidna, `grad`*: a tape of statements with partials. *Bytecode, recorded*: its tape of opcodes, at every run;
  *replayed*: recorded and optimised once outside of the time, for programs whose branches do not change.
- *reverse* makes constants on its tape only, so that a constant of a program is a node there. *easy-ml* has no hyperbolic tangent,
  which is then written with its exponential.
- *duals* of wengert, *num-dual* and whatever has tangents in its name are forward mode: without a tape, the program once for every
  four inputs, or sixteen where there are many.
- The *bundle adjustment* is differentiated an observation at a time, on a tape that is cleared for each and swept for every row, or
  by one pass with fifteen tangents. wengert's rows share a sweep. Replayed bytecode has a tape for each branch of the rotation.

First all gradients must agree with the one by hand, entry by entry, to 1e-9 of the entry, or of a millionth of the largest entry where
it is smaller. Then all ways of a program run in turn in one process, for many rounds, each for an equal share of the time and five
rounds at least; *least* and *median* are over rounds. Boxes are noisy, and yours is another one: **ratios to the plain function
carry over, absolute times do not.** They are ratios of least times.
";

const OF_FILES: &str = "The inputs of ADBench's programs are files of the benchmark (<https://github.com/microsoft/ADBench>): `gmm/gmm_d10_K25.txt`, \
`ba/ba1_n49_m7776_p31843.txt` and `lstm/lstm_l2_c1024.txt` in `FOLDER`.";

const OF_SEED: &str = "The inputs of ADBench's programs are made from a seed, in the sizes of the benchmark's files; `--adbench FOLDER` \
reads these files in place of them.";
