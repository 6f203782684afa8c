//! Every method of `Float`: the value of `f64`, and the right derivative.

use num_traits::ops::euclid::Euclid;
use num_traits::{Float, Inv, MulAdd, MulAddAssign, Pow, Signed};
use wengert::check::{self, Check};
use wengert::{Scalar, Tape};
use wengert_tests::is_close;

type S = Scalar<f64>;

/// Points of which some are halves, signed zeros and not finite.
const SPECIAL: [f64; 15] = [
    -f64::INFINITY,
    -2.5,
    -1.5,
    -1.0,
    -0.7,
    -0.5,
    -0.0,
    0.0,
    0.49999999999999994,
    0.5,
    0.7,
    1.0,
    2.5,
    f64::INFINITY,
    f64::NAN,
];

type Named<F> = Vec<(&'static str, F)>;

/// The methods of one operand, for one type.
fn unary<T: Float>() -> Named<fn(T) -> T> {
    macro_rules! methods {
        ($($name:ident)*) => { vec![$((stringify!($name), T::$name as fn(T) -> T)),*] };
    }
    methods! {
        floor ceil round trunc fract abs signum recip sqrt cbrt exp exp2 exp_m1 ln ln_1p log2 log10
        sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh to_degrees to_radians
    }
}

fn binary<T: Float>() -> Named<fn(T, T) -> T> {
    macro_rules! methods {
        ($($name:ident)*) => { vec![$((stringify!($name), T::$name as fn(T, T) -> T)),*] };
    }
    methods! { powf log hypot atan2 copysign max min abs_sub }
}

fn same(got: f64, want: f64) -> bool {
    is_close(got, want, 4e-15) && (want != 0.0 || got.is_sign_negative() == want.is_sign_negative())
}

#[test]
fn values_are_those_of_f64_at_special_points_too() {
    let tape = Tape::<f64>::new();
    for ((name, of_scalar), (_, of_number)) in unary::<S>().into_iter().zip(unary::<f64>()) {
        for x in SPECIAL {
            let (got, want) = (of_scalar(tape.scalar(x)), of_number(x));
            assert!(same(got.value(), want), "{name}({x}) is {got}, expected {want}");
            assert_eq!(of_scalar(x.into()).value().to_bits(), got.value().to_bits(), "{name}({x}), passive");
        }
    }
    for ((name, of_scalar), (_, of_number)) in binary::<S>().into_iter().zip(binary::<f64>()) {
        for (a, b) in SPECIAL.iter().flat_map(|&a| SPECIAL.map(|b| (a, b))) {
            let (got, want) = (of_scalar(tape.scalar(a), tape.scalar(b)), of_number(a, b));
            // Which zero is the larger one no standard says.
            let zeros = want == 0.0 && got.value() == 0.0 && matches!(name, "max" | "min" | "abs_sub");
            assert!(zeros || same(got.value(), want), "{name}({a}, {b}) is {got}, expected {want}");
        }
    }
}

#[test]
fn derivatives_are_right_in_both_orders() {
    for (name, method) in unary::<S>() {
        let points: &[f64] = if name == "acosh" { &[1.3, 2.7] } else { &[0.3, 0.7] };
        for &x in points {
            check::scalars(name, &[x], |x| method(x[0])).assert_ok();
        }
    }
    for (name, method) in binary::<S>() {
        for at in [[1.3, 2.2], [2.2, 1.3], [0.4, 0.8]] {
            check::scalars(name, &at, |x| method(x[0], x[1])).assert_ok();
        }
    }
    check::scalars("mul_add", &[0.3, 1.2, -0.7], |x| Float::mul_add(x[0], x[1], x[2])).assert_ok();
    check::scalars("powi", &[1.3], |x| Float::powi(x[0], -3)).assert_ok();
    check::scalars("sin_cos", &[1.3], |x| {
        let (sin, cos) = Float::sin_cos(x[0]);
        sin * cos
    })
    .assert_ok();
    for x in [-0.3, 0.4, 1.7] {
        check::scalars("clamp", &[x, 0.1, 0.9], |x| Float::clamp(x[0], x[1], x[2])).assert_ok();
    }
}

#[test]
fn pieces_that_are_flat_have_the_slope_0_and_stay_connected() {
    let tape = Tape::<f64>::new();
    let flat: [fn(S) -> S; 5] = [S::floor, S::ceil, Float::round, S::trunc, Float::signum];
    for x in [-1.5, -0.2, 0.0, 2.5] {
        for f in flat {
            let x = tape.scalar(x);
            f(x).backward();
            assert_eq!(x.grad(), Some(0.0));
        }
        let x = tape.scalar(x);
        Float::fract(x).backward();
        assert_eq!(x.grad(), Some(1.0));
    }
    // The handle's own method is PyTorch's, which takes the even of two integers that are as near.
    let x = tape.scalar(2.5);
    assert_eq!((x.round(), Float::round(x)), (2.0.into(), 3.0.into()));
    assert_eq!((tape.scalar(0.0).sign(), tape.scalar(0.0).signum()), (0.0.into(), 1.0.into()));
}

#[test]
fn the_larger_of_two_is_not_nan_and_equal_ones_share() {
    let tape = Tape::<f64>::new();
    let (x, nan) = (tape.scalar(1.0), tape.scalar(f64::NAN));
    for y in [Float::max(x, nan), Float::max(nan, x), Float::min(x, nan), Float::min(nan, x), x.max(f64::NAN)]
    {
        assert_eq!(y, 1.0);
    }
    assert!(Float::max(nan, nan).is_nan() && x.maximum(nan).is_nan());
    Float::max(x, nan).backward();
    assert_eq!((x.grad(), nan.grad()), (Some(1.0), None));
    let (a, b) = (tape.scalar(2.0), tape.scalar(2.0));
    Float::max(a, b).backward();
    assert_eq!((a.grad(), b.grad()), (Some(0.5), Some(0.5)));
}

#[test]
fn questions_are_about_the_value() {
    let tape = Tape::<f64>::new();
    for x in SPECIAL {
        let s = tape.scalar(x);
        assert_eq!(
            (s.is_nan(), s.is_finite(), s.is_infinite()),
            (x.is_nan(), x.is_finite(), x.is_infinite())
        );
        assert_eq!(Float::classify(s), x.classify());
        assert_eq!(Float::integer_decode(s), Float::integer_decode(x));
        assert_eq!((s.is_sign_negative(), s.is_normal()), (x.is_sign_negative(), x.is_normal()));
    }
    assert!(<S as Float>::nan().is_nan() && S::infinity() == f64::INFINITY && S::epsilon() == f64::EPSILON);
    assert!(S::neg_zero().is_sign_negative() && S::min_positive_value() == f64::MIN_POSITIVE);
}

#[test]
fn the_smaller_traits_agree_with_the_methods() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.scalar(-7.5), tape.scalar(2.0));
    assert_eq!(
        (Signed::abs(&x), Signed::signum(&x), Signed::abs_sub(&y, &x)),
        (7.5.into(), (-1.0).into(), 9.5.into())
    );
    assert!(Signed::is_negative(&x) && Signed::is_positive(&y));
    assert_eq!((y.inv(), (&y).inv()), (0.5.into(), 0.5.into()));
    assert_eq!(
        (Pow::pow(y, 3), Pow::pow(y, 3.0), Pow::pow(&y, &y), Pow::pow(y, 3_u8)),
        (8.0.into(), 8.0.into(), 4.0.into(), 8.0.into())
    );
    assert_eq!(MulAdd::mul_add(x, y, y), -13.0);
    let mut z = x;
    z.mul_add_assign(y, y);
    assert_eq!(z, -13.0);
    for (a, b) in [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0)] {
        let (s, t) = (tape.scalar(a), tape.scalar(b));
        assert_eq!(
            (Euclid::div_euclid(&s, &t), Euclid::rem_euclid(&s, &t)),
            (a.div_euclid(b).into(), a.rem_euclid(b).into())
        );
        check::scalars("rem_euclid", &[a, b], |x| x[0].rem_euclid(x[1])).assert_ok();
        check::scalars("div_euclid", &[a, b], |x| x[0].div_euclid(x[1])).assert_ok();
    }
}

