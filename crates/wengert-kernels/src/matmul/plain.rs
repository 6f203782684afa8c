//! Products too small for anything but loops, and those into coinciding elements.

use super::{DEEP, Product};
use crate::Real;

/// [`run`], with many terms summed part by part.
///
/// # Safety
/// The product is valid.
pub(super) unsafe fn deep<T: Real>(product: Product<T>) {
    for first in (0..product.k).step_by(DEEP) {
        // SAFETY: some of the terms of a valid product.
        unsafe { run(product.terms(first, DEEP)) };
    }
}

/// Dot product by dot product; elements of `c` may coincide.
///
/// # Safety
/// The product is valid.
#[inline]
pub(super) unsafe fn run<T: Real>(product: Product<T>) {
    let Product { m, n, k, c, c_row, c_col, a, a_row, a_col, b, b_row, b_col, alpha } = product;
    let (mut a_i, mut c_i) = (a, c);
    for _ in 0..m {
        let (mut b_j, mut c_ij) = (b, c_i);
        for _ in 0..n {
            // SAFETY: `i < m`, `j < n`, `p < k` of a valid product. The pointers step past the end without
            // being read there, so they wrap.
            unsafe {
                let (mut a_ip, mut b_pj) = (a_i, b_j);
                let mut dot = *a_ip * *b_pj;
                for _ in 1..k {
                    (a_ip, b_pj) = (a_ip.wrapping_offset(a_col), b_pj.wrapping_offset(b_row));
                    dot += *a_ip * *b_pj;
                }
                *c_ij += alpha * dot;
            }
            (b_j, c_ij) = (b_j.wrapping_offset(b_col), c_ij.wrapping_offset(c_col));
        }
        (a_i, c_i) = (a_i.wrapping_offset(a_row), c_i.wrapping_offset(c_row));
    }
}
