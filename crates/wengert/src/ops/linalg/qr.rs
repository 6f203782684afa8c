//! The QR factors, and least squares by them.

use wengert_kernels::Strided;

use super::Matmul;
use super::check::{matrices, together};
use super::dense::{Matrices, narrow, refuses, row};
use super::inverse::no_values;
use super::lu::part;
use super::parts::{
    Blocks, lower, minus, plus, product, product_nt, product_tn, rows_of, scaled, stacked, upper,
    with_transpose,
};
use super::samples::regular;
use super::solve::{check_sides, is_vector};
use super::triangular::{SolveTriangular, triangle, turned};
use crate::error::{At, Error, Result};
use crate::lists::filled;
use crate::ops::positions::named;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Dims, Layout, element_count};
use crate::tape::structural::structural;
use crate::tape::{Element, Tape};
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// One of the two factors.
    OfQr "qr";
    /// The solution for one right side.
    OfLstsq "lstsq";
}

methods! {
    /// The reduced factors `(q, r)` with `a = q r`, by Householder reflections: for `[.., m, n]` and `k = min(m, n)`,
    /// orthonormal columns `q` of `[.., m, k]` and an upper triangle `r` of `[.., k, n]`.
    ///
    /// **Adjoint.** For `m >= n`, with `z = r r_bar^T - q_bar^T q`,
    /// `a_bar += (q_bar + q (lower(z) + below(z)^T)) r^-T`: reads the results. A matrix with more columns than rows is
    /// the factors of its first columns, and `q^T` times the others. (S. Walter and L. Lehmann 2012, TU Berlin.)
    /// PyTorch: `torch.linalg.qr`.
    ///
    /// **Edges.** The signs of the rows of `r` are the reflections'. Where the first `k` columns depend on each other
    /// the gradient is not finite.
    ///
    /// # Errors
    /// The operand has no two axes, or a matrix is not finite.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (q, r) = tape.leaf([[3.0, 1.0], [4.0, 2.0]]).qr();
    /// let a = q.matmul(r).to_vec();
    /// assert!(a.iter().zip([3.0, 1.0, 4.0, 2.0]).all(|(a, b)| (a - b).abs() < 1e-14));
    /// ```
    qr(a, at) -> (Tensor<T>, Tensor<T>) {
        matrices(Qr::NAME, a, at)?;
        let (q, r) = factors(a, at)?;
        Ok((q.own::<OfQr>(at)?, r.own::<OfQr>(at)?))
    }

    /// The `x` that makes `|a x - b|` least, for matrices of full rank, by QR: where `a` has more rows than columns, the
    /// least squares fit; else the shortest of the solutions. Batch axes broadcast.
    ///
    /// The right-hand side is a vector or a matrix as in [`Tensor::solve`](crate::Tensor::solve).
    ///
    /// **Adjoints.** Those of the factors, the product and the triangle that it is made of. PyTorch:
    /// `torch.linalg.lstsq(a, b).solution`.
    ///
    /// # Errors
    /// The right-hand side has another number of rows, or a matrix is not of full rank: a diagonal element of `r` is
    /// below `max(m, n)` times the precision of the element type times the largest. A matrix is not finite.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
    /// let line = a.lstsq(tape.constant([1.0, 3.0, 5.0])).to_vec();
    /// assert!((line[0] - 1.0).abs() < 1e-14 && (line[1] - 2.0).abs() < 1e-14);
    /// ```
    lstsq(a, at, b: Tensor<T>) -> Tensor<T> {
        let op = "lstsq";
        let (a_dims, b_dims) = (matrices(op, a, at)?, b.dims_for(op, at)?);
        let vector = is_vector(&a_dims, &b_dims);
        check_sides(op, &a_dims, &b_dims, vector, at)?;
        together(op, &[a, b], at)?;
        check_rank(op, a, &a_dims, at)?;
        let b = if vector { b.seen(op, at, |view| Ok(view.unsqueeze(view.layout.rank())))? } else { b };
        let &[.., m, n] = &a_dims[..] else { unreachable!("matrices have two axes") };
        let x = if m >= n {
            let (q, r) = factors(a, at)?;
            let side = structural::<Matmul, T>(&[turned(op, q, at)?.into(), b.into()], &[], at)?;
            structural::<SolveTriangular, T>(&[r.into(), side.into()], &triangle(true, false), at)?
        } else {
            // a = r^T q^T, and the shortest solution lies in the columns of q.
            let (q, r) = factors(turned(op, a, at)?, at)?;
            let r_t = turned(op, r, at)?;
            let inner = structural::<SolveTriangular, T>(&[r_t.into(), b.into()], &triangle(false, false), at)?;
            structural::<Matmul, T>(&[q.into(), inner.into()], &[], at)?
        };
        if !vector {
            return Ok(x);
        }
        x.seen(op, at, |view| Ok(view.squeeze(&[view.layout.rank() - 1])))?.own::<OfLstsq>(at)
    }
}

