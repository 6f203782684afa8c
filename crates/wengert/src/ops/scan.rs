//! What runs along an axis: sums, products and logarithms of sums of exponentials of all elements so far.
//!
//! The derivative of each is a linear recurrence along the axis, [`Recurrence`], whose derivative is one again: so every
//! order is made of products and sums, without a division by an element.

use wengert_kernels::{Scratch, Strided, copy};

use super::arithmetic::{mul, sub};
use super::lanes::along;
use super::math::exp;
use super::recurrence::{Exclusive, Recurrence, Shift, backward_recurrence, recurrence_payload, turned};
use super::select::masked;
use super::table::rows;
use crate::error::{At, Result};
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Dims, element_count};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

/// Records a scan along an axis.
fn scan<T: Element, O: Structural>(x: Tensor<T>, axis: isize, at: At) -> Result<Tensor<T>> {
    along(O::NAME, x, axis, at, |x, axis| structural::<O, T>(&[x.into()], &[axis], at))
}

methods! {
    /// The sums of all elements so far along an axis: `y[k] = x[0] + .. + x[k]`.
    ///
    /// **Adjoint.** `x_bar[k] += y_bar[k] + .. + y_bar[n - 1]`; reads nothing. PyTorch: `torch.cumsum`.
    ///
    /// # Errors
    /// An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// let y = x.cumsum(0);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [1.0, 3.0, 6.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [3.0, 2.0, 1.0]);
    /// ```
    cumsum(x, at, axis: isize) -> Tensor<T> {
        scan::<T, CumSum>(x, axis, at)
    }

    /// The products of all elements so far along an axis: `y[k] = x[0] .. x[k]`.
    ///
    /// **Adjoint.** `x_bar[k]` gets the product of the elements before `k`, times `r[k]`, where
    /// `r[k] = y_bar[k] + x[k + 1] r[k + 1]`; reads the operand.
    ///
    /// **Edges.** Nothing is divided by: the gradient is right with any number of zeros in the row. PyTorch:
    /// `torch.cumprod`.
    ///
    /// # Errors
    /// An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([2.0, 0.0, 3.0, 0.0]);
    /// let y = x.cumprod(0);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [2.0, 0.0, 0.0, 0.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [1.0, 8.0, 0.0, 0.0]);
    /// ```
    cumprod(x, at, axis: isize) -> Tensor<T> {
        scan::<T, CumProd>(x, axis, at)
    }

    /// The logarithms of the sums of the exponentials of all elements so far along an axis:
    /// `y[k] = ln(e^x[0] + .. + e^x[k])`, computed one element after the other from the larger of two, which does not
    /// overflow.
    ///
    /// **Adjoint.** `x_bar[k] += e^(x[k] - y[k]) r[k]`, where `r[k] = y_bar[k] + e^(y[k] - y[k + 1]) r[k + 1]`: no
    /// exponential there exceeds 1. Reads the operand and the result.
    ///
    /// **Edges.** Where all elements so far are `-inf` the value is `-inf` and the gradient NaN. PyTorch:
    /// `torch.logcumsumexp`.
    ///
    /// # Errors
    /// An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1000.0, 1000.0]);
    /// assert_eq!(x.logcumsumexp(0).to_vec(), [1000.0, 1000.0 + 2f64.ln()]);
    /// ```
    logcumsumexp(x, at, axis: isize) -> Tensor<T> {
        scan::<T, LogCumSumExp>(x, axis, at)
    }
}

