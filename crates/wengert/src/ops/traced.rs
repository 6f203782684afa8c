//! The arithmetic of derivatives on a tape: what a pointwise rule computes with when its derivative is recorded.
//!
//! A number stays a number, so that a rule which takes the constant 1 records nothing for it.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::arithmetic::{add, div, mul, neg, sub};
use super::select::{at_most, choose, equals, exceeds, masked};
use crate::error::{At, Error, Kind, Result};
use crate::rule::pointwise::RuleOf;
use crate::rule::{Arithmetic, Pointwise};
use crate::scalar::Scalar;
use crate::tape::pointwise::pointwise;
use crate::tape::record::{binary_op, unary_op};
use crate::tape::{Element, resolve};
use crate::tensor::Operand;

/// Records an op of operands, or computes it where all are numbers. An error is kept on the tape, for the sweep to
/// find: the text of a rule has no way to return it.
fn recorded<T: Element, const N: usize>(
    rule: &'static crate::rule::Rule<T>,
    operands: [Operand<T>; N],
    value: impl FnOnce([T; N]) -> T,
) -> Operand<T> {
    let number = |x: &Operand<T>| match *x {
        Operand::Number(x) => Some(x),
        Operand::Scalar(x) if !x.is_active() => Some(x.value()),
        _ => None,
    };
    let mut numbers = [T::zero(); N];
    let all = operands.iter().zip(&mut numbers).all(|(x, to)| number(x).map(|x| *to = x).is_some());
    if all {
        return Operand::Number(value(numbers));
    }
    match pointwise(rule, operands, At(None)) {
        Ok(made) => Operand::Tensor(made),
        Err(error) => {
            keep::<T>(operands.iter().find_map(Operand::word), error);
            Operand::Number(T::nan())
        }
    }
}

/// The answer of a comparison: it has no derivative, and nothing is recorded for it.
fn compared<O: Pointwise<2>, T: Element>(a: Operand<T>, b: Operand<T>) -> Operand<T> {
    let on_tape = a.word().or(b.word());
    let core = on_tape.and_then(|(kind, word)| resolve::<T>("grad_recorded", kind, word, At(None)).ok());
    let before = core.map(|core| core.paused.replace(true));
    let answer = a.with::<O>(b);
    if let (Some(core), Some(before)) = (core, before) {
        core.paused.set(before);
    }
    answer
}

macro_rules! operators {
    ($($trait:ident $method:ident)*) => {$(
        impl<T: Element> $trait for Operand<T> {
            type Output = Operand<T>;
            fn $method(self, other: Operand<T>) -> Operand<T> {
                self.with::<$method>(other)
            }
        }
    )*};
}
operators!(Add add Sub sub Mul mul Div div);

impl<T: Element> Neg for Operand<T> {
    type Output = Operand<T>;
    fn neg(self) -> Operand<T> {
        self.of::<neg>()
    }
}

impl<T: Element> Arithmetic for Operand<T> {
    /// 1 where the comparison holds, else 0.
    type Mask = Operand<T>;

    fn constant(self, value: f64) -> Operand<T> {
        Operand::Number(T::zero().constant(value))
    }
    fn of<O: Pointwise<1>>(self) -> Operand<T> {
        recorded(RuleOf::<O, T>::UNARY, [self], O::primal)
    }
    fn with<O: Pointwise<2>>(self, other: Operand<T>) -> Operand<T> {
        recorded(RuleOf::<O, T>::BINARY, [self, other], O::primal)
    }
    fn gt(self, other: Operand<T>) -> Operand<T> {
        compared::<exceeds, T>(self, other)
    }
    fn le(self, other: Operand<T>) -> Operand<T> {
        compared::<at_most, T>(self, other)
    }
    fn same(self, other: Operand<T>) -> Operand<T> {
        compared::<equals, T>(self, other)
    }
    fn both(a: Operand<T>, b: Operand<T>) -> Operand<T> {
        a.with::<masked>(b)
    }
    fn either(a: Operand<T>, b: Operand<T>) -> Operand<T> {
        Arithmetic::select(a, a.one_like(), b)
    }
    fn select(mask: Operand<T>, yes: Operand<T>, no: Operand<T>) -> Operand<T> {
        recorded(RuleOf::<choose, T>::TERNARY, [mask, yes, no], choose::primal)
    }
}

/// A scalar that was recorded; an error is kept on the tape of `on`, as for tensors.
fn kept<T: Element>(on: Scalar<T>, made: Result<Scalar<T>>) -> Scalar<T> {
    made.unwrap_or_else(|error| {
        keep::<T>(Operand::Scalar(on).word(), error);
        Scalar::passive(T::nan())
    })
}

/// Keeps an error on the tape of a handle.
fn keep<T: Element>(handle: Option<(Kind, u64)>, error: Error) {
    if let Some(core) =
        handle.and_then(|(kind, word)| resolve::<T>("grad_recorded", kind, word, At(None)).ok())
    {
        core.pending.borrow_mut().get_or_insert(error);
    }
}

/// Scalars: conditions are taken by value, as in any program of scalars.
impl<T: Element> Arithmetic for Scalar<T> {
    type Mask = bool;

    fn constant(self, value: f64) -> Scalar<T> {
        Scalar::passive(T::zero().constant(value))
    }
    fn of<O: Pointwise<1>>(self) -> Scalar<T> {
        kept(self, unary_op::<O, T>(self))
    }
    fn with<O: Pointwise<2>>(self, other: Scalar<T>) -> Scalar<T> {
        kept(if self.is_active() { self } else { other }, binary_op::<O, T>(self, other))
    }
    fn gt(self, other: Scalar<T>) -> bool {
        self.value() > other.value()
    }
    fn le(self, other: Scalar<T>) -> bool {
        self.value() <= other.value()
    }
    fn same(self, other: Scalar<T>) -> bool {
        self.value() == other.value()
    }
    fn both(a: bool, b: bool) -> bool {
        a & b
    }
    fn either(a: bool, b: bool) -> bool {
        a | b
    }
    fn select(mask: bool, yes: Scalar<T>, no: Scalar<T>) -> Scalar<T> {
        if mask { yes } else { no }
    }
}
