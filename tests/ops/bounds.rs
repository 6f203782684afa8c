//! Kinks, bounds, comparisons and errors of the pointwise ops.

use wengert::{Error, Scalar, Tape, Tensor};
use wengert_tests::{assert_all_close, assert_same, grad};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

type Row = (
    &'static str,
    fn(Tensor<f64>) -> Tensor<f64>,
    fn(Scalar<f64>) -> Scalar<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
);

/// Values and slopes, of tensors and of scalars.
fn check(rows: Vec<Row>) {
    for (name, tensors, scalars, at, values, slopes) in rows {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&at);
        let y = tensors(x);
        y.sum().backward();
        assert_same(format!("{name} at {at:?}"), &y.to_vec(), &values);
        assert_same(format!("slope of {name} at {at:?}"), &grad(x).unwrap(), &slopes);
        let leaves = tape.scalars(&at);
        let y: Vec<_> = leaves.iter().map(|&x| scalars(x)).collect();
        y.iter().for_each(|y| y.backward());
        let got: Vec<_> = y.iter().map(|y| y.value()).collect();
        assert_same(format!("{name} at {at:?}, scalars"), &got, &values);
        let got: Vec<_> = leaves.iter().map(|x| x.grad().unwrap_or(0.0)).collect();
        assert_same(format!("slope of {name} at {at:?}, scalars"), &got, &slopes);
    }
}

macro_rules! row {
    ($op:ident($($arg:expr),*), $at:expr, $values:expr, $slopes:expr) => {
        (stringify!($op), |x| x.$op($($arg),*), |x| x.$op($($arg),*), $at.to_vec(), $values.to_vec(), $slopes.to_vec())
    };
}

