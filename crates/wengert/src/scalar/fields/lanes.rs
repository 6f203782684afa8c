//! `SimdValue`: a scalar is a value of one lane. The trait declares two methods `unsafe`, which is why this file may
//! use the word: nothing in it is.
#![allow(unsafe_code)]

use simba::simd::SimdValue;

use crate::scalar::Scalar;
use crate::tape::Element;

/// One lane, as `f64` has.
impl<T: Element> SimdValue for Scalar<T> {
    const LANES: usize = 1;
    type Element = Scalar<T>;
    type SimdBool = bool;

    #[inline(always)]
    fn splat(value: Scalar<T>) -> Scalar<T> {
        value
    }
    #[inline(always)]
    fn extract(&self, _: usize) -> Scalar<T> {
        *self
    }
    #[inline(always)]
    unsafe fn extract_unchecked(&self, _: usize) -> Scalar<T> {
        *self
    }
    #[inline(always)]
    fn replace(&mut self, _: usize, value: Scalar<T>) {
        *self = value;
    }
    #[inline(always)]
    unsafe fn replace_unchecked(&mut self, _: usize, value: Scalar<T>) {
        *self = value;
    }
    #[inline(always)]
    fn select(self, condition: bool, other: Scalar<T>) -> Scalar<T> {
        if condition { self } else { other }
    }
}
