//! The op table: what tests, the checker and the gallery walk over.

use crate::scalar::Scalar;
use crate::tape::{Element, Tape};
use crate::tensor::Tensor;

/// A pointwise op as a row: its name, where it is evaluated, and itself on tensors and on scalars.
#[derive(Clone, Copy)]
pub struct OpRow<T: Element> {
    /// The name: the method's, and what `grad_fn` shows.
    pub name: &'static str,
    /// The docs of the method.
    pub docs: &'static str,
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

/// A structural op as a row: an op that works on whole tensors.
#[derive(Clone, Copy)]
pub struct CallRow<T: Element> {
    /// The name: the method's.
    pub name: &'static str,
    /// How the method is called.
    pub signature: &'static str,
    /// The docs of the method.
    pub docs: &'static str,
    /// The shapes of the operands that it is evaluated on.
    pub operands: &'static [&'static [usize]],
    /// The op on such operands, on their tape. A result of several tensors is taken together.
    pub call: fn(&Tape<T>, &[Tensor<T>]) -> Tensor<T>,
}

/// Every structural op, with parameters as a user would write them.
///
/// ```
/// let rows = wengert::table::structural::<f64>();
/// assert!(rows.iter().any(|row| row.name == "matmul"));
/// ```
pub fn structural<T: Element>() -> Vec<CallRow<T>> {
    super::structural_rows()
}

/// How many rows there are.
///
/// It compiles every op here and once: what a crate has compiled, the crates that use it share in debug builds, where
/// each would otherwise compile every op again. For `f32` that holds for pointwise ops alone: few tests use the others.
#[cfg(debug_assertions)]
#[doc(hidden)]
pub fn compiled() -> usize {
    pointwise::<f32>().len()
        + pointwise::<f64>().len()
        + structural::<f32>().len()
        + structural::<f64>().len()
}

/// The rows of a family's structural ops: `"name" [shapes] => |tape, x| call;`, one an op or more.
macro_rules! rows {
    ($($name:literal [$([$($extent:literal),*]),+] => |$tape:pat_param, $x:ident| $call:expr;)*) => {
        /// The family's rows of the table of structural ops.
        pub(crate) fn rows<T: $crate::tape::Element>() -> Vec<$crate::ops::table::CallRow<T>> {
            pastey::paste! { vec![$(
                $crate::ops::table::CallRow {
                    name: $name,
                    signature: $crate::twins::Docs::[<SIGNATURE_ $name:upper>],
                    docs: $crate::twins::Docs::[<DOCS_ $name:upper>],
                    operands: &[$(&[$($extent),*]),+],
                    call: |$tape, $x| $call,
                },
            )*] }
        }
    };
}
pub(crate) use rows;
