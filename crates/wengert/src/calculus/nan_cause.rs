//! Where a NaN comes from: the op that first made one, of what it computed or of what it sent back.

use super::cause::{NanCause, NanPlace};
use super::request::Sweeping;
use super::roots::{Root, Target};
use super::steps::{Step, index_of_element, slot_at, slots_of};
use std::cell::Cell;

use crate::error::{At, Error, OrRaise, Result};
use crate::lists::filled;
use crate::ops::Ops;
use crate::scalar::Scalar;
use crate::shape::{Dims, View, element_count};
use crate::sweep::ground::{Descent, Ground};
use crate::sweep::reverse::Reverse;
use crate::tape::core::Core;
use crate::tape::tables::Tables;
use crate::tape::{Element, resolve};
use crate::tensor::{Operand, Tensor};

/// Looks for the first NaN of one root.
struct Search<'a, T: Element> {
    core: &'static Core<T>,
    tables: &'a mut Tables<T>,
}

impl<T: Element> Search<'_, T> {
    fn value(&self, slot: usize) -> T {
        self.core.list.values()[slot].get()
    }

    fn number(&self, name: String, slot: usize) -> (String, f64) {
        (name, self.value(slot).to_f64().unwrap_or(f64::NAN))
    }

    /// The operands of one element of a pointwise result.
    fn operands(&self, step: &Step, index: &[usize]) -> Vec<(String, f64)> {
        let named = step.operands.iter().enumerate();
        named.map(|(k, view)| self.number(format!("operand {k}"), slot_at(view, index))).collect()
    }

    /// Goes from a slot that is NaN to an operand that is, and on, until none is; `reader` is what is said where no op computed
    /// the slot.
    fn of_value(&self, mut slot: usize, mut reader: NanCause) -> NanCause {
        loop {
            let (instruction, before) = self.core.locate(self.tables, slot);
            let step = Step::of(self.core, self.tables, instruction, before);
            // A number beside an operator lies before the result.
            let Some(step) = step.filter(|step| slot >= step.result.offset) else { return reader };
            let index = index_of_element(&step.result.layout.dims, slot - step.result.offset);
            let Some((operand, own, from)) = self.nan_operand(&step, &index) else {
                let numbers = if step.pointwise { self.operands(&step, &index) } else { Vec::new() };
                let Step { op, at, .. } = step;
                return NanCause { place: NanPlace::Value, op, index: index.to_vec(), numbers, at };
            };
            (reader, slot) = (given(&step, operand, &own), from);
        }
    }

    /// The same from what a step reads or has computed, if any of it is NaN: what comes back through it then is NaN for
    /// that reason. Of a pointwise step whose operand is not repeated, what belongs to one element.
    fn of_step(&self, step: &Step, operand: usize, element: usize) -> Option<NanCause> {
        let (dims, view) = (&step.result.layout.dims, &step.operands[operand]);
        let nan = |slot: &usize| self.value(*slot).is_nan();
        if step.pointwise && view.layout.dims == *dims {
            let index = index_of_element(dims, element);
            if let Some((operand, own, slot)) = self.nan_operand(step, &index) {
                return Some(self.of_value(slot, given(step, operand, &own)));
            }
            let slot = Some(slot_at(&step.result, &index)).filter(nan)?;
            return Some(self.of_value(slot, given(step, operand, &index)));
        }
        let operands = step.operands.iter().enumerate().find_map(|(k, view)| {
            let (element, slot) = slots_of(view).enumerate().find(|(_, slot)| nan(slot))?;
            Some(self.of_value(slot, given(step, k, &index_of_element(&view.layout.dims, element))))
        });
        operands.or_else(|| {
            let slot = slots_of(&step.result).find(nan)?;
            Some(self.of_value(slot, given(step, operand, &[])))
        })
    }

    /// An operand that is NaN where an element of the result is computed from it: its number, the index of its element,
    /// and the slot.
    fn nan_operand(&self, step: &Step, index: &[usize]) -> Option<(usize, Dims, usize)> {
        step.operands.iter().enumerate().find_map(|(k, view)| {
            let dims = &view.layout.dims;
            if !step.pointwise {
                let (element, slot) =
                    slots_of(view).enumerate().find(|&(_, slot)| self.value(slot).is_nan())?;
                return Some((k, index_of_element(dims, element), slot));
            }
            let own = index[index.len() - dims.len()..].iter().zip(dims);
            let own = own.map(|(&i, &extent)| if extent == 1 { 0 } else { i }).collect();
            let slot = slot_at(view, index);
            self.value(slot).is_nan().then_some((k, own, slot))
        })
    }

    /// Sweeps from the root, an instruction at a time, until an adjoint is NaN.
    fn of_adjoint(&mut self, root: &Root<'_, T>, op: &'static str, at: At) -> Result<Option<NanCause>> {
        let (end, mut slots) = root.target.end(self.core, self.tables);
        let mut workspace = self.core.workspaces.borrow_mut().pop().unwrap_or_default();
        workspace.seeds.clear();
        root.gather(&mut workspace.seeds, op, at)?;
        workspace.reached.clear();
        workspace.reached.resize(self.tables.variables.len(), false);
        // Never ended, so that the next sweep clears what this one leaves, wherever it stops.
        let Some(adjoints) = workspace.adjoints.begin(slots) else {
            return Err(Error::no_memory(op, "adjoints", slots, 0, "free memory", at));
        };
        root.plant(self.tables, &workspace.seeds, adjoints, &mut workspace.reached);
        let mut reverse = Reverse {
            core: self.core,
            tables: &mut *self.tables,
            adjoints,
            reached: &mut workspace.reached,
            wanted: None,
            bump: &mut workspace.bump,
            scratch: &mut workspace.scratch,
            op,
            ground: Ground::default(),
            highest: Cell::new(0),
        };
        let mut found = Ok(None);
        for instruction in (0..end).rev() {
            let word = self.core.list.read(instruction);
            let before = slots - word.slots(reverse.tables);
            let step = Step::of(self.core, reverse.tables, instruction, before);
            let arrived = reverse.adjoints[before..slots].to_vec();
            let held = |view: &View| slots_of(view).map(|slot| reverse.adjoints[slot]).collect::<Vec<T>>();
            let held: Vec<Vec<T>> = step.iter().flat_map(|step| &step.operands).map(held).collect();
            if let Err(error) = reverse.sweep::<Ops>((instruction + 1, slots), instruction) {
                found = Err(error);
                break;
            }
            slots = before;
            let Some(step) = step else { continue };
            let sent = step.operands.iter().enumerate().find_map(|(k, view)| {
                let nan = |&(_, slot): &(usize, usize)| reverse.adjoints[slot].is_nan();
                slots_of(view).enumerate().find(nan).map(|(element, slot)| (k, element, slot))
            });
            if let Some((operand, element, slot)) = sent {
                let search = Search { core: self.core, tables: reverse.tables };
                let (arrived, held) = (&arrived[step.result.offset - before..], held[operand][element]);
                let cause = search.of_step(&step, operand, element);
                found = Ok(Some(
                    cause.unwrap_or_else(|| search.sent(&step, operand, element, slot, arrived, held)),
                ));
                break;
            }
        }
        self.core.workspaces.borrow_mut().push(workspace);
        found
    }

    /// What is said of an adjoint that a step sent to one element of an operand; `arrived` is the result's, and `held` what
    /// the element had before.
    fn sent(
        &self,
        step: &Step,
        operand: usize,
        element: usize,
        slot: usize,
        arrived: &[T],
        held: T,
    ) -> NanCause {
        let (view, dims) = (&step.operands[operand], &step.result.layout.dims);
        let mut numbers = vec![self.number(format!("operand {operand}"), slot)];
        if step.pointwise && view.layout.dims == *dims {
            let index = index_of_element(dims, element);
            numbers = self.operands(step, &index);
            numbers.push(self.number("the value".into(), slot_at(&step.result, &index)));
            let adjoint = arrived[element].to_f64().unwrap_or(f64::NAN);
            numbers.push(("its adjoint".into(), adjoint));
        }
        let mut place = NanPlace::Adjoint { operand };
        if held.is_infinite() {
            place = NanPlace::Sum { operand };
            numbers.push(("what came before".into(), held.to_f64().unwrap_or(f64::NAN)));
        }
        NanCause {
            place,
            op: step.op,
            index: index_of_element(&view.layout.dims, element).to_vec(),
            numbers,
            at: step.at,
        }
    }
}

