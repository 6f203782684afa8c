//! Arguments of ops that are wrong, one by one: the twin gives an error that names both facts and the way out, and the
//! tape is as it was.

use std::cell::RefCell;
use std::collections::HashMap;

use wengert::{Attention, Conv, CrossEntropy, Error, Indices, Mask, Pad, Pool, Reduction, Tape, Tensor};
use wengert_tests::{live, still_works};

/// What calls are made on: `x` is `[2, 3]`, `s` `[3, 3]`, `v` `[3]`, `c` `[2, 4, 5, 5]`, `one` a number.
struct Operands {
    tape: Tape<f64>,
    x: Tensor<f64>,
    s: Tensor<f64>,
    v: Tensor<f64>,
    c: Tensor<f64>,
    one: Tensor<f64>,
    /// What calls asked for besides.
    others: RefCell<HashMap<Vec<usize>, Tensor<f64>>>,
}

impl Operands {
    fn new() -> Operands {
        let tape = Tape::<f64>::new();
        let leaf = |dims: &[usize]| {
            let len = dims.iter().product::<usize>();
            tape.leaf(((0..len).map(|i| 0.25 + 0.5 * (i as f64).sin()).collect::<Vec<f64>>(), dims.to_vec()))
        };
        let (x, s, v, c, one) = (leaf(&[2, 3]), leaf(&[3, 3]), leaf(&[3]), leaf(&[2, 4, 5, 5]), leaf(&[]));
        Operands { tape, x, s, v, c, one, others: RefCell::default() }
    }

    /// A leaf of a shape, the same one at every call.
    fn leaf(&self, dims: &[usize]) -> Tensor<f64> {
        let make = || self.tape.leaf((vec![0.5; dims.iter().product()], dims.to_vec()));
        *self.others.borrow_mut().entry(dims.to_vec()).or_insert_with(make)
    }
}

/// Calls, and the facts that their errors name.
macro_rules! refused {
    ($o:ident; $($made:ident = $make:expr;)* { $($call:expr => [$($fact:literal),+];)+ }) => {{
        let $o = &Operands::new();
        $(let $made = $make;)*
        let mut faults = Vec::new();
        $(
            let call = || wengert_tests::quietly(|| $call.map(|_| ()));
            // The first call makes its operands.
            let _ = call();
            let before = live(&$o.tape);
            let outcome = call();
            check(stringify!($call), outcome, &[$($fact),+], &mut faults);
            if live(&$o.tape) != before {
                faults.push(format!("{}: the tape changed", stringify!($call)));
            }
            still_works(&$o.tape);
        )+
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }};
}

fn check(call: &str, outcome: Result<Result<(), Error>, String>, facts: &[&str], faults: &mut Vec<String>) {
    match outcome {
        Err(text) => faults.push(format!("{call}: it panicked: {text}")),
        Ok(Ok(())) => faults.push(format!("{call}: it was not refused")),
        Ok(Err(error)) => {
            let text = error.to_string();
            let facts_in = |text: &str| facts.iter().all(|fact| text.contains(fact));
            if !facts_in(&text) || !text.contains("\n  help: ") || !text.contains("arguments.rs:") {
                faults.push(format!("{call}: not {facts:?}: {text}"));
            }
        }
    }
}

