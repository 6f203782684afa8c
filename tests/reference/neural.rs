//! Layers and losses.

use wengert::Tensor;

use crate::call::Call;

/// Runs an op of this family.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    let y = match op {
        "cross_entropy" if is_plain_mean(call) => classes_last(call.x()).cross_entropy(&call.indices().0),
        "nll" if is_plain_mean(call) => classes_last(call.x()).nll_loss(&call.indices().0),

        /* pending: losses; `reduction(call)` is at the end of this file
        "mse" => call.x().mse_loss(call.y(), reduction(call)),
        "l1" => call.x().l1_loss(call.y(), reduction(call)),
        "huber" => call.x().huber_loss(call.y(), call.number("delta", 1.0), reduction(call)),
        "smooth_l1" => call.x().smooth_l1_loss(call.y(), call.number("beta", 1.0), reduction(call)),
        "bce" => call.x().bce_loss(call.y(), reduction(call)),
        "bce_logits" => call.x().bce_with_logits_loss(call.y(), reduction(call)),
        "kl_div" => call.x().kl_div(call.y(), reduction(call)),
        "nll" => call.x().nll_loss_with(call.indices(), reduction(call)),
        "cross_entropy" => {
            let (ignored, smoothing) = (call.maybe_ints("ignore_index"), call.number("label_smoothing", 0.0));
            call.x().cross_entropy_with(call.indices(), ignored, smoothing, reduction(call))
        }
        "cross_entropy_soft" => call.x().cross_entropy_soft(call.y(), reduction(call)),
        "cosine_similarity" => {
            call.x().cosine_similarity(call.y(), call.int("dim", 1), call.number("eps", 1e-8))
        }
        */

        /* pending: layers
        "linear" => call.x().linear(call.y(), call.maybe_z()),
        "layer_norm" => {
            let (w, b) = (call.tensors().get(1).copied(), call.maybe_z());
            call.x().layer_norm(call.sizes("normalized_shape"), w, b, call.number("eps", 1e-5))
        }
        "group_norm" => {
            call.x().group_norm(call.size("groups", 1), call.y(), call.z(), call.number("eps", 1e-5))
        }
        "rms_norm" => call.x().rms_norm(call.sizes("normalized_shape"), call.y(), call.number("eps", 1e-6)),
        "batch_norm" if call.flag("training", true) => {
            call.x().batch_norm(call.y(), call.z(), None, call.number("eps", 1e-5))
        }
        "batch_norm" => {
            let running = |name| call.tape.constant(call.maybe_numbers(name).expect("running statistics"));
            let running = (running("running_mean"), running("running_var"));
            call.x().batch_norm(call.y(), call.z(), Some(running), call.number("eps", 1e-5))
        }
        "normalize" => call.x().normalize(2.0, call.int("dim", 1), call.number("eps", 1e-12)),
        "sdpa" => call.x().scaled_dot_product_attention(call.y(), call.z(), call.flag("causal", false)),
        */

        /* pending: convolutions and pools; `conv` and `pool` are at the end of this file
        "conv1d" => call.x().conv1d(call.y(), call.maybe_z(), &conv::<1>(call)),
        "conv2d" => call.x().conv2d(call.y(), call.maybe_z(), &conv::<2>(call)),
        "conv_transpose2d" => call.x().conv_transpose2d(call.y(), call.maybe_z(), &conv::<2>(call)),
        "max_pool2d" => call.curved().max_pool2d(&pool(call)),
        "avg_pool2d" => call.x().avg_pool2d(&pool(call)),
        "adaptive_avg_pool2d" => call.x().adaptive_avg_pool2d(call.each("output_size", 1)),
        */
        _ => return None,
    };
    Some(vec![y])
}

/// Whether a loss over classes is what the method without options computes.
fn is_plain_mean(call: &Call<'_>) -> bool {
    let plain = call.maybe_ints("ignore_index").is_none() && call.number("label_smoothing", 0.0) == 0.0;
    plain && call.word("reduction", "mean") == "mean"
}

/// PyTorch has the classes on axis 1.
fn classes_last(x: Tensor<f64>) -> Tensor<f64> {
    let rank = x.shape().len() as isize;
    let order: Vec<isize> = (0..rank).filter(|&axis| axis != 1).chain((rank > 1).then_some(1)).collect();
    x.permute(order)
}

/* pending: what the rows above are called with
fn reduction(call: &Call<'_>) -> Reduction {
    match call.word("reduction", "mean") {
        "none" => Reduction::None,
        "sum" => Reduction::Sum,
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

fn pool(call: &Call<'_>) -> Pool {
    Pool {
        kernel: call.each("kernel", 1),
        stride: call.each("stride", call.size("kernel", 1)),
        padding: call.each("padding", 0),
        count_include_pad: call.flag("count_include_pad", true),
    }
}
*/
