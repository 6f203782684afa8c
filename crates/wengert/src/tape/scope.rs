//! Scopes: what was recorded in one is rewound at its end. What must outlive it survives as a passive value.

use super::core::Core;
use super::element::Element;
use super::escape::Exit;
use super::instruction::{TAG_MASK, VariableId, index_of};
use super::tables::{Flags, NONE, Tables};
use crate::arena::split;
use crate::error::{At, Result};
use crate::lists::grow;
use crate::shape::{Dims, LayoutId};
use crate::tape::Escape;

/// What there was when a scope opened.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark {
    /// The tag of the handles made in the scope.
    pub tag: u64,
    pub instructions: usize,
    pub slots: usize,
    pub statement_words: usize,
    pub variables: usize,
    pub entries: usize,
    pub operands: usize,
    pub payload: usize,
    pub tensor_leaves: usize,
    pub scalar_leaves: usize,
    pub gradients: usize,
    pub locations: usize,
    pub scalar_reads: usize,
}

/// Values that are on their way out of a scope: copied before it rewinds, placed after.
pub(crate) struct Survivors<T> {
    values: Vec<T>,
    places: Vec<Survivor>,
}

/// How many survivors there are when a scope begins to end.
#[derive(Clone, Copy)]
pub(crate) struct Base {
    values: usize,
    places: usize,
}

impl<T> Survivors<T> {
    fn base(&self) -> Base {
        Base { values: self.values.len(), places: self.places.len() }
    }
}

struct Survivor {
    kind: SurvivorKind,
    len: usize,
}

enum SurvivorKind {
    Tensor { layout: LayoutId, leaf: bool },
    ScalarLeaf,
}

impl<T> Default for Survivors<T> {
    fn default() -> Survivors<T> {
        Survivors { values: Vec::new(), places: Vec::new() }
    }
}

impl<T: Element> Core<T> {
    /// Opens a scope.
    pub(crate) fn open_scope(&self, op: &'static str, at: At) -> Result<()> {
        self.check_not_lent(op, at)?;
        let tag = self.tags.borrow_mut().next(op, self.id.get(), at)?;
        let mark = self.mark(tag);
        self.scopes.borrow_mut().push(mark);
        self.current.set(tag);
        Ok(())
    }

    /// What there is now.
    pub(crate) fn mark(&self, tag: u64) -> Mark {
        let (tables, gradients) = (self.tables.borrow(), self.gradients.borrow());
        Mark {
            tag,
            instructions: self.list.len(),
            slots: self.list.slots(),
            statement_words: self.statement_words.get(),
            variables: tables.variables.len(),
            entries: tables.entries.len(),
            operands: tables.operands.len(),
            payload: tables.payload.len(),
            tensor_leaves: gradients.tensors.len(),
            scalar_leaves: gradients.scalars.len(),
            gradients: gradients.reserved,
            locations: self.locations.borrow().len(),
            scalar_reads: tables.scalar_reads.len(),
        }
    }

    /// Ends the innermost scope: everything recorded in it is rewound.
    pub(crate) fn close_scope(&self) {
        let Some(mark) = self.scopes.borrow_mut().pop() else { return };
        self.rewind(&mark);
        let current = self.scopes.borrow().last().map_or(0, |mark| mark.tag);
        self.current.set(current);
    }

    /// Cuts every table at a mark.
    pub(crate) fn rewind(&self, mark: &Mark) {
        self.note_peak();
        self.list.truncate(mark.instructions, mark.slots);
        self.statement_words.set(mark.statement_words);
        let mut tables = self.tables.borrow_mut();
        tables.variables.truncate(mark.variables);
        tables.entries.truncate(mark.entries);
        tables.operands.truncate(mark.operands);
        tables.payload.truncate(mark.payload);
        let mut gradients = self.gradients.borrow_mut();
        gradients.cut(mark.tensor_leaves, mark.scalar_leaves, mark.gradients, mark.instructions);
        if super::core::SCALAR_LOCATIONS {
            self.locations.borrow_mut().truncate(mark.locations);
        }
        self.cut_checkpoints(mark.instructions);
        tables.cut_scalar_reads(mark.scalar_reads);
        if tables.scalar_reads.is_empty() && self.wary.replace(false) {
            self.refresh();
        }
        self.clamp_writes(&mut tables, mark);
    }

    /// A write in the scope happened after every instruction that is left, and before every one that will come.
    fn clamp_writes(&self, tables: &mut Tables<T>, mark: &Mark) {
        if tables.written.is_empty() {
            return;
        }
        self.last_written.set(self.last_written.get().min(mark.instructions));
        let Tables { written, variables, .. } = tables;
        written.retain(|write| {
            write.instructions = write.instructions.min(mark.instructions);
            let stays = write.id.index() < mark.variables;
            if stays {
                variables[write.id.index()].written = 0;
            }
            // A write before the first instruction concerns no instruction.
            stays && write.instructions > 0
        });
        for (place, write) in written.iter().enumerate() {
            variables[write.id.index()].written = place as u32 + 1;
        }
    }

