//! Softmax and the losses made of it.

use wengert_kernels::{Scratch, Strided, map_lanes};

use super::arithmetic::{mul, sub};
use super::math::exp;
use super::reduce::shifted_sum;
use crate::error::{At, Error, Result, Shape};
use crate::rule::numeric::row_offset;
use crate::rule::verbs::StructuralRule;
use crate::rule::{RESULT, Structural, Verbs};
use crate::shape::{element_count, resolve_axis};
use crate::tape::Element;
use crate::tape::tensors::{Recording, strided};
use crate::tensor::Tensor;
use crate::twins::methods;

/// Records an op that maps each row along one axis.
fn along<T: Element, O: Structural>(
    x: Tensor<T>,
    axis: isize,
    at: At,
    f: impl Fn(&mut [T], &[T]),
) -> Result<Tensor<T>> {
    let recording = Recording::start(StructuralRule::<O, T>::RULE, x, at)?;
    let (id, view) = recording.operand(x)?;
    let dims = &view.layout.dims;
    let axis = resolve_axis(O::NAME, axis, dims, at)?;
    let value = |slots: &[T], y: &mut [T], scratch: &mut Scratch<T>| {
        let x: Strided<'_, T> = strided(slots, &view);
        map_lanes(y, [x], &[axis], scratch, |_, y, [x]| f(y, x));
    };
    recording.finish(&[id], dims, &[axis], value)
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
        along::<T, Softmax>(x, axis, at, |y, x| {
            let (max, sum) = shifted_sum(x);
            for (y, &x) in y.iter_mut().zip(x) {
                *y = num_traits::Float::exp(x - max) / sum;
            }
        })
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
        along::<T, LogSoftmax>(x, axis, at, |y, x| {
            let (max, sum) = shifted_sum(x);
            let log = num_traits::Float::ln(sum);
            for (y, &x) in y.iter_mut().zip(x) {
                *y = (x - max) - log;
            }
        })
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
    let recording = Recording::start(StructuralRule::<Nll, T>::RULE, x, at)?;
    let (id, view) = recording.operand(x)?;
    recording.finish(&[id], &[], classes, |slots, y, _| {
        let (strides, last) = (&view.layout.strides, view.layout.rank() - 1);
        let value = |row: usize, class: usize| {
            let offset = row_offset(row, &view.layout.dims[..last], strides) + strides[last] * class as isize;
            slots[(view.offset as isize + offset) as usize]
        };
        let sum = classes.iter().enumerate().fold(T::zero(), |sum, (row, &class)| sum + value(row, class));
        y[0] = -sum / T::zero().constant(classes.len() as f64);
    })
}

struct Softmax;
impl Structural for Softmax {
    const NAME: &'static str = "softmax";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y, y_bar, axes) = (v.result(), v.result_bar(), v.payload());
        let dims = v.dims(y);
        let weighted = v.binary::<mul>(y, y_bar);
        let total = v.sum(weighted, axes);
        let total = v.expand(total, &dims);
        let rest = v.binary::<sub>(y_bar, total);
        v.add_binary::<mul>(0, y, rest);
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

struct LogSoftmax;
impl Structural for LogSoftmax {
    const NAME: &'static str = "log_softmax";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y, y_bar, axes) = (v.result(), v.result_bar(), v.payload());
        let dims = v.dims(y);
        let total = v.sum(y_bar, axes);
        let total = v.expand(total, &dims);
        let share = v.unary::<exp>(y);
        let share = v.binary::<mul>(share, total);
        v.add_binary::<sub>(0, y_bar, share);
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

struct Nll;
impl Structural for Nll {
    const NAME: &'static str = "nll_loss";
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (classes, y_bar) = (v.payload(), v.result_bar());
        v.add_scattered(0, y_bar, classes, -1.0 / classes.len() as f64);
    }
    fn reads(_: usize, _: usize) -> u64 {
        0
    }
}
