//! Systems of linear equations.

use faer::{Mat, MatRef, prelude::Solve as _};
use wengert_kernels::Strided;

use super::check::{batches, squares};
use super::dense::{Flaw, Matrices, refuses, row, write, zero_pivot};
use super::parts::{minus, product, product_nt, scaled};
use super::samples::regular;
use crate::error::{At, Error, Result, Shape};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Dims, Strides, broadcast};
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The solution `x` of `a x = b` for a square matrix `a`, by LU with row exchanges; batch axes broadcast.
    ///
    /// The right-hand side is a vector where it has one axis, or the dims of `a` without the last one; else its last
    /// two axes are matrices, of which each column is a right-hand side: `[n, n] [n] -> [n]`,
    /// `[b, n, n] [b, n] -> [b, n]`, `[b, n, n] [n, k] -> [b, n, k]`.
    ///
    /// **Adjoints.** `b_bar += a^-T y_bar`, and with it `a_bar -= b_bar y^T`: reads `a` and the result. PyTorch:
    /// `torch.linalg.solve`.
    ///
    /// # Errors
    /// The matrix is not square or singular, or the right-hand side has another number of rows.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[2.0, 0.0], [0.0, 4.0]]), tape.leaf([1.0, 1.0]));
    /// let x = a.solve(b);
    /// assert_eq!(x.to_vec(), [0.5, 0.25]);
    /// x.sum().backward();
    /// assert_eq!(b.grad().unwrap().as_slice().unwrap(), [0.5, 0.25]);
    /// ```
    solve(a, at, b: Tensor<T>) -> Tensor<T> {
        let op = Solve::NAME;
        let (a_dims, b_dims) = (squares(op, a, at)?, b.dims_for(op, at)?);
        let vector = is_vector(&a_dims, &b_dims);
        check_sides(op, &a_dims, &b_dims, vector, at)?;
        structural::<Solve, T>(&[a.into(), b.into()], &[usize::from(vector)], at)
    }
}

/// Whether a right-hand side is a vector, or a batch of vectors: PyTorch's rule.
pub(super) fn is_vector(a: &[usize], b: &[usize]) -> bool {
    b.len() == 1 || (b.len() + 1 == a.len() && *b == a[..b.len()])
}

/// A right-hand side has as many rows as the matrix, and their batches broadcast.
pub(super) fn check_sides(op: &'static str, a: &[usize], b: &[usize], vector: bool, at: At) -> Result<()> {
    let as_columns: Dims = if vector { b.iter().copied().chain([1]).collect() } else { Dims::from_slice(b) };
    let fits = as_columns.len() >= 2 && as_columns[as_columns.len() - 2] == a[a.len() - 2];
    if !fits {
        let (what, lhs) = ("the matrix", Shape::from(a));
        let (other, rhs) = ("the right-hand side", Shape::from(b));
        let help = "the right-hand side has as many rows as the matrix";
        return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
    }
    batches(op, a, &as_columns, at).map(drop)
}

/// The dims of a solution: those of the right-hand side, over both batches.
pub(super) fn solution(a: &[usize], b: &[usize]) -> Dims {
    let mut dims = broadcast(&a[..a.len() - 2], &b[..b.len() - 2]).expect("batch axes broadcast");
    dims.extend_from_slice(&b[b.len() - 2..]);
    dims
}

/// Solves each system of a batch by `f(matrix, right-hand sides, index)`.
pub(super) fn each<T: Number>(
    y: &mut [T],
    a: Strided<'_, T>,
    b: Strided<'_, T>,
    mut f: impl FnMut(MatRef<'_, f64>, MatRef<'_, f64>, usize) -> Mat<f64>,
) {
    if y.is_empty() {
        return;
    }
    let dims = solution(a.dims(), b.dims());
    let batch = &dims[..dims.len() - 2];
    let (a, b) = (Matrices::repeated(a, batch), Matrices::repeated(b, batch));
    for index in 0..a.count {
        write(row(y, index, a.count), f(a.get(index), b.get(index), index).as_ref());
    }
}

