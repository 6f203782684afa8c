//! Masks and indices: plain loops, the branch that is not taken, duplicates, second order, and what does not fit.

use ndarray::{ArrayD, Dimension, IxDyn};
use wengert::{Error, Indices, Mask, Result, Tape, Tensor};
use wengert_tests::forms::{array, numbers};
use wengert_tests::{assert_all_close, assert_same, grad, live, still_works};

/// The rows of the table that are made by masks, indices, triangles, padding and repeating.
const ROWS: [&str; 23] = [
    "where_",
    "masked_fill",
    "masked_select",
    "index_select",
    "index_add",
    "gather",
    "take",
    "index_get",
    "embedding",
    "scatter",
    "scatter_add",
    "index_put",
    "tril",
    "triu",
    "diag",
    "diag_embed",
    "trace",
    "pad",
    "repeat",
    "repeat_interleave",
    "roll",
    "hstack",
    "vstack",
];

#[test]
fn gradients_have_gradients() {
    let rows = wengert::table::structural::<f64>();
    for name in ROWS {
        assert!(rows.iter().any(|row| row.name == name), "there is no row of `{name}`");
    }
    for row in rows.iter().filter(|row| ROWS.contains(&row.name)) {
        let values: Vec<ArrayD<f64>> = row
            .operands
            .iter()
            .enumerate()
            .map(|(k, dims)| array(dims, numbers(dims.iter().product(), 0.0, 1.0, k as u64)))
            .collect();
        // The ops are linear: the sine makes the gradient depend on the operands.
        let root = |tape: &Tape<f64>, x: &[Tensor<f64>]| (row.call)(tape, x).sin().sum();
        let leaves = |tape: &Tape<f64>, values: &[ArrayD<f64>]| -> Vec<Tensor<f64>> {
            values.iter().map(|values| tape.leaf(values)).collect()
        };
        // What goes with each gradient.
        let weights = |dims: &[usize]| numbers(dims.iter().product(), 0.0, 1.0, 99);
        let weighted = |values: &[ArrayD<f64>]| -> f64 {
            let tape = Tape::<f64>::new();
            let x = leaves(&tape, values);
            let grads = tape.grad(&[root(&tape, &x)], &x);
            grads
                .iter()
                .map(|g| g.to_vec().iter().zip(weights(&g.shape())).map(|(g, w)| g * w).sum::<f64>())
                .sum()
        };
        let tape = Tape::<f64>::new();
        let x = leaves(&tape, &values);
        let grads = tape.grad_recorded(&[root(&tape, &x)], &x);
        let numeric = tape.grad(&[root(&tape, &x)], &x);
        for (recorded, numeric) in grads.iter().zip(&numeric) {
            assert_all_close(format!("{}: recorded", row.name), &recorded.to_vec(), &numeric.to_vec(), 1e-14);
        }
        let sum = grads
            .iter()
            .map(|g| (*g * tape.constant((weights(&g.shape()), &g.shape()[..]))).sum())
            .reduce(|a, b| a + b)
            .unwrap();
        let second = tape.grad(&[sum], &x);
        for (k, second) in second.iter().enumerate() {
            let difference = |i: usize| {
                let at = |step: f64| {
                    let mut moved = values.clone();
                    moved[k].as_slice_mut().unwrap()[i] += step;
                    weighted(&moved)
                };
                (at(1e-5) - at(-1e-5)) / 2e-5
            };
            let want: Vec<f64> = (0..values[k].len()).map(difference).collect();
            assert_all_close(
                format!("{}: second order, operand {k}", row.name),
                &second.to_vec(),
                &want,
                1e-8,
            );
        }
    }
}

