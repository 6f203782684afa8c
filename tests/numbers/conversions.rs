//! From numbers to scalars, which are passive, and back, which cuts the gradient.

use num_traits::{
    AsPrimitive, Bounded, ConstOne, ConstZero, FloatConst, FromPrimitive, Num, NumCast, One, ToPrimitive,
    Zero,
};
use wengert::{Dual, Scalar, Tape};

type S = Scalar<f64>;

#[test]
fn constants_are_passive_and_those_of_the_element_type() {
    assert_eq!((S::zero().value(), S::one().value(), S::ZERO.value(), S::ONE.value()), (0.0, 1.0, 0.0, 1.0));
    assert!(S::zero().is_zero() && S::one().is_one() && !S::one().requires_grad());
    assert_eq!((S::min_value().value(), S::max_value().value()), (f64::MIN, f64::MAX));
    macro_rules! constants {
        ($($name:ident)*) => {$(
            assert_eq!(S::$name().value(), <f64 as FloatConst>::$name(), stringify!($name));
            assert_eq!(Scalar::<f32>::$name().value(), <f32 as FloatConst>::$name(), stringify!($name));
        )*};
    }
    constants! {
        E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8
        LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
    }
}

#[test]
fn numbers_and_text_become_passive_scalars() {
    let made = [
        From::from(2.5),
        S::from_f64(2.5).unwrap(),
        S::from_f32(2.5).unwrap(),
        <S as NumCast>::from(2.5_f32).unwrap(),
        S::from_str_radix("2.5", 10).unwrap(),
        "2.5".parse().unwrap(),
        AsPrimitive::<S>::as_(2.5_f32),
    ];
    assert!(made.iter().all(|&x| x == 2.5 && !x.requires_grad()), "{made:?}");
    assert_eq!(S::from_i32(-3).unwrap(), -3.0);
    assert_eq!(S::from_usize(3).unwrap(), 3.0);
    assert_eq!(<S as NumCast>::from(3_u8).unwrap(), 3.0);
    assert_eq!(AsPrimitive::<S>::as_(3_usize), 3.0);
    assert!("x".parse::<S>().is_err() && S::from_str_radix("x", 10).is_err());
}

#[test]
fn what_becomes_a_primitive_number_has_no_gradient() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(3.75);
    assert_eq!(
        (x.to_f64(), x.to_f32(), x.to_i32(), x.to_usize()),
        (Some(3.75), Some(3.75), Some(3), Some(3))
    );
    let (float, whole): (f64, u8) = (x.as_(), x.as_());
    assert_eq!((float, whole), (3.75, 3));
    assert!(!<S as NumCast>::from(x).unwrap().requires_grad());
    // A cast to the same type is none.
    let same: S = x.as_();
    assert!(same.requires_grad());
    assert_eq!(tape.scalar(-1.0).to_usize(), None);
}

#[test]
fn it_prints_as_the_number_does() {
    let x = Tape::<f64>::new().scalar(1234.5);
    assert_eq!(format!("{x} {x:.2} {x:e} {x:E} {x:>8.1}"), "1234.5 1234.50 1.2345e3 1.2345E3   1234.5");
}

/// Duals convert, print and sort as scalars do.
#[test]
fn duals_are_converted_as_scalars_are() {
    type D = Dual<f64, 2>;
    let made: [D; 3] =
        ["2.5".parse().unwrap(), AsPrimitive::<D>::as_(2.5_f32), <D as NumCast>::from(2.5).unwrap()];
    assert!(made.iter().all(|x| x.value == 2.5 && x.dot == [0.0, 0.0]), "{made:?}");
    assert!("x".parse::<D>().is_err());
    let [x, y] = Dual::independent([1234.5, f64::NAN]);
    let (float, whole): (f32, u16) = (x.as_(), x.as_());
    assert_eq!((float, whole), (1234.5, 1234));
    // A cast to the same type is none.
    let same: D = x.as_();
    assert_eq!(same.dot, [1.0, 0.0]);
    assert_eq!(format!("{x:e} {x:E}"), "1.2345e3 1.2345E3");
    let mut all = [y, x, D::passive(-1.0)];
    all.sort_by(num_traits::float::TotalOrder::total_cmp);
    assert_eq!((all[0].value, all[1].dot), (-1.0, [1.0, 0.0]));
    assert!(all[2].value.is_nan() && all[2].total_cmp(&x).is_gt());
}

/// Both traits have a `from` too.
#[test]
fn a_constant_is_made_where_the_traits_of_numbers_are_in_scope() {
    #[allow(unused_imports, reason = "what is in scope must not matter")]
    use num_traits::{FromPrimitive, NumCast, cast};
    let (scalar, dual) = (Scalar::from(2.0), Dual::<f64, 2>::from(2.0));
    assert!((scalar.value(), dual.value) == (2.0, 2.0) && !scalar.requires_grad() && dual.dot == [0.0; 2]);
    let into: Scalar<f32> = 2.0.into();
    assert_eq!(into.value(), 2.0);
}

#[test]
fn a_copy_has_a_slot_of_its_own() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([3.0, 5.0]);
    let element = x.at([1]);
    assert!(tape.try_grad(&[element * element], &[element]).is_err());
    let own = x.at([1]).copy();
    own.retain_grad();
    (own * own).backward();
    assert_eq!(
        (own.value(), own.grad(), x.grad().unwrap().into_raw_vec_and_offset().0),
        (5.0, Some(10.0), vec![0.0, 10.0])
    );
    assert!(!Scalar::from(1.0).copy().requires_grad());
}

#[test]
fn a_tape_is_caught_by_reference() {
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    assert!(std::panic::catch_unwind(|| tape.grad(&[x], &[Scalar::from(1.0)])).is_err());
    (x * x).backward();
    assert_eq!(x.grad(), Some(4.0));
}