/// `a^-1 b`. The payload: whether `b` is a vector.
pub(crate) struct Solve;

impl Solve {
    fn compute<T: Number>(y: &mut [T], a: Strided<'_, T>, b: Strided<'_, T>, vector: bool) -> Option<Flaw> {
        let (b_dims, b_strides): (Dims, Strides) = match vector {
            true => (
                b.dims().iter().copied().chain([1]).collect(),
                b.strides().iter().copied().chain([0]).collect(),
            ),
            false => (Dims::from_slice(b.dims()), b.strides().iter().copied().collect()),
        };
        let b = Strided::new(b.data(), b.offset(), &b_dims, &b_strides);
        let mut flaw = None;
        each(y, a, b, |a, b, matrix| {
            let lu = a.partial_piv_lu();
            if let Some(pivot) = zero_pivot(lu.U()) {
                flaw.get_or_insert(Flaw { matrix, pivot });
            }
            lu.solve(b)
        });
        flaw
    }

    /// A vector as a column, for a rule.
    fn column<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
        match v.payload()[0] {
            0 => x,
            _ => {
                let rank = v.dims(x).len();
                v.unsqueeze(x, rank)
            }
        }
    }

    /// The same back.
    fn uncolumn<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
        match v.payload()[0] {
            0 => x,
            _ => {
                let rank = v.dims(x).len();
                v.squeeze(x, rank - 1)
            }
        }
    }
}

impl Structural for Solve {
    const NAME: &'static str = "solve";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        if payload[0] == 0 {
            return solution(operands[0], operands[1]);
        }
        let mut dims = solution(operands[0], &[operands[1], &[1]].concat());
        dims.pop();
        dims
    }
    refuses!(|y, x, payload| Solve::compute(y, x[0], x[1], payload[0] != 0), |flaw, at| flaw.singular(
        Solve::NAME,
        x[0].dims(),
        at
    ));
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, y_bar) = (v.operand(0), v.result_bar());
        let (a_t, y_bar) = (v.t(a), Solve::column(v, y_bar));
        let b_bar = v.apply::<Solve>(&[a_t, y_bar], &[0]);
        if v.is_active(0) {
            let y = Solve::column(v, v.result());
            let product = product_nt(v, b_bar, y);
            v.add_scaled(0, product, -1.0);
        }
        if v.is_active(1) {
            let b_bar = Solve::uncolumn(v, b_bar);
            v.add(1, b_bar);
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let b_dot = v.operand_dot(1).map(|dot| Solve::column(v, dot));
        let y = Solve::column(v, v.result());
        let side = less_product(v, b_dot, v.operand_dot(0), y);
        let y_dot = v.apply::<Solve>(&[v.operand(0), side], &[0]);
        Solve::uncolumn(v, y_dot)
    }
    fn reads(_: usize, operand: usize) -> u64 {
        if operand == 0 { 1 | RESULT } else { 1 }
    }
}

/// `b_dot - a_dot y`, of which at least one tangent is there.
pub(super) fn less_product<'a, V: Verbs<'a>>(
    v: &mut V,
    b_dot: Option<V::X>,
    a_dot: Option<V::X>,
    y: V::X,
) -> V::X {
    match (b_dot, a_dot) {
        (Some(b_dot), None) => b_dot,
        (Some(b_dot), Some(a_dot)) => {
            let product = product(v, a_dot, y);
            minus(v, b_dot, product)
        }
        (None, a_dot) => {
            let product = product(v, a_dot.expect("an operand has a tangent"), y);
            scaled(v, product, -1.0)
        }
    }
}

rows! {
    "solve" [[3, 3], [3, 2]] => |tape, x| regular(tape, x[0]).solve(x[1]);
    "solve" [[3, 3], [3]] => |tape, x| regular(tape, x[0]).solve(x[1]);
    "solve" [[2, 1, 2, 2], [3, 2, 1]] => |tape, x| regular(tape, x[0]).solve(x[1]);
    "solve" [[2, 2, 2], [2, 2]] => |tape, x| regular(tape, x[0]).solve(x[1]);
}
