//! LSTM: every way of differentiating against the others, differences, and the benchmark's values.

mod common;

use adbench::lstm::{ByFused, ByHand, ByScalars, ByTensors, Lstm, generate, objective, read};
use approx::assert_relative_eq;
use common::{assert_agree, central_differences, files};

/// Checks every way against the one by hand, and values against the objective. Twice, since buffers are reused.
fn check(what: &str, input: &Lstm) {
    let mut by_hand = ByHand::new(input);
    let mut by_scalars = ByScalars::new(input);
    let mut by_fused = ByFused::new(input);
    let mut by_tensors = ByTensors::new(input);
    let moved: Vec<f64> = input.parameters.iter().map(|x| 0.9 * x + 0.01).collect();
    for parameters in [&moved, &input.parameters] {
        let (value, want) = by_hand.gradient(parameters);
        assert_relative_eq!(value, objective(parameters, input), max_relative = 1e-12);
        for (way, (got, gradient)) in [
            ("scalars", by_scalars.gradient(parameters)),
            ("fused scalars", by_fused.gradient(parameters)),
            ("tensors", by_tensors.gradient(parameters)),
        ] {
            assert_relative_eq!(got, value, max_relative = 1e-12);
            assert_agree(&format!("{what}, {way}"), gradient, want, 1e-9);
        }
    }
}

#[test]
fn all_ways_agree() {
    for (seed, sizes) in [[2, 9, 3], [1, 5, 4], [3, 2, 2], [1, 2, 1]].into_iter().enumerate() {
        let [a, b, c] = sizes;
        check(&format!("sizes {sizes:?}"), &generate(seed as u64, a, b, c));
    }
}

#[test]
fn by_hand_is_what_differences_say() {
    for (seed, [a, b, c]) in [[2, 9, 3], [1, 5, 4], [3, 2, 2], [1, 2, 1]].into_iter().enumerate() {
        let input = generate(seed as u64, a, b, c);
        let differences = central_differences(|x| objective(x, &input), &input.parameters);
        let mut by_hand = ByHand::new(&input);
        let (_, gradient) = by_hand.gradient(&input.parameters);
        let error = adbench::report::error(gradient, &differences, 1.0);
        assert!(error < 1e-7, "sizes {:?}: off by {error:e}", [a, b, c]);
    }
}

#[test]
fn the_tape_does_not_grow() {
    let input = generate(3, 2, 6, 3);
    let (mut by_scalars, mut by_tensors) = (ByScalars::new(&input), ByTensors::new(&input));
    let mut sizes = || {
        by_scalars.gradient(&input.parameters);
        by_tensors.gradient(&input.parameters);
        [by_scalars.stats(), by_tensors.stats()]
            .map(|s| (s.slots, s.peak_slots, s.reserved_bytes, s.table_bytes))
    };
    let after_one = sizes();
    assert_eq!(sizes(), after_one);
    assert_eq!(sizes(), after_one);
}

#[test]
fn the_benchmarks_values_are_met() {
    for (file, expected) in files("lstm").unwrap_or_default() {
        let name = file.display().to_string();
        let input = read(&file).unwrap_or_else(|error| panic!("{error}"));
        let expected = adbench::expected::read(&expected).unwrap_or_else(|error| panic!("{error}"));
        let mut by_hand = ByHand::new(&input);
        let (value, gradient) = by_hand.gradient(&input.parameters);
        assert_relative_eq!(value, expected.value, max_relative = 1e-9);
        assert_agree(&name, gradient, &expected.derivative, 1e-9);
        check(&name, &input);
        println!("{name}: as expected");
    }
}
