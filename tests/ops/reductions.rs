//! Reductions over all axes, every choice of axes, with and without the axes kept; what they are of nothing, at zeros
//! and at ties.

use wengert::{Error, Tape, Tensor, table};
use wengert_tests::forms::{Form, apart, array, count, numbers};
use wengert_tests::numeric::{Input, central, check};
use wengert_tests::{assert_all_close, assert_same, grad};

type One = fn(Tensor<f64>) -> Tensor<f64>;
type Over = fn(Tensor<f64>, Vec<isize>) -> Tensor<f64>;
/// Name, over all, over axes, over axes that stay, and the value of a list by plain loops.
type Row = (&'static str, One, Over, Over, fn(&[f64]) -> f64);

/// Those that leave one number as it is.
const ROWS: [Row; 10] = [
    ("sum", |x| x.sum(), |x, axes| x.sum_axes(axes), |x, axes| x.sum_keepdims(axes), |x| x.iter().sum()),
    (
        "mean",
        |x| x.mean(),
        |x, axes| x.mean_axes(axes),
        |x, axes| x.mean_keepdims(axes),
        |x| x.iter().sum::<f64>() / x.len() as f64,
    ),
    (
        "max",
        |x| x.max(),
        |x, axes| x.max_axes(axes),
        |x, axes| x.max_keepdims(axes),
        |x| x.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ),
    (
        "logsumexp",
        |x| x.logsumexp(),
        |x, axes| x.logsumexp_axes(axes),
        |x, axes| x.logsumexp_keepdims(axes),
        |x| x.iter().map(|x| x.exp()).sum::<f64>().ln(),
    ),
    (
        "prod",
        |x| x.prod(),
        |x, axes| x.prod_axes(axes),
        |x, axes| x.prod_keepdims(axes),
        |x| x.iter().product(),
    ),
    ("min", |x| x.min(), |x, axes| x.min_axes(axes), |x, axes| x.min_keepdims(axes), smallest),
    ("amin", |x| x.amin(), |x, axes| x.amin_axes(axes), |x, axes| x.amin_keepdims(axes), smallest),
    (
        "amax",
        |x| x.amax(),
        |x, axes| x.amax_axes(axes),
        |x, axes| x.amax_keepdims(axes),
        |x| -smallest(&x.iter().map(|x| -x).collect::<Vec<_>>()),
    ),
    (
        "norm of 2",
        |x| x.norm(2),
        |x, axes| x.norm_axes(axes, 2),
        |x, axes| x.norm_keepdims(axes, 2),
        |x| norm(x, 2.0),
    ),
    (
        "norm of 1",
        |x| x.norm(1),
        |x, axes| x.norm_axes(axes, 1),
        |x, axes| x.norm_keepdims(axes, 1),
        |x| norm(x, 1.0),
    ),
];

/// Those that do not, or not to the last digit.
const OTHERS: [Row; 8] = [
    (
        "var",
        |x| x.var(0),
        |x, axes| x.var_axes(axes, 0),
        |x, axes| x.var_keepdims(axes, 0),
        |x| variance(x, 0.0),
    ),
    (
        "var by a fraction",
        |x| x.var(0.5),
        |x, axes| x.var_axes(axes, 0.5),
        |x, axes| x.var_keepdims(axes, 0.5),
        |x| variance(x, 0.5),
    ),
    (
        "std",
        |x| x.std(-1),
        |x, axes| x.std_axes(axes, -1),
        |x, axes| x.std_keepdims(axes, -1),
        |x| variance(x, -1.0).sqrt(),
    ),
    (
        "norm of 3",
        |x| x.norm(3),
        |x, axes| x.norm_axes(axes, 3),
        |x, axes| x.norm_keepdims(axes, 3),
        |x| norm(x, 3.0),
    ),
    (
        "norm of 1.5",
        |x| x.norm(1.5),
        |x, axes| x.norm_axes(axes, 1.5),
        |x, axes| x.norm_keepdims(axes, 1.5),
        |x| norm(x, 1.5),
    ),
    (
        // Away from 0, where its slope is steep.
        "norm of 0.5",
        |x| (x.square() + 0.5).norm(0.5),
        |x, axes| (x.square() + 0.5).norm_axes(axes, 0.5),
        |x, axes| (x.square() + 0.5).norm_keepdims(axes, 0.5),
        |x| norm(&x.iter().map(|x| x * x + 0.5).collect::<Vec<_>>(), 0.5),
    ),
    (
        "norm of inf",
        |x| x.norm(f64::INFINITY),
        |x, axes| x.norm_axes(axes, f64::INFINITY),
        |x, axes| x.norm_keepdims(axes, f64::INFINITY),
        |x| x.iter().fold(0.0, |max, x| x.abs().max(max)),
    ),
    (
        "norm of -inf",
        |x| x.norm(f64::NEG_INFINITY),
        |x, axes| x.norm_axes(axes, f64::NEG_INFINITY),
        |x, axes| x.norm_keepdims(axes, f64::NEG_INFINITY),
        |x| x.iter().fold(f64::INFINITY, |min, x| x.abs().min(min)),
    ),
];

fn all_rows() -> impl Iterator<Item = Row> {
    ROWS.into_iter().chain(OTHERS)
}

fn smallest(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::INFINITY, f64::min)
}