#[test]
fn kinks_and_bounds_are_pytorchs() {
    check(vec![
        row!(relu6(), [0.0, 6.0, 3.0, 7.0, NAN], [0.0, 6.0, 3.0, 6.0, NAN], [0.0, 0.0, 1.0, 0.0, 1.0]),
        row!(leaky_relu(0.25), [0.0, 1.0, -2.0], [0.0, 1.0, -0.5], [0.25, 1.0, 0.25]),
        row!(elu(0.5), [0.0, 1.0, -1000.0], [0.0, 1.0, -0.5], [0.5, 1.0, 0.0]),
        row!(celu(0.5), [0.0, 1.0, -1000.0], [0.0, 1.0, -0.5], [1.0, 1.0, 0.0]),
        row!(
            hardtanh(-1.0, 2.0),
            [-1.0, 2.0, 0.5, -3.0, 3.0, NAN],
            [-1.0, 2.0, 0.5, -1.0, 2.0, NAN],
            [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
        ),
        row!(hardsigmoid(), [-3.0, 3.0, 0.0, -4.0], [0.0, 1.0, 0.5, 0.0], [0.0, 0.0, 1.0 / 6.0, 0.0]),
        row!(hardswish(), [-3.0, 3.0, 0.0, 4.0], [0.0, 3.0, 0.0, 4.0], [0.0, 1.0, 0.5, 1.0]),
        row!(
            clamp(-1.0, 1.0),
            [-1.0, 1.0, 0.0, -2.0, 2.0, NAN],
            [-1.0, 1.0, 0.0, -1.0, 1.0, NAN],
            [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
        ),
        row!(clamp(1.0, -1.0), [-2.0, 0.0, 2.0], [-1.0, -1.0, -1.0], [0.0, 0.0, 0.0]),
        row!(clamp_min(0.0), [-1.0, 0.0, 2.0, NAN], [0.0, 0.0, 2.0, NAN], [0.0, 0.0, 1.0, 0.0]),
        row!(clamp_max(0.0), [-1.0, 0.0, 2.0, NAN], [-1.0, 0.0, 0.0, NAN], [1.0, 0.0, 0.0, 0.0]),
        row!(softplus_with(2.0, 3.0), [1000.0, -1000.0, 1.6], [1000.0, 0.0, 1.6], [1.0, 0.0, 1.0]),
        row!(softplus(), [1000.0, -1000.0, 21.0], [1000.0, 0.0, 21.0], [1.0, 0.0, 1.0]),
        row!(log_sigmoid(), [1000.0, -1000.0, -INF], [0.0, -1000.0, -INF], [0.0, 1.0, 1.0]),
        row!(silu(), [1000.0, -1000.0], [1000.0, 0.0], [1.0, 0.0]),
        row!(mish(), [1000.0, -1000.0], [1000.0, 0.0], [1.0, 0.0]),
        row!(gelu(), [1000.0, -1000.0], [1000.0, 0.0], [1.0, 0.0]),
        row!(round(), [0.5, 1.5, -0.5, -2.5, 0.49999999999999994], [0.0, 2.0, 0.0, -2.0, 0.0], [0.0; 5]),
        row!(trunc(), [-1.5, 1.5, INF], [-1.0, 1.0, INF], [0.0; 3]),
        row!(rsqrt(), [0.0, 4.0, -1.0], [INF, 0.5, NAN], [-INF, -0.0625, NAN]),
        row!(reciprocal(), [0.0, 2.0], [INF, 0.5], [-INF, -0.25]),
        row!(copysign(-1.0), [2.0, 0.0, -3.0], [-2.0, 0.0, -3.0], [-1.0, 0.0, 1.0]),
        row!(maximum(1.0), [1.0, 2.0, 0.0, NAN], [1.0, 2.0, 1.0, NAN], [0.5, 1.0, 0.0, 1.0]),
        row!(minimum(1.0), [1.0, 2.0, 0.0, NAN], [1.0, 1.0, 0.0, NAN], [0.5, 0.0, 1.0, 1.0]),
    ]);
}

#[test]
fn an_operand_and_its_bounds_share_the_adjoint_where_they_are_equal() {
    // Operand, bounds, and what comes back to each.
    let third = 1.0 / 3.0;
    let rows: [([f64; 3], [f64; 3]); 10] = [
        ([0.0, -1.0, 1.0], [1.0, 0.0, 0.0]),
        ([-2.0, -1.0, 1.0], [0.0, 1.0, 0.0]),
        ([2.0, -1.0, 1.0], [0.0, 0.0, 1.0]),
        ([-1.0, -1.0, 1.0], [0.5, 0.5, 0.0]),
        ([1.0, -1.0, 1.0], [0.5, 0.0, 0.5]),
        ([1.0, 1.0, 1.0], [third, third, third]),
        ([0.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
        ([2.0, 1.0, 1.0], [0.0, 0.0, 1.0]),
        ([0.0, 1.0, -1.0], [0.0, 0.0, 1.0]),
        ([NAN, -1.0, 1.0], [0.0, 0.0, 0.0]),
    ];
    for (at, want) in rows {
        let tape = Tape::<f64>::new();
        let x = at.map(|x| tape.leaf(x));
        x[0].clamp(x[1], x[2]).backward();
        let got: Vec<f64> = x.iter().map(|x| grad(*x).unwrap()[0]).collect();
        assert_all_close(format!("clamp at {at:?}"), &got, &want, 1e-15);
        let x = at.map(|x| tape.scalar(x));
        x[0].clamp(x[1], x[2]).backward();
        let got: Vec<f64> = x.iter().map(|x| x.grad().unwrap_or(0.0)).collect();
        assert_all_close(format!("clamp at {at:?}, scalars"), &got, &want, 1e-15);
    }
}

#[test]
fn remainders_have_the_signs_of_pytorch() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([5.5, -5.5, 5.5, -5.5, 1.0]), tape.leaf([2.0, 2.0, -2.0, -2.0, 0.1]));
    let y = a.remainder(b);
    assert_all_close("remainder", &y.to_vec(), &[1.5, 0.5, -0.5, -1.5, 1.0 % 0.1], 1e-15);
    y.sum().backward();
    // 1 / 0.1 is 10, and yet 0.1 goes only 9 times into 1.
    assert_same("slopes of remainder", &grad(b).unwrap(), &[-2.0, 3.0, 3.0, -2.0, -9.0]);
    assert!(a.remainder(0.0).isnan().all() && a.fmod(0.0).isnan().all());
    assert_eq!(a.fmod(b).slice(0, 0..4).to_vec(), [1.5, -1.5, 1.5, -1.5]);
}

#[test]
fn comparisons_broadcast_and_record_nothing() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([[1.0, NAN, 3.0], [2.0, 2.0, 2.0]]), tape.leaf([2.0, 2.0, INF]));
    let before = format!("{tape:?}");
    let (t, f) = (true, false);
    assert_eq!(a.gt(b).to_vec(), [f, f, f, f, f, f]);
    assert_eq!(a.ge(b).to_vec(), [f, f, f, t, t, f]);
    assert_eq!(a.lt(b).to_vec(), [t, f, t, f, f, t]);
    assert_eq!(a.le(b).to_vec(), [t, f, t, t, t, t]);
    assert_eq!(a.eq(2.0).to_vec(), [f, f, f, t, t, t]);
    assert_eq!(a.ne(2.0).to_vec(), [t, t, t, f, f, f]);
    assert_eq!(a.t().gt(Scalar::from(2.5)).shape().to_vec(), [3, 2]);
    assert_eq!(b.isinf().to_vec(), [f, f, t]);
    assert_eq!(a.isfinite().count(), 5);
    assert_eq!(format!("{tape:?}"), before);
    assert_eq!(tape.leaf((vec![], [0, 3])).gt(b).shape().to_vec(), [0, 3]);
    let error = a.try_gt(tape.leaf([1.0, 2.0])).unwrap_err();
    assert!(matches!(error, Error::Broadcast { op: "gt", .. }), "{error}");
    let other = Tape::<f64>::new();
    assert!(matches!(a.try_eq(other.leaf(1.0)).unwrap_err(), Error::DifferentTapes { op: "eq", .. }));
}

