//! The operators `+ - * /` and the sign, on every combination of handles and numbers, by value and by reference; `%` on
//! scalars.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

use super::arithmetic::{add, div, mul, sub};
use super::rounding::fmod;
use crate::error::{At, OrRaise};
use crate::scalar::Scalar;
use crate::tape::Element;
use crate::tape::record::{binary_op, with_left, with_right};
use crate::tensor::{Operand, Tensor};

/// An operator between two types, by value and by reference on either side.
macro_rules! between {
    ([$($generics:tt)*] $lhs:ty, $rhs:ty => $out:ty, $trait:ident $method:ident, |$a:ident, $b:ident| $body:expr) => {
        impl<$($generics)*> $trait<$rhs> for $lhs {
            type Output = $out;
            #[track_caller]
            #[inline(always)]
            fn $method(self, rhs: $rhs) -> $out {
                let ($a, $b) = (self, rhs);
                $body
            }
        }
        impl<$($generics)*> $trait<&$rhs> for $lhs {
            type Output = $out;
            #[track_caller]
            #[inline(always)]
            fn $method(self, rhs: &$rhs) -> $out {
                $trait::$method(self, *rhs)
            }
        }
        impl<$($generics)*> $trait<$rhs> for &$lhs {
            type Output = $out;
            #[track_caller]
            #[inline(always)]
            fn $method(self, rhs: $rhs) -> $out {
                $trait::$method(*self, rhs)
            }
        }
        impl<$($generics)*> $trait<&$rhs> for &$lhs {
            type Output = $out;
            #[track_caller]
            #[inline(always)]
            fn $method(self, rhs: &$rhs) -> $out {
                $trait::$method(*self, *rhs)
            }
        }
    };
}

macro_rules! operators {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident;)*) => {$(
        between!([T: Element] Tensor<T>, Tensor<T> => Tensor<T>, $trait $method, |a, b| tensors::<$method, T>(a, b));
        between!([T: Element] Tensor<T>, Scalar<T> => Tensor<T>, $trait $method, |a, b| tensors::<$method, T>(a, b));
        between!([T: Element] Scalar<T>, Tensor<T> => Tensor<T>, $trait $method, |a, b| tensors::<$method, T>(a, b));
        between!([T: Element] Scalar<T>, Scalar<T> => Scalar<T>, $trait $method, |a, b| binary_op::<$method, T>(a, b).or_raise());
        // A number on the right is of the handle's element type, which is how literals find theirs.
        between!([T: Element] Tensor<T>, T => Tensor<T>, $trait $method, |a, b| {
            tensors::<$method, T>(a, Operand::Number(b))
        });
        between!([T: Element] Scalar<T>, T => Scalar<T>, $trait $method, |a, b| {
            with_right::<$method, T>(a, b).or_raise()
        });
        operators!(@numbers f32 $trait $method);
        operators!(@numbers f64 $trait $method);

        impl OnTensors for $method {
            #[inline(always)]
            fn record<T: Element>(a: Operand<T>, b: Operand<T>, at: At) -> crate::error::Result<Tensor<T>> {
                $method::tensors(a, b, at)
            }
        }
        impl<T: Element, R> $assign<R> for Scalar<T> where Scalar<T>: $trait<R, Output = Scalar<T>> {
            #[track_caller]
            #[inline(always)]
            fn $assign_method(&mut self, rhs: R) {
                *self = $trait::$method(*self, rhs);
            }
        }
        impl<T: Element, R> $assign<R> for Tensor<T> where Tensor<T>: $trait<R, Output = Tensor<T>> {
            /// The name is bound to a new result, as in `x = x + y`; no slot is written in place.
            #[track_caller]
            #[inline(always)]
            fn $assign_method(&mut self, rhs: R) {
                *self = $trait::$method(*self, rhs);
            }
        }
    )*};
    (@numbers $float:ident $trait:ident $method:ident) => {
        between!([] $float, Tensor<$float> => Tensor<$float>, $trait $method, |a, b| tensors::<$method, $float>(a, b));
        between!([] $float, Scalar<$float> => Scalar<$float>, $trait $method, |a, b| with_left::<$method, $float>(a, b).or_raise());
    };
}

/// An op between tensors, scalars and numbers, as its operator calls it.
trait OnTensors {
    fn record<T: Element>(a: Operand<T>, b: Operand<T>, at: At) -> crate::error::Result<Tensor<T>>;
}

#[track_caller]
#[inline(always)]
fn tensors<O: OnTensors, T: Element>(a: impl Into<Operand<T>>, b: impl Into<Operand<T>>) -> Tensor<T> {
    O::record(a.into(), b.into(), At::caller()).or_raise()
}

operators! {
    Add add AddAssign add_assign;
    Sub sub SubAssign sub_assign;
    Mul mul MulAssign mul_assign;
    Div div DivAssign div_assign;
}

// What Rust writes `%` has the sign of the dividend. For tensors PyTorch writes `%` for the other remainder: there both
// are methods.
between!([T: Element] Scalar<T>, Scalar<T> => Scalar<T>, Rem rem, |a, b| binary_op::<fmod, T>(a, b).or_raise());
between!([T: Element] Scalar<T>, T => Scalar<T>, Rem rem, |a, b| with_right::<fmod, T>(a, b).or_raise());
between!([] f32, Scalar<f32> => Scalar<f32>, Rem rem, |a, b| with_left::<fmod, f32>(a, b).or_raise());
between!([] f64, Scalar<f64> => Scalar<f64>, Rem rem, |a, b| with_left::<fmod, f64>(a, b).or_raise());

impl<T: Element, R> RemAssign<R> for Scalar<T>
where
    Scalar<T>: Rem<R, Output = Scalar<T>>,
{
    #[track_caller]
    #[inline(always)]
    fn rem_assign(&mut self, rhs: R) {
        *self = *self % rhs;
    }
}

macro_rules! negative {
    ($($handle:ident)*) => {$(
        impl<T: Element> Neg for $handle<T> {
            type Output = $handle<T>;
            #[track_caller]
            #[inline(always)]
            fn neg(self) -> $handle<T> {
                $handle::neg(self)
            }
        }
        impl<T: Element> Neg for &$handle<T> {
            type Output = $handle<T>;
            #[track_caller]
            #[inline(always)]
            fn neg(self) -> $handle<T> {
                $handle::neg(*self)
            }
        }
    )*};
}
negative!(Tensor Scalar);

impl<T: Element> Scalar<T> {
    /// The same number in a slot of its own, as a product with 1. An element of a tensor, which shares the tensor's slots, keeps a
    /// gradient that way, or is an input of `grad`. PyTorch: `clone`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let first = x.at([0]).copy();
    /// assert_eq!(tape.grad(&[first * 3.0], &[first])[0].item(), 3.0);
    /// ```
    #[track_caller]
    pub fn copy(self) -> Scalar<T> {
        with_right::<mul, T>(self, T::one()).or_raise()
    }
}
