//! Sums, matrix products, transposes.

use super::Tensor;
use super::broadcast::sum_of;
use super::node::Node;
use super::shape::Shape;
use crate::Element;
use crate::gemm::{self, Matrix};

impl<T: Element> Tensor<T> {
    /// The sum of all elements, a tensor without axes.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// let x = Tensor::leaf(vec![1.0, 2.0, 3.0], &[3]);
    /// x.sum().backward();
    /// assert_eq!(&*x.grad().unwrap(), [1.0; 3]);
    /// ```
    #[must_use]
    pub fn sum(&self) -> Self {
        self.sum_times(T::ONE)
    }

    /// The mean of all elements, a tensor without axes.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// let x = Tensor::leaf(vec![1.0, 2.0, 3.0, 6.0], &[4]);
    /// let mean = x.mean();
    /// mean.backward();
    /// assert_eq!(mean.item(), 3.0);
    /// assert_eq!(&*x.grad().unwrap(), [0.25; 4]);
    /// ```
    #[must_use]
    pub fn mean(&self) -> Self {
        self.sum_times(T::ONE / T::from_f64(self.0.shape.len() as f64))
    }

    fn sum_times(&self, factor: T) -> Self {
        let values = self.values();
        let sum = factor * sum_of(values.len(), |i| values[i]);
        Self::record(vec![sum], Shape::NUMBER, [Some(self.clone()), None], move |node, grad| {
            let (x, grad) = (node.a(), grad[0] * factor);
            x.receive_with(|| vec![grad; x.shape.len()], |sum| sum.iter_mut().for_each(|sum| *sum += grad));
        })
    }

    /// The matrix product of `[m, k]` and `[k, n]`.
    ///
    /// `a_bar += y_bar b^T` and `b_bar += a^T y_bar`, the transposes by strides.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// let a = Tensor::leaf(vec![1.0, 2.0], &[1, 2]);
    /// let b = Tensor::leaf(vec![3.0, 4.0], &[2, 1]);
    /// a.matmul(&b).sum().backward();
    /// assert_eq!(&*a.grad().unwrap(), [3.0, 4.0]);
    /// assert_eq!(&*b.grad().unwrap(), [1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If an operand does not have two axes, or the inner extents differ.
    #[must_use]
    pub fn matmul(&self, other: &Self) -> Self {
        let (a, b) = (&self.0.shape, &other.0.shape);
        let ((m, k), (inner, n)) = (a.matrix("matmul"), b.matrix("matmul"));
        assert!(k == inner, "matmul: shapes {a:?} and {b:?}: the inner extents are {k} and {inner}");
        let values = gemm::product(Matrix::new(&self.values(), m, k), Matrix::new(&other.values(), k, n));
        let parents = [Some(self.clone()), Some(other.clone())];
        Self::record(values, Shape::new(&[m, n]), parents, move |node, grad| {
            let (a, b) = (node.a(), node.b());
            let y_bar = Matrix::new(&grad, m, n);
            if a.requires_grad() {
                receive_product(a, y_bar, Matrix::new(&b.values(), k, n).t());
            }
            if b.requires_grad() {
                receive_product(b, Matrix::new(&a.values(), m, k).t(), y_bar);
            }
        })
    }

    /// The transpose of a matrix, as a contiguous copy.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// let x = Tensor::leaf(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]);
    /// let y = x.transpose();
    /// assert_eq!(y.shape(), [3, 2]);
    /// assert_eq!(&*y.values(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If the tensor does not have two axes.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let (rows, cols) = self.0.shape.matrix("transpose");
        let values = transposed(&self.values(), rows, cols);
        Self::record(values, Shape::new(&[cols, rows]), [Some(self.clone()), None], move |node, grad| {
            node.a().receive(transposed(&grad, cols, rows));
        })
    }
}

/// `target_bar += lhs rhs`; the first contribution is written, not added to zeros.
fn receive_product<T: Element>(target: &Node<T>, lhs: Matrix<'_, T>, rhs: Matrix<'_, T>) {
    target.receive_with(|| gemm::product(lhs, rhs), |sum| gemm::product_acc(sum, lhs, rhs));
}

/// A transposed copy, in square blocks, so that both sides stay in the cache.
fn transposed<T: Element>(values: &[T], rows: usize, cols: usize) -> Vec<T> {
    const BLOCK: usize = 16;
    let mut out = vec![T::ZERO; values.len()];
    for top in (0..rows).step_by(BLOCK) {
        let height = BLOCK.min(rows - top);
        for left in (0..cols).step_by(BLOCK) {
            for col in left..cols.min(left + BLOCK) {
                let column = &mut out[col * rows + top..][..height];
                for (row, value) in column.iter_mut().enumerate() {
                    *value = values[(top + row) * cols + col];
                }
            }
        }
    }
    out
}
