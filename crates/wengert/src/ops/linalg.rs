//! Linear algebra: the product of matrices.

use wengert_kernels::{Strided, StridedMut, matmul_acc};

use crate::arena::split;
use crate::error::{At, Error, Result, Shape};
use crate::rule::verbs::StructuralRule;
use crate::rule::{Structural, Verbs};
use crate::shape::{Dims, LayoutId, View, broadcast, contiguous_strides};
use crate::tape::Element;
use crate::tape::instruction::VariableId;
use crate::tape::tensors::{Recording, append, quick_core, strided};
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
        match quick(lhs, rhs, at) {
            Some(made) => Ok(made),
            None => matmul(lhs, rhs, at),
        }
    }
}

/// Matrices and vectors without batch axes on the tape at hand: what most products are.
#[inline]
fn quick<T: Element>(lhs: Tensor<T>, rhs: Tensor<T>, at: At) -> Option<Tensor<T>> {
    let (core, a) = quick_core(lhs)?;
    let b = core.index_if_held(rhs.word())? as usize;
    let tables = &mut *core.tables.borrow_mut();
    let (a_variable, b_variable) = (tables.variables[a], tables.variables[b]);
    let (a_layout, b_layout) = (tables.layouts.get(a_variable.layout), tables.layouts.get(b_variable.layout));
    // A vector is a row on the left and a column on the right.
    let (a_dims, a_strides) = match (&a_layout.dims[..], &a_layout.strides[..]) {
        (&[k], &[stride]) => ([1, k], [0, stride]),
        (&[m, k], &[row, column]) => ([m, k], [row, column]),
        _ => return None,
    };
    let (b_dims, b_strides) = match (&b_layout.dims[..], &b_layout.strides[..]) {
        (&[k], &[stride]) => ([k, 1], [stride, 0]),
        (&[k, n], &[row, column]) => ([k, n], [row, column]),
        _ => return None,
    };
    if a_dims[1] != b_dims[0] {
        return None;
    }
    let (m, n) = (a_dims[0], b_dims[1]);
    let gone = if a_layout.rank() == 1 { ROW } else { 0 } | if b_layout.rank() == 1 { COLUMN } else { 0 };
    let len = m.checked_mul(n)?;
    let (offset, all) = core.room(tables, len)?;
    core.with_scratch(|scratch| {
        split::split(&all[..offset + len], offset, |slots, y| {
            y.fill(T::zero());
            let (dims, strides) = ([m, n], [n as isize, 1]);
            let c = StridedMut::new(y, 0, &dims, &strides);
            let a = Strided::new(slots, a_variable.offset, &a_dims, &a_strides);
            matmul_acc(c, a, Strided::new(slots, b_variable.offset, &b_dims, &b_strides), T::one(), scratch);
        });
    });
    let layout = match gone {
        0 => tables.layouts.contiguous(&[m, n]),
        ROW => tables.layouts.contiguous(&[n]),
        COLUMN => tables.layouts.contiguous(&[m]),
        _ => LayoutId::SCALAR,
    };
    let active = (a_variable.is_active() | b_variable.is_active()) & core.is_recording();
    let ids = [VariableId(a as u32), VariableId(b as u32)];
    Some(append(core, tables, StructuralRule::<Matmul, T>::RULE, at, &ids, &[gone], layout, 0, len, active))
}

/// The product of any two tensors.
fn matmul<T: Element>(lhs: Tensor<T>, rhs: Tensor<T>, at: At) -> Result<Tensor<T>> {
    let op = Matmul::NAME;
    let recording = Recording::start(StructuralRule::<Matmul, T>::RULE, lhs, at)?;
    let ((a, a_own), (b, b_own)) = (recording.operand(lhs)?, recording.operand(rhs)?);
    let shape = |view: &View| Shape::from(&view.layout.dims[..]);
    for view in [&a_own, &b_own] {
        if view.layout.rank() == 0 {
            let help = "multiply by a number with `*`";
            let (what, expected) = ("an operand", "1 or more");
            return Err(Error::Rank { op, what, expected, shape: shape(view), help, at });
        }
    }
    let (mut a_view, mut b_view, mut gone) = (a_own.clone(), b_own.clone(), 0);
    if a_view.layout.rank() == 1 {
        a_view = a_view.unsqueeze(0);
        gone |= ROW;
    }
    if b_view.layout.rank() == 1 {
        b_view = b_view.unsqueeze(1);
        gone |= COLUMN;
    }
    let (a_dims, b_dims) = (&a_view.layout.dims, &b_view.layout.dims);
    let (a_rank, b_rank) = (a_dims.len(), b_dims.len());
    let (m, k, n) = (a_dims[a_rank - 2], a_dims[a_rank - 1], b_dims[b_rank - 1]);
    if k != b_dims[b_rank - 2] {
        let (left, right) = (k, b_dims[b_rank - 2]);
        return Err(Error::InnerDimensions { op, lhs: shape(&a_own), rhs: shape(&b_own), left, right, at });
    }
    let batch = broadcast(&a_dims[..a_rank - 2], &b_dims[..b_rank - 2]).map_err(|(left, right)| {
        Error::Broadcast { op, lhs: shape(&a_own), rhs: shape(&b_own), left, right, at }
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
        let strides = contiguous_strides(&full);
        let c = StridedMut::new(y, 0, &full, &strides);
        matmul_acc(c, strided(slots, &a_seen), strided(slots, &b_seen), T::one(), scratch);
    })
}

struct Matmul;
impl Structural for Matmul {
    const NAME: &'static str = "matmul";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (mut a, mut b, gone) = (v.operand(0), v.operand(1), v.payload()[0]);
        let mut y_bar = v.result_bar();
        if gone & ROW != 0 {
            a = v.unsqueeze(a, 0);
            let rows = v.dims(y_bar).len() - usize::from(gone & COLUMN == 0);
            y_bar = v.unsqueeze(y_bar, rows);
        }
        if gone & COLUMN != 0 {
            b = v.unsqueeze(b, 1);
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
