//! Views: they record no instruction. What a consumer sends back goes to the slots it looked at, through the same
//! strides; accumulating through a stride of 0 is what un-broadcasting is.

mod axes;
mod parts;
mod windows;

use super::Tensor;
use crate::error::{At, Error, Result, Shape};
use crate::scalar::Scalar;
use crate::shape::{
    Axes, Dims, Extent, IntoShape, SliceSpec, View, resolve_axes, resolve_axis, resolve_index, resolve_line,
    resolve_new_axis, resolve_shape,
};
use crate::tape::Element;
use crate::tape::tables::Flags;
use crate::twins::methods;

impl<T: Element> Tensor<T> {
    /// The tensor over another view of the slots.
    pub(crate) fn seen(
        self,
        op: &'static str,
        at: At,
        look: impl FnOnce(View) -> Result<View>,
    ) -> Result<Tensor<T>> {
        let (core, id) = self.resolve(op, at)?;
        let mut tables = core.tables.borrow_mut();
        core.check_variables(op, &tables, at)?;
        let view = look(tables.view(id))?;
        let variable = *tables.variable(id);
        let active = variable.is_active() && core.is_recording();
        let view = core.push_view(&mut tables, variable.owner, view, active);
        Ok(Tensor::from_word(core.word(view.index())))
    }
}

impl<T: Element> Tensor<T> {
    /// Under a shape of as many elements: a view, or a copy where strides cannot express it.
    pub(crate) fn reshaped_to(self, dims: &[usize], at: At) -> Result<Tensor<T>> {
        let (core, id) = self.resolve("reshape", at)?;
        let view = core.tables.borrow().view(id).reshape(dims);
        match view {
            Some(view) => self.seen("reshape", at, |_| Ok(view)),
            None => self.copied_to(dims, at),
        }
    }

    /// Whether the elements lie one after the other in row-major order.
    pub(crate) fn is_contiguous(self) -> bool {
        let found = self.resolve("is_contiguous", At(None));
        found.is_ok_and(|(core, id)| core.tables.borrow().variable(id).layout.is_contiguous())
    }

    fn expanded(self, op: &'static str, shape: &impl IntoShape, at: At) -> Result<Tensor<T>> {
        self.seen(op, at, |view| {
            let mut extents = shape.extents();
            // As in PyTorch, -1 keeps an extent.
            let new = extents.len().saturating_sub(view.layout.rank());
            for (extent, &own) in extents.iter_mut().skip(new).zip(&view.layout.dims) {
                if *extent == -1 {
                    *extent = own as isize;
                }
            }
            let dims = resolve_shape(op, &extents, None, at)?;
            let refused = || {
                let (from, to) = (Shape::from(&view.layout.dims[..]), Shape::from(&dims[..]));
                Error::Expand { op, from, to, at }
            };
            view.expand(&dims).ok_or_else(refused)
        })
    }
}