#[test]
fn axes_and_indices() {
    refused!(o; {
        o.x.try_softmax(2) => ["softmax", "axis 2", "[2, 3]"];
        o.x.try_log_softmax(-3) => ["axis -3", "rank 2"];
        o.one.try_cumsum(1) => ["cumsum", "axis 1", "[]"];
        o.x.try_cumprod(-3) => ["cumprod", "axis -3"];
        o.x.try_logcumsumexp(2) => ["logcumsumexp", "axis 2"];
        o.x.try_sort(2, false) => ["sort", "axis 2"];
        o.x.try_argsort(-3, false) => ["argsort", "axis -3"];
        o.x.try_max_with_indices(5) => ["axis 5", "[2, 3]"];
        o.x.try_argmax_axis(-3) => ["argmax", "axis -3"];
        o.x.try_sum_axes([0, -2]) => ["sum", "axis 0", "twice"];
        o.x.try_count_nonzero_axes([0, 2]) => ["count_nonzero", "axis 2"];
        o.x.try_index_select(2, [0]) => ["index_select", "axis 2"];
        o.x.try_index_select(1, [0, 3]) => ["index 3", "extent 3"];
        o.x.try_index_select(1, [-4]) => ["index -4", "extent 3"];
        o.x.try_index_select(1, [[0, 1]]) => ["index_select", "[1, 2]"];
        o.x.try_index_add(0, [0, 2], o.x) => ["index_add", "index 2", "extent 2"];
        o.x.try_index_add(0, [0], o.x) => ["index_add", "[2, 3]"];
        o.x.try_gather(1, [[0, 1], [3, 0]]) => ["gather", "index 3", "extent 3"];
        o.x.try_gather(1, [0, 1]) => ["gather", "[2]", "[2, 3]"];
        o.x.try_gather(1, [[0], [0], [0]]) => ["gather", "[3, 1]", "[2, 3]"];
        o.x.try_take([6]) => ["take", "index 6", "6"];
        o.x.try_take([-7]) => ["take", "index -7"];
        o.x.try_index_get(&[[0, 2].into()]) => ["index_get", "index 2", "extent 2"];
        o.x.try_index_get(&[[0, 1].into(), [0, 1, 2].into()]) => ["index_get", "[2]", "[3]"];
        o.x.try_index_get(&[[0].into(), [0].into(), [0].into()]) => ["index_get", "[2, 3]"];
        o.x.try_embedding([2]) => ["embedding", "index 2", "extent 2"];
        o.v.try_embedding([0]) => ["embedding", "rank", "[3]"];
        o.x.try_embedding_padded([0], 2) => ["embedding", "2"];
        o.tape.try_one_hot([0, 3], 3) => ["one_hot", "3"];
        o.x.try_scatter(1, [[0, 3, 1], [0, 0, 0]], o.x) => ["scatter", "index 3", "extent 3"];
        o.x.try_scatter(1, [0, 1], o.x) => ["scatter", "[2]", "[2, 3]"];
        o.x.try_scatter_add(0, [[0, 0, 0, 0]], o.x) => ["scatter_add", "[1, 4]", "[2, 3]"];
        o.x.try_index_put(&[[0, 2].into()], 1.0, true) => ["index_put", "index 2", "extent 2"];
        o.x.try_index_put(&[[0, 1].into()], o.s, false) => ["index_put", "[3, 3]", "[2, 3]"];
    });
}

