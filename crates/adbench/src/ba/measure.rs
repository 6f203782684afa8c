//! Runs and times every way of differentiating.

use std::hint::black_box;

use super::{Bundle, ByDuals, ByFused, ByHand, ByScalars, residuals};
use crate::report::{Report, Row, peak_bytes};
use crate::timing::time;

/// Measures the errors and their Jacobian, every way.
pub fn measure(input: &Bundle) -> Report {
    let (mut errors, mut weight_errors) = (Vec::new(), Vec::new());
    let function = time(|| {
        residuals(black_box(input), &mut errors, &mut weight_errors);
        black_box((&errors, &weight_errors));
    });
    let mut by_hand = ByHand::new(input);
    let mut by_scalars = ByScalars::new(input);
    let mut by_fused = ByFused::new(input);
    let mut by_duals = ByDuals::new(input);
    let rows = vec![
        Row::lent("by hand", || {
            black_box(by_hand.jacobian(black_box(input)));
        })
        .with_derivative(&by_hand.jacobian(input).values),
        Row::lent("by scalars", || {
            black_box(by_scalars.jacobian(black_box(input)));
        })
        .with_derivative(&by_scalars.jacobian(input).values)
        .with_tape(peak_bytes(by_scalars.stats())),
        Row::lent("by fused scalars", || {
            black_box(by_fused.jacobian(black_box(input)));
        })
        .with_derivative(&by_fused.jacobian(input).values)
        .with_tape(peak_bytes(by_fused.stats())),
        Row::lent("by duals", || {
            black_box(by_duals.jacobian(black_box(input)));
        })
        .with_derivative(&by_duals.jacobian(input).values),
        Row::lent("by fused duals", || {
            black_box(by_duals.fused_jacobian(black_box(input)));
        })
        .with_derivative(&by_duals.fused_jacobian(input).values),
    ];
    let squares = errors.as_flattened().iter().chain(&weight_errors).map(|error| error * error);
    Report {
        title: format!(
            "bundle adjustment, {} cameras, {} points, {} observations",
            input.cameras.len(),
            input.points.len(),
            input.observations.len()
        ),
        value: squares.sum(),
        function,
        rows,
        expected: None,
    }
}
