//! Losses with their options: against their formulas, at kinks and bounds; and what layers and losses refuse.

use ndarray::{ArrayD, IxDyn};
use wengert::{Attention, Conv, CrossEntropy, Error, Mask, Pool, Reduction, Tape, Tensor};
use wengert_tests::{assert_all_close, assert_same, forms, grad, live, still_works};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Rows of log probabilities `[n, c]` against probabilities: `-sum w t log p` of each row.
fn rows_of_loss(logs: &ArrayD<f64>, target: &ArrayD<f64>, weights: &[f64]) -> Vec<f64> {
    let row =
        |i: usize| -> f64 { (0..weights.len()).map(|c| -weights[c] * target[[i, c]] * logs[[i, c]]).sum() };
    (0..logs.shape()[0]).map(row).collect()
}

#[test]
fn cross_entropy_has_pytorchs_options() {
    let tape = Tape::<f64>::new();
    let classes = [2isize, -100, 0, 3, 1];
    let x = tape.leaf((forms::numbers(20, 0.0, 2.0, 4), [5, 4]));
    let logs = x.log_softmax(1).value();
    for weighted in [false, true] {
        for smoothing in [0.0, 0.3, 1.0] {
            for ignored in [-100, 3] {
                // What -100 names is another class where 3 is ignored.
                let classes = classes.map(|class| if class == -100 && ignored == 3 { 1 } else { class });
                let weights = if weighted { [0.5, 2.0, 1.0, 1.5] } else { [1.0; 4] };
                // The smoothed target; weights count by the class of the row in one part, by each class in the other.
                let target = ArrayD::from_shape_fn(IxDyn(&[5, 4]), |at| match classes[at[0]] {
                    class if class == ignored => 0.0,
                    class if class == at[1] as isize => 1.0 - smoothing + smoothing / 4.0,
                    _ => smoothing / 4.0,
                });
                let losses = rows_of_loss(&logs, &target, &weights);
                let total: f64 = classes
                    .iter()
                    .filter(|&&class| class != ignored)
                    .map(|&class| weights[class as usize])
                    .sum();
                let of = |reduction| {
                    let weights = weighted.then(|| tape.constant(weights));
                    let options = CrossEntropy {
                        weights,
                        ignore_index: ignored,
                        label_smoothing: smoothing,
                        reduction,
                        axis: None,
                    };
                    (
                        x.cross_entropy_with(classes, &options),
                        x.log_softmax(1).nll_loss_with(classes, &options),
                    )
                };
                let what = format!("weighted {weighted}, smoothing {smoothing}, ignored {ignored}");
                let sum: f64 = losses.iter().sum();
                for (reduction, want) in [
                    (Reduction::None, losses.clone()),
                    (Reduction::Sum, vec![sum]),
                    (Reduction::Mean, vec![sum / total]),
                    (Reduction::BatchMean, vec![sum / 5.0]),
                ] {
                    let (entropy, likelihood) = of(reduction);
                    assert_all_close(format!("{what} {reduction:?}"), &entropy.to_vec(), &want, 1e-13);
                    assert_all_close(format!("{what} {reduction:?}"), &likelihood.to_vec(), &want, 1e-13);
                }
            }
        }
    }
}

