//! Times the programs in both engines, prints the tables, and writes the page of the book.

mod allocator;
mod comparison;
mod page;
mod targets;
mod variants;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use wengert_benches::perceptron::Task;
use wengert_benches::{Timer, agree, chain};

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

/// Compares wengert with a graph of closures, and writes a page about it.
#[derive(Parser)]
struct Arguments {
    /// The page [default: docs/src/benchmarks.md; with --quick none]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A tenth of the time, and a shorter long chain
    #[arg(long)]
    quick: bool,
}

fn main() -> std::io::Result<()> {
    let Arguments { out, quick } = Arguments::parse();
    let (budget, long) = if quick { (150, chain::LONG / 10) } else { (1_500, chain::LONG) };
    let timer = Timer::new(Duration::from_millis(budget));

    agree::all_programs(long);

    let seeds = comparison::seeds(timer);
    let chains = comparison::Chains::measure(timer, long);
    let rosenbrocks = comparison::rosenbrocks(timer);
    let training = [
        comparison::perceptron::<f32>(timer, "training step, 64-64-10, batch 32, `f32`", &Task::classes()),
        comparison::perceptron::<f64>(timer, "training step, 64-64-10, batch 32", &Task::classes()),
        comparison::perceptron::<f64>(timer, "training step, 2-16-1, batch 4", &Task::exclusive_or()),
    ];
    let products = comparison::products(timer);
    let variants = [variants::outside(timer), variants::two_tapes(timer), variants::native_chain(timer)];
    let native = variants::native_rosenbrock(timer);

    let [outside, two_tapes, _] = &variants;
    let measures = targets::Measures {
        chains: &chains,
        outside,
        two_tapes,
        seed: &seeds[0],
        products: &products,
        training: &training,
        inference: variants::inference_bytes(),
    };
    let rows = seeds.iter().chain(chains.rows()).chain(&rosenbrocks).chain(&training).chain(&products);
    let (compared, targets) = (page::comparison(rows), page::targets(&measures.targets()));
    let variants = page::variants(&variants);
    println!("{compared}\n{variants}\n{targets}");

    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/benchmarks.md");
    if let Some(out) = out.or_else(|| (!quick).then(|| PathBuf::from(book))) {
        std::fs::write(out, page::page(&compared, &variants, &targets, native))?;
    }
    Ok(())
}
