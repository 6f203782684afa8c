//! A sweep, asked for: its seeds are planted, the list is swept, and what arrived is handed over.

use std::cell::Cell;

use smallvec::SmallVec;

use super::roots::{Root, Target};
use crate::error::{At, Error, Result};
use crate::ops::Ops;
use crate::sweep::ground::Descent;
use crate::sweep::paths::{Reachable, mark_wanted};
use crate::sweep::reverse::{Reverse, Wanted};
use crate::tape::Element;
use crate::tape::core::Core;
use crate::tape::gradients::Gradients;
use crate::tape::tables::Tables;

/// A run of slots whose adjoint is taken before the sweep clears it: what `retain_grad` keeps, and asked inputs.
#[derive(Clone, Copy)]
pub(super) struct Capture {
    /// The instruction that computed the slots, or `None` for a leaf, whose adjoint stands until the end.
    pub instruction: Option<usize>,
    pub slot: usize,
    pub len: usize,
    /// Which request it answers.
    pub index: usize,
}

/// What was captured.
#[derive(Clone)]
pub(super) struct Captured {
    /// Which request it answers.
    pub index: usize,
    /// The adjoint, in the values of all that was captured.
    pub range: std::ops::Range<usize>,
    /// Whether anything arrived: its variable's flag, or an adjoint that is not 0.
    pub arrived: bool,
}

impl Capture {
    /// Copies the adjoint to the end of `values`.
    fn take<T: Element>(
        &self,
        core: &Core<T>,
        tables: &Tables<T>,
        reached: &[bool],
        adjoints: &[T],
        values: &mut Vec<T>,
    ) -> Captured {
        let start = values.len();
        match adjoints.get(self.slot..self.slot + self.len) {
            Some(adjoint) => values.extend_from_slice(adjoint),
            // What lies above the roots was not reached.
            None => values.resize(start + self.len, T::zero()),
        }
        let entry = self.instruction.and_then(|instruction| core.entry_at(instruction as u32));
        let flag = entry.is_some_and(|entry| reached[tables.entries[entry].out.index()]);
        let arrived = flag || values[start..].iter().any(|adjoint| !adjoint.is_zero());
        Captured { index: self.index, range: start..values.len(), arrived }
    }
}

/// What a sweep has found, before its leaves are cleared.
pub(super) struct Swept<'a, T: Element> {
    pub core: &'static Core<T>,
    pub tables: &'a Tables<T>,
    pub adjoints: &'a mut [T],
    pub reached: &'a [bool],
    /// Instructions and slots that were swept.
    pub end: (usize, usize),
    pub roots: &'a [Root<'a, T>],
    pub captured: &'a [Captured],
    pub captured_values: &'a [T],
    /// To tell a gradient of 0 from none.
    pub reachable: Reachable<'a>,
}

