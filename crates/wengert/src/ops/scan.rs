//! What runs along an axis: sums, products and logarithms of sums of exponentials of all elements so far.
//!
//! The derivative of each is a linear recurrence along the axis, [`Recurrence`], whose derivative is one again; so
//! every order is made of products and sums, without a division by an element.

use num_traits::Float;
use wengert_kernels::{Scratch, Strided, copy, map_lanes};

use super::arithmetic::{add, mul, sub};
use super::lanes::along;
use super::math::exp;
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

/// `y[k] = f(y[k - 1], x[k])` along an axis, from `y[0] = x[0]`.
fn run<T: Number>(y: &mut [T], x: Strided<'_, T>, axis: usize, f: impl Fn(T, T) -> T) {
    copy(y, x);
    // The elements of one step of the axis lie beside each other.
    let step = element_count(&x.dims()[axis + 1..]);
    let block = step.saturating_mul(x.dims()[axis]);
    if y.is_empty() {
        return;
    }
    for block in y.chunks_exact_mut(block) {
        for k in step..block.len() {
            block[k] = f(block[k - step], block[k]);
        }
    }
}

/// The lanes walked from their ends.
pub(crate) fn turned<'a, V: Verbs<'a>>(v: &mut V, x: V::X, axes: &[usize]) -> V::X {
    axes.iter().fold(x, |x, &axis| v.flip(x, axis))
}

/// Shifts by one towards the start of the lanes; 0 comes in.
fn shifted_back<'a, V: Verbs<'a>>(v: &mut V, x: V::X, axes: &[usize]) -> V::X {
    let x = turned(v, x, axes);
    let x = v.apply::<Shift>(&[x], axes);
    turned(v, x, axes)
}

/// `s[k] = u[k] + a[k + 1] s[k + 1]` along the lanes; with `late`, `a[k]` in place of `a[k + 1]`.
fn backward_recurrence<'a, V: Verbs<'a>>(v: &mut V, a: V::X, u: V::X, late: bool, axes: &[usize]) -> V::X {
    let (a, u) = (turned(v, a, axes), turned(v, u, axes));
    let s = v.apply::<Recurrence>(&[a, u], &recurrence_payload(!late, axes));
    turned(v, s, axes)
}

fn recurrence_payload(late: bool, axes: &[usize]) -> Dims {
    let mut payload = Dims::from_slice(&[usize::from(late)]);
    payload.extend_from_slice(axes);
    payload
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
            if low == high && high.is_infinite() { high } else { high + Float::ln_1p(Float::exp(low - high)) }
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

/// The products of the elements before each of a lane; 1 for the first. The payload is the axes.
pub(crate) struct Exclusive;
impl Structural for Exclusive {
    const NAME: &'static str = "cumprod_before";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], axes: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], axes, scratch, |_, y, [x]| {
            let mut before = T::one();
            for (y, &x) in y.iter_mut().zip(x) {
                *y = before;
                before *= x;
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, y, y_bar, axes) = (v.operand(0), v.result(), v.result_bar(), v.payload());
        let x_bar = exclusive_adjoint(v, x, y, y_bar, axes);
        v.add(0, x_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (x, y, axes) = (v.operand(0), v.result(), v.payload());
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        exclusive_tangent(v, x, y, dot, axes)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

/// What an adjoint of `y`, the products before, is for `x`: `y[k] t[k]`, where
/// `t[k] = y_bar[k + 1] + x[k + 1] t[k + 1]`.
pub(crate) fn exclusive_adjoint<'a, V: Verbs<'a>>(
    v: &mut V,
    x: V::X,
    y: V::X,
    y_bar: V::X,
    axes: &[usize],
) -> V::X {
    let y_bar = shifted_back(v, y_bar, axes);
    let t = backward_recurrence(v, x, y_bar, false, axes);
    v.binary::<mul>(y, t)
}

/// The tangent of `y`, the products before, for that of `x`.
pub(crate) fn exclusive_tangent<'a, V: Verbs<'a>>(
    v: &mut V,
    x: V::X,
    y: V::X,
    dot: V::X,
    axes: &[usize],
) -> V::X {
    let drive = v.binary::<mul>(y, dot);
    let inclusive = v.apply::<Recurrence>(&[x, drive], &recurrence_payload(false, axes));
    v.apply::<Shift>(&[inclusive], axes)
}

/// `s[k] = u[k] + a[k] s[k - 1]` along the lanes, of operands `a`, `u`; with the first word of the payload,
/// `a[k - 1]` in place of `a[k]`. The first or the last of `a` is not used.
struct Recurrence;
impl Structural for Recurrence {
    const NAME: &'static str = "recurrence";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[1])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        let late = payload[0];
        map_lanes(y, [x[0], x[1]], &payload[1..], scratch, |_, s, [a, u]| {
            s[0] = u[0];
            for k in 1..s.len() {
                s[k] = u[k] + a[k - late] * s[k - 1];
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (late, axes) = (v.payload()[0] != 0, &v.payload()[1..]);
        let (a, s, s_bar) = (v.operand(0), v.result(), v.result_bar());
        let r = backward_recurrence(v, a, s_bar, late, axes);
        if v.is_active(0) {
            if late {
                let r = shifted_back(v, r, axes);
                v.add_binary::<mul>(0, r, s);
            } else {
                let before = v.apply::<Shift>(&[s], axes);
                v.add_binary::<mul>(0, r, before);
            }
        }
        if v.is_active(1) {
            v.add(1, r);
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (late, axes) = (v.payload()[0] != 0, &v.payload()[1..]);
        let (a, s) = (v.operand(0), v.result());
        let from_a = v.operand_dot(0).map(|a_dot| {
            if late {
                let part = v.binary::<mul>(a_dot, s);
                v.apply::<Shift>(&[part], axes)
            } else {
                let before = v.apply::<Shift>(&[s], axes);
                v.binary::<mul>(a_dot, before)
            }
        });
        let drive = match (from_a, v.operand_dot(1)) {
            (Some(from_a), Some(u_dot)) => v.binary::<add>(from_a, u_dot),
            (from_a, u_dot) => from_a.or(u_dot).expect("an operand has a tangent"),
        };
        v.apply::<Recurrence>(&[a, drive], v.payload())
    }
    fn reads(_: usize, operand: usize) -> u64 {
        if operand == 0 { 1 | RESULT } else { 1 }
    }
}

/// Lanes moved by one towards their ends; 0 comes in first, and the last is lost. The payload is the axes.
struct Shift;
impl Structural for Shift {
    const NAME: &'static str = "shift";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], axes: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], axes, scratch, |_, y, [x]| {
            y[0] = T::zero();
            y[1..].copy_from_slice(&x[..x.len() - 1]);
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, axes) = (v.result_bar(), v.payload());
        let x_bar = shifted_back(v, y_bar, axes);
        v.add(0, x_bar);
    }
}

rows! {
    "cumsum" [[2, 3]] => |_, x| x[0].cumsum(0);
    "cumsum" [[2, 3, 2]] => |_, x| x[0].cumsum(1);
    "cumprod" [[2, 3]] => |_, x| x[0].cumprod(1);
    "logcumsumexp" [[3, 2]] => |_, x| x[0].logcumsumexp(0);
}
