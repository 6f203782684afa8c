//! Reads handwritten digits: trains a network with one hidden layer on 1,500 images of 8x8 pixels, and tests it on the
//! 297 others.
//!
//! ```text
//! cargo run --release --example digits
//! ```
//!
//! The training loop is in `train` below.

mod args;
mod data;
mod model;
mod plots;
mod progress;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use rand::SeedableRng;
use rand::rngs::StdRng;
use wengert::{Stats, Tape};
use wengert_optim::{Adam, CosineAnnealingLr, Optimizer, Schedule};

use args::Args;
use data::Digits;
use model::Model;
use progress::Progress;

/// Images a step.
const BATCH: usize = 32;

/// What the training went through.
#[derive(Default)]
struct Course {
    /// Training and test loss of each epoch.
    losses: Vec<(f32, f32)>,
    steps: u32,
    time: Duration,
    /// The tape at the end of a step, before it is rewound.
    stats: Stats,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let pictures = plots::Folder::new(&args.out)?;
    let mut rng = StdRng::seed_from_u64(args.seed);
    let (training, test) = Digits::split(&mut rng);

    let tape = Tape::<f32>::new();
    let model = Model::new(&tape, args.seed);
    let course = train(args, &tape, model, &training, &test, &mut rng);

    let (loss, read) = model.read(&tape, &test);
    let wrong: Vec<usize> = (0..test.len()).filter(|&i| read[i] != test.labels[i]).collect();
    println!("training loss  {:.4}", course.losses.last().expect("there is an epoch").0);
    println!("test loss      {loss:.4}");
    println!("test accuracy  {}, {} of {} misread", percent(&read, &test), wrong.len(), test.len());
    println!("a step         {:.1} µs", course.time.as_secs_f64() * 1e6 / f64::from(course.steps));
    println!("the tape       {}", course.stats.to_string().replace('\n', "\n               "));

    let written = [pictures.losses(&course.losses)?, pictures.misread(&test, &read, &wrong)?];
    println!("pictures       {}", written.map(|path| path.display().to_string()).join(", "));
    Ok(())
}

/// Adam on the cross entropy of mini-batches.
fn train(
    args: &Args,
    tape: &Tape<f32>,
    model: Model,
    training: &Digits,
    test: &Digits,
    rng: &mut StdRng,
) -> Course {
    let mut optimizer = Adam::new(model.parameters(), args.lr);
    let schedule = CosineAnnealingLr { lr: args.lr, epochs: args.epochs as usize, lowest: 0.0 };
    let progress = Progress::new(args.epochs);
    let mut course = Course::default();
    for epoch in 0..args.epochs {
        optimizer.set_lr(schedule.at(epoch as usize));
        let mut total = 0.0;
        training.batches(BATCH, rng, |batch| {
            let start = Instant::now();
            // What a step records is rewound at its end, so that the tape does not grow.
            let loss = tape.scope(|| {
                let loss = model.scores(tape, batch).cross_entropy(&batch.labels);
                loss.backward();
                if course.steps == 0 {
                    course.stats = tape.stats();
                }
                loss.item()
            });
            optimizer.step();
            optimizer.zero_grad();
            course.time += start.elapsed();
            total += loss * batch.len() as f32;
            course.steps += 1;
        });
        let (loss, read) = model.read(tape, test);
        course.losses.push((total / training.len() as f32, loss));
        progress.epoch(epoch, course.losses[epoch as usize], &percent(&read, test));
    }
    progress.finish();
    course
}

/// The share of images that were read right: `97.3 %`.
fn percent(read: &[usize], digits: &Digits) -> String {
    let right = read.iter().zip(&digits.labels).filter(|(read, label)| read == label).count();
    format!("{:.1} %", 100.0 * right as f64 / digits.len() as f64)
}
