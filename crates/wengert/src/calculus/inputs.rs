//! The roots and inputs that a derivative is asked for, checked.

use smallvec::SmallVec;

use super::request::Capture;
use super::roots::{Root, Target};
use crate::error::{At, Error, Result};
use crate::shape::Dims;
use crate::tape::core::Core;
use crate::tape::{Element, IntoValues};
use crate::tensor::Operand;

/// Roots with their seeds, one a root where any are given.
pub(super) fn roots_of<'a, T: Element, R: Into<Operand<T>> + Copy, S: IntoValues<T>>(
    op: &'static str,
    core: &Core<T>,
    roots: &[R],
    seeds: Option<&'a [S]>,
    at: At,
) -> Result<SmallVec<[Root<'a, T>; 4]>> {
    if let Some(seeds) = seeds
        && seeds.len() != roots.len()
    {
        return Err(Error::SeedCount { op, roots: roots.len(), seeds: seeds.len(), at });
    }
    let roots = roots.iter().enumerate().map(|(k, &root)| {
        let seed = seeds.map(|seeds| &seeds[k] as &dyn IntoValues<T>);
        Root::new(op, core, root.into(), seed, at)
    });
    roots.collect()
}

/// Inputs that a derivative is asked for.
pub(super) struct Inputs {
    pub asked: SmallVec<[Target; 4]>,
    /// Where the adjoint of each is taken.
    pub captures: SmallVec<[Capture; 4]>,
    pub dims: SmallVec<[Dims; 4]>,
}

/// The inputs that a reverse sweep has yet to come to.
pub(super) struct Computed {
    left: SmallVec<[Capture; 4]>,
}

impl Computed {
    /// The next of those that the instruction computed.
    #[inline]
    pub fn of(&mut self, instruction: usize) -> Option<Capture> {
        while let Some(last) = self.left.last().copied()
            && last.instruction >= Some(instruction)
        {
            self.left.pop();
            if last.instruction == Some(instruction) {
                return Some(last);
            }
        }
        None
    }
}

impl Inputs {
    /// Where a sweep forward from them begins, and one in reverse may end: the instructions and slots below.
    pub fn start<T: Element>(&self, core: &Core<T>) -> (usize, usize) {
        core.start(self.captures.iter().map(|capture| capture.slot))
    }

    /// Those that an instruction computed, as a reverse sweep comes to them.
    pub fn computed(&self) -> Computed {
        let computed = self.captures.iter().filter(|capture| capture.instruction.is_some());
        let mut left: SmallVec<[Capture; 4]> = computed.copied().collect();
        left.sort_by_key(|capture| capture.instruction);
        Computed { left }
    }

    /// The lowest slot of an input.
    pub fn lowest(&self) -> usize {
        self.captures.iter().map(|capture| capture.slot).min().unwrap_or(0)
    }

    /// Checks that each requires a gradient and has an adjoint of its own.
    pub fn new<T: Element, X: Into<Operand<T>> + Copy>(
        op: &'static str,
        core: &Core<T>,
        inputs: &[X],
        at: At,
    ) -> Result<Inputs> {
        let mut all = Inputs { asked: SmallVec::new(), captures: SmallVec::new(), dims: SmallVec::new() };
        for (index, &input) in inputs.iter().enumerate() {
            let passive = || Error::PassiveInput { op, input: index, at };
            let target = Target::of(op, core, input.into(), at)?.ok_or_else(passive)?;
            let tables = core.tables.borrow();
            let view = target.view(&tables);
            let instruction = match target {
                Target::Tensor(id) => {
                    let variable = tables.variable(id);
                    if !variable.is_active() {
                        return Err(passive());
                    }
                    if variable.is_view() {
                        return Err(Error::ViewTarget { op, at });
                    }
                    (!variable.is_gradient_leaf()).then_some(variable.instruction as usize)
                }
                Target::Slot(slot) if core.gradients.borrow().scalar_place(slot).is_some() => None,
                Target::Slot(slot) => {
                    let (instruction, _) = core.locate(&tables, slot);
                    // An element of a tensor shares the tensor's slots, as a view does.
                    if core.entry_at(instruction as u32).is_some() || core.is_skip(instruction) {
                        return Err(Error::ViewTarget { op, at });
                    }
                    Some(instruction)
                }
            };
            all.asked.push(target);
            all.captures.push(Capture { instruction, slot: view.offset, len: view.layout.len, index });
            all.dims.push(view.layout.dims);
        }
        Ok(all)
    }
}
