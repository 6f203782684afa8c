//! Random programs of tensors and scalars, and a sequence of sweeps, writes and scopes on each: whatever a tape was
//! asked before, it answers as a fresh one does, as another kind of sweep does, and as differences say.
//!
//! A program is drawn from a seed. One that fails prints its seed, its steps and what was asked.

mod around;
mod case;
mod chance;
mod compare;
mod differences;
mod draw;
mod program;
mod replay;
mod requests;
mod run;
mod second;
mod value;

use std::ops::Range;

use wengert::{Element, Tape};
use wengert_tests::quietly;

use case::Case;
use chance::Chance;
use compare::Counts;
use draw::Taste;

/// One tape, or two in turn on one thread, through three rounds of ops and requests.
fn play<T: Element>(seed: u64, counts: &mut Counts) {
    let mut chance = Chance::new(seed);
    let taste = chance.of(&Taste::EACH);
    let tapes: Vec<Tape<T>> = (0..chance.up_to(2)).map(|_| Tape::new()).collect();
    // With every other seed so many slots are in use that instructions become longer somewhere in the program.
    let fill =
        |tape: &Tape<T>| _ = seed.is_multiple_of(2).then(|| tape.zeros([8_192 - (seed % 150) as usize]));
    tapes.iter().for_each(fill);
    let new = |chance: &mut Chance| Case::new(chance.below(usize::MAX) as u64, taste);
    let mut cases: Vec<Case<T>> = tapes.iter().map(|_| new(&mut chance)).collect();
    let outcome = quietly(|| {
        for _ in 0..3 {
            for (tape, case) in tapes.iter().zip(&mut cases) {
                if chance.happens(0.05) {
                    tape.clear();
                    fill(tape);
                    *case = new(&mut chance);
                }
                case.record(tape, 6);
                case.block(tape, 0);
                case.request(tape);
            }
        }
    });
    if let Err(text) = outcome {
        let log = |(k, case): (usize, &Case<T>)| format!("tape {k}:\n  {}\n", case.log.join("\n  "));
        let logs: String = cases.iter().enumerate().map(log).collect();
        panic!("seed {seed} in {}, programs of {taste:?}\n{logs}{text}", T::NAME);
    }
    for case in &cases {
        for (kind, count) in &case.counts.0 {
            *counts.0.entry(kind).or_default() += count;
        }
    }
}

/// Plays the seeds in turn: all of them, and then says which failed.
fn play_all<T: Element>(seeds: Range<u64>) -> Counts {
    let mut counts = Counts::default();
    let mut failed = Vec::new();
    for seed in seeds {
        if let Err(text) = quietly(|| play::<T>(seed, &mut counts)) {
            eprintln!("{text}\n");
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "of {}: the seeds {failed:?} failed", T::NAME);
    counts
}

/// Every kind of request was made, and its answer compared.
fn assert_all_compared(counts: &Counts, least: usize) {
    let kinds = "backward, grad, grad_recorded, second by grad, second by backward, jvp, hvp, hvp by an intermediate, \
                 jacobian, vjp_lanes, seed of the tape, gradient, retain, forget, write, mistakes, refused, scope, \
                 inference, gradient of a function";
    for kind in kinds.split(", ") {
        let count = counts.0.get(kind).copied().unwrap_or(0);
        assert!(count >= least, "{kind}: {count} times, and should be {least}");
    }
}

/// The seeds to play: those of `WENGERT_SEEDS`, such as `1000..50000`, or these few. Answers too whether they are these.
fn seeds(few: Range<u64>) -> (Range<u64>, bool) {
    let Ok(named) = std::env::var("WENGERT_SEEDS") else { return (few, true) };
    let (from, to) = named.split_once("..").expect("a range, such as 1000..50000");
    (from.parse().expect("a seed")..to.parse().expect("a seed"), false)
}

#[test]
fn a_used_tape_answers_as_a_fresh_one() {
    let (seeds, few) = seeds(0..2000);
    let counts = play_all::<f64>(seeds);
    if !few {
        return println!("{counts:#?}");
    }
    assert_all_compared(&counts, 20);
    for kind in ["differences", "second differences"] {
        assert!(counts.0[kind] >= 20, "{kind}: {}", counts.0[kind]);
    }
}

#[test]
fn a_used_tape_answers_as_a_fresh_one_in_f32() {
    let (seeds, few) = seeds(0..700);
    let counts = play_all::<f32>(seeds);
    if !few {
        return println!("{counts:#?}");
    }
    assert_all_compared(&counts, 10);
}