#[test]
fn order_and_places() {
    refused!(o; {
        o.x.try_topk(4, 1, true) => ["topk", "4", "3"];
        o.x.try_topk(1, 2, true) => ["topk", "axis 2"];
        o.x.try_kthvalue(0, 1) => ["kthvalue", "0"];
        o.x.try_kthvalue(4, 1) => ["kthvalue", "4", "3"];
        o.leaf(&[0, 3]).try_argmax() => ["argmax", "[0, 3]"];
        o.leaf(&[0, 3]).try_min_with_indices(0) => ["min", "[0, 3]"];
        o.leaf(&[0]).try_median_with_indices(0) => ["median", "[0]"];
        o.x.try_split([1, 1], 1) => ["split", "2", "3"];
        o.x.try_split([-1, 4], 1) => ["split", "-1"];
        o.x.try_split_every(0, 1) => ["split", "0"];
        o.x.try_chunk(0, 1) => ["chunk", "0"];
        o.x.try_narrow(1, 2, 2) => ["narrow", "2", "3"];
        o.x.try_narrow(1, -4, 1) => ["narrow", "-4", "3"];
        o.x.try_unbind(2) => ["unbind", "axis 2"];
        o.x.try_unfold(1, 4, 1) => ["unfold", "4", "3"];
        o.x.try_unfold(1, 2, 0) => ["unfold", "0"];
        o.x.try_flatten(1, 0) => ["flatten", "1", "0"];
        o.x.try_movedim([0, 1], [0]) => ["movedim", "2", "1"];
        o.x.try_diagonal_axes(0, 1, 1) => ["diagonal", "axis 1", "twice"];
        o.v.try_diagonal(0) => ["diagonal", "[3]"];
        o.x.try_pad(&[(3, 0)], Pad::Reflect) => ["pad", "3"];
        o.x.try_pad(&[(0, 4)], Pad::Circular) => ["pad", "4", "3"];
        o.x.try_pad(&[(-2, -2)], Pad::Constant(0.0)) => ["pad", "3"];
        o.x.try_pad(&[(0, 0), (0, 0), (1, 0)], Pad::Replicate) => ["pad", "3", "[2, 3]"];
        o.x.try_pad(&[(-4, 5)], Pad::Constant(0.0)) => ["pad", "-4", "3"];
        o.x.try_pad(&[(-4, 5)], Pad::Replicate) => ["pad", "-4", "3"];
        o.x.try_pad(&[(isize::MAX, 0)], Pad::Constant(0.0)) => ["pad", "extent"];
        o.x.try_pad(&[(isize::MAX - 9, 0)], Pad::Replicate) => ["pad", "elements"];
        o.v.try_pad(&[(isize::MAX - 9, 0)], Pad::Replicate) => ["pad", "slots"];
        o.x.try_pad(&[(isize::MIN, isize::MAX)], Pad::Circular) => ["pad", "3"];
        o.leaf(&[0]).try_pad(&[(1, 0)], Pad::Replicate) => ["pad", "0"];
        o.x.try_repeat([2]) => ["repeat", "[2, 3]"];
        o.x.try_repeat([-1, 2]) => ["repeat", "-1"];
        o.x.try_repeat([1isize << 40, 1 << 40]) => ["repeat", "elements"];
        o.x.try_repeat([1, isize::MAX]) => ["repeat", "elements"];
        o.x.try_repeat_interleave(usize::MAX, 0) => ["repeat_interleave", "elements"];
        o.v.try_diag(isize::MAX) => ["diag", "elements"];
        o.v.try_diag_embed(isize::MIN) => ["diag_embed", "elements"];
        o.v.try_repeat([isize::MAX / 4]) => ["repeat", "slots"];
        o.tape.try_one_hot([0], isize::MAX as usize) => ["one_hot", "slots"];
        o.tape.try_linspace(0.0, 1.0, usize::MAX) => ["linspace", "elements"];
        o.tape.try_arange(0.0, 1e18, 1.0) => ["arange", "slots"];
        o.tape.try_arange(0.0, 1.0, 0.0) => ["arange", "0"];
        o.tape.try_arange(0.0, 1.0, f64::NAN) => ["arange", "NaN"];
        o.tape.try_arange(0.9, 0.5, 1.0) => ["arange", "from 0.9 to 0.5", "steps of 1"];
        o.tape.try_eye(usize::MAX) => ["eye", "elements"];
        o.tape.try_one_hot([0, 1], usize::MAX) => ["one_hot", "elements"];
        o.x.try_repeat_interleave(2, 2) => ["repeat_interleave", "axis 2"];
        o.x.try_roll([1], [0, 1]) => ["roll", "1", "2"];
        o.x.try_roll([1], [2]) => ["roll", "axis 2"];
        o.v.try_tril(0) => ["tril", "[3]"];
        o.c.try_diag(0) => ["diag", "[2, 4, 5, 5]"];
        o.one.try_diag_embed(0) => ["diag_embed", "[]"];
        o.v.try_trace() => ["trace", "[3]"];
        o.tape.try_cat(&[o.x, o.s], 1) => ["cat", "[2, 3]", "[3, 3]"];
        o.tape.try_cat(&[], 0) => ["cat", "nothing"];
        o.tape.try_stack(&[o.x, o.s], 0) => ["stack", "[2, 3]", "[3, 3]"];
        o.tape.try_hstack(&[o.x, o.s]) => ["cat", "[2, 3]", "[3, 3]"];
        o.tape.try_vstack(&[o.x, o.leaf(&[2])]) => ["cat", "[2, 3]", "[1, 2]"];
        o.tape.try_meshgrid(&[o.v, o.x]) => ["meshgrid", "[2, 3]"];
    });
}

