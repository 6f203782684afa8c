//! The sum, the mean, and the logarithm of a sum of exponentials.

use std::slice::ChunksExact;

use wengert_kernels::{Scratch, Strided, StridedMut, add_acc};

use super::{Reduction, axes_of, count, onto, reduce, reduced, reductions, spread_out, sum_alike};
use crate::ops::arithmetic::{mul, sub};
use crate::ops::math::exp;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Axes, Dims, element_count};
use crate::tensor::Tensor;

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

/// Lanes that lie one after the other and are so long that they are summed by halves.
fn long_lanes<'a, T: Number>(x: Strided<'a, T>, axes: &[usize]) -> Option<ChunksExact<'a, T>> {
    let kept = x.rank() - axes.len();
    let len = element_count(&x.dims()[kept..]);
    let last = axes.iter().copied().eq(kept..x.rank());
    (last && len > 1024).then(|| x.as_slice()).flatten().map(|elements| elements.chunks_exact(len))
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
        if let Some(lanes) = long_lanes(x[0], axes_of(payload)) {
            return y.iter_mut().zip(lanes).for_each(|(y, lane)| *y = wengert_kernels::sum(lane));
        }
        y.fill(T::zero());
        add_acc(StridedMut::new(y, 0, x[0].dims(), &onto(x[0].dims(), axes_of(payload))), x[0]);
    }
    fn spread(_: usize) -> Option<f64> {
        Some(1.0)
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = spread_out(v, v.result_bar());
        v.add(0, y_bar);
    }
}
impl Reduction for Sum {
    fn of_nothing(_: f64) -> bool {
        true
    }
    fn of_lane<T: Number>(x: &[T], _: f64) -> T {
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
        let n = T::zero().constant(count(x[0].dims(), axes_of(payload)));
        y.iter_mut().for_each(|y| *y /= n);
    }
    fn spread(len: usize) -> Option<f64> {
        Some(1.0 / len as f64)
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let n = count(&v.dims(v.operand(0)), axes_of(v.payload()));
        let y_bar = spread_out(v, v.result_bar());
        v.add_scaled(0, y_bar, 1.0 / n);
    }
}
impl Reduction for Mean {
    fn of_nothing(_: f64) -> bool {
        true
    }
    fn of_lane<T: Number>(x: &[T], _: f64) -> T {
        wengert_kernels::sum(x) / T::zero().constant(x.len() as f64)
    }
}

struct LogSumExp;
impl Structural for LogSumExp {
    const NAME: &'static str = "logsumexp";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        wengert_kernels::log_sum_exp_along(y, x[0], axes_of(payload), scratch);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let share = softmax_of(v);
        let y_bar = spread_out(v, v.result_bar());
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
    let y = spread_out(v, v.result());
    let below = v.binary::<sub>(v.operand(0), y);
    v.unary::<exp>(below)
}

impl Reduction for LogSumExp {
    fn of_nothing(_: f64) -> bool {
        true
    }
    fn of_lane<T: Number>(x: &[T], _: f64) -> T {
        wengert_kernels::log_sum_exp(x)
    }
}

rows! {
    "sum" [[2, 3]] => |_, x| x[0].sum();
    "sum" [[2, 3, 2]] => |_, x| x[0].sum_axes([0, -1]);
    "mean" [[2, 3]] => |_, x| x[0].mean_keepdims(0);
    "logsumexp" [[2, 3]] => |_, x| x[0].logsumexp_axes(0);
}
