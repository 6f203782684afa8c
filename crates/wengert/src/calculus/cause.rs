//! What is said of the first NaN.

use std::fmt;

use crate::error::At;

/// The first cause of a NaN, as [`Tensor::nan_cause`](crate::Tensor::nan_cause) finds it. `Display` says it in a sentence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NanCause {
    /// Where the NaN is.
    pub place: NanPlace,
    /// The op that made it, or was the first to read it.
    pub op: &'static str,
    /// Which element of the result, or of the operand.
    pub index: Vec<usize>,
    /// What the op computed with there: names and numbers. Of a whole-tensor op only what belongs to one element.
    pub numbers: Vec<(String, f64)>,
    /// Where the op was recorded.
    pub at: At,
}

/// Which number of an op is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NanPlace {
    /// The op's result, computed from operands that are not.
    Value,
    /// What the op sends back to this operand, from an adjoint of its result that is not.
    Adjoint {
        /// The operand, counted from 0.
        operand: usize,
    },
    /// What the op sends back to this operand is a number, and with what came to it before, as infinity and minus
    /// infinity, it adds up to NaN.
    Sum {
        /// The operand, counted from 0.
        operand: usize,
    },
    /// An operand that no recorded op computed: a leaf, a constant, or what was computed while recording was paused. Where
    /// that is what was asked about, the op is `nan_cause`.
    Given {
        /// The operand, counted from 0.
        operand: usize,
    },
}

impl fmt::Display for NanCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NanCause { place, op, index, numbers, at } = self;
        let element = if index.is_empty() { String::new() } else { format!("element {index:?} of ") };
        match place {
            NanPlace::Value => write!(f, "{op}: {element}its value is the first NaN")?,
            NanPlace::Adjoint { operand } => {
                write!(f, "{op}: {element}what it sends back to operand {operand} is the first NaN")?;
            }
            NanPlace::Sum { operand } => {
                write!(f, "{op}: {element}what it sends back to operand {operand} adds up to the first NaN")?;
            }
            NanPlace::Given { operand } => {
                write!(f, "{op}: {element}operand {operand} is NaN, and no recorded op computed it")?;
            }
        }
        write!(f, "{at}")?;
        let mut before = "\n  there ";
        for (name, number) in numbers {
            write!(f, "{before}{name} is {number:?}")?;
            before = ", ";
        }
        Ok(())
    }
}

impl crate::tape::Escape for NanCause {
    fn escape(self, _: &mut crate::tape::Exit<'_>) -> NanCause {
        self
    }
}
