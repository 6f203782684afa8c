//! Layers: against plain loops, at their edges, and to second order.

mod layers;

use ndarray::{ArrayD, IxDyn};
use wengert::{Attention, Conv, Mask, Pool, Tape, Tensor, table};
use wengert_tests::forms::{self, Form, array, count};
use wengert_tests::numeric::{Input, central, check};
use wengert_tests::{assert_all_close, assert_same, grad};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// The rows of the table that this family has.
const OWN: [&str; 36] = [
    "softmax",
    "log_softmax",
    "nll_loss",
    "cross_entropy",
    "nll_loss_with",
    "cross_entropy_with",
    "cross_entropy_soft",
    "mse_loss",
    "l1_loss",
    "huber_loss",
    "smooth_l1_loss",
    "bce_loss",
    "bce_with_logits_loss",
    "bce_with_logits_loss_weighted",
    "kl_div",
    "kl_div_log",
    "batch_norm",
    "layer_norm",
    "group_norm",
    "instance_norm",
    "rms_norm",
    "normalize",
    "cosine_similarity",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "max_pool1d",
    "max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "linear",
    "dropout",
    "scaled_dot_product_attention",
];

#[test]
fn second_derivatives_are_those_of_the_first() {
    let rows = table::structural::<f64>();
    for name in OWN {
        assert!(rows.iter().any(|row| row.name == name), "no row of `{name}`");
    }
    for (n, row) in rows.iter().enumerate().filter(|(_, row)| OWN.contains(&row.name)) {
        let at: Vec<Vec<f64>> = (0..row.operands.len())
            .map(|k| forms::apart(count(row.operands[k]), (n + 7 * k) as u64))
            .collect();
        let v: Vec<Vec<f64>> =
            (0..at.len()).map(|k| forms::numbers(at[k].len(), 0.2, 0.7, (90 + k) as u64)).collect();
        // The gradient along `v`, and its gradient by all operands.
        let along = |values: &[Vec<f64>], second: bool| -> (f64, Vec<Vec<f64>>) {
            let tape = Tape::<f64>::new();
            let leaf = |(values, dims): (&Vec<f64>, &&[usize])| tape.leaf((values.clone(), dims.to_vec()));
            let x: Vec<Tensor<f64>> = values.iter().zip(row.operands).map(leaf).collect();
            let y = (row.call)(&tape, &x);
            let seed = array(&y.shape(), forms::numbers(y.len(), 0.6, 0.5, 3));
            let grads = tape.grad_recorded_with(&[y], &[&seed], &x);
            let terms = grads
                .iter()
                .zip(&v)
                .map(|(g, v)| (*g * tape.constant((v.clone(), g.shape().to_vec()))).sum());
            let sum = terms.reduce(|a, b| a + b).unwrap();
            let of_sum = match sum.requires_grad() && second {
                true => tape.grad(&[sum], &x).iter().map(|g| g.to_vec()).collect(),
                false => values.iter().map(|x| vec![0.0; x.len()]).collect(),
            };
            (sum.item(), of_sum)
        };
        let analytic = along(&at, true).1;
        for k in 0..at.len() {
            for i in 0..at[k].len() {
                let moved = |x: f64| {
                    let mut values = at.clone();
                    values[k][i] = x;
                    along(&values, false).0
                };
                let numeric = central(moved, at[k][i]);
                let (got, scale) = (analytic[k][i], numeric.abs().max(1.0));
                assert!(
                    (got - numeric).abs() < 1e-7 * scale,
                    "{} row {n}: operand {k} at {i}: {got:e}, and the differences are {numeric:e}",
                    row.name
                );
            }
        }
    }
}

/// A convolution by its definition.
fn plain_conv(x: &ArrayD<f64>, w: &ArrayD<f64>, options: &Conv<2>) -> ArrayD<f64> {
    let (xs, ws) = (x.shape(), w.shape());
    let Conv { stride, padding, dilation, groups, .. } = *options;
    let places: Vec<usize> = (0..2)
        .map(|k| (xs[2 + k] + 2 * padding[k] - dilation[k] * (ws[2 + k] - 1) - 1) / stride[k] + 1)
        .collect();
    ArrayD::from_shape_fn(IxDyn(&[xs[0], ws[0], places[0], places[1]]), |at| {
        let mut sum = 0.0;
        for c in 0..ws[1] {
            let channel = at[1] / (ws[0] / groups) * ws[1] + c;
            for i in 0..ws[2] {
                for j in 0..ws[3] {
                    let row = (at[2] * stride[0] + i * dilation[0]).wrapping_sub(padding[0]);
                    let column = (at[3] * stride[1] + j * dilation[1]).wrapping_sub(padding[1]);
                    if row < xs[2] && column < xs[3] {
                        sum += w[[at[1], c, i, j]] * x[[at[0], channel, row, column]];
                    }
                }
            }
        }
        sum
    })
}

