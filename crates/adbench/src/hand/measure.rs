//! Runs and times every way of differentiating.

use std::hint::black_box;

use super::{ByDuals, ByHand, ByScalars, ByTangents, Hand, Pose, errors};
use crate::report::{Report, Row, peak_bytes};
use crate::timing::time;

/// Measures the errors and their Jacobian, every way.
pub fn measure(input: &Hand) -> Report {
    let theta = &input.theta;
    let (mut pose, mut values) = (Pose::default(), Vec::new());
    let function = time(|| {
        errors(black_box(input), black_box(theta), &mut pose, &mut values);
        black_box(&values);
    });
    let mut by_hand = ByHand::new(input);
    let mut by_scalars = ByScalars::new(input);
    let mut by_tangents = ByTangents::new(input);
    let mut by_duals = ByDuals::new(input);
    let rows = vec![
        Row::lent("by hand", || {
            black_box(by_hand.jacobian(input, black_box(theta)));
        })
        .with_derivative(by_hand.jacobian(input, theta).flat()),
        Row::lent("by scalars", || {
            black_box(by_scalars.jacobian(input, black_box(theta)));
        })
        .with_derivative(by_scalars.jacobian(input, theta).flat())
        .with_tape(peak_bytes(by_scalars.stats())),
        Row::lent("by tangents on the tape", || {
            black_box(by_tangents.jacobian(input, black_box(theta)));
        })
        .with_derivative(by_tangents.jacobian(input, theta).flat())
        .with_tape(peak_bytes(by_tangents.stats())),
        Row::lent("by duals", || {
            black_box(by_duals.jacobian(input, black_box(theta)));
        })
        .with_derivative(by_duals.jacobian(input, theta).flat()),
    ];
    Report {
        title: format!("hand tracking, {} correspondences, {} bones", input.points.len(), input.bones.len()),
        value: values.as_flattened().iter().map(|error| error * error).sum(),
        function,
        rows,
        expected: None,
    }
}