#[test]
fn what_is_not_taken_does_not_count() {
    let tape = Tape::<f64>::new();
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2.0];
    let (x, y) = (tape.leaf(bad), tape.leaf([1.0, 2.0, 3.0, f64::NAN]));
    let mask = Mask::from([false, false, false, true]);
    for z in [x.where_(&mask, y), mask.select(x, y), (!&mask).select(y, x)] {
        tape.zero_grad();
        assert_eq!(z.to_vec(), [1.0, 2.0, 3.0, 2.0]);
        z.backward_with([5.0, 6.0, 7.0, 8.0]);
        assert_eq!((grad(x), grad(y)), (Some(vec![0.0, 0.0, 0.0, 8.0]), Some(vec![5.0, 6.0, 7.0, 0.0])));
    }
    tape.zero_grad();
    // Not even a seed that is NaN arrives where nothing was taken.
    x.where_(&mask, y).backward_with([f64::NAN, 1.0, f64::INFINITY, 1.0]);
    assert_same("x", &grad(x).unwrap(), &[0.0, 0.0, 0.0, 1.0]);
    assert_same("y", &grad(y).unwrap(), &[f64::NAN, 1.0, f64::INFINITY, 0.0]);
    tape.zero_grad();
    let filled = x.masked_fill(&!&mask, -1.0);
    assert_eq!(filled.to_vec(), [-1.0, -1.0, -1.0, 2.0]);
    assert_eq!(filled.grad_fn(), Some("masked_fill"));
    filled.sum().backward();
    assert_eq!(grad(x), Some(vec![0.0, 0.0, 0.0, 1.0]));
    // Written over, and cut away.
    tape.zero_grad();
    let written = x.scatter(0, [0, 1, 2], y.narrow(0, 0, 3));
    assert_eq!(written.to_vec(), [1.0, 2.0, 3.0, 2.0]);
    written.backward_with([1.0, 2.0, 3.0, 4.0]);
    assert_eq!((grad(x), grad(y)), (Some(vec![0.0, 0.0, 0.0, 4.0]), Some(vec![1.0, 2.0, 3.0, 0.0])));
    let m = tape.leaf([[1.0, f64::NAN], [f64::INFINITY, 2.0]]);
    assert_eq!(m.tril(0).triu(0).to_vec(), [1.0, 0.0, 0.0, 2.0]);
}

#[test]
fn choices_broadcast_between_tensors_scalars_and_numbers() {
    let tape = Tape::<f64>::new();
    let (column, s) = (tape.leaf([[1.0], [2.0]]), tape.scalar(10.0));
    let mask = Mask::from([true, false, true]);
    let y = mask.select(column, s);
    assert_eq!(y.to_vec(), [1.0, 10.0, 1.0, 2.0, 10.0, 2.0]);
    y.sum().backward();
    assert_eq!((grad(column), s.grad()), (Some(vec![2.0, 2.0]), Some(2.0)));
    assert_eq!(Mask::from(true).select(s, 3.0).to_vec(), [10.0]);
    assert_eq!(mask.select(0.0, column).shape().as_slice(), [2, 3]);
    tape.zero_grad();
    // The value of a fill gets what it replaced.
    column.masked_fill(&mask, s).sum().backward();
    assert_eq!((grad(column), s.grad()), (Some(vec![1.0, 1.0]), Some(4.0)));
    assert_eq!(column.masked_select(&Mask::from([[true, false], [true, true]])).to_vec(), [1.0, 2.0, 2.0]);
    let none = tape.leaf((vec![], [0, 2]));
    assert_eq!(none.masked_select(&Mask::from(true)).shape().as_slice(), [0]);
    assert_eq!(none.where_(&Mask::from([true, false]), 1.0).shape().as_slice(), [0, 2]);
    let single = Tape::<f32>::new();
    let x = single.leaf([1.0f32, f32::NAN]);
    assert_eq!(x.where_(&Mask::from([true, false]), 0.5).to_vec(), [1.0, 0.5]);
}

/// PyTorch's definition of `gather`, by plain loops.
fn gathered(x: &ArrayD<f64>, axis: usize, indices: &ArrayD<usize>) -> ArrayD<f64> {
    ArrayD::from_shape_fn(indices.raw_dim(), |index| {
        let mut from = index.as_array_view().to_vec();
        from[axis] = indices[&index];
        x[&from[..]]
    })
}

#[test]
fn gathering_and_scattering_are_plain_loops() {
    let tape = Tape::<f64>::new();
    let dims = [2, 3, 4];
    let values = array(&dims, numbers(24, 0.0, 1.0, 1));
    let x = tape.leaf(&values);
    for axis in 0..3 {
        // Fewer indices than elements off the axis, more on it.
        let mut own = [1, 2, 3];
        own[axis] = 5;
        let count: usize = own.iter().product();
        let list =
            ArrayD::from_shape_vec(IxDyn(&own), (0..count).map(|i| (7 * i + 3) % dims[axis]).collect())
                .unwrap();
        let y = x.gather(axis as isize - 3, &list);
        let want = gathered(&values, axis, &list);
        assert_eq!(y.value(), want, "gather along {axis}");
        // The source may be larger than the indices.
        let source = tape.leaf(array(&[5, 5, 5], numbers(125, 0.0, 1.0, 2)));
        let (mut added, mut written) = (values.clone(), values.clone());
        for (index, &place) in list.indexed_iter() {
            let mut to: Vec<usize> = index.as_array_view().to_vec();
            let from = source.value()[&to[..]];
            to[axis] = place;
            added[&to[..]] += from;
            written[&to[..]] = from;
        }
        let sum = x.scatter_add(axis as isize, &list, source);
        assert_all_close("scatter_add", &sum.to_vec(), added.as_slice().unwrap(), 1e-15);
        assert_eq!(x.scatter(axis as isize, &list, source).value(), written, "scatter along {axis}");
    }
}

