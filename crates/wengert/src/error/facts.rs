//! What errors name: a sort of handle, a line, a shape.

use std::fmt;
use std::panic::Location;

/// Which sort of handle an error speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A [`Tensor`](crate::Tensor).
    Tensor,
    /// A [`Scalar`](crate::Scalar).
    Scalar,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Tensor => "tensor",
            Kind::Scalar => "scalar",
        })
    }
}

/// The source line that recorded an instruction or made a call. Prints as `\n  recorded at file:line:column`, with `-`
/// as `\n  called at file:line:column`, with `+` as ` at file:line:column`, and with `#` as the place alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct At(pub Option<&'static Location<'static>>);

impl At {
    /// The line of the caller.
    #[inline]
    #[track_caller]
    pub(crate) fn caller() -> At {
        At(Some(Location::caller()))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(at) = self.0 else {
            return if f.alternate() {
                f.write_str("an unknown line (build with the feature `locations`)")
            } else {
                Ok(())
            };
        };
        let before = if f.alternate() {
            ""
        } else if f.sign_plus() {
            " at "
        } else if f.sign_minus() {
            "\n  called at "
        } else {
            "\n  recorded at "
        };
        write!(f, "{before}{}:{}:{}", at.file(), at.line(), at.column())
    }
}

/// A shape in a message: `[2, 3]`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Shape(pub Vec<usize>);

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Shape {
        Shape(dims.to_vec())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
