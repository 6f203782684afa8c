//! `jvp`, `jvp_lanes` and `hvp`: derivatives along tangents.

use wengert::{Error, Operand, Tape};
use wengert_tests::{assert_all_close, live, still_works};

#[test]
fn several_lanes_are_several_tangents() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf([[0.3, -0.8], [1.2, 0.1]]), tape.scalar(0.7));
    let y = (x.matmul(x.t()) * s).sin().sum_axes(0);
    let z = s * x.at([0, 1]) + y.at(1);
    let inputs: [Operand<f64>; 2] = [x.into(), s.into()];
    let outputs: [Operand<f64>; 3] = [y.into(), z.into(), x.into()];
    let tangent = |k: usize| {
        let k = k as f64;
        [(vec![1.0, k, -0.5 * k, 0.25], vec![2usize, 2]), (vec![1.0 - k], vec![])]
    };
    let all: Vec<_> = (0..5).map(tangent).collect();
    let lanes: Vec<&[_]> = all.iter().map(|tangents| &tangents[..]).collect();
    let before = live(&tape).instructions;
    let together = tape.jvp_lanes(&outputs, &inputs, &lanes);
    assert_eq!((together.len(), live(&tape).instructions), (5, before));
    for (lane, tangents) in all.iter().enumerate() {
        let alone = tape.jvp(&outputs, &inputs, tangents);
        for k in 0..3 {
            assert_eq!(together[lane][k].to_vec(), alone[k].to_vec(), "lane {lane}, output {k}");
            assert_eq!(together[lane][k].shape(), alone[k].shape());
            assert!(!alone[k].requires_grad());
        }
        // An input is an output as well.
        assert_eq!(alone[2].to_vec(), tangents[0].0);
    }
    assert!(tape.jvp_lanes::<_, _, [f64; 1]>(&outputs, &inputs, &[]).is_empty());
}

#[test]
fn a_tangent_may_begin_at_an_intermediate_and_add_up() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let u = x.square();
    let y = u * x;
    // By u alone, with x fixed.
    assert_eq!(tape.jvp(&[y], &[u], &[[1.0, 10.0]])[0].to_vec(), [1.0, 20.0]);
    // An input that depends on another is independent of it: both have the tangents that were given.
    assert_eq!(tape.jvp(&[y], &[u, x], &[[1.0, 10.0], [1.0, 1.0]])[0].to_vec(), [2.0, 24.0]);
    // The same input twice has both tangents.
    assert_eq!(tape.jvp(&[y], &[x, x], &[[1.0, 0.0], [0.0, 1.0]])[0].to_vec(), [3.0, 12.0]);
}

#[test]
fn what_depends_on_no_input_has_the_tangent_zero() {
    let tape = Tape::<f64>::new();
    let (x, other) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0]));
    let y = x.exp();
    let after = tape.leaf([[1.0, 2.0]]);
    let dots = tape.jvp(&[y, after], &[other], &[[1.0]]);
    assert_eq!((dots[0].to_vec(), dots[1].to_vec()), (vec![0.0; 2], vec![0.0; 2]));
    assert_eq!(tape.jvp(&[y], &[after], &[[[1.0, 1.0]]])[0].to_vec(), [0.0; 2]);
    let products = tape.hvp(y.sum(), &[x, other], &[vec![1.0, 1.0], vec![1.0]]);
    assert_all_close("hvp", &products[0].to_vec(), &y.to_vec(), 1e-15);
    assert_eq!(products[1].to_vec(), [0.0]);
    assert_eq!(tape.hvp(y.sum(), &[after], &[[[1.0, 1.0]]])[0].to_vec(), [0.0; 2]);
}

