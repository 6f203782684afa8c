//! Softmax and its logarithm.

use wengert_kernels::{Scratch, Strided};

use super::softmax_adjoints::{LogSoftmaxAdjoint, SoftmaxAdjoint};
use crate::error::{At, Result};
use crate::ops::arithmetic::{mul, sub};
use crate::ops::lanes::along;
use crate::ops::math::exp;
use crate::ops::reduce::sum_over;
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::Dims;
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

/// Records an op that maps each row along one axis.
fn rows_along<T: Element, O: Structural>(x: Tensor<T>, axis: isize, at: At) -> Result<Tensor<T>> {
    along(O::NAME, x, axis, at, |x, axis| structural::<O, T>(&[x.into()], &[axis], at))
}

methods! {
    /// The softmax along an axis: `y = e^x / sum e^x`, computed as `e^(x - m) / sum e^(x - m)` with the largest as
    /// `m`, which does not overflow; a row with `+inf`, or of `-inf` alone, is NaN.
    ///
    /// **Adjoint.** `x_bar += y (y_bar - sum(y y_bar))`: reads the result. PyTorch: `torch.softmax`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[0.0, 0.0]]);
    /// assert_eq!(x.softmax(-1).to_vec(), [0.5, 0.5]);
    /// ```
    softmax(x, at, axis: isize) -> Tensor<T> {
        rows_along::<T, Softmax>(x, axis, at)
    }

    /// The logarithm of the softmax along an axis: `y = (x - m) - ln sum e^(x - m)` with the largest as `m`.
    ///
    /// **Adjoint.** `x_bar += y_bar - e^y sum(y_bar)`: reads the result. PyTorch: `torch.log_softmax`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[0.0, 0.0]]);
    /// assert_eq!(x.log_softmax(-1).to_vec(), [-(2f64.ln()); 2]);
    /// ```
    log_softmax(x, at, axis: isize) -> Tensor<T> {
        rows_along::<T, LogSoftmax>(x, axis, at)
    }
}

pub(super) struct Softmax;
impl Structural for Softmax {
    const NAME: &'static str = "softmax";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        wengert_kernels::softmax(y, x[0], payload[0], scratch);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        v.add_apply::<SoftmaxAdjoint>(0, &[v.result(), v.result_bar()], v.payload());
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let rest = centred(v, dot);
        v.binary::<mul>(v.result(), rest)
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

/// `z - sum(y z)`: the Jacobian of the softmax is symmetric, so adjoints and tangents go through it alike.
pub(super) fn centred<'a, V: Verbs<'a>>(v: &mut V, z: V::X) -> V::X {
    let weighted = v.binary::<mul>(v.result(), z);
    let total = sum_over(v, weighted, v.payload());
    v.binary::<sub>(z, total)
}

pub(super) struct LogSoftmax;
impl Structural for LogSoftmax {
    const NAME: &'static str = "log_softmax";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        wengert_kernels::log_softmax(y, x[0], payload[0], scratch);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        v.add_apply::<LogSoftmaxAdjoint>(0, &[v.result(), v.result_bar()], v.payload());
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let share = v.unary::<exp>(v.result());
        let weighted = v.binary::<mul>(share, dot);
        let mean = sum_over(v, weighted, v.payload());
        v.binary::<sub>(dot, mean)
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

rows! {
    "softmax" [[2, 3]] => |_, x| x[0].softmax(0);
    "log_softmax" [[2, 3]] => |_, x| x[0].log_softmax(1);
}
