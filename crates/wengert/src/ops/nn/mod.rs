//! Layers and losses.

mod attention;
mod classes;
mod conv;
mod conv_rules;
mod cross_entropy;
mod dropout;
mod linear;
mod losses;
mod norms;
pub(super) mod penalty;
mod pool;
mod pool_rules;
mod softmax;
mod softmax_adjoints;
mod standardise;
mod unit;

use smallvec::SmallVec;

use crate::error::{At, Error, Kind, Result, Shape};
use crate::rule::Pointwise;
use crate::rule::pointwise::RuleOf;
use crate::shape::{Dims, broadcast};
use crate::tape::core::Core;
use crate::tape::pointwise::pointwise;
use crate::tape::{Element, registry};
use crate::tensor::{Operand, Tensor};

pub use attention::{Attends, Attention};
pub use conv::Conv;
pub use cross_entropy::CrossEntropy;
pub use losses::Reduction;
pub use pool::Pool;

/// The rows of all files.
pub(crate) fn rows<T: Element>() -> Vec<super::table::CallRow<T>> {
    [
        softmax::rows(),
        classes::rows(),
        cross_entropy::rows(),
        losses::rows(),
        norms::rows(),
        unit::rows(),
        conv::rows(),
        pool::rows(),
        linear::rows(),
        dropout::rows(),
        attention::rows(),
    ]
    .concat()
}

/// The dims of operands, which must all be on the tape of the first: an op of several instructions asks before it
/// records one.
fn together<T: Element>(op: &'static str, operands: &[Operand<T>], at: At) -> Result<SmallVec<[Dims; 4]>> {
    let (mut tape, mut all) = (None, SmallVec::<[Dims; 4]>::new());
    for operand in operands {
        let mut dims = Dims::new();
        if let Some((kind, word)) = operand.word() {
            let core = registry::resolve::<T>(op, kind, word, at)?;
            let (lhs, rhs) = (*tape.get_or_insert(core.id.get()), core.id.get());
            if lhs != rhs {
                return Err(Error::DifferentTapes { op, lhs, rhs, at });
            }
            if let Operand::Tensor(_) = operand {
                dims.extend_from_slice(&core.tables.borrow().layout(Core::<T>::variable_of(word)).dims);
            }
        }
        all.push(dims);
    }
    Ok(all)
}

/// The common shape of two operands.
fn meet(op: &'static str, a: &[usize], b: &[usize], at: At) -> Result<Dims> {
    broadcast(a, b).map_err(|differ| Error::broadcast(op, &["lhs", "rhs"], [a, b], differ, at))
}

/// A parameter of a layer has the shape that the layer asks for.
fn check_parameter(
    op: &'static str,
    what: &'static str,
    dims: &[usize],
    expected: &[usize],
    at: At,
) -> Result<()> {
    if dims == expected {
        return Ok(());
    }
    let (lhs, rhs) = (Shape::from(dims), Shape::from(expected));
    let help = "give the parameter the shape that the layer asks for";
    Err(Error::ShapeMismatch { op, what, lhs, other: "what the layer asks for", rhs, help, at })
}

fn unary<O: Pointwise<1>, T: Element>(x: Tensor<T>, at: At) -> Result<Tensor<T>> {
    pointwise(RuleOf::<O, T>::UNARY, [x.into()], at)
}

fn binary<O: Pointwise<2>, T: Element>(
    a: impl Into<Operand<T>>,
    b: impl Into<Operand<T>>,
    at: At,
) -> Result<Tensor<T>> {
    pointwise(RuleOf::<O, T>::BINARY, [a.into(), b.into()], at)
}

/// A number as an operand.
fn number<T: Element>(value: f64) -> Operand<T> {
    Operand::Number(T::zero().constant(value))
}

/// A passive tensor on the tape of `like`.
fn constant<T: Element>(
    op: &'static str,
    like: Tensor<T>,
    dims: &[usize],
    values: &[T],
    at: At,
) -> Result<Tensor<T>> {
    registry::resolve::<T>(op, Kind::Tensor, like.word(), at)?.push_passive(op, dims, values, at)
}

/// Another view of `x`.
fn reshaped<T: Element>(x: Tensor<T>, dims: &[usize], at: At) -> Result<Tensor<T>> {
    x.reshaped_to(dims, at)
}