#[test]
fn the_hessian_is_symmetric() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.3, -0.8, 1.2]);
    let y = ((x * x.at(0)).tanh() * x.exp()).sum() * x.at(2).sin();
    let rows: Vec<Vec<f64>> = (0..3)
        .map(|k| {
            let mut unit = vec![0.0; 3];
            unit[k] = 1.0;
            tape.hvp(y, &[x], &[unit])[0].to_vec()
        })
        .collect();
    for (i, row) in rows.iter().enumerate() {
        let column: Vec<f64> = rows.iter().map(|row| row[i]).collect();
        assert_all_close("column", &column, row, 1e-14);
    }
    // Linear in the vector.
    let sum: Vec<f64> = (0..3).map(|i| rows[0][i] + 2.0 * rows[1][i] - rows[2][i]).collect();
    assert_all_close("sum", &tape.hvp(y, &[x], &[[1.0, 2.0, -1.0]])[0].to_vec(), &sum, 1e-13);
}

#[test]
fn wrong_requests_are_errors_that_record_nothing() {
    let tape = Tape::<f64>::new();
    let (x, c) = (tape.leaf([1.0, 2.0]), tape.constant([1.0, 2.0]));
    let y = x.square();
    let loss = y.sum();
    let before = live(&tape);
    let two = [[1.0, 1.0], [1.0, 1.0]];
    let jvp = |inputs: &[_], tangents: &[[f64; 2]]| tape.try_jvp(&[y], inputs, tangents).unwrap_err();
    let hvp = |inputs: &[_], vectors: &[[f64; 2]]| tape.try_hvp(loss, inputs, vectors).unwrap_err();
    assert!(matches!(jvp(&[x], &two), Error::TangentCount { op: "jvp", inputs: 1, tangents: 2, .. }));
    assert!(matches!(hvp(&[x], &two), Error::TangentCount { op: "hvp", inputs: 1, tangents: 2, .. }));
    assert!(matches!(jvp(&[x], &[]), Error::TangentCount { inputs: 1, tangents: 0, .. }));
    assert!(matches!(jvp(&[c], &two[..1]), Error::PassiveInput { input: 0, .. }));
    assert!(matches!(hvp(&[x, c], &two), Error::PassiveInput { input: 1, .. }));
    assert!(matches!(hvp(&[x.t()], &two[..1]), Error::ViewTarget { .. }));
    assert!(matches!(tape.try_jvp(&[y], &[x], &[[1.0]]).unwrap_err(), Error::TangentShape { .. }));
    assert!(matches!(tape.try_hvp(loss, &[x], &[[1.0]]).unwrap_err(), Error::TangentShape { .. }));
    assert!(matches!(tape.try_hvp(y, &[x], &two[..1]).unwrap_err(), Error::NonScalarRoot { .. }));
    assert!(matches!(tape.try_hvp(c.sum(), &[x], &two[..1]).unwrap_err(), Error::PassiveRoot { .. }));
    assert!(matches!(tape.try_jvp(&[1.0], &[x], &two[..1]).unwrap_err(), Error::PassiveRoot { .. }));
    let lanes = [&two[..1], &two[..]];
    assert!(matches!(tape.try_jvp_lanes(&[y], &[x], &lanes).unwrap_err(), Error::TangentCount { .. }));
    // The constants and views that the requests above made themselves are all there is more.
    assert_eq!(live(&tape).instructions, before.instructions);
    still_works(&tape);
}

/// Inputs that instructions computed are found in whatever order they are asked for, and as often.
#[test]
fn computed_inputs_are_found_in_any_order() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(1.5);
    let a = x * x;
    let b = a * 3.0;
    let c = b.sin() * x;
    let y = a * b * c;
    for order in [[a, b, c, x], [c, b, a, x], [b, x, c, a], [b, c, b, a]] {
        let recorded = tape.grad_recorded(&[y], &order);
        let products = tape.hvp(y, &order, &[1.0, 2.0, 3.0, 4.0]);
        for (k, input) in order.into_iter().enumerate() {
            let slope = tape.grad(&[y], &[input])[0].item();
            assert_eq!(recorded[k].item(), slope, "input {k}");
            assert!(products[k].item() != 0.0, "input {k}");
        }
        let again = tape.hvp(y, &[order[3], order[1], order[0], order[2]], &[4.0, 2.0, 1.0, 3.0]);
        let found = [again[2], again[1], again[3], again[0]].map(|product| product.item());
        assert_eq!(found.to_vec(), products.iter().map(|product| product.item()).collect::<Vec<_>>());
    }
}