/// Counts a sweep under way, until it is dropped, be it by a panic.
pub(super) struct Sweeping<T: Element>(&'static Core<T>);

impl<T: Element> Sweeping<T> {
    pub fn new(core: &'static Core<T>) -> Sweeping<T> {
        core.sweeping.set(core.sweeping.get() + 1);
        Sweeping(core)
    }
}

impl<T: Element> Drop for Sweeping<T> {
    fn drop(&mut self) {
        self.0.sweeping.set(self.0.sweeping.get() - 1);
    }
}

/// Sweeps from the roots and hands what arrived to `finish`, which must not fail: a sweep that fails changes nothing.
///
/// With `asked`, only adjoints on a path to one of them are computed.
pub(super) fn sweep<T: Element, V>(
    core: &'static Core<T>,
    (op, at): (&'static str, At),
    roots: &[Root<'_, T>],
    asked: Option<&[Target]>,
    captures: &mut [Capture],
    finish: impl FnOnce(Swept<'_, T>) -> V,
) -> Result<V> {
    core.check_not_lent(op, at)?;
    let _sweeping = Sweeping::new(core);
    let mut workspace = core.workspaces.borrow_mut().pop().unwrap_or_default();
    workspace.seeds.clear();
    roots.iter().try_for_each(|root| root.gather(&mut workspace.seeds, op, at))?;
    let mut tables_guard = core.tables.borrow_mut();
    let tables = &mut *tables_guard;
    let ends = roots.iter().map(|root| root.target.end(core, tables));
    let end = ends.fold((0, 0), |(i, s), (instructions, slots)| (i.max(instructions), s.max(slots)));

    workspace.reached.clear();
    workspace.reached.resize(tables.variables.len(), false);
    let scalars = asked.map(|asked| mark_asked(core, tables, &mut workspace.wanted, asked));
    let Some(adjoints) = workspace.adjoints.begin(end.1) else {
        return Err(Error::no_memory(op, "adjoints", end.1, 0, "free memory", at));
    };
    let mut seeds = &workspace.seeds[..];
    for root in roots {
        seeds = root.plant(tables, seeds, adjoints, &mut workspace.reached);
    }

    // A seed that lies below the ground has arrived there.
    let ground = core.ground();
    let highest = ground.highest(roots.iter().map(|root| root.target.own_slots(tables)));
    // Down the list in stretches, with a stop before each instruction whose adjoint is to be taken.
    if captures.len() > 1 {
        captures.sort_unstable_by_key(|capture| std::cmp::Reverse(capture.instruction));
    }
    let mut captured: SmallVec<[Captured; 4]> = SmallVec::new();
    workspace.captured.clear();
    let mut reverse = Reverse {
        core,
        tables,
        adjoints,
        reached: &mut workspace.reached,
        wanted: scalars.map(|scalars| Wanted { variables: &workspace.wanted, scalars }),
        bump: &mut workspace.bump,
        scratch: &mut workspace.scratch,
        op,
        ground,
        highest: Cell::new(highest),
    };
    let mut stands = end;
    let mut outcome = Ok(());
    for capture in captures.iter() {
        let Some(instruction) = capture.instruction else { break };
        if instruction + 1 < stands.0 {
            match reverse.sweep::<Ops>(stands, instruction + 1) {
                Ok(lower) => stands = lower,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        let Reverse { tables, reached, adjoints, .. } = &reverse;
        captured.push(capture.take(core, tables, reached, adjoints, &mut workspace.captured));
    }
    let outcome = outcome.and_then(|()| reverse.sweep::<Ops>(stands, 0)).map(|_| {
        let Reverse { tables, adjoints, reached, .. } = reverse;
        for capture in captures.iter().filter(|capture| capture.instruction.is_none()) {
            captured.push(capture.take(core, tables, reached, adjoints, &mut workspace.captured));
        }
        let captured_values = &workspace.captured;
        let reachable = Reachable(&mut workspace.reachable);
        let answer = finish(Swept {
            core,
            tables,
            adjoints,
            reached,
            end,
            roots,
            captured: &captured,
            captured_values,
            reachable,
        });
        // `backward` has moved them out.
        if asked.is_some() {
            clear_leaves(&core.gradients.borrow(), adjoints, 1);
        }
        answer
    });
    if outcome.is_ok() {
        workspace.adjoints.end();
    }
    drop(tables_guard);
    core.workspaces.borrow_mut().push(workspace);
    outcome
}

/// Marks what lies on a path from an asked input; answers whether scalars may.
pub(super) fn mark_asked<T: Element>(
    core: &Core<T>,
    tables: &Tables<T>,
    wanted: &mut Vec<bool>,
    asked: &[Target],
) -> bool {
    wanted.clear();
    wanted.resize(tables.variables.len(), false);
    let mut scalars = false;
    for target in asked {
        match *target {
            Target::Tensor(id) => wanted[tables.variable(id).owner.index()] = true,
            Target::Slot(_) => scalars = true,
        }
    }
    let ground = core.ground();
    let above = ground.is_below(asked.iter().map(|target| target.own_slots(tables).start));
    let first = if above { ground.entries } else { 0 };
    mark_wanted(tables, wanted, scalars, first)
}

/// Clears the adjoints of leaves, which no instruction clears: so many lanes a slot.
pub(super) fn clear_leaves<T: Element>(gradients: &Gradients<T>, adjoints: &mut [T], lanes: usize) {
    let tensors = gradients.tensors.iter().map(|leaf| (leaf.slot, leaf.len));
    let scalars = gradients.scalars.iter().map(|leaves| (leaves.slot, leaves.len));
    for (slot, len) in tensors.chain(scalars) {
        if let Some(adjoint) = adjoints.get_mut(slot * lanes..(slot + len) * lanes) {
            adjoint.fill(T::zero());
        }
    }
}