#[test]
fn an_error_leaves_the_tape_as_it_was() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (x, two, three) = (tape.leaf([[1.0, 2.0, 3.0]]), tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
    let (foreign, number, s) = (other.leaf(1.0), tape.leaf(2.0), tape.scalar(2.0));
    let foreign_scalar = other.scalar(2.0);
    let before = format!("{tape:?}");
    type Attempt<'a> = (&'a str, &'a dyn Fn() -> Error, fn(&Error) -> bool);
    let broadcast: fn(&Error) -> bool = |error| matches!(error, Error::Broadcast { .. });
    let tapes: fn(&Error) -> bool = |error| matches!(error, Error::DifferentTapes { .. });
    let attempts: [Attempt<'_>; 13] = [
        ("addcmul", &|| x.try_addcmul(three, two, 1.0).unwrap_err(), broadcast),
        ("addcmul", &|| x.try_addcmul(two, two, 1.0).unwrap_err(), broadcast),
        ("addcdiv", &|| x.try_addcdiv(three, foreign, 1.0).unwrap_err(), tapes),
        ("lerp", &|| x.try_lerp(three, two).unwrap_err(), broadcast),
        ("add_scaled", &|| x.try_add_scaled(two, 2.0).unwrap_err(), broadcast),
        ("clamp", &|| x.try_clamp(0.0, two).unwrap_err(), broadcast),
        ("glu", &|| x.try_glu(1).unwrap_err(), |error| matches!(error, Error::Domain { .. })),
        ("glu", &|| x.try_glu(2).unwrap_err(), |error| matches!(error, Error::Axis { .. })),
        ("glu", &|| number.try_glu(0).unwrap_err(), |error| matches!(error, Error::Rank { .. })),
        ("prelu", &|| x.try_prelu(two).unwrap_err(), |error| matches!(error, Error::ShapeMismatch { .. })),
        ("prelu", &|| x.try_prelu(foreign).unwrap_err(), tapes),
        ("addcmul", &|| s.try_addcmul(s, foreign_scalar, 1.0).unwrap_err(), tapes),
        ("lerp", &|| s.try_lerp(s, foreign_scalar).unwrap_err(), tapes),
    ];
    for (name, attempt, fits) in attempts {
        let error = attempt();
        assert!(fits(&error), "{name}: {error}");
        assert!(error.to_string().starts_with(name), "{error}");
        assert_eq!(format!("{tape:?}"), before, "{name}");
    }
}

