//! Tensors side by side, one above the other, and over a grid.

use smallvec::SmallVec;

use super::join::{Cat, join};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::rule::verbs::StructuralRule;
use crate::shape::{Dims, View};
use crate::tape::tensors::Recording;
use crate::tape::{Element, Tape};
use crate::tensor::Tensor;
use crate::twins::tape_methods;

tape_methods! {
    /// Tensors side by side: joined along axis 1, or along axis 0 where they have one axis or none. PyTorch:
    /// `torch.hstack`.
    ///
    /// **Errors.** No tensors, or shapes that differ elsewhere.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[1.0], [2.0]]), tape.leaf([[3.0], [4.0]]));
    /// assert_eq!(tape.hstack(&[a, b]).to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    hstack(tape, at, tensors: &[Tensor<T>]) -> Tensor<T> {
        joined(tape, "hstack", tensors, |view| if view.layout.rank() == 0 { view.unsqueeze(0) } else { view.clone() }, |rank| rank.min(2) - 1, at)
    }

    /// Tensors one above the other: joined along axis 0, where a vector is a row. PyTorch: `torch.vstack`.
    ///
    /// **Errors.** No tensors, or shapes that differ elsewhere.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([[3.0, 4.0]]));
    /// assert_eq!(tape.vstack(&[a, b]).shape().as_slice(), [2, 2]);
    /// ```
    vstack(tape, at, tensors: &[Tensor<T>]) -> Tensor<T> {
        joined(tape, "vstack", tensors, |view| (view.layout.rank()..2).fold(view.clone(), |view, _| view.unsqueeze(0)), |_| 0, at)
    }

    /// The coordinates of the points of a grid, as views: tensor `k` has an axis for each vector, and along axis `k`
    /// it is vector `k`. PyTorch: `torch.meshgrid` with `indexing="ij"`.
    ///
    /// **Errors.** No vectors, or operands of rank 2 or more.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0, 5.0]));
    /// let grid = tape.meshgrid(&[x, y]);
    /// assert_eq!(grid[0].to_vec(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    /// assert_eq!(grid[1].to_vec(), [3.0, 4.0, 5.0, 3.0, 4.0, 5.0]);
    /// ```
    meshgrid(tape, at, vectors: &[Tensor<T>]) -> Vec<Tensor<T>> {
        let op = "meshgrid";
        if vectors.is_empty() {
            return Err(Error::NoOperands { op, at });
        }
        let mut dims = Dims::new();
        for &vector in vectors {
            if !tape.core().contains(vector.word()) {
                return Err(tape.core().refuse(op, crate::error::Kind::Tensor, vector.word(), at));
            }
            let own = vector.dims_for(op, at)?;
            if own.len() > 1 {
                let (what, shape) = ("a vector of a grid", Shape::from(&own[..]));
                return Err(Error::Rank { op, what, expected: "0 or 1", shape, help: "make it flat with `.ravel()`", at });
            }
            dims.push(own.first().copied().unwrap_or(1));
        }
        let spread = |axis: usize, view: View| {
            let mut view = if view.layout.rank() == 0 { view.unsqueeze(0) } else { view };
            for _ in axis + 1..dims.len() {
                view = view.unsqueeze(view.layout.rank());
            }
            view.expand(&dims).expect("an axis for each vector")
        };
        vectors.iter().enumerate().map(|(axis, vector)| vector.seen(op, at, |view| Ok(spread(axis, view)))).collect()
    }
}

/// Joins views of tensors.
fn joined<T: Element>(
    tape: &Tape<T>,
    op: &'static str,
    tensors: &[Tensor<T>],
    look: impl Fn(&View) -> View,
    axis: impl Fn(usize) -> usize,
    at: At,
) -> Result<Tensor<T>> {
    if tensors.is_empty() {
        return Err(Error::NoOperands { op, at });
    }
    let recording = Recording::on(StructuralRule::<Cat, T>::RULE, tape.core(), at)?;
    recording.check_own(tensors.iter().map(|&tensor| tensor.into()))?;
    let mut operands: SmallVec<[_; 4]> = SmallVec::new();
    for &tensor in tensors {
        let (id, view) = recording.operand(tensor)?;
        operands.push(recording.seen(id, look(&view)));
    }
    let axis = axis(operands[0].1.layout.rank());
    join(recording, &operands, axis, at)
}

rows! {
    "hstack" [[2, 1], [2, 3]] => |tape, x| tape.hstack(x);
    "vstack" [[3], [2, 3]] => |tape, x| tape.vstack(x);
    "meshgrid" [[2], [3]] => |tape, x| tape.stack(&tape.meshgrid(x), 0);
}