#[test]
fn classes_lie_along_axis_one_unless_told() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf((forms::numbers(24, 0.0, 1.0, 4), [2, 3, 4]));
    let classes = [[0, 1, 2, 0], [2, 2, 1, 2]];
    let each = CrossEntropy { reduction: Reduction::None, ..Default::default() };
    let y = x.cross_entropy_with(classes, &each);
    assert_eq!(y.shape().as_slice(), [2, 4]);
    let logs = x.log_softmax(1).value();
    assert_eq!(y.value()[[0, 2]], -logs[[0, 2, 2]]);
    assert_eq!(y.value()[[1, 3]], -logs[[1, 2, 3]]);
    // A mark of rows without a class is no class, unless it is the one that is ignored.
    let refused = x.try_cross_entropy_with([[0, 1, 2, 0], [2, 2, 1, -1]], &each);
    assert!(matches!(refused, Err(Error::Class { class: -1, row: 7, classes: 3, .. })));
    let marked = CrossEntropy { ignore_index: -1, ..each };
    assert_eq!(x.cross_entropy_with([[0, 1, 2, 0], [2, 2, 1, -1]], &marked).value()[[1, 3]], 0.0);
    let last = CrossEntropy { axis: Some(-1), ..Default::default() };
    let rows = x.cross_entropy_with([[0, 1, 2], [3, 3, 0]], &last);
    assert_all_close("last", &rows.to_vec(), &x.cross_entropy([0, 1, 2, 3, 3, 0]).to_vec(), 1e-14);
    // A vector of scores has one class, and no axis is left.
    let one = tape.leaf([1.0, 2.0]).cross_entropy_with(1, &each);
    assert_eq!(one.rank(), 0);
    assert_all_close("one", &one.to_vec(), &[(1.0 + (-1f64).exp()).ln()], 1e-14);
}

#[test]
fn rows_that_are_ignored_count_nowhere() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[-INF, 0.0], [1.0, 2.0]]);
    for smoothing in [0.0, 0.5] {
        let options = CrossEntropy { label_smoothing: smoothing, ..Default::default() };
        let loss = x.nll_loss_with([-100, 1], &options);
        assert_eq!(loss.item(), -2.0 * (1.0 - smoothing) - 3.0 * smoothing / 2.0);
        let grads = tape.grad(&[loss], &[x]);
        assert_eq!(grads[0].to_vec()[..2], [0.0, 0.0]);
    }
    let none = x.nll_loss_with([-100, -100], &CrossEntropy::default());
    assert!(none.item().is_nan(), "the mean over no row");
    let soft = CrossEntropy { label_smoothing: 0.2, ..Default::default() };
    let target = tape.leaf([[0.5, 0.5], [0.25, 0.75]]);
    let scores = tape.leaf([[1.0, 0.0], [1.0, 2.0]]);
    let smoothed = target * 0.8 + 0.1;
    let want = -(scores.log_softmax(1) * smoothed).sum() * 0.5;
    assert_all_close("soft", &scores.cross_entropy_soft(target, &soft).to_vec(), &want.to_vec(), 1e-14);
    let by_target = tape.grad(&[scores.cross_entropy_soft(target, &soft)], &[target]);
    let logs: Vec<f64> = scores.log_softmax(1).to_vec().iter().map(|log| -0.4 * log).collect();
    assert_all_close("by the target", &by_target[0].to_vec(), &logs, 1e-14);
}

/// The losses and the gradients of their sum.
fn at(x: &[f64], loss: impl Fn(Tensor<f64>) -> Tensor<f64>) -> (Vec<f64>, Vec<f64>) {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    let y = loss(x);
    y.sum().backward();
    (y.to_vec(), grad(x).unwrap())
}