#[test]
fn blends_of_scalars_are_those_of_tensors() {
    let tape = Tape::<f64>::new();
    let at = [0.3, -1.2, 0.7];
    type Row = (&'static str, fn(&[Tensor<f64>]) -> Tensor<f64>, fn(&[Scalar<f64>]) -> Scalar<f64>);
    let rows: [Row; 5] = [
        ("add_scaled", |x| x[0].add_scaled(x[1], -2.5), |x| x[0].add_scaled(x[1], -2.5)),
        ("addcmul", |x| x[0].addcmul(x[1], x[2], 0.5), |x| x[0].addcmul(x[1], x[2], 0.5)),
        ("addcdiv", |x| x[0].addcdiv(x[1], x[2], 0.5), |x| x[0].addcdiv(x[1], x[2], 0.5)),
        ("lerp", |x| x[0].lerp(x[1], x[2]), |x| x[0].lerp(x[1], x[2])),
        ("lerp", |x| x[1].lerp(x[2], x[0]), |x| x[1].lerp(x[2], x[0])),
    ];
    for (name, tensors, scalars) in rows {
        let (x, s) = (at.map(|x| tape.leaf(x)), at.map(|x| tape.scalar(x)));
        let (y, z) = (tensors(&x), scalars(&s));
        y.backward();
        z.backward();
        let got: Vec<f64> =
            x.iter().map(|x| grad(*x).map_or(0.0, |grad| grad[0])).chain([y.item()]).collect();
        let want: Vec<f64> = s.iter().map(|s| s.grad().unwrap_or(0.0)).chain([z.value()]).collect();
        assert_all_close(name, &got, &want, 1e-15);
    }
    // Scalars and numbers beside a tensor.
    let (x, s) = (tape.leaf([1.0, 2.0]), tape.scalar(3.0));
    x.addcmul(s, s, 2.0).sum().backward();
    assert_eq!(s.grad(), Some(24.0));
    assert_eq!(x.addcdiv(1.0, 2.0, 4.0).to_vec(), [3.0, 4.0]);
}

#[test]
fn gated_units_and_learned_slopes() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 0.0, -1000.0], [3.0, 4.0, 1000.0, 0.0]]);
    assert_eq!(x.glu(1).to_vec(), [0.5, 0.0, 3.0, 2.0]);
    assert_eq!(x.glu(-2).shape().to_vec(), [1, 4]);
    assert_eq!(tape.leaf((vec![], [0, 4])).glu(1).shape().to_vec(), [0, 2]);

    let images = tape.leaf([[[-1.0, 2.0], [-3.0, -4.0]]]);
    let weight = tape.leaf([0.5, 0.25]);
    let y = images.prelu(weight);
    assert_eq!(y.to_vec(), [-0.5, 2.0, -0.75, -1.0]);
    y.sum().backward();
    assert_eq!(grad(weight), Some(vec![-1.0, -7.0]));
    assert_eq!(tape.leaf([-2.0, 0.0]).prelu(tape.leaf([0.5])).to_vec(), [-1.0, 0.0]);
    assert_eq!(tape.leaf(-2.0).prelu(tape.leaf([0.5])).shape().len(), 0);
}
