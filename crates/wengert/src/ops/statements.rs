//! Functions of many scalars as one instruction each, their partials known: sums, products of vectors, and whatever a
//! caller has differentiated by hand.

use crate::error::{At, Error, OrRaise, Result};
use crate::scalar::Scalar;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::word::FUSED_OPERANDS;

/// Records `value` with a partial by each of the operands.
#[inline]
#[track_caller]
fn statement<T: Element>(
    op: &'static str,
    value: T,
    operands: &[Scalar<T>],
    partial: impl Fn(usize) -> T,
) -> Result<Scalar<T>> {
    if operands.len() <= FUSED_OPERANDS
        && let Some((core, slot)) = Core::quick_fused(operands, value, &partial)
    {
        return Ok(Scalar::from_parts(value, core.word(slot)));
    }
    slow(op, value, operands, partial, At::caller())
}

/// The same wherever the operands are from; more of them than an instruction holds are several.
#[cold]
#[inline(never)]
fn slow<T: Element>(
    op: &'static str,
    value: T,
    operands: &[Scalar<T>],
    partial: impl Fn(usize) -> T,
    at: At,
) -> Result<Scalar<T>> {
    let (first, rest) = operands.split_at(operands.len().min(FUSED_OPERANDS - 1));
    let recorded = |recorded: Option<(&'static Core<T>, usize)>, value: T| match recorded {
        Some((core, slot)) => Scalar::from_parts(value, core.word(slot)),
        None => Scalar::passive(value),
    };
    let mut y = recorded(Core::record_fused(None, op, first, &[value], |_, k| partial(k), at)?, value);
    for (chunk, operands) in rest.chunks(FUSED_OPERANDS - 1).enumerate() {
        let start = (chunk + 1) * (FUSED_OPERANDS - 1);
        let mut all = operands.to_vec();
        all.push(y);
        let partial = |_, k| if k < operands.len() { partial(start + k) } else { T::one() };
        y = recorded(Core::record_fused(None, op, &all, &[value], partial, at)?, value);
    }
    Ok(y)
}

impl<T: Element> Scalar<T> {
    /// A value with its partials, as one instruction: a function that the caller has differentiated by hand.
    ///
    /// It takes 16 bytes and 12 an active operand. The operands may be passive, none, or the same. Like
    /// [`Tape::fuse`](crate::Tape::fuse) it has a first derivative only.
    ///
    /// # Panics
    /// Where [`Scalar::try_with_partials`] gives an error.
    ///
    /// ```
    /// use wengert::{Scalar, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalars(&[3.0, 4.0]);
    /// let r = x[0].value().hypot(x[1].value());
    /// let y = Scalar::with_partials(r, &x, &[x[0].value() / r, x[1].value() / r]);
    /// (y * y).backward();
    /// assert_eq!((y.value(), x[1].grad()), (5.0, Some(8.0)));
    /// ```
    #[track_caller]
    pub fn with_partials(value: T, operands: &[Scalar<T>], partials: &[T]) -> Scalar<T> {
        Scalar::try_with_partials(value, operands, partials).or_raise()
    }

    /// Like [`Scalar::with_partials`], but returns the error: another number of partials than of operands, a stale handle,
    /// scalars on different tapes, no room, or the slots are lent.
    #[track_caller]
    pub fn try_with_partials(value: T, operands: &[Scalar<T>], partials: &[T]) -> Result<Scalar<T>> {
        let (op, at) = ("with_partials", At::caller());
        check_lengths(op, ["operands", "partials"], [operands.len(), partials.len()], at)?;
        statement(op, value, operands, |k| partials[k])
    }

    /// The sum of scalars as one instruction, where [`Sum`](std::iter::Sum) records one a term. Of nothing it is a passive 0.
    ///
    /// **Partials.** 1 each. First order only, as [`Tape::fuse`](crate::Tape::fuse).
    ///
    /// # Panics
    /// Where [`Scalar::try_sum_of`] gives an error.
    ///
    /// ```
    /// use wengert::{Scalar, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalars(&[1.0, 2.0, 3.0]);
    /// let y = Scalar::sum_of(&x);
    /// (y * y).backward();
    /// assert_eq!((y.value(), x[0].grad()), (6.0, Some(12.0)));
    /// ```
    #[track_caller]
    pub fn sum_of(terms: &[Scalar<T>]) -> Scalar<T> {
        Scalar::try_sum_of(terms).or_raise()
    }

    /// Like [`Scalar::sum_of`], but returns the error: a stale handle, scalars on different tapes, no room, or the slots are
    /// lent.
    #[track_caller]
    pub fn try_sum_of(terms: &[Scalar<T>]) -> Result<Scalar<T>> {
        let value = terms.iter().fold(T::zero(), |sum, x| sum + x.value());
        statement("sum_of", value, terms, |_| T::one())
    }

    /// The inner product `a_0 b_0 + a_1 b_1 + ..` as one instruction. Of nothing it is a passive 0.
    ///
    /// **Partials.** `b_k` by `a_k` and `a_k` by `b_k`. First order only, as [`Tape::fuse`](crate::Tape::fuse).
    ///
    /// # Panics
    /// Where [`Scalar::try_dot`] gives an error.
    ///
    /// ```
    /// use wengert::{Scalar, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.scalars(&[1.0, 2.0]), [10.0, 20.0].map(Scalar::from));
    /// let y = Scalar::dot(&a, &b);
    /// y.backward();
    /// assert_eq!((y.value(), a[1].grad()), (50.0, Some(20.0)));
    /// ```
    #[track_caller]
    pub fn dot(a: &[Scalar<T>], b: &[Scalar<T>]) -> Scalar<T> {
        Scalar::try_dot(a, b).or_raise()
    }

    /// Like [`Scalar::dot`], but returns the error: operands of different lengths, a stale handle, scalars on different
    /// tapes, no room, or the slots are lent.
    #[track_caller]
    pub fn try_dot(a: &[Scalar<T>], b: &[Scalar<T>]) -> Result<Scalar<T>> {
        let (op, at) = ("dot", At::caller());
        check_lengths(op, ["numbers", "numbers"], [a.len(), b.len()], at)?;
        let value = a.iter().zip(b).fold(T::zero(), |sum, (a, b)| sum + a.value() * b.value());
        let operands: smallvec::SmallVec<[Scalar<T>; 32]> = a.iter().chain(b).copied().collect();
        let partial = |k: usize| if k < b.len() { b[k].value() } else { a[k - b.len()].value() };
        statement(op, value, &operands, partial)
    }
}

fn check_lengths(
    op: &'static str,
    [what, other]: [&'static str; 2],
    [lhs, rhs]: [usize; 2],
    at: At,
) -> Result<()> {
    match lhs == rhs {
        true => Ok(()),
        false => Err(Error::Lengths { op, what, lhs, other, rhs, at }),
    }
}
