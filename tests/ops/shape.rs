//! Padding, repeating, rolling, triangles, stacks: plain loops and what does not fit. Views have a file of their own.

use ndarray::{ArrayD, Dimension, IxDyn};
use wengert::{Error, Pad, Result, Tape, Tensor};
use wengert_tests::forms::{array, numbers};
use wengert_tests::{grad, live, still_works};

const DIMS: [usize; 3] = [2, 3, 4];

/// `y[index] = x[from(index)]`, or 0.5 where there is nothing to take.
fn moved(x: &ArrayD<f64>, dims: &[usize], from: impl Fn(usize, usize) -> Option<usize>) -> ArrayD<f64> {
    ArrayD::from_shape_fn(IxDyn(dims), |index| {
        let from: Option<Vec<usize>> =
            index.as_array_view().iter().enumerate().map(|(axis, &i)| from(axis, i)).collect();
        from.map_or(0.5, |from| x[&from[..]])
    })
}

/// The same values in three layouts.
fn layouts(tape: &Tape<f64>) -> [(Tensor<f64>, Tensor<f64>); 3] {
    let values = array(&DIMS, numbers(24, 0.0, 1.0, 1));
    let straight = tape.leaf(&values);
    let turned = tape.leaf(values.view().reversed_axes());
    let mut flipped = values.clone();
    flipped.invert_axis(ndarray::Axis(2));
    let flipped = tape.leaf(&flipped);
    [(straight, straight), (turned, turned.permute([2, 1, 0])), (flipped, flipped.flip(2))]
}

/// An op is what plain loops say, in each layout, and what comes back goes where the elements came from.
fn check(name: &str, op: impl Fn(Tensor<f64>) -> Tensor<f64>, oracle: impl Fn(&ArrayD<f64>) -> ArrayD<f64>) {
    let tape = Tape::<f64>::new();
    for (leaf, x) in layouts(&tape) {
        tape.zero_grad();
        let (y, want) = (op(x), oracle(&x.value()));
        assert_eq!(y.value(), want, "{name}");
        // Of places instead of values the op says where each element came from.
        let places = oracle(&array(&DIMS, (0..24).map(|i| f64::from(i) + 1.0).collect()));
        let weights = numbers(places.len(), 0.0, 1.0, 2);
        let mut back = vec![0.0; 24];
        for (&place, &weight) in places.iter().zip(&weights).filter(|(place, _)| **place >= 1.0) {
            back[place as usize - 1] += weight;
        }
        y.backward_with((weights, places.shape()));
        let seen = tape.constant(leaf.grad().unwrap());
        let seen = if leaf == x {
            seen
        } else if leaf.shape()[0] == 4 {
            seen.permute([2, 1, 0])
        } else {
            seen.flip(2)
        };
        wengert_tests::assert_all_close(name, &seen.to_vec(), &back, 1e-14);
    }
}

