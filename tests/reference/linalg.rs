//! Linear algebra.

use wengert::Tensor;

use crate::call::Call;

/// Runs an op of this family.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    let y = match op {
        "matmul" => call.x().matmul(call.y()),
        "matmul_nt" => call.x().matmul(call.y().t()),
        "matmul_tn" => call.x().t().matmul(call.y()),
        "matmul_tt" => call.x().t().matmul(call.y().t()),

        "dot" => call.x().dot(call.y()),
        "outer" => call.x().outer(call.y()),
        "mv" => call.x().mv(call.y()),
        "bmm" => call.x().bmm(call.y()),
        "addmm" => call.x().addmm(call.y(), call.z(), call.number("beta", 1.0), call.number("alpha", 1.0)),
        "kron" => call.x().kron(call.y()),
        "cross" => call.x().cross(call.y(), call.int("dim", -1)),
        "einsum" => call.tape.einsum(call.word("equation", ""), call.tensors()),
        "matrix_power" => call.x().matrix_power(call.int("n", 1) as i32),
        "matrix_exp" => call.x().matrix_exp(),

        "solve" | "solve_vec" => call.x().solve(call.y()),
        "solve_triangular" => call.x().solve_triangular(call.y(), call.flag("upper", false)),
        "cholesky" => call.x().cholesky(),
        "cholesky_solve" => call.x().cholesky_solve(call.y()),
        "inv" => call.x().inv(),
        "pinv" => call.x().pinv(),
        "det" | "det_singular" => call.x().det(),
        "slogdet" => call.x().slogdet().1,
        "logdet" => call.x().logdet(),

        // The signs of the vectors of a decomposition are free, so that squares and absolutes are compared.
        "qr_R_abs" => call.x().qr().1.abs(),
        "eigvalsh" => call.x().eigvalsh(),
        "svdvals" => call.x().svdvals(),
        "eigh" => {
            let (values, vectors) = call.x().eigh();
            return Some(vec![values, vectors.square()]);
        }
        _ => return None,
    };
    Some(vec![y])
}
