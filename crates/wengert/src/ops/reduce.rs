//! Reductions, over all axes or chosen ones, which go or stay with extent 1.

use wengert_kernels::{Scratch, Strided, StridedMut, add_acc, fold_lanes};

use super::arithmetic::{div, mul, sub};
use super::math::exp;
use super::select::{masked, same};
use crate::error::{At, Error, Result, Shape};
use crate::rule::verbs::StructuralRule;
use crate::rule::{RESULT, Structural, Verbs};
use crate::shape::{Axes, Dims, Strides, contiguous_strides, element_count, resolve_axes};
use crate::tape::Element;
use crate::tape::tensors::{Recording, quick_reduction, strided};
use crate::tensor::Tensor;
use crate::twins::methods;

/// A reduction: a rule, and how the value comes about.
trait Reduction: Structural {
    /// Whether the reduction of nothing has a value.
    const OF_NOTHING: bool;
    /// Writes the value; `x` has the dims `dims`, and `y` one element for each row of the axes that stay.
    fn value<T: Element>(y: &mut [T], x: Strided<'_, T>, axes: &[usize], scratch: &mut Scratch<T>);
    /// The value over all of a contiguous operand, which is not empty.
    fn of_all<T: Element>(x: &[T]) -> T;
}

/// The axes that a rule was recorded with: the payload.
fn reduce<T: Element, R: Reduction>(
    x: Tensor<T>,
    axes: Option<&[isize]>,
    keep: bool,
    at: At,
) -> Result<Tensor<T>> {
    let op = R::NAME;
    if axes.is_none()
        && !keep
        && let Some(made) = quick_reduction(StructuralRule::<R, T>::RULE, x, at, R::of_all)
    {
        return Ok(made);
    }
    let recording = Recording::start(StructuralRule::<R, T>::RULE, x, at)?;
    let (id, view) = recording.operand(x)?;
    let dims = &view.layout.dims;
    let axes: Dims = match axes {
        None => (0..dims.len()).collect(),
        Some(axes) => resolve_axes(op, axes, dims, at)?,
    };
    let nothing = axes.iter().any(|&axis| dims[axis] == 0);
    let kept = |axis: &usize| !axes.contains(axis);
    let out: Dims = match keep {
        true => (0..dims.len()).map(|axis| if kept(&axis) { dims[axis] } else { 1 }).collect(),
        false => (0..dims.len()).filter(kept).map(|axis| dims[axis]).collect(),
    };
    if nothing && !R::OF_NOTHING && element_count(&out) > 0 {
        return Err(Error::Empty { op, shape: Shape::from(&dims[..]), at });
    }
    recording
        .finish(&[id], &out, &axes, |slots, y, scratch| R::value(y, strided(slots, &view), &axes, scratch))
}

/// Where the result lies, seen with the dims of the operand: stride 0 along what was reduced.
fn onto(dims: &[usize], axes: &[usize]) -> Strides {
    let mut out = Dims::from_slice(dims);
    axes.iter().for_each(|&axis| out[axis] = 1);
    let mut strides = contiguous_strides(&out);
    axes.iter().for_each(|&axis| strides[axis] = 0);
    strides
}

/// How many elements each element of the result is made of.
fn count(dims: &[usize], axes: &[usize]) -> f64 {
    axes.iter().map(|&axis| dims[axis] as f64).product()
}

/// The methods of a reduction: over all, over chosen axes, and over axes that stay.
macro_rules! reductions {
    ($(
        $(#[$doc:meta])*
        $rule:ident: $all:ident, $axes:ident, $keep:ident;
    )*) => {$(
        methods! {
            $(#[$doc])*
            $all(x, at) -> Tensor<T> {
                reduce::<T, $rule>(x, None, false, at)
            }

            #[doc = concat!("[`Tensor::", stringify!($all), "`](crate::Tensor::", stringify!($all), ") over chosen axes, which go.")]
            $axes(x, at, axes: impl Axes) -> Tensor<T> {
                reduce::<T, $rule>(x, Some(&axes.axes()), false, at)
            }

            #[doc = concat!("[`Tensor::", stringify!($all), "`](crate::Tensor::", stringify!($all), ") over chosen axes, which stay with extent 1: PyTorch's `keepdim=True`.")]
            $keep(x, at, axes: impl Axes) -> Tensor<T> {
                reduce::<T, $rule>(x, Some(&axes.axes()), true, at)
            }
        }
    )*};
}

reductions! {
    /// The sum of all elements; of nothing, 0.
    ///
    /// **Adjoint.** `x_bar += y_bar`, repeated. PyTorch: `torch.sum`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.sum().item(), 10.0);
    /// assert_eq!(x.sum_axes(0).to_vec(), [4.0, 6.0]);
    /// assert_eq!(x.sum_keepdims(-1).shape().as_slice(), [2, 1]);
    /// ```
    Sum: sum, sum_axes, sum_keepdims;

    /// The mean of all elements; of nothing, NaN.
    ///
    /// **Adjoint.** `x_bar += y_bar / n`, repeated. PyTorch: `torch.mean`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// x.mean().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 1.0 / 3.0);
    /// ```
    Mean: mean, mean_axes, mean_keepdims;

    /// The largest of all elements. NaN if any is.
    ///
    /// **Adjoint.** Elements that tie for the largest share `y_bar` evenly. Where the result is NaN, those that are
    /// NaN do. PyTorch: `torch.max(x)`.
    ///
    /// # Errors
    /// The maximum of nothing has no value.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 3.0]);
    /// x.max().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.5, 0.0, 0.5]);
    /// ```
    Max: max, max_axes, max_keepdims;

    /// The logarithm of the sum of the exponentials of all elements: `m + ln sum e^(x - m)` with the largest as `m`,
    /// which does not overflow; of nothing, `-inf`.
    ///
    /// **Adjoint.** `x_bar += y_bar e^(x - y)`: reads the operand and the result.
    ///
    /// **Edges.** Where every element is `-inf` the value is `-inf` and the gradient NaN. PyTorch:
    /// `torch.logsumexp`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1000.0, 1000.0]);
    /// assert_eq!(x.logsumexp().item(), 1000.0 + 2f64.ln());
    /// ```
    LogSumExp: logsumexp, logsumexp_axes, logsumexp_keepdims;
}

struct Sum;
impl Structural for Sum {
    const NAME: &'static str = "sum";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = v.unreduce(v.result_bar(), v.payload(), v.operand(0));
        v.add(0, y_bar);
    }
    fn reads(_: usize, _: usize) -> u64 {
        0
    }
}
impl Reduction for Sum {
    const OF_NOTHING: bool = true;
    fn value<T: Element>(y: &mut [T], x: Strided<'_, T>, axes: &[usize], _: &mut Scratch<T>) {
        y.fill(T::zero());
        add_acc(StridedMut::new(y, 0, x.dims(), &onto(x.dims(), axes)), x);
    }
    fn of_all<T: Element>(x: &[T]) -> T {
        wengert_kernels::sum(x)
    }
}

struct Mean;
impl Structural for Mean {
    const NAME: &'static str = "mean";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, axes) = (v.operand(0), v.payload());
        let y_bar = v.unreduce(v.result_bar(), axes, x);
        v.add_scaled(0, y_bar, 1.0 / count(&v.dims(x), axes));
    }
    fn reads(_: usize, _: usize) -> u64 {
        0
    }
}
impl Reduction for Mean {
    const OF_NOTHING: bool = true;
    fn value<T: Element>(y: &mut [T], x: Strided<'_, T>, axes: &[usize], scratch: &mut Scratch<T>) {
        Sum::value(y, x, axes, scratch);
        let n = T::zero().constant(count(x.dims(), axes));
        y.iter_mut().for_each(|y| *y /= n);
    }
    fn of_all<T: Element>(x: &[T]) -> T {
        wengert_kernels::sum(x) / T::zero().constant(x.len() as f64)
    }
}

struct Max;
impl Structural for Max {
    const NAME: &'static str = "max";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, axes) = (v.operand(0), v.payload());
        let dims = v.dims(x);
        let (y, y_bar) = (v.unreduce(v.result(), axes, x), v.unreduce(v.result_bar(), axes, x));
        let hit = v.binary::<same>(x, y);
        let ties = v.sum(hit, axes);
        let ties = v.expand(ties, &dims);
        let share = v.binary::<div>(y_bar, ties);
        v.add_binary::<masked>(0, hit, share);
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}
impl Reduction for Max {
    const OF_NOTHING: bool = false;
    fn value<T: Element>(y: &mut [T], x: Strided<'_, T>, axes: &[usize], scratch: &mut Scratch<T>) {
        fold_lanes(y, [x], axes, scratch, |_, [x]| maximum(x));
    }
    fn of_all<T: Element>(x: &[T]) -> T {
        maximum(x)
    }
}

/// The largest; NaN if any is.
fn maximum<T: Element>(x: &[T]) -> T {
    x.iter().fold(T::neg_infinity(), |max, &x| if x > max || x.is_nan() { x } else { max })
}

struct LogSumExp;
impl Structural for LogSumExp {
    const NAME: &'static str = "logsumexp";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, axes) = (v.operand(0), v.payload());
        let (y, y_bar) = (v.unreduce(v.result(), axes, x), v.unreduce(v.result_bar(), axes, x));
        let below = v.binary::<sub>(x, y);
        let share = v.unary::<exp>(below);
        v.add_binary::<mul>(0, y_bar, share);
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}
impl Reduction for LogSumExp {
    const OF_NOTHING: bool = true;
    fn value<T: Element>(y: &mut [T], x: Strided<'_, T>, axes: &[usize], scratch: &mut Scratch<T>) {
        fold_lanes(y, [x], axes, scratch, |_, [x]| log_sum_exp(x));
    }
    fn of_all<T: Element>(x: &[T]) -> T {
        log_sum_exp(x)
    }
}

/// The largest of a row, and the sum of `e^(x - largest)`.
pub(super) fn shifted_sum<T: Element>(x: &[T]) -> (T, T) {
    let max = maximum(x);
    (max, x.iter().fold(T::zero(), |sum, &x| sum + num_traits::Float::exp(x - max)))
}

/// `ln sum e^x` of one row.
fn log_sum_exp<T: Element>(x: &[T]) -> T {
    let (max, sum) = shifted_sum(x);
    // Only one infinity decides: -inf where nothing is larger, +inf where something is.
    if max.is_infinite() { max } else { max + num_traits::Float::ln(sum) }
}
