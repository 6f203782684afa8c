//! What a fused function returns, and what becomes of it: scalars on a tape, or duals with other tangents.

use super::element::Element;
use super::fuse::Fusing;
use crate::error::Result;
use crate::rule::Dual;
use crate::scalar::Scalar;

/// What a fused function returns: a [`Dual`], an array or a tuple of them, or a `Vec`.
pub trait Fused<T: Element, const K: usize> {
    /// The same of other numbers: of scalars, or of duals with other tangents.
    type Of<S>;

    #[doc(hidden)]
    fn record(self, fusing: Fusing<T, K>) -> Result<Self::Of<Scalar<T>>>;

    #[doc(hidden)]
    fn chained<const N: usize>(self, inputs: &[Dual<T, N>; K]) -> Self::Of<Dual<T, N>>;
}

impl<T: Element, const K: usize> Fused<T, K> for Dual<T, K> {
    type Of<S> = S;
    #[inline(always)]
    #[track_caller]
    fn record(self, fusing: Fusing<T, K>) -> Result<Scalar<T>> {
        Ok(fusing.results([self])?[0])
    }
    #[inline(always)]
    fn chained<const N: usize>(self, inputs: &[Dual<T, N>; K]) -> Dual<T, N> {
        self.at(inputs)
    }
}

impl<T: Element, const K: usize, const M: usize> Fused<T, K> for [Dual<T, K>; M] {
    type Of<S> = [S; M];
    #[inline(always)]
    #[track_caller]
    fn record(self, fusing: Fusing<T, K>) -> Result<[Scalar<T>; M]> {
        fusing.results(self)
    }
    #[inline(always)]
    fn chained<const N: usize>(self, inputs: &[Dual<T, N>; K]) -> [Dual<T, N>; M] {
        let mut chained = [Dual::passive(T::zero()); M];
        for (chained, result) in chained.iter_mut().zip(self) {
            *chained = result.at(inputs);
        }
        chained
    }
}

impl<T: Element, const K: usize> Fused<T, K> for Vec<Dual<T, K>> {
    type Of<S> = Vec<S>;
    fn record(self, fusing: Fusing<T, K>) -> Result<Vec<Scalar<T>>> {
        let recorded = fusing.slow(&self)?;
        let scalar = |(m, y): (usize, &Dual<T, K>)| match recorded {
            Some((core, slot)) => Scalar::from_parts(y.value, core.word(slot + m)),
            None => Scalar::passive(y.value),
        };
        Ok(self.iter().enumerate().map(scalar).collect())
    }
    fn chained<const N: usize>(self, inputs: &[Dual<T, N>; K]) -> Vec<Dual<T, N>> {
        self.into_iter().map(|result| result.at(inputs)).collect()
    }
}

macro_rules! tuples {
    ($($count:literal ($($name:ident)+);)*) => {$(
        impl<T: Element, const K: usize> Fused<T, K> for ($(tuples!(@dual $name T K),)+) {
            type Of<S> = ($(tuples!(@same $name S),)+);
            #[inline(always)]
            #[track_caller]
            fn record(self, fusing: Fusing<T, K>) -> Result<Self::Of<Scalar<T>>> {
                let ($($name,)+) = self;
                let [$($name),+]: [Scalar<T>; $count] = fusing.results([$($name),+])?;
                Ok(($($name,)+))
            }
            #[inline(always)]
            fn chained<const N: usize>(self, inputs: &[Dual<T, N>; K]) -> Self::Of<Dual<T, N>> {
                let ($($name,)+) = self;
                ($($name.at(inputs),)+)
            }
        }
    )*};
    (@dual $name:ident $T:ident $K:ident) => { Dual<$T, $K> };
    (@same $name:ident $S:ident) => { $S };
}
tuples! { 2 (a b); 3 (a b c); 4 (a b c d); 5 (a b c d e); 6 (a b c d e f); }
