//! Making leaves and constants.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};

use super::tables::{Flags, NONE};
use super::{Element, IntoValues, Tape};
use crate::arena::split;
use crate::error::{At, Error, OrRaise, Result};
use crate::scalar::Scalar;
use crate::shape::{IntoShape, element_count, resolve_shape};
use crate::tensor::Tensor;

impl<T: Element> Tape<T> {
    /// A tensor with slots and no instruction, filled by `fill`.
    fn fresh(
        &self,
        op: &'static str,
        dims: &[usize],
        active: bool,
        at: At,
        fill: impl FnOnce(&mut [T]),
    ) -> Result<Tensor<T>> {
        let core = self.core();
        core.check_not_lent(op, at)?;
        let len = element_count(dims);
        core.check_variables(op, &core.tables.borrow(), at)?;
        core.reserve(op, len, false, at)?;
        let offset = core.slot_count.get();
        split::split(&core.values.all()[..offset + len], offset, |_, slots| fill(slots));
        let mut tables = core.tables.borrow_mut();
        let layout = tables.layouts.contiguous(dims);
        let id = core.push_variable(&mut tables, offset, layout, NONE, Flags::active_if(active));
        if active {
            tables.variables[id.index()].leaf = core.gradients.borrow_mut().add_tensor(id, offset, len);
        }
        core.push_skip(len);
        Ok(Tensor::from_word(core.word(id.index())))
    }

    fn made(&self, op: &'static str, values: &impl IntoValues<T>, active: bool, at: At) -> Result<Tensor<T>> {
        let dims = values.dims(op, at)?;
        self.fresh(op, &dims, active, at, |slots| values.write(slots))
    }

    /// A leaf: an independent variable that requires a gradient. PyTorch: `torch.tensor(..., requires_grad=True)`.
    ///
    /// The values are a number, nested arrays of rank 1 to 4, a slice or `Vec` with or without a shape, an `ndarray`
    /// array, or a tensor, whose value is copied.
    ///
    /// # Panics
    /// Where [`Tape::try_leaf`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf((vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]));
    /// assert_eq!(w.shape().as_slice(), [2, 3]);
    /// assert!(w.requires_grad() && w.is_leaf());
    /// ```
    #[track_caller]
    pub fn leaf(&self, values: impl IntoValues<T>) -> Tensor<T> {
        self.made("leaf", &values, true, At::caller()).or_raise()
    }

    /// Like [`Tape::leaf`], but returns the error: elements that do not fill the shape, or no room.
    #[track_caller]
    pub fn try_leaf(&self, values: impl IntoValues<T>) -> Result<Tensor<T>> {
        self.made("leaf", &values, true, At::caller())
    }

    /// A passive tensor: it requires no gradient. PyTorch: `torch.tensor(...)`.
    ///
    /// # Panics
    /// Where [`Tape::try_constant`] gives an error.
    #[track_caller]
    pub fn constant(&self, values: impl IntoValues<T>) -> Tensor<T> {
        self.made("constant", &values, false, At::caller()).or_raise()
    }

    /// Like [`Tape::constant`], but returns the error: elements that do not fill the shape, or no room.
    #[track_caller]
    pub fn try_constant(&self, values: impl IntoValues<T>) -> Result<Tensor<T>> {
        self.made("constant", &values, false, At::caller())
    }

    #[track_caller]
    fn filled(&self, op: &'static str, shape: impl IntoShape, fill: impl FnOnce(&mut [T])) -> Tensor<T> {
        let at = At::caller();
        let made = resolve_shape(op, &shape.extents(), None, at)
            .and_then(|dims| self.fresh(op, &dims, false, at, fill));
        made.or_raise()
    }

    /// A passive tensor of zeros. `tape.leaf(tape.zeros(shape))` makes a leaf of it.
    #[track_caller]
    pub fn zeros(&self, shape: impl IntoShape) -> Tensor<T> {
        self.filled("zeros", shape, |slots| slots.fill(T::zero()))
    }

    /// A passive tensor of ones.
    #[track_caller]
    pub fn ones(&self, shape: impl IntoShape) -> Tensor<T> {
        self.filled("ones", shape, |slots| slots.fill(T::one()))
    }

    /// A passive tensor filled with one number.
    #[track_caller]
    pub fn full(&self, shape: impl IntoShape, value: T) -> Tensor<T> {
        self.filled("full", shape, |slots| slots.fill(value))
    }

    /// The passive identity matrix of `n` rows.
    #[track_caller]
    pub fn eye(&self, n: usize) -> Tensor<T> {
        self.filled("eye", [n, n], |slots| {
            slots.fill(T::zero());
            slots.iter_mut().step_by(n + 1).for_each(|slot| *slot = T::one());
        })
    }

