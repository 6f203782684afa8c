//! The operators of duals beyond those of two values: by reference, with a number on the left, assigning, `%`.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

use super::rounding::fmod;
use crate::rule::{Arithmetic, Dual};
use crate::tape::Element;

macro_rules! references {
    ($trait:ident $method:ident $rhs:ty) => {
        impl<T: Element, const N: usize> $trait<&$rhs> for Dual<T, N> {
            type Output = Dual<T, N>;
            #[inline(always)]
            fn $method(self, rhs: &$rhs) -> Dual<T, N> {
                $trait::$method(self, *rhs)
            }
        }
        impl<T: Element, const N: usize> $trait<$rhs> for &Dual<T, N> {
            type Output = Dual<T, N>;
            #[inline(always)]
            fn $method(self, rhs: $rhs) -> Dual<T, N> {
                $trait::$method(*self, rhs)
            }
        }
        impl<T: Element, const N: usize> $trait<&$rhs> for &Dual<T, N> {
            type Output = Dual<T, N>;
            #[inline(always)]
            fn $method(self, rhs: &$rhs) -> Dual<T, N> {
                $trait::$method(*self, *rhs)
            }
        }
    };
}

macro_rules! operators {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident;)*) => {$(
        references!($trait $method Dual<T, N>);
        references!($trait $method T);
        operators!(@left f32 $trait $method);
        operators!(@left f64 $trait $method);

        impl<T: Element, R, const N: usize> $assign<R> for Dual<T, N>
        where
            Dual<T, N>: $trait<R, Output = Dual<T, N>>,
        {
            #[inline(always)]
            fn $assign_method(&mut self, rhs: R) {
                *self = $trait::$method(*self, rhs);
            }
        }
    )*};
    (@left $float:ident $trait:ident $method:ident) => {
        impl<const N: usize> $trait<Dual<$float, N>> for $float {
            type Output = Dual<$float, N>;
            #[inline(always)]
            fn $method(self, rhs: Dual<$float, N>) -> Dual<$float, N> {
                $trait::$method(Dual::passive(self), rhs)
            }
        }
        impl<const N: usize> $trait<&Dual<$float, N>> for $float {
            type Output = Dual<$float, N>;
            #[inline(always)]
            fn $method(self, rhs: &Dual<$float, N>) -> Dual<$float, N> {
                $trait::$method(self, *rhs)
            }
        }
    };
}
operators! {
    Add add AddAssign add_assign;
    Sub sub SubAssign sub_assign;
    Mul mul MulAssign mul_assign;
    Div div DivAssign div_assign;
    Rem rem RemAssign rem_assign;
}

/// The remainder with the sign of the dividend, as `f64` has it.
impl<T: Element, const N: usize> Rem for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline]
    fn rem(self, rhs: Dual<T, N>) -> Dual<T, N> {
        self.with::<fmod>(rhs)
    }
}

impl<T: Element, const N: usize> Rem<T> for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline]
    fn rem(self, rhs: T) -> Dual<T, N> {
        self % Dual::passive(rhs)
    }
}

impl<T: Element, const N: usize> Neg for &Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn neg(self) -> Dual<T, N> {
        -*self
    }
}

macro_rules! numbers_compare {
    ($($float:ident)*) => {$(
        impl<const N: usize> PartialEq<Dual<$float, N>> for $float {
            #[inline(always)]
            fn eq(&self, other: &Dual<$float, N>) -> bool {
                *self == other.value
            }
        }
        impl<const N: usize> PartialOrd<Dual<$float, N>> for $float {
            #[inline(always)]
            fn partial_cmp(&self, other: &Dual<$float, N>) -> Option<std::cmp::Ordering> {
                self.partial_cmp(&other.value)
            }
        }
    )*};
}
numbers_compare!(f32 f64);
