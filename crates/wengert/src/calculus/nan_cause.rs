//! Where a NaN comes from: the op that first made one, of what it computed or of what it sent back.

use std::fmt;

use super::request::Sweeping;
use super::roots::{Root, Target};
use super::steps::{Step, index_of_element, slot_at, slots_of};
use crate::error::{At, Error, OrRaise, Result};
use crate::ops::Ops;
use crate::scalar::Scalar;
use crate::shape::{Dims, View};
use crate::sweep::reverse::Reverse;
use crate::tape::core::Core;
use crate::tape::instruction::{Instruction, Word};
use crate::tape::tables::Tables;
use crate::tape::{Element, resolve};
use crate::tensor::{Operand, Tensor};

/// The first cause of a NaN, as [`Tensor::nan_cause`] finds it. `Display` says it in a sentence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NanCause {
    /// Where the NaN is.
    pub place: NanPlace,
    /// The op that made it, or was the first to read it.
    pub op: &'static str,
    /// Which element of the result, or of the operand.
    pub index: Vec<usize>,
    /// What the op computed with there: names and numbers. Of a whole-tensor op only what belongs to one element.
    pub numbers: Vec<(String, f64)>,
    /// Where the op was recorded.
    pub at: At,
}

/// Which number of an op is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NanPlace {
    /// The op's result, computed from operands that are not.
    Value,
    /// What the op sends back to this operand, from an adjoint of its result that is not.
    Adjoint {
        /// The operand, counted from 0.
        operand: usize,
    },
    /// An operand that no recorded op computed: a leaf, a constant, or what was computed while recording was paused.
    Given {
        /// The operand, counted from 0.
        operand: usize,
    },
}

impl fmt::Display for NanCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NanCause { place, op, index, numbers, at } = self;
        let element = if index.is_empty() { String::new() } else { format!("element {index:?} of ") };
        match place {
            NanPlace::Value => write!(f, "{op}: {element}its value is the first NaN")?,
            NanPlace::Adjoint { operand } => {
                write!(f, "{op}: {element}what it sends back to operand {operand} is the first NaN")?;
            }
            NanPlace::Given { operand } => {
                write!(f, "{op}: {element}operand {operand} is NaN, and no recorded op computed it")?;
            }
        }
        write!(f, "{at}")?;
        let mut before = "\n  there ";
        for (name, number) in numbers {
            write!(f, "{before}{name} is {number:?}")?;
            before = ", ";
        }
        Ok(())
    }
}

impl crate::tape::Escape for NanCause {
    fn escape(self, _: &mut crate::tape::Exit<'_>) -> NanCause {
        self
    }
}

/// Looks for the first NaN of one root.
struct Search<'a, T: Element> {
    core: &'static Core<T>,
    tables: &'a mut Tables<T>,
}

