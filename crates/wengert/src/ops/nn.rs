//! Softmax and the losses made of it.

use wengert_kernels::{Scratch, Strided, map_lanes};

use super::arithmetic::{mul, sub};
use super::math::exp;
use super::reduce::{shifted_sum, sum_over};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Dims, element_count, resolve_axis};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

/// Records an op that maps each row along one axis.
fn along<T: Element, O: Structural>(x: Tensor<T>, axis: isize, at: At) -> Result<Tensor<T>> {
    let axis = resolve_axis(O::NAME, axis, &x.dims_for(O::NAME, at)?, at)?;
    structural::<O, T>(&[x.into()], &[axis], at)
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
        along::<T, Softmax>(x, axis, at)
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
        along::<T, LogSoftmax>(x, axis, at)
    }

    /// The mean negative log likelihood of the given classes; the operand holds log probabilities, classes along the
    /// last axis: `y = -mean_i x[i, classes[i]]`. PyTorch: `nll_loss`.
    ///
    /// **Adjoint.** `x_bar[i, classes[i]] -= y_bar / n`; reads nothing.
    ///
    /// **Edges.** The mean over no rows is NaN.
    ///
    /// # Errors
    /// A class out of range, or not one class a row.
    nll_loss(x, at, classes: &[usize]) -> Tensor<T> {
        check_classes(Nll::NAME, x, classes, at)?;
        nll(x, classes, at)
    }

    /// The cross entropy of scores against class indices, averaged: classes along the last axis, one index a row.
    /// `nll_loss` of `log_softmax`. PyTorch: `torch.nn.functional.cross_entropy`.
    ///
    /// # Errors
    /// A class out of range, or not one class a row.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let scores = tape.leaf([[0.0, 0.0], [1000.0, -1000.0]]);
    /// let loss = scores.cross_entropy(&[0, 1]);
    /// assert_eq!(loss.item(), (2f64.ln() + 2000.0) / 2.0);
    /// loss.backward();
    /// assert_eq!(scores.grad().unwrap().into_raw_vec_and_offset().0, [-0.25, 0.25, 0.5, -0.5]);
    /// ```
    cross_entropy(x, at, classes: &[usize]) -> Tensor<T> {
        check_classes("cross_entropy", x, classes, at)?;
        nll(x.try_log_softmax(-1)?, classes, at)
    }
}

/// One class a row, each within the classes: checked before anything is recorded.
fn check_classes<T: Element>(op: &'static str, x: Tensor<T>, classes: &[usize], at: At) -> Result<()> {
    let dims = x.dims_for(op, at)?;
    let Some((&extent, rows)) = dims.split_last() else {
        let help = "give one row of scores a class index";
        let (what, shape) = ("the table of scores", Shape::from(&dims[..]));
        return Err(Error::Rank { op, what, expected: "1 or more", shape, help, at });
    };
    if classes.len() != element_count(rows) {
        let (lhs, rhs) = (Shape::from(rows), Shape(vec![classes.len()]));
        let (what, other, help) =
            ("the shape of the rows", "the list of classes", "give one class index a row");
        return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
    }
    match classes.iter().enumerate().find(|(_, class)| **class >= extent) {
        Some((row, &class)) => Err(Error::Class { op, class, row, classes: extent, at }),
        None => Ok(()),
    }
}

/// Records the mean negative log likelihood of classes that were checked.
fn nll<T: Element>(x: Tensor<T>, classes: &[usize], at: At) -> Result<Tensor<T>> {
    structural::<Nll, T>(&[x.into()], classes, at)
}

