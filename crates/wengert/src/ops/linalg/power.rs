//! Integer powers of matrices.

use super::check::squares;
use super::samples::regular;
use crate::error::{At, Result};
use crate::lists::filled;
use crate::ops::table::rows;
use crate::shape::element_count;
use crate::tape::Element;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The product of `n` copies of square matrices, by repeated squaring: of none, the identity, passive; for a
    /// negative `n`, that of the inverses.
    ///
    /// **Adjoint.** That of the products. PyTorch: `torch.linalg.matrix_power`.
    ///
    /// # Errors
    /// A matrix is not square, or singular and `n` negative.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 1.0], [0.0, 1.0]]);
    /// assert_eq!(a.matrix_power(5).to_vec(), [1.0, 5.0, 0.0, 1.0]);
    /// assert_eq!(a.matrix_power(-2).to_vec(), [1.0, -2.0, 0.0, 1.0]);
    /// ```
    matrix_power(a, at, n: i32) -> Tensor<T> {
        squares("matrix_power", a, at)?;
        match n {
            0 => identity(a, at),
            1 => a.copied(at),
            _ => power(if n < 0 { a.try_inv()? } else { a }, n.unsigned_abs()),
        }
    }
}

/// The identity in place of each matrix.
fn identity<T: Element>(a: Tensor<T>, at: At) -> Result<Tensor<T>> {
    let op = "matrix_power";
    let (dims, (core, _)) = (a.dims_for(op, at)?, a.resolve(op, at)?);
    core.check_not_lent(op, at)?;
    let n = dims[dims.len() - 1];
    let mut values = filled(T::zero(), element_count(&dims), op, at)?;
    for matrix in values.chunks_exact_mut((n * n).max(1)) {
        matrix.iter_mut().step_by(n + 1).for_each(|x| *x = T::one());
    }
    core.push_passive(op, &dims, &values, at)
}

/// `a^n` for `n` of 1 or more.
#[track_caller]
fn power<T: Element>(a: Tensor<T>, n: u32) -> Result<Tensor<T>> {
    let (mut square, mut rest, mut y) = (a, n, None);
    loop {
        if rest % 2 == 1 {
            y = Some(match y {
                None => square,
                Some(y) => square.try_matmul(y)?,
            });
        }
        rest /= 2;
        match (rest, y) {
            (0, Some(y)) => return Ok(y),
            _ => square = square.try_matmul(square)?,
        }
    }
}

rows! {
    "matrix_power" [[3, 3]] => |_, x| x[0].matrix_power(3);
    "matrix_power" [[2, 2, 2]] => |_, x| x[0].matrix_power(4);
    "matrix_power" [[3, 3]] => |tape, x| regular(tape, x[0]).matrix_power(-2);
}
