//! Eigenvalues and eigenvectors of symmetric matrices.

use faer::Side;
use wengert_kernels::{Real, Strided};

use super::check::squares;
use super::dense::{Matrices, narrow, refuses, row};
use super::inverse::no_values;
use super::parts::{
    diagonal, diagonal_part, gaps, less_transpose, off_diagonal, plus, product, product_nt, product_tn,
    rows_of, scaled, stacked, with_transpose,
};
use super::samples::apart;
use crate::ops::positions::named;
use crate::ops::table::rows;
use crate::rule::{Arithmetic, Linear, Number, Pointwise, RESULT, Structural, Verbs};
use crate::shape::{Dims, Span};
use crate::tape::structural::structural;
use crate::tape::{Element, Tape};
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// The eigenvalues, or the vectors.
    OfEigh "eigh";
    /// The eigenvalues alone.
    OfEigvalsh "eigvalsh";
}

methods! {
    /// The eigenvalues, ascending, and the eigenvectors, as columns, of symmetric matrices: `[.., n, n]` gives
    /// `[.., n]` and `[.., n, n]`. Only the lower triangle is read.
    ///
    /// **Adjoint.** `a_bar += v (diag(w_bar) + (v^T v_bar - v_bar^T v) / 2 / gaps) v^T` with `gaps[i, j] = w_j - w_i`:
    /// reads the results. (M. Giles 2008, Oxford NA-08/01.) PyTorch: `torch.linalg.eigh`.
    ///
    /// **Edges.** The signs of the vectors are free, and so only what does not depend on them has a meaning, as the
    /// squares of their elements. At repeated eigenvalues the vectors have no derivative: where their adjoint does not
    /// vanish between such a pair the gradient is infinite or NaN; where it does, as with the values alone, it is
    /// finite.
    ///
    /// # Errors
    /// A matrix is not square, or has NaN or infinities.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[2.0, 0.0], [0.0, 1.0]]);
    /// let (values, vectors) = a.eigh();
    /// assert_eq!(values.to_vec(), [1.0, 2.0]);
    /// assert_eq!(vectors.square().to_vec(), [0.0, 1.0, 1.0, 0.0]);
    /// ```
    eigh(a, at) -> (Tensor<T>, Tensor<T>) {
        let op = Eigh::NAME;
        let dims = squares(op, a, at)?;
        let both = structural::<Eigh, T>(&[a.into()], &[], at)?;
        let (axis, n) = (dims.len() - 2, dims[dims.len() - 1]);
        let values = both.seen(op, at, |view| Ok(view.index(axis, 0)))?;
        let vectors = both.seen(op, at, |view| Ok(view.slice(axis, Span { start: 1, len: n, step: 1 })))?;
        Ok((values.own::<OfEigh>(at)?, vectors.own::<OfEigh>(at)?))
    }

    /// The eigenvalues, ascending, of symmetric matrices: `[.., n, n] -> [.., n]`. Only the lower triangle is read.
    ///
    /// **Adjoint.** `a_bar += v diag(y_bar) v^T`, which is finite at repeated eigenvalues too. PyTorch:
    /// `torch.linalg.eigvalsh`.
    ///
    /// # Errors
    /// A matrix is not square, or has NaN or infinities.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 0.0], [0.0, 1.0]]);
    /// a.eigvalsh().sum().backward();
    /// assert_eq!(a.grad().unwrap().into_raw_vec_and_offset().0, [1.0, 0.0, 0.0, 1.0]);
    /// ```
    eigvalsh(a, at) -> Tensor<T> {
        let op = Eigvalsh::NAME;
        let axis = squares(op, a, at)?.len() - 2;
        let both = structural::<Eigvalsh, T>(&[a.into()], &[], at)?;
        both.seen(op, at, |view| Ok(view.index(axis, 0)))?.own::<OfEigvalsh>(at)
    }
}

/// A quotient where 0 / 0 is 0: what nobody asks for costs no division by a gap that may be 0.
#[allow(non_camel_case_types)]
pub(super) enum ratio {}

