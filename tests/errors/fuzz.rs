//! Bad arguments of every kind: the twins answer with `Ok` or `Err`, never with a panic, and a refused call leaves the
//! tape as it was.

use proptest::prelude::*;
use wengert::{Error, Operand, Tape, Tensor};
use wengert_tests::{live, still_works};

/// Integers near what is allowed, and far from it.
fn integer() -> impl Strategy<Value = isize> {
    prop_oneof![
        8 => -5..6isize,
        1 => Just(isize::MIN),
        1 => Just(isize::MAX),
        1 => any::<isize>(),
    ]
}

fn integers() -> impl Strategy<Value = Vec<isize>> {
    prop::collection::vec(integer(), 0..5)
}

fn dims() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..4usize, 0..4)
}

#[derive(Clone, Debug)]
struct Arguments {
    list: Vec<isize>,
    a: isize,
    b: isize,
    step: isize,
    classes: Vec<usize>,
}

fn arguments() -> impl Strategy<Value = Arguments> {
    (integers(), integer(), integer(), integer(), prop::collection::vec(0..5usize, 0..6))
        .prop_map(|(list, a, b, step, classes)| Arguments { list, a, b, step, classes })
}

/// Every twin that takes arguments, by number.
fn call(
    tape: &Tape<f64>,
    x: Tensor<f64>,
    y: Tensor<f64>,
    which: usize,
    arguments: &Arguments,
) -> Result<(), Error> {
    let Arguments { list, a, b, step, classes } = arguments;
    let (list, a, b, step) = (list.clone(), *a, *b, *step);
    let done = |_: Tensor<f64>| ();
    let parts: Vec<Operand<f64>> = vec![x.into(), 1.0.into(), y.into()];
    match which {
        0 => x.try_add(y).map(done),
        1 => x.try_matmul(y).map(done),
        2 => x.try_reshape(list).map(done),
        // An extent of millions would be made, and that takes long: only what is looked at is large.
        3 => x.try_expand(list).map(done),
        4 => x.try_permute(list).map(done),
        5 => x.try_transpose(a, b).map(done),
        6 => x.try_slice(a, (b..step, step)).map(done),
        7 => x.try_slice(a, b..=step).map(done),
        8 => x.try_slice(a, (..b, step)).map(done),
        9 => x.try_index_axis(a, b).map(done),
        10 => x.try_squeeze_axes(list).map(done),
        11 => x.try_unsqueeze(a).map(done),
        12 => x.try_flip(list).map(done),
        13 => x.try_at(list).map(|_| ()),
        14 => x.try_sum_axes(list).map(done),
        15 => x.try_mean_keepdims(list).map(done),
        16 => x.try_max_axes(list).map(done),
        17 => x.try_logsumexp_axes(list).map(done),
        18 => x.try_softmax(a).map(done),
        19 => x.try_log_softmax(a).map(done),
        20 => x.try_nll_loss(classes).map(done),
        21 => x.try_cross_entropy(classes).map(done),
        22 => tape.try_cat(&[x, y], a).map(done),
        23 => tape.try_stack(&[x, y], a).map(done),
        24 => tape.try_stack(&parts, a).map(done),
        25 => x.try_backward(),
        26 => x.try_backward_with(y),
        27 => tape.try_grad(&[x], &[y]).map(|_| ()),
        28 => tape.try_grad_with(&[x], &[y], &[y]).map(|_| ()),
        29 => x.try_set_value(y),
        30 => x.try_item().map(|_| ()),
        31 => x.try_max().map(done),
        32 => tape.try_leaf((vec![1.0; 6], list)).map(done),
        33 => x.try_pow(y).map(done),
        34 => x.try_retain_grad(),
        35 => x.try_zero_grad(),
        36 => x.try_powi(a as i32).map(done),
        37 => x.try_copy().map(done),
        _ => unreachable!("there are {CALLS} calls"),
    }
}

const CALLS: usize = 38;

/// What the calls may add to where they succeed: a view of millions of elements must not be computed with.
fn is_small(x: Tensor<f64>) -> bool {
    x.len() < 10_000
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_argument_makes_a_twin_panic(
        (p, q) in (dims(), dims()),
        forms in 0..6usize,
        which in 0..CALLS,
        arguments in arguments(),
    ) {
        let tape = Tape::<f64>::new();
        let leaf = |dims: &[usize]| tape.leaf((vec![0.5; dims.iter().product()], dims.to_vec()));
        let (base, other) = (leaf(&p), leaf(&q));
        let x = match forms {
            0 | 1 => base,
            2 => base.t(),
            3 => base * 2.0,
            4 => base.detach(),
            _ => base.unsqueeze(0),
        };
        let y = if forms % 2 == 0 { other } else { x };
        let before = (live(&tape), base.to_vec(), base.grad(), other.grad());
        if call(&tape, x, y, which, &arguments).is_err() {
            prop_assert_eq!((live(&tape), base.to_vec(), base.grad(), other.grad()), before, "call {} changed the tape", which);
        }
        still_works(&tape);
    }

    #[test]
    fn views_that_were_made_can_be_read_and_swept(
        p in dims(),
        which in prop::sample::select(vec![2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        arguments in arguments(),
    ) {
        let tape = Tape::<f64>::new();
        let base = tape.leaf((vec![0.5; p.iter().product()], p.clone()));
        let Arguments { list, a, b, step, .. } = arguments;
        let view = match which {
            2 => base.try_reshape(list),
            3 => base.try_expand(list),
            4 => base.try_permute(list),
            5 => base.try_transpose(a, b),
            6 => base.try_slice(a, (b..step, step)),
            7 => base.try_slice(a, b..=step),
            8 => base.try_slice(a, (..b, step)),
            9 => base.try_index_axis(a, b),
            10 => base.try_squeeze_axes(list),
            11 => base.try_unsqueeze(a),
            _ => base.try_flip(list),
        };
        if let Ok(view) = view && is_small(view) {
            prop_assert!(view.to_vec().iter().all(|&value| value == 0.5));
            prop_assert_eq!(view.with(|seen| seen.sum()), 0.5 * view.len() as f64);
            view.sum().backward();
            let total: f64 = base.grad().unwrap().sum();
            prop_assert_eq!(total, view.len() as f64);
        }
        still_works(&tape);
    }
}
