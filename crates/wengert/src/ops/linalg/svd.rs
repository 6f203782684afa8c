//! Singular values and singular vectors.

use wengert_kernels::Strided;

use super::check::matrices;
use super::dense::{Matrices, narrow, refuses, row, write};
use super::eigh::ratio;
use super::inverse::no_values;
use super::lu::part;
use super::parts::{
    diagonal, diagonal_part, gaps, less_transpose, minus, off_diagonal, plus, product, product_nt,
    product_tn, rows_of, stacked, times,
};
use super::samples::apart;
use super::triangular::turned;
use crate::ops::positions::named;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Dims, Strides};
use crate::tape::structural::structural;
use crate::tape::{Element, Tape};
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// One of the three factors.
    OfSvd "svd";
    /// The singular values alone.
    OfSvdvals "svdvals";
}

methods! {
    /// The reduced singular value decomposition `(u, s, vt)` with `a = u diag(s) vt`: for `[.., m, n]` and
    /// `k = min(m, n)`, orthonormal columns `u` of `[.., m, k]`, singular values `s` of `[.., k]`, descending, and
    /// orthonormal rows `vt` of `[.., k, n]`.
    ///
    /// **Adjoint.** With `gaps[i, j] = s_j^2 - s_i^2` and `skew(x) = x - x^T`, for `m >= n`:
    /// `a_bar += u (skew(u^T u_bar) / gaps s + s skew(v^T v_bar) / gaps + diag(s_bar)) vt
    /// + (1 - u u^T) u_bar / s vt`; reads the results. (J. Townsend 2016, "Differentiating the singular value
    /// decomposition".) PyTorch: `torch.linalg.svd(a, full_matrices=False)`.
    ///
    /// **Edges.** The signs of pairs of vectors are free, and so only what does not depend on them has a meaning. At
    /// repeated singular values, and of a matrix that is not square at 0, the vectors have no derivative: where their
    /// adjoint does not vanish the gradient is infinite or NaN; where it does, as with the values alone, it is finite.
    ///
    /// # Errors
    /// The operand has no two axes, or has NaN or infinities.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (u, s, vt) = tape.leaf([[0.0, 2.0], [1.0, 0.0], [0.0, 0.0]]).svd();
    /// assert_eq!(s.to_vec(), [2.0, 1.0]);
    /// assert_eq!((u.shape().as_slice(), vt.shape().as_slice()), (&[3, 2][..], &[2, 2][..]));
    /// ```
    svd(a, at) -> (Tensor<T>, Tensor<T>, Tensor<T>) {
        let op = Svd::NAME;
        let dims = matrices(op, a, at)?;
        let &[.., m, n] = &dims[..] else { unreachable!("matrices have two axes") };
        // a^T = v s u^T has more rows than columns where a has fewer.
        let wide = n > m;
        let all = structural::<Svd, T>(&[a.into()], &[usize::from(wide)], at)?;
        let (m, n, axis) = (m.max(n), m.min(n), dims.len() - 2);
        let s = all.seen(op, at, |view| Ok(view.index(axis, m)))?;
        let (left, right) = (part(op, all, axis, 0..m, at)?, part(op, all, axis, m + 1..m + 1 + n, at)?);
        let (u, v_t) = if wide { (turned(op, right, at)?, turned(op, left, at)?) } else { (left, right) };
        Ok((u.own::<OfSvd>(at)?, s.own::<OfSvd>(at)?, v_t.own::<OfSvd>(at)?))
    }

    /// The singular values, descending: `[.., m, n] -> [.., min(m, n)]`.
    ///
    /// **Adjoint.** `a_bar += u diag(y_bar) vt`, which is finite at repeated singular values too. PyTorch:
    /// `torch.linalg.svdvals`.
    ///
    /// # Errors
    /// The operand has no two axes, or has NaN or infinities.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, 2.0], [1.0, 0.0]]);
    /// assert_eq!(a.svdvals().to_vec(), [2.0, 1.0]);
    /// ```
    svdvals(a, at) -> Tensor<T> {
        let op = Svdvals::NAME;
        let dims = matrices(op, a, at)?;
        let &[.., m, n] = &dims[..] else { unreachable!("matrices have two axes") };
        let all = structural::<Svdvals, T>(&[a.into()], &[usize::from(n > m)], at)?;
        all.seen(op, at, |view| Ok(view.index(dims.len() - 2, m.max(n))))?.own::<OfSvdvals>(at)
    }
}

/// Computes `u` above `s` above `vt` of each matrix, or of its transpose if it is wide; answers which is not finite.
fn compute<T: Number>(y: &mut [T], a: Strided<'_, T>, payload: &[usize]) -> Option<usize> {
    let mut without = None;
    if a.is_empty() {
        return without;
    }
    let (mut dims, mut strides) = (Dims::from_slice(a.dims()), Strides::from_slice(a.strides()));
    if payload[0] != 0 {
        let rank = dims.len();
        dims.swap(rank - 2, rank - 1);
        strides.swap(rank - 2, rank - 1);
    }
    let all = Matrices::of(Strided::new(a.data(), a.offset(), &dims, &strides));
    let (m, n) = (all.rows, all.columns);
    for (index, a) in all.iter().enumerate() {
        let to = row(y, index, all.count);
        let finite = all.values(index).iter().all(|x| x.is_finite());
        let Some(found) = finite.then(|| a.thin_svd().ok()).flatten() else {
            without.get_or_insert(index);
            to.fill(T::nan());
            continue;
        };
        write(&mut to[..m * n], found.U());
        for (i, value) in to[m * n..(m + 1) * n].iter_mut().enumerate() {
            *value = narrow(found.S().column_vector()[i]);
        }
        write(&mut to[(m + 1) * n..], found.V().transpose());
    }
    without
}

