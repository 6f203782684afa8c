//! Where a sweep starts: a place on the tape, and the seed that is planted there.

use wengert_kernels::{Strided, StridedMut, add_acc};

use crate::error::{At, Error, Kind, Result, Shape};
use crate::lists::grow;
use crate::shape::{Layout, LayoutId, View, contiguous_strides, element_count};
use crate::tape::core::Core;
use crate::tape::instruction::{VariableId, index_of};
use crate::tape::tables::{NONE, Tables, Variable};
use crate::tape::{Element, IntoValues};
use crate::tensor::Operand;

/// Something on the tape: a root or an asked input.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Tensor(VariableId),
    Slot(usize),
}

impl Target {
    /// What a handle names on the tape; `None` for a number or a passive scalar.
    pub fn of<T: Element>(
        op: &'static str,
        core: &Core<T>,
        handle: Operand<T>,
        at: At,
    ) -> Result<Option<Target>> {
        let Some((kind, word)) = handle.word() else { return Ok(None) };
        if !core.contains(word) {
            return Err(core.refuse(op, kind, word, at));
        }
        Ok(Some(match kind {
            Kind::Tensor => Target::Tensor(Core::<T>::variable_of(word)),
            Kind::Scalar => Target::Slot(index_of(word)),
        }))
    }

    /// Where its elements lie.
    pub fn view<T: Element>(self, tables: &Tables<T>) -> View {
        match self {
            Target::Slot(offset) => View { offset, layout: Layout::contiguous(&[]) },
            Target::Tensor(id) => tables.view(id),
        }
    }

    /// The slots of the variable that owns what it looks at.
    pub fn own_slots<T: Element>(self, tables: &Tables<T>) -> std::ops::Range<usize> {
        match self {
            Target::Slot(slot) => slot..slot + 1,
            Target::Tensor(id) => {
                let owner = tables.variable(tables.variable(id).owner);
                owner.offset..owner.offset + tables.layouts.get(owner.layout).len
            }
        }
    }

    /// How many instructions there are up to the one that computed it, and how many slots they have.
    pub fn end<T: Element>(self, core: &Core<T>, tables: &Tables<T>) -> (usize, usize) {
        let slot = match self {
            Target::Slot(slot) => slot,
            Target::Tensor(id) => {
                let owner = tables.variable(tables.variable(id).owner);
                let Variable { offset, layout, instruction, .. } = *owner;
                let len = tables.layouts.get(layout).len;
                match (instruction, len) {
                    (NONE, 0) => return (0, 0),
                    (NONE, _) => offset,
                    _ => return (instruction as usize + 1, offset + len),
                }
            }
        };
        // Most roots are what was computed last.
        let (count, slots) = (core.list.len(), core.list.slots());
        if slot + 1 == slots {
            return (count, slots);
        }
        let (instruction, _) = core.locate(tables, slot);
        (instruction + 1, core.slots_before(tables, instruction + 1))
    }
}

/// A root, checked.
pub(super) struct Root<'a, T: Element> {
    pub target: Target,
    pub seed: Option<&'a dyn IntoValues<T>>,
}

impl<'a, T: Element> Root<'a, T> {
    /// Checks a root and its seed.
    pub fn new(
        op: &'static str,
        core: &Core<T>,
        handle: Operand<T>,
        seed: Option<&'a dyn IntoValues<T>>,
        at: At,
    ) -> Result<Root<'a, T>> {
        let passive = || Error::PassiveRoot { op, at };
        let target = Target::of(op, core, handle, at)?.ok_or_else(passive)?;
        let tables = core.tables.borrow();
        if let Target::Tensor(id) = target
            && !tables.variable(id).is_active()
        {
            return Err(passive());
        }
        let layout = match target {
            Target::Slot(_) => tables.layouts.get(LayoutId::SCALAR),
            Target::Tensor(id) => tables.layout(id),
        };
        let dims = &layout.dims;
        match seed {
            None if layout.len != 1 => {
                return Err(Error::NonScalarRoot { op, shape: Shape::from(&dims[..]), at });
            }
            None => {}
            Some(seed) => {
                let given = seed.dims(op, at)?;
                if given != *dims {
                    let (root, seed) = (Shape::from(&dims[..]), Shape::from(&given[..]));
                    return Err(Error::SeedShape { op, root, seed, at });
                }
            }
        }
        Ok(Root { target, seed })
    }

    /// Writes the seed to the end of `seeds`. It may be a tensor of this tape, so that the tables must be free.
    pub fn gather(&self, seeds: &mut Vec<T>, op: &'static str, at: At) -> Result<()> {
        let Some(seed) = self.seed else {
            seeds.push(T::one());
            return Ok(());
        };
        let (start, len) = (seeds.len(), element_count(&seed.dims(op, at)?));
        grow(seeds, len, op, at)?;
        seeds.resize(start + len, T::zero());
        seed.write(&mut seeds[start..]);
        Ok(())
    }

    /// Adds the seed, the first of `seeds`, to the adjoints, and says that it arrived; answers the other seeds.
    pub fn plant<'s>(
        &self,
        tables: &Tables<T>,
        seeds: &'s [T],
        adjoints: &mut [T],
        reached: &mut [bool],
    ) -> &'s [T] {
        let id = match self.target {
            Target::Slot(slot) => {
                adjoints[slot] += seeds[0];
                return &seeds[1..];
            }
            Target::Tensor(id) => id,
        };
        reached[tables.variable(id).owner.index()] = true;
        let (offset, layout) = (tables.variable(id).offset, tables.layout(id));
        let (own, rest) = seeds.split_at(layout.len);
        if let [seed] = own {
            adjoints[offset] += *seed;
        } else {
            let rows = contiguous_strides(&layout.dims);
            let target = StridedMut::new(adjoints, offset, &layout.dims, &layout.strides);
            add_acc(target, Strided::new(own, 0, &layout.dims, &rows));
        }
        rest
    }
}
