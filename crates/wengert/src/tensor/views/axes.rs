//! Views that join and move axes.

use crate::error::{At, Error, Result};
use crate::shape::{Axes, Dims, resolve_axes, resolve_axis};
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The axes `start ..= end` as one, in row-major order; a tensor of rank 0 gets one axis.
    ///
    /// A view where strides can express it, else a copy, as [`Tensor::reshape`]. PyTorch: `torch.flatten`.
    ///
    /// # Errors
    /// An axis out of range, or `end` before `start`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.zeros([2, 3, 4]);
    /// assert_eq!(x.flatten(1, -1).shape().as_slice(), [2, 12]);
    /// assert_eq!(x.flatten(0, 1).shape().as_slice(), [6, 4]);
    /// ```
    flatten(x, at, start: isize, end: isize) -> Tensor<T> {
        let dims = x.dims_for("flatten", at)?;
        // Rank 0 has one axis for this, as in PyTorch.
        let seen = if dims.is_empty() { Dims::from_slice(&[1]) } else { dims };
        let (first, last) = (resolve_axis("flatten", start, &seen, at)?, resolve_axis("flatten", end, &seen, at)?);
        if last < first {
            let what = format!("the axes run from {start} to {end}, which lies before it");
            return Err(Error::Domain { op: "flatten", what, help: "name the first axis first", at });
        }
        let mut joined = Dims::from_slice(&seen[..first]);
        joined.push(crate::shape::element_count(&seen[first..=last]));
        joined.extend_from_slice(&seen[last + 1..]);
        x.reshaped_to(&joined, at)
    }

    /// All elements in row-major order along one axis: a view where strides can express it, else a copy.
    /// PyTorch: `torch.ravel`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([[1.0, 2.0], [3.0, 4.0]]).t().ravel().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    ravel(x, at) -> Tensor<T> {
        let len = crate::shape::element_count(&x.dims_for("ravel", at)?);
        x.reshaped_to(&[len], at)
    }

    /// The axes `from`, one or more, moved to the places `to`; the others keep their order. PyTorch: `torch.movedim`.
    ///
    /// # Errors
    /// An axis out of range or named twice, or another number of places than of axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.zeros([2, 3, 4]);
    /// assert_eq!(x.movedim(0, -1).shape().as_slice(), [3, 4, 2]);
    /// assert_eq!(x.movedim([0, 1], [1, 2]).shape().as_slice(), [4, 2, 3]);
    /// ```
    movedim(x, at, from: impl Axes, to: impl Axes) -> Tensor<T> {
        let dims = x.dims_for("movedim", at)?;
        let order = moved(&from.axes(), &to.axes(), &dims, at)?;
        x.seen("movedim", at, |view| Ok(view.permute(&order)))
    }
}

/// The order of the axes once some were moved.
fn moved(from: &[isize], to: &[isize], dims: &[usize], at: At) -> Result<Dims> {
    let op = "movedim";
    for axes in [from, to] {
        resolve_axes(op, axes, dims, at)?;
    }
    if from.len() != to.len() {
        let what = format!("{} axes are moved, to {} places", from.len(), to.len());
        return Err(Error::Domain { op, what, help: "give each axis that moves one place", at });
    }
    if dims.is_empty() {
        return Ok(Dims::new());
    }
    let mut order: Vec<Option<usize>> = vec![None; dims.len()];
    let mut moves = Dims::new();
    for (&from, &to) in from.iter().zip(to) {
        let axis = resolve_axis(op, from, dims, at)?;
        order[resolve_axis(op, to, dims, at)?] = Some(axis);
        moves.push(axis);
    }
    let mut others = (0..dims.len()).filter(|axis| !moves.contains(axis));
    Ok(order
        .into_iter()
        .map(|axis| axis.or_else(|| others.next()).expect("as many places as axes"))
        .collect())
}
