//! The pointwise operations, one table for both handles: the value of an element, then the partial.
//!
//! A handle offers `unary(x, value, partial)` and `binary(a, b, value, partial_a, partial_b)`.

/// Defines the methods of one table row each, with an executed example.
macro_rules! methods {
    ($handle:ident, $open:literal, $close:literal, $grad:literal;
     $(
         $(#[$doc:meta])*
         $name:ident($x:ident, $y:ident) = $value:expr, partial: $partial:expr, at: $at:literal => $slope:literal;
     )*) => {
        impl<T: Element> $handle<T> {$(
            $(#[$doc])*
            ///
            /// ```
            #[doc = concat!("use closure_graph::", stringify!($handle), ";")]
            #[doc = concat!("let x = ", $open, stringify!($at), $close, ";")]
            #[doc = concat!("x.", stringify!($name), "().backward();")]
            #[doc = concat!("assert_eq!(", $grad, ", ", stringify!($slope), ");")]
            /// ```
            #[must_use]
            pub fn $name(&self) -> Self {
                Self::unary(self.clone(), |$x| $value, |$x, $y| $partial)
            }
        )*}
    };
}
pub(crate) use methods;

/// Defines the pointwise methods and the rules of the operators. The three literals open and close
/// the leaf of an example and read its gradient.
macro_rules! pointwise {
    ($handle:ident, $open:literal, $close:literal, $grad:literal) => {
        $crate::pointwise::methods! { $handle, $open, $close, $grad;
            /// Exponential, `y = e^x`; `dy/dx = y`.
            exp(_x, y) = _x.exp(), partial: y, at: 0.0 => 1.0;
            /// Natural logarithm, `y = ln x`; `dy/dx = 1/x`.
            ln(x, _y) = x.ln(), partial: T::ONE / x, at: 2.0 => 0.5;
            /// Square root; `dy/dx = 1/(2y)`, infinite at 0.
            sqrt(_x, y) = _x.sqrt(), partial: T::from_f64(0.5) / y, at: 4.0 => 0.25;
            /// Sine; `dy/dx = cos x`.
            sin(x, _y) = x.sin(), partial: x.cos(), at: 0.0 => 1.0;
            /// Cosine; `dy/dx = -sin x`.
            cos(x, _y) = x.cos(), partial: -x.sin(), at: 0.0 => 0.0;
            /// Hyperbolic tangent; `dy/dx = 1 - y^2`.
            tanh(_x, y) = _x.tanh(), partial: T::ONE - y * y, at: 0.0 => 1.0;
            /// The larger of `x` and 0; slope 1 above 0, else 0.
            relu(x, _y) = if x > T::ZERO { x } else { T::ZERO },
                partial: if x > T::ZERO { T::ONE } else { T::ZERO }, at: 2.0 => 1.0;
            /// Logistic function, `y = 1/(1 + e^-x)`; `dy/dx = y (1 - y)`.
            sigmoid(_x, y) = T::ONE / (T::ONE + (-_x).exp()), partial: y * (T::ONE - y), at: 0.0 => 0.25;
            /// Absolute value; slope -1, 0 or 1.
            abs(x, _y) = x.abs(),
                partial: if x > T::ZERO { T::ONE } else if x < T::ZERO { -T::ONE } else { T::ZERO },
                at: -3.0 => -1.0;
            /// Square; `dy/dx = 2x`.
            square(x, _y) = x * x, partial: x + x, at: 3.0 => 6.0;
        }

        impl<T: Element> $handle<T> {
            /// Integer power, `y = x^n`; `dy/dx = n x^(n-1)`, and 0 for `n = 0`.
            ///
            /// ```
            #[doc = concat!("use closure_graph::", stringify!($handle), ";")]
            #[doc = concat!("let x = ", $open, "2.0", $close, ";")]
            /// x.powi(3).backward();
            #[doc = concat!("assert_eq!(", $grad, ", 12.0);")]
            /// ```
            #[must_use]
            pub fn powi(&self, n: i32) -> Self {
                let (slope, degree) =
                    (T::from_f64(f64::from(n)), if n == 0 { 0 } else { n.saturating_sub(1) });
                Self::unary(self.clone(), |x| x.powi(n), move |x, _| slope * x.powi(degree))
            }

            /// Real power, `y = x^p` with a number `p`; `dy/dx = p x^(p-1)`, and 0 for `p = 0`.
            ///
            /// ```
            #[doc = concat!("use closure_graph::", stringify!($handle), ";")]
            #[doc = concat!("let x = ", $open, "4.0", $close, ";")]
            /// x.powf(1.5).backward();
            #[doc = concat!("assert_eq!(", $grad, ", 3.0);")]
            /// ```
            #[must_use]
            pub fn powf(&self, p: T) -> Self {
                let degree = if p == T::ZERO { p } else { p - T::ONE };
                Self::unary(self.clone(), |x| x.powf(p), move |x, _| p * x.powf(degree))
            }

            fn negation_of(x: Self) -> Self {
                Self::unary(x, |x| -x, |_, _| -T::ONE)
            }
            fn sum_of(a: Self, b: Self) -> Self {
                Self::binary(a, b, |a, b| a + b, |_, _| T::ONE, |_, _| T::ONE)
            }
            fn sum_with(x: Self, c: T) -> Self {
                Self::unary(x, |x| x + c, |_, _| T::ONE)
            }
            fn number_plus(c: T, x: Self) -> Self {
                Self::unary(x, |x| c + x, |_, _| T::ONE)
            }
            fn difference_of(a: Self, b: Self) -> Self {
                Self::binary(a, b, |a, b| a - b, |_, _| T::ONE, |_, _| -T::ONE)
            }
            fn difference_with(x: Self, c: T) -> Self {
                Self::unary(x, |x| x - c, |_, _| T::ONE)
            }
            fn number_minus(c: T, x: Self) -> Self {
                Self::unary(x, |x| c - x, |_, _| -T::ONE)
            }
            fn product_of(a: Self, b: Self) -> Self {
                Self::binary(a, b, |a, b| a * b, |_, b| b, |a, _| a)
            }
            fn product_with(x: Self, c: T) -> Self {
                Self::unary(x, |x| x * c, move |_, _| c)
            }
            fn number_times(c: T, x: Self) -> Self {
                Self::unary(x, |x| c * x, move |_, _| c)
            }
            fn quotient_of(a: Self, b: Self) -> Self {
                Self::binary(a, b, |a, b| a / b, |_, b| T::ONE / b, |a, b| -(a / b) / b)
            }
            fn quotient_with(x: Self, c: T) -> Self {
                Self::unary(x, |x| x / c, move |_, _| T::ONE / c)
            }
            fn number_over(c: T, x: Self) -> Self {
                Self::unary(x, |x| c / x, |x, y| -y / x)
            }
        }
    };
}
pub(crate) use pointwise;