#[test]
fn kinks_and_bounds_are_pytorchs() {
    let each = Reduction::None;
    let (y, slopes) = at(&[-2.0, 0.0, 3.0, NAN], |x| x.l1_loss(0.0, each));
    assert_same("l1", &y, &[2.0, 0.0, 3.0, NAN]);
    assert_same("l1", &slopes, &[-1.0, 0.0, 1.0, NAN]);
    let (y, slopes) = at(&[-3.0, -2.0, -1.0, 0.0, 2.0, 3.0], |x| x.huber_loss(0.0, 2.0, each));
    assert_same("huber", &y, &[4.0, 2.0, 0.5, 0.0, 2.0, 4.0]);
    assert_same("huber", &slopes, &[-2.0, -2.0, -1.0, 0.0, 2.0, 2.0]);
    // A delta below 0 leaves the line alone: `delta (|x| - delta / 2)`.
    let (y, slopes) = at(&[-0.5, 0.5, 2.0], |x| x.huber(-1.0));
    assert_same("huber below 0", &y, &[-1.0, -1.0, -2.5]);
    assert_same("huber below 0", &slopes, &[1.0, -1.0, -1.0]);
    let (y, slopes) = at(&[-3.0, -2.0, -1.0, 0.0, 2.0, 3.0], |x| x.smooth_l1_loss(0.0, 2.0, each));
    assert_same("smooth_l1", &y, &[2.0, 1.0, 0.25, 0.0, 1.0, 2.0]);
    assert_same("smooth_l1", &slopes, &[-1.0, -1.0, -0.5, 0.0, 1.0, 1.0]);
    let (y, slopes) = at(&[-3.0, 0.0], |x| x.smooth_l1_loss(0.0, 0.0, each));
    assert_same("smooth_l1 of nothing", &y, &[3.0, 0.0]);
    assert_same("smooth_l1 of nothing", &slopes, &[-1.0, 0.0]);
    // No logarithm is below -100, and no p (1 - p) below 1e-12.
    let (y, slopes) = at(&[0.0, 1.0, 0.5], |x| x.bce_loss(1.0, each));
    assert_same("bce", &y, &[100.0, 0.0, 2f64.ln()]);
    assert_same("bce", &slopes, &[-1e12, 0.0, -2.0]);
    let (y, slopes) = at(&[-1000.0, 0.0, 1000.0], |x| x.bce_with_logits_loss(1.0, each));
    assert_same("bce_with_logits", &y, &[1000.0, 2f64.ln(), 0.0]);
    assert_same("bce_with_logits", &slopes, &[-1.0, -0.5, 0.0]);
    let (y, slopes) = at(&[-1.0, -2.0], |x| x.kl_div(0.0, each));
    assert_same("kl_div", &y, &[0.0, 0.0]);
    assert_same("kl_div", &slopes, &[0.0, 0.0]);
    let (_, slopes) = at(&[0.0], |t| (t * 0.0 - 1.0).kl_div(t, each));
    assert!(slopes[0].is_nan(), "by a target of 0");
}

#[test]
fn weights_of_what_is_positive() {
    let tape = Tape::<f64>::new();
    let (x, t) = (tape.leaf([[0.3, -1.0], [2.0, 0.1]]), tape.leaf([[1.0, 0.0], [0.25, 0.5]]));
    let w = tape.leaf([3.0, 0.5]);
    let y = x.bce_with_logits_loss_weighted(t, w, Reduction::None);
    let soft = |x: Tensor<f64>| (x.exp() + 1.0).ln();
    let want = w * t * soft(-x) + (1.0 - t) * soft(x);
    assert_all_close("values", &y.to_vec(), &want.to_vec(), 1e-14);
    for (got, want) in tape.grad(&[y.sum()], &[x, t, w]).iter().zip(tape.grad(&[want.sum()], &[x, t, w])) {
        assert_all_close("gradients", &got.to_vec(), &want.to_vec(), 1e-13);
    }
}

