//! The rows of the op table. An op that is added there is checked here.

use wengert::table::{self, OpRow};
use wengert::{Element, Scalar, Tape};
use wengert_tests::forms::{Form, count, numbers};
use wengert_tests::numeric::{Input, central, check};
use wengert_tests::{assert_all_close, grad, is_close};

const DIMS: [usize; 2] = [2, 3];

fn rows() -> Vec<OpRow<f64>> {
    table::pointwise()
}

/// The rows of an element type, in the same order.
fn row_of<T: Element>(name: &str) -> OpRow<T> {
    table::pointwise::<T>().into_iter().find(|row| row.name == name).expect("the tables have the same rows")
}

/// How far around the sample an op is evaluated: the samples keep that distance from what is no domain.
const SPREAD: f64 = 0.15;

#[test]
fn the_table_has_the_documented_ops_once_each() {
    let names: Vec<_> = rows().iter().map(|row| row.name).collect();
    for name in [
        "add", "sub", "mul", "div", "pow", "powi", "neg", "square", "abs", "sqrt", "exp", "ln", "sin", "cos",
        "tanh", "relu", "sigmoid",
    ] {
        assert_eq!(names.iter().filter(|&&n| n == name).count(), 1, "{name}");
    }
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len(), "a name stands twice: {names:?}");
}

