//! Linear algebra. Batches lie along the axes before the last two, everywhere.
//!
//! - [`matmul`], [`products`], [`einsum`] (whose text [`equation`] reads): products.
//! - [`solve`], [`triangular`], [`inverse`], [`determinant`]: systems of equations, and what follows from them.
//! - [`cholesky`], [`lu`], [`qr`], [`eigh`], [`svd`]: factors. A result of several matrices lies packed in one
//!   variable, and each of them is a view of it.
//! - [`power`], [`exponential`]: functions of matrices.
//! - [`parts`]: parts of matrices, and matrices of parts, for rules. [`dense`]: the bridge to the crate `faer`.
//!   [`samples`]: matrices for the table. [`check`]: what is asked of operands before anything is recorded.

mod check;
mod cholesky;
mod dense;
mod determinant;
mod eigh;
mod einsum;
mod equation;
mod exponential;
mod inverse;
mod lu;
mod matmul;
mod parts;
mod power;
mod products;
mod qr;
mod samples;
mod solve;
mod svd;
#[cfg(test)]
mod tangents;
mod triangular;

pub(crate) use matmul::{Matmul, product};

use super::table::CallRow;
use crate::tape::Element;

/// The family's rows of the table of structural ops.
pub(crate) fn rows<T: Element>() -> Vec<CallRow<T>> {
    [
        matmul::rows(),
        products::rows(),
        einsum::rows(),
        solve::rows(),
        triangular::rows(),
        inverse::rows(),
        determinant::rows(),
        cholesky::rows(),
        lu::rows(),
        qr::rows(),
        eigh::rows(),
        svd::rows(),
        power::rows(),
        exponential::rows(),
    ]
    .concat()
}