struct Softmax;
impl Structural for Softmax {
    const NAME: &'static str = "softmax";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], payload, scratch, |_, y, [x]| {
            let (max, sum) = shifted_sum(x);
            for (y, &x) in y.iter_mut().zip(x) {
                *y = num_traits::Float::exp(x - max) / sum;
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let rest = centred(v, v.result_bar());
        v.add_binary::<mul>(0, v.result(), rest);
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
fn centred<'a, V: Verbs<'a>>(v: &mut V, z: V::X) -> V::X {
    let weighted = v.binary::<mul>(v.result(), z);
    let total = sum_over(v, weighted, v.payload());
    v.binary::<sub>(z, total)
}

struct LogSoftmax;
impl Structural for LogSoftmax {
    const NAME: &'static str = "log_softmax";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], payload, scratch, |_, y, [x]| {
            let (max, sum) = shifted_sum(x);
            let log = num_traits::Float::ln(sum);
            for (y, &x) in y.iter_mut().zip(x) {
                *y = (x - max) - log;
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = v.result_bar();
        let total = sum_over(v, y_bar, v.payload());
        let share = v.unary::<exp>(v.result());
        let share = v.binary::<mul>(share, total);
        v.add_binary::<sub>(0, y_bar, share);
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

/// The rows of a table of scores, one class of each: the payload.
struct Nll;
impl Structural for Nll {
    const NAME: &'static str = "nll_loss";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(_: &[&[usize]], _: &[usize]) -> Dims {
        Dims::new()
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], classes: &[usize], _: &mut Scratch<T>) {
        let sum = chosen(x[0], classes).fold(T::zero(), |sum, at| sum + x[0].data()[at]);
        y[0] = -sum / T::zero().constant(classes.len() as f64);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (classes, scores) = (v.payload(), v.dims(v.operand(0)));
        let mut payload = Dims::from_slice(&[scores.len()]);
        payload.extend_from_slice(&scores);
        payload.extend_from_slice(classes);
        let y_bar = v.result_bar();
        v.add_apply::<NllAdjoint>(0, &[y_bar], &payload);
    }
}

/// The adjoint of [`Nll`]: `-y_bar / n` at the class of each row. The payload is the rank and the dims of the scores,
/// and the classes.
struct NllAdjoint;
impl NllAdjoint {
    /// The dims of the scores, and the classes.
    fn split(payload: &[usize]) -> (&[usize], &[usize]) {
        payload[1..].split_at(payload[0])
    }
}
impl Structural for NllAdjoint {
    const NAME: &'static str = "nll_loss_adjoint";
    const LINEAR: Linear = Linear::Jointly;
    const ACCUMULATES: bool = true;
    fn dims(_: &[&[usize]], payload: &[usize]) -> Dims {
        Dims::from_slice(NllAdjoint::split(payload).0)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        y.fill(T::zero());
        let dims = NllAdjoint::dims(&[], payload);
        let strides = crate::shape::contiguous_strides(&dims);
        NllAdjoint::accumulate(wengert_kernels::StridedMut::new(y, 0, &dims, &strides), x, payload, scratch);
    }
    fn accumulate<T: Number>(
        mut target: wengert_kernels::StridedMut<'_, T>,
        x: &[Strided<'_, T>],
        payload: &[usize],
        _: &mut Scratch<T>,
    ) {
        let classes = NllAdjoint::split(payload).1;
        let share = -x[0].data()[x[0].offset()] / T::zero().constant(classes.len() as f64);
        let places: smallvec::SmallVec<[usize; 64]> = chosen(target.as_strided(), classes).collect();
        places.into_iter().for_each(|at| target.data_mut()[at] += share);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let classes = NllAdjoint::split(v.payload()).1;
        let y_bar = v.result_bar();
        v.add_apply::<Nll>(0, &[y_bar], classes);
    }
}

/// Where the class of each row lies.
fn chosen<'a, T: Number>(x: Strided<'a, T>, classes: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
    let (strides, last) = (x.strides(), x.rank() - 1);
    classes.iter().enumerate().map(move |(row, &class)| {
        let offset = row_offset(row, &x.dims()[..last], strides) + strides[last] * class as isize;
        (x.offset() as isize + offset) as usize
    })
}

/// How far row `row`, counted in row-major order over `dims`, lies from the first.
fn row_offset(row: usize, dims: &[usize], strides: &[isize]) -> isize {
    let mut rest = row;
    dims.iter().zip(strides).rev().fold(0, |offset, (&extent, &stride)| {
        let index = rest % extent;
        rest /= extent;
        offset + stride * index as isize
    })
}

rows! {
    "softmax" [[2, 3]] => |_, x| x[0].softmax(0);
    "log_softmax" [[2, 3]] => |_, x| x[0].log_softmax(1);
    "nll_loss" [[3, 4]] => |_, x| x[0].nll_loss(&[1, 3, 0]);
    "cross_entropy" [[3, 4]] => |_, x| x[0].cross_entropy(&[1, 3, 0]);
}
