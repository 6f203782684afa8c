//! Views: no instruction, ndarray's values, and gradients that go to the slots that were looked at.
#![allow(clippy::reversed_empty_ranges, reason = "an empty slice is a case")]

mod random;

use ndarray::{Array, Array2, ArrayD, Axis, Dimension, IxDyn, Slice};
use proptest::prelude::*;
use wengert::{Tape, Tensor};
use wengert_tests::forms::{array, numbers};
use wengert_tests::{assert_all_close, grad};

const DIMS: [usize; 3] = [2, 3, 4];

fn counting(dims: &[usize]) -> ArrayD<f64> {
    array(dims, (0..dims.iter().product()).map(|i| i as f64).collect())
}

type View = fn(Tensor<f64>) -> Tensor<f64>;
type Oracle = fn(ArrayD<f64>) -> ArrayD<f64>;

fn slice(x: ArrayD<f64>, axis: usize, start: isize, end: Option<isize>, step: isize) -> ArrayD<f64> {
    x.slice_axis(Axis(axis), Slice::new(start, end, step)).to_owned()
}

/// What a view shows is what ndarray shows.
const VIEWS: [(&str, View, Oracle); 41] = [
    ("t", |x| x.t(), |x| x.permuted_axes(vec![0, 2, 1])),
    ("transpose", |x| x.transpose(0, -1), |x| x.permuted_axes(vec![2, 1, 0])),
    ("permute", |x| x.permute([2, 0, 1]), |x| x.permuted_axes(vec![2, 0, 1])),
    ("permute from the end", |x| x.permute([-1, 0, -2]), |x| x.permuted_axes(vec![2, 0, 1])),
    ("reshape", |x| x.reshape([4, 6]), |x| x.into_shape_with_order(IxDyn(&[4, 6])).unwrap()),
    ("reshape -1", |x| x.reshape([-1, 2]), |x| x.into_shape_with_order(IxDyn(&[12, 2])).unwrap()),
    ("reshape to one axis", |x| x.reshape(24), |x| x.into_shape_with_order(IxDyn(&[24])).unwrap()),
    (
        "reshape with ones",
        |x| x.reshape([1, 2, 1, 12]),
        |x| x.into_shape_with_order(IxDyn(&[1, 2, 1, 12])).unwrap(),
    ),
    ("slice", |x| x.slice(2, 1..3), |x| slice(x, 2, 1, Some(3), 1)),
    ("slice from the end", |x| x.slice(-1, -3..-1), |x| slice(x, 2, -3, Some(-1), 1)),
    ("slice to the end", |x| x.slice(1, 1..), |x| slice(x, 1, 1, None, 1)),
    ("slice inclusive", |x| x.slice(2, 1..=2), |x| slice(x, 2, 1, Some(3), 1)),
    ("slice past the end", |x| x.slice(2, 2..99), |x| slice(x, 2, 2, None, 1)),
    ("slice of nothing", |x| x.slice(2, 3..1), |x| slice(x, 2, 1, Some(1), 1)),
    ("step", |x| x.slice(2, (.., 2)), |x| slice(x, 2, 0, None, 2)),
    ("step over the extent", |x| x.slice(2, (1.., 7)), |x| slice(x, 2, 1, None, 7)),
    ("backward", |x| x.slice(2, (.., -1)), |x| slice(x, 2, 0, None, -1)),
    ("backward in a range", |x| x.slice(2, (1..4, -1)), |x| slice(x, 2, 1, Some(4), -1)),
    ("backward by two", |x| x.slice(2, (.., -2)), |x| slice(x, 2, 0, None, -2)),
    ("backward by three", |x| x.slice(2, (0..3, -3)), |x| slice(x, 2, 0, Some(3), -3)),
    ("index_axis", |x| x.index_axis(1, 2), |x| x.index_axis_move(Axis(1), 2)),
    ("index_axis from the end", |x| x.index_axis(-3, -2), |x| x.index_axis_move(Axis(0), 0)),
    ("unsqueeze", |x| x.unsqueeze(1), |x| x.insert_axis(Axis(1))),
    ("unsqueeze at the end", |x| x.unsqueeze(-1), |x| x.insert_axis(Axis(3))),
    ("squeeze", |x| x.slice(1, 0..1).squeeze(), |x| x.index_axis_move(Axis(1), 0)),
    (
        "flip",
        |x| x.flip([0, -1]),
        |mut x| {
            x.invert_axis(Axis(0));
            x.invert_axis(Axis(2));
            x
        },
    ),
    (
        "expand",
        |x| x.slice(1, 1..2).expand([2, 2, -1, 4]).expand([2, 2, 5, 4]),
        |x| x.slice_axis(Axis(1), Slice::from(1..2)).broadcast(IxDyn(&[2, 2, 5, 4])).unwrap().to_owned(),
    ),
    ("narrow", |x| x.narrow(1, 1, 2), |x| slice(x, 1, 1, Some(3), 1)),
    ("narrow from the end", |x| x.narrow(-1, -2, 2), |x| slice(x, 2, 2, None, 1)),
    ("split", |x| x.split([1, 0, 3], 2)[2], |x| slice(x, 2, 1, None, 1)),
    ("split_every", |x| x.split_every(2, 1)[1], |x| slice(x, 1, 2, None, 1)),
    ("chunk", |x| x.chunk(3, -1)[1], |x| slice(x, 2, 2, None, 1)),
    ("unbind", |x| x.unbind(1)[2], |x| x.index_axis_move(Axis(1), 2)),
    ("movedim", |x| x.movedim(0, -1), |x| x.permuted_axes(vec![1, 2, 0])),
    ("movedim of two", |x| x.movedim([0, 2], [1, 0]), |x| x.permuted_axes(vec![2, 0, 1])),
    ("flatten", |x| x.flatten(1, -1), |x| x.into_shape_with_order(IxDyn(&[2, 12])).unwrap()),
    ("unfold", |x| x.unfold(2, 3, 1), |x| windows(x, 2, 3, 1)),
    (
        "unfold of every other",
        |x| x.t().unfold(1, 2, 2),
        |x| windows(x.permuted_axes(vec![0, 2, 1]), 1, 2, 2),
    ),
    ("unfold twice", |x| x.unfold(1, 2, 1).unfold(2, 2, 1), |x| windows(windows(x, 1, 2, 1), 2, 2, 1)),
    ("diagonal", |x| x.diagonal(1), |x| diagonal(x, 1)),
    (
        "diagonal of the last axes",
        |x| x.diagonal_axes(-1, 1, 2),
        |x| diagonal(x.permuted_axes(vec![1, 2, 0]), -1),
    ),
];

