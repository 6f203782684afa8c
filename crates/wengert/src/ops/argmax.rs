//! Which element is the largest, the smallest, the one in the middle: its index, and the element by it. How many are
//! not 0.

use super::lanes::Lanes;
use super::positions::named;
use super::sort::kth;
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::lists::filled;
use crate::picks::Indices;
use crate::rule::Number;
use crate::shape::{Axes, Dims, element_count, resolve_axes};
use crate::tape::Element;
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// [`Tensor::max_with_indices`](crate::Tensor::max_with_indices)
    MaxPick "max";
    /// [`Tensor::min_with_indices`](crate::Tensor::min_with_indices)
    MinPick "min";
    /// [`Tensor::median_with_indices`](crate::Tensor::median_with_indices)
    MedianPick "median";
}

methods! {
    /// The largest element along an axis, which goes, and where it stands: of several the first. NaN is larger than
    /// every number.
    ///
    /// **Adjoint.** All of `y_bar` goes to the element that was picked; reads nothing. Ties share evenly in
    /// [`Tensor::amax`](crate::Tensor::amax). PyTorch: `torch.max(x, dim)`.
    ///
    /// # Errors
    /// The maximum of nothing has no value. An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0, 3.0], [0.0, 2.0, 1.0]]);
    /// let (y, places) = x.max_with_indices(1);
    /// assert_eq!((y.to_vec(), places.to_vec()), (vec![3.0, 2.0], vec![0, 1]));
    /// y.sum().backward();
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    /// ```
    max_with_indices(x, at, axis: isize) -> (Tensor<T>, Indices) {
        Lanes::of_some("max", x, axis, at)?.pick_one::<MaxPick>(false, first_max)
    }

    /// [`Tensor::max_with_indices`](crate::Tensor::max_with_indices) with an axis that stays with extent 1.
    max_with_indices_keepdims(x, at, axis: isize) -> (Tensor<T>, Indices) {
        Lanes::of_some("max", x, axis, at)?.pick_one::<MaxPick>(true, first_max)
    }

    /// The smallest element along an axis, which goes, and where it stands: of several the first. NaN is smaller than
    /// every number here.
    ///
    /// **Adjoint.** All of `y_bar` goes to the element that was picked; reads nothing. Ties share evenly in
    /// [`Tensor::amin`](crate::Tensor::amin). PyTorch: `torch.min(x, dim)`.
    ///
    /// # Errors
    /// The minimum of nothing has no value. An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0, 1.0], [0.0, 2.0, 1.0]]);
    /// let (y, places) = x.min_with_indices(-1);
    /// assert_eq!((y.to_vec(), places.to_vec()), (vec![1.0, 0.0], vec![1, 0]));
    /// ```
    min_with_indices(x, at, axis: isize) -> (Tensor<T>, Indices) {
        Lanes::of_some("min", x, axis, at)?.pick_one::<MinPick>(false, first_min)
    }

    /// [`Tensor::min_with_indices`](crate::Tensor::min_with_indices) with an axis that stays with extent 1.
    min_with_indices_keepdims(x, at, axis: isize) -> (Tensor<T>, Indices) {
        Lanes::of_some("min", x, axis, at)?.pick_one::<MinPick>(true, first_min)
    }

    /// The median along an axis, which goes, and where it stands: of two elements in the middle the smaller, of equal
    /// ones the one that is in the middle when they keep their order. In a row with NaN it is the first NaN.
    ///
    /// **Adjoint.** All of `y_bar` goes to the element that was picked; reads nothing. PyTorch:
    /// `torch.median(x, dim)`, which leaves open which of equal elements it is.
    ///
    /// # Errors
    /// The median of nothing has no place. An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 4.0], [3.0, 0.0], [2.0, 5.0]]);
    /// let (y, places) = x.median_with_indices(0);
    /// assert_eq!((y.to_vec(), places.to_vec()), (vec![2.0, 4.0], vec![2, 0]));
    /// ```
    median_with_indices(x, at, axis: isize) -> (Tensor<T>, Indices) {
        Lanes::of_some("median", x, axis, at)?.pick_one::<MedianPick>(false, middle)
    }

    /// [`Tensor::median_with_indices`](crate::Tensor::median_with_indices) with an axis that stays with extent 1.
    median_with_indices_keepdims(x, at, axis: isize) -> (Tensor<T>, Indices) {
        Lanes::of_some("median", x, axis, at)?.pick_one::<MedianPick>(true, middle)
    }

    /// Where the largest of all elements stands, counted in row-major order: of several the first. NaN is larger
    /// than every number. Nothing is recorded. PyTorch: `torch.argmax`.
    ///
    /// # Errors
    /// The maximum of nothing has no place.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0], [4.0, 4.0]]);
    /// assert_eq!(x.argmax().item(), 2);
    /// ```
    argmax(x, at) -> Indices {
        place("argmax", x, at, first_max)
    }

    /// Where the smallest of all elements stands, counted in row-major order: of several the first. NaN is smaller
    /// than every number here. Nothing is recorded. PyTorch: `torch.argmin`.
    ///
    /// # Errors
    /// The minimum of nothing has no place.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([[3.0, 1.0], [4.0, 1.0]]).argmin().item(), 1);
    /// ```
    argmin(x, at) -> Indices {
        place("argmin", x, at, first_min)
    }

    /// Where the largest element along an axis stands, which goes: of several the first. NaN is larger than every
    /// number. Nothing is recorded. PyTorch: `torch.argmax(x, dim)`.
    ///
    /// # Errors
    /// The maximum of nothing has no place. An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0], [4.0, 4.0]]);
    /// assert_eq!(x.argmax_axis(1).to_vec(), [0, 0]);
    /// ```
    argmax_axis(x, at, axis: isize) -> Indices {
        Lanes::of_some("argmax", x, axis, at)?.index_one(first_max)
    }

    /// Where the smallest element along an axis stands, which goes: of several the first. NaN is smaller than every
    /// number here. Nothing is recorded. PyTorch: `torch.argmin(x, dim)`.
    ///
    /// # Errors
    /// The minimum of nothing has no place. An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0], [4.0, 0.0]]);
    /// assert_eq!(x.argmin_axis(0).to_vec(), [0, 1]);
    /// ```
    argmin_axis(x, at, axis: isize) -> Indices {
        Lanes::of_some("argmin", x, axis, at)?.index_one(first_min)
    }

    /// How many elements are not 0; NaN is not. Nothing is recorded. PyTorch: `torch.count_nonzero`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([[3.0, 0.0], [0.0, -1.0]]).count_nonzero(), 2);
    /// ```
    count_nonzero(x, at) -> usize {
        Ok(counted(x, None, at)?.as_slice()[0])
    }

    /// How many elements along axes, which go, are not 0; NaN is not. Nothing is recorded. PyTorch:
    /// `torch.count_nonzero(x, dim)`.
    ///
    /// # Errors
    /// An axis that there is not, or one named twice.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([[3.0, 0.0], [2.0, -1.0]]).count_nonzero_axes(0).to_vec(), [2, 1]);
    /// ```
    count_nonzero_axes(x, at, axes: impl Axes) -> Indices {
        counted(x, Some(&axes.axes()), at)
    }
}

