//! The numbers of this comparison with the operators that programs of ADBench are written with.

use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use crate::programs::Number;

/// A [`Number`] of any library as what `adbench` asks of one: operators that a library lacks could not be given to its own type here.
#[derive(Clone, Copy)]
pub struct Adapted<N>(pub N);

macro_rules! operators {
    ($($operator:ident $method:ident $symbol:tt;)*) => {$(
        impl<N: Number> $operator for Adapted<N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Adapted(self.0 $symbol other.0)
            }
        }
    )*};
}

operators! {
    Add add +;
    Sub sub -;
    Mul mul *;
    Div div /;
}

/// Operators with a plain number on the right.
macro_rules! with_plain {
    ($($operator:ident $method:ident = $of:ident($c:ident) $argument:expr;)*) => {$(
        impl<N: Number> $operator<f64> for Adapted<N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, $c: f64) -> Self {
                Adapted(self.0.$of($argument))
            }
        }
    )*};
}

with_plain! {
    Add add = plus(c) c;
    Sub sub = plus(c) -c;
    Mul mul = times(c) c;
    Div div = times(c) 1.0 / c;
}

impl<N: Number> Neg for Adapted<N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Adapted(-self.0)
    }
}

impl<N: Number> AddAssign for Adapted<N> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Starts with the first, so that no 0 is recorded.
impl<N: Number> Sum for Adapted<N> {
    #[inline(always)]
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.reduce(Add::add).unwrap_or_else(|| Adapted(N::constant(0.0)))
    }
}

impl<N: Number> PartialEq for Adapted<N> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0.to_plain() == other.0.to_plain()
    }
}

impl<N: Number> PartialOrd for Adapted<N> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.to_plain().partial_cmp(&other.0.to_plain())
    }
}

/// Functions of one number.
macro_rules! functions {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            Adapted(self.0.$name())
        }
    )*};
}

impl<N: Number> adbench::number::Number for Adapted<N> {
    functions!(exp ln sqrt tanh recip);
    #[inline(always)]
    fn constant(x: f64) -> Self {
        Adapted(N::constant(x))
    }
    #[inline(always)]
    fn to_plain(self) -> f64 {
        self.0.to_plain()
    }
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        (Adapted(self.0.sin()), Adapted(self.0.cos()))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self < other { other } else { self }
    }
}
