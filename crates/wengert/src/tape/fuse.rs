//! Fused statements: a function of a few scalars as one instruction, preaccumulated while it is recorded.

use smallvec::SmallVec;

use super::core::Core;
use super::element::Element;
use super::fused::Fused;
use super::{Tape, word};
use crate::error::{At, OrRaise, Result};
use crate::rule::Dual;
use crate::scalar::Scalar;

/// The operands of a function that is being fused.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Fusing<T: Element, const K: usize> {
    on: Option<&'static Core<T>>,
    inputs: [Scalar<T>; K],
    at: At,
}

const OP: &str = "fuse";

/// The arguments of the function.
#[inline(always)]
fn independents<T: Element, const K: usize>(inputs: &[Scalar<T>; K]) -> [Dual<T, K>; K] {
    let mut values = [T::zero(); K];
    for k in 0..K {
        values[k] = inputs[k].value();
    }
    Dual::independent(values)
}

impl<T: Element, const K: usize> Fusing<T, K> {
    /// Records the results.
    #[inline(always)]
    #[track_caller]
    pub(super) fn results<const M: usize>(self, results: [Dual<T, K>; M]) -> Result<[Scalar<T>; M]> {
        const { assert!(K <= word::FUSED_OPERANDS && M <= word::FUSED_RESULTS) };
        let mut scalars = [Scalar::passive(T::zero()); M];
        for m in 0..M {
            scalars[m] = Scalar::passive(results[m].value);
        }
        let mut core = self.on;
        if core.is_none() && K > 0 {
            core = T::lane(|lane| lane.quick(self.inputs[0].word())).map(|(core, _)| core);
        }
        let mut recorded = None;
        if let Some(core) = core {
            recorded = self.quick(core, &results);
        }
        if recorded.is_none() {
            // Copies, so that what is recorded at once need not lie in memory.
            let (fusing, results) = (self, results);
            recorded = fusing.slow(&results)?;
        }
        if let Some((core, slot)) = recorded {
            for m in 0..M {
                scalars[m] = Scalar::from_parts(results[m].value, core.word(slot + m));
            }
        }
        Ok(scalars)
    }

    #[inline(always)]
    #[track_caller]
    #[allow(clippy::needless_range_loop, reason = "a counted loop is unrolled in every build")]
    fn quick<const M: usize>(
        &self,
        core: &'static Core<T>,
        results: &[Dual<T, K>; M],
    ) -> Option<(&'static Core<T>, usize)> {
        // What has no inputs is a number, and what has no results nothing.
        if M == 0 || K == 0 {
            return None;
        }
        let mut slots = [0; K];
        for k in 0..K {
            slots[k] = core.index_if_held(self.inputs[k].word())?;
        }
        let slot = core.push_fused(&slots, results)?;
        Some((core, slot))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn slow(&self, results: &[Dual<T, K>]) -> Result<Option<(&'static Core<T>, usize)>> {
        if results.is_empty() {
            return Ok(None);
        }
        let values: SmallVec<[T; 8]> = results.iter().map(|result| result.value).collect();
        Core::record_fused(self.on, OP, &self.inputs, &values, |m, k| results[m].dot[k], self.at)
    }
}

impl<T: Element> Tape<T> {
    /// A function of a few scalars as **one** instruction: it is run on [`Dual`]s with a tangent for each input, and what is
    /// recorded are its results and their partials.
    ///
    /// Everything that is generic over numbers can be fused. The function returns a `Dual`, an array or tuple of them, or a
    /// `Vec`; numbers of its surroundings are constants.
    ///
    /// **Cost.** With `K` inputs one result takes `16 + 12 K` bytes, 4 more where `K` is odd, and 8 in the adjoints; one op a
    /// statement takes 16 each, and 8 in the adjoints. Either takes 4 less on a tape of up to 8,192 slots, if no fused instruction
    /// on it has several results or more than six inputs. A sweep costs a product an input, and each op inside up to `K`
    /// products while it runs: it pays where a function has more ops than inputs.
    ///
    /// **Order.** The partials are numbers: a fused instruction has a first derivative. `grad_recorded` and `hvp` through one
    /// are the error [`Error::FusedOrder`](crate::Error::FusedOrder).
    ///
    /// **Edges.** A partial is 0 where no path leads, also past infinite partials. Behind one, as in `x.sqrt() * 0.0` at 0, a path whose partial is
    /// 0 is NaN, where one op a statement has 0: the partials are computed forward, as those of a [`Dual`](crate::Dual) are. Inputs may be passive
    /// or the same.
    /// Source: Griewank and Walther, Evaluating Derivatives, section 10.2 (preaccumulation).
    ///
    /// # Panics
    /// Where [`Tape::try_fuse`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let [x, a, b, c] = [2.0, 3.0, 5.0, 7.0].map(|v| tape.scalar(v));
    /// let y = tape.fuse([x, a, b, c], |[x, a, b, c]| x * x * a + b * x + c);
    /// y.backward();
    /// assert_eq!((y.value(), x.grad(), a.grad()), (29.0, Some(17.0), Some(4.0)));
    /// assert_eq!(tape.stats().instructions, 1);
    /// ```
    #[track_caller]
    #[inline(always)]
    pub fn fuse<R, const K: usize>(
        &self,
        inputs: [Scalar<T>; K],
        f: impl FnOnce([Dual<T, K>; K]) -> R,
    ) -> R::Of<Scalar<T>>
    where
        R: Fused<T, K>,
    {
        self.try_fuse(inputs, f).or_raise()
    }