/// The reduced factors of matrices.
fn factors<T: Element>(a: Tensor<T>, at: At) -> Result<(Tensor<T>, Tensor<T>)> {
    let op = Qr::NAME;
    let dims = a.dims_for(op, at)?;
    let &[.., m, n] = &dims[..] else { unreachable!("matrices have two axes") };
    let rank = dims.len();
    let k = m.min(n);
    let first = if n > m { part(op, a, rank - 1, 0..k, at)? } else { a };
    let both = structural::<Qr, T>(&[first.into()], &[], at)?;
    let (q, mut r) = (part(op, both, rank - 2, 0..m, at)?, part(op, both, rank - 2, m..m + k, at)?);
    if n > m {
        let others = part(op, a, rank - 1, k..n, at)?;
        let others = structural::<Matmul, T>(&[turned(op, q, at)?.into(), others.into()], &[], at)?;
        r = structural::<Blocks, T>(&[r.into(), others.into()], &[k, n, 0, 0, 0, k], at)?;
    }
    Ok((q, r))
}

/// Every matrix is of full rank.
fn check_rank<T: Element>(op: &'static str, a: Tensor<T>, dims: &[usize], at: At) -> Result<()> {
    let mut values = filled(T::zero(), element_count(dims), op, at)?;
    a.copy_values(&mut values);
    let layout = Layout::contiguous(dims);
    if values.is_empty() {
        return Ok(());
    }
    let matrices = Matrices::of(Strided::new(&values, 0, &layout.dims, &layout.strides));
    let small = super::dense::wide(T::epsilon()) * matrices.rows.max(matrices.columns) as f64;
    for (matrix, m) in matrices.iter().enumerate() {
        // A comparison with NaN says nothing of the rank.
        if !matrices.values(matrix).iter().all(|x| x.is_finite()) {
            return Err(no_values(op, matrix, at));
        }
        let qr = if m.nrows() >= m.ncols() { m.qr() } else { m.transpose().qr() };
        let r = qr.thin_R();
        let diagonal = (0..r.nrows()).map(|i| r[(i, i)].abs());
        let largest = diagonal.clone().fold(0.0, f64::max);
        if let Some(rank) = diagonal.into_iter().position(|x| x <= small * largest) {
            let what =
                format!("matrix {matrix} is not of full rank: its column {rank} depends on those before");
            let help = "use `a.pinv().matmul(b)`, or leave out columns that depend on others";
            return Err(Error::Domain { op, what, help, at });
        }
    }
    Ok(())
}

/// `q` above `r`, of matrices with no more columns than rows.
pub(super) struct Qr;

