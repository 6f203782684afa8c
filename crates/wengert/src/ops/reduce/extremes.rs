//! The largest, the smallest and the middle: elements that tie for it share its adjoint.

use wengert_kernels::{Scratch, Strided, fold_lanes};

use super::{Reduction, axes_of, reduce, reduced, reductions, spread_out, sum_alike, sum_over};
use crate::ops::arithmetic::{div, mul};
use crate::ops::select::{masked, same};
use crate::ops::sort::ascending;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Axes, Dims};
use crate::tensor::Tensor;
use crate::twins::methods;

reductions! {
    /// The largest of all elements. NaN if any is.
    ///
    /// **Adjoint.** Elements that tie for the largest share `y_bar` evenly. Where the result is NaN, those that are
    /// NaN do. Reads the operand and the result. PyTorch: `torch.max(x)`; over axes, `torch.amax`. For PyTorch's
    /// `torch.max(x, dim)`, which says where it is and gives all to one, see
    /// [`Tensor::max_with_indices`](crate::Tensor::max_with_indices).
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

    /// The smallest of all elements. NaN if any is.
    ///
    /// **Adjoint.** Elements that tie for the smallest share `y_bar` evenly. Where the result is NaN, those that are
    /// NaN do. Reads the operand and the result. PyTorch: `torch.min(x)`; over axes, `torch.amin`. For PyTorch's
    /// `torch.min(x, dim)`, which says where it is and gives all to one, see
    /// [`Tensor::min_with_indices`](crate::Tensor::min_with_indices).
    ///
    /// # Errors
    /// The minimum of nothing has no value.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0], [1.0, 4.0]]);
    /// assert_eq!(x.min_axes(1).to_vec(), [1.0, 1.0]);
    /// x.min().backward();
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [0.0, 0.5, 0.5, 0.0]);
    /// ```
    Min: min, min_axes, min_keepdims;

    /// The largest of all elements: [`Tensor::max`](crate::Tensor::max) by the name that it has over axes in PyTorch,
    /// `torch.amax`.
    ///
    /// **Adjoint.** Ties share evenly. Reads the operand and the result.
    ///
    /// # Errors
    /// The maximum of nothing has no value.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0], [2.0, 2.0]]);
    /// let y = x.amax_axes(1);
    /// assert_eq!(y.to_vec(), [3.0, 2.0]);
    /// y.sum().backward();
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [1.0, 0.0, 0.5, 0.5]);
    /// ```
    AMax: amax, amax_axes, amax_keepdims;

    /// The smallest of all elements: [`Tensor::min`](crate::Tensor::min) by the name that it has over axes in
    /// PyTorch, `torch.amin`.
    ///
    /// **Adjoint.** Ties share evenly. Reads the operand and the result.
    ///
    /// # Errors
    /// The minimum of nothing has no value.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0], [2.0, 2.0]]);
    /// assert_eq!(x.amin_keepdims(0).to_vec(), [2.0, 1.0]);
    /// ```
    AMin: amin, amin_axes, amin_keepdims;
}

methods! {
    /// The median of all elements: the one in the middle of their order, and of two in the middle the smaller. NaN
    /// if any element is, and of nothing.
    ///
    /// **Adjoint.** Elements that equal the median share `y_bar` evenly. Reads the operand and the result. PyTorch:
    /// `torch.median(x)`. Along an axis, with where it stands:
    /// [`Tensor::median_with_indices`](crate::Tensor::median_with_indices).
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 3.0, 2.0, 4.0]);
    /// let y = x.median();
    /// y.backward();
    /// assert_eq!(y.item(), 2.0);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.0, 0.0, 1.0, 0.0]);
    /// ```
    median(x, at) -> Tensor<T> {
        reduce::<T, Median>(x, None, false, &[], at)
    }
}

/// How much of a result each element made: even shares of those that tie for it.
fn shares<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
    let y = spread_out(v, v.result());
    let hit = v.binary::<same>(v.operand(0), y);
    let ties = sum_over(v, hit, axes_of(v.payload()));
    v.binary::<div>(hit, ties)
}

/// One of the elements over axes.
macro_rules! chosen {
    ($($rule:ident $name:literal $of_lane:ident, of nothing $of_nothing:literal;)*) => {$(
        struct $rule;
        impl Structural for $rule {
            const NAME: &'static str = $name;
            const LINEAR: Linear = Linear::No;
            fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
                reduced(operands[0], payload)
            }
            fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
                fold_lanes(y, [x[0]], axes_of(payload), scratch, |_, [x]| $of_lane(x.iter().copied()));
            }
            fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
                let share = shares(v);
                let y_bar = spread_out(v, v.result_bar());
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
            fn of_nothing(_: f64) -> bool {
                $of_nothing
            }
            fn of_lane<T: Number>(x: &[T], _: f64) -> T {
                $of_lane(x.iter().copied())
            }
        }
    )*};
}
chosen! {
    Max "max" largest, of nothing false;
    Min "min" smallest, of nothing false;
    AMax "amax" largest, of nothing false;
    AMin "amin" smallest, of nothing false;
    Median "median" middle, of nothing true;
}

/// The largest; NaN if any is.
pub(crate) fn largest<T: Number>(x: impl Iterator<Item = T>) -> T {
    x.fold(T::neg_infinity(), |max, x| if x > max || x.is_nan() { x } else { max })
}

/// The smallest; NaN if any is.
pub(crate) fn smallest<T: Number>(x: impl Iterator<Item = T>) -> T {
    x.fold(T::infinity(), |min, x| if x < min || x.is_nan() { x } else { min })
}

/// The one in the middle of the order, the lower of two; NaN if any is, and of none.
fn middle<T: Number>(x: impl Iterator<Item = T>) -> T {
    let mut order: Vec<T> = x.collect();
    if order.is_empty() || order.iter().any(|x| x.is_nan()) {
        return T::nan();
    }
    let half = (order.len() - 1) / 2;
    *order.select_nth_unstable_by(half, |a, b| ascending(*a, *b)).1
}

rows! {
    "max" [[2, 3]] => |_, x| x[0].max_axes(1);
    "min" [[2, 3]] => |_, x| x[0].min();
    "amax" [[2, 3, 2]] => |_, x| x[0].amax_keepdims([0, 2]);
    "amin" [[2, 3]] => |_, x| x[0].amin_axes(0);
    "median" [[2, 3]] => |_, x| x[0].median();
}