fn norm(x: &[f64], p: f64) -> f64 {
    x.iter().map(|x| x.abs().powf(p)).sum::<f64>().powf(1.0 / p)
}

/// By moments about the first element: one pass, unlike the library's.
fn variance(x: &[f64], correction: f64) -> f64 {
    let (n, sum, squares) = x.iter().fold((0.0, 0.0, 0.0), |(n, sum, squares), x_k| {
        let d = x_k - x[0];
        (n + 1.0, sum + d, squares + d * d)
    });
    (squares - sum * sum / n) / (n - correction)
}

const DIMS: [usize; 3] = [2, 3, 4];

/// Every choice of axes of rank 3.
fn choices() -> impl Iterator<Item = Vec<isize>> {
    (0..8).map(|mask| (0..3).filter(|k| mask & 1 << k != 0).collect())
}

/// The value by a walk over all indices.
fn by_hand(dims: &[usize], values: &[f64], axes: &[isize], f: fn(&[f64]) -> f64) -> Vec<f64> {
    let out: Vec<usize> =
        (0..dims.len()).map(|k| if axes.contains(&(k as isize)) { 1 } else { dims[k] }).collect();
    let mut lists = vec![Vec::new(); count(&out)];
    for (index, &value) in array(dims, values.to_vec()).indexed_iter() {
        let place =
            (0..dims.len()).fold(0, |place, k| place * out[k] + if out[k] == 1 { 0 } else { index[k] });
        lists[place].push(value);
    }
    lists.iter().map(|list| f(list)).collect()
}

#[test]
fn values_are_those_of_plain_loops() {
    let tape = Tape::<f64>::new();
    for (name, all, over, keep, f) in all_rows() {
        for form in Form::OF_SHAPE {
            let input = Input::apart(&DIMS, form, 4);
            let x = form.of(tape.leaf((input.values, form.base(&DIMS))), &DIMS);
            let values = x.to_vec();
            let total = all(x);
            assert_eq!(total.rank(), 0);
            assert_all_close(format!("{name}, {form:?}"), &total.to_vec(), &[f(&values)], 1e-13);
            for axes in choices() {
                let want = by_hand(&DIMS, &values, &axes, f);
                let what = format!("{name} over {axes:?}, {form:?}");
                let (gone, stayed) = (over(x, axes.clone()), keep(x, axes.clone()));
                assert_all_close(&what, &gone.to_vec(), &want, 1e-13);
                assert_all_close(&what, &stayed.to_vec(), &want, 1e-13);
                let is_gone = |k: &usize| axes.contains(&(*k as isize));
                let shape: Vec<usize> = (0..3).filter(|k| !is_gone(k)).map(|k| DIMS[k]).collect();
                assert_eq!(gone.shape().to_vec(), shape, "{what}");
                let shape: Vec<usize> = (0..3).map(|k| if is_gone(&k) { 1 } else { DIMS[k] }).collect();
                assert_eq!(stayed.shape().to_vec(), shape, "{what}");
                // Axes are named from the end, and in any order, as well.
                let from_end: Vec<isize> = axes.iter().rev().map(|axis| axis - 3).collect();
                assert_same(&what, &over(x, from_end).to_vec(), &gone.to_vec());
            }
        }
    }
}

