//! `.grad`: the gradients of leaves, apart from the adjoints. A sweep that has succeeded adds into them.

use wengert_kernels::Real;

use super::instruction::VariableId;

/// The gradients of a tape's leaves. Each leaf reserves its place when it is made, so that scopes cut gradients
/// together with leaves; memory is committed by the first sweep that reaches one.
pub(crate) struct Gradients<T> {
    values: Vec<T>,
    /// Whether there is a gradient: by element for scalars, at the first element for a tensor.
    present: Vec<bool>,
    /// Places given out.
    pub reserved: usize,
    pub tensors: Vec<TensorLeaf>,
    pub scalars: Vec<ScalarLeaves>,
    /// By slot and instruction.
    pub retained: Vec<Retained<T>>,
}

/// A leaf tensor.
#[derive(Clone, Copy)]
pub(crate) struct TensorLeaf {
    pub variable: VariableId,
    pub slot: usize,
    pub len: usize,
    /// Where its gradient is kept.
    start: usize,
}

/// Scalar leaves in consecutive slots.
#[derive(Clone, Copy)]
pub(crate) struct ScalarLeaves {
    pub slot: usize,
    pub len: usize,
    start: usize,
}

/// A value that is no leaf and keeps its gradient all the same: a run of slots.
pub(crate) struct Retained<T> {
    pub slot: usize,
    pub len: usize,
    /// The instruction that computes it: its adjoint is complete when the sweep arrives there.
    pub instruction: usize,
    pub grad: Option<Vec<T>>,
}

/// Where a gradient is kept.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// Of a leaf: numbers in the common list.
    Leaf { start: usize, len: usize },
    /// Of what was asked to keep its own.
    Retained(usize),
}

impl<T> Default for Gradients<T> {
    fn default() -> Gradients<T> {
        Gradients {
            values: Vec::new(),
            present: Vec::new(),
            reserved: 0,
            tensors: Vec::new(),
            scalars: Vec::new(),
            retained: Vec::new(),
        }
    }
}

impl<T: Real> Gradients<T> {
    /// A place for the gradient of a leaf tensor; answers the leaf's index.
    pub fn add_tensor(&mut self, variable: VariableId, slot: usize, len: usize) -> u32 {
        self.tensors.push(TensorLeaf { variable, slot, len, start: self.reserved });
        self.reserved += len.max(1);
        (self.tensors.len() - 1) as u32
    }

    /// Places for scalar leaves; those that follow each other share an entry, if `follows` says that no instruction
    /// stands between, and never across `mark`, the first entry that the innermost scope may touch.
    pub fn add_scalars(&mut self, slot: usize, len: usize, mark: usize, follows: bool) {
        let start = self.reserved;
        self.reserved += len;
        let after = follows && self.scalars.len() > mark;
        match self.scalars.last_mut() {
            Some(last) if after && last.slot + last.len == slot && last.start + last.len == start => {
                last.len += len
            }
            _ => self.scalars.push(ScalarLeaves { slot, len, start }),
        }
    }

    /// Commits memory for every place given out.
    pub fn commit(&mut self) {
        if self.values.len() < self.reserved {
            self.values.resize(self.reserved, T::zero());
            self.present.resize(self.reserved, false);
        }
    }

    fn has(&self, place: usize) -> bool {
        self.present.get(place).copied().unwrap_or(false)
    }

    /// Whether a leaf tensor has a gradient.
    pub fn has_tensor(&self, leaf: u32) -> bool {
        self.has(self.tensors[leaf as usize].start)
    }

    /// The gradient of a leaf tensor.
    pub fn tensor(&self, leaf: u32) -> Option<&[T]> {
        let TensorLeaf { start, len, .. } = self.tensors[leaf as usize];
        self.has(start).then(|| &self.values[start..start + len])
    }

    /// Moves an adjoint to the gradient of a leaf tensor, and leaves zeros. The memory must be committed.
    pub fn accumulate_tensor(&mut self, leaf: u32, adjoint: &mut [T]) {
        let TensorLeaf { start, len, .. } = self.tensors[leaf as usize];
        let grad = &mut self.values[start..start + len];
        let present = std::mem::replace(&mut self.present[start], true);
        wengert_kernels::take(grad, adjoint, present);
    }

    /// The gradient kept at a place.
    pub fn kept(&self, place: Place) -> Option<&[T]> {
        match place {
            Place::Leaf { start, len } => self.has(start).then(|| &self.values[start..start + len]),
            Place::Retained(index) => self.retained[index].grad.as_deref(),
        }
    }

    /// Puts a gradient in its place.
    pub fn put(&mut self, place: Place, values: &[T]) {
        self.written(place).copy_from_slice(values);
    }

    /// Sets the gradient at a place to zeros.
    pub fn zero(&mut self, place: Place) {
        self.written(place).fill(T::zero());
    }

