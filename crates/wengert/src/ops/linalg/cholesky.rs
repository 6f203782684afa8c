//! The Cholesky factor.

use faer::Side;
use faer::linalg::cholesky::llt::factor::LltError;
use wengert_kernels::Strided;

use super::check::squares;
use super::dense::{Flaw, Matrices, narrow, refuses, row};
use super::inverse::no_values;
use super::parts::{lower, plus, product, product_tn, scaled, with_transpose};
use super::samples::positive;
use super::triangular::{SolveTriangular, triangle};
use crate::error::{At, Error, Shape};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::Dims;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The lower triangle `l` with `a = l l^T`, of symmetric positive definite matrices. Only the lower triangle of
    /// `a` is read.
    ///
    /// **Adjoint.** `a_bar += l^-T phi l^-1`, where `phi` is the symmetric matrix whose lower triangle is half that of
    /// `l^T l_bar`: the gradient is symmetric, as PyTorch's. Reads the result. (I. Murray 2016, arXiv:1602.07527.)
    /// PyTorch: `torch.linalg.cholesky`.
    ///
    /// # Errors
    /// A matrix is not square, not finite, or not positive definite.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[4.0, 2.0], [2.0, 5.0]]);
    /// assert_eq!(a.cholesky().to_vec(), [2.0, 0.0, 1.0, 2.0]);
    /// ```
    cholesky(a, at) -> Tensor<T> {
        squares(Cholesky::NAME, a, at)?;
        structural::<Cholesky, T>(&[a.into()], &[], at)
    }
}

/// The Cholesky factor.
pub(super) struct Cholesky;

impl Cholesky {
    fn compute<T: Number>(y: &mut [T], a: Strided<'_, T>) -> Option<Flaw> {
        let mut flaw = None;
        if y.is_empty() {
            return flaw;
        }
        let a = Matrices::of(a);
        for (matrix, m) in a.iter().enumerate() {
            let to = row(y, matrix, a.count);
            let factor = m.llt(Side::Lower);
            let missing = match &factor {
                Err(LltError::NonPositivePivot { index }) => Some(*index),
                // A NaN is not noticed on the way.
                Ok(factor) => (0..a.rows).find(|&i| factor.L()[(i, i)].is_nan()),
            };
            match (factor, missing) {
                (Ok(factor), None) => {
                    let l = factor.L();
                    for (place, to) in to.iter_mut().enumerate() {
                        let (i, j) = (place / a.columns, place % a.columns);
                        *to = if j <= i { narrow(l[(i, j)]) } else { T::zero() };
                    }
                }
                _ => {
                    to.fill(T::nan());
                    flaw.get_or_insert(Flaw { matrix, pivot: missing.unwrap_or(0) + 1 });
                }
            }
        }
        flaw
    }

    /// Only the lower triangle is read, and may be what is wrong.
    fn refused<T: Number>(Flaw { matrix, pivot: order }: Flaw, a: Strided<'_, T>, at: At) -> Error {
        let (op, all, n) = (Cholesky::NAME, Matrices::of(a), a.dims()[a.rank() - 1]);
        let mut lower = all.values(matrix).iter().enumerate().filter(|(place, _)| place % n <= place / n);
        match lower.all(|(_, x)| x.is_finite()) {
            true => Error::NotPositiveDefinite { op, order, matrix, shape: Shape::from(a.dims()), at },
            false => no_values(op, matrix, at),
        }
    }
}

/// The lower triangle with half its diagonal.
fn half_lower<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    let (with, without) = (lower(v, x, 0), lower(v, x, -1));
    let both = plus(v, with, without);
    scaled(v, both, 0.5)
}

impl Structural for Cholesky {
    const NAME: &'static str = "cholesky";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    refuses!(|y, x, _payload| Cholesky::compute(y, x[0]), |flaw, at| Cholesky::refused(flaw, x[0], at));
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (l, l_bar) = (v.result(), v.result_bar());
        let l_t = v.t(l);
        let inner = product_tn(v, l, l_bar);
        let half = half_lower(v, inner);
        let phi = with_transpose(v, half);
        // l^-T phi l^-1, of a symmetric phi.
        let left = v.apply::<SolveTriangular>(&[l_t, phi], &triangle(true, false));
        let left_t = v.t(left);
        let a_bar = v.apply::<SolveTriangular>(&[l_t, left_t], &triangle(true, false));
        v.add_scaled(0, a_bar, 0.5);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (l, dot) = (v.result(), v.operand_dot(0).expect("the operand has a tangent"));
        let twice = with_transpose(v, dot);
        let left = v.apply::<SolveTriangular>(&[l, twice], &triangle(false, false));
        let left_t = v.t(left);
        let inner = v.apply::<SolveTriangular>(&[l, left_t], &triangle(false, false));
        let half = half_lower(v, inner);
        let l_dot = product(v, l, half);
        scaled(v, l_dot, 0.5)
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

rows! {
    "cholesky" [[3, 3]] => |tape, x| positive(tape, x[0]).cholesky();
    "cholesky" [[2, 2, 2]] => |tape, x| positive(tape, x[0]).cholesky();
}