/// The parts of what is packed: `u`, the values as rows, `vt`.
fn three<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> [V::X; 3] {
    let dims = v.dims(x);
    let &[.., rows, n] = &dims[..] else { unreachable!("matrices have two axes") };
    let m = rows - n - 1;
    [rows_of(v, x, 0, m), rows_of(v, x, m, 1), rows_of(v, x, m + 1, n)]
}

/// The operand, its adjoint or its tangent as it is factored: the transpose of a wide one.
fn tall<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    if v.payload()[0] == 0 { x } else { v.t(x) }
}

/// `(1 - u u^T) x`
fn beside<'a, V: Verbs<'a>>(v: &mut V, u: V::X, x: V::X) -> V::X {
    let inner = product_tn(v, u, x);
    let within = product(v, u, inner);
    minus(v, x, within)
}

/// The ops differ in what their methods give.
macro_rules! spectra {
    ($($rule:ident $name:literal)*) => {$(
        pub(super) struct $rule;
        impl Structural for $rule {
            const NAME: &'static str = $name;
            const LINEAR: Linear = Linear::No;

            fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
                let mut dims = Dims::from_slice(operands[0]);
                let rank = dims.len();
                let (m, n) = (dims[rank - 2], dims[rank - 1]);
                dims[rank - 2..].copy_from_slice(&[m + n + 1, m.min(n)]);
                dims
            }
            refuses!(|y, x, payload| compute(y, x[0], payload), |matrix, at| no_values($name, matrix, at));
            fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
                reverse(v);
            }
            fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
                tangent(v)
            }
            fn reads(_: usize, _: usize) -> u64 {
                RESULT
            }
        }
    )*};
}
spectra! { Svd "svd" Svdvals "svdvals" }

fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
    let ([u, s, vt], [u_bar, s_bar, vt_bar]) = (three(v, v.result()), three(v, v.result_bar()));
    let (squares, s_t) = (times(v, s, s), v.t(s));
    let gaps = gaps(v, squares);
    let dims = v.dims(gaps);
    let diagonal = v.expand(s_bar, &dims);
    let mut inner = diagonal_part(v, diagonal);
    let of_u = product_tn(v, u, u_bar);
    let of_u = less_transpose(v, of_u);
    let of_u = v.binary::<ratio>(of_u, gaps);
    let of_u = times(v, of_u, s);
    inner = plus(v, inner, of_u);
    let of_v = product_nt(v, vt, vt_bar);
    let of_v = less_transpose(v, of_v);
    let of_v = v.binary::<ratio>(of_v, gaps);
    let of_v = times(v, s_t, of_v);
    inner = plus(v, inner, of_v);
    let mut left = product(v, u, inner);
    if v.dims(u) != v.dims(vt) {
        let over = v.binary::<ratio>(u_bar, s);
        let rest = beside(v, u, over);
        left = plus(v, left, rest);
    }
    let product = product(v, left, vt);
    let a_bar = tall(v, product);
    v.add(0, a_bar);
}

fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
    let [u, s, vt] = three(v, v.result());
    let dot = v.operand_dot(0).expect("the operand has a tangent");
    let dot = tall(v, dot);
    let (squares, s_t) = (times(v, s, s), v.t(s));
    let gaps = gaps(v, squares);
    let right = product_nt(v, dot, vt);
    let inner = product_tn(v, u, right);
    let inner_t = v.t(inner);
    let s_dot = diagonal(v, inner);
    let axis = v.dims(s_dot).len() - 1;
    let s_dot = v.unsqueeze(s_dot, axis);
    let turn = |v: &mut V, a: V::X, b: V::X| {
        let (by_columns, by_rows) = (times(v, a, s), times(v, s_t, b));
        let sum = plus(v, by_columns, by_rows);
        let off = off_diagonal(v, sum);
        v.binary::<ratio>(off, gaps)
    };
    let (turn_u, turn_v) = (turn(v, inner, inner_t), turn(v, inner_t, inner));
    let mut u_dot = product(v, u, turn_u);
    if v.dims(u) != v.dims(vt) {
        let over = v.binary::<ratio>(right, s);
        let rest = beside(v, u, over);
        u_dot = plus(v, u_dot, rest);
    }
    let vt_dot = product_tn(v, turn_v, vt);
    stacked(v, &[u_dot, s_dot, vt_dot])
}

/// The values and what of the vectors does not depend on their signs, one after the other.
fn free_of_signs<T: Element>(tape: &Tape<T>, x: Tensor<T>) -> Tensor<T> {
    let (u, s, vt) = x.svd();
    let parts = [s.reshape([-1]), u.square().reshape([-1]), vt.square().reshape([-1])];
    tape.cat(&parts, 0)
}

rows! {
    "svd" [[2, 2]] => |tape, x| free_of_signs(tape, apart(tape, x[0]));
    "svd" [[2, 3, 2]] => |tape, x| free_of_signs(tape, apart(tape, x[0]));
    "svd" [[2, 3]] => |tape, x| free_of_signs(tape, apart(tape, x[0]));
    "svdvals" [[3, 3]] => |tape, x| apart(tape, x[0]).svdvals();
}
