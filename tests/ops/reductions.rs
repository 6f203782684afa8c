//! Sum, mean, max and logsumexp over all axes, every choice of axes, with and without the axes kept.

use wengert::Tensor;
use wengert_tests::forms::{Form, array, count};
use wengert_tests::numeric::{Input, check};
use wengert_tests::{assert_all_close, assert_same, grad};

type One = fn(Tensor<f64>) -> Tensor<f64>;
type Over = fn(Tensor<f64>, Vec<isize>) -> Tensor<f64>;
/// Name, over all, over axes, over axes that stay, and the value of a list by plain loops.
type Row = (&'static str, One, Over, Over, fn(&[f64]) -> f64);

const ROWS: [Row; 4] = [
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
];

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
    let tape = wengert::Tape::<f64>::new();
    for (name, all, over, keep, f) in ROWS {
        for form in Form::OF_SHAPE {
            let input = Input::apart(&DIMS, form, 4);
            let x = form.of(tape.leaf((input.values, form.base(&DIMS))), &DIMS);
            let values = x.to_vec();
            let total = all(x);
            assert_eq!(total.rank(), 0);
            assert_all_close(format!("{name}, {form:?}"), &total.to_vec(), &[f(&values)], 1e-14);
            for axes in choices() {
                let want = by_hand(&DIMS, &values, &axes, f);
                let what = format!("{name} over {axes:?}, {form:?}");
                let (gone, stayed) = (over(x, axes.clone()), keep(x, axes.clone()));
                assert_all_close(&what, &gone.to_vec(), &want, 1e-14);
                assert_all_close(&what, &stayed.to_vec(), &want, 1e-14);
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
    for (name, all, over, keep, _) in ROWS {
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
        let tape = wengert::Tape::<f64>::new();
        let x = tape.leaf(3.0);
        let y = all(x) + over(x, vec![]) * 10.0 + keep(x, vec![]) * 100.0;
        y.backward();
        assert_eq!((y.item(), grad(x)), (333.0, Some(vec![111.0])), "{name}");
    }
}

#[test]
fn nothing_reduces_to_what_the_docs_say() {
    let tape = wengert::Tape::<f64>::new();
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
    assert_eq!(none.grad().unwrap().shape(), [2, 0]);
}
