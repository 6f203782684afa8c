//! The LU factors.
//!
//! Which rows are exchanged is found first, from the values: it is constant between the points where it jumps. The
//! rule is that of a square matrix whose rows stand in order; what a matrix has besides is solved for by triangles.

use wengert_kernels::{Scratch, Strided};

use super::check::matrices;
use super::dense::{Matrices, narrow, row, wide};
use super::parts::{Blocks, lower, plus, product, product_nt, product_tn, rows_of, stacked, upper};
use super::samples::regular;
use super::triangular::{SolveTriangular, triangle, turned};
use crate::error::{At, Result};
use crate::lists::{filled, room};
use crate::ops::positions::{named, pick};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Dims, Span, element_count};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The factors `(p, l, u)` with `a = p l u`, by row exchanges: for `[.., m, n]` and `k = min(m, n)`, a permutation
    /// `p` of `[.., m, m]`, a lower triangle `l` of `[.., m, k]` with ones on its diagonal, and an upper triangle `u`
    /// of `[.., k, n]`. The permutation is passive.
    ///
    /// **Adjoint.** For square matrices
    /// `a_bar += p l^-T (below(l^T l_bar) + upper(u_bar u^T)) u^-T`: reads the results. PyTorch: `torch.linalg.lu`.
    ///
    /// **Edges.** The factors of a singular matrix have values, and gradients that are not finite.
    ///
    /// # Errors
    /// The operand has no two axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (p, l, u) = tape.leaf([[1.0, 2.0], [2.0, 8.0]]).lu();
    /// assert_eq!(p.to_vec(), [0.0, 1.0, 1.0, 0.0]);
    /// assert_eq!((l.to_vec(), u.to_vec()), (vec![1.0, 0.0, 0.5, 1.0], vec![2.0, 8.0, 0.0, -2.0]));
    /// ```
    lu(a, at) -> (Tensor<T>, Tensor<T>, Tensor<T>) {
        let op = Factors::NAME;
        let dims = matrices(op, a, at)?;
        let (core, _) = a.resolve(op, at)?;
        core.check_not_lent(op, at)?;
        let (batch, &[m, n]) = dims.split_at(dims.len() - 2) else { unreachable!("matrices have two axes") };
        let k = m.min(n);
        let order = row_orders(op, a, &dims, at)?;
        let square: Dims = batch.iter().copied().chain([m, m]).collect();
        let mut p = filled(T::zero(), element_count(&square), op, at)?;
        let mut positions = room(element_count(&dims), op, at)?;
        for (place, &from) in order.iter().enumerate() {
            let (matrix, to) = (place / m, place % m);
            p[(matrix * m + from) * m + to] = T::one();
            positions.extend((0..n).map(|column| (matrix * m + from) * n + column));
        }
        let p = core.push_passive(op, &square, &p, at)?;
        let ordered = pick::<Ordered, T>(a, &positions, &dims, at)?;
        let rank = dims.len();
        let corner = part(op, part(op, ordered, rank - 2, 0..k, at)?, rank - 1, 0..k, at)?;
        let both = structural::<Factors, T>(&[corner.into()], &[], at)?;
        let (mut l, mut u) = (part(op, both, rank - 2, 0..k, at)?, part(op, both, rank - 2, k..2 * k, at)?);
        if m > k {
            // l u = a for the other rows: u^T l^T = a^T.
            let rest = turned(op, part(op, ordered, rank - 2, k..m, at)?, at)?;
            let (u_t, lower_triangle) = (turned(op, u, at)?, triangle(false, false));
            let rest = structural::<SolveTriangular, T>(&[u_t.into(), rest.into()], &lower_triangle, at)?;
            l = structural::<Blocks, T>(&[l.into(), turned(op, rest, at)?.into()], &[m, k, 0, 0, k, 0], at)?;
        }
        if n > k {
            let rest = part(op, ordered, rank - 1, k..n, at)?;
            let rest = structural::<SolveTriangular, T>(&[l.into(), rest.into()], &triangle(false, true), at)?;
            u = structural::<Blocks, T>(&[u.into(), rest.into()], &[k, n, 0, 0, 0, k], at)?;
        }
        Ok((p, l.own::<Ordered>(at)?, u.own::<Ordered>(at)?))
    }
}

named! {
    /// The rows of matrices as LU exchanged them, and its factors.
    Ordered "lu";
}

/// A range of one axis.
pub(super) fn part<T: Element>(
    op: &'static str,
    x: Tensor<T>,
    axis: usize,
    range: std::ops::Range<usize>,
    at: At,
) -> Result<Tensor<T>> {
    x.seen(op, at, |view| Ok(view.slice(axis, Span { start: range.start, len: range.len(), step: 1 })))
}

