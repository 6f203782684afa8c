//! Special functions: the error function, the gamma function's kin, and modified Bessel functions.

pub(crate) mod bessel;
pub(crate) mod gamma;
mod generic;
pub(crate) mod inverse_erf;

pub use generic::Special;

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

use wengert_kernels::Real;

use super::macros::pointwise;
use super::math::exp;

pointwise! {
    family special;

    /// The error function, element by element: `y = 2 / sqrt(pi)` times the integral of `e^(-t^2)` from 0 to `x`.
    ///
    /// **Partial.** `2 / sqrt(pi) e^(-x^2)`. PyTorch: `torch.erf`. Source: fdlibm's `s_erf.c`, for a scalar by the crate
    /// `libm`, for tensors with polynomials in place of its quotients.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.erf().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], std::f64::consts::FRAC_2_SQRT_PI);
    /// ```
    erf(x) -> y {
        primal: x.fast_erf(),
        single: in_f64(x, libm::erf),
        pull(y_bar): { x => y_bar * bell(x) },
        sample: [0.7],
    }

    /// `y = 1 - erf(x)`, element by element, with all its digits where that is small.
    ///
    /// **Partial.** `-2 / sqrt(pi) e^(-x^2)`. PyTorch: `torch.erfc`. Source: as of [`Tensor::erf`](crate::Tensor::erf).
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert!((tape.leaf([10.0]).erfc().item() / 2.088487583762545e-45 - 1.0).abs() < 1e-14);
    /// ```
    erfc(x) -> y {
        primal: x.fast_erfc(),
        single: in_f64(x, libm::erfc),
        pull(y_bar): { x => -y_bar * bell(x) },
        sample: [0.7],
    }

    /// The inverse of the error function, element by element.
    ///
    /// **Partial.** `sqrt(pi) / 2 e^(y^2)`: reads the result.
    ///
    /// **Edges.** At 1 and -1 the values are `inf` and `-inf`, the slopes `inf`; outside of [-1, 1] the value is NaN.
    /// PyTorch: `torch.erfinv`. Source: Wichura, algorithm AS 241 (1988).
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.25]);
    /// assert!((x.erf().erfinv().item() - 0.25).abs() < 1e-15);
    /// ```
    erfinv(x) -> y {
        primal: in_f64(x, inverse_erf::inverse_erf),
        pull(y_bar): { x => y_bar * x.constant(1.0 / FRAC_2_SQRT_PI) * (y * y).of::<exp>() },
        sample: [0.3],
    }

    /// The logarithm of the absolute value of the gamma function, element by element.
    ///
    /// **Partial.** The digamma function of `x`.
    ///
    /// **Edges.** At 0 and at negative integers the value is `inf`; the slope there is NaN, at 0 it is `-inf`.
    /// PyTorch: `torch.lgamma`. Source: the crate `libm`, after FreeBSD's msun.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert!((tape.leaf([5.0]).lgamma().item() - 24f64.ln()).abs() < 1e-15);
    /// ```
    lgamma(x) -> y {
        primal: in_f64(x, libm::lgamma),
        partial: { x => x.of::<digamma>() },
        sample: [1.7],
    }

    /// The digamma function, element by element: the derivative of the logarithm of the gamma function.
    ///
    /// **Partial.** The trigamma function, [`Tensor::polygamma`](crate::Tensor::polygamma) of order 1.
    ///
    /// **Edges.** At 0 it is `-inf`, at -0 `inf`, at negative integers NaN. PyTorch: `torch.digamma`. Source: Abramowitz
    /// and Stegun 6.3.5, 6.3.7 and 6.3.18.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert!((tape.leaf([1.0]).digamma().item() + 0.5772156649015329).abs() < 1e-15);
    /// ```
    digamma(x) -> y {
        primal: in_f64(x, gamma::digamma),
        partial: { x => x.with::<polygamma>(x.one_like()) },
        sample: [1.7],
    }

    /// The polygamma function of order `n`, element by element: the `n`-th derivative of the digamma function, with
    /// which it begins at `n = 0`.
    ///
    /// **Partial.** The polygamma function of order `n + 1`.
    ///
    /// **Edges.** At 0 and at negative integers the orders from 1 on are infinite; of a negative order the function is
    /// NaN. PyTorch: `torch.polygamma`. Source: `(-1)^(n+1) n! zeta(n + 1, x)`, Hurwitz's zeta function by Euler and
    /// Maclaurin as in Moshier's Cephes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0]);
    /// let trigamma = x.polygamma(1).item();
    /// assert!((trigamma - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-14);
    /// ```
    polygamma(x, n: i32) -> y {
        primal: constant(gamma::polygamma(wide(n), wide(x))),
        pull(y_bar): { x => y_bar * x.with::<polygamma>(n + n.one_like()), n => y_bar.zero_like() },
        sample: [1.7, 3.0],
    }

    /// The modified Bessel function of the first kind, of order 0, element by element.
    ///
    /// **Partial.** [`Tensor::i1`](crate::Tensor::i1) of `x`. PyTorch: `torch.special.i0`. Source: the series of DLMF
    /// 10.25.2, and 10.40.1 for large arguments.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0]).i0().item(), 1.0);
    /// ```
    i0(x) -> y {
        primal: in_f64(x, |x| bessel::modified(0, x)),
        partial: { x => x.of::<i1>() },
        sample: [0.7],
    }

    /// The modified Bessel function of the first kind, of order 1, element by element.
    ///
    /// **Partial.** `i0(x) - y / x`, 1/2 at 0. PyTorch: `torch.special.i1`. Source: the series of DLMF 10.25.2, and
    /// 10.40.1 for large arguments.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0]);
    /// x.i1().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 0.5);
    /// ```
    i1(x) -> y {
        primal: in_f64(x, |x| bessel::modified(1, x)),
        partial: {
            x => {
                // No 0 / 0, not even where it is not taken: a derivative of it would come back.
                let at_zero = x.same(x.zero_like());
                let slope = x.of::<i0>() - y / A::select(at_zero, x.one_like(), x);
                A::select(at_zero, x.constant(0.5), slope)
            },
        },
        sample: [0.7],
    }
}

/// `2 / sqrt(pi) e^(-x^2)`
fn bell<A: crate::rule::Arithmetic>(x: A) -> A {
    x.constant(FRAC_2_SQRT_PI) * (-(x * x)).of::<exp>()
}

/// A number of the element type.
#[inline(always)]
pub(crate) fn constant<T: Real>(x: f64) -> T {
    T::from(x).expect("an element type holds every number, rounded")
}

fn wide<T: Real>(x: T) -> f64 {
    x.to_f64().expect("an element is a number of f64")
}

/// A function that is written for `f64`.
fn in_f64<T: Real>(x: T, f: impl Fn(f64) -> f64) -> T {
    constant(f(wide(x)))
}

/// `sin(pi x)` and `cos(pi x)`, exact at multiples of a half.
fn sin_cos_pi(x: f64) -> (f64, f64) {
    let turned = x - 2.0 * (x / 2.0).round();
    match (turned.abs(), turned.abs() > 0.5) {
        (0.5, _) => (turned.signum(), 0.0),
        (_, false) => (PI * turned).sin_cos(),
        (size, true) => {
            let (sin, cos) = (PI * (1.0 - size)).sin_cos();
            (sin.copysign(turned), -cos)
        }
    }
}
