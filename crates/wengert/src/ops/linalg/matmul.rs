//! The product of matrices.

use wengert_kernels::{Scratch, Strided, StridedMut, matmul_acc};

use crate::arena::split;
use crate::error::{At, Error, Result, Shape};
use crate::ops::arithmetic::mul;
use crate::ops::table::rows;
use crate::rule::verbs::StructuralRule;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, Layout, LayoutId, Strides, View, broadcast, contiguous_strides};
use crate::tape::Element;
use crate::tape::instruction::VariableId;
use crate::tape::structural::structural;
use crate::tape::tensors::{append, quick_core, strided};
use crate::tensor::Tensor;
use crate::twins::methods;

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
        product(lhs, rhs, at)
    }
}

/// The product, by the short way if that will do.
pub(crate) fn product<T: Element>(lhs: Tensor<T>, rhs: Tensor<T>, at: At) -> Result<Tensor<T>> {
    match quick(lhs, rhs, at) {
        Some(made) => Ok(made),
        None => matmul(lhs, rhs, at),
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
    let (row, column) = (a_layout.rank() == 1, b_layout.rank() == 1);
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
    let layout = match (row, column) {
        (false, false) => tables.layouts.contiguous(&[m, n]),
        (true, false) => tables.layouts.contiguous(&[n]),
        (false, true) => tables.layouts.contiguous(&[m]),
        (true, true) => LayoutId::SCALAR,
    };
    let active = (a_variable.is_active() | b_variable.is_active()) & core.is_recording();
    let ids = [VariableId(a as u32), VariableId(b as u32)];
    Some(append(core, tables, StructuralRule::<Matmul, T>::RULE, at, &ids, &[], layout, 0, len, active))
}

/// The product of any two tensors.
fn matmul<T: Element>(lhs: Tensor<T>, rhs: Tensor<T>, at: At) -> Result<Tensor<T>> {
    let op = Matmul::NAME;
    let (a, b) = (lhs.dims_for(op, at)?, rhs.dims_for(op, at)?);
    for dims in [&a, &b] {
        if dims.is_empty() {
            let help = "multiply by a number with `*`";
            let (what, expected, shape) = ("an operand", "1 or more", Shape::from(&dims[..]));
            return Err(Error::Rank { op, what, expected, shape, help, at });
        }
    }
    let (lhs_shape, rhs_shape) = (Shape::from(&a[..]), Shape::from(&b[..]));
    let (a, b) = as_matrices(&a, &b);
    let (left, right) = (a[a.len() - 1], b[b.len() - 2]);
    if left != right {
        return Err(Error::InnerDimensions { op, lhs: lhs_shape, rhs: rhs_shape, left, right, at });
    }
    broadcast(&a[..a.len() - 2], &b[..b.len() - 2])
        .map_err(|differ| Error::broadcast(op, &["lhs", "rhs"], [&lhs_shape.0, &rhs_shape.0], differ, at))?;
    structural::<Matmul, T>(&[lhs.into(), rhs.into()], &[], at)
}

/// The dims of two operands with a vector on the left as a row and one on the right as a column.
fn as_matrices(a: &[usize], b: &[usize]) -> (Dims, Dims) {
    let (mut a, mut b) = (Dims::from_slice(a), Dims::from_slice(b));
    if a.len() == 1 {
        a.insert(0, 1);
    }
    if b.len() == 1 {
        b.push(1);
    }
    (a, b)
}

/// The dims of the product with a row and a column still there.
pub(super) fn full_dims(a: &[usize], b: &[usize]) -> Dims {
    let (a, b) = as_matrices(a, b);
    let mut dims = broadcast(&a[..a.len() - 2], &b[..b.len() - 2]).expect("batch axes broadcast");
    dims.push(a[a.len() - 2]);
    dims.push(b[b.len() - 1]);
    dims
}

/// The product of matrices over the last two axes; a vector is a row on the left and a column on the right.
pub(crate) struct Matmul;
impl Structural for Matmul {
    const NAME: &'static str = "matmul";
    const LINEAR: Linear = Linear::InEach;
    const ACCUMULATES: bool = true;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        let mut dims = full_dims(operands[0], operands[1]);
        if operands[1].len() == 1 {
            dims.pop();
        }
        if operands[0].len() == 1 {
            let row = dims.len() - if operands[1].len() == 1 { 1 } else { 2 };
            dims.remove(row);
        }
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        y.fill(T::zero());
        let dims = Matmul::dims(&[x[0].dims(), x[1].dims()], payload);
        let strides = contiguous_strides(&dims);
        Matmul::accumulate(StridedMut::new(y, 0, &dims, &strides), x, payload, scratch);
    }
    fn accumulate<T: Number>(
        mut target: StridedMut<'_, T>,
        x: &[Strided<'_, T>],
        _: &[usize],
        scratch: &mut Scratch<T>,
    ) {
        let &[a, b] = x else { unreachable!("a product has two operands") };
        if a.rank() == 2 && b.rank() == 2 {
            return matmul_acc(target, a, b, T::one(), scratch);
        }
        // Every operand and the target get the dims of the whole product.
        let full = full_dims(a.dims(), b.dims());
        let batch = &full[..full.len() - 2];
        let matrix = |x: Strided<'_, T>, axis: usize| {
            let view = View { offset: x.offset(), layout: layout(x.dims(), x.strides()) };
            let view = if x.rank() == 1 { view.unsqueeze(axis) } else { view };
            let rank = view.layout.rank();
            let dims: Dims = batch.iter().chain(&view.layout.dims[rank - 2..]).copied().collect();
            view.expand(&dims).expect("batch axes broadcast")
        };
        let (a_view, b_view) = (matrix(a, 0), matrix(b, 1));
        let own = View { offset: target.offset(), layout: layout(target.dims(), target.strides()) };
        let own = if b.rank() == 1 { own.unsqueeze(own.layout.rank()) } else { own };
        let own = if a.rank() == 1 { own.unsqueeze(own.layout.rank() - 1) } else { own };
        let target = StridedMut::new(target.data_mut(), own.offset, &own.layout.dims, &own.layout.strides);
        let (a, b) = (strided(a.data(), &a_view), strided(b.data(), &b_view));
        matmul_acc(target, a, b, T::one(), scratch);
    }

    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, b, y_bar) = (v.operand(0), v.operand(1), v.result_bar());
        let (a_rank, b_rank) = (v.dims(a).len(), v.dims(b).len());
        if a_rank == 1 && b_rank == 1 {
            for (operand, other) in [(0, b), (1, a)] {
                if v.is_active(operand) {
                    v.add_binary::<mul>(operand, y_bar, other);
                }
            }
            return;
        }
        if v.is_active(0) {
            // a_bar += y_bar b^T
            let y_bar = match (a_rank, b_rank) {
                (1, 3..) => v.unsqueeze(y_bar, b_rank - 2),
                (_, 1) => v.unsqueeze(y_bar, a_rank - 1),
                _ => y_bar,
            };
            let b_t = if b_rank == 1 { v.unsqueeze(b, 0) } else { v.t(b) };
            v.add_apply::<Matmul>(0, &[y_bar, b_t], &[]);
        }
        if v.is_active(1) {
            // b_bar += a^T y_bar
            let a_t = if a_rank == 1 { v.unsqueeze(a, 1) } else { v.t(a) };
            match (a_rank, b_rank) {
                (1, _) => {
                    let y_bar = v.unsqueeze(y_bar, b_rank - 2);
                    v.add_apply::<Matmul>(1, &[a_t, y_bar], &[]);
                }
                (3.., 1) => {
                    let y_bar = v.unsqueeze(y_bar, a_rank - 1);
                    let product = v.apply::<Matmul>(&[a_t, y_bar], &[]);
                    let product = v.squeeze(product, a_rank - 1);
                    v.add(1, product);
                }
                _ => v.add_apply::<Matmul>(1, &[a_t, y_bar], &[]),
            }
        }
    }
}

fn layout(dims: &[usize], strides: &[isize]) -> Layout {
    Layout::new(Dims::from_slice(dims), Strides::from_slice(strides))
}

rows! {
    "matmul" [[2, 3], [3, 2]] => |_, x| x[0].matmul(x[1]);
    "matmul" [[3], [3]] => |_, x| x[0].matmul(x[1]);
    "matmul" [[2, 3], [3]] => |_, x| x[0].matmul(x[1]);
    "matmul" [[3], [3, 2]] => |_, x| x[0].matmul(x[1]);
    "matmul" [[2, 1, 2, 3], [2, 3, 2]] => |_, x| x[0].matmul(x[1]);
    "matmul" [[2, 2, 3], [3]] => |_, x| x[0].matmul(x[1]);
    "matmul" [[3], [2, 3, 2]] => |_, x| x[0].matmul(x[1]);
}
