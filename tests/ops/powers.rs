//! Slopes of powers, also where the power itself has no digits left, or is no number.

use wengert::{Dual, Scalar, Tape};

/// Bases and exponents between which powers are small, large, subnormal, 0 and infinite.
const BASES: [f64; 14] =
    [0.0, 1e-300, 1e-200, 1e-40, 1e-9, 0.3, 1.0, 1.7, 40.0, 1e9, 1e200, f64::INFINITY, -2.0, f64::NAN];
const EXPONENTS: [f64; 13] = [-3.0, -2.5, -1.0, -0.5, 0.0, 0.3, 1.0, 1.02, 1.6, 2.0, 3.0, 4.5, 33.0];

macro_rules! slopes {
    ($float:ident) => {{
        let tape = Tape::<$float>::new();
        for (a, b) in BASES.iter().flat_map(|&a| EXPONENTS.map(|b| (a as $float, b as $float))) {
            let want = if b == 0.0 { 0.0 } else { b * a.powf(b - 1.0) };
            let (s, x) = (tape.scalar(a), tape.leaf([a, a, a]));
            let by_tensor = tape.grad(&[x.pow(b).slice(0, 1..2).sum()], &[x])[0].to_vec();
            for (way, got) in [
                ("scalars", tape.grad(&[s.pow(Scalar::from(b))], &[s])[0].item()),
                ("a number", tape.grad(&[s.pow(b)], &[s])[0].item()),
                ("tensors", by_tensor[1]),
                ("duals", Dual { value: a, dot: [1.0] }.pow(Dual::passive(b)).dot[0]),
            ] {
                // Of an exponent a rounding is worth its logarithm.
                let ulps = 4.0 + a.abs().ln().abs();
                let close = (got - want).abs() <= ulps * $float::EPSILON * want.abs();
                let same = got == want || (got.is_nan() && want.is_nan());
                assert!(close || same, "{a:e}^{b} by {way}: {got:e}, not {want:e}");
            }
        }
    }};
}

#[test]
fn the_slope_of_a_power_keeps_its_digits_where_the_power_does_not() {
    slopes!(f64);
    slopes!(f32);
}