methods! {
    /// The same elements in row-major order under another shape; one extent may be -1.
    ///
    /// A view, free both ways, where strides can express it: always for a contiguous tensor, and where the axes that
    /// are joined lie one within the other. Otherwise (a transposed matrix made flat, an expanded axis joined with
    /// another) the elements are copied, by one instruction `copy`. PyTorch: `reshape`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.reshape([3, -1]).shape().as_slice(), [3, 2]);
    /// assert_eq!(x.t().reshape([6]).to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    reshape(x, at, shape: impl IntoShape) -> Tensor<T> {
        let (core, id) = x.resolve("reshape", at)?;
        let len = core.tables.borrow().layout(id).len;
        x.reshaped_to(&resolve_shape("reshape", &shape.extents(), Some(len), at)?, at)
    }

    /// Two axes exchanged. PyTorch: `transpose`.
    transpose(x, at, a: isize, b: isize) -> Tensor<T> {
        x.seen("transpose", at, |view| {
            let (a, b) = (
                resolve_line("transpose", a, &view.layout.dims, at)?,
                resolve_line("transpose", b, &view.layout.dims, at)?,
            );
            let mut order: Dims = (0..view.layout.rank()).collect();
            if a != b {
                order.swap(a, b);
            }
            Ok(view.permute(&order))
        })
    }

    /// The transpose of a matrix; of a tensor of higher rank, its last two axes exchanged. Of a vector, itself.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0]]);
    /// assert_eq!(x.t().shape().as_slice(), [3, 1]);
    /// assert_eq!(tape.stats().instructions, 0);
    /// ```
    t(x, at) -> Tensor<T> {
        x.seen("t", at, |view| {
            let rank = view.layout.rank();
            let mut order: Dims = (0..rank).collect();
            if rank >= 2 {
                order.swap(rank - 2, rank - 1);
            }
            Ok(view.permute(&order))
        })
    }

    /// The axes in another order, each named once. PyTorch: `permute`.
    permute(x, at, order: impl Axes) -> Tensor<T> {
        x.seen("permute", at, |view| {
            let dims = &view.layout.dims;
            let axes = order.axes();
            resolve_axes("permute", &axes, dims, at)?;
            if axes.len() != dims.len() {
                let (named, rank, shape) = (axes.len(), dims.len(), Shape::from(&dims[..]));
                let what = format!("the order names {named} of the {rank} axes of the shape {shape}");
                return Err(Error::Domain { op: "permute", what, help: "name every axis once", at });
            }
            let order =
                axes.iter().map(|&axis| resolve_axis("permute", axis, dims, at)).collect::<Result<Dims>>()?;
            Ok(view.permute(&order))
        })
    }

    /// Elements of one axis: a range with Python's meaning (ends are clamped, negative ones count from the end), or
    /// `(range, step)`. A negative step walks the range backward, as in ndarray: `(.., -1)` reverses,
    /// `(1..4, -1)` is elements 3, 2, 1.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.slice(0, 1..-1).to_vec(), [1.0, 2.0, 3.0]);
    /// assert_eq!(x.slice(0, (.., -2)).to_vec(), [4.0, 2.0, 0.0]);
    /// ```
    slice(x, at, axis: isize, range: impl SliceSpec) -> Tensor<T> {
        x.seen("slice", at, |view| {
            let axis = resolve_axis("slice", axis, &view.layout.dims, at)?;
            Ok(view.slice(axis, range.span("slice", view.layout.dims[axis], at)?))
        })
    }

    /// One index of one axis, an integer of any type; the axis goes. PyTorch: `select`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.index_axis(0, -1).to_vec(), [3.0, 4.0]);
    /// ```
    index_axis(x, at, axis: isize, index: impl Extent) -> Tensor<T> {
        let index = index.to_isize();
        x.seen("index_axis", at, |view| {
            let axis = resolve_axis("index_axis", axis, &view.layout.dims, at)?;
            Ok(view.index(axis, resolve_index("index_axis", index, axis, view.layout.dims[axis], at)?))
        })
    }

    /// The axes of extent 1 go. PyTorch: `squeeze`.
    squeeze(x, at) -> Tensor<T> {
        x.seen("squeeze", at, |view| {
            let all: Dims = (0..view.layout.rank()).collect();
            Ok(view.squeeze(&all))
        })
    }

    /// Those of the named axes that have extent 1 go.
    squeeze_axes(x, at, axes: impl Axes) -> Tensor<T> {
        x.seen("squeeze_axes", at, |view| {
            let axes = resolve_axes("squeeze_axes", &axes.axes(), &view.layout.dims, at)?;
            Ok(view.squeeze(&axes))
        })
    }

    /// A new axis of extent 1 before `axis`, which may be the rank, or -1 for the end. PyTorch: `unsqueeze`.
    unsqueeze(x, at, axis: isize) -> Tensor<T> {
        x.seen("unsqueeze", at, |view| {
            Ok(view.unsqueeze(resolve_new_axis("unsqueeze", axis, &view.layout.dims, at)?))
        })
    }

    /// Repeated along axes of extent 1, and along new ones in front, without a copy. PyTorch: `expand`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0], [2.0]]);
    /// x.expand([2, 3]).sum().backward();
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [3.0, 3.0]);
    /// ```
    expand(x, at, shape: impl IntoShape) -> Tensor<T> {
        x.expanded("expand", &shape, at)
    }

    /// The same as [`Tensor::expand`], by NumPy's name.
    broadcast_to(x, at, shape: impl IntoShape) -> Tensor<T> {
        x.expanded("broadcast_to", &shape, at)
    }

    /// The named axes walked from the end. PyTorch: `flip`.
    flip(x, at, axes: impl Axes) -> Tensor<T> {
        x.seen("flip", at, |view| {
            let axes = resolve_axes("flip", &axes.axes(), &view.layout.dims, at)?;
            Ok(view.flip(&axes))
        })
    }

    /// The same slots, marked passive: no gradient flows through it. Free. PyTorch: `detach`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([3.0]);
    /// (x * x.detach()).sum().backward();
    /// assert_eq!(x.grad().unwrap()[[0]], 3.0);
    /// ```
    detach(x, at) -> Tensor<T> {
        let seen = x.seen("detach", at, Ok)?;
        let (core, id) = seen.resolve("detach", at)?;
        let mut tables = core.tables.borrow_mut();
        let variable = &mut tables.variables[id.index()];
        variable.flags = variable.flags.without(Flags::ACTIVE);
        Ok(seen)
    }

    /// One element as a scalar over the tensor's slot: no instruction, and its gradient comes back into the tensor.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let m = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let det = m.at([0, 0]) * m.at([1, 1]) - m.at([0, 1]) * m.at([1, 0]);
    /// det.backward();
    /// assert_eq!(m.grad().unwrap().into_raw_vec_and_offset().0, [4.0, -3.0, -2.0, 1.0]);
    /// ```
    at(x, at, index: impl Axes) -> Scalar<T> {
        let (core, id) = x.resolve("at", at)?;
        let mut tables = core.tables.borrow_mut();
        let (variable, layout) = (*tables.variable(id), tables.layout(id));
        let index = index.axes();
        if index.len() != layout.rank() {
            return Err(Error::Rank {
                op: "at",
                what: "such an index",
                expected: ["0", "1", "2", "3", "4"].get(index.len()).unwrap_or(&"5 or more"),
                shape: Shape::from(&layout.dims[..]),
                help: "give one index for each axis",
                at,
            });
        }
        let mut slot = variable.offset as isize;
        for (axis, (&index, &stride)) in index.iter().zip(&layout.strides).enumerate() {
            slot += stride * resolve_index("at", index, axis, layout.dims[axis], at)? as isize;
        }
        let slot = slot as usize;
        let value = core.list.values()[slot].get();
        if !variable.is_active() || !core.is_recording() {
            return Ok(Scalar::passive(value));
        }
        core.check_scalar_slot("at", slot, at)?;
        tables.note_scalar_read(variable.owner);
        Ok(Scalar::from_parts(value, core.word(slot)))
    }
}
