//! Comparisons, which are by value, and what iterators make of scalars.

use std::cmp::Ordering;
use std::iter::{Product, Sum};

use num_traits::float::TotalOrder;

use super::Scalar;
use crate::rule::Dual;
use crate::tape::Element;

macro_rules! comparable {
    ([$($generics:tt)*] $number:ty) => {
        /// By value, as numbers compare: whether it is active makes no difference, and NaN is not equal to itself.
        ///
        /// ```
        /// use wengert::{Scalar, Tape};
        /// let tape = Tape::<f64>::new();
        /// let x = tape.scalar(2.0);
        /// assert!(x == Scalar::from(2.0) && x == 2.0 && x < 3.0 && 1.0 < x);
        /// ```
        impl<$($generics)*> PartialEq for $number {
            #[inline(always)]
            fn eq(&self, other: &$number) -> bool {
                self.value() == other.value()
            }
        }

        impl<$($generics)*> PartialEq<T> for $number {
            #[inline(always)]
            fn eq(&self, other: &T) -> bool {
                self.value() == *other
            }
        }

        /// By value. The derivative of what branches on it is that of the branch that was taken.
        impl<$($generics)*> PartialOrd for $number {
            #[inline(always)]
            fn partial_cmp(&self, other: &$number) -> Option<Ordering> {
                self.value().partial_cmp(&other.value())
            }
        }

        impl<$($generics)*> PartialOrd<T> for $number {
            #[inline(always)]
            fn partial_cmp(&self, other: &T) -> Option<Ordering> {
                self.value().partial_cmp(other)
            }
        }

        /// The sum; of nothing it is a passive 0.
        ///
        /// ```
        /// use wengert::{Scalar, Tape};
        /// let tape = Tape::<f64>::new();
        /// let x = tape.scalars(&[1.0, 2.0, 3.0]);
        /// let sum: Scalar<f64> = x.iter().map(|&x| x * x).sum();
        /// sum.backward();
        /// assert_eq!((sum.value(), x[2].grad()), (14.0, Some(6.0)));
        /// ```
        impl<$($generics)*> Sum for $number {
            #[track_caller]
            fn sum<I: Iterator<Item = $number>>(mut all: I) -> $number {
                // The first is the start: to add it to 0 would be an instruction.
                let Some(mut sum) = all.next() else { return <$number>::passive(T::zero()) };
                for x in all {
                    sum += x;
                }
                sum
            }
        }

        impl<'a, $($generics)*> Sum<&'a $number> for $number {
            #[track_caller]
            fn sum<I: Iterator<Item = &'a $number>>(all: I) -> $number {
                all.copied().sum()
            }
        }

        /// The product; of nothing it is a passive 1.
        impl<$($generics)*> Product for $number {
            #[track_caller]
            fn product<I: Iterator<Item = $number>>(mut all: I) -> $number {
                let Some(mut product) = all.next() else { return <$number>::passive(T::one()) };
                for x in all {
                    product *= x;
                }
                product
            }
        }

        impl<'a, $($generics)*> Product<&'a $number> for $number {
            #[track_caller]
            fn product<I: Iterator<Item = &'a $number>>(all: I) -> $number {
                all.copied().product()
            }
        }
    };
}
comparable!([T: Element] Scalar<T>);
comparable!([T: Element, const N: usize] Dual<T, N>);

macro_rules! numbers {
    ($($float:ident)*) => {$(
        impl PartialEq<Scalar<$float>> for $float {
            #[inline(always)]
            fn eq(&self, other: &Scalar<$float>) -> bool {
                *self == other.value()
            }
        }
        impl PartialOrd<Scalar<$float>> for $float {
            #[inline(always)]
            fn partial_cmp(&self, other: &Scalar<$float>) -> Option<Ordering> {
                self.partial_cmp(&other.value())
            }
        }
    )*};
}
numbers!(f32 f64);

macro_rules! ordered {
    ($float:ident, [$($generics:tt)*] $own:ty) => {
        impl<$($generics)*> $own {
            /// The total order of IEEE 754, by value: what sorts numbers among which there may be NaN.
            ///
            /// ```
            /// use wengert::Tape;
            /// let tape = Tape::<f64>::new();
            /// let mut x = tape.scalars(&[2.0, f64::NAN, 1.0]);
            /// x.sort_by(|a, b| a.total_cmp(b));
            /// assert_eq!((x[0].value(), x[1].value()), (1.0, 2.0));
            /// ```
            pub fn total_cmp(&self, other: &$own) -> Ordering {
                $float::total_cmp(&self.value(), &other.value())
            }
        }
        impl<$($generics)*> TotalOrder for $own {
            fn total_cmp(&self, other: &$own) -> Ordering {
                <$own>::total_cmp(self, other)
            }
        }
    };
}
ordered!(f32, [] Scalar<f32>);
ordered!(f64, [] Scalar<f64>);
ordered!(f32, [const N: usize] Dual<f32, N>);
ordered!(f64, [const N: usize] Dual<f64, N>);