/// Windows of an axis, by plain loops.
fn windows(x: ArrayD<f64>, axis: usize, size: usize, step: usize) -> ArrayD<f64> {
    let mut dims = x.shape().to_vec();
    dims[axis] = (dims[axis] - size) / step + 1;
    dims.push(size);
    ArrayD::from_shape_fn(dims, |index| {
        let mut from = index.as_array_view().to_vec();
        from[axis] = from[axis] * step + from.pop().unwrap();
        x[&from[..]]
    })
}

/// The diagonal over the first two axes, by plain loops.
fn diagonal(x: ArrayD<f64>, k: isize) -> ArrayD<f64> {
    let (row, column) = ((-k).max(0) as usize, k.max(0) as usize);
    let mut dims = x.shape()[2..].to_vec();
    dims.push((x.shape()[0] - row).min(x.shape()[1] - column));
    ArrayD::from_shape_fn(dims, |index| {
        let mut from = index.as_array_view().to_vec();
        let i = from.pop().unwrap();
        from.splice(..0, [row + i, column + i]);
        x[&from[..]]
    })
}

#[test]
fn values_are_ndarrays_and_nothing_is_recorded() {
    for (name, view, oracle) in VIEWS {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(counting(&DIMS));
        let before = tape.stats();
        let y = view(x);
        let want = oracle(counting(&DIMS));
        let after = tape.stats();
        assert_eq!((after.instructions, after.slots), (before.instructions, before.slots), "{name}");
        assert_eq!(y.value(), want, "{name}");
        // Read by a copy in row-major order, by a view without a copy, one by one.
        assert_eq!(y.to_vec(), want.iter().copied().collect::<Vec<_>>(), "{name}");
        y.with(|seen| assert_eq!(seen, want, "{name}"));
        for (index, &value) in want.indexed_iter() {
            let index: Vec<isize> = (0..want.ndim()).map(|k| index[k] as isize).collect();
            assert_eq!(y.at(index).value(), value, "{name}");
        }
        assert_eq!(
            (y.shape().to_vec(), y.rank(), y.len()),
            (want.shape().to_vec(), want.ndim(), want.len()),
            "{name}"
        );
    }
}

