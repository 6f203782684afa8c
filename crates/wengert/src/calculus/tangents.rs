//! What `jvp` and `hvp` are made of: tangents gathered and planted, the tangent sweep, and the dual one.

use bumpalo::Bump;
use wengert_kernels::Scratch;

use super::inputs::Inputs;
use super::request::mark_asked;
use super::roots::{Root, Target};
use crate::error::{At, Error, Result, Shape};
use crate::lists::{filled, grow};
use crate::ops::Ops;
use crate::rule::dual::Dual;
use crate::shape::{Dims, View, element_count};
use crate::sweep::dual::DualSweep;
use crate::sweep::reverse::Wanted;
use crate::sweep::tangent::Tangents;
use crate::tape::core::Core;
use crate::tape::tables::Tables;
use crate::tape::workspace::Adjoints;
use crate::tape::{Element, IntoValues};

/// How many instructions and slots there are up to the last target.
pub(super) fn ends<T: Element>(core: &Core<T>, tables: &Tables<T>, targets: &[Target]) -> (usize, usize) {
    let ends = targets.iter().map(|target| target.end(core, tables));
    let end = ends.fold((0, 0), |(i, s), (instructions, slots)| (i.max(instructions), s.max(slots)));
    // A leaf made after all that was computed has slots of its own.
    let view = targets.iter().map(|target| target.view(tables));
    let reach = view.fold(0, |reach, view| reach.max(view.offset + view.layout.len));
    (end.0, end.1.max(reach.min(core.list.slots())))
}

/// The tangents of the inputs, one after the other, checked.
pub(super) fn gather<T: Element, S: IntoValues<T>>(
    op: &'static str,
    inputs: &Inputs,
    tangents: &[S],
    at: At,
) -> Result<Vec<T>> {
    if tangents.len() != inputs.dims.len() {
        return Err(Error::TangentCount { op, inputs: inputs.dims.len(), tangents: tangents.len(), at });
    }
    let mut all = Vec::new();
    for (tangent, dims) in tangents.iter().zip(&inputs.dims) {
        let given = tangent.dims(op, at)?;
        if given != *dims {
            let (input, tangent) = (Shape::from(&dims[..]), Shape::from(&given[..]));
            return Err(Error::TangentShape { op, input, tangent, at });
        }
        let start = all.len();
        let len = element_count(dims);
        grow(&mut all, len, op, at)?;
        all.resize(start + len, T::zero());
        tangent.write(&mut all[start..]);
    }
    Ok(all)
}

/// Tangents or adjoints, all zero, for a sweep that writes none below the lowest input.
pub(super) fn room<'a, T: Element>(
    buffer: &'a mut Adjoints<T>,
    low: usize,
    (slots, lanes): (usize, usize),
    op: &'static str,
    at: At,
) -> Result<&'a mut [T]> {
    let elements = slots.saturating_mul(lanes);
    let none = || Error::no_memory(op, "elements", elements, 0, "take a part of it, or free memory", at);
    buffer.begin_above(low, slots, lanes).ok_or_else(none)
}

/// A tangent sweep with the tangents of the inputs in their places.
pub(super) fn started<'a, T: Element>(
    core: &'static Core<T>,
    (tables, op): (&'a mut Tables<T>, &'static str),
    dots: (&'a mut [T], usize),
    temporaries: (&'a mut Bump, &'a mut Scratch<T>),
    roots: &[Target],
    inputs: &Inputs,
    seeds: &[Vec<T>],
) -> Tangents<'a, T> {
    let roots = roots.iter().map(|root| root.own_slots(tables)).collect();
    let mut sweep = Tangents::new(core, tables, op, dots, temporaries);
    sweep.roots = roots;
    for (lane, seed) in seeds.iter().enumerate() {
        let mut rest = &seed[..];
        for capture in &inputs.captures {
            let (own, after) = rest.split_at(capture.len);
            // An input above the outputs has no part in them.
            if let Some(place) = sweep.lane(lane).get_mut(capture.slot..capture.slot + capture.len) {
                place.iter_mut().zip(own).for_each(|(place, &dot)| *place += dot);
            }
            rest = after;
        }
    }
    for (target, capture) in inputs.asked.iter().zip(&inputs.captures) {
        if let Target::Tensor(id) = *target {
            sweep.reached[id.index()] = true;
        }
        sweep.independent.extend(capture.instruction);
        if let Target::Slot(slot) = *target {
            sweep.independent_slots.push(slot);
        }
    }
    sweep.independent.sort_unstable();
    // Scalars set no flag, and may look at elements of what they computed: nothing else is marked.
    sweep
}

/// The elements of a view, with its dims.
pub(super) fn read<T: Element>(slots: &[T], view: &View, op: &'static str, at: At) -> Result<(Dims, Vec<T>)> {
    let layout = &view.layout;
    let mut values = filled(T::zero(), layout.len, op, at)?;
    if layout.len > 0 {
        let x = wengert_kernels::Strided::new(slots, view.offset, &layout.dims, &layout.strides);
        wengert_kernels::copy(&mut values, x);
    }
    Ok((layout.dims.clone(), values))
}

/// The reverse half: the tangents of the adjoints of the inputs.
pub(super) fn products<T: Element>(
    core: &'static Core<T>,
    (op, tables): (&'static str, &Tables<T>),
    end: (usize, usize),
    root: &Root<'_, T>,
    inputs: &Inputs,
    (dots, [adjoints, adjoint_dots]): (&[T], [&mut [T]; 2]),
    (bump, scratch): (&mut Bump, &mut Scratch<T>),
) -> Result<Vec<Vec<T>>> {
    let mut wanted = Vec::new();
    let scalars = mark_asked(core, tables, &mut wanted, &inputs.asked);
    let mut sweep = DualSweep {
        core,
        tables,
        op,
        dots,
        adjoints,
        adjoint_dots,
        low: inputs.lowest(),
        reached: vec![false; tables.variables.len()],
        wanted: Wanted { variables: &wanted, scalars },
        bump,
        scratch,
    };
    let seeded = root.target.view(tables).offset;
    sweep.add(seeded, Dual::passive(T::one()));
    if let Target::Tensor(id) = root.target {
        sweep.reached[tables.variable(id).owner.index()] = true;
    }
    let mut found = vec![Vec::new(); inputs.asked.len()];
    let take = |sweep: &DualSweep<'_, T>, capture: &super::request::Capture| {
        let own = sweep.adjoint_dots.get(capture.slot..capture.slot + capture.len);
        own.map_or_else(|| vec![T::zero(); capture.len], <[T]>::to_vec)
    };
    let mut computed = inputs.computed();
    sweep.sweep::<Ops>(end, inputs.start(core).0, |sweep, index| {
        while let Some(capture) = computed.of(index) {
            found[capture.index] = take(sweep, &capture);
        }
    })?;
    for capture in &inputs.captures {
        if capture.instruction.is_none_or(|instruction| instruction >= end.0) {
            found[capture.index] = take(&sweep, capture);
        }
    }
    Ok(found)
}
