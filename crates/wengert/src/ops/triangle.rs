//! Triangles and diagonals of matrices.

use wengert_kernels::{Scratch, Strided, copy};

use super::positions::{named, put};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::lists::collected;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, element_count};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// The lower triangle of a matrix, or of each matrix in the last two axes: elements above diagonal `k` are 0,
    /// whatever they were. `k` is 0 for the main diagonal, above 0 for one above it.
    ///
    /// **Adjoint.** The lower triangle of `y_bar`; reads nothing. PyTorch: `torch.tril`.
    ///
    /// # Errors
    /// Fewer than two axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.tril(0).to_vec(), [1.0, 0.0, 3.0, 4.0]);
    /// assert_eq!(x.tril(-1).to_vec(), [0.0, 0.0, 3.0, 0.0]);
    /// ```
    tril(x, at, k: isize) -> Tensor<T> {
        triangle::<Tril, T>(x, k, at)
    }

    /// The upper triangle of a matrix, or of each matrix in the last two axes: elements below diagonal `k` are 0,
    /// whatever they were. `k` is 0 for the main diagonal, above 0 for one above it.
    ///
    /// **Adjoint.** The upper triangle of `y_bar`; reads nothing. PyTorch: `torch.triu`.
    ///
    /// # Errors
    /// Fewer than two axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.triu(1).to_vec(), [0.0, 2.0, 0.0, 0.0]);
    /// ```
    triu(x, at, k: isize) -> Tensor<T> {
        triangle::<Triu, T>(x, k, at)
    }

    /// Of a vector the matrix with it as diagonal `k` and 0 elsewhere; of a matrix its diagonal `k`, as a view.
    /// PyTorch: `torch.diag`.
    ///
    /// # Errors
    /// Another rank than 1 or 2.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(x.diag(0).to_vec(), [1.0, 0.0, 0.0, 2.0]);
    /// assert_eq!(x.diag(0).diag(0).to_vec(), [1.0, 2.0]);
    /// ```
    diag(x, at, k: isize) -> Tensor<T> {
        let dims = x.dims_for("diag", at)?;
        match dims.len() {
            1 => embedded::<Diag, T>("diag", x, k, at),
            2 => x.try_diagonal(k),
            _ => {
                let (what, shape) = ("the operand", Shape::from(&dims[..]));
                let help = "use `.diagonal(k)` or `.diag_embed(k)` for batches";
                Err(Error::Rank { op: "diag", what, expected: "1 or 2", shape, help, at })
            }
        }
    }

    /// The matrices that have the vectors of the last axis as diagonal `k`, and 0 elsewhere: the last axis becomes two.
    ///
    /// **Adjoint.** The diagonals of `y_bar`; reads nothing. PyTorch: `torch.diag_embed`.
    ///
    /// # Errors
    /// Rank 0.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let y = tape.leaf([[1.0], [2.0]]).diag_embed(1);
    /// assert_eq!(y.shape().as_slice(), [2, 2, 2]);
    /// assert_eq!(y.to_vec(), [0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    /// ```
    diag_embed(x, at, k: isize) -> Tensor<T> {
        embedded::<DiagEmbed, T>("diag_embed", x, k, at)
    }

    /// The sum of the main diagonal of a matrix. PyTorch: `torch.trace`.
    ///
    /// **Adjoint.** `y_bar` for each element of the diagonal; reads nothing.
    ///
    /// # Errors
    /// Another rank than 2.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([[1.0, 2.0], [3.0, 4.0]]).trace().item(), 5.0);
    /// ```
    trace(x, at) -> Tensor<T> {
        let dims = x.dims_for("trace", at)?;
        if dims.len() != 2 {
            let (what, shape) = ("a trace", Shape::from(&dims[..]));
            let help = "sum the diagonals of a batch: `.diagonal_axes(0, -2, -1).sum_axes(-1)`";
            return Err(Error::Rank { op: "trace", what, expected: "2", shape, help, at });
        }
        x.try_diagonal(0)?.try_sum()
    }
}

named! {
    Diag "diag";
    DiagEmbed "diag_embed";
}

/// Vectors put on diagonals.
fn embedded<N: super::positions::Named, T: Element>(
    op: &'static str,
    x: Tensor<T>,
    k: isize,
    at: At,
) -> Result<Tensor<T>> {
    let own = x.dims_for(op, at)?;
    let Some((&len, batch)) = own.split_last() else {
        let (what, shape) = ("a diagonal", Shape::from(&own[..]));
        let help = "give it an axis with `.unsqueeze(0)`";
        return Err(Error::Rank { op, what, expected: "1 or more", shape, help, at });
    };
    let extent = len.saturating_add(k.unsigned_abs());
    let mut dims = Dims::from_slice(batch);
    dims.extend([extent, extent]);
    x.resolve(op, at)?.0.check_countable(op, &dims, at)?;
    let first = if k < 0 { k.unsigned_abs() * extent } else { k as usize };
    let matrices = (0..element_count(batch)).map(|matrix| matrix * extent * extent + first);
    let places = matrices.flat_map(|first| (0..len).map(move |i| first + i * (extent + 1)));
    let positions = collected(places, element_count(&own), op, at)?;
    put::<N, T>(x, &positions, &dims, at)
}

/// Records a triangle.
fn triangle<O: Structural, T: Element>(x: Tensor<T>, k: isize, at: At) -> Result<Tensor<T>> {
    let (op, dims) = (O::NAME, x.dims_for(O::NAME, at)?);
    if dims.len() < 2 {
        let (what, shape) = ("a triangle", Shape::from(&dims[..]));
        let help = "a triangle is a part of a matrix, which lies in the last two axes";
        return Err(Error::Rank { op, what, expected: "2 or more", shape, help, at });
    }
    structural::<O, T>(&[x.into()], &[k as usize], at)
}

/// The triangles: the columns of a row from which, or up to which, elements stay.
macro_rules! triangles {
    ($($rule:ident $name:literal |$edge:ident, $columns:ident| $cut:expr;)*) => {$(
        /// The payload is the diagonal, as the bits of an `isize`.
        struct $rule;
        impl Structural for $rule {
            const NAME: &'static str = $name;
            const LINEAR: Linear = Linear::Jointly;
            fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
                Dims::from_slice(operands[0])
            }
            fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
                copy(y, x[0]);
                let &[.., rows, $columns] = x[0].dims() else { unreachable!("a triangle has two axes") };
                if y.is_empty() {
                    return;
                }
                for (row, y) in y.chunks_exact_mut($columns).enumerate() {
                    // The column of the diagonal.
                    let $edge = (payload[0] as isize).saturating_add_unsigned(row % rows);
                    y[$cut].fill(T::zero());
                }
            }
            fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
                let (payload, y_bar) = (v.payload(), v.result_bar());
                let x_bar = v.apply::<$rule>(&[y_bar], payload);
                v.add(0, x_bar);
            }
        }
    )*};
}
triangles! {
    Tril "tril" |edge, columns| (edge.saturating_add(1).max(0) as usize).min(columns)..;
    Triu "triu" |edge, columns| ..(edge.max(0) as usize).min(columns);
}

rows! {
    "tril" [[3, 2]] => |_, x| x[0].tril(0);
    "triu" [[2, 3, 3]] => |_, x| x[0].triu(1);
    "diag" [[3]] => |_, x| x[0].diag(-1);
    "diag_embed" [[2, 2]] => |_, x| x[0].diag_embed(1);
    "trace" [[3, 3]] => |_, x| x[0].trace();
}