#[test]
fn gradients_go_to_the_elements_looked_at() {
    for (name, view, oracle) in VIEWS {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(counting(&DIMS));
        // The same view of the elements' own places says where each gradient belongs.
        let places = oracle(counting(&DIMS));
        let weights = numbers(places.len(), 0.0, 1.0, 3);
        let mut want = vec![0.0; 24];
        places.iter().zip(&weights).for_each(|(&place, w)| want[place as usize] += w);
        view(x).backward_with((&weights, places.shape()));
        assert_all_close(format!("{name}: the view as root"), &grad(x).unwrap(), &want, 1e-15);
        tape.zero_grad();
        (view(x) * tape.constant((&weights, places.shape()))).sum().backward();
        assert_all_close(format!("{name}: read by an op"), &grad(x).unwrap(), &want, 1e-15);
    }
}

#[test]
fn views_of_what_was_computed_send_gradients_through_it() {
    for (name, view, oracle) in VIEWS {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(counting(&DIMS));
        let places = oracle(counting(&DIMS));
        let mut want = vec![0.0; 24];
        places.iter().for_each(|&place| want[place as usize] += 3.0);
        let y = view(x * 3.0);
        assert_eq!(y.grad_fn(), Some("view"), "{name}");
        y.sum().backward();
        assert_eq!(grad(x), Some(want), "{name}");
    }
}