#[test]
fn the_last_of_several_writes_stays_and_gets_the_gradient() {
    let tape = Tape::<f64>::new();
    let (x, source) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([10.0, 20.0, 30.0]));
    for y in [x.scatter(0, [2, 0, 2], source), x.index_put(&[[2, 0, 2].into()], source, false)] {
        tape.zero_grad();
        assert_eq!(y.to_vec(), [20.0, 2.0, 30.0]);
        y.backward_with([1.0, 2.0, 3.0]);
        assert_eq!((grad(x), grad(source)), (Some(vec![0.0, 2.0, 0.0]), Some(vec![0.0, 1.0, 3.0])));
    }
    tape.zero_grad();
    let y = x.index_put(&[[2, 0, 2].into()], source, true);
    assert_eq!(y.to_vec(), [21.0, 2.0, 43.0]);
    y.backward_with([1.0, 2.0, 3.0]);
    assert_eq!((grad(x), grad(source)), (Some(vec![1.0, 2.0, 3.0]), Some(vec![3.0, 1.0, 3.0])));
    // One number for all gets the sum.
    tape.zero_grad();
    let s = tape.scalar(5.0);
    let y = x.scatter(0, [1, 1, 2], s) * tape.constant([1.0, 10.0, 100.0]);
    assert_eq!(y.to_vec(), [1.0, 50.0, 500.0]);
    y.sum().backward();
    assert_eq!((grad(x), s.grad()), (Some(vec![1.0, 0.0, 0.0]), Some(110.0)));
}

