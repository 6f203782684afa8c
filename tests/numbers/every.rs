//! One program on every kind of number: scalars, duals, and duals in a fused statement.

use std::iter::Sum;
use std::ops::Mul;

use nalgebra::RealField;
use wengert::check;
use wengert::{Dual, Scalar, Tape};
use wengert_tests::is_close;

/// What the programs on matrices ask of a number.
pub trait Number: RealField + Copy + Mul<f64, Output = Self> + Sum + From<f64> {}
impl<T: RealField + Copy + Mul<f64, Output = T> + Sum + From<f64>> Number for T {}

/// Checks a program on scalars, then runs the same text on duals, alone and in fused statements: the values are the same
/// bits, and the partials are the tape's. In its text `S` is the type of its numbers.
#[macro_export]
macro_rules! on_every_number {
    ($name:expr, $at:expr, |$x:ident| $program:expr) => {{
        let (name, at): (&str, &[f64]) = ($name, &$at[..]);
        let expected = {
            type S = wengert::Scalar<f64>;
            $crate::every::on_scalars(name, at, |$x: &[S]| -> S { $program })
        };
        type S = wengert::Dual<f64, 2>;
        $crate::every::on_duals(name, at, &expected, &|$x: &[S]| -> S { $program });
    }};
}

/// The value and the gradient of a program, which central differences agree with.
#[track_caller]
pub fn on_scalars(
    name: &str,
    at: &[f64],
    program: impl Fn(&[Scalar<f64>]) -> Scalar<f64>,
) -> (f64, Vec<f64>) {
    check::scalars(name, at, &program).assert_ok();
    Tape::new().gradient(at, program)
}

/// Two partials a run; two inputs a fused statement, to which the others are constants.
#[track_caller]
pub fn on_duals(
    name: &str,
    at: &[f64],
    (value, gradient): &(f64, Vec<f64>),
    program: &dyn Fn(&[Dual<f64, 2>]) -> Dual<f64, 2>,
) {
    let constants: Vec<Dual<f64, 2>> = at.iter().map(|&x| Dual::passive(x)).collect();
    for first in (0..at.len()).step_by(2) {
        let pair = first..at.len().min(first + 2);
        let with = |independents: &[Dual<f64, 2>]| {
            let mut x = constants.clone();
            x[pair.clone()].copy_from_slice(independents);
            program(&x)
        };
        let mut independents = Dual::independent([0.0; 2]);
        for (independent, &x) in independents.iter_mut().zip(&at[pair.clone()]) {
            independent.value = x;
        }
        let y = with(&independents[..pair.len()]);
        assert_eq!(y.value, *value, "{name} on duals: the same operations in the same order");

        let tape = Tape::<f64>::new();
        let mut inputs = [Scalar::from(0.0); 2];
        inputs[..pair.len()].copy_from_slice(&tape.scalars(&at[pair.clone()]));
        let fused = tape.fuse(inputs, |x| with(&x[..pair.len()]));
        assert_eq!(tape.stats().instructions, 1, "{name} when fused");
        assert_eq!(fused.value(), *value, "{name} when fused: the same operations in the same order");
        fused.backward();

        for (lane, k) in pair.clone().enumerate() {
            agree(&format!("{name} on duals, by input {k}"), y.dot[lane], gradient[k]);
            let grad = inputs[lane].grad().expect("a leaf");
            agree(&format!("{name} when fused, by input {k}"), grad, gradient[k]);
        }
    }
}

/// Both are sums of the same products in another order.
#[track_caller]
pub fn agree(what: &str, found: f64, expected: f64) {
    assert!(is_close(found, expected, 1e-11), "{what}: {found:e}, by the tape {expected:e}");
}
