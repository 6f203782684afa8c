//! Systems whose matrix is a triangle, or a product of one with its transpose.

use faer::{MatMut, MatRef, Par, linalg::triangular_solve as triangular};
use wengert_kernels::{Scratch, Strided};

use super::check::{right_hand_sides, squares, together};
use super::parts::{lower, minus, plus, product, product_nt, product_tn, scaled, upper, with_transpose};
use super::samples::{positive, regular};
use super::solve::{check_sides, each, less_product, solution};
use crate::error::{At, Result};
use crate::ops::positions::named;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::Dims;
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The solution `x` of `a x = b` for a triangular matrix `a`; what lies on its other side of the diagonal is not
    /// read. Batch axes broadcast; `b` is a matrix of right-hand sides.
    ///
    /// **Adjoints.** `b_bar += a^-T y_bar`, and with it `a_bar -= b_bar y^T` within the triangle: reads `a` and the
    /// result. PyTorch: `torch.linalg.solve_triangular`.
    ///
    /// **Edges.** A 0 on the diagonal gives infinities and NaN, and no error.
    ///
    /// # Errors
    /// The matrix is not square, or the right-hand side is a vector, or has another number of rows.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (l, b) = (tape.leaf([[2.0, 7.0], [1.0, 4.0]]), tape.constant([[2.0], [9.0]]));
    /// assert_eq!(l.solve_triangular(b, false).to_vec(), [1.0, 2.0]);
    /// ```
    solve_triangular(a, at, b: Tensor<T>, upper: bool) -> Tensor<T> {
        triangular_solution(a, b, upper, true, false, at)
    }

    /// [`Tensor::solve_triangular`](crate::Tensor::solve_triangular) with all that PyTorch's has: with `left` false it
    /// solves `x a = b`, and with `unitriangular` the diagonal counts as ones and is not read.
    ///
    /// # Errors
    /// The matrix is not square, or the right-hand side is a vector, or does not fit it.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (l, b) = (tape.leaf([[2.0, 0.0], [1.0, 4.0]]), tape.constant([[4.0, 8.0]]));
    /// assert_eq!(l.solve_triangular_with(b, false, false, false).to_vec(), [1.0, 2.0]);
    /// ```
    solve_triangular_with(a, at, b: Tensor<T>, upper: bool, left: bool, unitriangular: bool) -> Tensor<T> {
        triangular_solution(a, b, upper, left, unitriangular, at)
    }

    /// The solution `x` of `l l^T x = b` by the Cholesky factor `l`, a lower triangle, of a positive definite matrix;
    /// `b` is a matrix of right-hand sides, and batch axes broadcast.
    ///
    /// **Adjoints.** `b_bar += (l l^T)^-1 y_bar`, and with it `l_bar -= (b_bar y^T + y b_bar^T) l`: reads `l` and the
    /// result. As PyTorch's, the gradient of `l` is that of a full matrix. PyTorch: `torch.cholesky_solve(b, l)`.
    ///
    /// # Errors
    /// The factor is not square, or the right-hand side is a vector, or has another number of rows.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[4.0, 0.0], [0.0, 1.0]]), tape.constant([[8.0], [3.0]]));
    /// assert_eq!(b.cholesky_solve(a.cholesky()).to_vec(), [2.0, 3.0]);
    /// ```
    cholesky_solve(b, at, l: Tensor<T>) -> Tensor<T> {
        let op = CholeskySolve::NAME;
        let (l_dims, b_dims) = (squares(op, l, at)?, right_hand_sides(op, b, true, at)?);
        check_sides(op, &l_dims, &b_dims, false, at)?;
        structural::<CholeskySolve, T>(&[b.into(), l.into()], &[], at)
    }
}

fn triangular_solution<T: Element>(
    a: Tensor<T>,
    b: Tensor<T>,
    upper: bool,
    left: bool,
    unit: bool,
    at: At,
) -> Result<Tensor<T>> {
    let op = SolveTriangular::NAME;
    let (a_dims, b_dims) = (squares(op, a, at)?, right_hand_sides(op, b, left, at)?);
    if left {
        check_sides(op, &a_dims, &b_dims, false, at)?;
        return structural::<SolveTriangular, T>(&[a.into(), b.into()], &triangle(upper, unit), at);
    }
    // x a = b is a^T x^T = b^T.
    let mut b_turned = b_dims.clone();
    b_turned.swap(b_dims.len() - 2, b_dims.len() - 1);
    check_sides(op, &a_dims, &b_turned, false, at)?;
    together(op, &[a, b], at)?;
    let operands = [turned(op, a, at)?.into(), turned(op, b, at)?.into()];
    turned(op, structural::<SolveTriangular, T>(&operands, &triangle(!upper, unit), at)?, at)?
        .own::<FromTheRight>(at)
}

named! {
    /// The solution where the triangle stands on the right.
    FromTheRight "solve_triangular";
}

