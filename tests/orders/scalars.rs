//! The rows of pointwise ops on scalars: both orders, third order, and the same bits as tensors.

use wengert::check::Check;
use wengert::table::{self, OpRow};
use wengert::{Scalar, Tape};
use wengert_tests::forms::numbers;
use wengert_tests::{assert_all_close, grad};

use crate::pointwise::SPREAD;

fn point(row: &OpRow<f64>, seed: u64) -> Vec<f64> {
    (0..row.sample.len()).map(|k| numbers(1, row.sample[k], SPREAD, 10 * seed + k as u64)[0]).collect()
}

#[test]
fn both_orders_are_right_and_each_operand_alone() {
    for row in table::pointwise::<f64>() {
        for seed in 0..4 {
            let at = point(&row, seed);
            let report = Check::new(format!("{} at {at:?}", row.name))
                .run_scalars(&at, |x| (row.scalars)(x))
                .assert_ok();
            assert_eq!(report.notes().count(), 0, "{report}");
        }
    }
}

#[test]
fn both_orders_are_right_where_operands_are_the_same_scalar() {
    for row in table::pointwise::<f64>().into_iter().filter(|row| row.sample.len() == 2) {
        let (at, shift) = (point(&row, 5)[0], row.sample[1] - row.sample[0]);
        Check::new(format!("{} of x and x", row.name))
            .run_scalars(&[at], |x| (row.scalars)(&[x[0], x[0] + shift]))
            .assert_ok();
    }
}

#[test]
fn scalars_agree_with_tensors_to_the_last_bits_in_both_orders() {
    let tape = Tape::<f64>::new();
    for row in table::pointwise::<f64>() {
        let at = point(&row, 6);
        let v: Vec<f64> = numbers(at.len(), 0.0, 1.0, 8);
        let (scalars, tensors) = (tape.scalars(&at), at.iter().map(|&x| tape.leaf(x)).collect::<Vec<_>>());
        let (s, t) = ((row.scalars)(&scalars), (row.tensors)(&tensors));
        let flat = |all: Vec<wengert::Tensor<f64>>| all.iter().map(|x| x.item()).collect::<Vec<_>>();
        assert_all_close(row.name, &[s.value()], &[t.item()], 1e-15);
        let name = format!("{} at {at:?}", row.name);
        let (a, b) = (tape.grad(&[s], &scalars), tape.grad(&[t], &tensors));
        assert_all_close(format!("{name}: grad"), &flat(a), &flat(b), 1e-14);
        let (a, b) = (tape.jvp(&[s], &scalars, &v), tape.jvp(&[t], &tensors, &v));
        assert_all_close(format!("{name}: jvp"), &flat(a), &flat(b), 1e-14);
        let (a, b) = (tape.hvp(s, &scalars, &v), tape.hvp(t, &tensors, &v));
        assert_all_close(format!("{name}: hvp"), &flat(a), &flat(b), 1e-13);
        s.backward();
        t.backward();
        let a: Vec<f64> = scalars.iter().map(|x| x.grad().unwrap()).collect();
        let b: Vec<f64> = tensors.iter().map(|&x| grad(x).unwrap()[0]).collect();
        assert_all_close(format!("{name}: backward"), &a, &b, 1e-14);
    }
}

#[test]
fn the_third_order_is_the_slope_of_the_second() {
    for row in table::pointwise::<f64>() {
        let at = point(&row, 7);
        // The second derivative by the first operand: through a tape that the operands carry.
        Check::new(format!("the second derivative of {}", row.name))
            .all_active()
            .order(1)
            .run(&at, |tape, x| {
                let scalars: Vec<Scalar<f64>> = x.iter().map(|x| x.at(())).collect();
                let first = tape.grad_recorded(&[(row.scalars)(&scalars)], x)[0];
                match first.requires_grad() {
                    true => tape.grad_recorded(&[first], x)[0],
                    false => first,
                }
            })
            .assert_ok();
    }
}

/// The gradient beside a Hessian is that of `gradient`, where the recorded one meets an infinite slope with 0.
#[test]
fn a_hessian_comes_with_the_gradient() {
    let tape = Tape::<f64>::new();
    let call = |x: &[Scalar<f64>]| x[0] * (-((x[0] / 90.0).ln() / x[1]) * 0.5f64.sqrt()).erfc() * 0.5;
    let at = [100.0, 0.0];
    let (value, slopes) = tape.gradient(&at, call);
    assert_eq!((value, &slopes[..]), (100.0, &[1.0, 0.0][..]));
    let (beside, gradient, _) = tape.hessian(&at, call);
    assert_eq!((beside, gradient), (value, slopes));
}
