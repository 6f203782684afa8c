//! The handle of a tensor: one word, `tag:35 | variable:29`.

mod display;
mod operand;
mod read;
mod views;

use std::fmt;
use std::marker::PhantomData;

pub use operand::Operand;

use crate::error::{At, Kind, OrRaise, Result};
use crate::shape::{Dims, Extents};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::{TAG_MASK, VariableId};
use crate::tape::registry;
use crate::tape::tables::NONE;

/// A tensor on a tape: a `Copy` handle of eight bytes, without a lifetime.
///
/// It is valid while the scope that it was made in is open. Every use is checked: a handle from a scope that ended,
/// from a dropped tape, of another tape or thread, is an error that names both sides.
///
/// ```
/// use wengert::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([1.0, 2.0, 3.0]);
/// let y = ((x + 2.0).square() * 3.0).mean();
/// assert_eq!(y.to_string(), "tensor(50.0, grad_fn=<mean>)");
/// y.backward();
/// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [6.0, 8.0, 10.0]);
/// ```
pub struct Tensor<T: Element = f64> {
    word: u64,
    element: PhantomData<T>,
}

impl<T: Element> Copy for Tensor<T> {}
impl<T: Element> Clone for Tensor<T> {
    fn clone(&self) -> Tensor<T> {
        *self
    }
}

/// Whether two handles name the same variable of the same tape.
impl<T: Element> PartialEq for Tensor<T> {
    fn eq(&self, other: &Tensor<T>) -> bool {
        self.word == other.word
    }
}
impl<T: Element> Eq for Tensor<T> {}

impl<T: Element> Tensor<T> {
    #[inline(always)]
    pub(crate) fn from_word(word: u64) -> Tensor<T> {
        Tensor { word, element: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn word(self) -> u64 {
        self.word
    }

    /// The tape and variable of the handle.
    #[inline]
    pub(crate) fn resolve(self, op: &'static str, at: At) -> Result<(&'static Core<T>, VariableId)> {
        let core = registry::resolve(op, Kind::Tensor, self.word, at)?;
        Ok((core, Core::<T>::variable_of(self.word)))
    }

    #[track_caller]
    pub(crate) fn found(self, op: &'static str) -> (&'static Core<T>, VariableId) {
        self.resolve(op, At::caller()).or_raise()
    }

    /// The number of the tape, as errors name it.
    ///
    /// # Panics
    /// On a stale handle, as every method of a handle.
    #[track_caller]
    pub fn tape_id(self) -> u64 {
        self.found("tape_id").0.id.get()
    }

    /// The index of the variable, as `Debug` prints it: `%7`.
    pub fn index(self) -> usize {
        (self.word & !TAG_MASK) as usize
    }

    /// The extents of the axes.
    #[track_caller]
    pub fn shape(self) -> Extents {
        self.try_shape().or_raise()
    }

    /// Like [`Tensor::shape`], but returns the error: a stale handle. Of all that a handle can be asked this is the least.
    #[track_caller]
    pub fn try_shape(self) -> Result<Extents> {
        Ok(self.dims_for("shape", At::caller())?.into())
    }

    pub(crate) fn dims_for(self, op: &'static str, at: At) -> Result<Dims> {
        let (core, id) = self.resolve(op, at)?;
        Ok(Dims::from_slice(&core.tables.borrow().layout(id).dims))
    }

    /// The number of axes.
    #[track_caller]
    pub fn rank(self) -> usize {
        let (core, id) = self.found("rank");
        core.tables.borrow().layout(id).rank()
    }

    /// The number of elements.
    #[track_caller]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(self) -> usize {
        let (core, id) = self.found("len");
        core.tables.borrow().layout(id).len
    }

    /// Whether there are no elements.
    #[track_caller]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether it requires a gradient: it is a leaf, or was computed from one.
    #[track_caller]
    pub fn requires_grad(self) -> bool {
        let (core, id) = self.found("requires_grad");
        core.tables.borrow().variable(id).is_active()
    }

    /// Whether it is a leaf: made by the user, or passive (PyTorch's convention). A view of active values is none.
    #[track_caller]
    pub fn is_leaf(self) -> bool {
        let (core, id) = self.found("is_leaf");
        let tables = core.tables.borrow();
        let variable = tables.variable(id);
        !variable.is_active() || variable.is_gradient_leaf()
    }

    /// The name of the op that computed it, `view` for a view of active values, `None` for leaves and passive
    /// tensors.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!((x * x).grad_fn(), Some("mul"));
    /// assert_eq!(x.grad_fn(), None);
    /// ```
    #[track_caller]
    pub fn grad_fn(self) -> Option<&'static str> {
        let (core, id) = self.found("grad_fn");
        core.tables.borrow().grad_fn(id, |instruction| core.entry_at(instruction))
    }

    /// The gradient's place, where the tensor keeps one: a leaf, or a value after `retain_grad`.
    pub(crate) fn with_gradient<R>(
        core: &Core<T>,
        id: VariableId,
        f: impl FnOnce(&[T], &Dims) -> Result<R>,
    ) -> Result<Option<R>> {
        let tables = core.tables.borrow();
        let variable = tables.variable(id);
        let gradients = core.gradients.borrow();
        let grad = if variable.leaf != NONE {
            gradients.tensor(variable.leaf)
        } else if variable.is_view() {
            None
        } else {
            let place = gradients.of_retained(variable.offset, variable.instruction as usize);
            place.and_then(|place| gradients.kept(place))
        };
        let Some(grad) = grad else { return Ok(None) };
        // User code may run in `f`: the tables must not be held, and the shape is short.
        let dims = Dims::from_slice(&tables.layout(id).dims);
        drop(tables);
        f(grad, &dims).map(Some)
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dims_for("fmt", At(None)) {
            Ok(dims) => write!(f, "%{} {:?}", self.index(), dims.as_slice()),
            Err(_) => write!(f, "%{} (stale)", self.index()),
        }
    }
}
