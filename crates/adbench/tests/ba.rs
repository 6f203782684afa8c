//! Bundle adjustment: every way of differentiating it gives the same sparse Jacobian.

mod files;

use adbench::ba::{
    BLOCK, Bundle, ByDuals, ByFused, ByHand, ByScalars, Jacobian, generate, read, reprojection, residuals,
    weight_error,
};
use adbench::report::error;

fn generated() -> Bundle {
    generate(7, 3, 20, 60)
}

#[test]
fn scalars_agree_with_by_hand() {
    let mut bundle = generated();
    // A camera that is not turned takes another branch.
    bundle.cameras[0][..3].fill(0.0);
    let (mut by_hand, mut by_scalars, mut by_fused) =
        (ByHand::new(&bundle), ByScalars::new(&bundle), ByFused::new(&bundle));
    let by_hand = by_hand.jacobian(&bundle);
    let agrees = |jacobian: &Jacobian| {
        assert!(error(&jacobian.values, &by_hand.values, 1e-3) < 1e-9);
        assert!(error(jacobian.errors.as_flattened(), by_hand.errors.as_flattened(), 1e-3) < 1e-9);
        assert!(error(&jacobian.weight_errors, &by_hand.weight_errors, 1e-3) < 1e-9);
    };
    agrees(by_scalars.jacobian(&bundle));
    agrees(by_fused.jacobian(&bundle));
    agrees(ByDuals::new(&bundle).jacobian(&bundle));
    agrees(ByDuals::new(&bundle).fused_jacobian(&bundle));
}

#[test]
fn by_hand_agrees_with_central_differences() {
    let bundle = generated();
    let mut by_hand = ByHand::new(&bundle);
    let by_hand = by_hand.jacobian(&bundle);
    for (i, seen) in bundle.observations.iter().enumerate() {
        let block = bundle.block(seen);
        for k in 0..BLOCK {
            let h = 1e-6 * block[k].abs().max(1e-2);
            let at = |h: f64| {
                let mut moved = block;
                moved[k] += h;
                reprojection(&moved, seen.feature)
            };
            let (more, less) = (at(h), at(-h));
            for row in 0..2 {
                let want = (more[row] - less[row]) / (2.0 * h);
                let got = by_hand.block(i)[row][k];
                let scale = by_hand.block(i)[row].iter().fold(1.0, |largest: f64, d| largest.max(d.abs()));
                assert!((got - want).abs() < 1e-5 * scale, "observation {i}, {row}, {k}: {got} and {want}");
            }
        }
        let want = (weight_error(seen.weight + 1e-6) - weight_error(seen.weight - 1e-6)) / 2e-6;
        assert!((by_hand.weight(i) - want).abs() < 1e-8);
    }
}

#[test]
fn the_errors_are_those_without_derivatives() {
    let bundle = generated();
    let mut by_hand = ByHand::new(&bundle);
    let jacobian = by_hand.jacobian(&bundle);
    let (mut errors, mut weight_errors) = (Vec::new(), Vec::new());
    residuals(&bundle, &mut errors, &mut weight_errors);
    assert!(error(jacobian.errors.as_flattened(), errors.as_flattened(), 1e-3) < 1e-12);
    assert_eq!(jacobian.weight_errors, weight_errors);
}

#[test]
fn the_rows_stand_where_their_parameters_are() {
    let bundle = generated();
    let mut by_hand = ByHand::new(&bundle);
    let jacobian = by_hand.jacobian(&bundle);
    let parameters = bundle.cameras.as_flattened().iter().chain(bundle.points.as_flattened());
    let parameters: Vec<f64> =
        parameters.copied().chain(bundle.observations.iter().map(|seen| seen.weight)).collect();
    assert_eq!(jacobian.rows.len(), 3 * bundle.observations.len() + 1);
    assert_eq!(jacobian.rows.last(), Some(&jacobian.values.len()));
    for (i, seen) in bundle.observations.iter().enumerate() {
        let of_row = |row: usize| {
            let columns = &jacobian.columns[jacobian.rows[row]..jacobian.rows[row + 1]];
            columns.iter().map(|&column| parameters[column as usize]).collect::<Vec<_>>()
        };
        assert_eq!(of_row(2 * i), bundle.block(seen));
        assert_eq!(of_row(2 * i + 1), bundle.block(seen));
        assert_eq!(of_row(2 * bundle.observations.len() + i), [seen.weight]);
    }
}

#[test]
fn the_tape_is_empty_afterwards_and_grows_no_more() {
    let bundle = generated();
    let mut by_scalars = ByScalars::new(&bundle);
    by_scalars.jacobian(&bundle);
    let before = by_scalars.stats();
    by_scalars.jacobian(&bundle);
    assert_eq!(before.instructions, 0);
    assert_eq!(by_scalars.stats(), before);
}

#[test]
fn the_benchmark_s_values() {
    let Some(expected) = files::numbers("expected/ba1_n49_m7776_p31843_first20.txt") else { return };
    let bundle = read(&files::file("ba/ba1_n49_m7776_p31843.txt").unwrap()).unwrap();
    assert_eq!((bundle.cameras.len(), bundle.points.len(), bundle.observations.len()), (49, 7776, 31843));
    let (mut by_hand, mut by_scalars) = (ByHand::new(&bundle), ByScalars::new(&bundle));
    let mut by_fused = ByFused::new(&bundle);
    let (by_hand, by_scalars) = (by_hand.jacobian(&bundle), by_scalars.jacobian(&bundle));
    let by_fused = by_fused.jacobian(&bundle);
    let (mut by_duals, mut by_fused_duals) = (ByDuals::new(&bundle), ByDuals::new(&bundle));
    let (by_duals, by_fused_duals) = (by_duals.jacobian(&bundle), by_fused_duals.fused_jacobian(&bundle));

    let (lines, rest) = expected.as_chunks::<{ 3 + 2 + 2 * BLOCK + 2 }>();
    assert_eq!((lines.len(), rest.len()), (20, 0));
    for line in lines {
        let i = line[0] as usize;
        let seen = &bundle.observations[i];
        assert_eq!([seen.camera, seen.point], [line[1] as usize, line[2] as usize]);
        for jacobian in [by_hand, by_scalars, by_fused, by_duals, by_fused_duals] {
            let mut got = jacobian.errors[i].to_vec();
            got.extend(jacobian.block(i).as_flattened());
            got.extend([jacobian.weight_errors[i], jacobian.weight(i)]);
            assert!(error(&got, &line[3..], 1e-9) < 1e-9, "observation {i}: {got:?}");
        }
    }
}
