//! Jacobians of scalars in lanes, against one sweep a row.

use wengert::{Error, Scalar, Tape};

use crate::{Program, close};

fn rows_by_grad(tape: &Tape<f64>, y: &[Scalar<f64>], x: &[Scalar<f64>]) -> Vec<Vec<f64>> {
    let row = |y: &Scalar<f64>| tape.grad(&[*y], x).iter().map(|grad| grad.item()).collect();
    y.iter().map(row).collect()
}

#[track_caller]
fn check(what: &str, tape: &Tape<f64>, y: &[Scalar<f64>], x: &[Scalar<f64>]) {
    let (found, expected) = (tape.jacobian(y, x), rows_by_grad(tape, y, x));
    for (i, row) in expected.iter().enumerate() {
        for (j, &expected) in row.iter().enumerate() {
            close(&format!("{what}, row {i}, column {j}"), found[[i, j]], expected);
        }
    }
}

/// Every number of lanes, both directions, inputs that are computed, and nothing left behind.
#[test]
fn random_programs_in_every_number_of_lanes() {
    for (inputs, outputs) in [(1, 1), (1, 9), (3, 2), (2, 3), (5, 20), (20, 5), (8, 8), (17, 16), (9, 11)] {
        for seed in 0..6 {
            let program = Program::new(seed, inputs, outputs, 40);
            let tape = Tape::<f64>::new();
            let x = tape.scalars(&program.point());
            let y = program.run(&x);
            let what = format!("program {seed} of {inputs} inputs, {outputs} outputs");
            let active: Vec<_> = y.iter().copied().filter(|y| y.requires_grad()).collect();
            check(&what, &tape, &active, &x);
            check(&format!("{what}, again"), &tape, &active, &x);
            // An input in mid-list, of which the outputs and the other inputs' columns know.
            let middle = x[0] * x[inputs - 1];
            let z: Vec<_> = active.iter().map(|y| *y * middle + x[0]).collect();
            let targets: Vec<_> = x.iter().copied().chain([middle]).collect();
            check(&format!("{what}, by a computed input"), &tape, &z, &targets);
            assert!(x.iter().all(|x| x.grad().is_none()));
        }
    }
}

#[test]
fn fused_instructions_have_lanes_too() {
    let program = Program::new(7, 4, 3, 20);
    let tape = Tape::<f64>::new();
    let x: [Scalar<f64>; 4] = tape.scalars(&program.point()).try_into().expect("four inputs");
    let y = tape.fuse(x, |x| program.run(&x));
    let z: Vec<_> = (0..12).map(|k| y[k % 3] * y[(k + 1) % 3] + x[k % 4]).collect();
    check("rows", &tape, &z[..3], &x);
    check("columns", &tape, &z, &x[..2]);
    check("by a fused result", &tape, &z, &[y[1], x[0]]);
}

/// Adjoints in lanes stay within 64 MiB: with one slot more than fits, 8 rows take two sweeps of 4 lanes.
#[test]
fn a_long_tape_takes_fewer_lanes() {
    for slots in [1 << 20, (1 << 20) + 1] {
        let tape = Tape::<f64>::new();
        let x: [Scalar<f64>; 8] = std::array::from_fn(|k| tape.scalar((k + 2) as f64));
        let mut sum = x[0] * x[1];
        let before = tape.stats().slots;
        for _ in before..slots - 8 {
            sum += x[2];
        }
        let y = x.map(|x| sum * x);
        assert_eq!(tape.stats().slots, slots);
        let jacobian = tape.jacobian(&y, &x);
        let steps = (slots - 8 - before) as f64;
        for (row, x_row) in jacobian.rows().into_iter().zip(x) {
            let x_row = x_row.value();
            for (column, &found) in row.iter().enumerate() {
                let by_sum = [3.0, 2.0, steps].get(column).copied().unwrap_or(0.0) * x_row;
                let itself = if x_row == (column + 2) as f64 { sum.value() } else { 0.0 };
                assert_eq!(found, by_sum + itself, "{slots} slots, row of {x_row}, column {column}");
            }
        }
        assert!(tape.stats().adjoint_bytes <= 64 << 20, "{slots} slots");
    }
}

#[test]
fn rows_that_pass_through_tensors_are_swept_by_themselves() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&[1.0, 2.0, 3.0]);
    let t = tape.stack(&x, 0).square();
    let y = [t.at(0) * x[1], t.at(1) + x[0], t.sum().at(()), x[2] * x[2]];
    check("rows", &tape, &y[..2], &x);
    check("columns", &tape, &y, &x);
    check("without tensors beside them", &tape, &y[3..], &x);
    // The slots of a leaf tensor hold adjoints too.
    let w = tape.leaf([1.0, 2.0]);
    let z = [w.at(0) * x[0], w.at(1) * x[0]];
    check("beside a leaf tensor", &tape, &z, &x[..2]);
    w.sum().backward();
    assert_eq!(w.grad().unwrap().as_slice().unwrap(), [1.0, 1.0]);
}

#[test]
fn seeds_weigh_rows() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&[2.0, 3.0]);
    let y = [x[0] * x[1], x[0].sin(), x[1]];
    let jacobian = tape.jacobian(&y, &x);
    let seeds: Vec<[f64; 3]> = (0..11).map(|k| [1.0, k as f64, -0.5]).collect();
    let products = tape.vjp_lanes(&y, &seeds, &x);
    for (i, seed) in seeds.iter().enumerate() {
        for j in 0..2 {
            let expected = (0..3).map(|m| seed[m] * jacobian[[m, j]]).sum();
            close(&format!("seed {i}, input {j}"), products[[i, j]], expected);
        }
    }
    assert!(matches!(tape.try_vjp_lanes(&y, &[[1.0]], &x), Err(Error::SeedShape { .. })));
}