/// Images, weights and options of every sort.
fn geometries() -> Vec<([usize; 4], [usize; 4], Conv<2>)> {
    let plain = Conv::<2>::default();
    vec![
        ([2, 3, 5, 4], [2, 3, 3, 2], plain),
        ([1, 2, 4, 5], [4, 1, 2, 3], Conv { groups: 2, padding: [1, 2], ..plain }),
        ([2, 4, 6, 7], [2, 4, 2, 2], Conv { stride: [3, 2], padding: [1, 0], ..plain }),
        ([1, 1, 7, 6], [1, 1, 3, 2], Conv { dilation: [2, 3], padding: [0, 1], ..plain }),
        // One element that visits each element of the image, and one that leaves some out.
        ([2, 4, 3, 3], [6, 2, 1, 1], Conv { groups: 2, ..plain }),
        ([2, 2, 4, 5], [3, 2, 1, 1], Conv { stride: [2, 2], ..plain }),
        // One place; one column; no image.
        ([2, 2, 3, 3], [2, 2, 3, 3], plain),
        ([2, 2, 5, 2], [2, 2, 2, 2], plain),
        ([0, 2, 4, 4], [2, 2, 3, 3], plain),
        // A window that hangs over, with more padding than it has elements.
        ([1, 1, 1, 2], [1, 1, 2, 3], Conv { padding: [3, 4], stride: [2, 3], ..plain }),
    ]
}

#[test]
fn convolutions_are_what_their_definition_says() {
    for (x_dims, w_dims, options) in geometries() {
        for form in Form::OF_SHAPE {
            let tape = Tape::<f64>::new();
            let leaf = |dims: &[usize], seed| {
                let values = forms::numbers(count(&form.base(dims)), 0.1, 1.0, seed);
                form.of(tape.leaf((values, form.base(dims))), dims)
            };
            let (x, w) = (leaf(&x_dims, 1), leaf(&w_dims, 2));
            let b = tape.leaf(forms::numbers(w_dims[0], 0.0, 1.0, 3));
            let want = plain_conv(&x.value(), &w.value(), &options);
            let y = x.conv2d(w, None, &options);
            assert_eq!(y.shape().as_slice(), want.shape());
            assert_all_close(format!("{options:?} {form:?}"), &y.to_vec(), want.as_slice().unwrap(), 1e-13);
            let with_bias = want + b.value().into_shape_with_order((w_dims[0], 1, 1)).unwrap();
            let y = x.conv2d(w, Some(b), &options);
            assert_all_close("bias", &y.to_vec(), with_bias.as_slice().unwrap(), 1e-13);
        }
    }
}

#[test]
fn a_transposed_convolution_is_the_adjoint() {
    for (x_dims, w_dims, options) in geometries().into_iter().filter(|(x, ..)| x[0] > 0) {
        for form in [Form::Contiguous, Form::Transposed, Form::Stepped, Form::Expanded] {
            let tape = Tape::<f64>::new();
            let x = tape.leaf((forms::numbers(count(&x_dims), 0.0, 1.0, 1), x_dims));
            let w = tape.leaf((forms::numbers(count(&w_dims), 0.0, 1.0, 2), w_dims));
            let y = x.conv2d(w, None, &options);
            let dims = y.shape().to_vec();
            let values = forms::numbers(count(&form.base(&dims)), 0.0, 1.0, 4);
            let p = form.of(tape.leaf((values, form.base(&dims))), &dims);
            // What a stride leaves out of the image is the output padding.
            let rest = std::array::from_fn(|k| {
                let walked =
                    (dims[2 + k] - 1) * options.stride[k] + options.dilation[k] * (w_dims[2 + k] - 1) + 1;
                (x_dims[2 + k] + 2 * options.padding[k]).saturating_sub(walked)
            });
            if rest.iter().zip(options.stride.iter().zip(&options.dilation)).any(|(r, (s, d))| r >= s.max(d))
            {
                continue;
            }
            let back = p.conv_transpose2d(w, None, &Conv { output_padding: rest, ..options });
            assert_eq!(back.shape().as_slice(), x_dims);
            let (lhs, rhs) = ((y * p).sum().item(), (back * x).sum().item());
            assert!((lhs - rhs).abs() < 1e-12 * lhs.abs().max(1.0), "{options:?} {form:?}: {lhs} and {rhs}");
            // Adjoints that lie in another form arrive by recorded sweeps.
            let seed = p.value();
            let by_seed = tape.grad_with(&[y], &[&seed], &[x, w]);
            let recorded = tape.grad_recorded(&[(y * p).sum()], &[x, w]);
            for (a, b) in by_seed.iter().zip(&recorded) {
                assert_all_close("recorded", &a.to_vec(), &b.to_vec(), 1e-13);
            }
        }
    }
}

