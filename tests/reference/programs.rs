//! Small programs of several ops.

use wengert::Tensor;

use crate::call::Call;

/// Runs a program.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    let x = call.x();
    let y = match op {
        "expand_mul_t" => (x.expand([3, 4]) * call.y().t()).sum_axes(0),
        "slice_mul_transpose" => {
            let part = || x.slice(1, 1..3);
            part() * part().copy().flip(0) * x.transpose(0, 1).slice(0, 1..3).t()
        }
        "permute_sum_exp" => x.permute([2, 0, 1]).exp().sum_axes(1),
        "transpose_add" => x.t() + call.y(),
        "transpose_reshape" => x.t().reshape([-1]),

        "rosenbrock" => {
            let (here, next) = (x.slice(0, ..-1), x.slice(0, 1..));
            ((next - here.square()).square() * 100.0 + (1.0 - here).square()).sum()
        }
        "tanh_mlp" => {
            let hidden = call.noted_matrix(3).matmul(x.reshape([3, 2])).tanh();
            (hidden.sum_axes(1) - 1.0).square().mean()
        }

        "logsumexp_quad" => {
            let a = call.noted_matrix(x.shape()[0] as isize);
            a.matmul(x).logsumexp() + x.matmul(x).exp().log1p() * 0.5
        }
        "where_nan" => x.sqrt().where_(&x.gt(0.0), 0.0),
        _ => return None,
    };
    Some(vec![y])
}
