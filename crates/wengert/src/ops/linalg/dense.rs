//! The bridge to the crate `faer`: matrices of a batch go in as `f64`, whatever their element type and layout, and
//! come out row by row.

use faer::{Mat, MatRef};
use wengert_kernels::Strided;

use crate::error::{At, Error, Shape};
use crate::rule::Number;
use crate::shape::{Dims, Layout, Strides, element_count, expand_strides};

/// The matrices of an operand, one after the other, row by row.
pub(super) struct Matrices {
    values: Vec<f64>,
    pub rows: usize,
    pub columns: usize,
    pub count: usize,
}

impl Matrices {
    /// All of an operand.
    pub fn of<T: Number>(x: Strided<'_, T>) -> Matrices {
        Matrices::repeated(x, &x.dims()[..x.rank() - 2])
    }

    /// All of an operand, repeated to the axes of a batch.
    pub fn repeated<T: Number>(x: Strided<'_, T>, batch: &[usize]) -> Matrices {
        let matrix = &x.dims()[x.rank() - 2..];
        let dims: Dims = batch.iter().chain(matrix).copied().collect();
        let own = Layout::new(Dims::from_slice(x.dims()), Strides::from_slice(x.strides()));
        let strides = expand_strides(&own, &dims).expect("batch axes broadcast");
        let mut values = vec![T::zero(); element_count(&dims)];
        wengert_kernels::copy(&mut values, Strided::new(x.data(), x.offset(), &dims, &strides));
        let values = values.into_iter().map(wide).collect();
        Matrices { values, rows: matrix[0], columns: matrix[1], count: element_count(batch) }
    }

    /// The elements of one matrix.
    pub fn values(&self, index: usize) -> &[f64] {
        let size = self.rows * self.columns;
        &self.values[index * size..(index + 1) * size]
    }

    /// One matrix.
    pub fn get(&self, index: usize) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(self.values(index), self.rows, self.columns)
    }

    pub fn iter(&self) -> impl Iterator<Item = MatRef<'_, f64>> {
        (0..self.count).map(|index| self.get(index))
    }
}

/// A number as `f64`.
pub(super) fn wide<T: Number>(x: T) -> f64 {
    x.to_f64().expect("a real number is an `f64`")
}

/// An `f64` as a number.
pub(super) fn narrow<T: Number>(x: f64) -> T {
    T::zero().constant(x)
}

/// The part of a result that belongs to one matrix of a batch.
pub(super) fn row<T>(y: &mut [T], index: usize, count: usize) -> &mut [T] {
    let size = y.len() / count;
    &mut y[index * size..(index + 1) * size]
}

/// Writes a matrix row by row.
pub(super) fn write<T: Number>(y: &mut [T], m: MatRef<'_, f64>) {
    for i in 0..m.nrows() {
        for j in 0..m.ncols() {
            y[i * m.ncols() + j] = narrow(m[(i, j)]);
        }
    }
}

/// Where a value is missing: which matrix of the batch, and how far its factorisation came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flaw {
    pub matrix: usize,
    pub pivot: usize,
}

impl Flaw {
    /// The error of an operand of which a matrix is singular.
    pub fn singular(self, op: &'static str, dims: &[usize], at: At) -> Error {
        let Flaw { matrix, pivot } = self;
        Error::Singular { op, pivot, matrix, shape: Shape::from(dims), at }
    }
}

/// The forward methods of an op that computes what it can of matrices, and answers the first that has no result: a sweep goes on without
/// it, and to record it is an error.
macro_rules! refuses {
    (|$y:ident, $x:ident, $payload:ident| $compute:expr, |$flaw:ident, $at:ident| $error:expr) => {
        fn forward<T: $crate::rule::Number>(
            $y: &mut [T],
            $x: &[wengert_kernels::Strided<'_, T>],
            $payload: &[usize],
            _: &mut wengert_kernels::Scratch<T>,
        ) {
            $compute;
        }
        fn try_forward<T: $crate::rule::Number>(
            $y: &mut [T],
            $x: &[wengert_kernels::Strided<'_, T>],
            $payload: &[usize],
            _: &mut wengert_kernels::Scratch<T>,
            $at: $crate::error::At,
        ) -> $crate::error::Result<()> {
            $compute.map_or(Ok(()), |$flaw| Err($error))
        }
    };
}
pub(super) use refuses;

/// The first pivot that is exactly 0.
pub(super) fn zero_pivot(u: MatRef<'_, f64>) -> Option<usize> {
    (0..u.nrows().min(u.ncols())).find(|&i| u[(i, i)] == 0.0)
}

/// A matrix of one number everywhere: what a value is where there is none.
pub(super) fn all(value: f64, rows: usize, columns: usize) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| value)
}
