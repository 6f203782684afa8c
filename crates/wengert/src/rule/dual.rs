//! A number and its tangents. A derivative that is run on duals gives the tangents of the derivative: the second order
//! of a Hessian-vector product, from the same text; and a function that is run on them gives its partials.

use std::ops::{Add, Div, Mul, Neg, Sub};

use wengert_kernels::Real;

use super::{Arithmetic, Pointwise};

/// A number with `N` tangents, `value + dot[0] e0 + dot[1] e1 + ..` with `ei ej = 0`: forward mode in `N` lanes, without
/// a tape.
///
/// It is a number to generic code, as [`Scalar`](crate::Scalar) is: it has the operators with itself and with plain numbers,
/// every pointwise op by the same name, and the traits of the crate `num-traits` up to `Float`; with the feature `nalgebra` it
/// can be an element of that crate's matrices. Functions given to [`Tape::fuse`](crate::Tape::fuse) get it; by itself it
/// differentiates a function of few inputs.
///
/// **Edges.** A tangent of 0 counts as none, so that an infinite partial off the path makes no NaN. A partial of 0 is not asked: behind an
/// infinite tangent it makes NaN, where the reverse sweep has 0, as of `1 / (1 + e^-x)` at -720, whose `e^-x` is infinite. Source: Griewank and
/// Walther, Evaluating Derivatives, section 3.1.
///
/// ```
/// use wengert::Dual;
/// // Both partials of x y + sin x at (2, 3).
/// let [x, y] = Dual::independent([2.0, 3.0]);
/// let z = x * y + x.sin();
/// assert_eq!(z.value, 6.0 + 2.0_f64.sin());
/// assert_eq!(z.dot, [3.0 + 2.0_f64.cos(), 2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dual<T = f64, const N: usize = 1> {
    /// The number.
    pub value: T,
    /// Its tangents, one a lane.
    pub dot: [T; N],
}

impl<T: Real, const N: usize> Dual<T, N> {
    /// A number that depends on nothing: its tangents are 0.
    #[inline(always)]
    pub fn passive(value: T) -> Dual<T, N> {
        Dual { value, dot: [T::zero(); N] }
    }

    /// The independents of a function: number `k` has the tangent 1 in lane `k`.
    #[inline(always)]
    pub fn independent(values: [T; N]) -> [Dual<T, N>; N] {
        let mut all = [Dual::passive(T::zero()); N];
        for k in 0..N {
            all[k].value = values[k];
            all[k].dot[k] = T::one();
        }
        all
    }

    /// The number.
    #[inline(always)]
    pub fn value(self) -> T {
        self.value
    }

    /// Whether every tangent is 0.
    #[inline(always)]
    pub(crate) fn is_passive(&self) -> bool {
        self.dot.iter().all(|dot| dot.is_zero())
    }

    /// The tangents of a function of one: its partial times those of the operand, of which 0 stays 0.
    ///
    /// Each lane is asked: what is 0 when the program is compiled, as most tangents of independents are, then costs nothing. To
    /// ask the partial once instead gives two ways that meet in all lanes, and came out slower in few lanes and in many.
    #[inline(always)]
    fn chained(self, partial: T) -> [T; N] {
        each(self.dot, |dot| if dot.is_zero() { T::zero() } else { partial * dot })
    }

    /// The result of a function with a tangent for each operand, at operands that have tangents themselves: the chain rule.
    #[inline(always)]
    pub(crate) fn at<const M: usize>(self, operands: &[Dual<T, M>; N]) -> Dual<T, M> {
        if N == 0 {
            return Dual::passive(self.value);
        }
        // Not from 0: 0 + x is not free, since it is not -0 where x is.
        let mut dot = operands[0].chained(self.dot[0]);
        // Line by line: a loop of so much in a step is not unrolled, and what is 0 in an operand would not be known in it.
        macro_rules! unrolled {
            ($($k:literal)*) => {$(
                if $k < N {
                    dot = sum(dot, operands[$k].chained(self.dot[$k]));
                }
            )*};
        }
        unrolled!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        for (operand, partial) in operands.iter().zip(&self.dot).skip(16) {
            dot = sum(dot, operand.chained(*partial));
        }
        Dual { value: self.value, dot }
    }
}

/// Lane by lane. A loop: what the standard library has for arrays is not always inlined.
#[inline(always)]
fn each<T: Copy, const N: usize>(mut a: [T; N], f: impl Fn(T) -> T) -> [T; N] {
    for a in &mut a {
        *a = f(*a);
    }
    a
}