/// The first element that no other exceeds; the first NaN if there is one.
fn first<T: Number>(x: &[T], exceeds: impl Fn(T, T) -> bool) -> usize {
    let mut best = 0;
    for (k, &x_k) in x.iter().enumerate() {
        if x_k.is_nan() {
            return k;
        }
        if exceeds(x_k, x[best]) {
            best = k;
        }
    }
    best
}

fn first_max<T: Number>(x: &[T]) -> usize {
    first(x, |a, b| a > b)
}

fn first_min<T: Number>(x: &[T]) -> usize {
    first(x, |a, b| a < b)
}

fn middle<T: Number>(x: &[T]) -> usize {
    x.iter().position(|x| x.is_nan()).unwrap_or_else(|| kth(x, (x.len() - 1) / 2))
}

/// The index of one of all elements.
fn place<T: Element>(
    op: &'static str,
    x: Tensor<T>,
    at: At,
    choose: impl Fn(&[T]) -> usize,
) -> Result<Indices> {
    let dims = x.dims_for(op, at)?;
    if element_count(&dims) == 0 {
        return Err(Error::Empty { op, shape: Shape::from(&dims[..]), at });
    }
    Ok(Indices::from_parts(vec![choose(&x.gathered(op, at)?)], &[]))
}

/// How many elements are not 0 along axes, or of all.
fn counted<T: Element>(x: Tensor<T>, axes: Option<&[isize]>, at: At) -> Result<Indices> {
    let op = "count_nonzero";
    let dims = x.dims_for(op, at)?;
    let axes = match axes {
        None => (0..dims.len()).collect(),
        Some(axes) => resolve_axes(op, axes, &dims, at)?,
    };
    let kept: Dims = (0..dims.len()).filter(|axis| !axes.contains(axis)).map(|axis| dims[axis]).collect();
    let mut counts = filled(0, element_count(&kept), op, at)?;
    for (place, _) in x.gathered(op, at)?.iter().enumerate().filter(|(_, x)| **x != T::zero()) {
        let (mut rest, mut to, mut stride) = (place, 0, 1);
        for axis in (0..dims.len()).rev() {
            let index = rest % dims[axis];
            rest /= dims[axis];
            if !axes.contains(&axis) {
                to += index * stride;
                stride *= dims[axis];
            }
        }
        counts[to] += 1;
    }
    Ok(Indices::from_parts(counts, &kept))
}

rows! {
    "max_with_indices" [[3, 4]] => |_, x| x[0].max_with_indices(1).0;
    "min_with_indices" [[3, 4]] => |_, x| x[0].min_with_indices_keepdims(0).0;
    "median_with_indices" [[3, 4]] => |_, x| x[0].median_with_indices(-1).0;
}
