//! Second derivatives: the recorded gradient is differentiated again, and agrees with central differences of the gradient.

use std::f64::consts::PI;

use wengert::{Tape, Tensor, table};
use wengert_tests::forms::numbers;
use wengert_tests::is_close;
use wengert_tests::numeric::central;

type Call<'a> = &'a dyn Fn(&Tape<f64>, &[Tensor<f64>]) -> Tensor<f64>;

/// The sum of the gradients by all operands, each weighted, and its own gradient.
fn weighted(call: Call<'_>, dims: &[Vec<usize>], at: &[Vec<f64>], second: bool) -> (f64, Vec<Vec<f64>>) {
    let tape = Tape::<f64>::new();
    let x: Vec<_> = at.iter().zip(dims).map(|(x, dims)| tape.leaf((x.clone(), dims.clone()))).collect();
    let y = call(&tape, &x);
    let seeds = numbers(y.len(), 0.6, 0.5, 7);
    let seed = tape.constant((seeds, y.shape().to_vec()));
    let grads = tape.grad_recorded(&[(y * seed).sum()], &x);
    let weights = grads.iter().enumerate().map(|(k, grad)| {
        let weight = tape.constant((numbers(grad.len(), 0.4, 0.3, 20 + k as u64), grad.shape().to_vec()));
        (*grad * weight).sum()
    });
    let sum = weights.reduce(|a, b| a + b).expect("an op has operands");
    if !second || !sum.requires_grad() {
        return (sum.item(), at.iter().map(|x| vec![0.0; x.len()]).collect());
    }
    (sum.item(), tape.grad(&[sum], &x).iter().map(|grad| grad.to_vec()).collect())
}

fn check(name: &str, call: Call<'_>, dims: &[Vec<usize>], at: &[Vec<f64>]) {
    let (_, analytic) = weighted(call, dims, at, true);
    for k in 0..at.len() {
        for i in 0..at[k].len() {
            let numeric = central(
                |x| {
                    let mut moved = at.to_vec();
                    moved[k][i] = x;
                    weighted(call, dims, &moved, false).0
                },
                at[k][i],
            );
            let analytic = analytic[k][i];
            assert!(
                is_close(analytic, numeric, 1e-8),
                "{name}: operand {k}, element {i}: analytic {analytic:e}, numeric {numeric:e} at {at:?}"
            );
        }
    }
}

#[test]
fn pointwise_ops_differentiate_twice() {
    for row in table::pointwise::<f64>() {
        let at: Vec<_> = row.sample.iter().enumerate().map(|(k, &x)| numbers(3, x, 0.15, k as u64)).collect();
        check(row.name, &|_, x| (row.tensors)(x), &vec![vec![3]; at.len()], &at);
        // Scalars record the same text.
        let scalars = |at: &[f64]| {
            let tape = Tape::<f64>::new();
            let x: Vec<_> = at.iter().map(|&x| tape.scalar(x)).collect();
            (row.scalars)(&x).backward();
            x.iter().map(|x| x.grad().unwrap_or(0.0)).collect::<Vec<_>>()
        };
        let first: Vec<f64> = at.iter().map(|x| x[0]).collect();
        assert!(scalars(&first).iter().all(|grad| grad.is_finite()), "{}", row.name);
    }
}

#[test]
fn ops_of_several_operands_differentiate_twice() {
    let names = [
        "add_scaled",
        "addcmul",
        "addcdiv",
        "lerp",
        "clamp",
        "clamp_min",
        "clamp_max",
        "hardtanh",
        "softplus_with",
        "glu",
        "prelu",
    ];
    let rows = table::structural::<f64>();
    for name in names {
        let mut found = false;
        for row in rows.iter().filter(|row| row.name == name) {
            found = true;
            let dims: Vec<Vec<usize>> = row.operands.iter().map(|dims| dims.to_vec()).collect();
            let at: Vec<_> = dims
                .iter()
                .enumerate()
                .map(|(k, dims)| numbers(dims.iter().product(), 0.0, 1.0, 3 + k as u64))
                .collect();
            check(name, &|tape, x| (row.call)(tape, x), &dims, &at);
        }
        assert!(found, "no row `{name}`");
    }
}

/// Near 0 the slope of `sinc` is what remains of terms that cancel: it comes from its series, and so do the orders above.
#[test]
fn sinc_is_right_near_zero_to_the_third_order() {
    for x in [1e-9, -1e-5, 1e-3, 0.1, 0.159, -0.16, 0.2, 1e200] {
        let a: f64 = PI * x;
        // The series of each derivative by a, far enough for |a| < 1; far out they are 0.
        let series = |order: usize| {
            let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
            let term = |n: usize| {
                (-1f64).powi(n as i32) / factorial(2 * n + 1) * factorial(2 * n) / factorial(2 * n - order)
                    * a.powi((2 * n - order) as i32)
            };
            (order.div_ceil(2)..12).map(term).sum::<f64>() * PI.powi(order as i32)
        };
        let tape = Tape::<f64>::new();
        let at = tape.leaf(x);
        let mut y = at.sinc();
        for order in 1..=3 {
            y = tape.grad_recorded(&[y], &[at])[0];
            if x.abs() > 1.0 {
                assert!(y.item().abs() < 1e-150, "{x}, order {order}: {}", y.item());
            } else {
                let (got, want) = (y.item(), series(order));
                assert!((got - want).abs() <= 1e-11 * want.abs(), "{x}, order {order}: {got:e}, {want:e}");
            }
        }
    }
}

/// What is not taken at a kink gives nothing back, not even a NaN.
#[test]
fn second_derivatives_are_finite_where_a_branch_is_not_taken() {
    type Row = (&'static str, fn(Tensor<f64>) -> Tensor<f64>, f64, f64);
    let rows: [Row; 14] = [
        ("elu", |x| x.elu(1.0), 1000.0, 0.0),
        ("elu", |x| x.elu(2.0), 0.0, 2.0),
        ("selu", |x| x.selu(), 1000.0, 0.0),
        ("celu", |x| x.celu(2.0), 2000.0, 0.0),
        ("sinc", |x| x.sinc(), 0.0, PI * (-PI / 3.0)),
        ("i1", |x| x.i1(), 0.0, 0.0),
        ("softplus", |x| x.softplus(), 1000.0, 0.0),
        ("log_sigmoid", |x| x.log_sigmoid(), -1000.0, 0.0),
        ("silu", |x| x.silu(), -1000.0, 0.0),
        ("mish", |x| x.mish(), 1000.0, 0.0),
        ("gelu", |x| x.gelu(), 1000.0, 0.0),
        ("gelu_tanh", |x| x.gelu_tanh(), -1000.0, 0.0),
        ("copysign", |x| x.copysign(1.0), 0.0, 0.0),
        ("atan2", |x| x.atan2(0.0), 0.0, 0.0),
    ];
    for (name, op, at, want) in rows {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(at);
        let grad = tape.grad_recorded(&[op(x)], &[x])[0];
        let second = if grad.requires_grad() { tape.grad(&[grad], &[x])[0].item() } else { 0.0 };
        assert_eq!(second, want, "{name} at {at}");
    }
}
