//! Inverses of matrices.

use faer::linalg::solvers::DenseSolveCore as _;
use wengert_kernels::Strided;

use super::check::{matrices, squares};
use super::dense::{Flaw, Matrices, all, refuses, row, wide, write, zero_pivot};
use super::parts::{minus, plus, product, product_nt, product_tn, scaled};
use super::samples::regular;
use crate::error::{At, Error};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::Dims;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The inverse of square matrices. To solve equations, [`Tensor::solve`](crate::Tensor::solve) is faster and more
    /// accurate.
    ///
    /// **Adjoint.** `a_bar -= y^T y_bar y^T`: reads the result. PyTorch: `torch.linalg.inv`.
    ///
    /// # Errors
    /// A matrix is not square, or singular.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[2.0, 0.0], [0.0, 4.0]]);
    /// assert_eq!(a.inv().to_vec(), [0.5, 0.0, 0.0, 0.25]);
    /// a.inv().sum().backward();
    /// assert_eq!(a.grad().unwrap()[[0, 0]], -0.25);
    /// ```
    inv(a, at) -> Tensor<T> {
        squares(Inverse::NAME, a, at)?;
        structural::<Inverse, T>(&[a.into()], &[], at)
    }

    /// The pseudoinverse (Moore and Penrose): `[.., m, n] -> [.., n, m]`, by singular values, of which those below
    /// `max(m, n)` times the precision of the element type times the largest count as 0.
    ///
    /// **Adjoint.** With `p` the result,
    /// `a_bar += -p^T y_bar p^T + (1 - a p) y_bar^T p p^T + p^T p y_bar^T (1 - p a)`: reads the operand and the
    /// result. (G. Golub and V. Pereyra 1973, SIAM J. Numer. Anal. 10.) PyTorch: `torch.linalg.pinv`.
    ///
    /// **Edges.** The derivative is that among matrices of the same rank: where the rank is not full, the
    /// pseudoinverse jumps beside it.
    ///
    /// # Errors
    /// Not a matrix, or one with NaN or infinities.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[2.0, 0.0], [0.0, 0.0]]);
    /// assert_eq!(a.pinv().to_vec(), [0.5, 0.0, 0.0, 0.0]);
    /// ```
    pinv(a, at) -> Tensor<T> {
        matrices(PseudoInverse::NAME, a, at)?;
        structural::<PseudoInverse, T>(&[a.into()], &[], at)
    }
}

/// The inverse.
pub(crate) struct Inverse;

impl Inverse {
    fn compute<T: Number>(y: &mut [T], a: Strided<'_, T>) -> Option<Flaw> {
        let mut flaw = None;
        if y.is_empty() {
            return flaw;
        }
        let a = Matrices::of(a);
        for (matrix, m) in a.iter().enumerate() {
            let lu = m.partial_piv_lu();
            if let Some(pivot) = zero_pivot(lu.U()) {
                flaw.get_or_insert(Flaw { matrix, pivot });
            }
            write(row(y, matrix, a.count), lu.inverse().as_ref());
        }
        flaw
    }
}

impl Structural for Inverse {
    const NAME: &'static str = "inv";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    refuses!(|y, x, _payload| Inverse::compute(y, x[0]), |flaw, at| flaw.singular(
        Inverse::NAME,
        x[0].dims(),
        at
    ));
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y, y_bar) = (v.result(), v.result_bar());
        let left = product_tn(v, y, y_bar);
        let a_bar = product_nt(v, left, y);
        v.add_scaled(0, a_bar, -1.0);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (y, dot) = (v.result(), v.operand_dot(0).expect("the operand has a tangent"));
        let left = product(v, y, dot);
        let y_dot = product(v, left, y);
        scaled(v, y_dot, -1.0)
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

/// The pseudoinverse.
pub(super) struct PseudoInverse;

impl PseudoInverse {
    /// Answers which matrix has no singular values.
    fn compute<T: Number>(y: &mut [T], a: Strided<'_, T>) -> Option<usize> {
        let mut without = None;
        if y.is_empty() {
            return without;
        }
        let a = Matrices::of(a);
        for (index, m) in a.iter().enumerate() {
            let to = row(y, index, a.count);
            let finite = a.values(index).iter().all(|x| x.is_finite());
            let Some(svd) = finite.then(|| m.thin_svd().ok()).flatten() else {
                without.get_or_insert(index);
                write(to, all(f64::NAN, a.columns, a.rows).as_ref());
                continue;
            };
            let values = svd.S().column_vector();
            let smallest = values[0] * wide(T::epsilon()) * a.rows.max(a.columns) as f64;
            let mut scaled = svd.V().to_owned();
            for j in 0..scaled.ncols() {
                let factor = if values[j] > smallest { 1.0 / values[j] } else { 0.0 };
                for i in 0..scaled.nrows() {
                    scaled[(i, j)] *= factor;
                }
            }
            write(to, (&scaled * svd.U().transpose()).as_ref());
        }
        without
    }
}

impl Structural for PseudoInverse {
    const NAME: &'static str = "pinv";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        let rank = dims.len();
        dims.swap(rank - 2, rank - 1);
        dims
    }
    refuses!(|y, x, _payload| PseudoInverse::compute(y, x[0]), |matrix, at| no_values(
        PseudoInverse::NAME,
        matrix,
        at
    ));
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, p, y_bar) = (v.operand(0), v.result(), v.result_bar());
        let y_bar_t = v.t(y_bar);
        let inner = product_tn(v, p, y_bar);
        let first = product_nt(v, inner, p);
        v.add_scaled(0, first, -1.0);
        // (1 - a p) z with z = y_bar^T p p^T
        let right = product_nt(v, p, p);
        let z = product(v, y_bar_t, right);
        let within = product(v, p, z);
        let within = product(v, a, within);
        let second = minus(v, z, within);
        v.add(0, second);
        // z (1 - p a) with z = p^T p y_bar^T
        let left = product_tn(v, p, p);
        let z = product(v, left, y_bar_t);
        let within = product(v, z, p);
        let within = product(v, within, a);
        let third = minus(v, z, within);
        v.add(0, third);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (a, p) = (v.operand(0), v.result());
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let dot_t = v.t(dot);
        let inner = product(v, p, dot);
        let first = product(v, inner, p);
        let left = product_nt(v, p, p);
        let z = product(v, left, dot_t);
        let within = product(v, z, a);
        let within = product(v, within, p);
        let second = minus(v, z, within);
        let right = product_tn(v, p, p);
        let z = product(v, dot_t, right);
        let within = product(v, a, z);
        let within = product(v, p, within);
        let third = minus(v, z, within);
        let rest = plus(v, second, third);
        minus(v, rest, first)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

/// The error of a matrix that has no eigenvalues or singular values.
pub(super) fn no_values(op: &'static str, matrix: usize, at: At) -> Error {
    let what = format!("matrix {matrix} of the operand is not finite");
    Error::Domain { op, what, help: "look for NaN and infinities in what the matrix was computed from", at }
}

rows! {
    "inv" [[3, 3]] => |tape, x| regular(tape, x[0]).inv();
    "inv" [[2, 2, 2]] => |tape, x| regular(tape, x[0]).inv();
    "pinv" [[3, 2]] => |tape, x| regular(tape, x[0]).pinv();
    "pinv" [[2, 2, 3]] => |tape, x| regular(tape, x[0]).pinv();
}