#[test]
fn values_are_those_of_the_standard_library() {
    type Reference = (&'static str, fn(&[f64]) -> f64);
    let references: [Reference; 17] = [
        ("add", |x| x[0] + x[1]),
        ("sub", |x| x[0] - x[1]),
        ("mul", |x| x[0] * x[1]),
        ("div", |x| x[0] / x[1]),
        ("pow", |x| x[0].powf(x[1])),
        ("powi", |x| x[0] * x[0] * x[0]),
        ("neg", |x| -x[0]),
        ("square", |x| x[0] * x[0]),
        ("abs", |x| x[0].abs()),
        ("sqrt", |x| x[0].sqrt()),
        ("exp", |x| x[0].exp()),
        ("ln", |x| x[0].ln()),
        ("sin", |x| x[0].sin()),
        ("cos", |x| x[0].cos()),
        ("tanh", |x| x[0].tanh()),
        ("relu", |x| x[0].max(0.0)),
        ("sigmoid", |x| 1.0 / (1.0 + (-x[0]).exp())),
    ];
    let tape = Tape::<f64>::new();
    for (name, reference) in references {
        let row = row_of::<f64>(name);
        let points: Vec<Vec<f64>> =
            row.sample.iter().enumerate().map(|(k, &at)| numbers(257, at, SPREAD, k as u64)).collect();
        let operands: Vec<_> = points.iter().map(|values| tape.leaf(values)).collect();
        let y = (row.tensors)(&operands);
        assert_eq!(y.grad_fn(), Some(name));
        let want: Vec<f64> =
            (0..257).map(|i| reference(&points.iter().map(|x| x[i]).collect::<Vec<_>>())).collect();
        assert_all_close(name, &y.to_vec(), &want, 1e-15);
    }
}

#[test]
fn gradients_match_central_differences_in_every_form_of_the_operands() {
    for row in rows() {
        let op = |_: &Tape<f64>, x: &[wengert::Tensor<f64>]| (row.tensors)(x);
        let at = |k: usize, form: Form, seed| Input::near(&DIMS, form, row.sample[k], SPREAD, seed);
        for (i, form) in Form::ALL.into_iter().enumerate() {
            match row.sample.len() {
                1 => check(row.name, &[at(0, form, i as u64)], &op),
                2 => {
                    for (j, other) in Form::ALL.into_iter().enumerate() {
                        check(row.name, &[at(0, form, i as u64), at(1, other, 40 + j as u64)], &op);
                    }
                }
                arity => panic!("{}: no forms for {arity} operands yet", row.name),
            }
        }
    }
}

#[test]
fn gradients_match_where_both_operands_look_at_the_same_elements() {
    for row in rows().into_iter().filter(|row| row.sample.len() == 2) {
        // Around a point where every op is smooth whichever operand it is.
        let x = Input::near(&[3, 3], Form::Contiguous, 1.3, SPREAD, 5);
        let alone = std::slice::from_ref(&x);
        check(row.name, alone, &|_, x| (row.tensors)(&[x[0], x[0]]));
        check(row.name, alone, &|_, x| (row.tensors)(&[x[0], x[0].t()]));
        check(row.name, alone, &|_, x| (row.tensors)(&[x[0].slice(1, 0..2), x[0].slice(1, 1..3)]));
        check(row.name, alone, &|_, x| (row.tensors)(&[x[0], x[0].index_axis(0, 1)]));
        check(row.name, alone, &|_, x| (row.tensors)(&[x[0].flip([0, 1]), x[0].expand([2, 3, 3])]));
    }
}

#[test]
fn operands_of_no_elements_give_no_elements_and_gradients_of_none() {
    for row in rows() {
        for dims in [vec![0], vec![2, 0], vec![0, 3]] {
            let tape = Tape::<f64>::new();
            let leaves: Vec<_> = row.sample.iter().map(|_| tape.leaf((Vec::new(), dims.clone()))).collect();
            let y = (row.tensors)(&leaves);
            assert_eq!((y.shape().to_vec(), y.to_vec()), (dims.clone(), vec![]), "{}", row.name);
            y.sum().backward();
            for leaf in &leaves {
                let grad = leaf
                    .grad()
                    .unwrap_or_else(|| panic!("{}: the sum of {dims:?} reaches its leaf", row.name));
                assert_eq!(grad.shape(), dims, "{}", row.name);
            }
            // One element broadcast against none: its gradient is the sum over none.
            if let [a, b] = *row.sample {
                let (one, none) = (tape.leaf([a]), tape.leaf((Vec::new(), dims.clone())));
                (row.tensors)(&[one, none]).sum().backward();
                assert_eq!(grad(one), Some(vec![0.0]), "{}", row.name);
                let (number, none) = (tape.leaf(b), tape.leaf((Vec::new(), dims.clone())));
                (row.tensors)(&[none, number]).sum().backward();
                assert_eq!(grad(number), Some(vec![0.0]), "{}", row.name);
            }
        }
    }
}

/// The value and the derivatives of an op on scalars; a passive operand has none.
fn on_scalars(row: &OpRow<f64>, at: &[f64], active: &[bool]) -> (f64, Vec<Option<f64>>) {
    let tape = Tape::<f64>::new();
    let operands: Vec<_> = at
        .iter()
        .zip(active)
        .map(|(&x, &active)| if active { tape.scalar(x) } else { Scalar::from(x) })
        .collect();
    let y = (row.scalars)(&operands);
    y.backward();
    (y.value(), operands.iter().map(|x| if x.requires_grad() { x.grad() } else { None }).collect())
}

#[test]
fn scalars_match_central_differences_with_constants_on_either_side() {
    for row in rows() {
        let arity = row.sample.len();
        for seed in 0..8 {
            let at: Vec<f64> =
                (0..arity).map(|k| numbers(1, row.sample[k], SPREAD, 10 * seed + k as u64)[0]).collect();
            for mask in 1..1 << arity {
                let active: Vec<bool> = (0..arity).map(|k| mask & 1 << k != 0).collect();
                let (_, grads) = on_scalars(&row, &at, &active);
                for k in 0..arity {
                    let value = |x: f64| {
                        let operands: Vec<_> =
                            (0..arity).map(|j| Scalar::from(if j == k { x } else { at[j] })).collect();
                        (row.scalars)(&operands).value()
                    };
                    match (active[k], grads[k]) {
                        (false, None) => {}
                        (true, Some(analytic)) => {
                            let numeric = central(value, at[k]);
                            assert!(
                                is_close(analytic, numeric, 2e-9),
                                "{} at {at:?}, operand {k}, active {active:?}: analytic {analytic:e}, numeric {numeric:e}",
                                row.name
                            );
                        }
                        (active, grad) => {
                            panic!("{}: operand {k}, active {active}, has gradient {grad:?}", row.name)
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn scalars_and_tensors_agree_to_the_last_bits() {
    for row in rows() {
        for seed in 0..8 {
            let at: Vec<f64> = (0..row.sample.len())
                .map(|k| numbers(1, row.sample[k], SPREAD, 99 * seed + k as u64)[0])
                .collect();
            let (value, grads) = on_scalars(&row, &at, &vec![true; at.len()]);
            let tape = Tape::<f64>::new();
            let leaves: Vec<_> = at.iter().map(|&x| tape.leaf(x)).collect();
            let y = (row.tensors)(&leaves);
            y.backward();
            let tensors: Vec<f64> =
                std::iter::once(y.item()).chain(leaves.iter().map(|x| grad(*x).unwrap()[0])).collect();
            let scalars: Vec<f64> =
                std::iter::once(value).chain(grads.into_iter().map(Option::unwrap)).collect();
            assert_all_close(format!("{} at {at:?}: value, gradients", row.name), &tensors, &scalars, 1e-15);
        }
    }
}

#[test]
fn f32_agrees_with_f64_to_its_own_precision() {
    for row in rows() {
        let narrow = row_of::<f32>(row.name);
        let points: Vec<Vec<f32>> = (0..row.sample.len())
            .map(|k| numbers(33, row.sample[k], SPREAD, 3 + k as u64).into_iter().map(|x| x as f32).collect())
            .collect();
        let weights = numbers(33, 0.5, 0.5, 8);

        let tape = Tape::<f32>::new();
        let leaves: Vec<_> = points.iter().map(|x| tape.leaf(x)).collect();
        let y = (narrow.tensors)(&leaves);
        y.backward_with(weights.iter().map(|&w| w as f32).collect::<Vec<_>>());
        let got: Vec<Vec<f32>> =
            std::iter::once(y.to_vec()).chain(leaves.iter().map(|x| grad(*x).unwrap())).collect();

        let tape = Tape::<f64>::new();
        let leaves: Vec<_> =
            points.iter().map(|x| tape.leaf(x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>())).collect();
        let y = (row.tensors)(&leaves);
        y.backward_with(weights.clone());
        let want: Vec<Vec<f64>> =
            std::iter::once(y.to_vec()).chain(leaves.iter().map(|x| grad(*x).unwrap())).collect();
        for (k, (got, want)) in got.iter().zip(&want).enumerate() {
            let got: Vec<f64> = got.iter().map(|&x| f64::from(x)).collect();
            assert_all_close(
                format!("{} in f32, {}", row.name, if k == 0 { "value" } else { "gradient" }),
                &got,
                want,
                2e-6,
            );
        }
        assert!(count(&DIMS) > 0);
    }
}

#[test]
fn numbers_and_scalars_stand_on_either_side_of_a_tensor() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let s = tape.scalar(4.0);
    let p = Scalar::from(4.0);
    type Row = (&'static str, wengert::Tensor<f64>, [f64; 2], [f64; 2], Option<f64>);
    // Value, gradient of x, gradient of s, under the seed [1, 10].
    let rows: [Row; 16] = [
        ("x + 4", x + 4.0, [5.0, 6.0], [1.0, 10.0], None),
        ("4 + x", 4.0 + x, [5.0, 6.0], [1.0, 10.0], None),
        ("x - 4", x - 4.0, [-3.0, -2.0], [1.0, 10.0], None),
        ("4 - x", 4.0 - x, [3.0, 2.0], [-1.0, -10.0], None),
        ("x * 4", x * 4.0, [4.0, 8.0], [4.0, 40.0], None),
        ("4 * x", 4.0 * x, [4.0, 8.0], [4.0, 40.0], None),
        ("x / 4", x / 4.0, [0.25, 0.5], [0.25, 2.5], None),
        ("4 / x", 4.0 / x, [4.0, 2.0], [-4.0, -10.0], None),
        ("x + s", x + s, [5.0, 6.0], [1.0, 10.0], Some(11.0)),
        ("s + x", s + x, [5.0, 6.0], [1.0, 10.0], Some(11.0)),
        ("x - s", x - s, [-3.0, -2.0], [1.0, 10.0], Some(-11.0)),
        ("s - x", s - x, [3.0, 2.0], [-1.0, -10.0], Some(11.0)),
        ("x * s", x * s, [4.0, 8.0], [4.0, 40.0], Some(21.0)),
        ("s / x", s / x, [4.0, 2.0], [-4.0, -10.0], Some(6.0)),
        ("x * p", x * p, [4.0, 8.0], [4.0, 40.0], None),
        ("p / x", p / x, [4.0, 2.0], [-4.0, -10.0], None),
    ];
    for (name, y, value, x_grad, s_grad) in rows {
        tape.zero_grad();
        y.backward_with([1.0, 10.0]);
        assert_eq!(y.to_vec(), value, "{name}");
        assert_eq!((grad(x), s.grad()), (Some(x_grad.to_vec()), s_grad), "{name}");
    }
}
