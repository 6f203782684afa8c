//! Norms of vectors.

use num_traits::Float;
use wengert_kernels::{Scratch, Strided, fold_lanes};

use super::extremes::{largest, smallest};
use super::{Reduction, axes_of, parameter_of, reduce, reduced, reductions, spread_out, sum_alike, sum_over};
use crate::ops::arithmetic::{abs, add, div, mul, sign};
use crate::ops::power::pow;
use crate::ops::select::{equals, masked, same};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Axes, Dims};
use crate::tensor::Tensor;

reductions! {
    /// The `p`-norm of all elements: `(sum |x|^p)^(1/p)`. `p` is any number: 2 is the Euclidean and the Frobenius
    /// norm, 1 the sum of magnitudes, `f64::INFINITY` the largest of them, `f64::NEG_INFINITY` the smallest, and 0
    /// counts the elements that are not 0.
    ///
    /// **Adjoint.** `x_bar += y_bar sgn(x) (|x| / y)^(p - 1)`; `y_bar x / y` for `p = 2`, `y_bar sgn(x)` for `p = 1`.
    /// For `p = inf` and `-inf` elements that tie for the extreme share evenly, each with its sign; for `p = 0` it is
    /// 0. Reads the operand and the result.
    ///
    /// **Edges.** Where the norm is 0 the gradient is 0, for every `p >= 0`. Of nothing the norm is 0 for finite
    /// `p >= 0`. For `p = 2` squares that would overflow or vanish are taken of what the largest element divides, as
    /// [`Tensor::hypot`](crate::Tensor::hypot) does. PyTorch: `torch.linalg.vector_norm`, and `torch.norm` for `p = 2`.
    ///
    /// # Errors
    /// Of nothing there is no norm with `p < 0` or `p = inf`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, -1.0, 1.0, -1.0], [0.0; 4]]);
    /// let y = x.norm_axes(1, 2);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [2.0, 0.0]);
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0[..5], [0.5, -0.5, 0.5, -0.5, 0.0]);
    /// assert_eq!((x.norm(1).item(), x.norm(f64::INFINITY).item()), (4.0, 1.0));
    /// ```
    Norm(p): norm, norm_axes, norm_keepdims;
}

/// `sum f(x)`, by eight accumulators: more digits than one, and a vector unit has use for them. What is long is summed by
/// halves, as [`wengert_kernels::sum`] does.
pub(crate) fn sum_of<T: Number>(x: &[T], f: impl Fn(T) -> T) -> T {
    fn halves<T: Number, F: Fn(T) -> T>(x: &[T], f: &F) -> T {
        if x.len() <= 1024 {
            return sum_of_few(x, f);
        }
        let (a, b) = x.split_at(x.len() / 2);
        halves(a, f) + halves(b, f)
    }
    halves(x, &f)
}

fn sum_of_few<T: Number>(x: &[T], f: impl Fn(T) -> T) -> T {
    let (chunks, rest) = x.as_chunks::<8>();
    let mut lanes = [T::zero(); 8];
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += f(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += f(x);
    }
    wengert_kernels::sum(&lanes)
}

/// The root of the sum of squares.
pub(crate) fn euclidean<T: Number>(x: &[T]) -> T {
    let sum = sum_of(x, |x| x * x);
    if sum.is_normal() { Float::sqrt(sum) } else { by_the_largest(x, sum) }
}

/// The same where the sum is no number of full digits: too large, too small, 0, infinite or NaN.
#[cold]
fn by_the_largest<T: Number>(x: &[T], sum: T) -> T {
    let most = largest(x.iter().map(|&x| Float::abs(x)));
    if most == T::zero() || !most.is_finite() {
        return Float::sqrt(sum);
    }
    most * Float::sqrt(sum_of(x, |x| (x / most) * (x / most)))
}

struct Norm;
impl Structural for Norm {
    const NAME: &'static str = "norm";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        let p = parameter_of(payload);
        fold_lanes(y, [x[0]], axes_of(payload), scratch, |_, [x]| Norm::of_lane(x, p));
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = v.result_bar();
        let (slope, y_bar) = match slope(v) {
            None => return,
            Some(slope) => (slope, over_norm(v, y_bar)),
        };
        let y_bar = spread_out(v, y_bar);
        v.add_binary::<mul>(0, slope, y_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let Some(slope) = slope(v) else { return v.number(0.0) };
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let part = v.binary::<mul>(slope, dot);
        let sum = sum_alike(v, part);
        over_norm(v, sum)
    }
}

