//! Orders along an axis.

use std::cmp::Ordering;

use super::lanes::Lanes;
use super::positions::named;
use super::table::rows;
use crate::error::{At, Error, Result};
use crate::picks::Indices;
use crate::rule::Number;
use crate::tape::Element;
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// [`Tensor::sort`](crate::Tensor::sort)
    Sort "sort";
    /// [`Tensor::topk`](crate::Tensor::topk)
    TopK "topk";
    /// [`Tensor::kthvalue`](crate::Tensor::kthvalue)
    KthValue "kthvalue";
}

methods! {
    /// The elements in order along an axis, from the smallest or `descending`, and where each stood. The sort is
    /// stable: elements that are equal keep their order.
    ///
    /// **Adjoint.** `y_bar` goes back to where each element stood; reads nothing.
    ///
    /// **Edges.** NaN is greater than every number. PyTorch: `torch.sort(stable=True)`.
    ///
    /// # Errors
    /// An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 2.0]);
    /// let (y, order) = x.sort(0, false);
    /// assert_eq!((y.to_vec(), order.to_vec()), (vec![1.0, 2.0, 3.0], vec![1, 2, 0]));
    /// (y * tape.constant([1.0, 10.0, 100.0])).sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [100.0, 1.0, 10.0]);
    /// ```
    sort(x, at, axis: isize, descending: bool) -> (Tensor<T>, Indices) {
        let lanes = Lanes::along("sort", x, axis, at)?;
        let indices = sorted(&lanes, descending)?;
        Ok((lanes.pick::<Sort>(&indices, indices.dims())?, indices))
    }

    /// Where the elements stand that are in order along an axis: the indices of
    /// [`Tensor::sort`](crate::Tensor::sort). Nothing is recorded. PyTorch: `torch.argsort(stable=True)`.
    ///
    /// # Errors
    /// An axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 2.0]);
    /// assert_eq!(x.argsort(0, true).to_vec(), [0, 2, 1]);
    /// ```
    argsort(x, at, axis: isize, descending: bool) -> Indices {
        sorted(&Lanes::along("argsort", x, axis, at)?, descending)
    }

    /// The `k` largest elements along an axis, from the largest, or the `k` smallest, from the smallest; and where
    /// each stood. Of elements that are equal the first ones come first.
    ///
    /// **Adjoint.** `y_bar` goes back to where each element stood, the others get 0; reads nothing.
    ///
    /// **Edges.** NaN is greater than every number. PyTorch: `torch.topk`.
    ///
    /// # Errors
    /// `k` above the extent of the axis, or an axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 4.0, 2.0]);
    /// let (y, places) = x.topk(2, 0, true);
    /// assert_eq!((y.to_vec(), places.to_vec()), (vec![4.0, 3.0], vec![2, 0]));
    /// y.sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [1.0, 0.0, 1.0, 0.0]);
    /// ```
    topk(x, at, k: usize, axis: isize, largest: bool) -> (Tensor<T>, Indices) {
        let lanes = Lanes::along("topk", x, axis, at)?;
        check_rank("topk", k, 0, lanes.extent(), at)?;
        let indices = lanes.indices(k, |lane, chosen| {
            let mut order: Vec<usize> = (0..lane.len()).collect();
            let by = by_value(lane, largest);
            // Elements beyond the first k need no order among themselves.
            if 0 < k && k < order.len() {
                order.select_nth_unstable_by(k - 1, &by);
            }
            order.truncate(k);
            order.sort_unstable_by(&by);
            chosen.copy_from_slice(&order);
        })?;
        Ok((lanes.pick::<TopK>(&indices, indices.dims())?, indices))
    }

    /// The `k`-th smallest element along an axis, which goes, and where it stood; `k` counts from 1, as in PyTorch.
    ///
    /// **Adjoint.** `y_bar` goes back to that element; reads nothing.
    ///
    /// **Edges.** NaN is greater than every number. PyTorch: `torch.kthvalue`.
    ///
    /// # Errors
    /// `k` is 0 or above the extent of the axis, or an axis that there is not.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 4.0, 2.0]);
    /// let (y, place) = x.kthvalue(3, 0);
    /// assert_eq!((y.item(), place.item()), (3.0, 0));
    /// ```
    kthvalue(x, at, k: usize, axis: isize) -> (Tensor<T>, Indices) {
        let lanes = Lanes::along("kthvalue", x, axis, at)?;
        check_rank("kthvalue", k, 1, lanes.extent(), at)?;
        lanes.pick_one::<KthValue>(false, |lane| kth(lane, k - 1))
    }
}

/// From the smallest; NaN is greater than all.
pub(crate) fn ascending<T: Number>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// The order of the elements of a lane, by their indices: equal ones as they stand, so that no two tie.
fn by_value<T: Number>(lane: &[T], descending: bool) -> impl Fn(&usize, &usize) -> Ordering {
    move |&a, &b| {
        let order = ascending(lane[a], lane[b]);
        if descending { order.reverse() } else { order }.then(a.cmp(&b))
    }
}

/// The index of the element that has `k` before it when the lane is in order.
pub(crate) fn kth<T: Number>(lane: &[T], k: usize) -> usize {
    let mut order: Vec<usize> = (0..lane.len()).collect();
    *order.select_nth_unstable_by(k, by_value(lane, false)).1
}

fn sorted<T: Element>(lanes: &Lanes<T>, descending: bool) -> Result<Indices> {
    lanes.indices(lanes.extent(), |lane, order| {
        order.iter_mut().enumerate().for_each(|(k, index)| *index = k);
        order.sort_unstable_by(by_value(lane, descending));
    })
}

/// Whether a lane has so many elements.
fn check_rank(op: &'static str, k: usize, least: usize, extent: usize, at: At) -> Result<()> {
    if (least..=extent).contains(&k) {
        return Ok(());
    }
    let what = format!("k is {k}, and the axis has {extent} elements");
    let help = "k is at most the extent of the axis, and the k-th value counts from 1";
    Err(Error::Domain { op, what, help, at })
}

rows! {
    "sort" [[3, 4]] => |_, x| x[0].sort(0, true).0;
    "topk" [[3, 4]] => |_, x| x[0].topk(2, -1, false).0;
    "kthvalue" [[3, 4]] => |_, x| x[0].kthvalue(2, 1).0;
}
