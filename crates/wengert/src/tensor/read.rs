//! Reading values and gradients, with a copy or without.

use ndarray::{ArrayD, ArrayView, ArrayViewD, Axis, IxDyn, ShapeBuilder};

use super::Tensor;
use crate::arena::split;
use crate::error::{At, Error, OrRaise, Result, Shape};
use crate::lists::{collected, filled, grow};
use crate::shape::{Dims, View};
use crate::tape::Element;
use crate::tape::core::Pin;
use crate::tape::tensors::strided;
use crate::tape::write::Lend;

impl<T: Element> Tensor<T> {
    fn view_for(self, op: &'static str, at: At) -> Result<View> {
        let (core, id) = self.resolve(op, at)?;
        Ok(core.tables.borrow().view(id))
    }

    /// Copies the values in row-major order.
    pub(crate) fn copy_values(self, out: &mut [T]) {
        let (core, id) = self.resolve("value", At(None)).or_raise();
        let view = core.tables.borrow().view(id);
        split::shared(&core.list.values()[..core.list.slots()], |slots| {
            wengert_kernels::copy(out, strided(slots, &view));
        });
    }

    /// The values, as an array of its own. [`Tensor::with`] reads without a copy.
    ///
    /// # Panics
    /// Where [`Tensor::try_value`] gives an error.
    #[track_caller]
    pub fn value(self) -> ArrayD<T> {
        self.try_value().or_raise()
    }

    /// Like [`Tensor::value`], but returns the error: a stale handle, or more elements than memory.
    #[track_caller]
    pub fn try_value(self) -> Result<ArrayD<T>> {
        let (values, dims) = (self.gathered("value", At::caller())?, self.shape());
        Ok(ArrayD::from_shape_vec(IxDyn(&dims), values).expect("as many values as the shape has"))
    }

    /// The values in row-major order.
    ///
    /// # Panics
    /// Where [`Tensor::try_to_vec`] gives an error.
    #[track_caller]
    pub fn to_vec(self) -> Vec<T> {
        self.try_to_vec().or_raise()
    }

    /// Like [`Tensor::to_vec`], but returns the error: a stale handle, or more elements than memory.
    #[track_caller]
    pub fn try_to_vec(self) -> Result<Vec<T>> {
        self.gathered("to_vec", At::caller())
    }

    /// The values in row-major order, in the name of an op.
    pub(crate) fn gathered(self, op: &'static str, at: At) -> Result<Vec<T>> {
        let len = self.view_for(op, at)?.layout.len;
        let mut values = filled(T::zero(), len, op, at)?;
        self.copy_values(&mut values);
        Ok(values)
    }

    /// The value of a tensor of one element.
    ///
    /// # Panics
    /// If there is not exactly one element.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([[4.0]]).item(), 4.0);
    /// ```
    #[track_caller]
    pub fn item(self) -> T {
        self.try_item().or_raise()
    }

    /// Like [`Tensor::item`], but returns the error.
    #[track_caller]
    pub fn try_item(self) -> Result<T> {
        let at = At::caller();
        let (core, id) = self.resolve("item", at)?;
        let tables = core.tables.borrow();
        let layout = tables.layout(id);
        if layout.len == 1 {
            return Ok(core.list.values()[tables.variable(id).offset].get());
        }
        Err(Error::Rank {
            op: "item",
            what: "one number",
            expected: "0, or one element",
            shape: Shape::from(&layout.dims[..]),
            help: "reduce it with `.sum()`, index it with `.at([...])`, or read all with `.value()`",
            at,
        })
    }