/// Two, lane by lane.
#[inline(always)]
fn zip<T: Copy, const N: usize>(mut a: [T; N], b: [T; N], f: impl Fn(T, T) -> T) -> [T; N] {
    for k in 0..N {
        a[k] = f(a[k], b[k]);
    }
    a
}

/// The sum, lane by lane.
#[inline(always)]
fn sum<T: Real, const N: usize>(a: [T; N], b: [T; N]) -> [T; N] {
    zip(a, b, |a, b| a + b)
}

impl<T: Real, const N: usize> Add for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn add(self, other: Dual<T, N>) -> Dual<T, N> {
        Dual { value: self.value + other.value, dot: sum(self.dot, other.dot) }
    }
}

impl<T: Real, const N: usize> Sub for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn sub(self, other: Dual<T, N>) -> Dual<T, N> {
        Dual { value: self.value - other.value, dot: zip(self.dot, other.dot, |a, b| a - b) }
    }
}

impl<T: Real, const N: usize> Mul for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn mul(self, other: Dual<T, N>) -> Dual<T, N> {
        let value = self.value * other.value;
        Dual { value, dot: sum(self.chained(other.value), other.chained(self.value)) }
    }
}

impl<T: Real, const N: usize> Div for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn div(self, other: Dual<T, N>) -> Dual<T, N> {
        let value = self.value / other.value;
        let inverse = T::one() / other.value;
        Dual { value, dot: sum(self.chained(inverse), other.chained(-(value * inverse))) }
    }
}

impl<T: Real, const N: usize> Neg for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn neg(self) -> Dual<T, N> {
        Dual { value: -self.value, dot: each(self.dot, |dot| -dot) }
    }
}

/// A number has no tangent: with one operand a lane is one operation.
impl<T: Real, const N: usize> Add<T> for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn add(self, other: T) -> Dual<T, N> {
        Dual { value: self.value + other, dot: self.dot }
    }
}

impl<T: Real, const N: usize> Sub<T> for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn sub(self, other: T) -> Dual<T, N> {
        Dual { value: self.value - other, dot: self.dot }
    }
}

impl<T: Real, const N: usize> Mul<T> for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn mul(self, other: T) -> Dual<T, N> {
        Dual { value: self.value * other, dot: self.chained(other) }
    }
}

impl<T: Real, const N: usize> Div<T> for Dual<T, N> {
    type Output = Dual<T, N>;
    #[inline(always)]
    fn div(self, other: T) -> Dual<T, N> {
        Dual { value: self.value / other, dot: self.chained(T::one() / other) }
    }
}

impl<T: Real + Arithmetic<Mask = bool>, const N: usize> Arithmetic for Dual<T, N> {
    type Mask = bool;

    #[inline(always)]
    fn constant(self, value: f64) -> Dual<T, N> {
        Dual::passive(self.value.constant(value))
    }
    #[inline(always)]
    fn of<O: Pointwise<1>>(self) -> Dual<T, N> {
        let x = [self.value];
        let value = O::single(x);
        Dual { value, dot: self.chained(O::pull(0, x, value, T::one())) }
    }
    #[inline(always)]
    fn with<O: Pointwise<2>>(self, other: Dual<T, N>) -> Dual<T, N> {
        let x = [self.value, other.value];
        let value = O::single(x);
        // The partial of an operand without tangents is not computed: that of an exponent takes a logarithm.
        let dots = |k, operand: Dual<T, N>| match operand.is_passive() {
            true => operand.dot,
            false => operand.chained(O::pull(k, x, value, T::one())),
        };
        Dual { value, dot: sum(dots(0, self), dots(1, other)) }
    }
    #[inline(always)]
    fn gt(self, other: Dual<T, N>) -> bool {
        self.value > other.value
    }
    #[inline(always)]
    fn le(self, other: Dual<T, N>) -> bool {
        self.value <= other.value
    }
    #[inline(always)]
    fn same(self, other: Dual<T, N>) -> bool {
        self.value == other.value
    }
    #[inline(always)]
    fn both(a: bool, b: bool) -> bool {
        a & b
    }
    #[inline(always)]
    fn either(a: bool, b: bool) -> bool {
        a | b
    }
    #[inline(always)]
    fn select(mask: bool, yes: Dual<T, N>, no: Dual<T, N>) -> Dual<T, N> {
        if mask { yes } else { no }
    }
}
