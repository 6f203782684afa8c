//! Programs of published crates that are generic over their number, differentiated through as they are: steps of
//! differential equations and a quadrature, on scalars, on duals, and fused into one instruction.

use std::fmt::Debug;
use std::ops::{AddAssign, MulAssign};

use differential_equations::prelude::{ExplicitRungeKutta, IVP};
use eqsolver::ODESolver;
use integrate::adaptive_quadrature::adaptive_simpson_method;
use integrate::gauss_quadrature::gauss_laguerre_rule;
use nalgebra::{ClosedAddAssign, ClosedMulAssign, RealField, Vector2};
use num_traits::Float;
use wengert::{Dual, Scalar, Tape};
use wengert_tests::assert_all_close;

/// Asserts that the tape, duals and a fused statement agree to rounding, and with the closed form to `tolerance`.
#[track_caller]
fn compare<const K: usize>(
    what: &str,
    at: [f64; K],
    on_scalars: impl Fn([Scalar<f64>; K]) -> Scalar<f64>,
    on_duals: impl Fn([Dual<f64, K>; K]) -> Dual<f64, K>,
    (value, gradient): (f64, [f64; K]),
    tolerance: f64,
) {
    let (y, by_tape) = Tape::new().gradient(&at, |x| on_scalars(x.try_into().expect("K inputs")));
    assert_all_close(format!("the value of {what}"), &[y], &[value], tolerance);
    assert_all_close(format!("{what} on scalars"), &by_tape, &gradient, tolerance);

    let dual = on_duals(Dual::independent(at));
    assert_eq!(dual.value, y, "{what} on duals: the same operations in the same order");
    assert_all_close(format!("{what} on duals"), &dual.dot, &by_tape, 1e-12);

    let tape = Tape::<f64>::new();
    let x = at.map(|x| tape.scalar(x));
    let fused = tape.fuse(x, on_duals);
    assert_eq!((fused.value(), tape.stats().instructions), (y, 1), "{what} when fused");
    fused.backward();
    let grad = x.map(|x| x.grad().expect("a leaf"));
    assert_all_close(format!("{what} when fused"), &grad, &by_tape, 1e-12);
}

fn number<T: Float>(x: f64) -> T {
    T::from(x).expect("a number")
}

/// `y' = -k y`, `y(0) = 1`, at time `t`: by the classical steps of Runge and Kutta of `eqsolver`, over `Float`.
fn decay<T: Float + ClosedAddAssign + ClosedMulAssign<T>>([k, t]: [T; 2]) -> T {
    let flow = |_: T, y: T| -k * y;
    ODESolver::new(flow, T::zero(), T::one(), number(0.01)).solve(t).expect("at least one step")
}

#[test]
fn steps_of_equal_length_by_the_rate_and_the_time() {
    let (k, t) = (1.3, 0.9);
    let y = (-k * t).exp();
    compare("a decay", [k, t], decay, decay, (y, [-t * y, -k * y]), 1e-8);
}

/// `x'' = -k x`, `x(0) = a`, at rest: a system, whose state is a vector of `nalgebra`.
fn oscillator<T: Float + RealField>([k, a, t]: [T; 3]) -> T {
    let flow = |_: T, y: Vector2<T>| Vector2::new(y[1], -k * y[0]);
    let start = Vector2::new(a, <T as num_traits::Zero>::zero());
    ODESolver::new(flow, <T as num_traits::Zero>::zero(), start, number(0.01)).solve(t).expect("a step")[0]
}

#[test]
fn a_system_by_its_stiffness_and_its_start() {
    let (k, a, t) = (2.0_f64, 0.7, 1.2);
    let w = k.sqrt();
    let (sin, cos) = (w * t).sin_cos();
    let gradient = [-a * t * sin / (2.0 * w), cos, -a * w * sin];
    compare("an oscillator", [k, a, t], oscillator, oscillator, (a * cos, gradient), 1e-8);
}

/// `y' = r y (1 - y)` by the method of Dormand and Prince of `differential-equations`, over `RealField`. It chooses its
/// steps by the size of the error, and so by the values.
fn logistic<T: RealField + Copy>([r, start, t]: [T; 3]) -> T {
    let flow = |_: T, y: &T, dy: &mut T| *dy = r * *y * (T::one() - *y);
    let accuracy: T = nalgebra::convert(1e-11);
    let solution = IVP::ode_from_fn(flow, T::zero(), t, start)
        .method(ExplicitRungeKutta::dopri5().rtol(accuracy).atol(accuracy))
        .solve()
        .expect("a smooth flow");
    *solution.y.last().expect("the end")
}

#[test]
fn steps_that_adapt_to_the_error() {
    let (r, start, t) = (1.7_f64, 0.2, 1.5);
    let growth = (r * t).exp();
    let below = 1.0 + start * (growth - 1.0);
    let y = start * growth / below;
    let gradient = [t * y * (1.0 - y), growth / (below * below), r * y * (1.0 - y)];
    compare("a growth", [r, start, t], logistic, logistic, (y, gradient), 1e-8);
}

/// The integral of `e^(-a x)` from 0 to `b`, by the adaptive rule of Simpson of `integrate`.
fn integral<T: Float + AddAssign + MulAssign + Debug + Sync>([a, b]: [T; 2]) -> T {
    adaptive_simpson_method(|x: T| (-a * x).exp(), T::zero(), b, number(1e-6), number(1e-11))
        .expect("a smooth function")
}

#[test]
fn a_quadrature_by_its_parameter_and_its_bound() {
    let (a, b) = (1.3, 0.9);
    let end = (-a * b).exp();
    let value = (1.0 - end) / a;
    compare("an integral", [a, b], integral, integral, (value, [(b * end - value) / a, end]), 1e-9);
}

/// Known, and not a fault of the number: the rules of Gauss of `integrate` take any `Float` and give one back, but sum up
/// in `f64` between. A conversion cuts the gradient, so that the result is passive.
#[test]
fn a_rule_that_sums_in_f64_inside_cuts_the_gradient() {
    let tape = Tape::<f64>::new();
    let a = tape.scalar(1.3);
    let y: Scalar<f64> = gauss_laguerre_rule(|x: Scalar<f64>| (a * x).sin(), 40);
    // The integral of sin(a x) e^-x is a / (1 + a^2).
    assert_all_close("the value", &[y.value()], &[1.3 / (1.0 + 1.3 * 1.3)], 1e-10);
    assert!(!y.requires_grad());
}
