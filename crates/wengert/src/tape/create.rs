//! Making leaves and constants.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};

use super::tables::{Flags, NONE};
use super::{Element, IntoValues, Tape};
use crate::arena::split;
use crate::error::{At, Error, Result};
use crate::scalar::Scalar;
use crate::shape::{IntoShape, element_count, resolve_shape};
use crate::tensor::Tensor;
use crate::twins::tape_methods;

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
        core.check_countable(op, dims, at)?;
        let len = element_count(dims);
        core.check_variables(op, &core.tables.borrow(), at)?;
        core.reserve(op, len, false, at)?;
        let offset = core.list.slots();
        split::split(&core.list.values()[..offset + len], offset, |_, slots| fill(slots));
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

    fn filled(
        &self,
        op: &'static str,
        shape: impl IntoShape,
        at: At,
        fill: impl FnOnce(&mut [T]),
    ) -> Result<Tensor<T>> {
        let dims = resolve_shape(op, &shape.extents(), None, at)?;
        self.fresh(op, &dims, false, at, fill)
    }

    /// Draws in `f64`, so that both element types see the same numbers.
    fn drawn(
        &self,
        op: &'static str,
        shape: impl IntoShape,
        seed: u64,
        at: At,
        distribution: impl Distribution<f64>,
    ) -> Result<Tensor<T>> {
        let mut rng = StdRng::seed_from_u64(seed);
        self.filled(op, shape, at, |slots| {
            slots.iter_mut().for_each(|slot| *slot = T::zero().constant(distribution.sample(&mut rng)));
        })
    }

    /// Leaves of one slot each; answers the first slot.
    fn scalar_leaves(&self, values: &[T], at: At) -> Result<usize> {
        let core = self.core();
        core.check_not_lent("scalar", at)?;
        core.reserve("scalar", values.len(), true, at)?;
        let first = core.list.slots();
        for (slot, &value) in core.list.values()[first..].iter().zip(values) {
            slot.set(value);
        }
        let mark = core.scopes.borrow().last().map_or(0, |mark| mark.scalar_leaves);
        core.gradients.borrow_mut().add_scalars(first, values.len(), mark, core.ends_with_skip());
        core.push_skip(values.len());
        Ok(first)
    }
}

