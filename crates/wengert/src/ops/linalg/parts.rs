//! Parts of matrices and matrices of parts: linear ops that rules are written in, and short words for them.

use wengert_kernels::{Scratch, Strided, StridedMut};

use super::Matmul;
use crate::ops::arithmetic::{mul, sub};
use crate::rule::verbs::Plus;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, contiguous_strides};

/// The elements whose column is `low` to `high` further than their row; the others are 0, whatever they were.
pub(crate) struct Band;

impl Structural for Band {
    const NAME: &'static str = "band";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        wengert_kernels::copy(y, x[0]);
        let (low, high) = (payload[0] as isize, payload[1] as isize);
        let &[.., rows, columns] = x[0].dims() else { unreachable!("a band of matrices") };
        for (place, row) in y.chunks_exact_mut(columns.max(1)).enumerate() {
            let row_index = (place % rows.max(1)) as isize;
            for (column, y) in row.iter_mut().enumerate() {
                if !(low..=high).contains(&(column as isize - row_index)) {
                    *y = T::zero();
                }
            }
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, payload) = (v.result_bar(), v.payload());
        v.add_apply::<Band>(0, &[y_bar], payload);
    }
}

/// Zeros, with matrices added at places. The payload: the rows and columns of the result, and for each operand the
/// row and the column where it starts.
pub(crate) struct Blocks;

impl Structural for Blocks {
    const NAME: &'static str = "block";
    const LINEAR: Linear = Linear::Jointly;

    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        let rank = dims.len();
        dims[rank - 2..].copy_from_slice(&payload[..2]);
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        y.fill(T::zero());
        let strides = contiguous_strides(&Blocks::dims(&[x[0].dims()], payload));
        for (x, place) in x.iter().zip(payload[2..].chunks_exact(2)) {
            if !x.is_empty() {
                let offset = place[0] * payload[1] + place[1];
                wengert_kernels::add_acc(StridedMut::new(y, offset, x.dims(), &strides), *x);
            }
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, payload) = (v.result_bar(), v.payload());
        for operand in (0..v.operand_count()).filter(|&operand| v.is_active(operand)).collect::<Dims>() {
            let dims = v.dims(v.operand(operand));
            let place = &payload[2 + 2 * operand..];
            let piece = v.narrow(y_bar, dims.len() - 2, place[0], dims[dims.len() - 2]);
            let piece = v.narrow(piece, dims.len() - 1, place[1], dims[dims.len() - 1]);
            v.add(operand, piece);
        }
    }
}

/// `a b`
pub(super) fn product<'a, V: Verbs<'a>>(v: &mut V, a: V::X, b: V::X) -> V::X {
    v.apply::<Matmul>(&[a, b], &[])
}

/// `a^T b`
pub(super) fn product_tn<'a, V: Verbs<'a>>(v: &mut V, a: V::X, b: V::X) -> V::X {
    let a_t = v.t(a);
    product(v, a_t, b)
}

/// `a b^T`
pub(super) fn product_nt<'a, V: Verbs<'a>>(v: &mut V, a: V::X, b: V::X) -> V::X {
    let b_t = v.t(b);
    product(v, a, b_t)
}

pub(super) fn plus<'a, V: Verbs<'a>>(v: &mut V, a: V::X, b: V::X) -> V::X {
    v.binary::<Plus>(a, b)
}

pub(super) fn minus<'a, V: Verbs<'a>>(v: &mut V, a: V::X, b: V::X) -> V::X {
    v.binary::<sub>(a, b)
}

pub(super) fn times<'a, V: Verbs<'a>>(v: &mut V, a: V::X, b: V::X) -> V::X {
    v.binary::<mul>(a, b)
}

pub(super) fn scaled<'a, V: Verbs<'a>>(v: &mut V, x: V::X, factor: f64) -> V::X {
    let factor = v.number(factor);
    times(v, x, factor)
}

/// The diagonal `k` and what is below it.
pub(super) fn lower<'a, V: Verbs<'a>>(v: &mut V, x: V::X, k: isize) -> V::X {
    v.apply::<Band>(&[x], &[isize::MIN as usize, k as usize])
}

/// The diagonal `k` and what is above it.
pub(super) fn upper<'a, V: Verbs<'a>>(v: &mut V, x: V::X, k: isize) -> V::X {
    v.apply::<Band>(&[x], &[k as usize, isize::MAX as usize])
}

/// The diagonal alone, as a matrix.
pub(super) fn diagonal_part<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    v.apply::<Band>(&[x], &[0, 0])
}

/// What is off the diagonal.
pub(super) fn off_diagonal<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    let (below, above) = (lower(v, x, -1), upper(v, x, 1));
    plus(v, below, above)
}

/// The diagonal of square matrices, as vectors.
pub(super) fn diagonal<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    let mut dims = v.dims(x);
    let n = dims.pop().expect("a matrix has columns");
    let mut strides = contiguous_strides(&[&dims[..], &[n]].concat());
    strides.pop();
    *strides.last_mut().expect("a matrix has rows") = n as isize + 1;
    v.strided(x, 0, &dims, &strides)
}

/// The differences of values that lie in a row: `gaps[i, j] = w_j - w_i`, and 1 on the diagonal, so that nothing is
/// divided by 0 there, in derivatives of any order.
pub(super) fn gaps<'a, V: Verbs<'a>>(v: &mut V, w: V::X) -> V::X {
    let column = v.t(w);
    let differences = minus(v, w, column);
    let (dims, one) = (v.dims(differences), v.number(1.0));
    let ones = v.expand(one, &dims);
    let identity = diagonal_part(v, ones);
    plus(v, differences, identity)
}

/// `x + x^T`
pub(super) fn with_transpose<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    let x_t = v.t(x);
    plus(v, x, x_t)
}

/// `x - x^T`
pub(super) fn less_transpose<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    let x_t = v.t(x);
    minus(v, x, x_t)
}

/// `sum of x * y` over each matrix.
pub(super) fn inner_product<'a, V: Verbs<'a>>(v: &mut V, x: V::X, y: V::X) -> V::X {
    let dims = v.dims(x);
    let (batch, matrix) = dims.split_at(dims.len() - 2);
    let size = matrix[0] * matrix[1];
    let x = v.reshape(x, &[batch, &[1, size]].concat());
    let y = v.reshape(y, &[batch, &[size, 1]].concat());
    let sums = product(v, x, y);
    v.reshape(sums, batch)
}

/// Rows `start .. start + len` of matrices.
pub(super) fn rows_of<'a, V: Verbs<'a>>(v: &mut V, x: V::X, start: usize, len: usize) -> V::X {
    let axis = v.dims(x).len() - 2;
    v.narrow(x, axis, start, len)
}

/// Matrices of one width, one below the other.
pub(super) fn stacked<'a, V: Verbs<'a>>(v: &mut V, parts: &[V::X]) -> V::X {
    let mut payload = Dims::from_slice(&[0, 0]);
    for &part in parts {
        let dims = v.dims(part);
        payload.push(payload[0]);
        payload.push(0);
        payload[0] += dims[dims.len() - 2];
        payload[1] = dims[dims.len() - 1];
    }
    v.apply::<Blocks>(parts, &payload)
}
