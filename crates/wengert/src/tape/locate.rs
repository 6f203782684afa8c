//! From a slot in mid-list to its instruction: a sparse index of slot counts, filled by the sweeps that need it.

use super::core::Core;
use super::element::Element;
use super::instruction::Instruction;
use super::tables::Tables;

/// Instructions from one checkpoint to the next.
pub(crate) const STEP: usize = 256;

impl Instruction {
    /// How many slots the instruction takes.
    #[inline]
    pub fn slots<T: Element>(self, tables: &Tables<T>) -> usize {
        match self {
            Instruction::Binary { .. } | Instruction::Unary { .. } => 1,
            Instruction::WithConstant { .. } => 2,
            Instruction::Skip { slots } | Instruction::Fused { results: slots, .. } => slots,
            Instruction::Tensor { entry } => tables.slots_of(&tables.entries[entry]),
        }
    }
}

impl<T: Element> Core<T> {
    /// The instruction that the slot belongs to, and the slots before that instruction.
    pub fn locate(&self, tables: &Tables<T>, slot: usize) -> (usize, usize) {
        let mut checkpoints = self.checkpoints.borrow_mut();
        if checkpoints.is_empty() {
            checkpoints.push(0);
        }
        let count = self.list.len();
        // The checkpoint k says how many slots lie before instruction k * STEP. The last instruction may still
        // grow (a skip does), so only finished ones are counted.
        let mut from = checkpoints.partition_point(|&slots| slots <= slot) - 1;
        let (mut instruction, mut before) = (from * STEP, checkpoints[from]);
        while instruction < count {
            let slots = self.list.read(instruction).slots(tables);
            if slot < before + slots {
                break;
            }
            before += slots;
            instruction += 1;
            if instruction % STEP == 0 && instruction < count {
                from += 1;
                if from == checkpoints.len() {
                    checkpoints.push(before);
                }
            }
        }
        (instruction, before)
    }

    /// Forgets what a rewind to so many instructions makes untrue. The last instruction that is left may grow (a
    /// skip does), so that only checkpoints before it stand.
    pub fn cut_checkpoints(&self, instructions: usize) {
        self.checkpoints.borrow_mut().truncate(instructions.saturating_sub(1) / STEP + 1);
    }

    /// The slots before an instruction.
    pub fn slots_before(&self, tables: &Tables<T>, instruction: usize) -> usize {
        if instruction == self.list.len() {
            return self.list.slots();
        }
        let checkpoints = self.checkpoints.borrow();
        let from = (instruction / STEP).min(checkpoints.len().saturating_sub(1));
        let start = checkpoints.get(from).copied().unwrap_or(0);
        (from * STEP..instruction)
            .fold(start, |slots, instruction| slots + self.list.read(instruction).slots(tables))
    }

    /// The entry of a tensor instruction.
    pub fn entry_at(&self, instruction: u32) -> Option<usize> {
        let instruction = instruction as usize;
        match (instruction < self.list.len()).then(|| self.list.read(instruction))? {
            Instruction::Tensor { entry } => Some(entry),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    /// Roots in mid-list are found by checkpoints, also after a rewind to a boundary between two of them and a skip
    /// that grew since.
    #[test]
    fn every_slot_is_found_again_after_a_rewind() {
        let tape = Tape::<f64>::new();
        let x = tape.scalar(1.5);
        let check = |y: crate::Scalar<f64>, expected: f64| {
            assert_eq!(tape.grad(&[y], &[x])[0].item(), expected);
        };
        let mut y = x;
        for _ in 0..super::STEP - 2 {
            y += x;
        }
        let last = tape.scalar(0.0); // instruction STEP - 1 is a skip
        tape.scope(|| {
            let inner: Vec<_> = (0..1000)
                .scan(y, |z, _| {
                    *z += x;
                    Some(*z)
                })
                .collect();
            check(inner[300], super::STEP as f64 + 300.0);
        });
        let leaves = tape.scalars(&[0.0; 7]); // the skip grows
        let after: Vec<_> = (0..1000)
            .scan(y, |z, _| {
                *z += x;
                Some(*z)
            })
            .collect();
        check(after[300], super::STEP as f64 + 300.0);
        check(after[999], super::STEP as f64 + 999.0);
        assert!(leaves.iter().chain([&last]).all(|leaf| leaf.grad().is_none()));
    }
}
