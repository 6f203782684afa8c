//! Duals as numbers: every op of the table against scalars, and code that is generic over `Float`.

use num_traits::{Float, FromPrimitive, Num, One, Zero};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wengert::{Dual, Tape};

use crate::{Program, close};

#[test]
fn random_programs_agree_with_the_tape() {
    for seed in 0..40 {
        let program = Program::new(seed, 4, 2, 25);
        let point: [f64; 4] = program.point().try_into().expect("four inputs");
        let duals = program.run(&Dual::independent(point));
        let tape = Tape::<f64>::new();
        let x = tape.scalars(&point);
        let scalars = program.run(&x);
        for (dual, scalar) in duals.iter().zip(&scalars) {
            assert_eq!(dual.value, scalar.value());
            for (k, grad) in tape.grad(&[*scalar], &x).iter().enumerate() {
                close(&format!("program {seed} by input {k}"), dual.dot[k], grad.item());
            }
        }
    }
}

/// Operators in every combination, against `f64` and its derivative.
#[test]
#[allow(clippy::op_ref, reason = "references are what is tested")]
fn operators_take_numbers_and_references_on_either_side() {
    let x = Dual::<f64, 1> { value: 3.0, dot: [1.0] };
    let rows = [
        (x + 2.0, 5.0, 1.0),
        (2.0 + x, 5.0, 1.0),
        (x - 2.0, 1.0, 1.0),
        (2.0 - x, -1.0, -1.0),
        (x * 2.0, 6.0, 2.0),
        (2.0 * &x, 6.0, 2.0),
        (&x / 2.0, 1.5, 0.5),
        (6.0 / x, 2.0, -2.0 / 3.0),
        (&x * &x, 9.0, 6.0),
        (-&x, -3.0, -1.0),
        (x % 2.0, 1.0, 1.0),
        (8.0 % x, 2.0, -2.0),
        (x.powi(2), 9.0, 6.0),
        (x.pow(2.0), 9.0, 6.0),
        (Float::powf(x, Dual::passive(2.0)), 9.0, 6.0),
        ([x, x].into_iter().sum(), 6.0, 2.0),
        ([x, x].iter().product(), 9.0, 6.0),
        (x.clamp(0.0, 2.0), 2.0, 0.0),
        (x.clamp(0.0, 3.0), 3.0, 0.0),
        (x.clamp(0.0, 4.0), 3.0, 1.0),
        (Float::round(x * 0.5), 2.0, 0.0),
        (x.signum(), 1.0, 0.0),
    ];
    for (row, (found, value, dot)) in rows.into_iter().enumerate() {
        close(&format!("value of row {row}"), found.value, value);
        close(&format!("tangent of row {row}"), found.dot[0], dot);
    }
    let mut y = x;
    y += 1.0;
    y *= x;
    y -= x;
    y /= 3.0;
    assert_eq!((y.value, y.dot), (3.0, [2.0]));
    assert!(x > 2.0);
    assert!(2.5 < x);
    assert_eq!(x, 3.0);
    assert_eq!(x.to_string(), "3");
    type D = Dual<f64, 2>;
    assert!(D::zero().is_zero() && D::one().is_one() && D::from_f64(2.0) == Some(D::from(2.0)));
    assert_eq!(D::from_str_radix("10", 2).unwrap(), 2.0);
}

#[test]
fn a_tangent_of_zero_counts_as_none() {
    let [x, y] = Dual::independent([0.0, f64::INFINITY]);
    assert_eq!((x.sqrt() + 1.0).dot, [f64::INFINITY, 0.0]);
    let product = x * y;
    assert!(product.value.is_nan() && product.dot == [f64::INFINITY, 0.0]);
    // The exponent's partial is not computed where it has no tangent: the logarithm of a negative base is NaN.
    let [base] = Dual::independent([-2.0]);
    assert_eq!(base.pow(2.0).dot, [-4.0]);
}

/// The same in many lanes, which are asked otherwise.
#[test]
fn an_infinite_partial_off_the_path_makes_no_nan_in_many_lanes() {
    let mut at = [1.0; 11];
    (at[0], at[1]) = (0.0, f64::INFINITY);
    let x = Dual::independent(at);
    let lane = |k: usize, dot: f64| {
        let mut dots = [0.0; 11];
        dots[k] = dot;
        dots
    };
    assert_eq!(x[0].sqrt().dot, lane(0, f64::INFINITY));
    assert_eq!((x[2] * x[1]).dot[..3], [0.0, 1.0, f64::INFINITY]);
    assert_eq!((x[2] * x[1]).dot[3..], [0.0; 8]);
    assert_eq!((x[2] * f64::INFINITY).dot, lane(2, f64::INFINITY));
    assert_eq!((x[3] / 0.0).dot, lane(3, f64::INFINITY));
    let product = x[0] * x[1];
    assert!(product.value.is_nan() && product.dot[..2] == [f64::INFINITY, 0.0]);
    assert_eq!(product.dot[2..], [0.0; 9]);
    assert_eq!((x[4] * x[5]).dot[3..7], [0.0, 1.0, 1.0, 0.0]);
}

/// A function of duals that is differentiated by itself gives the tangents that its ops give one by one.
fn fused<const K: usize, const N: usize>(seed: u64) {
    let program = Program::new(seed, K, 3, 20);
    let mut rng = StdRng::seed_from_u64(seed);
    let inputs: [Dual<f64, N>; K] = std::array::from_fn(|k| {
        // Some of the tangents are 0.
        let dot = std::array::from_fn(|_| rng.random_range(-1..3) as f64 * 0.5);
        Dual { value: program.point()[k], dot }
    });
    let expected = program.run(&inputs);
    let list: Vec<Dual<f64, N>> = Dual::fuse(inputs, |x| program.run(&x));
    let array: [Dual<f64, N>; 1] = Dual::fuse(inputs, |x| [program.run(&x)[0]]);
    let (first, second) = Dual::fuse(inputs, |x| (program.run(&x)[0], program.run(&x)[1]));
    let all = [(list[0], 0), (list[1], 1), (list[2], 2), (array[0], 0), (first, 0), (second, 1)];
    for (found, m) in all {
        let expected = expected[m];
        assert_eq!(found.value, expected.value);
        for lane in 0..N {
            close(&format!("program {seed}, result {m}, lane {lane}"), found.dot[lane], expected.dot[lane]);
        }
    }
}

#[test]
fn a_function_differentiated_by_itself_has_the_tangents_of_its_ops() {
    for seed in 0..20 {
        fused::<1, 4>(seed);
        fused::<2, 1>(100 + seed);
        fused::<5, 3>(200 + seed);
        fused::<3, 16>(300 + seed);
        fused::<20, 2>(400 + seed);
    }
}

#[test]
fn a_fused_function_of_duals_keeps_tangents_of_0() {
    let [x, y] = Dual::independent([0.0, 4.0]);
    let root = Dual::fuse([x, y], |[x, y]| x.sqrt() + y.sqrt());
    assert_eq!((root.value, root.dot), (2.0, [f64::INFINITY, 0.25]));
    let root = Dual::fuse([Dual { value: 0.0, dot: [0.0, 1.0] }], |[x]| x.sqrt());
    assert_eq!(root.dot, [0.0, f64::INFINITY]);
    let passive: Dual<f64, 2> = Dual::fuse([], |[]| Dual::passive(3.0));
    assert_eq!((passive.value, passive.dot), (3.0, [0.0, 0.0]));
    let [] = Dual::fuse([x], |[_]| []);
}
