//! Measures a program of ADBench: `cargo run --release -p adbench -- gmm FILE`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use adbench::input::InputError;
use adbench::report::Report;
use adbench::{expected, gmm, lstm};
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
    /// Bundle adjustment: reprojection errors and their Jacobian.
    Ba(Source),
    /// Gaussian mixture model: log posterior and its gradient.
    Gmm(Source),
    /// Hand tracking: distances and their Jacobian.
    Hand(Source),
    /// LSTM: log likelihood of a text and its gradient.
    Lstm(Source),
}

#[derive(Args)]
struct Source {
    /// A file of the benchmark.
    #[arg(required_unless_present = "generate")]
    file: Option<PathBuf>,
    /// Make an input of the benchmark's form from this seed, in place of a file.
    #[arg(long, value_name = "SEED", conflicts_with = "file")]
    generate: Option<u64>,
    /// The benchmark's own derivative for this file: the value, then the entries, one a line.
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Command::parse().program) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(program: Program) -> Result<Report, Box<dyn Error>> {
    let report = match &program {
        Program::Gmm(source) => {
            let input = source.input(gmm::read, |seed| gmm::generate(seed, 10, 25, 1000))?;
            source.with_expected(gmm::measure(&input), "gmm")?
        }
        Program::Lstm(source) => {
            let input = source.input(lstm::read, |seed| lstm::generate(seed, 2, 1024, 14))?;
            source.with_expected(lstm::measure(&input), "lstm")?
        }
        Program::Ba(_) | Program::Hand(_) => {
            return Err("this program is not there yet".into());
        }
    };
    Ok(report)
}

impl Source {
    /// The input: read, or made from a seed.
    fn input<I>(
        &self,
        read: impl Fn(&Path) -> Result<I, InputError>,
        generate: impl Fn(u64) -> I,
    ) -> Result<I, InputError> {
        match (&self.file, self.generate) {
            (Some(file), _) => read(file),
            (None, seed) => Ok(generate(seed.unwrap_or(0))),
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
