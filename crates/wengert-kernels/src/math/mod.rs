//! Elementary functions without branches, so that a loop of them becomes vector code.
//!
//! The standard library calls `libm` for each element, and a call cannot be vectorised. Here a function is arithmetic and
//! selections alone. Products and sums are not fused anywhere, whatever the machine has: a fused step rounds once less,
//! so that one element by itself, a short loop and a long one would give different last bits, and so would two machines.
//!
//! - [`parts`]: what `f32` and `f64` do differently: constants, polynomials, the bits of a float.
//! - [`functions`]: the functions, written once for both.

mod functions;
mod parts;

use parts::Parts;

/// Elementary functions for inner loops: without branches or calls, and with the same bits wherever they are computed.
///
/// Results are within 2 units in the last place (`tests/math.rs`), special values are those of IEEE 754.
///
/// ```
/// use wengert_kernels::{dispatch, Elementary, Kernel};
///
/// struct Exp<'a>(&'a mut [f64]);
///
/// impl Kernel for Exp<'_> {
///     type Output = ();
///     #[inline(always)]
///     fn run(self) {
///         for x in self.0 {
///             *x = x.fast_exp();
///         }
///     }
/// }
///
/// let mut x = [0.0, -1.0, f64::NEG_INFINITY];
/// dispatch(Exp(&mut x));
/// assert_eq!(x[0], 1.0);
/// assert!((x[1] - 1.0 / std::f64::consts::E).abs() < 1e-16);
/// assert_eq!(x[2], 0.0);
/// ```
pub trait Elementary: Sized {
    /// `e^x`; 0 at `-inf`, `inf` where it overflows.
    fn fast_exp(self) -> Self;
    /// `e^x - 1`, accurate near 0; -1 at `-inf`, and a zero keeps its sign.
    fn fast_exp_m1(self) -> Self;
    /// The natural logarithm; `-inf` at 0, NaN below.
    fn fast_ln(self) -> Self;
    /// `ln(1 + x)`, accurate near 0; `-inf` at -1, NaN below, and a zero keeps its sign.
    fn fast_ln_1p(self) -> Self;
    /// The hyperbolic tangent; a zero keeps its sign.
    fn fast_tanh(self) -> Self;
    /// The logistic function `1 / (1 + e^-x)`, also where `e^-x` overflows.
    fn fast_sigmoid(self) -> Self;
    /// The error function; a zero keeps its sign.
    fn fast_erf(self) -> Self;
    /// `1 - erf(x)`, accurate also where it is small; 0 at `inf`, 2 at `-inf`.
    fn fast_erfc(self) -> Self;
}

impl<T: Parts> Elementary for T {
    #[inline(always)]
    fn fast_exp(self) -> Self {
        functions::exp(self)
    }
    #[inline(always)]
    fn fast_exp_m1(self) -> Self {
        functions::exp_m1(self)
    }
    #[inline(always)]
    fn fast_ln(self) -> Self {
        functions::ln(self)
    }
    #[inline(always)]
    fn fast_ln_1p(self) -> Self {
        functions::ln_1p(self)
    }
    #[inline(always)]
    fn fast_tanh(self) -> Self {
        functions::tanh(self)
    }
    #[inline(always)]
    fn fast_sigmoid(self) -> Self {
        functions::sigmoid(self)
    }
    #[inline(always)]
    fn fast_erf(self) -> Self {
        functions::erf(self)
    }
    #[inline(always)]
    fn fast_erfc(self) -> Self {
        functions::erfc(self)
    }
}
