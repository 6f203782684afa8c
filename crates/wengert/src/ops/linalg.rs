//! Linear algebra: the product of matrices.

use wengert_kernels::{StridedMut, matmul_acc};

use crate::error::{Error, Shape};
use crate::rule::verbs::StructuralRule;
use crate::rule::{Structural, Verbs};
use crate::shape::{Dims, View, broadcast};
use crate::tape::tensors::{Recording, strided};
use crate::tensor::Tensor;
use crate::twins::methods;

/// The payload: which of the two axes of the product a vector operand took away.
const ROW: usize = 1;
const COLUMN: usize = 2;

methods! {
    /// The matrix product over the last two axes; the axes before them are batch axes and broadcast.
    ///
    /// A vector on the left is a row and one on the right a column, which go from the result: `[n] [n] -> []`,
    /// `[m, k] [k] -> [m]`, `[k] [k, n] -> [n]`, `[m, k] [k, n] -> [m, n]`, `[b, m, k] [k, n] -> [b, m, n]`.
    ///
    /// **Adjoints.** `a_bar += y_bar b^T` and `b_bar += a^T y_bar`, each only if asked for, summed over what the
    /// operand was broadcast along. PyTorch: `torch.matmul`.
    ///
    /// # Errors
    /// The inner dimensions differ, the batch axes do not broadcast, or an operand has rank 0.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (w, x) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.constant([1.0, 10.0]));
    /// let y = w.matmul(x);
    /// assert_eq!(y.to_vec(), [21.0, 43.0]);
    /// y.sum().backward();
    /// assert_eq!(w.grad().unwrap().into_raw_vec_and_offset().0, [1.0, 10.0, 1.0, 10.0]);
    /// ```
    matmul(lhs, at, rhs: Tensor<T>) -> Tensor<T> {
        let op = Matmul::NAME;
        let recording = Recording::start(StructuralRule::<Matmul, T>::RULE, lhs, at)?;
        let ((mut a, mut a_view), (mut b, mut b_view)) = (recording.operand(lhs)?, recording.operand(rhs)?);
        let shape = |view: &View| Shape::from(&view.layout.dims[..]);
        let (lhs_shape, rhs_shape) = (shape(&a_view), shape(&b_view));
        for view in [&a_view, &b_view] {
            if view.layout.rank() == 0 {
                let help = "multiply by a number with `*`";
                return Err(Error::Rank { op, what: "an operand", expected: "1 or more", shape: shape(view), help, at });
            }
        }
        let mut gone = 0;
        if a_view.layout.rank() == 1 {
            (a, a_view) = recording.seen(a, a_view.unsqueeze(0));
            gone |= ROW;
        }
        if b_view.layout.rank() == 1 {
            (b, b_view) = recording.seen(b, b_view.unsqueeze(1));
            gone |= COLUMN;
        }
        let (a_dims, b_dims) = (&a_view.layout.dims, &b_view.layout.dims);
        let (a_rank, b_rank) = (a_dims.len(), b_dims.len());
        let (m, k, n) = (a_dims[a_rank - 2], a_dims[a_rank - 1], b_dims[b_rank - 1]);
        if k != b_dims[b_rank - 2] {
            let (left, right) = (k, b_dims[b_rank - 2]);
            return Err(Error::InnerDimensions { op, lhs: lhs_shape, rhs: rhs_shape, left, right, at });
        }
        let batch = broadcast(&a_dims[..a_rank - 2], &b_dims[..b_rank - 2]).map_err(|(left, right)| {
            Error::Broadcast { op, lhs: lhs_shape.clone(), rhs: rhs_shape.clone(), left, right, at }
        })?;
        let with_batch = |rows: &[usize]| -> Dims { batch.iter().chain(rows).copied().collect() };
        let full = with_batch(&[m, n]);
        let mut out = full.clone();
        if gone & COLUMN != 0 {
            out.pop();
        }
        if gone & ROW != 0 {
            out.remove(batch.len());
        }
        let (a_seen, b_seen) = (a_view.expand(&with_batch(&[m, k])), b_view.expand(&with_batch(&[k, n])));
        let (a_seen, b_seen) = (a_seen.expect("batch axes broadcast"), b_seen.expect("batch axes broadcast"));
        recording.finish(&[a, b], &out, &[gone], |slots, y, scratch| {
            y.fill(T::zero());
            let strides = crate::shape::contiguous_strides(&full);
            let c = StridedMut::new(y, 0, &full, &strides);
            matmul_acc(c, strided(slots, &a_seen), strided(slots, &b_seen), T::one(), scratch);
        })
    }
}

struct Matmul;
impl Structural for Matmul {
    const NAME: &'static str = "matmul";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, b, gone) = (v.operand(0), v.operand(1), v.payload()[0]);
        let mut y_bar = v.result_bar();
        if gone & ROW != 0 {
            let rows = v.dims(y_bar).len() - usize::from(gone & COLUMN == 0);
            y_bar = v.unsqueeze(y_bar, rows);
        }
        if gone & COLUMN != 0 {
            let columns = v.dims(y_bar).len();
            y_bar = v.unsqueeze(y_bar, columns);
        }
        if v.is_active(0) {
            let b_t = v.t(b);
            v.add_matmul(0, y_bar, b_t); // a_bar += y_bar b^T
        }
        if v.is_active(1) {
            let a_t = v.t(a);
            v.add_matmul(1, a_t, y_bar); // b_bar += a^T y_bar
        }
    }
    fn reads(_: usize, operand: usize) -> u64 {
        1 << (1 - operand)
    }
}
