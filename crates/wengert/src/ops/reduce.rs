//! Reductions, over all axes or chosen ones, which go or stay with extent 1.

use wengert_kernels::{Scratch, Strided, StridedMut, add_acc, fold_lanes};

use super::arithmetic::{div, mul, sub};
use super::math::exp;
use super::select::{masked, same};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::rule::verbs::StructuralRule;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Axes, Dims, Strides, contiguous_strides, element_count, resolve_axes};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tape::tensors::quick_reduction;
use crate::tensor::Tensor;
use crate::twins::methods;

/// A reduction. Its payload is whether reduced axes stay, and the axes.
pub(crate) trait Reduction: Structural {
    /// Whether the reduction of nothing has a value.
    const OF_NOTHING: bool;
    /// The value over all of a contiguous operand, which is not empty.
    fn of_all<T: Number>(x: &[T]) -> T;
}

/// Records a reduction over axes, or over all.
pub(crate) fn reduce<T: Element, R: Reduction>(
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
    let dims = x.dims_for(op, at)?;
    let payload = reduction_payload(op, axes, keep, &dims, at)?;
    let nothing = payload[1..].iter().any(|&axis| dims[axis] == 0);
    if nothing && !R::OF_NOTHING && element_count(&reduced(&dims, &payload)) > 0 {
        return Err(Error::Empty { op, shape: Shape::from(&dims[..]), at });
    }
    structural::<R, T>(&[x.into()], &payload, at)
}

/// Whether reduced axes stay, and the axes: what a reduction is recorded with.
pub(crate) fn reduction_payload(
    op: &'static str,
    axes: Option<&[isize]>,
    keep: bool,
    dims: &[usize],
    at: At,
) -> Result<Dims> {
    let mut payload = match axes {
        None => (0..dims.len()).collect(),
        Some(axes) => resolve_axes(op, axes, dims, at)?,
    };
    payload.insert(0, usize::from(keep));
    Ok(payload)
}

/// The shape of what a reduction leaves.
pub(crate) fn reduced(dims: &[usize], payload: &[usize]) -> Dims {
    let (keep, axes) = (payload[0] != 0, &payload[1..]);
    let kept = |axis: &usize| !axes.contains(axis);
    match keep {
        true => (0..dims.len()).map(|axis| if kept(&axis) { dims[axis] } else { 1 }).collect(),
        false => (0..dims.len()).filter(kept).map(|axis| dims[axis]).collect(),
    }
}

/// Where the result lies, seen with the dims of the operand: stride 0 along what was reduced.
pub(crate) fn onto(dims: &[usize], axes: &[usize]) -> Strides {
    let mut out = Dims::from_slice(dims);
    axes.iter().for_each(|&axis| out[axis] = 1);
    let mut strides = contiguous_strides(&out);
    axes.iter().for_each(|&axis| strides[axis] = 0);
    strides
}

/// How many elements each element of the result is made of.
pub(crate) fn count(dims: &[usize], axes: &[usize]) -> f64 {
    axes.iter().map(|&axis| dims[axis] as f64).product()
}

/// The sum over axes, which stay with extent 1, as rules use it.
pub(crate) fn sum_over<'a, V: Verbs<'a>>(v: &mut V, x: V::X, axes: &[usize]) -> V::X {
    let mut payload = Dims::from_slice(axes);
    payload.insert(0, 1);
    v.apply::<Sum>(&[x], &payload)
}

/// The sum over axes as the reduction at hand leaves it.
pub(crate) fn sum_alike<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    v.apply::<Sum>(&[x], v.payload())
}

