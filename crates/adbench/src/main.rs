//! Measures a program of ADBench: `cargo run --release -p adbench -- gmm FILE`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use adbench::report::Report;
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
    match program {
        Program::Ba(_) | Program::Gmm(_) | Program::Hand(_) | Program::Lstm(_) => {
            Err("this program is not there yet".into())
        }
    }
}
