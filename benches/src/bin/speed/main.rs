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
    let mut ways = vec![ways::plain(program), ways::by_hand(program)];
    ways.extend(ways::wengert(program));
    #[cfg(feature = "peers")]
    ways.extend(peers::ways(program));

    let inputs = program.inputs();
    let mut gradient = vec![0.0; inputs.len()];
    let value = program.by_hand(inputs, &mut gradient);
    measure::check(&title, &mut ways, (value, &gradient));
    let measured = measure::times(ways, inputs.len(), Duration::from_secs_f64(arguments.seconds));
    let bytes_an_op = ways::bytes(program) as f64 / program.ops() as f64;
    let ops = program.is_read_by_the_op().then(|| program.ops());
    Some(Section { title, text: program.text(), ops, measured, bytes_an_op })
}
