//! `jvp` and `hvp`: derivatives along tangents, first and second order, without recording anything.

use smallvec::SmallVec;

use super::inputs::{Inputs, roots_of};
use super::request::{Sweeping, mark_asked};
use super::roots::{Root, Target};
use crate::error::{At, Error, OrRaise, Result, Shape};
use crate::lists::{filled, grow, zeros};
use crate::ops::Ops;
use crate::shape::{Dims, View, element_count};
use crate::sweep::dual::DualSweep;
use crate::sweep::reverse::Wanted;
use crate::sweep::tangent::Tangents;
use crate::tape::core::Core;
use crate::tape::tables::Tables;
use crate::tape::{Element, IntoValues, Tape};
use crate::tensor::{Operand, Tensor};

impl<T: Element> Tape<T> {
    /// The derivatives of outputs along tangents of the inputs, `J x_dot`, as passive tensors of the outputs' shapes:
    /// one tangent sweep along the list. PyTorch: `torch.func.jvp`.
    ///
    /// One tangent an input, of its shape, in any form that `tape.leaf` takes. An output that depends on no input has
    /// the tangent zero. Nothing is recorded and every `.grad` stays as it was. [`Tape::jvp_lanes`] takes several
    /// tangents at once.
    ///
    /// # Panics
    /// Where [`Tape::try_jvp`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let y_dot = tape.jvp(&[x * x], &[x], &[[1.0, 10.0]])[0];
    /// assert_eq!(y_dot.to_vec(), [2.0, 40.0]);
    /// ```
    #[track_caller]
    pub fn jvp<Y, X, S>(&self, outputs: &[Y], inputs: &[X], tangents: &[S]) -> Vec<Tensor<T>>
    where
        Y: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
    {
        self.try_jvp(outputs, inputs, tangents).or_raise()
    }

    /// Like [`Tape::jvp`], but returns the error: an output that is a plain number, an input that requires no gradient
    /// or is a plain view, tangents of another number or shape, a handle of another tape, or an overwritten value.
    #[track_caller]
    pub fn try_jvp<Y, X, S>(&self, outputs: &[Y], inputs: &[X], tangents: &[S]) -> Result<Vec<Tensor<T>>>
    where
        Y: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
    {
        let lanes = self.lanes_of(outputs, inputs, &[tangents], At::caller())?;
        Ok(lanes.into_iter().next().unwrap_or_default())
    }

    /// [`Tape::jvp`] along several tangents at once: each instruction is visited once for all of them. Answers the
    /// outputs' tangents for each.
    ///
    /// # Panics
    /// Where [`Tape::try_jvp_lanes`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let (first, second) = ([[1.0, 0.0]], [[0.0, 1.0]]);
    /// let jacobian = tape.jvp_lanes(&[x * x], &[x], &[&first[..], &second[..]]);
    /// assert_eq!(jacobian[0][0].to_vec(), [2.0, 0.0]);
    /// assert_eq!(jacobian[1][0].to_vec(), [0.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn jvp_lanes<Y, X, S>(&self, outputs: &[Y], inputs: &[X], tangents: &[&[S]]) -> Vec<Vec<Tensor<T>>>
    where
        Y: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
    {
        self.try_jvp_lanes(outputs, inputs, tangents).or_raise()
    }

    /// Like [`Tape::jvp_lanes`], but returns the error: those of [`Tape::try_jvp`].
    #[track_caller]
    pub fn try_jvp_lanes<Y, X, S>(
        &self,
        outputs: &[Y],
        inputs: &[X],
        tangents: &[&[S]],
    ) -> Result<Vec<Vec<Tensor<T>>>>
    where
        Y: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
    {
        self.lanes_of(outputs, inputs, tangents, At::caller())
    }