/// For each row of `p^T a`, the row of `a` that it is, by the largest element of each column.
fn row_orders<T: Element>(op: &'static str, a: Tensor<T>, dims: &[usize], at: At) -> Result<Vec<usize>> {
    let &[.., m, n] = dims else { unreachable!("matrices have two axes") };
    let mut values = filled(T::zero(), element_count(dims), op, at)?;
    a.copy_values(&mut values);
    let mut work: Vec<f64> = values.into_iter().map(wide).collect();
    let count = element_count(&dims[..dims.len() - 2]);
    let mut orders = room(count * m, op, at)?;
    for matrix in 0..count {
        let a = &mut work[matrix * m * n..(matrix + 1) * m * n];
        let mut order: Vec<usize> = (0..m).collect();
        for pivot in 0..m.min(n) {
            let mut largest = pivot;
            for i in pivot + 1..m {
                if a[i * n + pivot].abs() > a[largest * n + pivot].abs() {
                    largest = i;
                }
            }
            if largest != pivot {
                order.swap(pivot, largest);
                for j in 0..n {
                    a.swap(pivot * n + j, largest * n + j);
                }
            }
            eliminate(a, pivot, n);
        }
        orders.extend(order);
    }
    Ok(orders)
}

/// Takes multiples of a row from those below, which keep the factors in their place.
fn eliminate(a: &mut [f64], pivot: usize, n: usize) {
    let (above, below) = a.split_at_mut((pivot + 1) * n);
    let top = &above[pivot * n..];
    for row in below.chunks_exact_mut(n) {
        // In a column of zeros there is nothing to eliminate.
        let factor = if top[pivot] == 0.0 { row[pivot] } else { row[pivot] / top[pivot] };
        row[pivot] = factor;
        if factor != 0.0 && top[pivot] != 0.0 {
            for (x, &t) in row[pivot + 1..].iter_mut().zip(&top[pivot + 1..]) {
                *x -= factor * t;
            }
        }
    }
}

/// `l` above `u`, of a square matrix whose rows stand in order.
pub(super) struct Factors;

impl Factors {
    fn both<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> (V::X, V::X) {
        let n = v.dims(x).last().copied().unwrap_or_default();
        (rows_of(v, x, 0, n), rows_of(v, x, n, n))
    }
}

impl Structural for Factors {
    const NAME: &'static str = "lu";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        let rank = dims.len();
        dims[rank - 2] *= 2;
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        if y.is_empty() {
            return;
        }
        y.fill(T::zero());
        let matrices = Matrices::of(x[0]);
        let n = matrices.rows;
        for index in 0..matrices.count {
            let mut a = matrices.values(index).to_vec();
            (0..n).for_each(|pivot| eliminate(&mut a, pivot, n));
            let (l, u) = row(y, index, matrices.count).split_at_mut(n * n);
            for i in 0..n {
                l[i * n + i] = T::one();
                for j in 0..n {
                    let to = if j < i { &mut l[i * n + j] } else { &mut u[i * n + j] };
                    *to = narrow(a[i * n + j]);
                }
            }
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let ((l, u), (l_bar, u_bar)) = (Factors::both(v, v.result()), Factors::both(v, v.result_bar()));
        let of_l = product_tn(v, l, l_bar);
        let of_l = lower(v, of_l, -1);
        let of_u = product_nt(v, u_bar, u);
        let of_u = upper(v, of_u, 0);
        let inner = plus(v, of_l, of_u);
        let l_t = v.t(l);
        let left = v.apply::<SolveTriangular>(&[l_t, inner], &triangle(true, true));
        let left_t = v.t(left);
        let a_bar_t = v.apply::<SolveTriangular>(&[u, left_t], &triangle(true, false));
        let a_bar = v.t(a_bar_t);
        v.add(0, a_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (l, u) = Factors::both(v, v.result());
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let left = v.apply::<SolveTriangular>(&[l, dot], &triangle(false, true));
        let (left_t, u_t) = (v.t(left), v.t(u));
        let inner_t = v.apply::<SolveTriangular>(&[u_t, left_t], &triangle(false, false));
        let inner = v.t(inner_t);
        let (below, above) = (lower(v, inner, -1), upper(v, inner, 0));
        let (l_dot, u_dot) = (product(v, l, below), product(v, above, u));
        stacked(v, &[l_dot, u_dot])
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

/// The factors one after the other.
fn together<T: Element>(tape: &crate::tape::Tape<T>, x: Tensor<T>) -> Tensor<T> {
    let (_, l, u) = x.lu();
    tape.cat(&[l.reshape([-1]), u.reshape([-1])], 0)
}

rows! {
    "lu" [[3, 3]] => |tape, x| together(tape, regular(tape, x[0]));
    "lu" [[2, 3, 2]] => |tape, x| together(tape, regular(tape, x[0]));
    "lu" [[2, 3]] => |tape, x| together(tape, regular(tape, x[0]));
}