impl Qr {
    /// Computes `q` above `r` of each matrix; answers which is not finite: a reflection passes over a column with a NaN.
    fn compute<T: Number>(y: &mut [T], a: Strided<'_, T>) -> Option<usize> {
        let mut without = None;
        if y.is_empty() {
            return without;
        }
        let matrices = Matrices::of(a);
        let (m, n) = (matrices.rows, matrices.columns);
        for (index, a) in matrices.iter().enumerate() {
            let to = row(y, index, matrices.count);
            if !matrices.values(index).iter().all(|x| x.is_finite()) {
                without.get_or_insert(index);
                to.fill(T::nan());
                continue;
            }
            let qr = a.qr();
            let (q, r) = (qr.compute_thin_Q(), qr.thin_R());
            let (to_q, to_r) = to.split_at_mut(m * n);
            super::dense::write(to_q, q.as_ref());
            for (place, to) in to_r.iter_mut().enumerate() {
                let (i, j) = (place / n, place % n);
                *to = if i <= j { narrow(r[(i, j)]) } else { T::zero() };
            }
        }
        without
    }

    fn both<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> (V::X, V::X) {
        let dims = v.dims(x);
        let &[.., rows, n] = &dims[..] else { unreachable!("matrices have two axes") };
        (rows_of(v, x, 0, rows - n), rows_of(v, x, rows - n, n))
    }

    /// `x r^-T`
    fn over<'a, V: Verbs<'a>>(v: &mut V, x: V::X, r: V::X) -> V::X {
        let x_t = v.t(x);
        let solved = v.apply::<SolveTriangular>(&[r, x_t], &triangle(true, false));
        v.t(solved)
    }
}

impl Structural for Qr {
    const NAME: &'static str = "qr";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        let rank = dims.len();
        dims[rank - 2] += dims[rank - 1];
        dims
    }
    refuses!(|y, x, _payload| Qr::compute(y, x[0]), |matrix, at| no_values(Qr::NAME, matrix, at));
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let ((q, r), (q_bar, r_bar)) = (Qr::both(v, v.result()), Qr::both(v, v.result_bar()));
        let (of_r, of_q) = (product_nt(v, r, r_bar), product_tn(v, q_bar, q));
        let z = minus(v, of_r, of_q);
        let (with, below) = (lower(v, z, 0), lower(v, z, -1));
        let below_t = v.t(below);
        let mirrored = plus(v, with, below_t);
        let within = product(v, q, mirrored);
        let sum = plus(v, q_bar, within);
        let a_bar = Qr::over(v, sum, r);
        v.add(0, a_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (q, r) = Qr::both(v, v.result());
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        // With c = q^T a_dot r^-1, r_dot r^-1 is the upper triangle of c + c^T, with half its diagonal.
        let r_t = v.t(r);
        let solved = {
            let dot_t = v.t(dot);
            let solved = v.apply::<SolveTriangular>(&[r_t, dot_t], &triangle(false, false));
            v.t(solved)
        };
        let c = product_tn(v, q, solved);
        let c = with_transpose(v, c);
        let (with, above) = (upper(v, c, 0), upper(v, c, 1));
        let twice = plus(v, with, above);
        let ratio = scaled(v, twice, 0.5);
        let r_dot = product(v, ratio, r);
        let within = product(v, q, ratio);
        let q_dot = minus(v, solved, within);
        stacked(v, &[q_dot, r_dot])
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

/// The factors one after the other.
fn both<T: Element>(tape: &Tape<T>, x: Tensor<T>) -> Tensor<T> {
    let (q, r) = x.qr();
    tape.cat(&[q.reshape([-1]), r.reshape([-1])], 0)
}

rows! {
    "qr" [[3, 3]] => |tape, x| both(tape, regular(tape, x[0]));
    "qr" [[2, 3, 2]] => |tape, x| both(tape, regular(tape, x[0]));
    "qr" [[2, 3]] => |tape, x| both(tape, regular(tape, x[0]));
    "lstsq" [[4, 2], [4, 2]] => |tape, x| regular(tape, x[0]).lstsq(x[1]);
    "lstsq" [[2, 3], [2]] => |tape, x| regular(tape, x[0]).lstsq(x[1]);
}