/// What the slope is made of that has the operand's dims: without a power of the norm, which is left to
/// [`over_norm`]. `None` where the slope is 0.
fn slope<'a, V: Verbs<'a>>(v: &mut V) -> Option<V::X> {
    let (x, p) = (v.operand(0), parameter_of(v.payload()));
    if p == 2.0 {
        return Some(x);
    }
    if p == 0.0 {
        return None;
    }
    let sgn = v.unary::<sign>(x);
    if p == 1.0 {
        return Some(sgn);
    }
    let mut size = v.unary::<abs>(x);
    if p.is_infinite() {
        let y = spread_out(v, v.result());
        let hit = v.binary::<same>(size, y);
        let ties = sum_over(v, hit, axes_of(v.payload()));
        let share = v.binary::<div>(hit, ties);
        return Some(v.binary::<mul>(sgn, share));
    }
    if p > 2.0 {
        let exponent = v.number(p - 2.0);
        let power = v.binary::<pow>(size, exponent);
        return Some(v.binary::<mul>(x, power));
    }
    if p < 1.0 {
        // No negative power of 0, not even where it is not taken: a derivative of it would come back.
        size = or_one(v, size, x);
    }
    let exponent = v.number(p - 1.0);
    let power = v.binary::<pow>(size, exponent);
    // Below 1 the slope at 0 is infinite, and 0 by convention.
    let power = if p < 1.0 { v.binary::<masked>(x, power) } else { power };
    Some(v.binary::<mul>(sgn, power))
}

/// The size of `x`, and 1 where that is 0.
fn or_one<'a, V: Verbs<'a>>(v: &mut V, size: V::X, x: V::X) -> V::X {
    let zero = v.number(0.0);
    let none = v.binary::<equals>(x, zero);
    v.binary::<add>(size, none)
}

/// `z` over the power of the norm that the slope is divided by; 0 where the norm is 0.
fn over_norm<'a, V: Verbs<'a>>(v: &mut V, z: V::X) -> V::X {
    let (y, p) = (v.result(), parameter_of(v.payload()));
    if p == 1.0 || p.is_infinite() {
        return z;
    }
    if p < 1.0 {
        // The power of 0 is 0, and its derivative not finite.
        let size = or_one(v, y, y);
        let exponent = v.number(1.0 - p);
        let power = v.binary::<pow>(size, exponent);
        let z = v.binary::<mul>(z, power);
        return v.binary::<masked>(y, z);
    }
    let power = match p == 2.0 {
        true => y,
        false => {
            let exponent = v.number(p - 1.0);
            v.binary::<pow>(y, exponent)
        }
    };
    let z = v.binary::<div>(z, power);
    v.binary::<masked>(y, z)
}

impl Reduction for Norm {
    fn of_nothing(p: f64) -> bool {
        (0.0..f64::INFINITY).contains(&p)
    }
    fn of_lane<T: Number>(x: &[T], p: f64) -> T {
        let number = |value: f64| T::zero().constant(value);
        if p == 2.0 {
            return euclidean(x);
        }
        if p == 1.0 {
            return sum_of(x, Float::abs);
        }
        if p == 0.0 {
            return sum_of(x, |x| if x == T::zero() { T::zero() } else { T::one() });
        }
        if p.is_infinite() {
            let sizes = x.iter().map(|&x| Float::abs(x));
            return if p > 0.0 { largest(sizes) } else { smallest(sizes) };
        }
        let power = sum_of(x, |x| Float::powf(Float::abs(x), number(p)));
        Float::powf(power, number(1.0 / p))
    }
}

rows! {
    "norm" [[2, 3]] => |_, x| x[0].norm(2);
    "norm" [[2, 3]] => |_, x| x[0].norm_axes(0, 1);
    "norm" [[2, 3, 2]] => |_, x| x[0].norm_keepdims([0, 2], 3);
    "norm" [[2, 3]] => |_, x| x[0].exp().norm_axes(1, 1.5);
    "norm" [[2, 3]] => |_, x| x[0].exp().norm_axes(1, 0.5);
    "norm" [[2, 3]] => |_, x| x[0].norm_axes(1, f64::INFINITY);
}
