//! The op table: what tests, the checker and the gallery walk over.

use crate::scalar::Scalar;
use crate::tape::Element;
use crate::tensor::Tensor;

/// A pointwise op as a row: its name, where it is evaluated, and itself on tensors and on scalars.
#[derive(Clone, Copy)]
pub struct OpRow<T: Element> {
    /// The name: the method's, and what `grad_fn` shows.
    pub name: &'static str,
    /// One number an operand.
    pub sample: &'static [f64],
    /// The op on as many tensors as the sample has numbers.
    pub tensors: fn(&[Tensor<T>]) -> Tensor<T>,
    /// The op on as many scalars.
    pub scalars: fn(&[Scalar<T>]) -> Scalar<T>,
}

/// Every pointwise op.
///
/// ```
/// let rows = wengert::table::pointwise::<f64>();
/// assert!(rows.iter().any(|row| row.name == "tanh"));
/// ```
pub fn pointwise<T: Element>() -> Vec<OpRow<T>> {
    super::pointwise_rows()
}
