//! Runs and times every way of differentiating.

use std::hint::black_box;

use super::{ByBumps, ByFused, ByHand, ByScalars, Greeks, Heston, Paths, price};
use crate::report::{Report, Row, peak_bytes};
use crate::timing::time;

/// The relative bump that is measured. Larger ones, as they are usual, are much less exact where a greek is small: see
/// [`ByBumps`].
const BUMP: f64 = 1e-6;

/// Measures the price and its greeks, every way.
pub fn measure(paths: &Paths) -> Report {
    let model = &paths.model;
    let row = |way: &'static str, greeks: &mut dyn FnMut(&Heston<f64>) -> Greeks| {
        Row::new(way, |out| greeks(black_box(model)).slopes.as_slice().clone_into(out))
    };
    let (mut by_hand, by_bumps) = (ByHand::default(), ByBumps { bump: BUMP });
    let (mut by_scalars, mut by_fused) = (ByScalars::default(), ByFused::default());
    let rows = vec![
        row("by hand", &mut |model| by_hand.greeks(model, paths)),
        row("by scalars", &mut |model| by_scalars.greeks(model, paths))
            .with_tape(peak_bytes(by_scalars.stats())),
        row("by fused scalars", &mut |model| by_fused.greeks(model, paths))
            .with_tape(peak_bytes(by_fused.stats())),
        row("by bumps", &mut |model| by_bumps.greeks(model, paths)),
    ];
    Report {
        title: format!("Heston, Asian call, {} paths of {} steps", paths.iter().len(), paths.steps),
        value: price(model, paths),
        function: time(|| {
            black_box(price(black_box(model), paths));
        }),
        rows,
        expected: None,
    }
}
