//! Time of one call, as the median of many.

use std::time::{Duration, Instant};

/// How long a call is measured for at most, if it does not take longer by itself.
const BUDGET: Duration = Duration::from_millis(1500);
/// What one sample takes at least, so that the clock's own cost does not show.
const SAMPLE: Duration = Duration::from_millis(2);
/// How many samples there are at least, and at most.
const SAMPLES: (usize, usize) = (5, 301);

/// The median time of one call of `f`, after calls that warm it up.
///
/// Short calls are repeated within a sample until it takes 2 ms; samples are taken for 1.5 s, at least 5 and at most 301. The
/// median is not moved by the few samples in which the machine did something else.
pub fn median(mut f: impl FnMut()) -> Duration {
    let mut sample = |repeats: u32| {
        let start = Instant::now();
        (0..repeats).for_each(|_| f());
        start.elapsed() / repeats
    };
    sample(1);
    let once = sample(1).max(Duration::from_nanos(1));
    let repeats = SAMPLE.div_duration_f64(once).ceil().clamp(1.0, 1e6) as u32;

    let start = Instant::now();
    let mut samples = Vec::new();
    while samples.len() < SAMPLES.0 || (samples.len() < SAMPLES.1 && start.elapsed() < BUDGET) {
        samples.push(sample(repeats));
    }
    samples.sort_unstable();
    samples[samples.len() / 2]
}