/// `y[k] = f(y[k - 1], x[k])` along an axis, from `y[0] = x[0]`: in double precision, of which only what is stored is
/// rounded, since a sum of thousands of like numbers in `f32` would be rounded the same way every time.
fn run<T: Number>(y: &mut [T], x: Strided<'_, T>, axis: usize, f: impl Fn(f64, f64) -> f64) {
    /// How many lanes are gone through side by side.
    const SOME: usize = 64;
    copy(y, x);
    // The elements of one step of the axis lie beside each other.
    let step = element_count(&x.dims()[axis + 1..]);
    let block = step.saturating_mul(x.dims()[axis]);
    if y.is_empty() {
        return;
    }
    for block in y.chunks_exact_mut(block) {
        for first in (0..step).step_by(SOME) {
            let lanes = first..step.min(first + SOME);
            let mut so_far = [0.0; SOME];
            for (k, row) in block.chunks_exact_mut(step).enumerate() {
                for (y, so_far) in row[lanes.clone()].iter_mut().zip(&mut so_far) {
                    let x = y.to_f64().expect("an element is a number of f64");
                    if k == 0 {
                        *so_far = x;
                    } else {
                        *so_far = f(*so_far, x);
                        *y = y.constant(*so_far);
                    }
                }
            }
        }
    }
}

struct CumSum;
impl Structural for CumSum {
    const NAME: &'static str = "cumsum";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        run(y, x[0], payload[0], |sum, x| sum + x);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, axes) = (v.result_bar(), v.payload());
        let y_bar = turned(v, y_bar, axes);
        let sums = v.apply::<CumSum>(&[y_bar], axes);
        let sums = turned(v, sums, axes);
        v.add(0, sums);
    }
}

struct CumProd;
impl Structural for CumProd {
    const NAME: &'static str = "cumprod";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        run(y, x[0], payload[0], |product, x| product * x);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, y_bar, axes) = (v.operand(0), v.result_bar(), v.payload());
        let before = v.apply::<Exclusive>(&[x], axes);
        let r = backward_recurrence(v, x, y_bar, false, axes);
        v.add_binary::<mul>(0, before, r);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (x, axes) = (v.operand(0), v.payload());
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let before = v.apply::<Exclusive>(&[x], axes);
        let drive = v.binary::<mul>(before, dot);
        v.apply::<Recurrence>(&[x, drive], &recurrence_payload(false, axes))
    }
    fn reads(_: usize, _: usize) -> u64 {
        1
    }
}

struct LogCumSumExp;
impl LogCumSumExp {
    /// `e^(x[k] - y[k])`, and `e^(y[k - 1] - y[k])`, of which the first of a lane is not used.
    fn shares<'a, V: Verbs<'a>>(v: &mut V) -> [V::X; 2] {
        let (x, y, axes) = (v.operand(0), v.result(), v.payload());
        let own = v.binary::<sub>(x, y);
        let own = v.unary::<exp>(own);
        let before = v.apply::<Shift>(&[y], axes);
        let rest = v.binary::<sub>(before, y);
        // Where nothing is before, the difference is any number: its exponential must stay finite.
        let (dims, one) = (v.dims(y), v.number(1.0));
        let ones = v.expand(one, &dims);
        let inner = v.apply::<Shift>(&[ones], axes);
        let rest = v.binary::<masked>(inner, rest);
        [own, v.unary::<exp>(rest)]
    }
}
impl Structural for LogCumSumExp {
    const NAME: &'static str = "logcumsumexp";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        run(y, x[0], payload[0], |so_far, x| {
            let (low, high) = if so_far > x { (x, so_far) } else { (so_far, x) };
            // Equal infinities have no difference.
            if low == high && high.is_infinite() { high } else { high + (low - high).exp().ln_1p() }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, axes) = (v.result_bar(), v.payload());
        let [own, rest] = LogCumSumExp::shares(v);
        let r = backward_recurrence(v, rest, y_bar, false, axes);
        v.add_binary::<mul>(0, own, r);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let axes = v.payload();
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let [own, rest] = LogCumSumExp::shares(v);
        let drive = v.binary::<mul>(own, dot);
        v.apply::<Recurrence>(&[rest, drive], &recurrence_payload(false, axes))
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

rows! {
    "cumsum" [[2, 3]] => |_, x| x[0].cumsum(0);
    "cumsum" [[2, 3, 2]] => |_, x| x[0].cumsum(1);
    "cumprod" [[2, 3]] => |_, x| x[0].cumprod(1);
    "logcumsumexp" [[3, 2]] => |_, x| x[0].logcumsumexp(0);
}
