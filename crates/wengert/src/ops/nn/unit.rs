//! Vectors of length 1, and the angle between them.

use wengert_kernels::{Real, Scratch, Strided, fold_lanes};

use super::{binary, meet, number, together};
use crate::error::{At, Error, Result};
use crate::ops::arithmetic::{abs, add, div, mul, sign};
use crate::ops::lanes::along;
use crate::ops::power::pow;
use crate::ops::reduce::{Sum, euclidean, reduce, sum_over};
use crate::ops::select::{equals, masked};
use crate::ops::table::rows;
use crate::rule::{Arithmetic, Linear, Number, Pointwise, RESULT, Structural, Verbs};
use crate::shape::{Dims, resolve_line};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

/// A bound from below: what is below it is replaced.
macro_rules! bounds {
    ($($(#[doc = $doc:expr])* $name:ident $text:literal |$x:ident, $least:ident, $y_bar:ident| $pull:expr;)*) => {$(
        $(#[doc = $doc])*
        #[allow(non_camel_case_types)]
        enum $name {}

        impl Pointwise<2> for $name {
            const NAME: &'static str = $text;
            const SAMPLE: [f64; 2] = [0.7, 0.3];
            #[inline(always)]
            fn primal<T: Real>([x, least]: [T; 2]) -> T {
                if x < least { least } else { x }
            }
            #[inline(always)]
            fn pull<A: Arithmetic>(k: usize, [$x, $least]: [A; 2], _: A, $y_bar: A) -> A {
                if k == 0 { $pull } else { $y_bar.zero_like() }
            }
        }
    )*};
}
bounds! {
    /// The gradient stops where the bound holds: `clamp_min`.
    bounded "clamp_min" |x, least, y_bar| A::select(least.gt(x), y_bar.zero_like(), y_bar);
    /// The gradient passes everywhere, as if there were no bound.
    raised "clamp_min" |_x, _least, y_bar| y_bar;
}

/// The p-norm along an axis, which stays with extent 1. The payload is the axis, and the bits of p.
struct Length;

impl Length {
    fn payload(axis: usize, p: f64) -> [usize; 3] {
        [axis, (p.to_bits() >> 32) as usize, (p.to_bits() & 0xffff_ffff) as usize]
    }
    fn p(payload: &[usize]) -> f64 {
        f64::from_bits((payload[1] as u64) << 32 | payload[2] as u64)
    }

    /// The partial by each element: `sign(x) (|x| / y)^(p - 1)`, and 0 where the length is 0.
    fn direction<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (x, y, p) = (v.operand(0), v.result(), Length::p(v.payload()));
        if p == 0.0 {
            let zero = v.number(0.0);
            let dims = v.dims(x);
            return v.expand(zero, &dims);
        }
        if p == 1.0 {
            return v.unary::<sign>(x);
        }
        // A length of 0 divides as 1, so that no order is NaN there.
        let zero = v.number(0.0);
        let none = v.binary::<equals>(y, zero);
        let y = v.binary::<add>(y, none);
        if p == 2.0 {
            return v.binary::<div>(x, y);
        }
        let (mut size, way) = (v.unary::<abs>(x), v.unary::<sign>(x));
        if p.is_infinite() {
            // Those that tie share evenly.
            let hit = v.binary::<equals>(size, y);
            let ties = sum_over(v, hit, &v.payload()[..1]);
            let none = v.binary::<equals>(ties, zero);
            let ties = v.binary::<add>(ties, none);
            let share = v.binary::<div>(hit, ties);
            return v.binary::<mul>(share, way);
        }
        if p < 1.0 {
            // No negative power of 0, not even where it is not taken: a derivative of it would come back.
            let none = v.binary::<equals>(x, zero);
            size = v.binary::<add>(size, none);
        }
        let part = v.binary::<div>(size, y);
        let exponent = v.number(p - 1.0);
        let part = v.binary::<pow>(part, exponent);
        let part = v.binary::<mul>(part, way);
        v.binary::<masked>(way, part)
    }
}

impl Structural for Length {
    const NAME: &'static str = "norm";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        dims[payload[0]] = 1;
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        let p = Length::p(payload);
        fold_lanes(y, [x[0]], &payload[..1], scratch, |_, [x]| length(x, p));
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let direction = Length::direction(v);
        let y_bar = v.result_bar();
        v.add_binary::<mul>(0, direction, y_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let direction = Length::direction(v);
        let part = v.binary::<mul>(direction, dot);
        sum_over(v, part, &v.payload()[..1])
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

/// The p-norm of one lane.
fn length<T: Number>(x: &[T], p: f64) -> T {
    let sum = |of: &dyn Fn(T) -> T| x.iter().fold(T::zero(), |sum, &x| sum + of(x));
    if p == 2.0 {
        euclidean(x)
    } else if p == 1.0 {
        sum(&num_traits::Float::abs)
    } else if p == 0.0 {
        sum(&|x| if x == T::zero() { T::zero() } else { T::one() })
    } else if p == f64::INFINITY {
        let larger = |max: T, x: T| if x > max || x.is_nan() { x } else { max };
        x.iter().fold(T::zero(), |max, &x| larger(max, num_traits::Float::abs(x)))
    } else {
        let power = T::zero().constant(p);
        let sum = sum(&|x| num_traits::Float::powf(num_traits::Float::abs(x), power));
        num_traits::Float::powf(sum, T::one() / power)
    }
}

fn norm<T: Element>(x: Tensor<T>, p: f64, axis: usize, at: At) -> Result<Tensor<T>> {
    structural::<Length, T>(&[x.into()], &Length::payload(axis, p), at)
}

methods! {
    /// The vectors along an axis, each divided by its p-norm, which is taken for at least `eps`: `x / max(|x|_p, eps)`.
    /// PyTorch: `torch.nn.functional.normalize`, with defaults `p = 2`, `dim = 1`, `eps = 1e-12`.
    ///
    /// **Adjoint.** `x_bar += (y_bar - d sum(y_bar x) / n) / n` with the norm as `n` and its gradient as `d`: for
    /// `p = 2` that is `x / n`.
    ///
    /// **Edges.** A vector shorter than `eps` is divided by `eps`, and no gradient flows through its norm. Each order of
    /// derivative divides by `eps` once more: numbers of `f32` end near `1e38`, so that with `1e-12` a fourth derivative
    /// there is infinite or NaN, as in PyTorch.
    ///
    /// # Errors
    /// The axis is out of range, or `p` is negative or NaN.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 4.0], [0.0, 0.0]]);
    /// assert_eq!(x.normalize(2.0, 1, 1e-12).to_vec(), [0.6, 0.8, 0.0, 0.0]);
    /// ```
    normalize(x, at, p: f64, axis: isize, eps: f64) -> Tensor<T> {
        let op = "normalize";
        along(op, x, axis, at, |x, axis| {
            if p.is_nan() || p < 0.0 {
                let what = format!("p is {p}, and must be 0 or more");
                return Err(Error::Domain { op, what, help: "use 1, 2 or infinity", at });
            }
            let length = binary::<bounded, T>(norm(x, p, axis, at)?, number(eps), at)?;
            binary::<div, T>(x, length, at)
        })
    }

    /// The cosine of the angle between vectors along an axis, which goes: `sum(a b) / (|a| |b|)`, where no length is
    /// below `eps`. Shapes broadcast. PyTorch: `torch.nn.functional.cosine_similarity`, with defaults `dim = 1`,
    /// `eps = 1e-8`.
    ///
    /// **Edges.** With a vector of length 0 the value is 0, and the gradient by it is `b / (|b| eps)`.
    ///
    /// # Errors
    /// The shapes do not broadcast, or the axis is out of range for their common shape.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[3.0, 4.0], [1.0, 0.0]]), tape.constant([[3.0, 4.0], [0.0, 5.0]]));
    /// assert!((a.cosine_similarity(b, 1, 1e-8).at([0]).value() - 1.0).abs() < 1e-15);
    /// assert_eq!(a.cosine_similarity(b, 1, 1e-8).at([1]).value(), 0.0);
    /// ```
    cosine_similarity(a, at, b: Tensor<T>, axis: isize, eps: f64) -> Tensor<T> {
        let op = "cosine_similarity";
        let all = together(op, &[a.into(), b.into()], at)?;
        let dims = meet(op, &all[0], &all[1], at)?;
        let axis = resolve_line(op, axis, &dims, at)?;
        let unit = |x: Tensor<T>| {
            let x = x.seen(op, at, |view| {
                let view = view.expand(&dims).expect("the shapes broadcast");
                Ok(if dims.is_empty() { view.unsqueeze(0) } else { view })
            })?;
            let length = binary::<raised, T>(norm(x, 2.0, axis, at)?, number(eps), at)?;
            binary::<div, T>(x, length, at)
        };
        let product = binary::<mul, T>(unit(a)?, unit(b)?, at)?;
        reduce::<T, Sum>(product, Some(&[axis as isize]), false, &[], at)
    }
}

rows! {
    "normalize" [[3, 4]] => |_, x| x[0].normalize(2.0, 1, 1e-12);
    "normalize" [[3, 4]] => |_, x| x[0].normalize(3.0, 0, 1e-12);
    "normalize" [[3, 4]] => |_, x| x[0].normalize(f64::INFINITY, -1, 1e-12);
    "cosine_similarity" [[3, 4], [4]] => |_, x| x[0].cosine_similarity(x[1], 1, 1e-8);
}