/// A NaN that no recorded op computed, in an operand of a step.
fn given(step: &Step, operand: usize, index: &[usize]) -> NanCause {
    let Step { op, at, .. } = *step;
    NanCause { place: NanPlace::Given { operand }, op, index: index.to_vec(), numbers: Vec::new(), at }
}

fn nan_cause<T: Element>(handle: Operand<T>, at: At) -> Result<Option<NanCause>> {
    let op = "nan_cause";
    let Some((kind, word)) = handle.word() else { return Err(Error::PassiveRoot { op, at }) };
    let core: &'static Core<T> = resolve(op, kind, word, at)?;
    core.check_not_lent(op, at)?;
    let target = Target::of(op, core, handle, at)?.ok_or(Error::PassiveRoot { op, at })?;
    let dims = target.view(&core.tables.borrow()).layout.dims.to_vec();
    let ones = (filled(T::one(), element_count(&dims), op, at)?, dims);
    let root = Root::new(op, core, handle, Some(&ones), at)?;
    let _sweeping = Sweeping::new(core);
    let mut tables = core.tables.borrow_mut();
    let mut search = Search { core, tables: &mut tables };
    let view = root.target.view(search.tables);
    let nan = slots_of(&view).enumerate().find(|&(_, slot)| search.value(slot).is_nan());
    let Some((element, slot)) = nan else { return search.of_adjoint(&root, op, at) };
    let index = index_of_element(&view.layout.dims, element).to_vec();
    let itself = NanCause { place: NanPlace::Given { operand: 0 }, op, index, numbers: Vec::new(), at };
    Ok(Some(search.of_value(slot, itself)))
}

