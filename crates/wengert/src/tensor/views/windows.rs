//! Views whose axes do not lie one within the other: sliding windows, which overlap, and diagonals.

use crate::error::{At, Error, Result, Shape};
use crate::shape::{Layout, View, resolve_axis, resolve_line};
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// Windows of `size` elements along an axis, one every `step` elements: the axis counts the windows, and a new
    /// last axis the elements of one. `y[.., i, .., j] = x[.., i step + j, ..]`; there are
    /// `(extent - size) / step + 1`, rounded down.
    ///
    /// Windows may overlap: they are views of the same slots, and an element gets the sum of what comes back to the
    /// windows that it is in. PyTorch: `Tensor.unfold`.
    ///
    /// # Errors
    /// A step of 0, or a size above the extent.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0, 2.0, 3.0]);
    /// let pairs = x.unfold(0, 2, 1);
    /// assert_eq!(pairs.to_vec(), [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]);
    /// pairs.sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [1.0, 2.0, 2.0, 1.0]);
    /// ```
    unfold(x, at, axis: isize, size: usize, step: usize) -> Tensor<T> {
        let op = "unfold";
        x.seen(op, at, |view| {
            let axis = resolve_line(op, axis, &view.layout.dims, at)?;
            let is_line = view.layout.dims.is_empty();
            let view = if is_line { view.unsqueeze(0) } else { view };
            let extent = view.layout.dims[axis];
            if step == 0 {
                return Err(Error::Step { op, at });
            }
            if size > extent {
                let what = format!("windows of {size} elements do not fit axis {axis} of extent {extent}");
                let help = "use shorter windows, or lengthen the axis with `.pad(...)`";
                return Err(Error::Domain { op, what, help, at });
            }
            let Layout { mut dims, mut strides, .. } = view.layout;
            let stride = strides[axis];
            let count = (extent - size) / step + 1;
            dims[axis] = count;
            // The step to the next window means nothing where there is none, and may be anything.
            strides[axis] = if count > 1 { stride * step as isize } else { 0 };
            dims.push(size);
            strides.push(stride);
            if is_line {
                // No axis was there to count the windows: there is one, or, of no elements, two alike.
                (dims, strides) = (dims[1..].into(), strides[1..].into());
            }
            Ok(View { offset: view.offset, layout: Layout::new(dims, strides) })
        })
    }

    /// The diagonal over the first two axes, as a view: they go, and a new last axis runs along it.
    /// `y[.., i] = x[i, i + k, ..]`: `k` is 0 for the main diagonal, above 0 for one above it, below 0 for one below.
    /// A diagonal outside of the matrix has no elements. PyTorch: `torch.diagonal`.
    ///
    /// # Errors
    /// Fewer than two axes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.diagonal(1).to_vec(), [2.0, 6.0]);
    /// assert_eq!(x.diagonal(-1).to_vec(), [4.0]);
    /// ```
    diagonal(x, at, k: isize) -> Tensor<T> {
        x.seen("diagonal", at, |view| diagonal(view, k, 0, 1, at))
    }

    /// The diagonal over the axes `a` and `b`: `a` counts rows, `b` columns. PyTorch: `torch.diagonal` with `dim1`
    /// and `dim2`.
    ///
    /// # Errors
    /// An axis out of range, or the same one twice.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let batch = tape.zeros([5, 3, 3]);
    /// assert_eq!(batch.diagonal_axes(0, -2, -1).shape().as_slice(), [5, 3]);
    /// ```
    diagonal_axes(x, at, k: isize, a: isize, b: isize) -> Tensor<T> {
        x.seen("diagonal", at, |view| diagonal(view, k, a, b, at))
    }
}

fn diagonal(view: View, k: isize, a: isize, b: isize, at: At) -> Result<View> {
    let op = "diagonal";
    if view.layout.rank() < 2 {
        let shape = Shape::from(&view.layout.dims[..]);
        let help = "a diagonal runs over two axes; `.diag(k)` makes a matrix of a vector";
        return Err(Error::Rank { op, what: "a diagonal", expected: "2 or more", shape, help, at });
    }
    let (a, b) = (resolve_axis(op, a, &view.layout.dims, at)?, resolve_axis(op, b, &view.layout.dims, at)?);
    if a == b {
        return Err(Error::RepeatedAxis { op, axis: a, at });
    }
    let View { offset, layout: Layout { mut dims, mut strides, .. } } = view;
    // The first element lies in row or column 0.
    let (row, column) = (k.saturating_neg().max(0) as usize, k.max(0) as usize);
    let len = dims[a].saturating_sub(row).min(dims[b].saturating_sub(column));
    let (along, start) = (
        strides[a] + strides[b],
        // Without elements nothing is looked at, and the start could lie beyond every slot.
        if len > 0 { strides[a] * row as isize + strides[b] * column as isize } else { 0 },
    );
    for axis in [a.max(b), a.min(b)] {
        dims.remove(axis);
        strides.remove(axis);
    }
    dims.push(len);
    strides.push(if len > 1 { along } else { 0 });
    let layout = Layout::new(dims, strides);
    let offset = if layout.len > 0 { offset.wrapping_add_signed(start) } else { offset };
    Ok(View { offset, layout })
}