    /// The values as a view, without a copy or an allocation.
    ///
    /// Inside, nothing can be recorded or written on the tape: that is an error.
    ///
    /// # Panics
    /// Where [`Tensor::try_with`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.t().with(|view| view[[0, 1]]), 3.0);
    /// ```
    #[track_caller]
    pub fn with<R>(self, f: impl FnOnce(ArrayViewD<'_, T>) -> R) -> R {
        self.try_with(f).or_raise()
    }

    /// Like [`Tensor::with`], but returns the error: a stale handle.
    #[track_caller]
    pub fn try_with<R>(self, f: impl FnOnce(ArrayViewD<'_, T>) -> R) -> Result<R> {
        let (op, at) = ("with", At::caller());
        let (core, _) = self.resolve(op, at)?;
        let view = self.view_for(op, at)?;
        let _pin = Pin::new(core);
        let _lend = Lend::new(core, "`with`, which lends the slots");
        Ok(split::shared(&core.list.values()[..core.list.slots()], |slots| lend_view(slots, &view, f)))
    }

    /// The gradient, as an array of its own; `None` before a sweep reached it. Views have none.
    /// [`Tensor::with_grad`] reads without a copy.
    ///
    /// # Panics
    /// Where [`Tensor::try_grad`] gives an error.
    #[track_caller]
    pub fn grad(self) -> Option<ArrayD<T>> {
        self.try_grad().or_raise()
    }

    /// Like [`Tensor::grad`], but returns the error: a stale handle, or more elements than memory.
    #[track_caller]
    pub fn try_grad(self) -> Result<Option<ArrayD<T>>> {
        let (op, at) = ("grad", At::caller());
        let (core, id) = self.resolve(op, at)?;
        Tensor::with_gradient(core, id, |grad, dims| {
            let copy = collected(grad.iter().copied(), grad.len(), op, at)?;
            Ok(ArrayD::from_shape_vec(IxDyn(dims), copy).expect("a gradient has its tensor's shape"))
        })
    }

    /// The gradient as a view, without a copy or an allocation; `None`, without a call, where there is none.
    ///
    /// Inside, nothing can be recorded or written on the tape: that is an error.
    ///
    /// # Panics
    /// Where [`Tensor::try_with_grad`] gives an error.
    #[track_caller]
    pub fn with_grad<R>(self, f: impl FnOnce(ArrayViewD<'_, T>) -> R) -> Option<R> {
        self.try_with_grad(f).or_raise()
    }

    /// Like [`Tensor::with_grad`], but returns the error: a stale handle.
    #[track_caller]
    pub fn try_with_grad<R>(self, f: impl FnOnce(ArrayViewD<'_, T>) -> R) -> Result<Option<R>> {
        let (core, id) = self.resolve("with_grad", At::caller())?;
        let _pin = Pin::new(core);
        let _lend = Lend::new(core, "`with_grad`, which lends the slots");
        let lend = |grad: &[T], dims: &Dims| {
            Ok(f(ArrayView::from_shape(IxDyn(dims), grad).expect("a gradient has its tensor's shape")))
        };
        Tensor::with_gradient(core, id, lend)
    }

    /// The gradient as a passive tensor on the tape; `None` where there is none.
    ///
    /// # Panics
    /// Where [`Tensor::try_grad_tensor`] gives an error.
    #[track_caller]
    pub fn grad_tensor(self) -> Option<Tensor<T>> {
        self.try_grad_tensor().or_raise()
    }

    /// Like [`Tensor::grad_tensor`], but returns the error: a stale handle, lent slots, or a full tape.
    #[track_caller]
    pub fn try_grad_tensor(self) -> Result<Option<Tensor<T>>> {
        let (op, at) = ("grad_tensor", At::caller());
        let (core, id) = self.resolve(op, at)?;
        core.with_buffer(|buffer| {
            let copied = Tensor::with_gradient(core, id, |grad, dims| {
                grow(buffer, grad.len(), op, at)?;
                buffer.extend_from_slice(grad);
                Ok(dims.clone())
            })?;
            copied.map(|dims| core.push_passive(op, &dims, buffer, at)).transpose()
        })
    }
}

/// Shows slots to a user as an ndarray view.
fn lend_view<T: Element, R>(slots: &[T], view: &View, f: impl FnOnce(ArrayViewD<'_, T>) -> R) -> R {
    let (dims, strides) = (&view.layout.dims, &view.layout.strides);
    if view.layout.len == 0 {
        return f(ArrayView::from_shape(IxDyn(dims), &[]).expect("no elements"));
    }
    // ndarray takes positive strides over distinct elements: flipped axes start at their other end and are turned
    // after, repeated axes have extent 1 and are repeated after.
    let (mut low, mut own, mut steps) = (view.offset as isize, dims.clone(), Dims::new());
    for ((own, &extent), &stride) in own.iter_mut().zip(dims).zip(strides) {
        if stride == 0 {
            *own = 1;
        } else if stride < 0 {
            low += stride * (extent as isize - 1);
        }
        steps.push(stride.unsigned_abs());
    }
    let mut seen = ArrayView::from_shape(IxDyn(&own).strides(IxDyn(&steps)), &slots[low as usize..])
        .expect("a view lies in its slots");
    for (axis, &stride) in strides.iter().enumerate() {
        if stride < 0 {
            seen.invert_axis(Axis(axis));
        }
    }
    f(seen.broadcast(IxDyn(dims)).expect("axes of extent 1 repeat"))
}
