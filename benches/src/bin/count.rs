//! Runs one program of the comparison so many times, for tools that count instructions.
//!
//! What an op takes is the difference of two totals, in which start and warming up cancel out, over the ops between:
//!
//! ```text
//! cargo build --release -p wengert-benches --bin count
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/count chain sweep --runs 2
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/count chain sweep --runs 12
//! ```
//!
//! Of the totals that valgrind prints as `Collected`, `(second - first) / (10 runs * ops)` are the instructions an op; the
//! program prints how many ops a run has. `record` leaves the sweep out, so that `sweep - record` is that of the sweep;
//! `plain` and `hand` are the plain function and its gradient by hand.

#[path = "speed/programs/mod.rs"]
#[allow(dead_code, reason = "texts for the page of `speed`")]
mod programs;

use std::hint::black_box;

use clap::{Parser, ValueEnum};
use wengert::Tape;

use programs::{Chain, Mix, Own, Rosenbrock};

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Chain,
    Rosenbrock,
    Mix,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// The plain function
    Plain,
    /// Its gradient by hand
    Hand,
    /// Recording alone
    Record,
    /// Recording and the reverse sweep
    Sweep,
    /// Both, with one instruction a step
    Fused,
}

/// Runs a program, to have its instructions counted.
#[derive(Parser)]
struct Arguments {
    program: Name,
    part: Part,
    /// How many runs
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Of the chain and of the mix
    #[arg(long, default_value_t = 1_000)]
    steps: usize,
}

fn main() {
    let Arguments { program, part, runs, steps } = Arguments::parse();
    match program {
        Name::Chain => count(&Chain { steps }, part, runs),
        Name::Rosenbrock => count(&Rosenbrock::new(), part, runs),
        Name::Mix => count(&Mix { steps }, part, runs),
    }
}

fn count<P: Own>(program: &P, part: Part, runs: usize) {
    let tape = Tape::new();
    let mut gradient = vec![0.0; program.inputs().len()];
    for _ in 0..runs {
        match part {
            Part::Plain => {
                black_box(program.value(black_box(program.inputs())));
            }
            Part::Hand => {
                black_box(program.by_hand(black_box(program.inputs()), &mut gradient));
            }
            Part::Record => tape.scope(|| {
                black_box(program.value(&tape.scalars(black_box(program.inputs()))));
            }),
            Part::Sweep => tape.scope(|| {
                program.value(&tape.scalars(black_box(program.inputs()))).backward();
            }),
            Part::Fused => tape.scope(|| {
                let y = program.fused(&tape.scalars(black_box(program.inputs())));
                y.backward();
            }),
        }
    }
    println!("{}: {} ops a run, {runs} runs", program.title(), program.ops());
}