#[test]
fn numbers_without_bounds_are_taken() {
    let o = &Operands::new();
    let line = [1.0, 2.0, 3.0];
    assert_eq!(o.s.tril(isize::MIN).to_vec(), [0.0; 9]);
    assert_eq!(o.s.triu(isize::MIN).to_vec(), o.s.to_vec());
    assert_eq!(o.s.tril(isize::MAX).to_vec(), o.s.to_vec());
    assert_eq!(o.s.diagonal(isize::MIN).len() + o.s.diagonal(isize::MAX).len(), 0);
    // 2^63 is 2 more than a multiple of 3: back by it is on by 1.
    assert_eq!(o.tape.leaf(line).roll_all(isize::MIN).to_vec(), [3.0, 1.0, 2.0]);
    assert_eq!(o.tape.leaf(line).roll([isize::MIN, isize::MIN], [0, 0]).to_vec(), [2.0, 3.0, 1.0]);
    assert_eq!(o.tape.eye(2).matrix_power(i32::MIN).to_vec(), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(o.x.split_every(usize::MAX, 1).len(), 1);
    assert_eq!(o.x.chunk(usize::MAX, 1).len(), 3);
    assert_eq!(o.x.unfold(1, 2, usize::MAX).shape().to_vec(), [2, 1, 2]);
    still_works(&o.tape);
}

#[test]
fn masks_and_bounds() {
    let mask = |holds: [bool; 2]| Mask::from(holds);
    refused!(o; {
        o.x.try_where_(&mask([true, false]), o.x) => ["where: ", "[2]", "[2, 3]"];
        o.x.try_where_(&Mask::from(true), o.leaf(&[2, 2])) => ["where: ", "[2, 3]", "[2, 2]"];
        o.x.try_masked_fill(&mask([true, false]), 0.0) => ["masked_fill", "[2]", "[2, 3]"];
        o.x.try_masked_fill(&Mask::from([true, false, true]), o.v) => ["masked_fill", "[3]"];
        o.x.try_masked_select(&mask([true, false])) => ["masked_select", "[2]", "[2, 3]"];
        o.x.try_clamp(o.leaf(&[2]), 1.0) => ["clamp", "[2, 3]", "[2]"];
        o.x.try_clamp_max(o.leaf(&[2])) => ["minimum", "[2, 3]", "[2]"];
        o.x.try_addcdiv(o.v, o.leaf(&[2]), 1.0) => ["addcdiv", "[2]"];
        o.x.try_addcmul(o.leaf(&[2]), o.v, 1.0) => ["addcmul", "[2]"];
        o.x.try_add_scaled(o.leaf(&[2]), 1.0) => ["add_scaled", "[2]"];
        o.x.try_lerp(o.v, o.leaf(&[2])) => ["lerp", "[2]"];
        o.x.try_gt(o.leaf(&[2])) => ["gt", "[2, 3]", "[2]"];
    });
}

#[test]
fn matrices() {
    let zeros = [[0.0, 0.0], [0.0, 0.0]];
    refused!(o; z = o.tape.leaf(zeros); n = o.tape.leaf([[1.0, 0.0], [0.0, -2.0]]); l = o.leaf(&[2, 1, 2]); nan = o.tape.leaf([[f64::NAN, 1.0], [1.0, 2.0]]); {
        o.x.try_det() => ["det", "[2, 3]", "2 != 3"];
        o.x.try_slogdet() => ["slogdet", "[2, 3]", "2 != 3"];
        o.x.try_logdet() => ["logdet", "[2, 3]"];
        o.v.try_inv() => ["inv", "[3]"];
        o.x.try_inv() => ["inv", "2 != 3"];
        z.try_inv() => ["inv", "singular", "pivot 0", "[2, 2]"];
        z.try_solve(n) => ["solve", "singular", "pivot 0"];
        o.s.try_solve(n) => ["solve", "[3, 3]", "[2, 2]"];
        o.s.try_solve_triangular(n, true) => ["solve_triangular", "[3, 3]", "[2, 2]"];
        n.try_cholesky_solve(o.s) => ["cholesky_solve", "[2, 2]", "[3, 3]"];
        n.try_cholesky() => ["cholesky", "order 2", "[2, 2]"];
        o.x.try_cholesky() => ["cholesky", "2 != 3"];
        o.x.try_eigh() => ["eigh", "2 != 3"];
        o.x.try_eigvalsh() => ["eigvalsh", "2 != 3"];
        o.v.try_svd() => ["svd", "[3]"];
        o.v.try_qr() => ["qr", "[3]"];
        o.one.try_lu() => ["lu", "[]"];
        o.x.try_matrix_exp() => ["matrix_exp", "2 != 3"];
        o.x.try_matrix_power(2) => ["matrix_power", "2 != 3"];
        z.try_matrix_power(-1) => ["inv", "singular"];
        o.x.try_lstsq(o.s) => ["lstsq", "[2, 3]", "[3, 3]"];
        nan.try_lstsq(n) => ["lstsq", "matrix 0", "not finite"];
        o.x.try_dot(o.v) => ["dot", "[2, 3]"];
        o.v.try_dot(o.leaf(&[2])) => ["dot", "[3]", "[2]"];
        o.x.try_outer(o.v) => ["outer", "[2, 3]"];
        o.x.try_mv(o.leaf(&[2])) => ["mv", "[2, 3]", "[2]"];
        o.x.try_bmm(o.s) => ["bmm", "[2, 3]"];
        l.try_bmm(o.leaf(&[3, 2, 2])) => ["bmm", "[2, 1, 2]", "[3, 2, 2]"];
        o.v.try_addmm(o.x, o.leaf(&[2, 3]), 1.0, 1.0) => ["addmm", "[2, 3]", "3 != 2"];
        o.leaf(&[2]).try_addmm(o.x, o.s, 1.0, 1.0) => ["addmm", "[2]", "[2, 3]"];
        o.x.try_cross(o.leaf(&[2, 2]), 1) => ["cross", "[2, 3]", "[2, 2]"];
        o.x.try_cross(o.x, 0) => ["cross", "2"];
    });
}

#[test]
fn equations() {
    refused!(o; {
        o.tape.try_einsum("ij,jk->ik", &[o.x]) => ["einsum", "2", "1"];
        o.tape.try_einsum("ij->ik", &[o.x]) => ["einsum", "k"];
        o.tape.try_einsum("ij->iij", &[o.x]) => ["einsum", "i"];
        o.tape.try_einsum("i1->i", &[o.x]) => ["einsum", "1"];
        o.tape.try_einsum("ijk->i", &[o.x]) => ["einsum", "[2, 3]"];
        o.tape.try_einsum("i->i", &[o.x]) => ["einsum", "[2, 3]"];
        o.tape.try_einsum("ij,ij->ij", &[o.x, o.s]) => ["einsum", "2", "3"];
        o.tape.try_einsum("ii->i", &[o.x]) => ["einsum", "2", "3"];
        o.tape.try_einsum("j,ii->i", &[o.v, o.leaf(&[1, 3])]) => ["einsum", "'i'", "1 and 3", "operand 1"];
        o.tape.try_einsum("..ij->ij", &[o.x]) => ["einsum", "."];
        o.tape.try_einsum("...i...->i", &[o.x]) => ["einsum", "..."];
        o.tape.try_einsum("ij->i->j", &[o.x]) => ["einsum", "->"];
        o.tape.try_einsum("", &[]) => ["einsum"];
        o.tape.try_einsum("ij-i", &[o.x]) => ["einsum", "-"];
        o.tape.try_einsum("éj->j", &[o.x]) => ["einsum", "é"];
    });
}

#[test]
fn convolutions_and_pools() {
    let conv = Conv::<2>::default();
    let pool = Pool::new([2, 2]);
    refused!(o; w = o.leaf(&[6, 4, 3, 3]); t = w.transpose(0, 1); {
        o.c.try_conv2d(o.leaf(&[6, 3, 3, 3]), None, &conv) => ["conv2d", "4", "3"];
        o.c.try_conv2d(w, None, &Conv { groups: 3, ..conv }) => ["conv2d", "3", "4"];
        o.c.try_conv2d(o.leaf(&[5, 2, 3, 3]), None, &Conv { groups: 2, ..conv }) => ["conv2d", "2", "5"];
        o.leaf(&[10, 8, 8]).try_conv2d(w, None, &conv) => ["conv2d", "one without a batch, is [10, 8, 8]", ".unsqueeze(1)"];
        o.leaf(&[1, 3]).try_batch_statistics() => ["batch_statistics", "one number a channel", "variance"];
        o.c.try_conv2d(w, None, &Conv { groups: 0, ..conv }) => ["conv2d", "0"];
        o.c.try_conv2d(w, None, &Conv { stride: [0, 1], ..conv }) => ["conv2d", "0"];
        o.c.try_conv2d(w, None, &Conv { dilation: [1, 0], ..conv }) => ["conv2d", "0"];
        o.c.try_conv2d(w, None, &Conv { dilation: [3, 1], ..conv }) => ["conv2d", "5"];
        o.c.try_conv2d(w, None, &Conv { padding: [usize::MAX, 0], ..conv }) => ["conv2d", "[3, 3]", "[5, 5]"];
        o.c.try_conv2d(w, None, &Conv { stride: [usize::MAX, 1], dilation: [usize::MAX, 1], ..conv }) => ["conv2d", "5"];
        o.c.try_conv2d(o.leaf(&[6, 4, 2, 2]), None, &Conv { dilation: [usize::MAX, 1], ..conv }) => ["conv2d", "5"];
        o.c.try_conv_transpose2d(o.leaf(&[4, 2, 2, 2]), None, &Conv { stride: [usize::MAX; 2], output_padding: [usize::MAX - 1; 2], ..conv }) => ["conv_transpose2d", "5"];
        o.c.try_conv2d(o.leaf(&[6, 4, 6, 3]), None, &conv) => ["conv2d", "6", "5"];
        o.c.try_conv2d(o.leaf(&[6, 4, 0, 3]), None, &conv) => ["conv2d", "0"];
        o.c.try_conv2d(w, Some(o.v), &conv) => ["conv2d", "[3]", "6"];
        o.x.try_conv2d(w, None, &conv) => ["conv2d", "[2, 3]"];
        o.c.try_conv2d(o.s, None, &conv) => ["conv2d", "[3, 3]"];
        o.x.try_conv1d(o.leaf(&[1, 2, 4]), None, &Conv::default()) => ["conv1d", "window [4]", "image [3]"];
        o.x.try_conv1d(o.leaf(&[1, 2, 2]), None, &Conv { stride: [0], ..Conv::default() }) => ["stride [0], dilation [1]"];
        o.x.try_conv1d(o.leaf(&[1, 3, 2]), None, &Conv::default()) => ["conv1d", "2", "3"];
        o.c.try_conv_transpose2d(o.leaf(&[3, 2, 2, 2]), None, &conv) => ["conv_transpose2d", "4", "3"];
        o.c.try_conv_transpose2d(t, None, &Conv { groups: 3, ..conv }) => ["conv_transpose2d", "3", "4"];
        o.c.try_conv_transpose2d(o.leaf(&[4, 2, 2, 2]), None, &Conv { output_padding: [1, 0], ..conv }) => ["conv_transpose2d", "1"];
        o.c.try_conv_transpose2d(o.leaf(&[4, 2, 2, 2]), None, &Conv { padding: [9, 0], ..conv }) => ["conv_transpose2d", "9"];
        o.x.try_conv_transpose1d(o.leaf(&[3, 2, 2]), None, &Conv::default()) => ["conv_transpose1d", "2", "3"];
        o.c.try_max_pool2d(&Pool::new([0, 2])) => ["max_pool2d", "0"];
        o.c.try_max_pool2d(&Pool { stride: [1, 0], ..pool }) => ["max_pool2d", "0"];
        o.c.try_max_pool2d(&Pool { padding: [2, 0], ..pool }) => ["max_pool2d", "2"];
        o.c.try_max_pool2d(&Pool { padding: [usize::MAX, 0], ..pool }) => ["max_pool2d", "2"];
        o.c.try_max_pool2d(&Pool::new([6, 2])) => ["max_pool2d", "6", "5"];
        o.c.try_avg_pool2d(&Pool::new([2, usize::MAX])) => ["avg_pool2d", "5"];
        o.v.try_max_pool1d(&Pool::new([2])) => ["max_pool1d", "[3]"];
        o.x.try_avg_pool1d(&Pool::new([4])) => ["avg_pool1d", "4", "3"];
        o.x.try_avg_pool2d(&pool) => ["avg_pool2d", "[2, 3]"];
        o.x.try_adaptive_avg_pool2d([1, 1]) => ["adaptive_avg_pool2d", "[2, 3]"];
        o.leaf(&[1, 2, 0, 3]).try_adaptive_max_pool2d([1, 1]) => ["adaptive_max_pool2d", "[1, 2, 0, 3]"];
    });
}

#[test]
fn layers() {
    let with = |dropout: f64| Attention { dropout: (dropout, 1), ..Attention::default() };
    refused!(o; q = o.leaf(&[2, 3]); k = o.leaf(&[4, 3]); {
        o.x.try_linear(o.leaf(&[4, 2]), None) => ["linear", "[2, 3]", "[4, 2]"];
        o.x.try_linear(k, Some(o.v)) => ["linear", "[3]", "4"];
        o.one.try_linear(k, None) => ["linear", "[]"];
        q.try_scaled_dot_product_attention(o.leaf(&[4, 2]), k, &with(0.0)) => ["attention", "[2, 3]", "[4, 2]"];
        q.try_scaled_dot_product_attention(k, o.s, &with(0.0)) => ["attention", "[4, 3]", "[3, 3]"];
        o.v.try_scaled_dot_product_attention(k, k, &with(0.0)) => ["attention", "[3]"];
        q.try_scaled_dot_product_attention(k, k, &with(1.5)) => ["attention", "1.5"];
        q.try_scaled_dot_product_attention(k, k, &with(f64::NAN)) => ["attention", "NaN"];
        q.try_scaled_dot_product_attention(k, k, &Attention { mask: Some(o.s.into()), ..with(0.0) }) => ["attention", "[3, 3]", "[2, 4]"];
        q.try_scaled_dot_product_attention(k, k, &Attention { mask: Some(Mask::from([true; 3]).into()), ..with(0.0) }) => ["attention", "[3]", "[2, 4]"];
        o.x.try_dropout(-0.1, 1) => ["dropout", "-0.1"];
        o.x.try_dropout(1.1, 1) => ["dropout", "1.1"];
        o.x.try_dropout(f64::NAN, 1) => ["dropout", "NaN"];
        o.v.try_batch_norm(None, None, None, 1e-5) => ["batch_norm", "[3]"];
        o.x.try_batch_norm(Some(o.leaf(&[2])), None, None, 1e-5) => ["batch_norm", "[2]", "3"];
        o.leaf(&[1, 3]).try_batch_norm(None, None, None, 1e-5) => ["batch_norm", "[1, 3]"];
        o.x.try_batch_norm(None, None, Some((o.v, o.leaf(&[2]))), 1e-5) => ["batch_norm", "[2]", "3"];
        o.x.try_layer_norm(2, None, None, 1e-5) => ["layer_norm", "[2, 3]", "[2]"];
        o.x.try_layer_norm(3, Some(o.leaf(&[2])), None, 1e-5) => ["layer_norm", "[2]", "[3]"];
        o.c.try_group_norm(3, None, None, 1e-5) => ["group_norm", "3", "4"];
        o.c.try_group_norm(0, None, None, 1e-5) => ["group_norm", "0"];
        o.x.try_instance_norm(None, None, 1e-5) => ["instance_norm", "[2, 3]"];
        o.c.try_instance_norm(Some(o.v), None, 1e-5) => ["instance_norm", "[3]", "4"];
        o.x.try_rms_norm([3, 3], None, 1e-5) => ["rms_norm", "[2, 3]", "[3, 3]"];
        o.x.try_normalize(2.0, 2, 1e-12) => ["normalize", "axis 2"];
        o.x.try_normalize(f64::NAN, 1, 1e-12) => ["normalize", "NaN"];
        o.x.try_normalize(-1.0, 1, 1e-12) => ["normalize", "-1"];
        o.x.try_cosine_similarity(o.leaf(&[2, 2]), 1, 1e-8) => ["cosine_similarity", "[2, 3]", "[2, 2]"];
        o.x.try_glu(1) => ["glu", "3"];
        o.one.try_glu(0) => ["glu", "[]"];
        o.x.try_prelu(o.leaf(&[2])) => ["prelu", "[2]", "3"];
        o.x.try_norm_axes(3, 2) => ["norm", "axis 3"];
    });
}

#[test]
fn losses() {
    let options = CrossEntropy::<f64>::default();
    let nothing: [f64; 0] = [];
    refused!(o; e = o.tape.leaf(nothing); large = o.x.exp() + 1.0; {
        o.x.try_nll_loss([0, 3]) => ["nll_loss", "class 3", "3 classes"];
        o.x.try_cross_entropy([0]) => ["cross_entropy", "[1]", "[2]"];
        o.x.try_nll_loss_with([0, 5], &options) => ["nll_loss", "5", "3"];
        o.x.try_cross_entropy_with([-4, 0], &options) => ["cross_entropy", "-4", "3"];
        o.x.try_cross_entropy_with([0, 1, 2], &options) => ["cross_entropy", "[3]", "[2]"];
        o.x.try_cross_entropy_with(Indices::from([[0, 1]]), &options) => ["cross_entropy", "[1, 2]"];
        o.x.try_cross_entropy_with([0, 1], &CrossEntropy { label_smoothing: 1.5, ..options }) => ["cross_entropy", "1.5"];
        o.x.try_cross_entropy_with([0, 1], &CrossEntropy { label_smoothing: f64::NAN, ..options }) => ["cross_entropy", "NaN"];
        o.x.try_cross_entropy_with([0, 1], &CrossEntropy { axis: Some(2), ..options }) => ["cross_entropy", "axis 2"];
        o.x.try_cross_entropy_with([0, 1], &CrossEntropy { weights: Some(o.leaf(&[2])), ..options }) => ["cross_entropy", "[2]", "3"];
        o.x.try_cross_entropy_soft(o.s, &options) => ["cross_entropy", "[2, 3]", "[3, 3]"];
        o.x.try_mse_loss(o.leaf(&[2]), Reduction::Mean) => ["mse_loss", "[2, 3]", "[2]"];
        o.x.try_huber_loss(o.x, 0.0, Reduction::Mean) => ["huber_loss", "0"];
        o.x.try_huber_loss(o.x, f64::NAN, Reduction::Mean) => ["huber_loss", "NaN"];
        o.x.try_smooth_l1_loss(o.x, -1.0, Reduction::Mean) => ["smooth_l1_loss", "-1"];
        o.x.try_smooth_l1_loss(o.x, f64::NAN, Reduction::Mean) => ["smooth_l1_loss", "NaN"];
        large.try_bce_loss(o.x, Reduction::Mean) => ["bce_loss", "probabilit"];
        o.x.try_bce_loss(o.s, Reduction::Mean) => ["bce_loss", "[2, 3]", "[3, 3]"];
        o.x.try_bce_with_logits_loss(o.v, Reduction::Mean) => ["bce_with_logits_loss", "[2, 3]", "[3]"];
        o.x.try_bce_with_logits_loss_weighted(o.x, o.leaf(&[2]), Reduction::Mean) => ["bce_with_logits_loss", "[2]", "[2, 3]"];
        o.x.try_kl_div(o.leaf(&[2]), Reduction::Sum) => ["kl_div", "[2, 3]", "[2]"];
        o.x.try_kl_div_log(o.leaf(&[2]), Reduction::Sum) => ["kl_div", "[2, 3]", "[2]"];
        e.try_max() => ["max", "[0]"];
        e.try_amin_axes(0) => ["amin", "[0]"];
    });
}
