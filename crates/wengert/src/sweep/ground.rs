//! Where a sweep may stop: below the innermost scope often lies a long list that its root does not depend on, as a
//! calibration below the paths of a simulation.

use std::ops::Range;

use crate::rule::ScalarRules;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::scope::Mark;
use crate::tape::tables::{NONE, Tables};

/// From so many instructions on it pays to ask what arrived below.
const MANY: usize = 1024;

/// The beginning of the innermost scope, if much lies below it; else that of the list, below which nothing does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ground {
    pub instructions: usize,
    pub slots: usize,
    pub variables: usize,
    pub entries: usize,
}

impl Ground {
    /// Of what is planted before a sweep, one past the highest slot below the ground; 0 where there is none.
    pub fn highest(self, seeds: impl Iterator<Item = Range<usize>>) -> usize {
        seeds.filter(|own| own.start < self.slots).map(|own| own.end).max().unwrap_or(0)
    }

    /// Whether all such slots lie above.
    pub fn is_below(self, mut slots: impl Iterator<Item = usize>) -> bool {
        slots.all(|slot| slot >= self.slots)
    }
}

/// A reverse sweep that has come to the ground goes on where anything arrived below.
pub(crate) trait Descent {
    /// Why it may end early.
    type Stop;

    /// The ground, until the sweep has come there.
    fn ground(&mut self) -> &mut Ground;

    /// Sweeps from where a sweep stands, so many instructions and slots, every instruction down to `to`. Answers how many
    /// slots lie before `to`.
    fn stretch<R: ScalarRules>(
        &mut self,
        stands: (usize, usize),
        to: usize,
    ) -> std::result::Result<usize, Self::Stop>;

    /// Where the sweep goes on below the ground.
    fn below(&self, ground: Ground) -> (usize, usize);

    /// Sweeps from where a sweep stands down to instruction `to`. Answers where it stands then: it may be lower, where
    /// nothing arrived between.
    fn sweep<R: ScalarRules>(
        &mut self,
        mut stands: (usize, usize),
        to: usize,
    ) -> std::result::Result<(usize, usize), Self::Stop> {
        let ground = *self.ground();
        if ground.instructions > 0 && stands.0 >= ground.instructions {
            let stop = to.max(ground.instructions);
            stands = (stop, self.stretch::<R>(stands, stop)?);
            if stop == ground.instructions {
                *self.ground() = Ground::default();
                stands = self.below(ground);
            }
        }
        if stands.0 > to { Ok((to, self.stretch::<R>(stands, to)?)) } else { Ok(stands) }
    }
}

impl<T: Element> Core<T> {
    /// Below which a sweep need not go where nothing arrived.
    #[inline]
    pub(crate) fn ground(&self) -> Ground {
        if self.list.len() < MANY {
            return Ground::default();
        }
        let scopes = self.scopes.borrow();
        match scopes.last() {
            Some(&Mark { instructions, slots, variables, entries, .. }) if instructions >= MANY => {
                Ground { instructions, slots, variables, entries }
            }
            _ => Ground::default(),
        }
    }

    /// Where a sweep forward from such slots begins: the instructions and slots below.
    pub(crate) fn start(&self, inputs: impl Iterator<Item = usize>) -> (usize, usize) {
        let ground = self.ground();
        if ground.is_below(inputs) { (ground.instructions, ground.slots) } else { (0, 0) }
    }

    /// Up to the last instruction below the ground that anything arrived at: so many instructions and slots. `highest` slots
    /// hold all that arrived at slots, and `reached` tells what arrived at variables.
    pub(crate) fn below(
        &self,
        tables: &Tables<T>,
        ground: Ground,
        highest: usize,
        reached: &[bool],
    ) -> (usize, usize) {
        let (below, above) = reached.split_at(ground.variables.min(reached.len()));
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
            of_views.map(|(index, _)| end(ground.variables + index)).filter(|&end| end <= ground.slots);
        let slots = highest.max(of_tensors).max(of_views.max().unwrap_or(0));
        if slots == 0 {
            return computed;
        }
        let (instruction, _) = self.locate(tables, slots - 1);
        computed.max((instruction + 1, self.slots_before(tables, instruction + 1)))
    }
}