    /// `start, start + step, ...`, up to and without `end`: `ceil((end - start) / step)` numbers, passive.
    ///
    /// # Panics
    /// If the step is zero or not a number, or leads away from the end.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.arange(0.0, 1.0, 0.25).to_vec(), [0.0, 0.25, 0.5, 0.75]);
    /// ```
    #[track_caller]
    pub fn arange(&self, start: T, end: T, step: T) -> Tensor<T> {
        let at = At::caller();
        let count = ((end - start) / step).ceil();
        let made = match count.to_usize() {
            Some(count) if step != T::zero() => self.fresh("arange", &[count], false, at, |slots| {
                for (i, slot) in slots.iter_mut().enumerate() {
                    *slot = start + step * T::zero().constant(i as f64);
                }
            }),
            _ => Err(Error::Domain {
                op: "arange",
                what: format!("from {start} to {end} there are no steps of {step}"),
                help: "the step leads from start to end, and is not 0",
                at,
            }),
        };
        made.or_raise()
    }

    /// `count` numbers from `start` to `end`, both included, passive.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.linspace(0.0, 1.0, 5).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    #[track_caller]
    pub fn linspace(&self, start: T, end: T, count: usize) -> Tensor<T> {
        self.filled("linspace", count, |slots| {
            let step = (end - start) / T::zero().constant(count.saturating_sub(1).max(1) as f64);
            // From both ends toward the middle, as PyTorch, so that both are exact.
            for (i, slot) in slots.iter_mut().enumerate() {
                *slot = if i < count / 2 || count == 1 {
                    start + step * T::zero().constant(i as f64)
                } else {
                    end - step * T::zero().constant((count - 1 - i) as f64)
                };
            }
        })
    }

    /// A passive tensor of numbers drawn evenly from `[0, 1)`; the same seed gives the same numbers.
    #[track_caller]
    pub fn rand(&self, shape: impl IntoShape, seed: u64) -> Tensor<T> {
        self.drawn("rand", shape, seed, StandardUniform)
    }

    /// A passive tensor of standard normal numbers; the same seed gives the same numbers.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.randn([2, 3], 7).to_vec(), tape.randn([2, 3], 7).to_vec());
    /// ```
    #[track_caller]
    pub fn randn(&self, shape: impl IntoShape, seed: u64) -> Tensor<T> {
        self.drawn("randn", shape, seed, StandardNormal)
    }

    /// Draws in `f64`, so that both element types see the same numbers.
    #[track_caller]
    fn drawn(
        &self,
        op: &'static str,
        shape: impl IntoShape,
        seed: u64,
        distribution: impl Distribution<f64>,
    ) -> Tensor<T> {
        let mut rng = StdRng::seed_from_u64(seed);
        self.filled(op, shape, |slots| {
            slots.iter_mut().for_each(|slot| *slot = T::zero().constant(distribution.sample(&mut rng)));
        })
    }

    /// An active scalar: a leaf of one slot. `Scalar::from(v)` makes a passive one, which needs no tape.
    ///
    /// # Panics
    /// Where [`Tape::try_scalars`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalar(2.0);
    /// (2.0 * x.powi(3) + 1.0).backward();
    /// assert_eq!(x.grad(), Some(24.0));
    /// ```
    #[track_caller]
    pub fn scalar(&self, value: T) -> Scalar<T> {
        match self.scalar_leaves(&[value], At::caller()) {
            Ok(slot) => Scalar::from_parts(value, self.core().word(slot)),
            Err(error) => error.raise(),
        }
    }

    /// Active scalars in consecutive slots.
    ///
    /// # Panics
    /// Where [`Tape::try_scalars`] gives an error.
    #[track_caller]
    pub fn scalars(&self, values: &[T]) -> Vec<Scalar<T>> {
        self.try_scalars(values).or_raise()
    }

    /// Like [`Tape::scalars`], but returns the error: more than 2^29 slots, or the slots are lent.
    #[track_caller]
    pub fn try_scalars(&self, values: &[T]) -> Result<Vec<Scalar<T>>> {
        let first = self.scalar_leaves(values, At::caller())?;
        let scalar = |(i, &value)| Scalar::from_parts(value, self.core().word(first + i));
        Ok(values.iter().enumerate().map(scalar).collect())
    }

    /// Leaves of one slot each; answers the first slot.
    fn scalar_leaves(&self, values: &[T], at: At) -> Result<usize> {
        let core = self.core();
        core.check_not_lent("scalar", at)?;
        core.reserve("scalar", values.len(), true, at)?;
        let first = core.slot_count.get();
        for (slot, &value) in core.values.all()[first..].iter().zip(values) {
            slot.set(value);
        }
        let mark = core.scopes.borrow().last().map_or(0, |mark| mark.scalar_leaves);
        core.gradients.borrow_mut().add_scalars(first, values.len(), mark);
        core.push_skip(values.len());
        Ok(first)
    }
}
