//! Large products, through the crate `gemm`.

use super::Product;

/// The one place that knows the argument order of `gemm`: column strides come before row strides.
///
/// # Safety
/// The product is valid and the elements of `c` are distinct.
pub(super) unsafe fn run<T: 'static + Copy>(product: Product<T>, one: T) {
    let Product { m, n, k, c, c_row, c_col, a, a_row, a_col, b, b_row, b_col, alpha } = product;
    // SAFETY: the caller's contract is that of `gemm`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c,
            c_col,
            c_row,
            true,
            a,
            a_col,
            a_row,
            b,
            b_col,
            b_row,
            one,
            alpha,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
