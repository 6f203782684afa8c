//! Orders and places: which element is picked where several are equal, and where there is NaN.

use wengert::{Error, Tape, Tensor};
use wengert_tests::forms::{Form, apart};
use wengert_tests::numeric::{Input, check};
use wengert_tests::{assert_same, grad, live};

const NAN: f64 = f64::NAN;

#[test]
fn a_sort_is_stable_and_nan_is_greatest() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2.0, NAN, 1.0, 2.0, NAN, -1.0]);
    let (up, order) = x.sort(0, false);
    assert_same("up", &up.to_vec(), &[-1.0, 1.0, 2.0, 2.0, NAN, NAN]);
    assert_eq!(order.to_vec(), [5, 2, 0, 3, 1, 4]);
    assert_eq!(x.argsort(0, false), order);
    let (down, order) = x.sort(-1, true);
    assert_same("down", &down.to_vec(), &[NAN, NAN, 2.0, 2.0, 1.0, -1.0]);
    assert_eq!(order.to_vec(), [1, 4, 0, 3, 2, 5]);
    assert_eq!((up.grad_fn(), x.topk(1, 0, true).0.grad_fn()), (Some("sort"), Some("topk")));
    up.backward_with([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(grad(x).unwrap(), [3.0, 5.0, 2.0, 4.0, 6.0, 1.0]);
}

#[test]
fn the_first_of_some_are_those_of_the_order() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf((apart(60, 3), [3, 5, 4]));
    for (axis, largest) in [(0, true), (1, false), (2, true), (-2, true)] {
        let (y, order) = x.sort(axis, largest);
        for k in 0..=x.shape()[axis.rem_euclid(3) as usize] {
            let (top, places) = x.topk(k, axis, largest);
            assert_eq!(top.to_vec(), y.slice(axis, 0..k).to_vec());
            let all = order.value();
            let cut = all.slice_axis(ndarray::Axis(axis.rem_euclid(3) as usize), (0..k).into());
            assert_eq!(places.value(), cut);
            if !largest && k > 0 {
                let (kth, place) = x.kthvalue(k, axis);
                assert_eq!(kth.to_vec(), y.select(axis, k - 1));
                assert_eq!(place.shape(), kth.shape());
            }
        }
    }
    let ties = tape.leaf([1.0, 3.0, 3.0, NAN, 3.0]);
    assert_eq!(ties.topk(3, 0, true).1.to_vec(), [3, 1, 2]);
    assert_eq!(ties.topk(2, 0, false).1.to_vec(), [0, 1]);
}

/// One index of an axis, as a list.
trait Select {
    fn select(self, axis: isize, k: usize) -> Vec<f64>;
}
impl Select for Tensor<f64> {
    fn select(self, axis: isize, k: usize) -> Vec<f64> {
        self.slice(axis, k..k + 1).to_vec()
    }
}

#[test]
fn an_extreme_with_its_place_is_the_first_one_and_nan_wins() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[3.0, 1.0, 3.0, 1.0], [0.0, NAN, 5.0, NAN]]);
    let (max, places) = x.max_with_indices(1);
    assert_same("max", &max.to_vec(), &[3.0, NAN]);
    assert_eq!((places.to_vec(), places.shape().as_slice()), (vec![0, 1], &[2][..]));
    let (min, places) = x.min_with_indices_keepdims(-1);
    assert_same("min", &min.to_vec(), &[1.0, NAN]);
    assert_eq!((places.to_vec(), places.shape().as_slice()), (vec![1, 1], &[2, 1][..]));
    assert_eq!(min.shape().as_slice(), [2, 1]);
    assert_eq!((x.argmax().item(), x.argmin().item()), (5, 5));
    assert_eq!((x.argmax_axis(0).to_vec(), x.argmin_axis(1).to_vec()), (vec![0, 1, 1, 1], vec![1, 1]));
    assert_eq!((max.grad_fn(), min.grad_fn()), (Some("max"), Some("min")));
    (max.sum() + min.sum() * 10.0).backward();
    assert_eq!(grad(x).unwrap(), [1.0, 10.0, 0.0, 0.0, 0.0, 11.0, 0.0, 0.0]);
    let (median, places) = x.median_with_indices(1);
    assert_same("median", &median.to_vec(), &[1.0, NAN]);
    assert_eq!(places.to_vec(), [3, 1]);
    assert_eq!(x.median_with_indices_keepdims(0).0.shape().as_slice(), [1, 4]);
    assert_eq!((x.count_nonzero(), x.count_nonzero_axes(1).to_vec()), (7, vec![4, 3]));
    assert_eq!(x.count_nonzero_axes([0, 1]).item(), 7);
}

