//! `jvp` and `hvp`: derivatives along tangents, first and second order, without recording anything.

use smallvec::SmallVec;

use super::inputs::{Inputs, roots_of};
use super::request::Sweeping;
use super::roots::{Root, Target};
use super::tangents::{ends, gather, products, read, room, started};
use crate::error::{At, Error, OrRaise, Result};
use crate::ops::Ops;
use crate::shape::{Dims, View};
use crate::tape::workspace::Adjoints;
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
            let mut buffer = Adjoints::default();
            let dots = room(&mut buffer, inputs.lowest(), (end.1, seeds.len()), op, at)?;
            core.with_temporaries(|temporaries| {
                let dots = (dots, end.1);
                let mut sweep = started(core, (tables, op), dots, temporaries, &targets, &inputs, &seeds);
                sweep.sweep::<Ops>(inputs.start(core), end.0)?;
                let lane =
                    |lane: usize| views.iter().map(|view| read(sweep.lane(lane), view, op, at)).collect();
                (0..seeds.len()).map(lane).collect::<Result<_>>()
            })?
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
    /// [`Tape::grad_recorded`] and a second sweep take about as long, and room on the tape.
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
            let mut buffers: [Adjoints<T>; 3] = Default::default();
            let [dots, adjoints, adjoint_dots] =
                buffers.each_mut().map(|buffer| room(buffer, inputs.lowest(), (end.1, 1), op, at));
            let (dots, adjoints) = (dots?, [adjoints?, adjoint_dots?]);
            core.with_temporaries(|(bump, scratch)| {
                let targets = [roots[0].target];
                let tangents = (&mut *dots, end.1);
                let temporaries = (&mut *bump, &mut *scratch);
                started(core, (tables, op), tangents, temporaries, &targets, &inputs, &seeds)
                    .sweep::<Ops>(inputs.start(core), end.0)?;
                let temporaries = (bump, scratch);
                products(core, (op, tables), end, &roots[0], &inputs, (dots, adjoints), temporaries)
            })?
        };
        found.iter().zip(&inputs.dims).map(|(dot, dims)| core.push_passive(op, dims, dot, at)).collect()
    }
}