#[test]
fn losses_of_nothing() {
    let tape = Tape::<f64>::new();
    let none = tape.leaf(Vec::<f64>::new());
    assert!(none.mse_loss(none, Reduction::Mean).item().is_nan());
    assert_eq!(none.l1_loss(none, Reduction::Sum).item(), 0.0);
    assert_eq!(none.bce_loss(none, Reduction::None).len(), 0);
    let narrow = Tape::<f32>::new();
    let x = narrow.leaf([0.25f32, 0.5]);
    let y = x.bce_loss(narrow.constant([1.0f32, 0.0]), Reduction::Sum);
    assert!((y.item() - 8f32.ln()).abs() < 1e-6);
    assert_eq!(x.mse_loss(0.0f32, Reduction::Mean).item(), 0.15625);
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_the_tape() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let z = |dims: &[usize]| tape.leaf(tape.zeros(dims));
    let (row, table, signal, image) = (z(&[4]), z(&[3, 4]), z(&[2, 4, 6]), z(&[2, 4, 6, 5]));
    let (window, strange) = (z(&[2, 4, 3, 3]), other.leaf([1.0, 2.0]));
    let (c2, c1, mean) = (Conv::<2>::default(), Conv::<1>::default(), Reduction::Mean);
    let below = table - 1.0;
    let classes = CrossEntropy::default();
    let attention = Attention::default();
    let masked = Attention { mask: Some(Mask::from([true; 3]).into()), ..Default::default() };
    type Row<'a> = (&'static str, Box<dyn Fn() -> Result<Tensor<f64>, Error> + 'a>, fn(&Error) -> bool);
    macro_rules! rows {
        ($($call:expr => $kind:ident;)*) => {
            vec![$((stringify!($call), Box::new(|| $call), |error| matches!(error, Error::$kind { .. }))),*]
        };
    }
    let rows: Vec<Row<'_>> = rows! {
        table.try_linear(z(&[5, 3]), None) => InnerDimensions;
        table.try_linear(z(&[2, 4]), Some(row)) => ShapeMismatch;
        table.try_linear(z(&[2, 4]), Some(strange)) => DifferentTapes;
        z(&[]).try_linear(z(&[2, 4]), None) => Rank;
        table.try_linear(z(&[2, 2, 4]), None) => Rank;
        table.try_conv2d(window, None, &c2) => Rank;
        image.try_conv2d(row, None, &c2) => Rank;
        image.try_conv2d(z(&[2, 3, 3, 3]), None, &c2) => ShapeMismatch;
        image.try_conv2d(window, Some(row), &c2) => ShapeMismatch;
        image.try_conv2d(window, Some(strange), &c2) => DifferentTapes;
        image.try_conv2d(z(&[3, 2, 3, 3]), None, &Conv { groups: 2, ..c2 }) => ShapeMismatch;
        image.try_conv2d(window, None, &Conv { groups: 0, ..c2 }) => Domain;
        image.try_conv2d(window, None, &Conv { stride: [1, 0], ..c2 }) => Domain;
        image.try_conv2d(window, None, &Conv { dilation: [0, 1], ..c2 }) => Domain;
        image.try_conv2d(window, None, &Conv { dilation: [1, 3], ..c2 }) => Domain;
        image.try_conv2d(window, None, &Conv { padding: [usize::MAX, 0], ..c2 }) => Domain;
        image.try_conv2d(window, None, &Conv { dilation: [usize::MAX, 1], ..c2 }) => Domain;
        image.try_conv2d(z(&[2, 4, 0, 3]), None, &c2) => Domain;
        signal.try_conv1d(z(&[2, 4, 7]), None, &c1) => Domain;
        image.try_conv_transpose2d(z(&[3, 2, 3, 3]), None, &c2) => ShapeMismatch;
        image.try_conv_transpose2d(z(&[4, 2, 3, 3]), None, &Conv { output_padding: [1, 0], ..c2 }) => Domain;
        image.try_conv_transpose2d(z(&[4, 2, 1, 1]), None, &Conv { padding: [3, 0], ..c2 }) => Domain;
        image.try_conv_transpose2d(z(&[4, 2, 1, 1]), None, &Conv { stride: [usize::MAX, 1], ..c2 }) => Domain;
        row.try_max_pool2d(&Pool::new([2, 2])) => Rank;
        image.try_max_pool2d(&Pool::new([7, 2])) => Domain;
        image.try_max_pool2d(&Pool::new([0, 2])) => Domain;
        image.try_avg_pool2d(&Pool { padding: [2, 0], ..Pool::new([3, 3]) }) => Domain;
        z(&[1, 1, 0, 2]).try_max_pool2d(&Pool { padding: [1, 0], ..Pool::new([2, 2]) }) => Empty;
        z(&[1, 1, 0, 2]).try_adaptive_avg_pool2d([1, 1]) => Empty;
        row.try_batch_norm(None, None, None, 1e-5) => Rank;
        z(&[1, 4]).try_batch_norm(None, None, None, 1e-5) => Domain;
        table.try_batch_norm(Some(z(&[3])), None, None, 1e-5) => ShapeMismatch;
        table.try_batch_norm(None, Some(strange), None, 1e-5) => DifferentTapes;
        table.try_batch_norm(None, None, Some((row, z(&[3]))), 1e-5) => ShapeMismatch;
        table.try_layer_norm(3, None, None, 1e-5) => ShapeMismatch;
        table.try_layer_norm((), None, None, 1e-5) => ShapeMismatch;
        table.try_layer_norm(4, None, Some(z(&[3])), 1e-5) => ShapeMismatch;
        table.try_rms_norm(4, Some(z(&[3])), 1e-5) => ShapeMismatch;
        table.try_group_norm(3, None, None, 1e-5) => Domain;
        table.try_instance_norm(None, None, 1e-5) => Domain;
        table.try_normalize(-1.0, 1, 1e-5) => Domain;
        table.try_normalize(2.0, 2, 1e-5) => Axis;
        table.try_cosine_similarity(z(&[3]), 1, 1e-5) => Broadcast;
        table.try_dropout(1.5, 1) => Domain;
        table.try_dropout(NAN, 1) => Domain;
        table.try_mse_loss(z(&[3]), mean) => Broadcast;
        table.try_mse_loss(strange, mean) => DifferentTapes;
        z(&[3, 1]).try_mse_loss(z(&[3]), mean) => ShapeMismatch;
        z(&[3]).try_l1_loss(z(&[3, 1]), mean) => ShapeMismatch;
        z(&[3, 1]).try_huber_loss(z(&[1, 3]), 1.0, mean) => ShapeMismatch;
        z(&[2, 1]).try_smooth_l1_loss(z(&[2]), 1.0, mean) => ShapeMismatch;
        table.try_huber_loss(0.0, 0.0, mean) => Domain;
        table.try_smooth_l1_loss(0.0, -1.0, mean) => Domain;
        table.try_bce_loss(row, mean) => ShapeMismatch;
        below.try_bce_loss(1.0, mean) => Domain;
        table.try_bce_with_logits_loss(row, mean) => ShapeMismatch;
        row.try_bce_with_logits_loss_weighted(row, table, mean) => Expand;
        table.try_kl_div(z(&[3]), mean) => Broadcast;
        z(&[]).try_nll_loss_with(1, &classes) => Rank;
        table.try_nll_loss_with([1, 2], &classes) => ShapeMismatch;
        table.try_nll_loss_with([1, 2, 4], &classes) => Class;
        table.try_nll_loss_with([1, 2, -1], &classes) => Class;
        table.try_cross_entropy_with([1, 2, 3], &CrossEntropy { label_smoothing: 2.0, ..classes }) => Domain;
        table.try_cross_entropy_with([1, 2, 3], &CrossEntropy { weights: Some(z(&[3])), ..classes }) => ShapeMismatch;
        table.try_cross_entropy_with([1, 2, 3], &CrossEntropy { weights: Some(strange), ..classes }) => DifferentTapes;
        table.try_cross_entropy_soft(row, &classes) => ShapeMismatch;
        table.try_scaled_dot_product_attention(row, table, &attention) => Rank;
        table.try_scaled_dot_product_attention(z(&[3, 5]), table, &attention) => InnerDimensions;
        table.try_scaled_dot_product_attention(table, z(&[2, 4]), &attention) => ShapeMismatch;
        signal.try_scaled_dot_product_attention(z(&[3, 6, 6]), z(&[3, 6, 6]), &attention) => Broadcast;
        z(&[2, 4]).try_scaled_dot_product_attention(z(&[2, 4]), z(&[2, 4]), &masked) => Broadcast;
    };
    for (call, outcome, kind) in rows {
        tape.scope(|| {
            let before = live(&tape).instructions;
            let error = outcome().expect_err(call);
            assert!(kind(&error), "{call}: {error}");
            // Operands that the call makes are leaves.
            assert_eq!(live(&tape).instructions, before, "{call} recorded something: {error}");
            assert!(error.to_string().contains(" at tests/ops/criteria.rs"), "{call}: {error}");
        });
        still_works(&tape);
    }
}
