//! Hand tracking: every way of differentiating it gives the same Jacobian.

mod files;

use adbench::hand::{
    ByDuals, ByHand, ByScalars, ByTangents, Hand, Jacobian, PARAMETERS, Pose, errors, generate, read,
};
use adbench::report::error;

fn generated() -> Hand {
    generate(11, 60, 40)
}

fn by_hand(hand: &Hand, theta: &[f64; PARAMETERS]) -> Jacobian {
    ByHand::new(hand).jacobian(hand, theta).clone()
}

fn by_scalars(hand: &Hand) -> Jacobian {
    ByScalars::new(hand).jacobian(hand, &hand.theta).clone()
}

fn by_tangents(hand: &Hand) -> Jacobian {
    ByTangents::new(hand).jacobian(hand, &hand.theta).clone()
}

fn by_duals(hand: &Hand) -> Jacobian {
    ByDuals::new(hand).jacobian(hand, &hand.theta).clone()
}

fn flat(jacobian: &Jacobian) -> Vec<f64> {
    let errors = jacobian.errors.as_flattened().iter();
    errors.chain(jacobian.flat()).copied().collect()
}

#[test]
fn scalars_and_tangents_agree_with_by_hand() {
    let hand = generated();
    let want = flat(&by_hand(&hand, &hand.theta));
    assert!(error(&flat(&by_scalars(&hand)), &want, 1e-3) < 1e-9);
    assert!(error(&flat(&by_tangents(&hand)), &want, 1e-3) < 1e-9);
    assert!(error(&flat(&by_duals(&hand)), &want, 1e-3) < 1e-9);
}

/// Compares the Jacobian by hand with central differences.
fn check(hand: &Hand, theta: [f64; PARAMETERS]) {
    let jacobian = by_hand(hand, &theta);
    let mut pose = Pose::default();
    let mut at = |k: usize, h: f64| {
        let (mut theta, mut result) = (theta, Vec::new());
        theta[k] += h;
        errors(hand, &theta, &mut pose, &mut result);
        result
    };
    assert!(error(jacobian.errors.as_flattened(), at(0, 0.0).as_flattened(), 1e-3) < 1e-12);
    for k in 0..PARAMETERS {
        let h = 1e-6;
        let (more, less) = (at(k, h), at(k, -h));
        for c in 0..hand.points.len() {
            for i in 0..3 {
                let want = (more[c][i] - less[c][i]) / (2.0 * h);
                let got = jacobian.rows[c][i][k];
                assert!((got - want).abs() < 1e-7, "correspondence {c}, {i}, {k}: {got} and {want}");
            }
        }
    }
}

#[test]
fn by_hand_agrees_with_central_differences() {
    let hand = generated();
    check(&hand, hand.theta);
}

#[test]
fn a_hand_that_is_not_turned_has_a_derivative() {
    let hand = generated();
    let mut theta = hand.theta;
    theta[..3].fill(0.0);
    check(&hand, theta);
}

#[test]
fn every_parameter_moves_something() {
    let jacobian = by_hand(&generated(), &generated().theta);
    for k in 0..PARAMETERS {
        assert!(jacobian.rows.as_flattened().iter().any(|row| row[k].abs() > 1e-3), "parameter {k}");
    }
}

#[test]
fn the_tape_is_empty_afterwards_and_grows_no_more() {
    let hand = generated();
    let mut by_scalars = ByScalars::new(&hand);
    by_scalars.jacobian(&hand, &hand.theta);
    let before = by_scalars.stats();
    by_scalars.jacobian(&hand, &hand.theta);
    assert_eq!(before.instructions, 0);
    assert_eq!(by_scalars.stats(), before);
}

#[test]
fn the_benchmark_s_values() {
    let Some(expected) = files::numbers("expected/hand_simple_small_hand1_t26_c100.txt") else { return };
    let hand = read(&files::file("hand/hand1_t26_c100.txt").unwrap()).unwrap();
    assert_eq!(expected[..2], [3.0 * hand.points.len() as f64, PARAMETERS as f64]);
    for jacobian in [by_hand(&hand, &hand.theta), by_scalars(&hand), by_tangents(&hand), by_duals(&hand)] {
        let difference = error(&flat(&jacobian), &expected[2..], 1e-6);
        assert!(difference < 1e-9, "{difference}");
    }
}
