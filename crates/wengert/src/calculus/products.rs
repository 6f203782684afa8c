//! The sweeps that a Jacobian of scalars, or its products with seeds, is made of: how many lanes, and in which direction.

use std::cell::Cell;

use smallvec::SmallVec;

use super::request::{Sweeping, clear_leaves};
use crate::error::{At, Error, Kind, Result};
use crate::ops::Ops;
use crate::scalar::Scalar;
use crate::sweep::ground::{Descent, Ground};
use crate::sweep::lanes::{Lanes, Stop};
use crate::sweep::reverse::Reverse;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::index_of;
use crate::tape::tables::Tables;
use crate::tape::workspace::Workspace;

/// Bytes of adjoints or tangents that a sweep in lanes may take: above it there are fewer lanes and more sweeps.
const LANE_BYTES: usize = 64 << 20;

/// Where outputs and inputs lie, checked.
struct Ends {
    /// The slot of each output; `None` for a passive one.
    outputs: Vec<Option<usize>>,
    /// The slot of each input.
    inputs: Vec<usize>,
    /// Inputs that are computed: their instruction, and which they are; the last instruction first.
    computed: SmallVec<[(usize, usize); 4]>,
    /// Instructions and slots up to the last output.
    end: (usize, usize),
}

impl Ends {
    /// No ends, with lists that are used again.
    fn of<T: Element>(workspace: &mut Workspace<T>) -> Ends {
        let (mut outputs, mut inputs) =
            (std::mem::take(&mut workspace.outputs), std::mem::take(&mut workspace.inputs));
        outputs.clear();
        inputs.clear();
        Ends { outputs, inputs, computed: SmallVec::new(), end: (0, 0) }
    }

    /// One past the highest output below a ground.
    fn highest_below(&self, ground: Ground) -> usize {
        ground.highest(self.outputs.iter().flatten().map(|&slot| slot..slot + 1))
    }

    /// Checks outputs and inputs.
    fn check<T: Element>(
        &mut self,
        op: &'static str,
        core: &Core<T>,
        outputs: &[Scalar<T>],
        inputs: &[Scalar<T>],
        at: At,
    ) -> Result<()> {
        let slot_of = |x: &Scalar<T>| match core.index_if_held(x.word()) {
            Some(slot) => Ok(slot as usize),
            None if core.contains(x.word()) => Ok(index_of(x.word())),
            None => Err(core.refuse(op, Kind::Scalar, x.word(), at)),
        };
        let ends = self;
        let tables = core.tables.borrow();
        let all = (core.list.len(), core.list.slots());
        for x in outputs {
            let slot = if x.is_active() { Some(slot_of(x)?) } else { None };
            ends.outputs.push(slot);
            if let Some(slot) = slot.filter(|&slot| slot >= ends.end.1) {
                // Most outputs are what was computed last.
                ends.end = if slot + 8 >= all.1 {
                    all
                } else {
                    let (instruction, _) = core.locate(&tables, slot);
                    (instruction + 1, core.slots_before(&tables, instruction + 1))
                };
            }
        }
        let gradients = core.gradients.borrow();
        // Inputs are mostly leaves that were made together.
        let mut leaves = 0..0;
        for (index, x) in inputs.iter().enumerate() {
            if !x.is_active() {
                return Err(Error::PassiveInput { op, input: index, at });
            }
            let slot = slot_of(x)?;
            if !leaves.contains(&slot) {
                leaves = gradients.scalar_run(slot).unwrap_or(0..0);
            }
            if !leaves.contains(&slot) {
                let (instruction, _) = core.locate(&tables, slot);
                if core.entry_at(instruction as u32).is_some() || core.is_skip(instruction) {
                    return Err(Error::ViewTarget { op, at });
                }
                ends.computed.push((instruction, index));
            }
            ends.inputs.push(slot);
        }
        ends.computed.sort_unstable_by(|a, b| b.cmp(a));
        Ok(())
    }
}

impl<T: Element> Core<T> {
    /// The rows of the Jacobian, or of its products with seeds, to a slice whose length fits.
    pub(super) fn products(
        &'static self,
        op: &'static str,
        outputs: &[Scalar<T>],
        seeds: Option<&[T]>,
        inputs: &[Scalar<T>],
        to: &mut [T],
        at: At,
    ) -> Result<()> {
        self.check_not_lent(op, at)?;
        let _sweeping = Sweeping::new(self);
        let mut workspace = self.workspaces.borrow_mut().pop().unwrap_or_default();
        let mut ends = Ends::of(&mut workspace);
        let outcome = ends.check(op, self, outputs, inputs, at).and_then(|()| {
            let tables = &mut *self.tables.borrow_mut();
            let rows =
                seeds.map_or(outputs.len(), |seeds| seeds.len().checked_div(outputs.len()).unwrap_or(0));
            to.fill(T::zero());
            Sweeps { core: self, tables, ends: &ends, op, at, workspace: &mut workspace }.all(seeds, rows, to)
        });
        (workspace.outputs, workspace.inputs) = (ends.outputs, ends.inputs);
        self.workspaces.borrow_mut().push(workspace);
        outcome
    }
}

