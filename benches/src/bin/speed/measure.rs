//! All ways of one program, checked and timed.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A batch is as many calls as fill this: long against the clock's step, short against a time slice.
const BATCH: Duration = Duration::from_micros(200);
/// Rounds that are made however long they take.
const LEAST_ROUNDS: usize = 5;
/// What an entry of a gradient may differ by from the one by hand, relative to it.
const TOLERANCE: f64 = 1e-9;

/// One way to run a program.
pub struct Way<'a> {
    /// As a row of the table has it.
    pub name: &'static str,
    run: Run<'a>,
}

/// Answers the value and fills the gradient.
type Gradient<'a> = Box<dyn FnMut(&mut [f64]) -> f64 + 'a>;

enum Run<'a> {
    Value(Box<dyn FnMut() -> f64 + 'a>),
    Gradient(Gradient<'a>),
    Missing(&'static str),
}

impl<'a> Way<'a> {
    /// The plain function.
    pub fn value(name: &'static str, run: impl FnMut() -> f64 + 'a) -> Way<'a> {
        Way { name, run: Run::Value(Box::new(run)) }
    }

    /// A way that answers the value and fills the gradient.
    pub fn gradient(name: &'static str, run: impl FnMut(&mut [f64]) -> f64 + 'a) -> Way<'a> {
        Way { name, run: Run::Gradient(Box::new(run)) }
    }

    /// A way in which the program is not there, and why.
    pub fn missing(name: &'static str, reason: &'static str) -> Way<'a> {
        Way { name, run: Run::Missing(reason) }
    }

    #[inline]
    fn call(&mut self, gradient: &mut [f64]) -> f64 {
        match &mut self.run {
            Run::Value(run) => run(),
            Run::Gradient(run) => run(gradient),
            Run::Missing(_) => f64::NAN,
        }
    }

    fn is_missing(&self) -> bool {
        matches!(self.run, Run::Missing(_))
    }

    /// Nanoseconds a call of one batch. It starts with a call that is not timed and brings caches back, unless a single
    /// call fills the batch, and so the caches many times over.
    fn batch(&mut self, calls: u32, gradient: &mut [f64]) -> f64 {
        if calls > 1 {
            black_box(self.call(gradient));
        }
        let start = Instant::now();
        for _ in 0..calls {
            black_box(self.call(black_box(gradient)));
        }
        start.elapsed().as_nanos() as f64 / f64::from(calls)
    }

    /// How many calls fill a batch; finding out warms the way up.
    fn calls_a_batch(&mut self, gradient: &mut [f64]) -> u32 {
        let mut calls = 1;
        loop {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(self.call(gradient));
            }
            if start.elapsed() >= BATCH {
                return calls;
            }
            calls *= 2;
        }
    }
}

/// What a way takes.
pub struct Measured {
    pub name: &'static str,
    pub outcome: Outcome,
}

/// Nanoseconds a call, or why there are none.
pub enum Outcome {
    Times { least: f64, median: f64 },
    Missing(&'static str),
}

/// Every gradient against the expected one, and every value.
///
/// # Panics
/// Where one differs: the message names the program, the way, the entry and both numbers.
pub fn check(program: &str, ways: &mut [Way<'_>], (value, gradient): (f64, &[f64])) {
    let is_near = |x: f64, y: f64| (x - y).abs() <= TOLERANCE * y.abs();
    for way in ways.iter_mut().filter(|way| !way.is_missing()) {
        let name = way.name;
        // The second run is one that reuses what the first left.
        for _ in 0..2 {
            let mut found = vec![f64::NAN; gradient.len()];
            let found_value = way.call(&mut found);
            assert!(
                is_near(found_value, value),
                "{program}: {name} gives {found_value:e}, by hand {value:e}"
            );
            if let Run::Value(_) = way.run {
                continue;
            }
            for (i, (&x, &y)) in found.iter().zip(gradient).enumerate() {
                assert!(
                    is_near(x, y),
                    "{program}: entry {i} of the gradient: {name} gives {x:e}, by hand {y:e}"
                );
            }
        }
    }
}

/// Times all ways in turn, round after round, until the budget is spent: what disturbs one disturbs its neighbours.
pub fn times(mut ways: Vec<Way<'_>>, inputs: usize, budget: Duration) -> Vec<Measured> {
    let mut gradient = vec![0.0; inputs];
    let calls: Vec<u32> = ways
        .iter_mut()
        .map(|way| if way.is_missing() { 0 } else { way.calls_a_batch(&mut gradient) })
        .collect();
    let mut rounds = vec![Vec::new(); ways.len()];
    let start = Instant::now();
    while rounds[0].len() < LEAST_ROUNDS || start.elapsed() < budget {
        for ((way, &calls), times) in ways.iter_mut().zip(&calls).zip(&mut rounds) {
            if calls > 0 {
                times.push(way.batch(calls, &mut gradient));
            }
        }
    }
    ways.iter()
        .zip(rounds)
        .map(|(way, times)| Measured { name: way.name, outcome: outcome(way, times) })
        .collect()
}

fn outcome(way: &Way<'_>, mut times: Vec<f64>) -> Outcome {
    if let Run::Missing(reason) = way.run {
        return Outcome::Missing(reason);
    }
    times.sort_by(f64::total_cmp);
    Outcome::Times { least: times[0], median: times[times.len() / 2] }
}