    /// Runs `f` in a scope and brings what it returns out of it.
    pub(crate) fn scoped<R: Escape>(
        &'static self,
        op: &'static str,
        keep_leaves: bool,
        at: At,
        f: impl FnOnce() -> R,
    ) -> Result<R> {
        self.open_scope(op, at)?;
        let ending = CloseScope { core: self, base: self.survivors.borrow().base() };
        let value = Exit::through(self, keep_leaves, ending.base, at, f())?;
        ending.place(at)?;
        Ok(value)
    }

    /// Copies a value of the ending scope, and answers the word that its handle will have outside.
    pub(crate) fn copy_survivor(&self, id: VariableId, keep_leaf: bool, base: Base, at: At) -> Result<u64> {
        let mut tables = self.tables.borrow_mut();
        let mut survivors = self.survivors.borrow_mut();
        let Survivors { values, places } = &mut *survivors;
        let variable = *tables.variable(id);
        let leaf = keep_leaf && variable.is_gradient_leaf();
        let dims: Dims = tables.layout(id).dims.clone();
        let len = tables.layout(id).len;
        let view = tables.view(id);
        grow(values, len, "scope", at)?;
        split::shared(&self.list.values()[..self.list.slots()], |slots| {
            let start = values.len();
            values.resize(start + len, T::default());
            let x =
                wengert_kernels::Strided::new(slots, view.offset, &view.layout.dims, &view.layout.strides);
            wengert_kernels::copy(&mut values[start..], x);
        });
        let layout = tables.layouts.contiguous(&dims);
        places.push(Survivor { kind: SurvivorKind::Tensor { layout, leaf }, len });
        let (inner, outer) = self.ending_and_outer();
        let is_tensor = |place: &&Survivor| matches!(place.kind, SurvivorKind::Tensor { .. });
        let tensors = places[base.places..].iter().filter(is_tensor).count();
        Ok(outer.tag | (inner.variables + tensors - 1) as u64)
    }

    /// The same for a scalar leaf that stays one.
    pub(crate) fn copy_scalar_leaf(&self, value: f64, base: Base) -> u64 {
        let mut survivors = self.survivors.borrow_mut();
        let (inner, outer) = self.ending_and_outer();
        let slot = inner.slots + survivors.values.len() - base.values;
        survivors.values.push(T::zero().constant(value));
        survivors.places.push(Survivor { kind: SurvivorKind::ScalarLeaf, len: 1 });
        outer.tag | slot as u64
    }

    fn ending_and_outer(&self) -> (Mark, Mark) {
        let scopes = self.scopes.borrow();
        (scopes[scopes.len() - 1], scopes[scopes.len() - 2])
    }

    /// Whether a word was made in the innermost scope.
    pub(crate) fn is_innermost(&self, word: u64) -> bool {
        word & TAG_MASK == self.current.get()
    }

    /// Whether a scalar's word names a leaf.
    pub(crate) fn is_scalar_leaf(&self, word: u64) -> bool {
        self.gradients.borrow().scalar_place(index_of(word)).is_some()
    }

    /// Places the survivors at the level that is now innermost. There is room: they lay above it a moment ago, or
    /// they are repeated views, for which room is made.
    fn place_survivors(&self, base: Base, at: At) -> Result<()> {
        let mut survivors = self.survivors.borrow_mut();
        let Survivors { values, places } = &mut *survivors;
        if places.len() == base.places {
            return Ok(());
        }
        self.reserve("scope", values.len() - base.values, false, at)?;
        let mut tables = self.tables.borrow_mut();
        let mut gradients = self.gradients.borrow_mut();
        let scalar_mark = self.scopes.borrow().last().map_or(0, |mark| mark.scalar_leaves);
        let mut from = base.values;
        for Survivor { kind, len } in places.drain(base.places..) {
            let offset = self.list.slots();
            let slots = &self.list.values()[offset..offset + len];
            for (slot, &value) in slots.iter().zip(&values[from..]) {
                slot.set(value);
            }
            from += len;
            match kind {
                SurvivorKind::Tensor { layout, leaf } => {
                    let flags = Flags::active_if(leaf);
                    let id = self.push_variable(&mut tables, offset, layout, NONE, flags);
                    if leaf {
                        tables.variables[id.index()].leaf = gradients.add_tensor(id, offset, len);
                    }
                }
                SurvivorKind::ScalarLeaf => {
                    gradients.add_scalars(offset, 1, scalar_mark, self.ends_with_skip());
                }
            }
            self.push_skip(len);
        }
        values.truncate(base.values);
        Ok(())
    }
}

/// Ends the scope when it is dropped, be it by a panic; what had been copied out of it by then is forgotten.
struct CloseScope<T: Element> {
    core: &'static Core<T>,
    /// The survivors of scopes around it, whose escapes may be under way.
    base: Base,
}

impl<T: Element> CloseScope<T> {
    /// Forgets what was copied.
    fn forget(&self) {
        let mut survivors = self.core.survivors.borrow_mut();
        survivors.places.truncate(self.base.places);
        survivors.values.truncate(self.base.values);
    }

    /// Ends the scope and places its survivors.
    fn place(self, at: At) -> Result<()> {
        self.core.close_scope();
        let placed = self.core.place_survivors(self.base, at);
        self.forget();
        std::mem::forget(self);
        placed
    }
}

impl<T: Element> Drop for CloseScope<T> {
    fn drop(&mut self) {
        self.core.close_scope();
        self.forget();
    }
}
