//! `+ - * /` for both handles: by value, by reference, with a number on either side.

/// Implements one operator. `$pair(a, b)`, `$right(a, number)` and `$left(number, b)` are functions
/// of the handle that take their operands by value.
macro_rules! operator {
    (
        $handle:ident: $op:ident $method:ident, $assign:ident $assign_method:ident,
        $pair:ident $right:ident $left:ident
    ) => {
        impl<T: Element> $op<$handle<T>> for $handle<T> {
            type Output = $handle<T>;
            fn $method(self, other: $handle<T>) -> $handle<T> {
                $handle::$pair(self, other)
            }
        }
        impl<T: Element> $op<&$handle<T>> for $handle<T> {
            type Output = $handle<T>;
            fn $method(self, other: &$handle<T>) -> $handle<T> {
                $handle::$pair(self, other.clone())
            }
        }
        impl<T: Element> $op<$handle<T>> for &$handle<T> {
            type Output = $handle<T>;
            fn $method(self, other: $handle<T>) -> $handle<T> {
                $handle::$pair(self.clone(), other)
            }
        }
        impl<T: Element> $op<&$handle<T>> for &$handle<T> {
            type Output = $handle<T>;
            fn $method(self, other: &$handle<T>) -> $handle<T> {
                $handle::$pair(self.clone(), other.clone())
            }
        }
        impl<T: Element> $op<T> for $handle<T> {
            type Output = $handle<T>;
            fn $method(self, number: T) -> $handle<T> {
                $handle::$right(self, number)
            }
        }
        impl<T: Element> $op<T> for &$handle<T> {
            type Output = $handle<T>;
            fn $method(self, number: T) -> $handle<T> {
                $handle::$right(self.clone(), number)
            }
        }
        impl<T: Element> $assign<$handle<T>> for $handle<T> {
            fn $assign_method(&mut self, other: $handle<T>) {
                *self = $handle::$pair(self.clone(), other);
            }
        }
        impl<T: Element> $assign<&$handle<T>> for $handle<T> {
            fn $assign_method(&mut self, other: &$handle<T>) {
                *self = $handle::$pair(self.clone(), other.clone());
            }
        }
        impl<T: Element> $assign<T> for $handle<T> {
            fn $assign_method(&mut self, number: T) {
                *self = $handle::$right(self.clone(), number);
            }
        }
        $crate::operators::operator!(@left f32 $handle $op $method $left);
        $crate::operators::operator!(@left f64 $handle $op $method $left);
    };
    (@left $number:ident $handle:ident $op:ident $method:ident $left:ident) => {
        impl $op<$handle<$number>> for $number {
            type Output = $handle<$number>;
            fn $method(self, other: $handle<$number>) -> $handle<$number> {
                $handle::$left(self, other)
            }
        }
        impl $op<&$handle<$number>> for $number {
            type Output = $handle<$number>;
            fn $method(self, other: &$handle<$number>) -> $handle<$number> {
                $handle::$left(self, other.clone())
            }
        }
    };
}
pub(crate) use operator;

/// Implements the four operators and the negation of a handle.
macro_rules! operators {
    ($handle:ident) => {
        use $crate::operators::operator;
        use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};
        operator!($handle: Add add, AddAssign add_assign, sum_of sum_with number_plus);
        operator!($handle: Sub sub, SubAssign sub_assign, difference_of difference_with number_minus);
        operator!($handle: Mul mul, MulAssign mul_assign, product_of product_with number_times);
        operator!($handle: Div div, DivAssign div_assign, quotient_of quotient_with number_over);

        impl<T: Element> Neg for $handle<T> {
            type Output = $handle<T>;
            fn neg(self) -> $handle<T> {
                $handle::negation_of(self)
            }
        }
        impl<T: Element> Neg for &$handle<T> {
            type Output = $handle<T>;
            fn neg(self) -> $handle<T> {
                $handle::negation_of(self.clone())
            }
        }
    };
}
pub(crate) use operators;
