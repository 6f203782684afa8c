//! The Asian call: every way of computing its greeks gives the same.

use adbench::heston::{
    ByBumps, ByFused, ByHand, ByScalars, Heston, PARAMETERS, Paths, generate, path, price,
};
use adbench::report::{error, scale};

fn generated() -> Paths {
    generate(3, 400, 24)
}

#[test]
fn scalars_agree_with_by_hand() {
    let paths = generated();
    let want = ByHand::default().greeks(&paths.model, &paths);
    let got = ByScalars::default().greeks(&paths.model, &paths);
    assert!(want.slopes.iter().all(|slope| *slope != 0.0), "{want:?}");
    assert!((got.price / want.price - 1.0).abs() < 1e-12);
    assert!((price(&paths.model, &paths) / want.price - 1.0).abs() < 1e-12);
    assert!(error(&got.slopes, &want.slopes, 1e-3 * scale(&want.slopes)) < 1e-9);
    let fused = ByFused::default().greeks(&paths.model, &paths);
    assert!((fused.price / want.price - 1.0).abs() < 1e-12);
    assert!(error(&fused.slopes, &want.slopes, 1e-3 * scale(&want.slopes)) < 1e-9);
}

/// Path by path, where both the payoff and the variance stay away from their kinks, the function is smooth and differences are exact
/// to their own order.
#[test]
fn by_hand_agrees_with_central_differences() {
    let paths = generated();
    let parameters = paths.model.to_array();
    let mut compared = 0;
    for normals in paths.iter() {
        let one = Paths { normals: normals.to_vec(), ..paths.clone() };
        let got = ByHand::default().greeks(&paths.model, &one);
        if got.price < 0.5 || lowest_variance(&paths.model, normals) < 1e-3 {
            continue;
        }
        compared += 1;
        for k in 0..PARAMETERS {
            let at = |h: f64| {
                let mut moved = parameters;
                moved[k] += h;
                path(&Heston::from_array(moved), normals)
            };
            let h = 1e-5 * parameters[k].abs();
            let want = (at(h) - at(-h)) / (2.0 * h);
            let tolerance = 1e-5 * want.abs().max(1e-2 * scale(&got.slopes));
            let (name, got) = (Heston::<f64>::NAMES[k], got.slopes[k]);
            assert!((got - want).abs() < tolerance, "{name}: {got} by hand, {want} by differences");
        }
    }
    assert!(compared >= 20, "{compared} paths were compared");
}

/// The least variance on a path.
fn lowest_variance(model: &Heston<f64>, normals: &[[f64; 2]]) -> f64 {
    let h = model.t / normals.len() as f64;
    let (mut v, mut lowest) = (model.v0, model.v0);
    for [z, other] in normals {
        let a = v.max(0.0);
        let w = model.rho * z + (1.0 - model.rho * model.rho).sqrt() * other;
        v += model.kappa * (model.theta - a) * h + model.xi * (a * h).sqrt() * w;
        lowest = v.min(lowest);
    }
    lowest
}

#[test]
fn truncated_variances_occur_and_have_finite_derivatives() {
    let paths = generated();
    let truncated = paths.iter().filter(|normals| lowest_variance(&paths.model, normals) < 0.0).count();
    assert!(truncated > 0);
    let greeks = ByScalars::default().greeks(&paths.model, &paths);
    assert!(greeks.slopes.iter().all(|slope| slope.is_finite()));
}

#[test]
fn bumps_come_near_as_they_get_smaller() {
    let paths = generate(1, 10_000, 52);
    let want = ByHand::default().greeks(&paths.model, &paths);
    let error_of = |bump: f64| {
        let got = ByBumps { bump }.greeks(&paths.model, &paths);
        error(&got.slopes, &want.slopes, 1e-3 * scale(&want.slopes))
    };
    let (usual, small) = (error_of(1e-4), error_of(1e-6));
    println!("largest relative error of a greek: {usual:.1e} with bumps of 1e-4, {small:.1e} with 1e-6");
    assert!(small < 5e-3, "{small}");
    assert!(small < 0.1 * usual, "{small} and {usual}");
}

#[test]
fn the_tape_is_empty_afterwards_and_grows_no_more() {
    let paths = generated();
    let mut by_scalars = ByScalars::default();
    let first = by_scalars.greeks(&paths.model, &paths);
    let before = by_scalars.stats();
    // The gradients start at 0 again.
    assert_eq!(by_scalars.greeks(&paths.model, &paths), first);
    assert_eq!(before.instructions, 0);
    assert_eq!(by_scalars.stats(), before);
}