#[test]
fn padding_is_plain_loops() {
    // Pairs go from the last axis forward.
    let dims = [4, 3, 7];
    let within = |i: usize, before: usize, extent: usize| i.checked_sub(before).filter(|&i| i < extent);
    check(
        "constant",
        |x| x.pad(&[(1, 2), (0, 0), (2, 0)], Pad::Constant(0.5)),
        |x| moved(x, &dims, |axis, i| within(i, [2, 0, 1][axis], DIMS[axis])),
    );
    check(
        "negative",
        |x| x.pad(&[(-1, 1), (2, -2)], Pad::Constant(0.5)),
        |x| {
            moved(x, &[2, 3, 4], |axis, i| match axis {
                0 => Some(i),
                1 => within(i, 2, 1),
                _ => Some(i + 1).filter(|&i| i < 4),
            })
        },
    );
    check(
        "reflect",
        |x| x.pad(&[(3, 3), (2, 1)], Pad::Reflect),
        |x| {
            moved(x, &[2, 6, 10], |axis, i| {
                let i = i as isize - [0, 2, 3][axis];
                let last = DIMS[axis] as isize - 1;
                Some((last - (last - i.abs()).abs()) as usize)
            })
        },
    );
    check(
        "replicate",
        |x| x.pad(&[(5, 1), (0, 2)], Pad::Replicate),
        |x| moved(x, &[2, 5, 10], |axis, i| Some(i.saturating_sub([0, 0, 5][axis]).min(DIMS[axis] - 1))),
    );
    check(
        "circular",
        |x| x.pad(&[(4, 3), (1, 0)], Pad::Circular),
        |x| moved(x, &[2, 4, 11], |axis, i| Some((i + DIMS[axis] - [0, 1, 4][axis]) % DIMS[axis])),
    );
    // What is taken away is taken away first, as in PyTorch: F.pad([[0, 1, 2, 3]], (1, -1), "circular").
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[0.0, 1.0, 2.0, 3.0]]);
    assert_eq!(x.pad(&[(1, -1)], Pad::Circular).to_vec(), [2.0, 0.0, 1.0, 2.0]);
    assert_eq!(x.pad(&[(-1, 2)], Pad::Reflect).to_vec(), [1.0, 2.0, 3.0, 2.0, 1.0]);
    assert_eq!(x.pad(&[(-2, -2)], Pad::Constant(1.0)).shape().as_slice(), [1, 0]);
    assert_eq!(x.pad(&[], Pad::Reflect).to_vec(), x.to_vec());
    assert_eq!(tape.leaf(3.0).pad(&[], Pad::Constant(1.0)).item(), 3.0);
    assert_eq!(tape.leaf((vec![], [0])).pad(&[(1, 1)], Pad::Constant(2.0)).to_vec(), [2.0, 2.0]);
    let bad = tape.leaf([f64::NAN, 1.0]);
    bad.pad(&[(-1, 0)], Pad::Constant(0.0)).sum().backward();
    assert_eq!(grad(bad), Some(vec![0.0, 1.0]));
    let single = Tape::<f32>::new();
    assert_eq!(single.leaf([1.0f32]).pad(&[(1, 0)], Pad::Constant(0.5)).to_vec(), [0.5, 1.0]);
}

#[test]
fn repeating_and_rolling_are_plain_loops() {
    check("repeat", |x| x.repeat([2, 1, 3]), |x| moved(x, &[4, 3, 12], |axis, i| Some(i % DIMS[axis])));
    check(
        "repeat with new axes",
        |x| x.repeat([3, 1, 1, 2, 1]),
        |x| ArrayD::from_shape_fn(IxDyn(&[3, 1, 2, 6, 4]), |i| x[[i[2], i[3] % 3, i[4]]]),
    );
    for (axis, dims) in [(0, [6, 3, 4]), (1, [2, 9, 4]), (2, [2, 3, 12])] {
        check(
            "repeat_interleave",
            |x| x.repeat_interleave(3, axis as isize - 3),
            |x| moved(x, &dims, |k, i| Some(if k == axis { i / 3 } else { i })),
        );
    }
    let rolled = |axis: usize, i: usize, shift: isize| {
        Some((i as isize - shift).rem_euclid(DIMS[axis] as isize) as usize)
    };
    check("roll", |x| x.roll([1, -2], [0, 2]), |x| moved(x, &DIMS, |k, i| rolled(k, i, [1, 0, -2][k])));
    check("roll far", |x| x.roll([-7, 9], [1, 1]), |x| moved(x, &DIMS, |k, i| rolled(k, i, [0, 2, 0][k])));
    check(
        "roll_all",
        |x| x.roll_all(-5),
        |x| {
            let mut all: Vec<f64> = x.iter().copied().collect();
            all.rotate_left(5);
            array(&DIMS, all)
        },
    );
    let tape = Tape::<f64>::new();
    let (one, none) = (tape.leaf(2.0), tape.leaf((vec![], [0, 2])));
    assert_eq!((one.roll_all(3).item(), one.roll((), ()).item()), (2.0, 2.0));
    assert_eq!(one.repeat([2, 2]).to_vec(), [2.0; 4]);
    assert_eq!(one.repeat(()).item(), 2.0);
    assert_eq!(none.roll([1, 1], [0, 1]).shape().as_slice(), [0, 2]);
    assert_eq!(none.repeat([2, 3]).shape().as_slice(), [0, 6]);
    let x = tape.leaf([1.0, 2.0]);
    assert_eq!(x.repeat(0).shape().as_slice(), [0]);
    x.repeat_interleave(0, 0).sum().backward();
    assert_eq!(grad(x), Some(vec![0.0, 0.0]));
}

