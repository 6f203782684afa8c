//! From numbers and text to passive scalars, and from scalars to numbers, which cuts the gradient.

use std::fmt;
use std::num::ParseFloatError;
use std::str::FromStr;

use num_traits::{AsPrimitive, FromPrimitive, NumCast, ToPrimitive};

use super::Scalar;
use crate::rule::Dual;
use crate::tape::Element;

macro_rules! to_primitive {
    ($($name:ident $number:ident)*) => {$(
        #[inline]
        fn $name(&self) -> Option<$number> {
            self.value().$name()
        }
    )*}
}

macro_rules! from_primitive {
    ($($name:ident $number:ident)*) => {$(
        #[inline]
        fn $name(n: $number) -> Option<Self> {
            <T as NumCast>::from(n).map(Self::passive)
        }
    )*}
}

macro_rules! convertible {
    ([$($generics:tt)*] $number:ty) => {
        impl<$($generics)*> $number {
            /// A passive number: a constant, which needs no tape.
            ///
            /// It is `From::from` by a name of its own: in code that imports `num_traits::NumCast`, which has a `from` too, this one is meant.
            #[allow(clippy::should_implement_trait)]
            #[inline(always)]
            pub fn from(value: T) -> $number {
                <$number>::passive(value)
            }
        }

        /// A passive scalar.
        impl<$($generics)*> From<T> for $number {
            #[inline(always)]
            fn from(value: T) -> $number {
                <$number>::passive(value)
            }
        }

        /// A passive 0.
        impl<$($generics)*> Default for $number {
            fn default() -> $number {
                <$number>::passive(T::zero())
            }
        }

        /// The value: what is computed from it has no gradient.
        impl<$($generics)*> ToPrimitive for $number {
            to_primitive! {
                to_i8 i8 to_i16 i16 to_i32 i32 to_i64 i64 to_i128 i128 to_isize isize
                to_u8 u8 to_u16 u16 to_u32 u32 to_u64 u64 to_u128 u128 to_usize usize
                to_f32 f32 to_f64 f64
            }
        }

        /// Passive.
        impl<$($generics)*> FromPrimitive for $number {
            from_primitive! {
                from_i8 i8 from_i16 i16 from_i32 i32 from_i64 i64 from_i128 i128 from_isize isize
                from_u8 u8 from_u16 u16 from_u32 u32 from_u64 u64 from_u128 u128 from_usize usize
                from_f32 f32 from_f64 f64
            }
        }

        /// A passive scalar, of a scalar too: a cast goes through a primitive number, and so it cuts the gradient.
        ///
        /// ```
        /// use num_traits::NumCast;
        /// use wengert::{Scalar, Tape};
        /// let tape = Tape::<f64>::new();
        /// let x = tape.scalar(2.0);
        /// let y = <Scalar<f64> as NumCast>::from(x).unwrap();
        /// assert!(y == 2.0 && !y.requires_grad());
        /// ```
        impl<$($generics)*> NumCast for $number {
            #[inline]
            fn from<Number: ToPrimitive>(n: Number) -> Option<$number> {
                <T as NumCast>::from(n).map(<$number>::passive)
            }
        }
    };
}
convertible!([T: Element] Scalar<T>);
convertible!([T: Element, const N: usize] Dual<T, N>);

/// A cast between a number and one primitive.
macro_rules! as_primitive {
    ($float:ident, [$($generics:tt)*] $own:ty, $number:ident) => {
        impl<$($generics)*> AsPrimitive<$number> for $own {
            #[inline]
            fn as_(self) -> $number {
                self.value() as $number
            }
        }
        impl<$($generics)*> AsPrimitive<$own> for $number {
            #[inline]
            fn as_(self) -> $own {
                <$own>::passive(self as $float)
            }
        }
    };
}
macro_rules! primitives {
    ($($number:ident)*) => {$(
        as_primitive!(f32, [] Scalar<f32>, $number);
        as_primitive!(f64, [] Scalar<f64>, $number);
        as_primitive!(f32, [const N: usize] Dual<f32, N>, $number);
        as_primitive!(f64, [const N: usize] Dual<f64, N>, $number);
    )*};
}
primitives!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);

macro_rules! text {
    ([$($generics:tt)*] $own:ty) => {
        /// The same, with its derivative.
        impl<$($generics)*> AsPrimitive<$own> for $own {
            #[inline]
            fn as_(self) -> $own {
                self
            }
        }

        /// Passive.
        impl<$($generics)*> FromStr for $own {
            type Err = ParseFloatError;
            fn from_str(text: &str) -> Result<$own, ParseFloatError> {
                text.parse().map(<$own>::passive)
            }
        }

        impl<$($generics)*> fmt::LowerExp for $own {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::LowerExp::fmt(&self.value(), f)
            }
        }
        impl<$($generics)*> fmt::UpperExp for $own {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::UpperExp::fmt(&self.value(), f)
            }
        }
    };
}
text!([] Scalar<f32>);
text!([] Scalar<f64>);
text!([const N: usize] Dual<f32, N>);
text!([const N: usize] Dual<f64, N>);
