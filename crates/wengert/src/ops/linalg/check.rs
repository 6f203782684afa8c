//! What is asked of operands before anything is recorded.

use crate::error::Kind;
use crate::error::{At, Error, Result, Shape};
use crate::lists::check_room;
use crate::shape::{Dims, broadcast, element_count};
use crate::tape::{Element, registry};
use crate::tensor::Tensor;

/// The dims of matrices.
pub(super) fn matrices<T: Element>(op: &'static str, x: Tensor<T>, at: At) -> Result<Dims> {
    let help = "the last two axes are rows and columns; give it such axes with `.unsqueeze(axis)`";
    with_two_axes(op, "a matrix", x, help, at)
}

/// The dims of right-hand sides: the columns of matrices, or their rows.
pub(super) fn right_hand_sides<T: Element>(
    op: &'static str,
    b: Tensor<T>,
    columns: bool,
    at: At,
) -> Result<Dims> {
    let help = match columns {
        true => "make a vector a column with `.unsqueeze(1)`",
        false => "make a vector a row with `.unsqueeze(0)`",
    };
    with_two_axes(op, "the right-hand side", b, help, at)
}

fn with_two_axes<T: Element>(
    op: &'static str,
    what: &'static str,
    x: Tensor<T>,
    help: &'static str,
    at: At,
) -> Result<Dims> {
    let dims = x.dims_for(op, at)?;
    if dims.len() < 2 {
        return Err(Error::Rank { op, what, expected: "2 or more", shape: Shape::from(&dims[..]), help, at });
    }
    // Kernels that decompose take a copy, and cannot refuse: there must be room for it.
    check_room::<[f64; 2]>(element_count(&dims), op, at)?;
    Ok(dims)
}

/// The dims of matrices with as many rows as columns.
pub(super) fn squares<T: Element>(op: &'static str, x: Tensor<T>, at: At) -> Result<Dims> {
    let dims = matrices(op, x, at)?;
    let &[.., rows, columns] = &dims[..] else { unreachable!("matrices have two axes") };
    if rows != columns {
        return Err(Error::NotSquare { op, shape: Shape::from(&dims[..]), rows, columns, at });
    }
    Ok(dims)
}

/// The dims of an operand of an exact rank.
pub(super) fn of_rank<T: Element>(
    op: &'static str,
    x: Tensor<T>,
    rank: usize,
    what: &'static str,
    help: &'static str,
    at: At,
) -> Result<Dims> {
    let dims = x.dims_for(op, at)?;
    if dims.len() != rank {
        let expected = ["0", "1", "2", "3"][rank];
        return Err(Error::Rank { op, what, expected, shape: Shape::from(&dims[..]), help, at });
    }
    Ok(dims)
}

/// The inner dimensions of a product are equal.
pub(super) fn inner(
    op: &'static str,
    a: &[usize],
    b: &[usize],
    left: usize,
    right: usize,
    at: At,
) -> Result<()> {
    if left != right {
        return Err(Error::InnerDimensions { op, lhs: Shape::from(a), rhs: Shape::from(b), left, right, at });
    }
    Ok(())
}

/// The batch axes of two operands broadcast.
pub(super) fn batches(op: &'static str, a: &[usize], b: &[usize], at: At) -> Result<Dims> {
    broadcast(&a[..a.len() - 2], &b[..b.len() - 2])
        .map_err(|differ| Error::broadcast(op, &["lhs", "rhs"], [a, b], differ, at))
}

/// Two operands are on one tape that can record: asked before an op of several instructions records the first.
pub(super) fn together<T: Element>(op: &'static str, operands: &[Tensor<T>], at: At) -> Result<()> {
    let (core, _) = operands[0].resolve(op, at)?;
    core.check_not_lent(op, at)?;
    match operands.iter().find(|x| !core.contains(x.word())) {
        Some(other) => Err(registry::diagnose_pair(op, core, Kind::Tensor, other.word(), at)),
        None => Ok(()),
    }
}
