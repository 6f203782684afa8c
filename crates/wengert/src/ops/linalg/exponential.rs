//! The exponential of matrices.

use faer::{Mat, MatRef, prelude::Solve as _};
use wengert_kernels::{Scratch, Strided};

use super::check::squares;
use super::dense::{Matrices, all, row, write};
use super::parts::Blocks;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::Dims;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The exponential `1 + a + a^2 / 2! + ...` of square matrices, by Padé's approximants with scaling and squaring.
    /// (N. Higham 2005, SIAM J. Matrix Anal. Appl. 26.)
    ///
    /// **Adjoint.** `a_bar += e(a^T, y_bar)`, where `e(a, d)` is the derivative in the direction `d`: the upper right
    /// block of the exponential of `[[a, d], [0, a]]`. Reads the operand. PyTorch: `torch.linalg.matrix_exp`.
    ///
    /// # Errors
    /// A matrix is not square.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, 1.0], [0.0, 0.0]]);
    /// assert_eq!(a.matrix_exp().to_vec(), [1.0, 1.0, 0.0, 1.0]);
    /// ```
    matrix_exp(a, at) -> Tensor<T> {
        squares(MatrixExp::NAME, a, at)?;
        structural::<MatrixExp, T>(&[a.into()], &[], at)
    }
}

/// Padé's approximants that serve small matrices: up to which norm, and the coefficients of the numerator.
const SMALL: [(f64, &[f64]); 4] = [
    (1.495585217958292e-2, &[120.0, 60.0, 12.0, 1.0]),
    (2.53939833006323e-1, &[30240.0, 15120.0, 3360.0, 420.0, 30.0, 1.0]),
    (9.504178996162932e-1, &[17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0, 1.0]),
    (
        2.097847961257068,
        &[
            17643225600.0,
            8821612800.0,
            2075673600.0,
            302702400.0,
            30270240.0,
            2162160.0,
            110880.0,
            3960.0,
            90.0,
            1.0,
        ],
    ),
];

/// The one that serves all others, once they are scaled to its norm.
const LARGEST: (f64, [f64; 14]) = (
    5.371920351148152,
    [
        64764752532480000.0,
        32382376266240000.0,
        7771770303897600.0,
        1187353796428800.0,
        129060195264000.0,
        10559470521600.0,
        670442572800.0,
        33522128640.0,
        1323241920.0,
        40840800.0,
        960960.0,
        16380.0,
        182.0,
        1.0,
    ],
);

/// The exponential of one matrix.
fn exponential(a: MatRef<'_, f64>) -> Mat<f64> {
    let n = a.nrows();
    let finite = (0..n).all(|j| (0..n).all(|i| a[(i, j)].is_finite()));
    if !finite {
        return all(f64::NAN, n, n);
    }
    let scales = scales(a);
    let ratio = |i: usize, j: usize| f64::exp2(f64::from(scales[i] - scales[j]));
    let y = of_balanced(Mat::from_fn(n, n, |i, j| a[(i, j)] * ratio(j, i)).as_ref());
    Mat::from_fn(n, n, |i, j| y[(i, j)] * ratio(i, j))
}

/// The largest sum of magnitudes in a column, times a factor that keeps it from overflowing.
fn norm(a: MatRef<'_, f64>, factor: f64) -> f64 {
    a.col_iter().map(|column| column.iter().map(|x| x.abs() * factor).sum::<f64>()).fold(0.0, f64::max)
}

/// The exponential of a matrix whose norm says how many of its digits count.
fn of_balanced(a: MatRef<'_, f64>) -> Mat<f64> {
    let n = a.nrows();
    let size = norm(a, 1.0);
    if let Some((_, coefficients)) = SMALL.iter().find(|(largest, _)| size <= *largest) {
        return approximant(a, coefficients);
    }
    // Of the logarithm of a part of the norm, which may overflow itself.
    let part = 64;
    let halvings = ((norm(a, 0.5f64.powi(part)) / LARGEST.0).log2().ceil() as i32 + part).max(0);
    let factor = 0.5f64.powi(halvings);
    let small = Mat::from_fn(n, n, |i, j| a[(i, j)] * factor);
    let mut y = approximant(small.as_ref(), &LARGEST.1);
    for _ in 0..halvings {
        y = &y * &y;
    }
    y
}