/// The methods of a reduction: over all, over chosen axes, and over axes that stay.
macro_rules! reductions {
    ($(
        $(#[doc = $doc:expr])*
        $rule:ident: $all:ident, $axes:ident, $keep:ident;
    )*) => {$(
        methods! {
            $(#[doc = $doc])*
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

/// The sum over axes.
pub(crate) struct Sum;
impl Structural for Sum {
    const NAME: &'static str = "sum";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        y.fill(T::zero());
        add_acc(StridedMut::new(y, 0, x[0].dims(), &onto(x[0].dims(), &payload[1..])), x[0]);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = v.unreduce(v.result_bar(), &v.payload()[1..], v.operand(0));
        v.add(0, y_bar);
    }
}
impl Reduction for Sum {
    const OF_NOTHING: bool = true;
    fn of_all<T: Number>(x: &[T]) -> T {
        wengert_kernels::sum(x)
    }
}

/// The mean over axes.
pub(crate) struct Mean;
impl Structural for Mean {
    const NAME: &'static str = "mean";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        Sum::forward(y, x, payload, scratch);
        let n = T::zero().constant(count(x[0].dims(), &payload[1..]));
        y.iter_mut().for_each(|y| *y /= n);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, axes) = (v.operand(0), &v.payload()[1..]);
        let y_bar = v.unreduce(v.result_bar(), axes, x);
        v.add_scaled(0, y_bar, 1.0 / count(&v.dims(x), axes));
    }
}
impl Reduction for Mean {
    const OF_NOTHING: bool = true;
    fn of_all<T: Number>(x: &[T]) -> T {
        wengert_kernels::sum(x) / T::zero().constant(x.len() as f64)
    }
}

/// How much of a result each element made: even shares of those that tie for it.
fn shares<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
    let (x, axes) = (v.operand(0), &v.payload()[1..]);
    let y = v.unreduce(v.result(), axes, x);
    let hit = v.binary::<same>(x, y);
    let ties = sum_over(v, hit, axes);
    v.binary::<div>(hit, ties)
}

/// The extreme over axes.
macro_rules! extremes {
    ($($rule:ident $name:literal $of_all:ident;)*) => {$(
        struct $rule;
        impl Structural for $rule {
            const NAME: &'static str = $name;
            const LINEAR: Linear = Linear::No;
            fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
                reduced(operands[0], payload)
            }
            fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
                fold_lanes(y, [x[0]], &payload[1..], scratch, |_, [x]| $of_all(x));
            }
            fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
                let share = shares(v);
                let y_bar = v.unreduce(v.result_bar(), &v.payload()[1..], v.operand(0));
                let share_bar = v.binary::<mul>(y_bar, share);
                v.add_binary::<masked>(0, share, share_bar);
            }
            fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
                let share = shares(v);
                let dot = v.operand_dot(0).expect("the operand has a tangent");
                let part = v.binary::<mul>(dot, share);
                let part = v.binary::<masked>(share, part);
                sum_alike(v, part)
            }
            fn reads(_: usize, _: usize) -> u64 {
                1 | RESULT
            }
        }
        impl Reduction for $rule {
            const OF_NOTHING: bool = false;
            fn of_all<T: Number>(x: &[T]) -> T {
                $of_all(x)
            }
        }
    )*};
}
extremes! { Max "max" maximum; }

/// The largest; NaN if any is.
pub(crate) fn maximum<T: Number>(x: &[T]) -> T {
    x.iter().fold(T::neg_infinity(), |max, &x| if x > max || x.is_nan() { x } else { max })
}

struct LogSumExp;
impl Structural for LogSumExp {
    const NAME: &'static str = "logsumexp";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        fold_lanes(y, [x[0]], &payload[1..], scratch, |_, [x]| log_sum_exp(x));
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let share = softmax_of(v);
        let y_bar = v.unreduce(v.result_bar(), &v.payload()[1..], v.operand(0));
        v.add_binary::<mul>(0, y_bar, share);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let share = softmax_of(v);
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let part = v.binary::<mul>(dot, share);
        sum_alike(v, part)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

/// `e^(x - y)`
fn softmax_of<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
    let x = v.operand(0);
    let y = v.unreduce(v.result(), &v.payload()[1..], x);
    let below = v.binary::<sub>(x, y);
    v.unary::<exp>(below)
}

impl Reduction for LogSumExp {
    const OF_NOTHING: bool = true;
    fn of_all<T: Number>(x: &[T]) -> T {
        log_sum_exp(x)
    }
}

/// The largest of a row, and the sum of `e^(x - largest)`.
pub(super) fn shifted_sum<T: Number>(x: &[T]) -> (T, T) {
    let max = maximum(x);
    (max, x.iter().fold(T::zero(), |sum, &x| sum + num_traits::Float::exp(x - max)))
}

/// `ln sum e^x` of one row.
fn log_sum_exp<T: Number>(x: &[T]) -> T {
    let (max, sum) = shifted_sum(x);
    // Only one infinity decides: -inf where nothing is larger, +inf where something is.
    if max.is_infinite() { max } else { max + num_traits::Float::ln(sum) }
}

rows! {
    "sum" [[2, 3]] => |_, x| x[0].sum();
    "sum" [[2, 3, 2]] => |_, x| x[0].sum_axes([0, -1]);
    "mean" [[2, 3]] => |_, x| x[0].mean_keepdims(0);
    "max" [[2, 3]] => |_, x| x[0].max_axes(1);
    "logsumexp" [[2, 3]] => |_, x| x[0].logsumexp_axes(0);
}
