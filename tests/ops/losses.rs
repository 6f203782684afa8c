//! Softmax and what is made of it.

use wengert::{CrossEntropy, Tape, Tensor};
use wengert_tests::forms::{Form, array, count};
use wengert_tests::numeric::{Input, check};
use wengert_tests::{assert_all_close, grad};

const DIMS: [usize; 3] = [2, 3, 4];

#[test]
fn softmax_and_its_logarithm_along_each_axis() {
    let tape = Tape::<f64>::new();
    for form in Form::OF_SHAPE {
        let input = Input::near(&DIMS, form, 0.0, 2.0, 5);
        let x = form.of(tape.leaf((&input.values, form.base(&DIMS))), &DIMS);
        let values = x.value();
        for axis in 0..3usize {
            let e = values.mapv(f64::exp);
            let total = e.sum_axis(ndarray::Axis(axis)).insert_axis(ndarray::Axis(axis));
            let want: Vec<f64> = (e / total).iter().copied().collect();
            let logs: Vec<f64> = want.iter().map(|y| y.ln()).collect();
            for axis in [axis as isize, axis as isize - 3] {
                assert_all_close(format!("softmax {axis} {form:?}"), &x.softmax(axis).to_vec(), &want, 1e-14);
                assert_all_close(
                    format!("log_softmax {axis} {form:?}"),
                    &x.log_softmax(axis).to_vec(),
                    &logs,
                    1e-14,
                );
                check(&format!("softmax along {axis}"), std::slice::from_ref(&input), &|_, x| {
                    x[0].softmax(axis)
                });
                check(&format!("log_softmax along {axis}"), std::slice::from_ref(&input), &|_, x| {
                    x[0].log_softmax(axis)
                });
            }
        }
    }
}

/// Lanes that lie side by side go through kernels of their own, many at a time.
#[test]
fn along_the_first_axis_is_along_the_last_of_the_transpose() {
    type Along = fn(Tensor<f64>, isize) -> Tensor<f64>;
    let ops: [(&str, Along); 3] = [
        ("softmax", |x, axis| x.softmax(axis)),
        ("log_softmax", |x, axis| x.log_softmax(axis)),
        ("logsumexp", |x, axis| x.logsumexp_keepdims(axis)),
    ];
    for (name, along) in ops {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(tape.randn([11, 93], 4));
        let weights = tape.constant(tape.randn([11, 93], 5));
        let flipped = x.t().reshape([-1]).reshape([93, 11]);
        let (first, last) = (along(x, 0), along(flipped, 1).t());
        assert_all_close(name, &first.to_vec(), &last.to_vec(), 1e-15);
        let slopes = [first, last].map(|y| {
            x.zero_grad();
            (y * weights).sum().backward();
            grad(x).unwrap()
        });
        assert_all_close(format!("{name}, back"), &slopes[0], &slopes[1], 1e-14);
    }
}

#[test]
fn softmax_does_not_overflow_and_rows_of_one_or_no_score_work() {
    let tape = Tape::<f64>::new();
    assert_eq!(tape.leaf([1000.0, 1000.0, -1000.0]).softmax(0).to_vec(), [0.5, 0.5, 0.0]);
    // Only differences count: large scores lose no digits.
    assert_all_close(
        "log_softmax",
        &tape.leaf([1e6, 1e6]).log_softmax(0).to_vec(),
        &[-(2f64.ln()); 2],
        1e-15,
    );
    assert_eq!(tape.leaf([[7.0], [8.0]]).softmax(1).to_vec(), [1.0, 1.0]);
    let none = tape.leaf((vec![], [2, 0]));
    assert_eq!(none.softmax(1).shape().as_slice(), [2, 0]);
    none.log_softmax(0).sum().backward();
    assert_eq!(none.grad().unwrap().shape(), [2, 0]);
}

#[test]
fn the_losses_are_the_mean_of_the_negative_log_likelihood() {
    let tape = Tape::<f64>::new();
    let shapes: [&[usize]; 3] = [&[4], &[3, 4], &[2, 3, 4]];
    for dims in shapes {
        let rows = count(&dims[..dims.len() - 1]);
        let classes: Vec<usize> = (0..rows).map(|i| (3 * i + 1) % 4).collect();
        for form in Form::OF_SHAPE {
            let input = Input::near(dims, form, 0.0, 2.0, 6);
            let x = form.of(tape.leaf((&input.values, form.base(dims))), dims);
            let by_row = array(&[rows, 4], x.to_vec());
            let mean = |f: &dyn Fn(usize, usize) -> f64| {
                classes.iter().enumerate().map(|(row, &class)| f(row, class)).sum::<f64>() / rows as f64
            };
            let nll = mean(&|row, class| -by_row[[row, class]]);
            let entropy = mean(&|row, class| {
                (0..4).map(|k| by_row[[row, k]].exp()).sum::<f64>().ln() - by_row[[row, class]]
            });
            let what = format!("{dims:?}, {form:?}");
            assert_all_close(format!("nll_loss {what}"), &x.nll_loss(&classes).to_vec(), &[nll], 1e-14);
            assert_all_close(
                format!("cross_entropy {what}"),
                &x.cross_entropy(&classes).to_vec(),
                &[entropy],
                1e-14,
            );
            let one = std::slice::from_ref(&input);
            check(&format!("nll_loss {dims:?}"), one, &|_, x: &[Tensor<f64>]| x[0].nll_loss(&classes));
            check(&format!("cross_entropy {dims:?}"), one, &|_, x: &[Tensor<f64>]| {
                x[0].cross_entropy(&classes)
            });
        }
    }
}

#[test]
fn a_class_that_is_named_twice_gets_both_gradients() {
    let tape = Tape::<f64>::new();
    // One row of scores for two samples.
    let x = tape.leaf([1.0, 2.0, 3.0]);
    x.expand([2, 3]).nll_loss([2, 2]).backward();
    assert_eq!(grad(x), Some(vec![0.0, 0.0, -1.0]));
}

#[test]
fn a_loss_of_nothing_is_not_minus_0() {
    let tape = Tape::<f64>::new();
    let certain = tape.leaf([[0.0, f64::NEG_INFINITY], [1000.0, 0.0]]);
    for loss in [certain.cross_entropy([0, 0]), certain.log_softmax(1).nll_loss([0, 0])] {
        assert!(loss.item() == 0.0 && loss.item().is_sign_positive());
    }
}

#[test]
fn the_mean_over_no_rows_is_nan() {
    let tape = Tape::<f64>::new();
    let none = tape.leaf((vec![], [0, 3]));
    assert!(none.nll_loss([]).item().is_nan());
    none.cross_entropy([]).backward();
    assert_eq!(none.grad().unwrap().shape(), [0, 3]);
}

/// Labels come as the integers that a file has.
#[test]
fn labels_are_integers_of_any_type() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]);
    let expected = x.cross_entropy([2, 0]).item();
    let with = CrossEntropy::default();
    let bytes: Vec<u8> = vec![2, 0];
    assert_eq!(x.cross_entropy_with(bytes.clone(), &with).item(), expected);
    assert_eq!(x.cross_entropy_with(vec![2_i64, 0], &with).item(), expected);
    assert_eq!(x.cross_entropy_with([2_u16, 0], &with).item(), expected);
    assert_eq!(tape.one_hot(bytes, 3).to_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
}
