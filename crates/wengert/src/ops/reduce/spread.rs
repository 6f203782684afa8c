//! The variance and the standard deviation.

use num_traits::Float;
use wengert_kernels::{Scratch, Strided, fold_lanes};

use super::norms::{euclidean, sum_of};
use super::sums::Mean;
use super::{
    Reduction, axes_of, count, parameter_of, payload, reduce, reduced, reductions, spread_out, sum_alike,
};
use crate::ops::arithmetic::{abs, div, mul, sub};
use crate::ops::select::masked;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Axes, Dims};
use crate::tensor::Tensor;

reductions! {
    /// The variance of all elements: `sum (x - mean)^2 / (n - correction)`, by two passes, so that a large mean costs
    /// no digits. The correction is 1 for the unbiased estimate of a sample (Bessel's; PyTorch's default), 0 for the
    /// variance of a population.
    ///
    /// **Adjoint.** `x_bar += 2 / (n - correction) y_bar (x - mean)`; reads the operand.
    ///
    /// **Edges.** Where `n <= correction` the divisor is 0: NaN where all elements are equal, so too for one element
    /// and for nothing, else `inf`; the gradient is NaN where `x` is the mean, else infinite. PyTorch: `torch.var`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// let y = x.var(1);
    /// y.backward();
    /// assert_eq!((y.item(), x.var(0).item()), (1.0, 2.0 / 3.0));
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [-1.0, 0.0, 1.0]);
    /// ```
    Var(correction): var, var_axes, var_keepdims;

    /// The standard deviation of all elements: the root of [`Tensor::var`](crate::Tensor::var) with the same
    /// correction, of which 1 is PyTorch's default.
    ///
    /// **Adjoint.** `x_bar += y_bar / y (x - mean) / (n - correction)`; reads the operand and the result.
    ///
    /// **Edges.** Where all elements are equal the value and the gradient are 0. Where `n <= correction` the value is
    /// that of the variance. It is finite also where the variance overflows. PyTorch: `torch.std`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 3.0], [2.0, 2.0]]);
    /// let y = x.std_axes(1, 0);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [1.0, 0.0]);
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [-0.5, 0.5, 0.0, 0.0]);
    /// ```
    Std(correction): std, std_axes, std_keepdims;
}

/// The variance of one lane.
fn variance<T: Number>(x: &[T], correction: f64) -> T {
    let n = x.len() as f64;
    let mean = wengert_kernels::sum(x) / T::zero().constant(n);
    sum_of(x, |x| (x - mean) * (x - mean)) / T::zero().constant((n - correction).max(0.0))
}

/// The standard deviation of one lane: also where it is a number and the variance is none.
fn deviation<T: Number>(x: &[T], correction: f64) -> T {
    let variance = variance(x, correction);
    let n = x.len() as f64;
    if !variance.is_infinite() || n <= correction {
        return Float::sqrt(variance);
    }
    let mean = wengert_kernels::sum(x) / T::zero().constant(n);
    let apart: Vec<T> = x.iter().map(|&x| x - mean).collect();
    euclidean(&apart) / Float::sqrt(T::zero().constant(n - correction))
}

/// `(x - mean)`, and `2 / (n - correction)`.
fn centred<'a, V: Verbs<'a>>(v: &mut V) -> (V::X, V::X) {
    let (x, axes) = (v.operand(0), axes_of(v.payload()));
    let dims = v.dims(x);
    let mean = v.apply::<Mean>(&[x], &payload(true, &[], axes));
    let apart = v.binary::<sub>(x, mean);
    let freedom = count(&dims, axes) - parameter_of(v.payload());
    // PyTorch's: over all elements a divisor that is not positive counts as 0, and the slope has no sign.
    if freedom <= 0.0 && axes.len() == dims.len() {
        return (v.unary::<abs>(apart), v.number(f64::INFINITY));
    }
    (apart, v.number(2.0 / freedom))
}

/// `y_bar` of the variance, given, goes to the operand.
fn variance_reverse<'a, V: Verbs<'a>>(v: &mut V, y_bar: V::X) {
    let (apart, factor) = centred(v);
    let y_bar = v.binary::<mul>(y_bar, factor);
    let y_bar = spread_out(v, y_bar);
    v.add_binary::<mul>(0, y_bar, apart);
}

/// The tangent of the variance.
fn variance_tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
    let (apart, factor) = centred(v);
    let dot = v.operand_dot(0).expect("the operand has a tangent");
    let part = v.binary::<mul>(apart, dot);
    let sum = sum_alike(v, part);
    v.binary::<mul>(sum, factor)
}

/// `z / (2 y)`, 0 where the standard deviation `y` is: what the root makes of an adjoint or a tangent.
fn over_root<'a, V: Verbs<'a>>(v: &mut V, z: V::X) -> V::X {
    let (y, two) = (v.result(), v.number(2.0));
    let twice = v.binary::<mul>(y, two);
    let z = v.binary::<div>(z, twice);
    v.binary::<masked>(y, z)
}

struct Var;
impl Structural for Var {
    const NAME: &'static str = "var";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        let correction = parameter_of(payload);
        fold_lanes(y, [x[0]], axes_of(payload), scratch, |_, [x]| variance(x, correction));
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = v.result_bar();
        variance_reverse(v, y_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        variance_tangent(v)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1
    }
}
impl Reduction for Var {
    fn of_nothing(_: f64) -> bool {
        true
    }
    fn of_lane<T: Number>(x: &[T], correction: f64) -> T {
        variance(x, correction)
    }
}

struct Std;
impl Structural for Std {
    const NAME: &'static str = "std";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        let correction = parameter_of(payload);
        fold_lanes(y, [x[0]], axes_of(payload), scratch, |_, [x]| Std::of_lane(x, correction));
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = over_root(v, v.result_bar());
        variance_reverse(v, y_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = variance_tangent(v);
        over_root(v, dot)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}
impl Reduction for Std {
    fn of_nothing(_: f64) -> bool {
        true
    }
    fn of_lane<T: Number>(x: &[T], correction: f64) -> T {
        deviation(x, correction)
    }
}

rows! {
    "var" [[2, 3]] => |_, x| x[0].var(1);
    "var" [[2, 3, 2]] => |_, x| x[0].var_axes([0, 2], 0.5);
    "std" [[2, 3]] => |_, x| x[0].std_keepdims(-1, 0);
}