impl Pointwise<2> for ratio {
    const NAME: &'static str = "ratio";
    const SAMPLE: [f64; 2] = [0.3, 0.7];
    #[inline(always)]
    fn primal<T: Real>([a, b]: [T; 2]) -> T {
        if a == T::zero() && b == T::zero() { a } else { a / b }
    }
    #[inline(always)]
    fn pull<A: Arithmetic>(k: usize, [_, b]: [A; 2], y: A, y_bar: A) -> A {
        if k == 0 { y_bar.with::<ratio>(b) } else { -(y_bar * y).with::<ratio>(b) }
    }
}

/// Computes the values above the vectors of each matrix; answers which is not finite.
fn compute<T: Number>(y: &mut [T], a: Strided<'_, T>) -> Option<usize> {
    let mut without = None;
    if a.is_empty() {
        return without;
    }
    let matrices = Matrices::of(a);
    let n = matrices.rows;
    for (index, m) in matrices.iter().enumerate() {
        let to = row(y, index, matrices.count);
        let finite = matrices.values(index).iter().all(|x| x.is_finite());
        let Some(found) = finite.then(|| m.self_adjoint_eigen(Side::Lower).ok()).flatten() else {
            without.get_or_insert(index);
            to.fill(T::nan());
            continue;
        };
        let (values, vectors) = to.split_at_mut(n);
        for (i, value) in values.iter_mut().enumerate() {
            *value = narrow(found.S().column_vector()[i]);
        }
        super::dense::write(vectors, found.U());
    }
    without
}

/// The parts of what is packed: values as rows, vectors.
fn both<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> (V::X, V::X) {
    let n = v.dims(x).last().copied().unwrap_or_default();
    (rows_of(v, x, 0, 1), rows_of(v, x, 1, n))
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
                dims[rank - 2] += 1;
                dims
            }
            refuses!(|y, x, _payload| compute(y, x[0]), |matrix, at| no_values($name, matrix, at));
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
spectra! { Eigh "eigh" Eigvalsh "eigvalsh" }

fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
    let ((w, vectors), (w_bar, vectors_bar)) = (both(v, v.result()), both(v, v.result_bar()));
    // What turns the vectors: the antisymmetric part.
    let turn = product_tn(v, vectors, vectors_bar);
    let turn = less_transpose(v, turn);
    let turn = scaled(v, turn, 0.5);
    let gaps = gaps(v, w);
    let of_vectors = v.binary::<ratio>(turn, gaps);
    let dims = v.dims(gaps);
    let of_values = v.expand(w_bar, &dims);
    let of_values = diagonal_part(v, of_values);
    let inner = plus(v, of_vectors, of_values);
    let left = product(v, vectors, inner);
    let a_bar = product_nt(v, left, vectors);
    v.add(0, a_bar);
}

fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
    let (w, vectors) = both(v, v.result());
    let dot = v.operand_dot(0).expect("the operand has a tangent");
    let twice = with_transpose(v, dot);
    let left = product_tn(v, vectors, twice);
    let inner = product(v, left, vectors);
    let inner = scaled(v, inner, 0.5);
    let w_dot = diagonal(v, inner);
    let axis = v.dims(w_dot).len() - 1;
    let w_dot = v.unsqueeze(w_dot, axis);
    let (off, gaps) = (off_diagonal(v, inner), gaps(v, w));
    let turn = v.binary::<ratio>(off, gaps);
    let vectors_dot = product(v, vectors, turn);
    stacked(v, &[w_dot, vectors_dot])
}

/// The values and the squares of the vectors, one after the other.
fn free_of_signs<T: Element>(tape: &Tape<T>, x: Tensor<T>) -> Tensor<T> {
    let (values, vectors) = (x + x.transpose(-1, -2)).eigh();
    tape.cat(&[values.reshape([-1]), vectors.square().reshape([-1])], 0)
}

rows! {
    "eigh" [[3, 3]] => |tape, x| free_of_signs(tape, apart(tape, x[0]));
    "eigh" [[2, 2, 2]] => |tape, x| free_of_signs(tape, apart(tape, x[0]));
    "eigvalsh" [[3, 3]] => |tape, x| {
        let a = apart(tape, x[0]);
        (a + a.t()).eigvalsh()
    };
}
