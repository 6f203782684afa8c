//! Times programs over scalars: the plain function, its gradient by hand, wengert, and with the feature `peers` other
//! crates. Prints a table a program, and with `--out` writes the page of the book:
//!
//! ```text
//! cargo run --release -p wengert-benches --features peers --bin speed -- --out docs/src/speed.md
//! ```
//!
//! The programs of ADBench run on inputs that are made from a seed, in the sizes of the benchmark's files, or on these files:
//! `--adbench FOLDER`.

#[macro_use]
mod programs;

mod benchmark;
mod measure;
mod page;
#[cfg(feature = "peers")]
mod peers;
mod summary;
mod ways;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use adbench::gmm::Gmm;
use adbench::lstm::Lstm;
use adbench::{ba, gmm, lstm};
use clap::Parser;

use benchmark::{BundleAdjustment, OneOutput};
use measure::Way;
use page::{Page, Section};
use programs::{Chain, Mix, Rosenbrock};
use ways::InWays;

/// Where the inputs of ADBench's programs come from, if from no file.
const SEED: u64 = 1;

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
    /// The folder of ADBench's files, with `gmm`, `ba` and `lstm` in it
    #[arg(long, value_name = "FOLDER")]
    adbench: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut page = Page { sections: Vec::new(), is_of_files: arguments.adbench.is_some() };
    let mut add = |section: Option<Section>| {
        if let Some(section) = section {
            println!("{section}");
            page.sections.push(section);
        }
        // The tape of the next program starts from nothing, as it does when it is measured alone.
        wengert::Tape::<f64>::release_idle_memory();
    };
    add(measure(&Chain { steps: 1_000_000 }, &arguments));
    add(measure(&Chain { steps: 1_000 }, &arguments));
    add(measure(&Rosenbrock::new(), &arguments));
    add(measure(&Mix { steps: 100_000 }, &arguments));
    add(measure(&arguments.mixture()?, &arguments));
    add(measure_bundle(&arguments.bundle()?, &arguments));
    add(measure(&arguments.recurrent()?, &arguments));
    print!("{}", page.summary());
    match arguments.out {
        Some(out) => Ok(std::fs::write(out, page.to_string())?),
        None => Ok(()),
    }
}

impl Arguments {
    fn mixture(&self) -> Result<OneOutput<Gmm>, Box<dyn Error>> {
        let input = match &self.adbench {
            Some(folder) => gmm::read(&folder.join("gmm/gmm_d10_K25.txt"))?,
            None => gmm::generate(SEED, 10, 25, 1_000),
        };
        Ok(mixture(input))
    }

    fn bundle(&self) -> Result<BundleAdjustment, Box<dyn Error>> {
        let input = match &self.adbench {
            Some(folder) => ba::read(&folder.join("ba/ba1_n49_m7776_p31843.txt"))?,
            None => ba::generate(SEED, 49, 7_776, 31_843),
        };
        Ok(BundleAdjustment { input })
    }

    fn recurrent(&self) -> Result<OneOutput<Lstm>, Box<dyn Error>> {
        let input = match &self.adbench {
            Some(folder) => lstm::read(&folder.join("lstm/lstm_l2_c1024.txt"))?,
            None => lstm::generate(SEED, 2, 1_024, 14),
        };
        Ok(recurrent(input))
    }

    fn budget(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

fn mixture(input: Gmm) -> OneOutput<Gmm> {
    let text = "ADBench's log posterior of a mixture of Gaussians, as `adbench::gmm` has it; the gradient by every parameter.";
    OneOutput { input, text }
}

fn recurrent(input: Lstm) -> OneOutput<Lstm> {
    let text =
        "ADBench's log likelihood of a text, as `adbench::lstm` has it; the gradient by every parameter.";
    OneOutput { input, text }
}

/// Checks and times one program, if it is asked for.
fn measure<P: InWays>(program: &P, arguments: &Arguments) -> Option<Section> {
    let title = program.title();
    if !title.contains(&arguments.only) {
        return None;
    }
    let measured = measure::times(checked(program), program.inputs().len(), arguments.budget());
    let (ops, bytes_an_op) = (program.unit(), program.bytes_an_op());
    Some(Section { title, text: program.text(), ops, measured, bytes_an_op })
}

/// The same for the bundle adjustment, whose Jacobian stays where it was computed.
fn measure_bundle(program: &BundleAdjustment, arguments: &Arguments) -> Option<Section> {
    let title = program.title();
    if !title.contains(&arguments.only) {
        return None;
    }
    let measured = measure::times(checked_bundle(program), 0, arguments.budget());
    Some(Section { title, text: program.text(), ops: None, measured, bytes_an_op: None })
}

/// All ways of a program, which give the same value and gradient.
fn checked<P: InWays>(program: &P) -> Vec<Way<'_>> {
    #[cfg_attr(not(feature = "peers"), expect(unused_mut, reason = "only peers are added"))]
    let mut ways = program.ways();
    #[cfg(feature = "peers")]
    ways.extend(peers::ways(program));
    as_by_hand(&program.title(), ways, program.inputs().len())
}

/// The same of the bundle adjustment.
fn checked_bundle(program: &BundleAdjustment) -> Vec<Way<'_>> {
    #[cfg_attr(not(feature = "peers"), expect(unused_mut, reason = "only peers are added"))]
    let mut ways = program.ways();
    #[cfg(feature = "peers")]
    ways.extend(peers::bundle_ways(&program.input));
    as_by_hand(&program.title(), ways, program.outputs())
}

/// Checks all ways against the second, which is by hand.
fn as_by_hand<'a>(title: &str, mut ways: Vec<Way<'a>>, outputs: usize) -> Vec<Way<'a>> {
    let mut gradient = vec![0.0; outputs];
    let value = ways[1].call(&mut gradient);
    measure::check(title, &mut ways, (value, &gradient));
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
        checked(&mixture(gmm::generate(SEED, 2, 3, 20)));
        checked(&recurrent(lstm::generate(SEED, 2, 20, 3)));
        checked_bundle(&BundleAdjustment { input: ba::generate(SEED, 3, 5, 50) });
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

    /// A bundle's last observation alone would not do.
    #[test]
    #[should_panic(expected = "a bundle: entry 0 of the gradient: another bundle gives ")]
    fn every_derivative_of_a_bundle_is_compared() {
        let [one, other] =
            [SEED, SEED + 1].map(|seed| BundleAdjustment { input: ba::generate(seed, 2, 2, 5) });
        let mut gradient = vec![0.0; one.outputs()];
        let value = one.ways()[1].call(&mut gradient);
        let different = |room: &mut [f64]| {
            other.ways()[1].call(room);
            value
        };
        measure::check("a bundle", &mut [Way::gradient("another bundle", different)], (value, &gradient));
    }
}
