//! Writing in place: leaves and constants only. A sweep through an instruction that read the old value is refused.

use std::cell::Cell;

use wengert_kernels::Kernel;

use super::core::{Core, Pin};
use super::tables::{Flags, NONE, Write};
use super::{Element, IntoValues};
use crate::arena::split;
use crate::error::{At, Error, OrRaise, Result, Shape};
use crate::lists::grow;
use crate::shape::element_count;
use crate::tape::instruction::VariableId;
use crate::tensor::Tensor;

impl<T: Element> Core<T> {
    /// The slots of a leaf or constant, which may be written in place.
    fn writable(&self, op: &'static str, id: VariableId, at: At) -> Result<&'static [Cell<T>]> {
        self.check_not_lent(op, at)?;
        let tables = self.tables.borrow();
        let variable = tables.variable(id);
        if variable.is_view() {
            let what = format!("{id} is a view of other slots");
            let help = "write the tensor that it is a view of: for `w.detach()` that is `w`";
            return Err(Error::NotALeaf { op, what, help, at });
        }
        if variable.instruction != NONE {
            let by = tables.grad_fn(id, |instruction| self.entry_at(instruction)).unwrap_or("an op");
            let what = format!("{id} was computed by `{by}`");
            let help = "write the leaf that it was computed from, or make one of its values: `tape.leaf(y)`";
            return Err(Error::NotALeaf { op, what, help, at });
        }
        Ok(&self.list.values()[variable.offset..variable.offset + tables.layout(id).len])
    }

    /// Values for a tensor of such a shape, gathered before anything is written: they may come from the same slots.
    /// `name` is what an error calls them.
    pub fn gathered(
        &self,
        (op, at): (&'static str, At),
        values: impl IntoValues<T>,
        expected: &[usize],
        name: &'static str,
        write: impl FnOnce(&[T]),
    ) -> Result<()> {
        let dims = values.dims(op, at)?;
        if dims[..] != *expected {
            return Err(Error::ShapeMismatch {
                op,
                what: "the tensor",
                lhs: Shape::from(expected),
                other: name,
                rhs: Shape::from(&dims[..]),
                help: "a value written in place has the shape of what it replaces",
                at,
            });
        }
        let len = element_count(expected);
        self.with_buffer(|buffer| {
            grow(buffer, len, op, at)?;
            buffer.resize(len, T::zero());
            values.write(buffer);
            write(buffer);
            Ok(())
        })
    }

    /// Notes that the slots of a variable were written now.
    fn stamp(&self, id: VariableId, op: &'static str, at: At) {
        let instructions = self.list.len();
        let tables = &mut *self.tables.borrow_mut();
        let write = Write { id, instructions, op, at };
        match tables.variable(id).written {
            // Before the first instruction it concerns none.
            0 if instructions == 0 => {}
            0 => {
                tables.written.push(write);
                tables.variables[id.index()].written = tables.written.len() as u32;
            }
            place => tables.written[place as usize - 1] = write,
        }
        self.last_written.set(instructions);
        if tables.variable(id).flags.has(Flags::READ_BY_SCALARS) {
            // A scalar that looks at these slots carries what they held before.
            self.wary.set(true);
            self.refresh();
        }
    }
}

/// Slots are lent while one of these lives.
pub(crate) struct Lend<T: Element> {
    core: &'static Core<T>,
    /// Who lent them before, around it.
    outer: &'static str,
}

impl<T: Element> Lend<T> {
    pub fn new(core: &'static Core<T>, lender: &'static str) -> Lend<T> {
        core.lent.set(core.lent.get() + 1);
        let outer = core.lender.replace(lender);
        core.refresh();
        Lend { core, outer }
    }
}

impl<T: Element> Drop for Lend<T> {
    fn drop(&mut self) {
        self.core.lent.set(self.core.lent.get() - 1);
        self.core.lender.set(self.outer);
        self.core.refresh();
    }
}

impl<T: Element> Tensor<T> {
    /// Writes new values into a leaf or constant, in place. PyTorch: `w.copy_(values)` under `no_grad`.
    ///
    /// A later sweep that needs a value from before is an error; one that does not (through `x + 1`) is not.
    ///
    /// # Panics
    /// Where [`Tensor::try_set_value`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf([1.0, 2.0]);
    /// w.set_value([3.0, 4.0]);
    /// assert_eq!(w.to_vec(), [3.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn set_value(self, values: impl IntoValues<T>) {
        self.try_set_value(values).or_raise();
    }

    /// Like [`Tensor::set_value`], but returns the error: not a leaf or constant, another shape, a stale handle, or
    /// the slots are lent.
    #[track_caller]
    pub fn try_set_value(self, values: impl IntoValues<T>) -> Result<()> {
        let (op, at) = ("set_value", At::caller());
        let (core, id) = self.resolve(op, at)?;
        let cells = core.writable(op, id, at)?;
        let expected = self.dims_for(op, at)?;
        core.gathered((op, at), values, &expected, "the value", |values| {
            split::split(cells, 0, |_, slots| slots.copy_from_slice(values));
        })?;
        core.stamp(id, op, at);
        Ok(())
    }

    /// Updates a leaf in place from its gradient: `f(value, grad)`, both row-major. Answers `None`, without a call,
    /// where there is no gradient, as optimisers skip it. Nothing is recorded.
    ///
    /// `f` works on a copy that is written back when it returns: if it panics, the leaf is as it was.
    ///
    /// # Panics
    /// Where [`Tensor::try_update`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf([1.0, 2.0]);
    /// (w * w).sum().backward();
    /// w.update(|w, grad| {
    ///     for (w, grad) in w.iter_mut().zip(grad) {
    ///         *w -= 0.1 * grad;
    ///     }
    /// });
    /// assert_eq!(w.to_vec(), [0.8, 1.6]);
    /// ```
    #[track_caller]
    pub fn update<R>(self, f: impl FnOnce(&mut [T], &[T]) -> R) -> Option<R> {
        self.try_update(f).or_raise()
    }

    /// Like [`Tensor::update`], but returns the error: not a leaf, a stale handle, or the slots are lent.
    #[track_caller]
    pub fn try_update<R>(self, f: impl FnOnce(&mut [T], &[T]) -> R) -> Result<Option<R>> {
        let (op, at) = ("update", At::caller());
        let (core, id) = self.resolve(op, at)?;
        let cells = core.writable(op, id, at)?;
        let leaf = core.tables.borrow().variable(id).leaf;
        let _pin = Pin::new(core);
        let answer = core.with_buffer(|buffer| {
            let gradients = core.gradients.borrow();
            let grad = (leaf != NONE).then(|| gradients.tensor(leaf)).flatten()?;
            split::shared(cells, |values| buffer.extend_from_slice(values));
            let lend = Lend::new(core, "`update`, which lends the slots");
            let answer = f(buffer, grad);
            drop(lend);
            split::split(cells, 0, |_, values| values.copy_from_slice(buffer));
            Some(answer)
        });
        if answer.is_some() {
            core.stamp(id, op, at);
        }
        Ok(answer)
    }

    /// Updates a leaf in place, element by element: the new value is `f(value, grad)`. Answers whether there is a gradient;
    /// without one nothing is called, as optimisers skip it. Nothing is recorded. PyTorch: `w -= lr * w.grad` under `no_grad`.
    ///
    /// It copies nothing, as [`Tensor::update`] does, whose `f` sees all elements together. If `f` panics, the elements before
    /// have been updated.
    ///
    /// # Panics
    /// Where [`Tensor::try_update_each`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf([1.0, 2.0]);
    /// assert!(!w.update_each(|w, grad| w - 0.1 * grad));
    /// (w * w).sum().backward();
    /// assert!(w.update_each(|w, grad| w - 0.1 * grad));
    /// assert_eq!(w.to_vec(), [0.8, 1.6]);
    /// ```
    #[track_caller]
    pub fn update_each(self, f: impl FnMut(T, T) -> T) -> bool {
        self.try_update_each(f).or_raise()
    }

    /// Like [`Tensor::update_each`], but returns the error: not a leaf, a stale handle, or the slots are lent.
    #[track_caller]
    pub fn try_update_each(self, f: impl FnMut(T, T) -> T) -> Result<bool> {
        let (op, at) = ("update_each", At::caller());
        let (core, id) = self.resolve(op, at)?;
        let cells = core.writable(op, id, at)?;
        let leaf = core.tables.borrow().variable(id).leaf;
        let _pin = Pin::new(core);
        let gradients = core.gradients.borrow();
        let Some(grad) = (leaf != NONE).then(|| gradients.tensor(leaf)).flatten() else { return Ok(false) };
        // Before the first element is written: should `f` panic, no sweep misses it.
        core.stamp(id, op, at);
        let _lend = Lend::new(core, "`update_each`, which lends the slots");
        wengert_kernels::dispatch(Each { cells, grad, f });
        Ok(true)
    }
}

/// `cell = f(cell, grad)`, on the widest vector unit where `f` is arithmetic. It goes over cells and not a slice: `f` may read
/// the tensor.
struct Each<'a, T, F> {
    cells: &'a [Cell<T>],
    grad: &'a [T],
    f: F,
}

impl<T: Element, F: FnMut(T, T) -> T> Kernel for Each<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for (cell, &grad) in self.cells.iter().zip(self.grad) {
            cell.set((self.f)(cell.get(), grad));
        }
    }
}