macro_rules! nan_cause {
    ($handle:ident) => {
        impl<T: Element> $handle<T> {
            /// Where a NaN comes from: of the value, and if that is none, of the adjoints that a `backward` from here would
            /// compute, every element with a seed of 1. `None` where neither has one.
            ///
            /// It goes back from what is NaN to the op whose operands are not, or sweeps an instruction at a time until an
            /// adjoint is NaN; it changes nothing, and takes longer than `backward`. The line of a scalar op is known in debug
            /// builds and with the feature `locations`. Ask inside the scope that recorded it: what a scope returns is passive,
            /// and a `NanCause` may leave it. PyTorch: `torch.autograd.detect_anomaly`.
            ///
            /// # Panics
            /// Where `try_nan_cause` gives an error.
            ///
            /// ```
            /// use wengert::{NanPlace, Tape};
            /// let tape = Tape::<f64>::new();
            /// let x = tape.leaf([4.0, 0.0]);
            /// // The slope of the root is infinite at 0, and 0 times infinity is NaN.
            /// let y = (x.sqrt() * tape.constant([1.0, 0.0])).sum();
            /// let cause = y.nan_cause().unwrap();
            /// assert_eq!((cause.op, cause.place), ("sqrt", NanPlace::Adjoint { operand: 0 }));
            /// assert!(cause.to_string().starts_with("sqrt: element [1] of what it sends back to operand 0 is the first NaN"));
            /// assert_eq!(x.square().sum().nan_cause(), None);
            /// ```
            #[track_caller]
            pub fn nan_cause(self) -> Option<NanCause> {
                self.try_nan_cause().or_raise()
            }

            /// Like `nan_cause`, but returns the error: a stale handle, nothing it was computed from requires a gradient, or a
            /// value that the sweep needs was overwritten.
            #[track_caller]
            pub fn try_nan_cause(self) -> Result<Option<NanCause>> {
                nan_cause(self.into(), At::caller())
            }
        }
    };
}
nan_cause!(Tensor);
nan_cause!(Scalar);