/// Two traits with the same names are in scope, here and in many programs: what a method call means is still clear.
#[test]
fn method_calls_are_not_ambiguous() {
    use nalgebra::{ComplexField, RealField};
    fn both<T: ComplexField + RealField>() {}
    both::<S>();
    let tape = Tape::<f64>::new();
    let x = tape.scalar(0.3);
    let y =
        x.sin().max(x.cos()).min(1.0).powf(2.0).abs().sqrt().signum().mul_add(x, x).fract().clamp(0.0, 1.0);
    let z = x.powi(2).hypot(x).atan2(x).copysign(x).recip().exp_m1().ln_1p().log(2.0).to_degrees();
    assert!(y.is_finite() && z.is_finite() && !z.is_nan() && z.is_sign_positive() != z.is_sign_negative());
}

#[test]
fn single_precision_has_it_too() {
    for ((name, of_scalar), (_, of_number)) in unary::<Scalar<f32>>().into_iter().zip(unary::<f32>()) {
        let x = if name == "acosh" { 1.3 } else { 0.3 };
        assert!(is_close(of_scalar(x.into()).value().into(), of_number(x).into(), 1e-6), "{name}");
        Check::new(name).order(1).run_scalars(&[x], |x| of_scalar(x[0])).assert_ok();
    }
}
