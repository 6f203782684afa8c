//! Time of one call, measured many times.

use std::time::{Duration, Instant};

/// How long a call is measured for at most, if it does not take longer by itself.
const BUDGET: Duration = Duration::from_millis(1500);
/// What one sample takes at least, so that the clock's own cost does not show.
const SAMPLE: Duration = Duration::from_micros(100);
/// How many samples there are at least, and at most.
const SAMPLES: (usize, usize) = (5, 3001);

/// What a call took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// The median of all samples.
    pub median: Duration,
    /// The least of all samples: what the call takes where the machine does nothing else.
    pub least: Duration,
}

/// The time of one call of `f`, after calls that warm it up.
///
/// Short calls are repeated within a sample until it takes 0.1 ms: short enough that most samples run without an interruption.
/// Samples are taken for 1.5 s, at least 5 and at most 3001.
pub fn time(mut f: impl FnMut()) -> Time {
    let mut sample = |repeats: u32| {
        let start = Instant::now();
        (0..repeats).for_each(|_| f());
        start.elapsed() / repeats
    };
    sample(2);
    let once = sample(2).max(Duration::from_nanos(1));
    let repeats = SAMPLE.div_duration_f64(once).ceil().clamp(1.0, 1e6) as u32;

    let start = Instant::now();
    let mut samples = Vec::new();
    while samples.len() < SAMPLES.0 || (samples.len() < SAMPLES.1 && start.elapsed() < BUDGET) {
        samples.push(sample(repeats));
    }
    samples.sort_unstable();
    Time { median: samples[samples.len() / 2], least: samples[0] }
}