#[test]
fn lists_of_indices_are_numpys() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(array(&[2, 3, 4], (0..24).map(f64::from).collect()));
    // numpy: x[[[0], [1]], [0, -1]] has shape [2, 2, 4].
    let lists = [[[0], [1]].into(), [0, -1].into()];
    let y = x.index_get(&lists);
    assert_eq!(y.shape().as_slice(), [2, 2, 4]);
    assert_eq!(y.slice(2, 0..1).to_vec(), [0.0, 8.0, 12.0, 20.0]);
    let z = x.index_put(&lists, tape.constant([1.0, 2.0, 3.0, 4.0]), false);
    assert_eq!(z.index_get(&lists).to_vec(), [1.0, 2.0, 3.0, 4.0].repeat(4));
    assert_eq!(x.index_get(&[1.into(), 2.into(), 3.into()]).to_vec(), [23.0]);
    assert_eq!(x.index_get(&[Indices::from(Vec::<usize>::new())]).shape().as_slice(), [0, 3, 4]);
    assert_eq!(x.t().take([1, -1]).to_vec(), [4.0, 23.0]);
    assert_eq!(tape.leaf(7.0).take([0, 0]).to_vec(), [7.0, 7.0]);
    assert_eq!(tape.leaf(7.0).gather(0, [0]).to_vec(), [7.0]);
    assert_eq!(x.index_select(-1, -1).shape().as_slice(), [2, 3, 1]);
    assert_eq!(x.index_select(1, Vec::<i64>::new()).shape().as_slice(), [2, 0, 4]);
    assert_eq!(tape.one_hot([[1], [2]], 3).to_vec(), [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    assert!(!tape.one_hot(1, 3).requires_grad());
}

#[test]
fn the_row_of_padding_gets_no_gradient_of_any_order() {
    let tape = Tape::<f64>::new();
    let table = tape.leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    for padding in [1, -2] {
        tape.zero_grad();
        let y = table.embedding_padded([[0, 1], [1, 0]], padding);
        assert_eq!(y.to_vec(), [1.0, 2.0, 3.0, 4.0, 3.0, 4.0, 1.0, 2.0]);
        y.square().sum().backward();
        assert_eq!(grad(table), Some(vec![4.0, 8.0, 0.0, 0.0, 0.0, 0.0]));
        let recorded = tape.grad_recorded(&[y.square().sum()], &[table])[0];
        assert_eq!(recorded.to_vec(), [4.0, 8.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(tape.grad(&[recorded.sum()], &[table])[0].to_vec(), [4.0, 4.0, 0.0, 0.0, 0.0, 0.0]);
    }
}

type Call = fn(&Tape<f64>, Tensor<f64>, Tensor<f64>) -> Result<Tensor<f64>>;

#[test]
fn what_does_not_fit_is_said_and_leaves_the_tape_as_it_was() {
    let calls: [(&str, Call); 28] = [
        ("Index", |_, x, _| x.try_index_select(0, [2])),
        ("Index", |_, x, _| x.try_index_select(1, [-4])),
        ("Axis", |_, x, _| x.try_index_select(2, [0])),
        ("Rank", |_, x, _| x.try_index_select(0, [[0]])),
        ("ShapeMismatch", |_, x, _| x.try_gather(1, [0])),
        ("ShapeMismatch", |_, x, _| x.try_gather(1, [[0], [0], [0]])),
        ("Index", |_, x, _| x.try_gather(1, [[3]])),
        ("ShapeMismatch", |_, x, v| x.try_scatter(1, [[0]], v)),
        ("Index", |_, x, _| x.try_scatter(1, [[9]], 1.0)),
        ("ShapeMismatch", |_, x, _| x.try_scatter_add(1, [[0, 0, 0, 0]], x)),
        ("ShapeMismatch", |_, x, v| x.try_index_add(0, [0], v)),
        ("ShapeMismatch", |_, x, _| x.try_index_add(0, [0], x)),
        ("NoOperands", |_, x, _| x.try_index_get(&[])),
        ("Domain", |_, x, _| x.try_index_get(&[0.into(), 0.into(), 0.into()])),
        ("Broadcast", |_, x, _| x.try_index_get(&[[0, 1].into(), [0, 1, 2].into()])),
        ("Index", |_, x, _| x.try_index_put(&[[0, 5].into()], 1.0, true)),
        ("Expand", |_, x, v| x.try_index_put(&[[0].into()], v, false)),
        ("Index", |_, x, _| x.try_take([6])),
        ("Rank", |_, _, v| v.try_embedding([0])),
        ("Index", |_, x, _| x.try_embedding_padded([0], 2)),
        ("Index", |tape, _, _| tape.try_one_hot([3], 3)),
        ("Domain", |tape, _, _| tape.try_one_hot([2, -1], 3)),
        ("Domain", |_, x, _| x.try_embedding([0, -1])),
        ("Broadcast", |_, x, v| x.try_where_(&Mask::from(true), v)),
        ("Broadcast", |_, x, _| x.try_masked_select(&Mask::from([true; 2]))),
        ("Rank", |_, x, v| x.try_masked_fill(&Mask::from(true), v)),
        ("Domain", |_, _, _| Mask::from(true).try_select(1.0, 2.0)),
        ("DifferentTapes", |_, x, _| x.try_where_(&Mask::from(true), Tape::<f64>::new().leaf(1.0))),
    ];
    let tape = Tape::<f64>::new();
    let (x, v) = (tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), tape.leaf([1.0, 2.0]));
    for (kind, call) in calls {
        let before = live(&tape);
        let error = call(&tape, x, v).expect_err(kind);
        assert_eq!(live(&tape), before, "{error}");
        let found = match error {
            Error::Index { .. } => "Index",
            Error::Axis { .. } => "Axis",
            Error::Rank { .. } => "Rank",
            Error::ShapeMismatch { .. } => "ShapeMismatch",
            Error::NoOperands { .. } => "NoOperands",
            Error::Domain { .. } => "Domain",
            Error::Broadcast { .. } => "Broadcast",
            Error::Expand { .. } => "Expand",
            // The other tape is gone by the time that it is looked for.
            Error::DifferentTapes { .. } | Error::DroppedTape { .. } => "DifferentTapes",
            ref other => panic!("{kind}: {other}"),
        };
        assert_eq!(found, kind, "{error}");
        assert!(error.to_string().contains("tests/ops/select.rs"), "the line of the call: {error}");
    }
    still_works(&tape);
    let error = x.try_gather(1, [[3]]).unwrap_err().to_string();
    assert!(
        error.starts_with("gather: index 3 is out of range for axis 1 of extent 3\n  recorded at "),
        "{error}"
    );
}
