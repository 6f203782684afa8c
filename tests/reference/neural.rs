//! Layers and losses.

use wengert::{Attention, Conv, CrossEntropy, Indices, Pool, Reduction, Tensor};

use crate::call::Call;
use crate::case::Input;

/// Runs an op of this family.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    let eps = |default: f64| call.number("eps", default);
    let y = match op {
        // The methods without options are those with the default ones.
        "cross_entropy" if call.x().rank() == 2 && is_plain_mean(call) => {
            call.x().cross_entropy(classes(call).as_slice())
        }
        "nll" if call.x().rank() == 2 && is_plain_mean(call) => call.x().nll_loss(classes(call).as_slice()),
        "cross_entropy" => call.x().cross_entropy_with(classes(call), &class_options(call)),
        "nll" => call.x().nll_loss_with(classes(call), &class_options(call)),
        "cross_entropy_soft" => call.x().cross_entropy_soft(call.y(), &class_options(call)),

        "mse" => call.x().mse_loss(call.y(), reduction(call)),
        "l1" => call.x().l1_loss(call.y(), reduction(call)),
        "huber" => call.x().huber_loss(call.y(), call.number("delta", 1.0), reduction(call)),
        "smooth_l1" => call.x().smooth_l1_loss(call.y(), call.number("beta", 1.0), reduction(call)),
        "bce" => call.x().bce_loss(call.y(), reduction(call)),
        "bce_logits" => call.x().bce_with_logits_loss(call.y(), reduction(call)),
        "kl_div" if call.flag("log_target", false) => call.x().kl_div_log(call.y(), reduction(call)),
        "kl_div" => call.x().kl_div(call.y(), reduction(call)),
        "cosine_similarity" => call.x().cosine_similarity(call.y(), call.int("dim", 1), eps(1e-8)),
        "normalize" => call.x().normalize(call.number("p", 2.0), call.int("dim", 1), eps(1e-12)),

        "linear" => call.x().linear(call.y(), call.maybe_z()),
        "layer_norm" => {
            let (w, b) = (call.tensors().get(1).copied(), call.maybe_z());
            call.x().layer_norm(call.sizes("normalized_shape"), w, b, eps(1e-5))
        }
        "group_norm" => {
            let (w, b) = (call.tensors().get(1).copied(), call.maybe_z());
            call.x().group_norm(call.size("groups", 1), w, b, eps(1e-5))
        }
        "rms_norm" => {
            call.x().rms_norm(call.sizes("normalized_shape"), call.tensors().get(1).copied(), eps(1e-6))
        }
        "batch_norm" => {
            let (w, b) = (call.tensors().get(1).copied(), call.maybe_z());
            let given = |name| call.tape.constant(call.maybe_numbers(name).expect("running statistics"));
            let running =
                (!call.flag("training", true)).then(|| (given("running_mean"), given("running_var")));
            call.x().batch_norm(w, b, running, eps(1e-5))
        }
        "sdpa" => {
            let options = Attention { causal: call.flag("causal", false), ..Default::default() };
            call.x().scaled_dot_product_attention(call.y(), call.z(), &options)
        }

        "conv1d" => call.x().conv1d(call.y(), call.maybe_z(), &conv(call)),
        "conv2d" => call.x().conv2d(call.y(), call.maybe_z(), &conv(call)),
        "conv_transpose1d" => call.x().conv_transpose1d(call.y(), call.maybe_z(), &conv(call)),
        "conv_transpose2d" => call.x().conv_transpose2d(call.y(), call.maybe_z(), &conv(call)),
        "max_pool1d" => call.curved().max_pool1d(&pool(call)),
        "max_pool2d" => call.curved().max_pool2d(&pool(call)),
        "avg_pool1d" => call.x().avg_pool1d(&pool(call)),
        "avg_pool2d" => call.x().avg_pool2d(&pool(call)),
        "adaptive_avg_pool2d" => call.x().adaptive_avg_pool2d(call.each("output_size", 1)),
        "adaptive_max_pool2d" => call.x().adaptive_max_pool2d(call.each("output_size", 1)),
        _ => return None,
    };
    Some(vec![y])
}

/// The classes; PyTorch marks those to ignore with -100.
fn classes(call: &Call<'_>) -> Indices {
    let classes = call.case.inputs.iter().find_map(|input| match input {
        Input::Indices(classes) => Some(classes),
        _ => None,
    });
    Indices::from(classes.expect("an input of indices"))
}

/// Whether a loss over classes is what the method without options computes.
fn is_plain_mean(call: &Call<'_>) -> bool {
    let plain = call.maybe_ints("ignore_index").is_none() && call.number("label_smoothing", 0.0) == 0.0;
    plain && call.tensors().len() == 1 && call.word("reduction", "mean") == "mean"
}

fn class_options(call: &Call<'_>) -> CrossEntropy {
    CrossEntropy {
        weights: call.maybe_numbers("weight").map(|weights| call.tape.constant(weights)),
        ignore_index: call.int("ignore_index", -100),
        label_smoothing: call.number("label_smoothing", 0.0),
        reduction: reduction(call),
        ..Default::default()
    }
}

fn reduction(call: &Call<'_>) -> Reduction {
    match call.word("reduction", "mean") {
        "none" => Reduction::None,
        "sum" => Reduction::Sum,
        "batchmean" => Reduction::BatchMean,
        _ => Reduction::Mean,
    }
}

fn conv<const N: usize>(call: &Call<'_>) -> Conv<N> {
    Conv {
        stride: call.each("stride", 1),
        padding: call.each("padding", 0),
        output_padding: call.each("output_padding", 0),
        dilation: call.each("dilation", 1),
        groups: call.size("groups", 1),
    }
}

fn pool<const N: usize>(call: &Call<'_>) -> Pool<N> {
    let fresh = Pool::new(call.each("kernel", 1));
    Pool {
        // Without a stride the windows lie side by side.
        stride: if call.maybe_ints("stride").is_some() { call.each("stride", 1) } else { fresh.stride },
        padding: call.each("padding", 0),
        count_include_pad: call.flag("count_include_pad", true),
        ..fresh
    }
}
