//! Measures a program of ADBench: `cargo run --release -p adbench -- gmm FILE`.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use adbench::input::InputError;
use adbench::report::Report;
use adbench::{ba, expected, gmm, hand, heston, lstm, objective};
use clap::{Args, Parser, Subcommand};

/// What the derivative of a program of ADBench costs, in several ways, in units of the function.
#[derive(Parser)]
#[command(version)]
struct Command {
    #[command(subcommand)]
    program: Program,
}

#[derive(Subcommand)]
enum Program {
    /// Bundle adjustment: reprojection errors and their Jacobian. Sizes: cameras, points, observations.
    Ba(Source),
    /// Gaussian mixture model: log posterior and its gradient. Sizes: dimensions, components, points.
    Gmm(Source),
    /// Hand tracking: distances and their Jacobian. Sizes: vertices, correspondences.
    Hand(Source),
    /// An Asian call under stochastic volatility: price and greeks. It is none of the benchmark's.
    Heston {
        /// Makes the option and the random numbers from this seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many paths.
        #[arg(long, default_value = "10000")]
        paths: NonZeroUsize,
        /// Steps of a path.
        #[arg(long, default_value = "52")]
        steps: NonZeroUsize,
    },
    /// LSTM: log likelihood of a text and its gradient. Sizes: layers, characters, width.
    Lstm(Source),
    /// Every program on a file of the benchmark, and the option: a page of tables.
    All {
        /// The benchmark's folder, with `gmm`, `ba`, `lstm` and `hand` in it.
        folder: PathBuf,
        /// Writes the page, in Markdown.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// A program and a file for it.
type OfFile = (fn(Source) -> Program, &'static str);

/// What the page is made of.
const FILES: [OfFile; 4] = [
    (Program::Gmm, "gmm/gmm_d10_K25.txt"),
    (Program::Ba, "ba/ba1_n49_m7776_p31843.txt"),
    (Program::Lstm, "lstm/lstm_l2_c1024.txt"),
    (Program::Hand, "hand/hand1_t26_c100.txt"),
];

const HEAD: &str = "\
# Whole programs

The programs of the public benchmark ADBench (arXiv:1807.10129) on files of it, and a pricing; each differentiated by hand and in
every way of wengert. This page is written by

```text
cargo run --release -p adbench -- all FOLDER --out docs/src/programs.md
```

with files of the benchmark (<https://github.com/microsoft/ADBench>) in `FOLDER`: `gmm/gmm_d10_K25.txt`,
`ba/ba1_n49_m7776_p31843.txt`, `lstm/lstm_l2_c1024.txt`, `hand/hand1_t26_c100.txt`, and what is expected of them in `expected`. Times are of function and derivative together, the median and the least of many; boxes are
noisy, and *ratios to the plain function* carry over where times do not. The plain function is the same text over `f64`.
";

#[derive(Args, Default)]
struct Source {
    /// A file of the benchmark.
    #[arg(required_unless_present = "generate")]
    file: Option<PathBuf>,
    /// Make an input of the benchmark's form from this seed, in place of a file.
    #[arg(long, value_name = "SEED", conflicts_with = "file")]
    generate: Option<u64>,
    /// Sizes of the input that is made; without it, those of a file of the benchmark.
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', requires = "generate")]
    sizes: Option<Vec<usize>>,
    /// The benchmark's own derivative for this file: the value, then the entries, one a line.
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match Command::parse().program {
        Program::All { folder, out } => page(&folder, out.as_deref()),
        program => run(program).map(|report| print!("{report}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures every program, prints each, and writes the page.
fn page(folder: &Path, out: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let seeded = Program::Heston {
        seed: 1,
        paths: NonZeroUsize::new(10_000).ok_or("no paths")?,
        steps: NonZeroUsize::new(52).ok_or("no steps")?,
    };
    let of_file =
        |(program, file): OfFile| program(Source { file: Some(folder.join(file)), ..Source::default() });
    let mut text = HEAD.to_string();
    for program in FILES.map(of_file).into_iter().chain([seeded]) {
        // Each program's tape starts from nothing, as it does when it is measured alone.
        wengert::Tape::<f64>::release_idle_memory();
        let report = run(program)?;
        println!("{report}");
        text.push_str(&format!("\n## {report}"));
    }
    match out {
        Some(out) => Ok(std::fs::write(out, text)?),
        None => Ok(()),
    }
}

fn run(program: Program) -> Result<Report, Box<dyn Error>> {
    let report = match &program {
        Program::Gmm(source) => {
            let input =
                source.input(gmm::read, [10, 25, 1000], |seed, [d, k, n]| gmm::generate(seed, d, k, n))?;
            source.with_expected(objective::measure(&input), "gmm")?
        }
        Program::Lstm(source) => {
            let input =
                source.input(lstm::read, [2, 1024, 14], |seed, [l, c, b]| lstm::generate(seed, l, c, b))?;
            source.with_expected(objective::measure(&input), "lstm")?
        }
        Program::Ba(source) => {
            let input =
                source.input(ba::read, [49, 7776, 31843], |seed, [n, m, p]| ba::generate(seed, n, m, p))?;
            source.with_expected(ba::measure(&input), "ba")?
        }
        Program::Hand(source) => {
            let input = source.input(hand::read, [544, 100], |seed, [v, c]| hand::generate(seed, v, c))?;
            let mut report = source.with_expected(hand::measure(&input), "hand")?;
            // Its file has two sizes and the errors before the derivatives.
            if let Some(expected) = &mut report.expected {
                let before = 1 + 3 * input.points.len();
                expected.drain(..before.min(expected.len()));
            }
            report
        }
        Program::Heston { seed, paths, steps } => {
            heston::measure(&heston::generate(*seed, paths.get(), steps.get()))
        }
        Program::All { .. } => return Err("a page is not one report".into()),
    };
    Ok(report)
}

impl Source {
    /// The input: read, or made from a seed and the sizes, which are `usual` if none are given.
    fn input<I, const N: usize>(
        &self,
        read: impl Fn(&Path) -> Result<I, InputError>,
        usual: [usize; N],
        generate: impl Fn(u64, [usize; N]) -> I,
    ) -> Result<I, Box<dyn Error>> {
        let Some(seed) = self.generate else {
            let file = self.file.as_deref().ok_or("a file or a seed is needed")?;
            return Ok(read(file)?);
        };
        let Some(sizes) = &self.sizes else { return Ok(generate(seed, usual)) };
        match <[usize; N]>::try_from(&sizes[..]) {
            Ok(sizes) if sizes.iter().all(|&size| size > 0) => Ok(generate(seed, sizes)),
            _ => {
                Err(format!("--sizes: {sizes:?} was given, where {N} sizes of at least 1 were expected")
                    .into())
            }
        }
    }

    /// The report with the benchmark's own derivative: from the file that was named, or one of `../expected` whose name fits.
    fn with_expected(&self, report: Report, program: &str) -> Result<Report, InputError> {
        let found = || self.file.as_deref().and_then(|file| expected::find(file, program));
        match self.expected.clone().or_else(found) {
            Some(path) => Ok(Report { expected: Some(expected::read(&path)?.derivative), ..report }),
            None => Ok(report),
        }
    }
}
