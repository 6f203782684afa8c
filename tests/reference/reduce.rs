//! Reductions, and what runs along an axis.

use wengert::Tensor;

use crate::call::Call;

/// A reduction over what `dim` names, or over all; the arguments that follow its names come last.
macro_rules! reduced {
    ($call:ident: $all:ident, $axes:ident, $keep:ident $(, $more:expr)*) => {{
        let x = $call.x();
        match ($call.maybe_ints("dim"), $call.flag("keepdim", false)) {
            (None, false) => x.$all($($more),*),
            (None, true) => x.$keep((0..x.shape().len() as isize).collect::<Vec<_>>() $(, $more)*),
            (Some(axes), false) => x.$axes(axes $(, $more)*),
            (Some(axes), true) => x.$keep(axes $(, $more)*),
        }
    }};
}

/// Runs an op of this family.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    // What runs along an axis needs one.
    let dim = || call.int("dim", 0);
    let y = match op {
        "sum" => reduced!(call: sum, sum_axes, sum_keepdims),
        "mean" => reduced!(call: mean, mean_axes, mean_keepdims),
        "logsumexp" => reduced!(call: logsumexp, logsumexp_axes, logsumexp_keepdims),
        "amax" => reduced!(call: amax, amax_axes, amax_keepdims),
        "amin" => reduced!(call: amin, amin_axes, amin_keepdims),
        "max_all" => reduced!(call: max, max_axes, max_keepdims),
        "min_all" => reduced!(call: min, min_axes, min_keepdims),
        "prod" => reduced!(call: prod, prod_axes, prod_keepdims),
        "var" => reduced!(call: var, var_axes, var_keepdims, call.number("correction", 1.0)),
        "std" => reduced!(call: std, std_axes, std_keepdims, call.number("correction", 1.0)),
        "norm1" => reduced!(call: norm, norm_axes, norm_keepdims, 1.0),
        "norm2" | "norm_fro" => reduced!(call: norm, norm_axes, norm_keepdims, 2.0),
        "norm_inf" => reduced!(call: norm, norm_axes, norm_keepdims, f64::INFINITY),

        "max_dim" if call.flag("keepdim", false) => call.x().max_with_indices_keepdims(dim()).0,
        "max_dim" => call.x().max_with_indices(dim()).0,
        "min_dim" if call.flag("keepdim", false) => call.x().min_with_indices_keepdims(dim()).0,
        "min_dim" => call.x().min_with_indices(dim()).0,
        "median" => call.x().median(),
        "sort" => call.x().sort(dim(), call.flag("descending", false)).0,
        "topk" => call.x().topk(call.size("k", 1), dim(), call.flag("largest", true)).0,

        "cumsum" => call.curved().cumsum(dim()),
        "cumprod" => call.x().cumprod(dim()),
        "logcumsumexp" => call.x().logcumsumexp(dim()),
        "softmax" => call.x().softmax(dim()),
        "log_softmax" => call.x().log_softmax(dim()),
        _ => return None,
    };
    Some(vec![y])
}