#[test]
fn gradients_of_convolutions_over_operands_of_any_form() {
    for form in [Form::Transposed, Form::SteppedBack, Form::Expanded] {
        let inputs =
            [Input::near(&[2, 2, 4, 3], form, 0.0, 1.0, 1), Input::near(&[4, 1, 2, 2], form, 0.0, 1.0, 2)];
        let options = Conv { stride: [2, 1], padding: [1, 0], groups: 2, ..Default::default() };
        check("conv2d", &inputs, &|_, x| x[0].conv2d(x[1], None, &options));
        let inputs =
            [Input::near(&[1, 4, 2, 3], form, 0.0, 1.0, 1), Input::near(&[4, 1, 2, 2], form, 0.0, 1.0, 2)];
        check("conv_transpose2d", &inputs, &|_, x| x[0].conv_transpose2d(x[1], None, &options));
    }
}

#[test]
fn a_signal_and_an_image_without_a_batch() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf([[1.0f32, 2.0, 4.0, 8.0]]);
    let w = tape.leaf([[[1.0f32, -1.0]], [[2.0, 0.0]]]);
    let y = x.conv1d(w, Some(tape.constant([0.5, -0.5])), &Conv::default());
    assert_eq!(y.shape().as_slice(), [2, 3]);
    assert_eq!(y.to_vec(), [-0.5, -1.5, -3.5, 1.5, 3.5, 7.5]);
    let back = y.conv_transpose1d(w, None, &Conv::default());
    assert_eq!(back.shape().as_slice(), [1, 4]);
    back.sum().backward();
    // The sum is twice that of the second channel.
    assert_eq!(grad(x), Some(vec![4.0, 4.0, 4.0, 0.0]));
    let pooled = tape.leaf([[[1.0f32, 2.0], [3.0, 4.0]]]).avg_pool2d(&Pool::new([2, 2]));
    assert_eq!((pooled.shape().as_slice(), pooled.item()), (&[1, 1, 1][..], 2.5));
}

#[test]
fn large_convolutions_go_by_blocks_of_rows() {
    let tape = Tape::<f64>::new();
    let (x_dims, w_dims) = ([1, 16, 40, 130], [2, 16, 5, 5]);
    let options = Conv { padding: [2, 2], ..Default::default() };
    let x = tape.leaf((forms::numbers(count(&x_dims), 0.0, 1.0, 1), x_dims));
    let w = tape.leaf((forms::numbers(count(&w_dims), 0.0, 1.0, 2), w_dims));
    let y = x.conv2d(w, None, &options);
    let want = plain_conv(&x.value(), &w.value(), &options);
    assert_all_close("large", &y.to_vec(), want.as_slice().unwrap(), 1e-11);
    let p = tape.constant((forms::numbers(y.len(), 0.0, 1.0, 3), y.shape().to_vec()));
    let grads = tape.grad(&[(y * p).sum()], &[x, w]);
    let value = (y * p).sum().item();
    for (g, x) in grads.iter().zip([x, w]) {
        let again = (*g * x).sum().item();
        assert!((again - value).abs() < 1e-9 * value.abs().max(1.0), "{again} and {value}");
    }
}

#[test]
fn pools_pick_as_pytorch_does() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[[1.0, 3.0, 3.0], [3.0, 2.0, NAN]]]);
    let y = x.max_pool2d(&Pool { stride: [1, 1], ..Pool::new([2, 2]) });
    assert_same("max", &y.to_vec(), &[3.0, NAN]);
    y.sum().backward();
    // The first of those that tie, and NaN above all.
    assert_eq!(grad(x), Some(vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0]));
    // The padding is below everything.
    let low = tape.leaf([[[-INF, -2.0]]]);
    let y = low.max_pool2d(&Pool { padding: [0, 1], stride: [1, 1], ..Pool::new([1, 2]) });
    assert_eq!(y.to_vec(), [-INF, -2.0, -2.0]);
    y.sum().backward();
    assert_eq!(grad(low), Some(vec![1.0, 2.0]));
    // Windows that share: 5 among 3 are 0..2, 1..4, 3..5.
    let x = tape.leaf([[[1.0, 2.0, 3.0, 4.0, 6.0]]]);
    assert_eq!(x.adaptive_avg_pool2d([1, 3]).to_vec(), [1.5, 3.0, 5.0]);
    assert_eq!(x.adaptive_max_pool2d([1, 3]).to_vec(), [2.0, 4.0, 6.0]);
    let none = tape.leaf(tape.zeros([0, 2, 4, 4]));
    none.max_pool2d(&Pool::new([2, 2])).sum().backward();
    assert_eq!(none.avg_pool2d(&Pool::new([2, 2])).shape().as_slice(), [0, 2, 2, 2]);
    assert_eq!(none.grad().unwrap().shape(), [0, 2, 4, 4]);
}