    /// The numbers at a place, which are a gradient from now on.
    fn written(&mut self, place: Place) -> &mut [T] {
        match place {
            Place::Leaf { start, len } => {
                self.commit();
                // Of a tensor the first tells for all.
                self.present[start] = true;
                &mut self.values[start..start + len]
            }
            Place::Retained(index) => {
                let Retained { len, grad, .. } = &mut self.retained[index];
                grad.get_or_insert_with(|| vec![T::zero(); *len])
            }
        }
    }

    /// The gradient at a place becomes `None`.
    pub fn clear(&mut self, place: Place) {
        match place {
            Place::Leaf { start, .. } => {
                if let Some(present) = self.present.get_mut(start) {
                    *present = false;
                }
            }
            Place::Retained(index) => self.retained[index].grad = None,
        }
    }

    /// The place of a leaf tensor's gradient.
    pub fn of_tensor(&self, leaf: u32) -> Place {
        let TensorLeaf { start, len, .. } = self.tensors[leaf as usize];
        Place::Leaf { start, len }
    }

    /// The place of a scalar leaf's gradient, if the slot is one.
    pub fn of_scalar(&self, slot: usize) -> Option<Place> {
        self.scalar_place(slot).map(|start| Place::Leaf { start, len: 1 })
    }

    /// The place of what was asked to keep its gradient, if the run of slots was.
    pub fn of_retained(&self, slot: usize, instruction: usize) -> Option<Place> {
        self.find_retained(slot, instruction).ok().map(Place::Retained)
    }

    /// The gradient of a scalar that was asked to keep it.
    pub fn retained_scalar(&self, slot: usize) -> Option<T> {
        let first = self.retained.partition_point(|retained| retained.slot < slot);
        let here = self.retained[first..].iter().take_while(|retained| retained.slot == slot);
        here.filter(|retained| retained.len == 1)
            .find_map(|retained| retained.grad.as_ref().map(|grad| grad[0]))
    }

    /// Keeps the gradient of a run of slots from now on.
    pub fn retain(&mut self, slot: usize, len: usize, instruction: usize) {
        if let Err(place) = self.find_retained(slot, instruction) {
            self.retained.insert(place, Retained { slot, len, instruction, grad: None });
        }
    }

    /// Where a run of slots stands among those that keep their gradient, or would.
    fn find_retained(&self, slot: usize, instruction: usize) -> std::result::Result<usize, usize> {
        self.retained
            .binary_search_by_key(&(slot, instruction), |retained| (retained.slot, retained.instruction))
    }

    /// The place of a scalar leaf's gradient, if the slot is one.
    pub fn scalar_place(&self, slot: usize) -> Option<usize> {
        let next = self.scalars.partition_point(|leaves| leaves.slot <= slot);
        let leaves = self.scalars[..next].last()?;
        (slot < leaves.slot + leaves.len).then(|| leaves.start + slot - leaves.slot)
    }

    /// The run of scalar leaves that a slot lies in, if it is one.
    pub fn scalar_run(&self, slot: usize) -> Option<std::ops::Range<usize>> {
        let next = self.scalars.partition_point(|leaves| leaves.slot <= slot);
        let leaves = self.scalars[..next].last()?;
        Some(leaves.slot..leaves.slot + leaves.len).filter(|run| run.contains(&slot))
    }

    pub fn scalar(&self, place: usize) -> Option<T> {
        self.has(place).then(|| self.values[place])
    }

    /// The places of a run of scalar leaves: `(gradient, whether there is one)`.
    pub fn scalar_places(&mut self, index: usize) -> (ScalarLeaves, &mut [T], &mut [bool]) {
        let leaves = self.scalars[index];
        let range = leaves.start..leaves.start + leaves.len;
        (leaves, &mut self.values[range.clone()], &mut self.present[range])
    }

    /// Every gradient becomes `None`.
    pub fn clear_all(&mut self) {
        self.present.fill(false);
        for retained in &mut self.retained {
            retained.grad = None;
        }
    }

    /// Cuts what a scope made: leaves from the given counts on, retained values from an instruction on.
    pub fn cut(&mut self, tensors: usize, scalars: usize, reserved: usize, instructions: usize) {
        self.tensors.truncate(tensors);
        self.scalars.truncate(scalars);
        let used = std::mem::replace(&mut self.reserved, reserved).min(self.present.len());
        if reserved < used {
            self.present[reserved..used].fill(false);
        }
        if !self.retained.is_empty() {
            self.retained.retain(|retained| retained.instruction < instructions);
        }
    }

    /// Bytes that the gradients hold.
    pub fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>()
            + self.present.capacity()
            + self.tensors.capacity() * size_of::<TensorLeaf>()
            + self.scalars.capacity() * size_of::<ScalarLeaves>()
            + self.retained.iter().map(|r| r.len * size_of::<T>()).sum::<usize>()
    }
}
