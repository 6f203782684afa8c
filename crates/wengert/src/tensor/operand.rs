//! What may stand on either side of a tensor op.

use super::Tensor;
use crate::error::Kind;
use crate::scalar::Scalar;
use crate::tape::Element;

/// A tensor, a scalar or a number: what a binary op of a tensor takes.
#[derive(Clone, Copy, Debug)]
pub enum Operand<T: Element> {
    /// A tensor.
    Tensor(Tensor<T>),
    /// A scalar; an active one gets its gradient.
    Scalar(Scalar<T>),
    /// A plain number.
    Number(T),
}

impl<T: Element> Operand<T> {
    /// The word of a handle that is on a tape.
    pub(crate) fn word(&self) -> Option<(Kind, u64)> {
        match self {
            Operand::Tensor(x) => Some((Kind::Tensor, x.word())),
            Operand::Scalar(x) if x.is_active() => Some((Kind::Scalar, x.word())),
            _ => None,
        }
    }
}

impl<T: Element> From<Tensor<T>> for Operand<T> {
    #[inline]
    fn from(x: Tensor<T>) -> Operand<T> {
        Operand::Tensor(x)
    }
}

impl<T: Element> From<&Tensor<T>> for Operand<T> {
    #[inline]
    fn from(x: &Tensor<T>) -> Operand<T> {
        Operand::Tensor(*x)
    }
}

impl<T: Element> From<Scalar<T>> for Operand<T> {
    #[inline]
    fn from(x: Scalar<T>) -> Operand<T> {
        Operand::Scalar(x)
    }
}

macro_rules! numbers {
    ($($float:ty)*) => {$(
        impl From<$float> for Operand<$float> {
            #[inline]
            fn from(x: $float) -> Operand<$float> {
                Operand::Number(x)
            }
        }
    )*};
}
numbers!(f32 f64);
