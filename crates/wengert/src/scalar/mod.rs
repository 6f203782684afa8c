//! The handle of a scalar: its primal and one word, `tag:35 | slot:29`.

mod arrays;
mod compare;
mod convert;
#[cfg(feature = "nalgebra")]
mod fields;
mod float;
mod names;
mod num;

use std::fmt;

use crate::error::{At, Kind, OrRaise, Result};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{TAG_MASK, index_of};
use crate::tape::registry;

/// A number on a tape: a `Copy` handle of 16 bytes, without a lifetime, that carries its value.
///
/// `tape.scalar(v)` makes an active one; `Scalar::from(v)` a passive one, which needs no tape and becomes a constant
/// where it meets an active one.
///
/// ```
/// use wengert::{Scalar, Tape};
/// let tape = Tape::<f64>::new();
/// let x = tape.scalar(3.0);
/// let y = x * x + Scalar::from(2.0) * x + 1.0;
/// y.backward();
/// assert_eq!((y.value(), x.grad()), (16.0, Some(8.0)));
/// ```
///
/// It is a number to generic code: it has the operators, `Sum` and `Product`, comparisons by value, the traits of the
/// crate `num-traits` up to `Float`, and can be the element of an array of `ndarray` and, with the feature `nalgebra`, of
/// a matrix of `nalgebra`. Constants that such code makes (`T::zero()`, `T::from(2.0)`, `T::PI()`) are passive.
///
/// ```
/// use num_traits::Float;
/// use wengert::Tape;
/// fn gamma<T: Float>(v: T) -> T {
///     (T::one() - v * v).sqrt().recip()
/// }
/// let tape = Tape::<f64>::new();
/// let v = tape.scalar(0.6);
/// gamma(v).backward();
/// assert_eq!(gamma(0.6_f32), 1.25);
/// assert!((v.grad().unwrap() - 0.6 * 1.25 * 1.25 * 1.25).abs() < 1e-14);
/// ```
///
/// What turns it into a primitive number (`value`, `to_f64`, `as_`) cuts the gradient, and so does `T::from(x)` of
/// `NumCast`, which can only go through one. Where its methods have PyTorch's meaning and those of `f64` another, the
/// traits mean what they mean for `f64`: [`round`](Scalar::round) of a half goes to the even integer,
/// `Float::round` away from 0.
#[derive(Clone, Copy)]
pub struct Scalar<T: Element = f64> {
    value: T,
    /// 0 is passive.
    word: u64,
}

impl<T: Element> Scalar<T> {
    #[inline(always)]
    pub(crate) fn from_parts(value: T, word: u64) -> Scalar<T> {
        Scalar { value, word }
    }

    #[inline(always)]
    pub(crate) fn passive(value: T) -> Scalar<T> {
        Scalar { value, word: 0 }
    }

    #[inline(always)]
    pub(crate) fn word(self) -> u64 {
        self.word
    }

    /// Whether it is on a tape and gets a gradient.
    #[inline(always)]
    pub(crate) fn is_active(self) -> bool {
        self.word != 0
    }

    /// The tape and slot of an active scalar; `None` for a passive one.
    pub(crate) fn resolve(self, op: &'static str, at: At) -> Result<Option<(&'static Core<T>, usize)>> {
        if !self.is_active() {
            return Ok(None);
        }
        let core = registry::resolve(op, Kind::Scalar, self.word, at)?;
        Ok(Some((core, index_of(self.word))))
    }

    /// The number.
    #[inline(always)]
    pub fn value(self) -> T {
        self.value
    }

    /// The number, by the name that a tensor has for it.
    #[inline(always)]
    pub fn item(self) -> T {
        self.value
    }

    /// Whether it requires a gradient.
    #[inline]
    pub fn requires_grad(self) -> bool {
        self.is_active()
    }

    /// The number of the tape, as errors name it; `None` for a passive scalar.
    ///
    /// # Panics
    /// On a stale handle.
    #[track_caller]
    pub fn tape_id(self) -> Option<u64> {
        self.resolve("tape_id", At::caller()).or_raise().map(|(core, _)| core.id.get())
    }

    /// The index of the slot; `None` for a passive scalar.
    pub fn index(self) -> Option<usize> {
        self.is_active().then_some((self.word & !TAG_MASK) as usize)
    }

    /// The same number, passive: no gradient flows through it.
    #[inline]
    pub fn detach(self) -> Scalar<T> {
        Scalar::passive(self.value)
    }

    /// Whether it is a leaf: made by `tape.scalar`, or passive (PyTorch's convention).
    ///
    /// # Panics
    /// On a stale handle.
    #[track_caller]
    pub fn is_leaf(self) -> bool {
        match self.resolve("is_leaf", At::caller()).or_raise() {
            None => true,
            Some((core, slot)) => core.gradients.borrow().scalar_place(slot).is_some(),
        }
    }

    /// The gradient: `None` before a sweep reached it, and for what is no leaf and did not ask with `retain_grad`.
    ///
    /// # Panics
    /// On a stale handle.
    #[track_caller]
    pub fn grad(self) -> Option<T> {
        let (core, slot) = self.resolve("grad", At::caller()).or_raise()?;
        let gradients = core.gradients.borrow();
        match gradients.scalar_place(slot) {
            Some(place) => gradients.scalar(place),
            None => gradients.retained_scalar(slot),
        }
    }
}

/// Prints the number alone, as `f64` does, so that generic code prints what it always did.
impl<T: Element> fmt::Display for Scalar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

/// Prints the handle, the number of its slot and its value: `%s7 (50.0)`; a passive one as `50.0`.
impl<T: Element> fmt::Debug for Scalar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index() {
            Some(slot) => write!(f, "%s{slot} ({:?})", self.value),
            None => write!(f, "{:?}", self.value),
        }
    }
}

/// Prints the number alone, as a scalar does.
impl<T: fmt::Display, const N: usize> fmt::Display for crate::rule::Dual<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}
