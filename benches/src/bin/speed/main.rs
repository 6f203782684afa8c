//! Times programs over scalars: the plain function, its gradient by hand, wengert, and with the feature `peers` other
//! crates. Prints a table a program, and with `--out` writes the page of the book:
//!
//! ```text
//! cargo run --release -p wengert-benches --features peers --bin speed -- --out docs/src/speed.md
//! ```

#[macro_use]
mod programs;

mod measure;
mod page;
#[cfg(feature = "peers")]
mod peers;
mod ways;

use std::path::PathBuf;
use std::time::Duration;

use crate::programs::{Chain, Mix, Program, Rosenbrock};
use clap::Parser;

use measure::Way;
use page::Section;

/// Compares scalars of wengert with the plain function, with a gradient by hand and with other crates.
#[derive(Parser)]
struct Arguments {
    /// The page
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For each program
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// Only programs whose title has this in it
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let mut sections = Vec::new();
    let mut add = |section: Option<Section>| {
        if let Some(section) = section {
            println!("{section}");
            sections.push(section);
        }
    };
    add(measure(&Chain { steps: 1_000_000 }, &arguments));
    add(measure(&Chain { steps: 1_000 }, &arguments));
    add(measure(&Rosenbrock::new(), &arguments));
    add(measure(&Mix { steps: 100_000 }, &arguments));
    match arguments.out {
        Some(out) => std::fs::write(out, page::page(&sections)),
        None => Ok(()),
    }
}

/// Checks and times one program, if it is asked for.
fn measure<P: Program>(program: &P, arguments: &Arguments) -> Option<Section> {
    let title = program.title();
    if !title.contains(&arguments.only) {
        return None;
    }
    let ways = checked(program);
    let budget = Duration::from_secs_f64(arguments.seconds);
    let measured = measure::times(ways, program.inputs().len(), budget);
    let bytes_an_op = ways::bytes(program) as f64 / program.ops() as f64;
    let ops = program.is_read_by_the_op().then(|| program.ops());
    Some(Section { title, text: program.text(), ops, measured, bytes_an_op })
}

/// All ways of a program, which give the same value and gradient.
fn checked<P: Program>(program: &P) -> Vec<Way<'_>> {
    let mut ways = vec![ways::plain(program), ways::by_hand(program)];
    ways.extend(ways::wengert(program));
    #[cfg(feature = "peers")]
    ways.extend(peers::ways(program));

    let mut gradient = vec![0.0; program.inputs().len()];
    let value = program.by_hand(program.inputs(), &mut gradient);
    measure::check(&program.title(), &mut ways, (value, &gradient));
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_give_the_same_gradients() {
        checked(&Chain { steps: 100 });
        checked(&Rosenbrock::new());
        checked(&Mix { steps: 100 });
    }

    #[test]
    #[should_panic(expected = "square: entry 0 of the gradient: halved gives 3e0, by hand 6e0")]
    fn a_difference_is_named() {
        let halved = |gradient: &mut [f64]| {
            gradient[0] = 3.0;
            9.0
        };
        measure::check("square", &mut [Way::gradient("halved", halved)], (9.0, &[6.0]));
    }
}
