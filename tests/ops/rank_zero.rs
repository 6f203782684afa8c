//! A tensor of rank 0 in ops along an axis. As in PyTorch it has one axis for them, 0 or -1, and one element along it.

use wengert::{Error, Indices, Mask, Tape, Tensor};
use wengert_tests::{grad, live};

#[test]
fn reductions_scans_and_softmaxes_take_its_axis() {
    type Row = (&'static str, fn(Tensor<f64>, isize) -> Tensor<f64>, f64, f64);
    let rows: [Row; 20] = [
        ("sum", |x, axis| x.sum_axes(axis), 3.0, 1.0),
        ("sum_keepdims", |x, axis| x.sum_keepdims([axis]), 3.0, 1.0),
        ("mean", |x, axis| x.mean_axes(axis), 3.0, 1.0),
        ("prod", |x, axis| x.prod_axes(axis), 3.0, 1.0),
        ("max", |x, axis| x.max_axes(axis), 3.0, 1.0),
        ("amin", |x, axis| x.amin_keepdims(axis), 3.0, 1.0),
        ("logsumexp", |x, axis| x.logsumexp_axes(axis), 3.0, 1.0),
        ("norm", |x, axis| x.norm_axes(axis, 2), 3.0, 1.0),
        ("var", |x, axis| x.var_axes(axis, 0), 0.0, 0.0),
        ("softmax", |x, axis| x.softmax(axis), 1.0, 0.0),
        ("log_softmax", |x, axis| x.log_softmax(axis), 0.0, 0.0),
        ("cumsum", |x, axis| x.cumsum(axis), 3.0, 1.0),
        ("cumprod", |x, axis| x.cumprod(axis), 3.0, 1.0),
        ("logcumsumexp", |x, axis| x.logcumsumexp(axis), 3.0, 1.0),
        ("sort", |x, axis| x.sort(axis, true).0, 3.0, 1.0),
        ("topk", |x, axis| x.topk(1, axis, true).0, 3.0, 1.0),
        ("kthvalue", |x, axis| x.kthvalue(1, axis).0, 3.0, 1.0),
        ("max_with_indices", |x, axis| x.max_with_indices_keepdims(axis).0, 3.0, 1.0),
        ("median_with_indices", |x, axis| x.median_with_indices(axis).0, 3.0, 1.0),
        ("normalize", |x, axis| x.normalize(1.0, axis, 1e-12), 1.0, 0.0),
    ];
    for (name, f, value, slope) in rows {
        for axis in [0, -1] {
            let tape = Tape::<f64>::new();
            let x = tape.leaf(3.0);
            let y = f(x, axis);
            assert_eq!((y.item(), y.shape().len()), (value, 0), "{name} along {axis}");
            y.backward();
            assert_eq!(grad(x), Some(vec![slope]), "{name} along {axis}");
        }
    }
}

#[test]
fn indices_windows_and_angles_too() {
    let tape = Tape::<f64>::new();
    let (x, source) = (tape.leaf(3.0), tape.leaf(4.0));
    let rows = [
        ("index_select", x.index_select(0, 0), 3.0, 1.0),
        ("index_select", x.index_select(-1, [-1]), 3.0, 1.0),
        ("index_add", x.index_add(0, [0], source), 7.0, 1.0),
        ("cosine_similarity", x.cosine_similarity(source, -1, 1e-8), 1.0, 0.0),
    ];
    for (name, y, value, slope) in rows {
        assert_eq!((y.item(), y.shape().len()), (value, 0), "{name}");
        y.backward();
        assert_eq!(grad(x), Some(vec![slope]), "{name}");
        tape.zero_grad();
    }
    let window = x.unfold(0, 1, 1);
    assert_eq!((window.to_vec(), window.shape().as_slice()), (vec![3.0], &[1][..]));
    assert_eq!(x.unfold(0, 0, 1).shape(), [0]);
    assert!(matches!(x.try_index_select(0, [0, 0]), Err(Error::Domain { .. })));
    assert!(matches!(x.try_index_add(0, [0, 0], source), Err(Error::Domain { .. })));
    assert!(matches!(x.try_index_add(0, [0], tape.leaf([4.0])), Err(Error::ShapeMismatch { .. })));
}

#[test]
fn what_they_give_is_a_value_of_its_own() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(3.0);
    for y in [x.softmax(0), x.cumsum(0), x.sort(0, true).0, x.index_select(0, 0)] {
        y.retain_grad();
        (y * 2.0).backward();
        assert_eq!(grad(y), Some(vec![2.0]));
    }
}

#[test]
fn places_masks_and_views_too() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(3.0);
    let place = Indices::from(0);
    assert_eq!(
        (x.argmax_axis(0), x.argmin_axis(-1), x.argsort(0, false)),
        (place.clone(), place.clone(), place)
    );
    assert_eq!((x.sort(0, false).1.shape().len(), x.topk(1, -1, true).1.shape().len()), (0, 0));
    assert_eq!(x.count_nonzero_axes(0), Indices::from(1));
    let holds = Mask::from(true);
    assert_eq!(
        (holds.any_axes(0), holds.all_axes(-1), holds.count_axes(0).item()),
        (true.into(), true.into(), 1)
    );
    for y in [x.flip(0), x.squeeze_axes(-1), x.transpose(0, -1), x.movedim(0, -1)] {
        assert_eq!((y.item(), y.shape().len()), (3.0, 0));
    }
}

#[test]
fn other_axes_are_out_of_range_and_ops_on_several_elements_have_none() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(3.0);
    let axis =
        |error: Error, axis: isize| matches!(error, Error::Axis { rank: 0, axis: own, .. } if own == axis);
    for wrong in [1, -2] {
        let before = live(&tape);
        assert!(axis(x.try_sum_axes(wrong).unwrap_err(), wrong));
        assert!(axis(x.try_softmax(wrong).unwrap_err(), wrong));
        assert!(axis(x.try_cumsum(wrong).unwrap_err(), wrong));
        assert!(axis(x.try_sort(wrong, false).unwrap_err(), wrong));
        assert!(axis(x.try_transpose(0, wrong).unwrap_err(), wrong));
        assert_eq!(live(&tape), before);
    }
    assert!(matches!(x.try_sum_axes([0, -1]), Err(Error::RepeatedAxis { .. })));
    assert!(matches!(x.try_permute([0]), Err(Error::Domain { .. })));
    assert!(axis(x.try_slice(0, ..).unwrap_err(), 0));
    assert!(axis(x.try_unbind(0).unwrap_err(), 0));
    assert!(axis(tape.try_cat(&[x, x], 0).unwrap_err(), 0));
}