#[test]
fn ends_of_every_kind() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&[2.0, 3.0]);
    // Outputs that are inputs, passive, repeated; nothing at all.
    let y = [x[1], Scalar::from(1.0), x[0], x[0]];
    let jacobian = tape.jacobian(&y, &x);
    assert_eq!(jacobian, ndarray::array![[0.0, 1.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]);
    assert_eq!(tape.jacobian(&[], &x).dim(), (0, 2));
    assert_eq!(tape.jacobian(&y, &[]).dim(), (4, 0));
    let z = x[0] * x[1];
    let later = tape.scalar(1.0);
    assert_eq!(tape.jacobian(&[z], &[later, x[0]]), ndarray::array![[0.0, 3.0]]);

    let mut short = [0.0; 3];
    let error = tape.try_jacobian_into(&y, &x, &mut short).unwrap_err().to_string();
    let says = format!("jacobian: the slice has {} numbers, and outputs x inputs is ", short.len());
    assert!(error.starts_with(&says) && error.contains(" = 8\n"), "{error}");
    assert!(error.ends_with("\n  help: give a slice of one number for each output and input"), "{error}");
    let passive = tape.try_jacobian(&[z], &[Scalar::from(1.0)]);
    assert!(matches!(passive, Err(Error::PassiveInput { input: 0, .. })));
    let leaf = tape.leaf([1.0]);
    let element = leaf.at(0);
    assert!(matches!(tape.try_jacobian(&[element * z], &[element]), Err(Error::ViewTarget { .. })));
    let square = leaf.at(0) * leaf.at(0);
    leaf.set_value([5.0]);
    assert!(matches!(tape.try_jacobian(&[square * z, z], &x), Err(Error::Overwritten { .. })));
    // After an error the sweep starts from zeros again.
    assert_eq!(tape.jacobian(&[z, z], &x), ndarray::array![[3.0, 2.0], [3.0, 2.0]]);
}

/// An infinite partial where no adjoint arrives makes no NaN, in every lane.
#[test]
fn infinite_partials_off_the_path() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&[0.0, 4.0]);
    let y = [x[0].sqrt() + x[1], x[1].sqrt(), x[1], x[0] * 2.0];
    check("rows", &tape, &y[..2], &x);
    check("columns", &tape, &y, &x);
}

/// A closed gate lets nothing through, not even what is infinite, in either direction and in every number of lanes.
#[test]
fn closed_gates_let_no_infinity_through() {
    let tape = Tape::<f64>::new();
    let (x, z) = (tape.scalar(-0.3), tape.scalar(2.0));
    let gates: [fn(Scalar<f64>) -> Scalar<f64>; 3] = [|x| x.relu(), |x| x.clamp_min(0.0), |x| x.relu6()];
    for gate in gates {
        // In reverse: the root of 0 sends an infinite adjoint.
        let y = gate(x).sqrt();
        for count in 1..=9 {
            let outputs: Vec<_> = (0..count).map(|k| if k == 0 { y } else { z * x }).collect();
            let inputs: Vec<_> = (0..10).map(|k| if k == 0 { x } else { z }).collect();
            let jacobian = tape.jacobian(&outputs, &inputs);
            assert_eq!(jacobian[[0, 0]], 0.0, "{count} rows");
            assert!(count < 2 || jacobian[[1, 0]] == 2.0 && jacobian[[1, 1]] == -0.3);
        }
        assert_eq!(
            tape.vjp_lanes(&[y, z * x], &[[1.0, 0.0], [1.0, 1.0]], &[x]),
            ndarray::array![[0.0], [2.0]]
        );
        // Forward: the root of 0 gets an infinite tangent.
        let zero = tape.scalar(0.0);
        let y = gate(-zero.sqrt());
        for inputs in 1..=4 {
            let inputs = vec![zero; inputs];
            let jacobian = tape.jacobian(&[y; 6], &inputs);
            assert!(jacobian.iter().all(|&entry| entry == 0.0), "{jacobian}");
        }
    }
    // What no derivative needs may have been overwritten, in either direction.
    let w = tape.leaf([2.0]);
    let a = w.at([0]);
    let _unrelated = a * a;
    let y = z * z;
    w.set_value([5.0]);
    assert_eq!(tape.jacobian(&[y, y, y], &[z]), ndarray::array![[4.0], [4.0], [4.0]]);
}

#[test]
fn a_row_is_the_same_whatever_is_asked_beside_it() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(0.0);
    let y = x.sqrt() * 0.0;
    let alone = tape.jacobian(&[y], &[x])[[0, 0]];
    let beside = tape.jacobian(&[y, x + 1.0], &[x]);
    assert_eq!((alone, beside[[0, 0]], beside[[1, 0]]), (0.0, 0.0, 1.0));
    let far = tape.scalar(-720.0);
    let logistic = 1.0 / (1.0 + (-far).exp());
    assert_eq!(tape.jacobian(&[logistic, far], &[far]).into_raw_vec_and_offset().0, [0.0, 1.0]);
    // What is NaN either way stays so.
    let nan = (x * x).sqrt();
    assert!(tape.jacobian(&[nan / x, x, x], &[x])[[0, 0]].is_nan());
}
