//! Where a sweep may stop: below the innermost scope often lies a long list that its root does not depend on, as a
//! calibration below the paths of a simulation.

use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::scope::Mark;
use crate::tape::tables::{NONE, Tables};

/// From so many instructions on it pays to ask what arrived below.
const MANY: usize = 1024;

/// The beginning of the innermost scope, below which much lies.
#[derive(Clone, Copy)]
pub(crate) struct Floor {
    pub instructions: usize,
    pub slots: usize,
    pub variables: usize,
    pub entries: usize,
}

impl<T: Element> Core<T> {
    /// The beginning of the innermost scope, if many instructions lie below it.
    #[inline]
    pub(crate) fn floor(&self) -> Option<Floor> {
        if self.instruction_count.get() < MANY {
            return None;
        }
        let scopes = self.scopes.borrow();
        let mark = scopes.last().filter(|mark| mark.instructions >= MANY)?;
        let Mark { instructions, slots, variables, entries, .. } = *mark;
        Some(Floor { instructions, slots, variables, entries })
    }

    /// Where a sweep forward from such slots begins: the instructions and slots below.
    pub(crate) fn start(&self, mut inputs: impl Iterator<Item = usize>) -> (usize, usize) {
        match self.floor() {
            Some(floor) if inputs.all(|slot| slot >= floor.slots) => (floor.instructions, floor.slots),
            _ => (0, 0),
        }
    }

    /// Where a reverse sweep goes on that has come to the floor: up to the last instruction below that anything arrived
    /// at. `highest` slots hold all that arrived at slots, and `reached` tells what arrived at variables.
    pub(crate) fn below(
        &self,
        tables: &Tables<T>,
        floor: Floor,
        highest: usize,
        reached: &[bool],
    ) -> (usize, usize) {
        let (below, above) = reached.split_at(floor.variables.min(reached.len()));
        let end = |index: usize| {
            let variable = tables.variables[index];
            variable.offset + tables.layouts.get(variable.layout).len
        };
        let last = below.iter().rposition(|&reached| reached);
        let of_tensors = last.map_or(0, end);
        // An empty one has no slot to be found by.
        let computed = last.filter(|&index| tables.variables[index].instruction != NONE);
        let computed =
            computed.map_or((0, 0), |index| (tables.variables[index].instruction as usize + 1, end(index)));
        // A tensor instruction reads a scalar through a variable of its own, which may be younger than the slot.
        let of_views = above.iter().enumerate().filter(|(_, reached)| **reached);
        let of_views =
            of_views.map(|(index, _)| end(floor.variables + index)).filter(|&end| end <= floor.slots);
        let slots = highest.max(of_tensors).max(of_views.max().unwrap_or(0));
        if slots == 0 {
            return computed;
        }
        let (instruction, _) = self.locate(tables, slots - 1);
        computed.max((instruction + 1, self.slots_before(tables, instruction + 1)))
    }
}