    fn lanes_of<Y, X, S>(
        &self,
        outputs: &[Y],
        inputs: &[X],
        tangents: &[&[S]],
        at: At,
    ) -> Result<Vec<Vec<Tensor<T>>>>
    where
        Y: Into<Operand<T>> + Copy,
        X: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
    {
        let (op, core) = ("jvp", self.core());
        core.check_not_lent(op, at)?;
        let targets = outputs.iter().map(|&output| {
            let target = Target::of(op, core, output.into(), at)?;
            target.ok_or(Error::PassiveRoot { op, at })
        });
        let targets = targets.collect::<Result<SmallVec<[Target; 4]>>>()?;
        let inputs = Inputs::new(op, core, inputs, at)?;
        let seeds = tangents.iter().map(|tangents| gather(op, &inputs, tangents, at));
        let seeds = seeds.collect::<Result<Vec<Vec<T>>>>()?;
        let _sweeping = Sweeping::new(core);
        let found: Vec<Vec<(Dims, Vec<T>)>> = {
            let tables = &mut *core.tables.borrow_mut();
            let end = ends(core, tables, &targets);
            let views: Vec<View> = targets.iter().map(|target| target.view(tables)).collect();
            let mut sweep = started(core, (tables, op, at), end, &targets, &inputs, &seeds)?;
            sweep.sweep::<Ops>(inputs.start(core), end.0)?;
            let lane = |lane: usize| views.iter().map(|view| read(sweep.lane(lane), view, op, at)).collect();
            (0..seeds.len()).map(lane).collect::<Result<_>>()?
        };
        let made = found.into_iter().map(|lane| {
            let outputs = lane.iter().map(|(dims, dot)| core.push_passive(op, dims, dot, at));
            outputs.collect::<Result<Vec<Tensor<T>>>>()
        });
        made.collect()
    }

    /// The product of the Hessian of a root of one element with vectors, `H v`: for each input the derivative of the
    /// gradient along `v`, as a passive tensor of the input's shape. PyTorch: `torch.autograd.functional.hvp`.
    ///
    /// One vector an input, of its shape. A tangent sweep is followed by a reverse sweep that carries tangents:
    /// nothing is recorded but the answer, whose slots a scope gives back. Every `.grad` stays as it was. For scalars it is the faster way; for tensors
    /// [`Tape::grad_recorded`] and a second sweep are faster today, and take room on the tape.
    ///
    /// # Panics
    /// Where [`Tape::try_hvp`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let y = x.powi(3).sum();
    /// assert_eq!(tape.hvp(y, &[x], &[[1.0, 10.0]])[0].to_vec(), [6.0, 120.0]);
    /// ```
    #[track_caller]
    pub fn hvp<X, S>(&self, root: impl Into<Operand<T>>, inputs: &[X], vectors: &[S]) -> Vec<Tensor<T>>
    where
        X: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
    {
        self.try_hvp(root, inputs, vectors).or_raise()
    }

    /// Like [`Tape::hvp`], but returns the error: those of [`Tape::try_grad`], or vectors of another number or shape.
    #[track_caller]
    pub fn try_hvp<X, S>(
        &self,
        root: impl Into<Operand<T>>,
        inputs: &[X],
        vectors: &[S],
    ) -> Result<Vec<Tensor<T>>>
    where
        X: Into<Operand<T>> + Copy,
        S: IntoValues<T>,
    {
        let (op, core, at) = ("hvp", self.core(), At::caller());
        core.check_not_lent(op, at)?;
        let roots: SmallVec<[Root<'_, T>; 4]> = roots_of(op, core, &[root.into()], None::<&[Tensor<T>]>, at)?;
        let inputs = Inputs::new(op, core, inputs, at)?;
        let seeds = [gather(op, &inputs, vectors, at)?];
        let _sweeping = Sweeping::new(core);
        let found = {
            let tables = &mut *core.tables.borrow_mut();
            let end = ends(core, tables, &[roots[0].target]);
            let mut sweep = started(core, (tables, op, at), end, &[roots[0].target], &inputs, &seeds)?;
            sweep.sweep::<Ops>(inputs.start(core), end.0)?;
            let dots = std::mem::take(&mut sweep.dots);
            drop(sweep);
            products(core, (op, tables, at), end, &roots[0], &inputs, &dots)?
        };
        found.iter().zip(&inputs.dims).map(|(dot, dims)| core.push_passive(op, dims, dot, at)).collect()
    }
}

/// How many instructions and slots there are up to the last target.
fn ends<T: Element>(core: &Core<T>, tables: &Tables<T>, targets: &[Target]) -> (usize, usize) {
    let ends = targets.iter().map(|target| target.end(core, tables));
    let end = ends.fold((0, 0), |(i, s), (instructions, slots)| (i.max(instructions), s.max(slots)));
    // A leaf made after all that was computed has slots of its own.
    let view = targets.iter().map(|target| target.view(tables));
    let reach = view.fold(0, |reach, view| reach.max(view.offset + view.layout.len));
    (end.0, end.1.max(reach.min(core.slot_count.get())))
}

/// The tangents of the inputs, one after the other, checked.
fn gather<T: Element, S: IntoValues<T>>(
    op: &'static str,
    inputs: &Inputs,
    tangents: &[S],
    at: At,
) -> Result<Vec<T>> {
    if tangents.len() != inputs.dims.len() {
        return Err(Error::TangentCount { op, inputs: inputs.dims.len(), tangents: tangents.len(), at });
    }
    let mut all = Vec::new();
    for (tangent, dims) in tangents.iter().zip(&inputs.dims) {
        let given = tangent.dims(op, at)?;
        if given != *dims {
            let (input, tangent) = (Shape::from(&dims[..]), Shape::from(&given[..]));
            return Err(Error::TangentShape { op, input, tangent, at });
        }
        let start = all.len();
        let len = element_count(dims);
        grow(&mut all, len, op, at)?;
        all.resize(start + len, T::zero());
        tangent.write(&mut all[start..]);
    }
    Ok(all)
}

/// A tangent sweep with the tangents of the inputs in their places.
fn started<'a, T: Element>(
    core: &'static Core<T>,
    (tables, op, at): (&'a mut Tables<T>, &'static str, At),
    end: (usize, usize),
    roots: &[Target],
    inputs: &Inputs,
    seeds: &[Vec<T>],
) -> Result<Tangents<'a, T>> {
    let roots = roots.iter().map(|root| root.own_slots(tables)).collect();
    let mut sweep = Tangents::new(core, tables, (op, at), end.1, seeds.len())?;
    sweep.roots = roots;
    for (lane, seed) in seeds.iter().enumerate() {
        let mut rest = &seed[..];
        for capture in &inputs.captures {
            let (own, after) = rest.split_at(capture.len);
            // An input above the outputs has no part in them.
            if let Some(place) = sweep.lane(lane).get_mut(capture.slot..capture.slot + capture.len) {
                place.iter_mut().zip(own).for_each(|(place, &dot)| *place += dot);
            }
            rest = after;
        }
    }
    for (target, capture) in inputs.asked.iter().zip(&inputs.captures) {
        if let Target::Tensor(id) = *target {
            sweep.reached[id.index()] = true;
        }
        sweep.independent.extend(capture.instruction);
        if let Target::Slot(slot) = *target {
            sweep.independent_slots.push(slot);
        }
    }
    // Scalars set no flag, and may look at elements of what they computed: nothing else is marked.
    Ok(sweep)
}

