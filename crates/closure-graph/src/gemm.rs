//! The wrapper around the `gemm` crate: the only unsafe code here.

use crate::Element;

/// A matrix over a slice; `t` swaps the axes without a copy.
///
/// Invariant: `rows * cols` elements, one a position, all within `data`. The fields are private to
/// this module, so that the constructor and `t` are the only ways to make one.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    row_stride: isize,
    col_stride: isize,
}

impl<'a, T: Element> Matrix<'a, T> {
    /// A row-major matrix.
    pub(crate) fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        let extent = rows.checked_mul(cols);
        assert!(extent == Some(data.len()), "matrix: {} elements for {rows} x {cols}", data.len());
        Matrix { data, rows, cols, row_stride: cols as isize, col_stride: 1 }
    }

    /// The transpose, by swapped strides.
    pub(crate) fn t(self) -> Self {
        Matrix {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }
}

/// `out = lhs rhs`, a new row-major buffer.
pub(crate) fn product<T: Element>(lhs: Matrix<'_, T>, rhs: Matrix<'_, T>) -> Vec<T> {
    let mut out = vec![T::ZERO; lhs.rows * rhs.cols];
    run(&mut out, false, lhs, rhs);
    out
}

/// `out += lhs rhs`, `out` row-major.
pub(crate) fn product_acc<T: Element>(out: &mut [T], lhs: Matrix<'_, T>, rhs: Matrix<'_, T>) {
    run(out, true, lhs, rhs);
}

fn run<T: Element>(out: &mut [T], accumulate: bool, lhs: Matrix<'_, T>, rhs: Matrix<'_, T>) {
    let (m, k, n) = (lhs.rows, lhs.cols, rhs.cols);
    assert_eq!(k, rhs.rows, "gemm: inner extents differ");
    assert_eq!(Some(out.len()), m.checked_mul(n), "gemm: extent of the output");
    // SAFETY: `Matrix` guarantees that every (row, column) of `lhs` and `rhs` lies within its slice,
    // and the inner extents agree. `out` is row-major of exactly m * n elements, initialised, and
    // borrowed mutably, so that it aliases neither operand. `Element` is sealed to f32 and f64, which
    // `gemm` supports. Strides are given column first, as `gemm` wants them.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            lhs.data.as_ptr(),
            lhs.col_stride,
            lhs.row_stride,
            rhs.data.as_ptr(),
            rhs.col_stride,
            rhs.row_stride,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strided_and_accumulated_products() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let b = [1.0, 0.0, -1.0, 2.0, 1.0, 1.0];
        assert_eq!(product(Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2)), [2.0, 7.0, 5.0, 16.0]);
        let mut out = vec![10.0; 4];
        product_acc(&mut out, Matrix::new(&a, 3, 2).t(), Matrix::new(&b, 3, 2));
        assert_eq!(out, [13.0, 21.0, 14.0, 24.0]);
    }

    #[test]
    fn empty_extents() {
        let none: [f32; 0] = [];
        assert_eq!(product(Matrix::new(&none, 2, 0), Matrix::new(&none, 0, 2)), [0.0; 4]);
        assert!(product(Matrix::new(&none, 0, 3), Matrix::new(&[1.0; 6], 3, 2)).is_empty());
    }
}