#[test]
fn gradients_match_central_differences() {
    type Op = fn(Tensor<f64>) -> Tensor<f64>;
    let ops: [(&str, Op); 7] = [
        ("sort", |x| x.sort(1, true).0),
        ("topk", |x| x.topk(2, 0, false).0),
        ("kthvalue", |x| x.kthvalue(2, -1).0),
        ("max_with_indices", |x| x.max_with_indices(0).0),
        ("min_with_indices", |x| x.min_with_indices(1).0),
        ("median_with_indices", |x| x.median_with_indices(2).0),
        ("median", |x| x.median()),
    ];
    for (name, op) in ops {
        for form in Form::OF_SHAPE.into_iter().filter(|form| *form != Form::Expanded) {
            check(name, &[Input::apart(&[2, 3, 4], form, 5)], &|_, x| op(x[0]));
        }
    }
}

#[test]
fn nothing_has_an_order_but_no_extreme() {
    let tape = Tape::<f64>::new();
    let none = tape.leaf((Vec::new(), [2, 0]));
    assert_eq!(none.sort(1, false).0.shape().as_slice(), [2, 0]);
    assert_eq!(none.argsort(0, false).shape().as_slice(), [2, 0]);
    assert_eq!(none.topk(0, 1, true).1.shape().as_slice(), [2, 0]);
    assert_eq!(none.max_with_indices(0).0.shape().as_slice(), [0]);
    assert_eq!(none.argmin_axis(0).shape().as_slice(), [0]);
    assert_eq!((none.count_nonzero(), none.count_nonzero_axes(1).to_vec()), (0, vec![0, 0]));
    let before = live(&tape);
    assert!(matches!(none.try_max_with_indices(1), Err(Error::Empty { op: "max", .. })));
    assert!(matches!(none.try_median_with_indices(1), Err(Error::Empty { op: "median", .. })));
    assert!(matches!(none.try_argmax(), Err(Error::Empty { op: "argmax", .. })));
    assert!(matches!(none.try_argmin_axis(1), Err(Error::Empty { op: "argmin", .. })));
    assert_eq!(live(&tape), before);
}

#[test]
fn a_bad_axis_or_count_leaves_the_tape_as_it_was() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[3.0, 1.0, 2.0]]);
    let before = live(&tape);
    assert!(matches!(x.try_sort(2, false), Err(Error::Axis { op: "sort", axis: 2, .. })));
    assert!(matches!(x.try_argsort(-3, false), Err(Error::Axis { op: "argsort", .. })));
    assert!(matches!(x.try_max_with_indices(2), Err(Error::Axis { op: "max", .. })));
    assert!(matches!(x.try_count_nonzero_axes([0, 0]), Err(Error::RepeatedAxis { op: "count_nonzero", .. })));
    let error = x.try_topk(4, 1, true).unwrap_err();
    assert!(matches!(error, Error::Domain { op: "topk", .. }));
    assert!(error.to_string().starts_with("topk: k is 4, and the axis has 3 elements"), "{error}");
    assert!(matches!(x.try_kthvalue(0, 1), Err(Error::Domain { op: "kthvalue", .. })));
    assert_eq!(live(&tape), before);
    assert!(matches!(tape.leaf(1.0).try_sort(1, false), Err(Error::Axis { op: "sort", .. })));
    let tape = Tape::<f32>::new();
    let x = tape.leaf([2.0_f32, 1.0]);
    x.sort(0, false).0.backward_with([1.0, 2.0]);
    assert_eq!(grad(x).unwrap(), [2.0, 1.0]);
}
