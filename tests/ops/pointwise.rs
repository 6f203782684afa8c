//! The rows of the op table: what they are, and their values. Their derivatives are checked in `tests/orders`.

use wengert::table::{self, OpRow};
use wengert::{Element, Scalar, Tape};
use wengert_tests::forms::numbers;
use wengert_tests::{assert_all_close, grad};

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