/// The sweeps that one answer takes.
struct Sweeps<'a, T: Element> {
    core: &'static Core<T>,
    tables: &'a mut Tables<T>,
    ends: &'a Ends,
    op: &'static str,
    at: At,
    workspace: &'a mut Workspace<T>,
}

impl<T: Element> Sweeps<'_, T> {
    /// As few sweeps as lanes allow.
    fn all(&mut self, seeds: Option<&[T]>, rows: usize, to: &mut [T]) -> Result<()> {
        let columns = self.ends.inputs.len();
        if rows == 0 || columns == 0 || self.ends.end.0 == 0 {
            return self.trivial(seeds, rows, to);
        }
        if seeds.is_none() && columns < rows {
            let mut column = 0;
            while column < columns {
                match self.columns_from(column, to) {
                    Ok(done) => column += done,
                    // Tangents go where no output is, and meet what no derivative needs: rows tell.
                    Err(Stop::Tensor | Stop::Error(Error::Overwritten { .. })) => break,
                    Err(Stop::Error(error)) => return Err(error),
                }
            }
            // A tangent that is infinite is NaN behind a partial of 0, where no adjoint comes: rows answer as `backward` does.
            if column == columns && !to.iter().any(|slope| slope.is_nan()) {
                return Ok(());
            }
            to.fill(T::zero());
        }
        let (mut row, mut tensors) = (0, false);
        while row < rows {
            let lanes = if tensors { 1 } else { self.lanes(rows - row) };
            let done = match lanes {
                1 => self.row(seeds, row, to).map(|()| 1).map_err(Stop::Error),
                2 => self.rows_from::<2>(seeds, row, to),
                4 => self.rows_from::<4>(seeds, row, to),
                _ => self.rows_from::<8>(seeds, row, to),
            };
            match done {
                Ok(done) => row += done,
                Err(Stop::Tensor) => tensors = true,
                Err(Stop::Error(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Where no instruction lies between: outputs that are inputs themselves.
    fn trivial(&self, seeds: Option<&[T]>, rows: usize, to: &mut [T]) -> Result<()> {
        let columns = self.ends.inputs.len();
        for row in 0..rows {
            for (output, slot) in self.ends.outputs.iter().enumerate() {
                let weight = weight(seeds, self.ends.outputs.len(), row, output);
                for (column, input) in self.ends.inputs.iter().enumerate() {
                    if *slot == Some(*input) {
                        to[row * columns + column] += weight;
                    }
                }
            }
        }
        Ok(())
    }

    /// The number of lanes for so many rows or columns, within the limit of bytes.
    fn lanes(&self, needed: usize) -> usize {
        let fits = |lanes: usize| lanes * self.ends.end.1 * size_of::<T>() <= LANE_BYTES;
        let wanted = needed.next_power_of_two().min(8);
        [8, 4, 2].into_iter().find(|&lanes| lanes <= wanted && fits(lanes)).unwrap_or(1)
    }

    fn no_memory(&self) -> Error {
        Error::no_memory(self.op, "adjoints", self.ends.end.1, 0, "free memory", self.at)
    }

    /// Up to `N` rows from `row` on, by a reverse sweep; answers how many.
    fn rows_from<const N: usize>(
        &mut self,
        seeds: Option<&[T]>,
        row: usize,
        to: &mut [T],
    ) -> Result<usize, Stop> {
        let Sweeps { core, ends, op, .. } = *self;
        let (outputs, columns) = (ends.outputs.len(), ends.inputs.len());
        let rows = (to.len() / columns - row).min(N);
        let Some(flat) = self.workspace.adjoints.begin(ends.end.1 * N) else {
            return Err(Stop::Error(self.no_memory()));
        };
        let (lanes, _) = flat.as_chunks_mut::<N>();
        for (output, slot) in ends.outputs.iter().enumerate() {
            let Some(slot) = *slot else { continue };
            for (lane, adjoint) in lanes[slot].iter_mut().enumerate().take(rows) {
                *adjoint += weight(seeds, outputs, row + lane, output);
            }
        }
        let mut sweep = Lanes::new(core, self.tables, lanes, op);
        sweep.highest = ends.highest_below(sweep.ground);
        let to = &mut to[row * columns..][..rows * columns];
        let mut take = |lanes: &[[T; N]], column: usize| {
            let Some(adjoint) = lanes.get(ends.inputs[column]) else { return };
            for (row, adjoint) in to.chunks_exact_mut(columns).zip(adjoint) {
                row[column] = *adjoint;
            }
        };
        let mut stands = ends.end;
        for &(instruction, column) in &ends.computed {
            if instruction + 1 < stands.0 {
                stands = sweep.sweep::<Ops>(stands, instruction + 1)?;
            }
            take(sweep.lanes, column);
        }
        sweep.sweep::<Ops>(stands, 0)?;
        if ends.computed.is_empty() {
            (0..columns).for_each(|column| take(sweep.lanes, column));
        } else {
            let is_leaf = |column: &usize| !ends.computed.iter().any(|&(_, computed)| computed == *column);
            (0..columns).filter(is_leaf).for_each(|column| take(sweep.lanes, column));
        }
        clear_leaves::<T>(&core.gradients.borrow(), flat, N);
        self.workspace.adjoints.end();
        Ok(rows)
    }

    /// One row by the sweep that knows tensors.
    fn row(&mut self, seeds: Option<&[T]>, row: usize, to: &mut [T]) -> Result<()> {
        let Sweeps { core, ends, op, .. } = *self;
        let (outputs, columns) = (ends.outputs.len(), ends.inputs.len());
        let no_memory = self.no_memory();
        let Workspace { adjoints: all, reached, bump, scratch, .. } = &mut *self.workspace;
        let Some(adjoints) = all.begin(ends.end.1) else { return Err(no_memory) };
        reached.clear();
        reached.resize(self.tables.variables.len(), false);
        for (output, slot) in ends.outputs.iter().enumerate() {
            if let Some(slot) = *slot {
                adjoints[slot] += weight(seeds, outputs, row, output);
            }
        }
        let to = &mut to[row * columns..][..columns];
        let tables = &mut *self.tables;
        let (ground, highest) = (core.ground(), Cell::new(ends.highest_below(core.ground())));
        let mut sweep =
            Reverse { core, tables, adjoints, reached, wanted: None, bump, scratch, op, ground, highest };
        let mut stands = ends.end;
        for &(instruction, column) in &ends.computed {
            if instruction + 1 < stands.0 {
                stands = sweep.sweep::<Ops>(stands, instruction + 1)?;
            }
            to[column] = sweep.adjoints.get(ends.inputs[column]).copied().unwrap_or(T::zero());
        }
        sweep.sweep::<Ops>(stands, 0)?;
        let adjoints = sweep.adjoints;
        for (to, &slot) in to.iter_mut().zip(&ends.inputs) {
            // What is computed was taken on the way, and its adjoint cleared.
            if let Some(&adjoint) = adjoints.get(slot)
                && !adjoint.is_zero()
            {
                *to = adjoint;
            }
        }
        clear_leaves(&core.gradients.borrow(), adjoints, 1);
        all.end();
        Ok(())
    }

    /// Up to 8 columns from `column` on, by a forward sweep; answers how many.
    fn columns_from(&mut self, column: usize, to: &mut [T]) -> Result<usize, Stop> {
        match self.lanes(self.ends.inputs.len() - column) {
            1 => self.columns_in::<1>(column, to),
            2 => self.columns_in::<2>(column, to),
            4 => self.columns_in::<4>(column, to),
            _ => self.columns_in::<8>(column, to),
        }
    }

    fn columns_in<const N: usize>(&mut self, column: usize, to: &mut [T]) -> Result<usize, Stop> {
        let Sweeps { core, ends, op, .. } = *self;
        let columns = ends.inputs.len();
        let count = (columns - column).min(N);
        let Some(flat) = self.workspace.adjoints.begin(ends.end.1 * N) else {
            return Err(Stop::Error(self.no_memory()));
        };
        let (lanes, _) = flat.as_chunks_mut::<N>();
        for lane in 0..count {
            // An input above the outputs has no part in them.
            if let Some(dots) = lanes.get_mut(ends.inputs[column + lane]) {
                dots[lane] = T::one();
            }
        }
        let mut sweep = Lanes::new(core, self.tables, lanes, op);
        let start = core.start(ends.inputs.iter().copied());
        sweep.forward::<Ops>(start, ends.end.0)?;
        for (row, slot) in ends.outputs.iter().enumerate() {
            if let Some(slot) = *slot {
                to[row * columns + column..][..count].copy_from_slice(&sweep.lanes[slot][..count]);
            }
        }
        flat.iter_mut().skip(start.1 * N).for_each(|dot| *dot = T::zero());
        self.workspace.adjoints.end();
        Ok(count)
    }
}

/// The weight of an output in a row: the identity where no seeds are given.
#[inline]
fn weight<T: Element>(seeds: Option<&[T]>, outputs: usize, row: usize, output: usize) -> T {
    match seeds {
        Some(seeds) => seeds[row * outputs + output],
        None if row == output => T::one(),
        None => T::zero(),
    }
}
