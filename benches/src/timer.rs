//! Timing on a box that others use too.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A batch is as many calls as fill this: long against the clock's step, short against a time slice.
const BATCH: Duration = Duration::from_micros(50);
/// Rounds that are made however long they take.
const LEAST_ROUNDS: usize = 5;

/// Times programs until a budget is spent.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    budget: Duration,
}

impl Timer {
    /// A timer that spends about `budget` on each pair of programs.
    pub fn new(budget: Duration) -> Timer {
        Timer { budget }
    }

    /// Nanoseconds a call of `a` and of `b`: the least of many short batches, run in turn, so that what disturbs one
    /// disturbs the other. A batch starts with a call that is not timed and brings caches back.
    ///
    /// ```
    /// use std::time::Duration;
    /// let timer = wengert_benches::Timer::new(Duration::from_millis(5));
    /// let spin = |n: u64| move || (0..n).map(std::hint::black_box).sum::<u64>();
    /// let (short, long) = timer.paired(spin(100), spin(10_000));
    /// assert!(short < long);
    /// ```
    pub fn paired<A, B>(self, mut a: impl FnMut() -> A, mut b: impl FnMut() -> B) -> (f64, f64) {
        let (calls_a, calls_b) = (calls_a_batch(&mut a), calls_a_batch(&mut b));
        let (mut least_a, mut least_b) = (f64::INFINITY, f64::INFINITY);
        let start = Instant::now();
        let mut rounds = 0;
        while rounds < LEAST_ROUNDS || start.elapsed() < self.budget {
            least_a = least_a.min(batch(calls_a, &mut a));
            least_b = least_b.min(batch(calls_b, &mut b));
            rounds += 1;
        }
        (least_a, least_b)
    }
}

/// How many calls fill a batch; finding out warms the program up.
fn calls_a_batch<R>(f: &mut impl FnMut() -> R) -> u32 {
    let mut calls = 1;
    loop {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(f());
        }
        if start.elapsed() >= BATCH {
            return calls;
        }
        calls *= 2;
    }
}

/// Nanoseconds a call.
fn batch<R>(calls: u32, f: &mut impl FnMut() -> R) -> f64 {
    if calls > 1 {
        black_box(f());
    }
    let start = Instant::now();
    for _ in 0..calls {
        black_box(f());
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}