tape_methods! {
    /// A leaf: an independent variable that requires a gradient. PyTorch: `torch.tensor(..., requires_grad=True)`.
    ///
    /// The values are a number, nested arrays of rank 1 to 4, a slice or `Vec` with or without a shape, an `ndarray`
    /// array, or a tensor, whose value is copied.
    ///
    /// **Errors.** Elements that do not fill the shape, no room, the slots are lent.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf((vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]));
    /// assert_eq!(w.shape().as_slice(), [2, 3]);
    /// assert!(w.requires_grad() && w.is_leaf());
    /// ```
    leaf(tape, at, values: impl IntoValues<T>) -> Tensor<T> {
        tape.made("leaf", &values, true, at)
    }

    /// A passive tensor: it requires no gradient. PyTorch: `torch.tensor(...)`.
    constant(tape, at, values: impl IntoValues<T>) -> Tensor<T> {
        tape.made("constant", &values, false, at)
    }

    /// A passive tensor of zeros. `tape.leaf(tape.zeros(shape))` makes a leaf of it.
    zeros(tape, at, shape: impl IntoShape) -> Tensor<T> {
        tape.filled("zeros", shape, at, |slots| slots.fill(T::zero()))
    }

    /// A passive tensor of ones.
    ones(tape, at, shape: impl IntoShape) -> Tensor<T> {
        tape.filled("ones", shape, at, |slots| slots.fill(T::one()))
    }

    /// A passive tensor filled with one number.
    full(tape, at, shape: impl IntoShape, value: T) -> Tensor<T> {
        tape.filled("full", shape, at, |slots| slots.fill(value))
    }

    /// The passive identity matrix of `n` rows.
    eye(tape, at, n: usize) -> Tensor<T> {
        tape.fresh("eye", &[n, n], false, at, |slots| {
            slots.fill(T::zero());
            slots.iter_mut().step_by(n + 1).for_each(|slot| *slot = T::one());
        })
    }

    /// `start, start + step, ...`, up to and without `end`: `ceil((end - start) / step)` numbers, passive.
    ///
    /// **Errors.** The step is zero or not a number, or leads away from the end.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.arange(0.0, 1.0, 0.25).to_vec(), [0.0, 0.25, 0.5, 0.75]);
    /// ```
    arange(tape, at, start: T, end: T, step: T) -> Tensor<T> {
        match ((end - start) / step).ceil().to_usize() {
            // A negative part of a step is rounded up to none.
            Some(count) if step != T::zero() && (end - start) / step >= T::zero() => tape.fresh("arange", &[count], false, at, |slots| {
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
        }
    }

    /// `count` numbers from `start` to `end`, both included, passive.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.linspace(0.0, 1.0, 5).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    linspace(tape, at, start: T, end: T, count: usize) -> Tensor<T> {
        tape.fresh("linspace", &[count], false, at, |slots| {
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

    /// A passive tensor of numbers drawn evenly from `[0, 1)`.
    ///
    /// **Seeds.** There is no global generator. The same seed gives the same numbers on every tape and in both element types, and a longer tensor
    /// begins with those of a shorter one: give each use a seed of its own. What `rand`, `randn` and `dropout` draw by one seed is unrelated.
    rand(tape, at, shape: impl IntoShape, seed: u64) -> Tensor<T> {
        // The letters `rand`.
        tape.drawn("rand", shape, seed ^ 0x7261_6e64, at, StandardUniform)
    }

    /// A passive tensor of standard normal numbers; of seeds says [`Tape::rand`] what there is to say.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.randn([2, 3], 7).to_vec(), tape.randn([2, 3], 7).to_vec());
    /// ```
    randn(tape, at, shape: impl IntoShape, seed: u64) -> Tensor<T> {
        tape.drawn("randn", shape, seed, at, StandardNormal)
    }

    /// An active scalar: a leaf of one slot. `Scalar::from(v)` makes a passive one, which needs no tape.
    ///
    /// **Errors.** More than 2^29 slots, the slots are lent.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalar(2.0);
    /// (2.0 * x.powi(3) + 1.0).backward();
    /// assert_eq!(x.grad(), Some(24.0));
    /// ```
    scalar(tape, at, value: T) -> Scalar<T> {
        let slot = tape.scalar_leaves(&[value], at)?;
        Ok(Scalar::from_parts(value, tape.core().word(slot)))
    }

    /// Active scalars in consecutive slots.
    ///
    /// **Errors.** More than 2^29 slots, the slots are lent.
    scalars(tape, at, values: &[T]) -> Vec<Scalar<T>> {
        let first = tape.scalar_leaves(values, at)?;
        let scalar = |(i, &value)| Scalar::from_parts(value, tape.core().word(first + i));
        Ok(values.iter().enumerate().map(scalar).collect())
    }

    /// Active scalars in consecutive slots, in a `Vec` that is used again: what it held is dropped.
    ///
    /// **Errors.** More than 2^29 slots, the slots are lent; the `Vec` is then as it was.
    ///
    /// ```
    /// use wengert::Tape;
    /// let (tape, mut x) = (Tape::<f64>::new(), Vec::new());
    /// for point in [[1.0, 2.0], [3.0, 4.0]] {
    ///     tape.scope(|| {
    ///         tape.scalars_into(&point, &mut x);
    ///         assert_eq!(x[1].value(), point[1]);
    ///     });
    /// }
    /// ```
    scalars_into(tape, at, values: &[T], scalars: &mut Vec<Scalar<T>>) -> () {
        let first = tape.scalar_leaves(values, at)?;
        let scalar = |(i, &value)| Scalar::from_parts(value, tape.core().word(first + i));
        scalars.clear();
        scalars.extend(values.iter().enumerate().map(scalar));
        Ok(())
    }
}