/// The last two axes exchanged.
pub(super) fn turned<T: Element>(op: &'static str, x: Tensor<T>, at: At) -> Result<Tensor<T>> {
    x.seen(op, at, |view| {
        let rank = view.layout.rank();
        let mut order: Dims = (0..rank).collect();
        order.swap(rank - 2, rank - 1);
        Ok(view.permute(&order))
    })
}

/// The payload of [`SolveTriangular`].
pub(super) fn triangle(upper: bool, unit: bool) -> [usize; 2] {
    [usize::from(upper), usize::from(unit)]
}

/// Solves by a triangle, in place.
pub(super) fn solve_in_place(a: MatRef<'_, f64>, upper: bool, unit: bool, x: MatMut<'_, f64>) {
    match (upper, unit) {
        (false, false) => triangular::solve_lower_triangular_in_place(a, x, Par::Seq),
        (false, true) => triangular::solve_unit_lower_triangular_in_place(a, x, Par::Seq),
        (true, false) => triangular::solve_upper_triangular_in_place(a, x, Par::Seq),
        (true, true) => triangular::solve_unit_upper_triangular_in_place(a, x, Par::Seq),
    }
}

/// `a^-1 b` for a triangle. The payload: whether it is the upper one, and whether its diagonal counts as ones.
pub(crate) struct SolveTriangular;

impl SolveTriangular {
    /// The product that goes to the triangle, with what lies outside left out.
    fn within<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
        let unit = v.payload()[1] as isize;
        match v.payload()[0] {
            0 => lower(v, x, -unit),
            _ => upper(v, x, unit),
        }
    }
}

impl Structural for SolveTriangular {
    const NAME: &'static str = "solve_triangular";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        solution(operands[0], operands[1])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        each(y, x[0], x[1], |a, b, _| {
            let mut x = b.to_owned();
            solve_in_place(a, payload[0] != 0, payload[1] != 0, x.as_mut());
            x
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, y_bar, payload) = (v.operand(0), v.result_bar(), v.payload());
        let a_t = v.t(a);
        let b_bar = v.apply::<SolveTriangular>(&[a_t, y_bar], &[1 - payload[0], payload[1]]);
        if v.is_active(0) {
            let product = product_nt(v, b_bar, v.result());
            let product = SolveTriangular::within(v, product);
            v.add_scaled(0, product, -1.0);
        }
        if v.is_active(1) {
            v.add(1, b_bar);
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let a_dot = v.operand_dot(0).map(|dot| SolveTriangular::within(v, dot));
        let side = less_product(v, v.operand_dot(1), a_dot, v.result());
        let payload = v.payload();
        v.apply::<SolveTriangular>(&[v.operand(0), side], payload)
    }
    fn reads(_: usize, operand: usize) -> u64 {
        if operand == 0 { 1 | RESULT } else { 1 }
    }
}

/// `(l l^T)^-1 b`; the operands are `b` and `l`.
pub(crate) struct CholeskySolve;

impl Structural for CholeskySolve {
    const NAME: &'static str = "cholesky_solve";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        solution(operands[1], operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        each(y, x[1], x[0], |l, b, _| {
            let mut x = b.to_owned();
            solve_in_place(l, false, false, x.as_mut());
            solve_in_place(l.transpose(), true, false, x.as_mut());
            x
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (l, y, y_bar) = (v.operand(1), v.result(), v.result_bar());
        let b_bar = v.apply::<CholeskySolve>(&[y_bar, l], &[]);
        if v.is_active(0) {
            v.add(0, b_bar);
        }
        if v.is_active(1) {
            let product_of_both = product_nt(v, b_bar, y);
            let both = with_transpose(v, product_of_both);
            let l_bar = product(v, both, l);
            v.add_scaled(1, l_bar, -1.0);
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (l, y) = (v.operand(1), v.result());
        // d(l l^T) y = l_dot (l^T y) + l (l_dot^T y)
        let change = v.operand_dot(1).map(|dot| {
            let inner = product_tn(v, l, y);
            let first = product(v, dot, inner);
            let inner = product_tn(v, dot, y);
            let second = product(v, l, inner);
            plus(v, first, second)
        });
        let side = match (v.operand_dot(0), change) {
            (Some(b_dot), Some(change)) => minus(v, b_dot, change),
            (Some(b_dot), None) => b_dot,
            (None, change) => scaled(v, change.expect("an operand has a tangent"), -1.0),
        };
        v.apply::<CholeskySolve>(&[side, l], &[])
    }
    fn reads(_: usize, operand: usize) -> u64 {
        if operand == 1 { 0b10 | RESULT } else { 0b10 }
    }
}

rows! {
    "solve_triangular" [[3, 3], [3, 2]] => |tape, x| regular(tape, x[0]).solve_triangular(x[1], true);
    "solve_triangular" [[2, 3, 3], [3, 1]] => |tape, x| regular(tape, x[0]).solve_triangular(x[1], false);
    "solve_triangular" [[3, 3], [2, 3]] => |tape, x| {
        regular(tape, x[0]).solve_triangular_with(x[1], true, false, true)
    };
    "cholesky_solve" [[3, 2], [3, 3]] => |tape, x| x[0].cholesky_solve(positive(tape, x[1]).cholesky());
}
