//! Runs and times every way of differentiating.

use std::hint::black_box;

use super::{ByFused, ByHand, ByScalars, ByTensors, Gmm, objective};
use crate::report::{Report, Row, peak_bytes};
use crate::timing::time;

/// Measures the objective and its gradient, every way.
pub fn measure(input: &Gmm) -> Report {
    let parameters = &input.parameters[..];
    let mut by_hand = ByHand::new(input);
    let mut by_scalars = ByScalars::new(input);
    let mut by_fused = ByFused::new(input);
    let mut by_tensors = ByTensors::new(input);
    let rows = vec![
        Row::new("by hand", |out| by_hand.gradient(black_box(parameters)).1.clone_into(out)),
        Row::new("by scalars", |out| by_scalars.gradient(black_box(parameters)).1.clone_into(out))
            .with_tape(peak_bytes(by_scalars.stats())),
        Row::new("by fused scalars", |out| by_fused.gradient(black_box(parameters)).1.clone_into(out))
            .with_tape(peak_bytes(by_fused.stats())),
        Row::new("by tensors", |out| by_tensors.gradient(black_box(parameters)).1.clone_into(out))
            .with_tape(peak_bytes(by_tensors.stats())),
    ];
    Report {
        title: format!(
            "GMM, {} points in {} dimensions, {} components",
            input.count(),
            input.dimensions,
            input.components
        ),
        value: objective(parameters, input),
        function: time(|| {
            black_box(objective(black_box(parameters), input));
        }),
        rows,
        expected: None,
    }
}