    /// Like [`Tape::fuse`], but returns the error: a stale handle, a scalar of another tape, no room, or the slots are
    /// lent. The function has run by then.
    #[track_caller]
    #[inline(always)]
    pub fn try_fuse<R, const K: usize>(
        &self,
        inputs: [Scalar<T>; K],
        f: impl FnOnce([Dual<T, K>; K]) -> R,
    ) -> Result<R::Of<Scalar<T>>>
    where
        R: Fused<T, K>,
    {
        let results = f(independents(&inputs));
        results.record(Fusing { on: Some(self.core()), inputs, at: At::caller() })
    }
}

impl<T: Element> Scalar<T> {
    /// [`Tape::fuse`] where no tape is at hand: the inputs know theirs.
    ///
    /// # Panics
    /// Where [`Scalar::try_fuse`] gives an error.
    ///
    /// ```
    /// use wengert::{Scalar, Tape};
    /// let tape = Tape::<f64>::new();
    /// let [x, y] = [3.0, 4.0].map(|v| tape.scalar(v));
    /// let (r, angle) = Scalar::fuse([x, y], |[x, y]| ((x * x + y * y).sqrt(), y.atan2(x)));
    /// (r + angle).backward();
    /// assert!((x.grad().unwrap() - (0.6 - 4.0 / 25.0)).abs() < 1e-15);
    /// ```
    #[track_caller]
    #[inline(always)]
    pub fn fuse<R, const K: usize>(
        inputs: [Scalar<T>; K],
        f: impl FnOnce([Dual<T, K>; K]) -> R,
    ) -> R::Of<Scalar<T>>
    where
        R: Fused<T, K>,
    {
        Scalar::try_fuse(inputs, f).or_raise()
    }

    /// Like [`Scalar::fuse`], but returns the error: a stale handle, scalars on different tapes, no room, or the slots are
    /// lent. The function has run by then.
    #[track_caller]
    #[inline(always)]
    pub fn try_fuse<R, const K: usize>(
        inputs: [Scalar<T>; K],
        f: impl FnOnce([Dual<T, K>; K]) -> R,
    ) -> Result<R::Of<Scalar<T>>>
    where
        R: Fused<T, K>,
    {
        let results = f(independents(&inputs));
        results.record(Fusing { on: None, inputs, at: At::caller() })
    }
}

impl<T: Element, const N: usize> Dual<T, N> {
    /// A function of a few duals, differentiated by itself: it is run with a tangent for each of the `K` inputs, and the chain rule
    /// carries the `N` tangents of the inputs through its partials.
    ///
    /// The function is written, and returns what it may, as for [`Tape::fuse`].
    ///
    /// **Cost.** An op inside takes up to `K` products in place of `N`, and a result `K N` at the end: it pays where a function of
    /// few inputs has many ops, and its inputs many tangents.
    ///
    /// **Edges.** A tangent of 0 counts as none, inside and at the end. Source: Griewank and Walther, Evaluating Derivatives, section
    /// 10.2 (preaccumulation).
    ///
    /// ```
    /// use wengert::Dual;
    /// let [s, t] = Dual::independent([1.0, 2.0]);
    /// let y = Dual::fuse([s * t, t], |[x, b]| x * x + b * x);
    /// assert_eq!((y.value, y.dot), (8.0, [12.0, 8.0]));
    /// ```
    #[inline(always)]
    pub fn fuse<R, const K: usize>(
        inputs: [Dual<T, N>; K],
        f: impl FnOnce([Dual<T, K>; K]) -> R,
    ) -> R::Of<Dual<T, N>>
    where
        R: Fused<T, K>,
    {
        f(Dual::independent(inputs.map(Dual::value))).chained(&inputs)
    }
}
