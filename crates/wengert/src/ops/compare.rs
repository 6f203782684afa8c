//! Comparisons, which answer masks: nothing is recorded, and no gradient flows.

use wengert_kernels::Real;

use super::handles::meeting;
use crate::arena::split;
use crate::error::{At, Result};
use crate::lists::{collected, filled};
use crate::picks::Mask;
use crate::shape::element_count;
use crate::tape::Element;
use crate::tape::tensors::strided;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

/// The values of an operand repeated to a shape that it fits.
fn values<T: Element>(op: &'static str, x: Operand<T>, dims: &[usize], at: At) -> Result<Vec<T>> {
    let mut values = filled(T::zero(), element_count(dims), op, at)?;
    match x {
        Operand::Number(x) => values.fill(x),
        Operand::Scalar(x) => values.fill(x.value()),
        Operand::Tensor(x) => {
            let (core, id) = x.resolve(op, at)?;
            let view = core.tables.borrow().view(id).expand(dims).expect("the operand fits the shape");
            split::shared(&core.list.values()[..core.list.slots()], |slots| {
                wengert_kernels::copy(&mut values, strided(slots, &view));
            });
        }
    }
    Ok(values)
}

fn compared<T: Element>(
    op: &'static str,
    a: Tensor<T>,
    b: Operand<T>,
    at: At,
    holds: impl Fn(T, T) -> bool,
) -> Result<Mask> {
    let dims = meeting(op, &[a.into(), b], at)?;
    let (a, b) = (values(op, a.into(), &dims, at)?, values(op, b, &dims, at)?);
    let holds = collected(a.iter().zip(&b).map(|(&a, &b)| holds(a, b)), a.len(), op, at)?;
    Ok(Mask::from_parts(holds, &dims))
}

fn tested<T: Element>(op: &'static str, x: Tensor<T>, at: At, holds: impl Fn(T) -> bool) -> Result<Mask> {
    let dims = meeting(op, &[x.into()], at)?;
    let values = values(op, x.into(), &dims, at)?;
    let holds = collected(values.iter().map(|&x| holds(x)), values.len(), op, at)?;
    Ok(Mask::from_parts(holds, &dims))
}

methods! {
    /// Where `x > other`, broadcast. False where either is NaN. PyTorch: `torch.gt`.
    ///
    /// # Errors
    /// Shapes that do not broadcast, or operands on different tapes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([1.0, 2.0, f64::NAN]).gt(1.0).to_vec(), [false, true, false]);
    /// ```
    gt(x, at, other: impl Into<Operand<T>>) -> Mask {
        compared("gt", x, other.into(), at, |a, b| a > b)
    }

    /// Where `x >= other`, broadcast. False where either is NaN. PyTorch: `torch.ge`.
    ///
    /// # Errors
    /// Shapes that do not broadcast, or operands on different tapes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 1.0, 2.0]).ge(1.0).to_vec(), [false, true, true]);
    /// ```
    ge(x, at, other: impl Into<Operand<T>>) -> Mask {
        compared("ge", x, other.into(), at, |a, b| a >= b)
    }

    /// Where `x < other`, broadcast. False where either is NaN. PyTorch: `torch.lt`.
    ///
    /// # Errors
    /// Shapes that do not broadcast, or operands on different tapes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[1.0], [2.0]]), tape.leaf([1.5, 2.0]));
    /// assert_eq!(a.lt(b).to_vec(), [true, true, false, false]);
    /// ```
    lt(x, at, other: impl Into<Operand<T>>) -> Mask {
        compared("lt", x, other.into(), at, |a, b| a < b)
    }

    /// Where `x <= other`, broadcast. False where either is NaN. PyTorch: `torch.le`.
    ///
    /// # Errors
    /// Shapes that do not broadcast, or operands on different tapes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 1.0, 2.0]).le(1.0).to_vec(), [true, true, false]);
    /// ```
    le(x, at, other: impl Into<Operand<T>>) -> Mask {
        compared("le", x, other.into(), at, |a, b| a <= b)
    }

    /// Where `x` equals `other`, element by element, broadcast. False where either is NaN. PyTorch: `torch.eq`. The
    /// operator `==` asks whether two handles are the same.
    ///
    /// # Errors
    /// Shapes that do not broadcast, or operands on different tapes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 1.0]).eq(1.0).to_vec(), [false, true]);
    /// ```
    eq(x, at, other: impl Into<Operand<T>>) -> Mask {
        compared("eq", x, other.into(), at, |a, b| a == b)
    }

    /// Where `x` differs from `other`, element by element, broadcast. True where either is NaN. PyTorch: `torch.ne`.
    ///
    /// # Errors
    /// Shapes that do not broadcast, or operands on different tapes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 1.0]).ne(1.0).to_vec(), [true, false]);
    /// ```
    ne(x, at, other: impl Into<Operand<T>>) -> Mask {
        compared("ne", x, other.into(), at, |a, b| a != b)
    }

    /// Where `x` is NaN. PyTorch: `torch.isnan`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, f64::NAN]).isnan().to_vec(), [false, true]);
    /// ```
    isnan(x, at) -> Mask {
        tested("isnan", x, at, |x| x.is_nan())
    }

    /// Where `x` is infinite, of either sign. PyTorch: `torch.isinf`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, -f64::INFINITY]).isinf().to_vec(), [false, true]);
    /// ```
    isinf(x, at) -> Mask {
        tested("isinf", x, at, is_infinite)
    }

    /// Where `x` is neither infinite nor NaN. PyTorch: `torch.isfinite`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, f64::INFINITY, f64::NAN]).isfinite().to_vec(), [true, false, false]);
    /// ```
    isfinite(x, at) -> Mask {
        tested("isfinite", x, at, is_finite)
    }
}

fn is_infinite<T: Real>(x: T) -> bool {
    x.is_infinite()
}

fn is_finite<T: Real>(x: T) -> bool {
    x.is_finite()
}
