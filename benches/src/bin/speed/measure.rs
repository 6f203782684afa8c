//! All ways of one program, checked and timed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use adbench::report::{FLOOR, scale};

/// A batch is as many calls as fill this: long against the clock's step, short against a time slice.
const BATCH: Duration = Duration::from_micros(200);
/// Rounds that are made however long they take.
const LEAST_ROUNDS: usize = 5;
/// What an entry of a gradient may differ by from the one by hand, relative to it, or to [`FLOOR`] of the largest entry where it is
/// smaller: what rounding leaves of a sum that cancels has no digits of its own.
const TOLERANCE: f64 = 1e-9;

/// Whose way it is and in which mode: a summary compares ways of one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The plain function, and the gradient by hand.
    Baseline,
    /// Reverse mode of a crate: what it records is swept.
    Reverse(&'static str),
    /// Forward mode of a crate: numbers with tangents.
    Forward(&'static str),
}

/// One way to run a program.
pub struct Way<'a> {
    /// As a row of the table has it.
    pub name: &'static str,
    kind: Kind,
    run: Run<'a>,
}

/// Answers the value and fills the gradient.
type Gradient<'a> = Box<dyn FnMut(&mut [f64]) -> f64 + 'a>;

enum Run<'a> {
    Value(Box<dyn FnMut() -> f64 + 'a>),
    Gradient(Gradient<'a>),
}

impl<'a> Way<'a> {
    /// The plain function.
    pub fn value(name: &'static str, run: impl FnMut() -> f64 + 'a) -> Way<'a> {
        Way { name, kind: Kind::Baseline, run: Run::Value(Box::new(run)) }
    }

    /// A way that answers the value and fills the gradient. Where it is given no room, it may leave what it computed where it is.
    pub fn gradient(name: &'static str, run: impl FnMut(&mut [f64]) -> f64 + 'a) -> Way<'a> {
        Way { name, kind: Kind::Baseline, run: Run::Gradient(Box::new(run)) }
    }

    /// It is this crate's, in reverse mode.
    pub fn reverse(self, owner: &'static str) -> Way<'a> {
        Way { kind: Kind::Reverse(owner), ..self }
    }

    /// It is this crate's, in forward mode.
    pub fn forward(self, owner: &'static str) -> Way<'a> {
        Way { kind: Kind::Forward(owner), ..self }
    }

    /// One run.
    #[inline]
    pub fn call(&mut self, gradient: &mut [f64]) -> f64 {
        match &mut self.run {
            Run::Value(run) => run(),
            Run::Gradient(run) => run(gradient),
        }
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
    pub kind: Kind,
    /// Nanoseconds a call, at the least.
    pub least: f64,
    /// Nanoseconds a call, by the median.
    pub median: f64,
}

/// Every gradient against the expected one, and every value.
///
/// # Panics
/// Where one differs: the message names the program, the way, the entry and both numbers.
pub fn check(program: &str, ways: &mut [Way<'_>], (value, gradient): (f64, &[f64])) {
    let floor = FLOOR * scale(gradient);
    let is_near = |x: f64, y: f64| (x - y).abs() <= TOLERANCE * y.abs().max(floor);
    for way in ways {
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

/// Times all ways in turn, round after round, until the budget is spent: what disturbs one disturbs its neighbours. A way that
/// has had its share of the budget rests, so that a slow one leaves time for many rounds of the others.
pub fn times(mut ways: Vec<Way<'_>>, room: usize, budget: Duration) -> Vec<Measured> {
    let mut gradient = vec![0.0; room];
    let calls: Vec<u32> = ways.iter_mut().map(|way| way.calls_a_batch(&mut gradient)).collect();
    let share = budget / ways.len() as u32;
    let mut rounds = vec![Rounds::default(); ways.len()];
    loop {
        let mut is_idle = true;
        for ((way, &calls), rounds) in ways.iter_mut().zip(&calls).zip(&mut rounds) {
            if rounds.is_due(share) {
                let start = Instant::now();
                rounds.times.push(way.batch(calls, &mut gradient));
                rounds.spent += start.elapsed();
                is_idle = false;
            }
        }
        if is_idle {
            break;
        }
    }
    ways.iter()
        .zip(rounds)
        .map(|(way, rounds)| {
            let [least, median] = rounds.least_and_median();
            Measured { name: way.name, kind: way.kind, least, median }
        })
        .collect()
}

/// What a way had of the time.
#[derive(Clone, Default)]
struct Rounds {
    times: Vec<f64>,
    spent: Duration,
}

impl Rounds {
    fn is_due(&self, share: Duration) -> bool {
        self.times.len() < LEAST_ROUNDS || self.spent < share
    }

    fn least_and_median(mut self) -> [f64; 2] {
        self.times.sort_by(f64::total_cmp);
        [self.times[0], self.times[self.times.len() / 2]]
    }
}