#[test]
fn triangles_and_diagonals_are_plain_loops() {
    for k in [-4, -1, 0, 1, 2, 5, isize::MIN, isize::MAX] {
        let offset = |i: &IxDyn| i[2] as i128 - i[1] as i128;
        let kept = |x: &ArrayD<f64>, keep: &dyn Fn(i128) -> bool| {
            ArrayD::from_shape_fn(x.raw_dim(), |i| {
                if keep(offset(&IxDyn(&[i[0], i[1], i[2]]))) { x[&i] } else { 0.0 }
            })
        };
        check("tril", |x| x.tril(k), |x| kept(x, &|offset| offset <= k as i128));
        check("triu", |x| x.triu(k), |x| kept(x, &|offset| offset >= k as i128));
    }
    for k in [-2isize, 0, 1] {
        let extent = 4 + k.unsigned_abs();
        check(
            "diag_embed",
            |x| x.diag_embed(k),
            |x| {
                ArrayD::from_shape_fn(IxDyn(&[2, 3, extent, extent]), |i| {
                    let on = i[3] as isize - i[2] as isize == k;
                    if on { x[[i[0], i[1], i[2].min(i[3])]] } else { 0.0 }
                })
            },
        );
    }
    let tape = Tape::<f64>::new();
    let v = tape.leaf([1.0, 2.0]);
    assert_eq!(v.diag(-1).to_vec(), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
    assert_eq!(v.diag(1).diag(1).to_vec(), [1.0, 2.0]);
    assert_eq!(tape.leaf((vec![], [0])).diag(1).to_vec(), [0.0]);
    assert_eq!(tape.leaf((vec![], [0, 3])).trace().item(), 0.0);
    let m = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    m.trace().backward();
    assert_eq!(grad(m), Some(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
}

#[test]
fn stacks_and_grids() {
    let tape = Tape::<f64>::new();
    let (a, b, s) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]), tape.leaf(5.0));
    assert_eq!(tape.hstack(&[a, b]).to_vec(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(tape.hstack(&[s, a]).to_vec(), [5.0, 1.0, 2.0]);
    assert_eq!(tape.vstack(&[s, s]).shape().as_slice(), [2, 1]);
    let y = tape.vstack(&[a, b]);
    assert_eq!((y.shape().as_slice(), y.to_vec()), (&[2, 2][..], vec![1.0, 2.0, 3.0, 4.0]));
    y.backward_with([[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!((grad(a), grad(b)), (Some(vec![1.0, 2.0]), Some(vec![3.0, 4.0])));
    let before = tape.stats().instructions;
    let grid = tape.meshgrid(&[a, s, b]);
    assert_eq!(tape.stats().instructions, before);
    assert_eq!(grid[2].shape().as_slice(), [2, 1, 2]);
    assert_eq!((grid[0].to_vec(), grid[2].to_vec()), (vec![1.0, 1.0, 2.0, 2.0], vec![3.0, 4.0, 3.0, 4.0]));
    tape.zero_grad();
    (grid[0] * grid[2]).sum().backward();
    assert_eq!((grad(a), grad(b)), (Some(vec![7.0, 7.0]), Some(vec![3.0, 3.0])));
}

/// A matrix, a vector, a number and a batch of matrices.
struct Operands {
    x: Tensor<f64>,
    v: Tensor<f64>,
    s: Tensor<f64>,
    batch: Tensor<f64>,
}

type Call = fn(&Tape<f64>, Operands) -> Result<Tensor<f64>>;

#[test]
fn what_does_not_fit_is_said_and_leaves_the_tape_as_it_was() {
    let calls: [(&str, Call); 30] = [
        ("Domain", |_, o| o.x.try_pad(&[(0, 0); 3], Pad::Reflect)),
        ("Domain", |_, o| o.x.try_pad(&[(3, 0)], Pad::Reflect)),
        ("Domain", |_, o| o.x.try_pad(&[(0, 4)], Pad::Circular)),
        ("Domain", |_, o| o.x.try_pad(&[(-2, -2)], Pad::Constant(0.0))),
        ("Domain", |_, o| o.x.try_pad(&[(-3, 1)], Pad::Replicate)),
        ("Domain", |_, o| o.x.try_pad(&[(isize::MAX, 2)], Pad::Constant(0.0))),
        ("Domain", |_, o| o.x.try_repeat(2)),
        ("Domain", |_, o| o.x.try_repeat([2, -1])),
        ("Capacity", |_, o| o.x.try_repeat([isize::MAX, 1])),
        ("Axis", |_, o| o.x.try_repeat_interleave(2, 2)),
        ("Domain", |_, o| o.x.try_roll([1, 2], 0)),
        ("Axis", |_, o| o.x.try_roll(1, -3)),
        ("Rank", |_, o| o.v.try_tril(0)),
        ("Rank", |_, o| o.v.try_diagonal(0)),
        ("Rank", |_, o| o.batch.try_diag(0)),
        ("Rank", |_, o| o.batch.try_trace()),
        ("Rank", |_, o| o.s.try_diag_embed(0)),
        ("RepeatedAxis", |_, o| o.x.try_diagonal_axes(0, 1, -1)),
        ("Domain", |_, o| o.x.try_narrow(1, 2, 2)),
        ("Index", |_, o| o.x.try_narrow(1, -4, 1)),
        ("Index", |_, o| o.x.try_narrow(1, 4, 0)),
        ("Domain", |_, o| o.x.try_split([1, 1], 1).map(|parts| parts[0])),
        ("Domain", |_, o| o.x.try_split([4, -1], 1).map(|parts| parts[0])),
        ("Domain", |_, o| o.x.try_split_every(0, 1).map(|parts| parts[0])),
        ("Domain", |_, o| o.x.try_chunk(0, 1).map(|parts| parts[0])),
        ("Domain", |_, o| o.x.try_flatten(1, 0)),
        ("Domain", |_, o| o.x.try_movedim([0, 1], 0)),
        ("Domain", |_, o| o.x.try_unfold(1, 4, 1)),
        ("Step", |_, o| o.x.try_unfold(1, 2, 0)),
        ("Rank", |tape, o| tape.try_meshgrid(&[o.x]).map(|grid| grid[0])),
    ];
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let (v, s, batch) = (tape.leaf([1.0, 2.0]), tape.leaf(1.0), tape.leaf([[[1.0]]]));
    for (kind, call) in calls {
        let before = live(&tape);
        let error = call(&tape, Operands { x, v, s, batch }).expect_err(kind);
        assert_eq!(live(&tape), before, "{error}");
        let found = match error {
            Error::Domain { .. } => "Domain",
            Error::InferShape { .. } => "InferShape",
            Error::Capacity { .. } => "Capacity",
            Error::Axis { .. } => "Axis",
            Error::Rank { .. } => "Rank",
            Error::RepeatedAxis { .. } => "RepeatedAxis",
            Error::Index { .. } => "Index",
            Error::Step { .. } => "Step",
            ref other => panic!("{kind}: {other}"),
        };
        assert_eq!(found, kind, "{error}");
    }
    still_works(&tape);
}
