//! What lies on a path: from asked inputs upward, so that a sweep computes no adjoint that nobody asked for, and
//! from a root downward, to tell a gradient of 0 from none.

use super::reverse::Wanted;
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::instruction::Instruction;
use crate::tape::tables::{Flags, Tables};

/// After so many instructions the walk asks where anything is marked.
const MANY: usize = 256;

/// Marks, in `wanted`, the variables that depend on an asked input; asked tensors are marked already. Answers
/// whether scalars may: they are not told apart, since a flag a slot would cost more than it saves. Tensor instructions
/// before entry `first` depend on none.
pub(crate) fn mark_wanted<T: Element>(
    tables: &Tables<T>,
    wanted: &mut [bool],
    asked_scalars: bool,
    first: usize,
) -> bool {
    let read_by_scalars = |wanted: &[bool]| {
        let marked = tables.variables.iter().zip(wanted).filter(|(_, wanted)| **wanted);
        marked.into_iter().any(|(variable, _)| variable.flags.has(Flags::READ_BY_SCALARS))
    };
    let mut scalars = asked_scalars || read_by_scalars(wanted);
    for entry in &tables.entries[first..] {
        let depends = tables.operands_of(entry).iter().any(|&id| {
            tables.variable(id).is_active() && Wanted { variables: wanted, scalars }.has(tables, id)
        });
        wanted[entry.out.index()] |= depends;
        scalars |= depends && tables.variable(entry.out).flags.has(Flags::READ_BY_SCALARS);
    }
    scalars
}

/// Which slots a root depends on, by the list alone, whatever the adjoints are: a bit a slot.
///
/// A sweep of scalars takes an adjoint of 0 for unreached. A leaf whose gradient is 0 is told from one that the root
/// does not depend on by this walk, which is made only where there is such a leaf.
pub(crate) struct Reachable<'a>(pub &'a mut Vec<u64>);

impl Reachable<'_> {
    /// Walks the instructions before `from`, of which `slots` slots lie; `roots` are ranges of slots.
    pub fn walk<T: Element>(
        &mut self,
        core: &Core<T>,
        tables: &Tables<T>,
        from: usize,
        slots: usize,
        roots: impl Iterator<Item = std::ops::Range<usize>>,
    ) {
        self.0.clear();
        self.0.resize(slots.div_ceil(64), 0);
        roots.for_each(|range| range.for_each(|slot| self.mark(slot)));
        let (mut left, mut slot) = (from, slots);
        while let Some(index) = left.checked_sub(1) {
            if left % MANY == 0 {
                let Some(last) = self.last_before(slot) else { return };
                // No more than a few instructions have so many slots.
                if last + 2 * MANY < slot {
                    let instruction = core.locate(tables, last).0;
                    let lower = instruction + 1;
                    if lower < left {
                        (left, slot) = (lower, core.slots_before(tables, lower));
                        continue;
                    }
                }
            }
            left = index;
            let instruction = core.list.read(index);
            slot -= instruction.slots(tables);
            match instruction {
                Instruction::Binary { a, b, .. } if self.has(slot) => {
                    self.mark(a);
                    self.mark(b);
                }
                Instruction::Unary { x, .. } if self.has(slot) => self.mark(x),
                Instruction::WithConstant { x, .. } if self.has(slot + 1) => self.mark(x),
                Instruction::Fused { start, operands, results }
                    if (slot..slot + results).any(|slot| self.has(slot)) =>
                {
                    core.payload(start, operands, 0).slots().for_each(|x| self.mark(x));
                }
                Instruction::Tensor { entry } => self.tensor(tables, entry),
                _ => {}
            }
        }
    }

    /// A tensor instruction depends on each of its operands with each of its elements, taken as a whole.
    fn tensor<T: Element>(&mut self, tables: &Tables<T>, entry: usize) {
        let entry = &tables.entries[entry];
        let own = |id| {
            let owner = tables.owner(id);
            let layout = tables.layouts.get(owner.layout);
            owner.offset..owner.offset + layout.len
        };
        if !own(entry.out).any(|slot| self.has(slot)) {
            return;
        }
        for &id in tables.operands_of(entry) {
            if tables.variable(id).is_active() {
                own(id).for_each(|slot| self.mark(slot));
            }
        }
    }

    /// The last slot marked below `slot`.
    fn last_before(&self, slot: usize) -> Option<usize> {
        let (word, bit) = (slot / 64, slot % 64);
        let below = self.0.get(word).map_or(0, |bits| bits & ((1 << bit) - 1));
        let words =
            self.0[..word.min(self.0.len())].iter().enumerate().rev().map(|(word, &bits)| (word, bits));
        let (word, bits) = std::iter::once((word, below)).chain(words).find(|&(_, bits)| bits != 0)?;
        Some(64 * word + 63 - bits.leading_zeros() as usize)
    }

    fn mark(&mut self, slot: usize) {
        self.0[slot / 64] |= 1 << (slot % 64);
    }

    /// Whether a slot was reached; what lies above the roots was not.
    pub fn has(&self, slot: usize) -> bool {
        self.0.get(slot / 64).is_some_and(|bits| bits & 1 << (slot % 64) != 0)
    }
}