impl<T: Element> Search<'_, T> {
    fn value(&self, slot: usize) -> T {
        self.core.values.all()[slot].get()
    }

    fn number(&self, name: String, slot: usize) -> (String, f64) {
        (name, self.value(slot).to_f64().unwrap_or(f64::NAN))
    }

    /// The operands of one element of a pointwise result.
    fn operands(&self, step: &Step, index: &[usize]) -> Vec<(String, f64)> {
        let named = step.operands.iter().enumerate();
        named.map(|(k, view)| self.number(format!("operand {k}"), slot_at(view, index))).collect()
    }

    /// Goes from a slot that is NaN to an operand that is, and on, until none is.
    fn of_value(&self, root: &View) -> Option<NanCause> {
        let mut slot = slots_of(root).find(|&slot| self.value(slot).is_nan())?;
        let mut reader = None;
        loop {
            let (instruction, before) = self.core.locate(self.tables, slot);
            let step = Step::of(self.core, self.tables, instruction, before);
            // A number beside an operator lies before the result.
            let Some(step) = step.filter(|step| slot >= step.result.offset) else { return reader };
            let index = index_of_element(&step.result.layout.dims, slot - step.result.offset);
            let Some((operand, at, from)) = self.nan_operand(&step, &index) else {
                let numbers = if step.pointwise { self.operands(&step, &index) } else { Vec::new() };
                return Some(NanCause {
                    place: NanPlace::Value,
                    op: step.op,
                    index: index.to_vec(),
                    numbers,
                    at: step.at,
                });
            };
            reader = Some(NanCause {
                place: NanPlace::Given { operand },
                op: step.op,
                index: at.to_vec(),
                numbers: Vec::new(),
                at: step.at,
            });
            slot = from;
        }
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
        root.gather(&mut workspace.seeds);
        workspace.reached.clear();
        workspace.reached.resize(self.tables.variables.len(), false);
        // Never ended, so that the next sweep clears what this one leaves, wherever it stops.
        let Some(adjoints) = workspace.adjoints.begin(slots) else {
            let (what, help) = ("adjoints, for the system gives no memory for more", "free memory");
            return Err(Error::Capacity { op, what, limit: slots as u64, help, at });
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
        };
        let mut found = Ok(None);
        for instruction in (0..end).rev() {
            let word = Word(self.core.instructions.all()[instruction].get()).read();
            let before = slots - word.slots(reverse.tables);
            let arrived = reverse.adjoints[before..slots].to_vec();
            if let Err(error) = reverse.sweep::<Ops>(instruction + 1, instruction, slots) {
                found = Err(error);
                break;
            }
            slots = before;
            if matches!(word, Instruction::Skip { .. }) {
                continue;
            }
            let Some(step) = Step::of(self.core, reverse.tables, instruction, before) else { continue };
            let sent = step.operands.iter().enumerate().find_map(|(k, view)| {
                let nan = |&(_, slot): &(usize, usize)| reverse.adjoints[slot].is_nan();
                slots_of(view).enumerate().find(nan).map(|(element, slot)| (k, element, slot))
            });
            if let Some((operand, element, slot)) = sent {
                let arrived = &arrived[step.result.offset - before..];
                found = Ok(Some(
                    Search { core: self.core, tables: reverse.tables }
                        .sent(&step, operand, element, slot, arrived),
                ));
                break;
            }
        }
        self.core.workspaces.borrow_mut().push(workspace);
        found
    }

    /// What is said of an adjoint that a step sent to one element of an operand; `arrived` is the result's.
    fn sent(&self, step: &Step, operand: usize, element: usize, slot: usize, arrived: &[T]) -> NanCause {
        let (view, dims) = (&step.operands[operand], &step.result.layout.dims);
        let mut numbers = vec![self.number(format!("operand {operand}"), slot)];
        if step.pointwise && view.layout.dims == *dims {
            let index = index_of_element(dims, element);
            numbers = self.operands(step, &index);
            numbers.push(self.number("the value".into(), slot_at(&step.result, &index)));
            let adjoint = arrived[element].to_f64().unwrap_or(f64::NAN);
            numbers.push(("its adjoint".into(), adjoint));
        }
        NanCause {
            place: NanPlace::Adjoint { operand },
            op: step.op,
            index: index_of_element(&view.layout.dims, element).to_vec(),
            numbers,
            at: step.at,
        }
    }
}

fn nan_cause<T: Element>(handle: Operand<T>, at: At) -> Result<Option<NanCause>> {
    let op = "nan_cause";
    let Some((kind, word)) = handle.word() else { return Err(Error::PassiveRoot { op, at }) };
    let core: &'static Core<T> = resolve(op, kind, word, at)?;
    core.check_not_lent(op, at)?;
    let target = Target::of(op, core, handle, at)?.ok_or(Error::PassiveRoot { op, at })?;
    let dims = target.view(&core.tables.borrow()).layout.dims.to_vec();
    let ones = (vec![T::one(); dims.iter().product()], dims);
    let root = Root::new(op, core, handle, Some(&ones), at)?;
    let _sweeping = Sweeping::new(core);
    let mut tables = core.tables.borrow_mut();
    let mut search = Search { core, tables: &mut tables };
    let view = root.target.view(search.tables);
    match search.of_value(&view) {
        Some(cause) => Ok(Some(cause)),
        None => search.of_adjoint(&root, op, at),
    }
}

macro_rules! nan_cause {
    ($handle:ident) => {
        impl<T: Element> $handle<T> {
            /// Where a NaN comes from: of the value, and if that is none, of the adjoints that a `backward` from here would
            /// compute, every element with a seed of 1. `None` where no op makes one.
            ///
            /// It goes back from what is NaN to the op whose operands are not, or sweeps an instruction at a time until an
            /// adjoint is NaN; it changes nothing, and takes longer than `backward`. The line of a scalar op is known in debug
            /// builds and with the feature `locations`. PyTorch: `torch.autograd.detect_anomaly`.
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