/// Powers of two by which rows are divided and columns multiplied, so that what stands above blocks of zeros is no larger
/// than what stands beside them.
///
/// A derivative is the exponential of `[a, dot; 0, a]`, linear in `dot`: a large adjoint there must not decide how often
/// `a` is halved, for what is halved often is lost beside 1. Blocks of a second derivative lie within blocks.
fn scales(a: MatRef<'_, f64>) -> Vec<i32> {
    let n = a.nrows();
    let half = n / 2;
    if n < 2 || n % 2 == 1 || (half..n).any(|i| (0..half).any(|j| a[(i, j)] != 0.0)) {
        return vec![0; n];
    }
    let [first, last] = [0, half].map(|k| a.submatrix(k, k, half, half));
    let (mut all, of_last) = (scales(first), scales(last));
    all.extend(of_last);
    // Sizes as the scales within the blocks leave them; a part of each, as norms may overflow.
    let size = |rows: usize, columns: usize| {
        let scaled = Mat::from_fn(half, half, |i, j| {
            a[(rows + i, columns + j)] * f64::exp2(f64::from(all[columns + j] - all[rows + i]))
        });
        norm(scaled.as_ref(), 0.5f64.powi(64))
    };
    // What is below 1 is not halved.
    let (above, beside) = (size(0, half), size(0, 0).max(size(half, half)).max(0.5f64.powi(64)));
    if above > beside {
        let most = all.iter().copied().fold(0, i32::max);
        let more = ((above / beside).log2().ceil() as i32).min(1000 - most);
        all[..half].iter_mut().for_each(|scale| *scale += more);
    }
    all
}

/// `(v - u)^-1 (v + u)`, where `u` has the odd terms of the numerator and `v` the even ones.
fn approximant(a: MatRef<'_, f64>, coefficients: &[f64]) -> Mat<f64> {
    let n = a.nrows();
    let square = a * a;
    // By Horner in the square, both sums at once.
    let last = coefficients.len() / 2 - 1;
    let identity = |factor: f64| Mat::from_fn(n, n, |i, j| if i == j { factor } else { 0.0 });
    let (mut even, mut odd) = (identity(coefficients[2 * last]), identity(coefficients[2 * last + 1]));
    for k in (0..last).rev() {
        even = &square * &even + identity(coefficients[2 * k]);
        odd = &square * &odd + identity(coefficients[2 * k + 1]);
    }
    let odd = a * &odd;
    (&even - &odd).partial_piv_lu().solve(&even + &odd)
}

/// The exponential.
pub(super) struct MatrixExp;

impl MatrixExp {
    /// The derivative at `a` in the direction `dot`.
    fn derivative<'a, V: Verbs<'a>>(v: &mut V, a: V::X, dot: V::X) -> V::X {
        let rank = v.dims(a).len();
        let n = v.dims(a)[rank - 1];
        let block = v.apply::<Blocks>(&[a, dot, a], &[2 * n, 2 * n, 0, 0, 0, n, n, n]);
        let exponential = v.apply::<MatrixExp>(&[block], &[]);
        let above = v.narrow(exponential, rank - 2, 0, n);
        v.narrow(above, rank - 1, n, n)
    }
}

impl Structural for MatrixExp {
    const NAME: &'static str = "matrix_exp";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        if y.is_empty() {
            return;
        }
        let a = Matrices::of(x[0]);
        for (index, m) in a.iter().enumerate() {
            write(row(y, index, a.count), exponential(m).as_ref());
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, y_bar) = (v.operand(0), v.result_bar());
        let a_t = v.t(a);
        let a_bar = MatrixExp::derivative(v, a_t, y_bar);
        v.add(0, a_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        MatrixExp::derivative(v, v.operand(0), dot)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1
    }
}

rows! {
    "matrix_exp" [[3, 3]] => |_, x| x[0].matrix_exp();
    "matrix_exp" [[2, 2, 2]] => |_, x| x[0].matrix_exp();
}