#[test]
fn a_reshape_that_strides_cannot_express_is_one_copy() {
    type Row = (&'static str, View, usize);
    let rows: [Row; 7] = [
        ("contiguous", |x| x.reshape([6, 4]), 0),
        ("transposed, joined", |x| x.t().reshape([24]), 1),
        ("transposed, split", |x| x.t().reshape([2, 2, 2, 3]), 0),
        ("leading axes of a slice", |x| x.slice(2, 0..2).reshape([6, 2]), 0),
        ("a slice made flat", |x| x.slice(2, 0..2).reshape([12]), 1),
        ("expanded, joined", |x| x.index_axis(0, 0).expand([5, 3, 4]).reshape([15, 4]), 1),
        ("flipped whole", |x| x.flip([0, 1, 2]).reshape([24]), 0),
    ];
    for (name, view, copies) in rows {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(counting(&DIMS));
        let y = view(x);
        let stats = tape.stats();
        assert_eq!(stats.instructions, copies, "{name}");
        assert_eq!(tape.dump().matches("= copy ").count(), copies, "{name}");
        assert_eq!(y.grad_fn(), Some(if copies == 0 { "view" } else { "copy" }), "{name}");
        // The values are those in row-major order, and each gradient finds its element.
        y.sum().backward();
        let total: f64 = grad(x).unwrap().iter().sum();
        assert_eq!(total, y.len() as f64, "{name}");
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(x.t().reshape([6]).to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(x.flip([0, 1]).reshape([6]).to_vec(), [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
}

#[test]
fn an_index_is_an_integer_of_any_type() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let rows: Vec<Vec<f64>> = (0..x.shape()[0]).map(|row| x.index_axis(0, row).to_vec()).collect();
    assert_eq!(rows, [[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(x.index_axis(1, -1i64).to_vec(), x.index_axis(1, 1u32).to_vec());
    assert_eq!(x.narrow(1, x.shape()[1] - 1, 1).to_vec(), x.narrow(1, -1, 1).to_vec());
    assert!(matches!(x.try_index_axis(0, usize::MAX), Err(wengert::Error::Index { .. })));
}

#[test]
fn with_shows_every_view_without_a_copy() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(counting(&[3, 4]));
    let own = Array2::from_shape_vec((3, 4), (0..12).map(f64::from).collect()).unwrap();
    x.with(|v| assert_eq!(v, own.view().into_dyn()));
    x.t().with(|v| assert_eq!(v, own.t().into_dyn()));
    x.flip([0]).with(|v| assert_eq!(v.index_axis(Axis(0), 0), own.row(2).into_dyn()));
    x.slice(1, (.., -3))
        .with(|v| assert_eq!(v.iter().copied().collect::<Vec<_>>(), [3.0, 0.0, 7.0, 4.0, 11.0, 8.0]));
    x.index_axis(1, 1)
        .expand([2, 3])
        .with(|v| assert_eq!(v, ndarray::arr2(&[[1.0, 5.0, 9.0], [1.0, 5.0, 9.0]]).into_dyn()));
    x.flip([0, 1])
        .t()
        .expand([2, 4, 3])
        .with(|v| assert_eq!((v[[1, 0, 0]], v[[0, 3, 2]], v[[1, 1, 2]]), (11.0, 0.0, 2.0)));
    tape.leaf(5.0).with(|v| assert_eq!(v[[]], 5.0));
    tape.leaf((vec![], [2, 0])).t().flip(1).with(|v| assert_eq!(v.shape(), [0, 2]));
    // Inside, views and values may be read, of this tensor and of others.
    let sum =
        x.with(|v| x.t().with(|t| (&v - &t.t()).sum() + x.at([2, 3]).value() + x.slice(0, 1..).to_vec()[0]));
    assert_eq!(sum, 11.0 + 4.0);
}

#[test]
fn gradients_are_shown_without_a_copy() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(x.with_grad(|_| ()), None);
    (x.t() * tape.constant([[1.0, 2.0], [3.0, 4.0]])).sum().backward();
    assert_eq!(x.with_grad(|g| (g.shape().to_vec(), g[[0, 1]])), Some((vec![2, 2], 3.0)));
    let g = x.grad_tensor().unwrap();
    assert_eq!(
        (g.to_vec(), g.shape().to_vec(), g.requires_grad()),
        (vec![1.0, 3.0, 2.0, 4.0], vec![2, 2], false)
    );
    // A view keeps none.
    assert_eq!((x.t().grad(), x.t().with_grad(|_| ())), (None, None));
}

#[test]
fn a_view_of_many_axes_is_a_view_all_the_same() {
    let tape = Tape::<f64>::new();
    let dims = [1, 2, 1, 3, 1, 2, 2];
    let x = tape.leaf(counting(&dims));
    let y = x.permute([6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(y.value(), counting(&dims).reversed_axes());
    assert_eq!(y.squeeze().shape().as_slice(), [2, 2, 3, 2]);
    assert_eq!(y.squeeze_axes([2, 3]).shape().as_slice(), [2, 2, 3, 1, 2, 1]);
    (y * y).sum().backward();
    let want: Vec<f64> = (0..24).map(|i| 2.0 * f64::from(i)).collect();
    assert_eq!(grad(x), Some(want));
    assert_eq!(tape.stats().instructions, 2);
}