/// The elements of a view, with its dims.
fn read<T: Element>(slots: &[T], view: &View, op: &'static str, at: At) -> Result<(Dims, Vec<T>)> {
    let layout = &view.layout;
    let mut values = filled(T::zero(), layout.len, op, at)?;
    if layout.len > 0 {
        let x = wengert_kernels::Strided::new(slots, view.offset, &layout.dims, &layout.strides);
        wengert_kernels::copy(&mut values, x);
    }
    Ok((layout.dims.clone(), values))
}

/// The reverse half: the tangents of the adjoints of the inputs.
fn products<T: Element>(
    core: &'static Core<T>,
    (op, tables, at): (&'static str, &Tables<T>, At),
    end: (usize, usize),
    root: &Root<'_, T>,
    inputs: &Inputs,
    dots: &[T],
) -> Result<Vec<Vec<T>>> {
    let mut wanted = Vec::new();
    let scalars = mark_asked(core, tables, &mut wanted, &inputs.asked);
    let mut sweep = DualSweep {
        core,
        tables,
        op,
        dots,
        adjoints: zeros(end.1, op, at)?,
        adjoint_dots: zeros(end.1, op, at)?,
        reached: vec![false; tables.variables.len()],
        wanted: Wanted { variables: &wanted, scalars },
        bump: Default::default(),
        scratch: Default::default(),
    };
    let seeded = root.target.view(tables).offset;
    sweep.adjoints[seeded] = T::one();
    if let Target::Tensor(id) = root.target {
        sweep.reached[tables.variable(id).owner.index()] = true;
    }
    let mut found = vec![Vec::new(); inputs.asked.len()];
    let take = |sweep: &DualSweep<'_, T>, capture: &super::request::Capture| {
        let own = sweep.adjoint_dots.get(capture.slot..capture.slot + capture.len);
        own.map_or_else(|| vec![T::zero(); capture.len], <[T]>::to_vec)
    };
    sweep.sweep::<Ops>(end, inputs.start(core).0, |sweep, index| {
        for capture in inputs.captures.iter().filter(|capture| capture.instruction == Some(index)) {
            found[capture.index] = take(sweep, capture);
        }
    })?;
    for capture in &inputs.captures {
        if capture.instruction.is_none_or(|instruction| instruction >= end.0) {
            found[capture.index] = take(&sweep, capture);
        }
    }
    Ok(found)
}
