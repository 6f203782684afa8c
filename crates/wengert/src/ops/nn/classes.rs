//! The likelihood of classes.

use wengert_kernels::{Scratch, Strided};

use crate::error::{At, Error, Result, Shape};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, element_count};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The mean negative log likelihood of the given classes; the operand holds log probabilities, classes along the
    /// last axis: `y = -mean_i x[i, classes[i]]`. PyTorch: `nll_loss`, of a matrix; PyTorch has the classes of a tensor
    /// of higher rank along axis 1, as [`Tensor::nll_loss_with`](crate::Tensor::nll_loss_with) has.
    ///
    /// **Adjoint.** `x_bar[i, classes[i]] -= y_bar / n`; reads nothing.
    ///
    /// **Edges.** The mean over no rows is NaN.
    ///
    /// # Errors
    /// A class out of range, or not one class a row.
    nll_loss(x, at, classes: impl AsRef<[usize]>) -> Tensor<T> {
        let classes = classes.as_ref();
        check_classes(Nll::NAME, x, classes, at)?;
        nll(x, classes, at)
    }

    /// The cross entropy of scores against class indices, averaged: classes along the last axis, one index a row, as a list, an array or
    /// [`Indices`](crate::Indices).
    /// `nll_loss` of `log_softmax`. PyTorch: `torch.nn.functional.cross_entropy`, of a matrix; PyTorch has the classes
    /// of a tensor of higher rank along axis 1, as
    /// [`Tensor::cross_entropy_with`](crate::Tensor::cross_entropy_with) has.
    ///
    /// # Errors
    /// A class out of range, or not one class a row.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let scores = tape.leaf([[0.0, 0.0], [1000.0, -1000.0]]);
    /// let loss = scores.cross_entropy([0, 1]);
    /// assert_eq!(loss.item(), (2f64.ln() + 2000.0) / 2.0);
    /// loss.backward();
    /// assert_eq!(scores.grad().unwrap().into_raw_vec_and_offset().0, [-0.25, 0.25, 0.5, -0.5]);
    /// ```
    cross_entropy(x, at, classes: impl AsRef<[usize]>) -> Tensor<T> {
        let classes = classes.as_ref();
        check_classes("cross_entropy", x, classes, at)?;
        nll(x.try_log_softmax(-1)?, classes, at)
    }
}

/// One class a row, each within the classes: checked before anything is recorded.
fn check_classes<T: Element>(op: &'static str, x: Tensor<T>, classes: &[usize], at: At) -> Result<()> {
    let dims = x.dims_for(op, at)?;
    let Some((&extent, rows)) = dims.split_last() else {
        let help = "give one row of scores for each class index";
        let (what, shape) = ("the table of scores", Shape::from(&dims[..]));
        return Err(Error::Rank { op, what, expected: "1 or more", shape, help, at });
    };
    if classes.len() != element_count(rows) {
        let (lhs, rhs) = (Shape::from(rows), Shape(vec![classes.len()]));
        let (what, other, help) = (
            "the shape of the rows",
            "the list of classes",
            "classes run along the last axis: give one index for each row of scores",
        );
        return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
    }
    match classes.iter().enumerate().find(|(_, class)| **class >= extent) {
        Some((row, &class)) => Err(Error::Class { op, class: class as isize, row, classes: extent, at }),
        None => Ok(()),
    }
}

/// Records the mean negative log likelihood of classes that were checked.
fn nll<T: Element>(x: Tensor<T>, classes: &[usize], at: At) -> Result<Tensor<T>> {
    structural::<Nll, T>(&[x.into()], classes, at)
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
        // Not `-sum`, which is -0 where every row is certain of its class.
        y[0] = (T::zero() - sum) / T::zero().constant(classes.len() as f64);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (classes, scores) = (v.payload(), v.dims(v.operand(0)));
        let payload = v.joined(&[&[scores.len()], &scores, classes]);
        v.add_apply::<NllAdjoint>(0, &[v.result_bar()], payload);
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
    "nll_loss" [[3, 4]] => |_, x| x[0].nll_loss([1, 3, 0]);
    "cross_entropy" [[3, 4]] => |_, x| x[0].cross_entropy([1, 3, 0]);
}