#[test]
fn gradients_match_central_differences() {
    for (name, all, over, keep, _) in all_rows() {
        for form in Form::OF_SHAPE {
            let x = [Input::apart(&DIMS, form, 9)];
            check(name, &x, &|_, x| all(x[0]));
            for axes in choices() {
                check(&format!("{name} over {axes:?}"), &x, &|_, x| over(x[0], axes.clone()));
                check(&format!("{name} over {axes:?} kept"), &x, &|_, x| keep(x[0], axes.clone()));
            }
        }
    }
}

#[test]
fn one_number_reduces_to_itself() {
    for (name, all, over, keep, _) in ROWS {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(3.0);
        let y = all(x) + over(x, vec![]) * 10.0 + keep(x, vec![]) * 100.0;
        y.backward();
        assert_eq!((y.item(), grad(x)), (333.0, Some(vec![111.0])), "{name}");
    }
}

#[test]
fn nothing_reduces_to_what_the_docs_say() {
    let tape = Tape::<f64>::new();
    let none = tape.leaf((Vec::new(), [2, 0]));
    assert_eq!(none.sum().item(), 0.0);
    assert!(none.mean().item().is_nan());
    assert_eq!(none.logsumexp().item(), f64::NEG_INFINITY);
    assert!(none.try_max().is_err());
    assert_eq!(none.sum_axes(1).to_vec(), [0.0, 0.0]);
    assert_same("mean", &none.mean_axes(1).to_vec(), &[f64::NAN; 2]);
    assert!(none.try_max_axes(1).is_err());
    // Over the axis that is not empty there is nothing to have a maximum of, and so no error.
    assert_eq!(none.max_axes(0).shape().as_slice(), [0]);
    (none.sum() + none.mean() + none.logsumexp()).backward();
    assert_eq!((none.prod().item(), none.norm(2).item(), none.norm(0).item()), (1.0, 0.0, 0.0));
    assert!(none.var(1).item().is_nan() && none.std(0).item().is_nan() && none.median().item().is_nan());
    assert!(none.try_min().is_err() && none.try_amax().is_err() && none.try_norm(-1).is_err());
    assert!(matches!(none.try_norm_axes(1, f64::INFINITY), Err(Error::Empty { op: "norm", .. })));
    assert_eq!(none.norm_axes(0, f64::INFINITY).shape().as_slice(), [0]);
    (none.prod() + none.norm(3) + none.var(1) + none.std(1) + none.median()).backward();
    assert_eq!(none.grad().unwrap().shape(), [2, 0]);
}

/// The rows of reductions, scans and sorts, of an operand that bends: `x + x^3 / 10`.
#[test]
fn second_derivatives_match_central_differences_of_the_first() {
    const NAMES: [&str; 21] = [
        "sum",
        "mean",
        "logsumexp",
        "prod",
        "max",
        "min",
        "amax",
        "amin",
        "median",
        "var",
        "std",
        "norm",
        "cumsum",
        "cumprod",
        "logcumsumexp",
        "sort",
        "topk",
        "kthvalue",
        "max_with_indices",
        "min_with_indices",
        "median_with_indices",
    ];
    let rows = table::structural::<f64>();
    for name in NAMES {
        assert!(rows.iter().any(|row| row.name == name), "no row of {name}");
    }
    for row in rows.into_iter().filter(|row| NAMES.contains(&row.name)) {
        let dims = row.operands[0];
        let first = |tape: &Tape<f64>, values: &[f64]| {
            let x = tape.leaf((values, dims));
            let y = (row.call)(tape, &[x + x.powi(3) * 0.1]);
            let weights = tape.constant((numbers(y.len(), 0.7, 0.4, 5), y.shape().to_vec()));
            let slopes = tape.grad_recorded(&[(y * weights).sum()], &[x])[0];
            let weights = tape.constant((numbers(x.len(), 0.6, 0.5, 6), dims));
            (x, (slopes * weights).sum())
        };
        let at: Vec<f64> = apart(count(dims), 8);
        let tape = Tape::<f64>::new();
        let (x, root) = first(&tape, &at);
        let second = tape.grad(&[root], &[x])[0].to_vec();
        let numeric: Vec<f64> = (0..at.len())
            .map(|k| {
                let moved = |x: f64| {
                    let mut at = at.clone();
                    at[k] = x;
                    first(&Tape::<f64>::new(), &at).1.item()
                };
                central(moved, at[k])
            })
            .collect();
        assert_all_close(row.name, &second, &numeric, 1e-8);
    }
}
