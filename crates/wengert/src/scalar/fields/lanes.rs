//! `SimdValue`: a scalar is a value of one lane. The trait declares two methods `unsafe`, which is why this file may
//! use the word: nothing in it is.
#![allow(unsafe_code)]

use simba::simd::SimdValue;

use crate::rule::Dual;
use crate::scalar::Scalar;
use crate::tape::Element;

macro_rules! lane {
    ([$($generics:tt)*] $number:ty) => {
        /// One lane, as `f64` has.
        impl<$($generics)*> SimdValue for $number {
            const LANES: usize = 1;
            type Element = $number;
            type SimdBool = bool;

            #[inline(always)]
            fn splat(value: $number) -> $number {
                value
            }
            #[inline(always)]
            fn extract(&self, _: usize) -> $number {
                *self
            }
            #[inline(always)]
            unsafe fn extract_unchecked(&self, _: usize) -> $number {
                *self
            }
            #[inline(always)]
            fn replace(&mut self, _: usize, value: $number) {
                *self = value;
            }
            #[inline(always)]
            unsafe fn replace_unchecked(&mut self, _: usize, value: $number) {
                *self = value;
            }
            #[inline(always)]
            fn select(self, condition: bool, other: $number) -> $number {
                if condition { self } else { other }
            }
        }
    };
}
lane!([T: Element] Scalar<T>);
lane!([T: Element, const N: usize] Dual<T, N>);
