//! The state of a tape. Handles find it through a thread-local word; see `element`.

use std::cell::{Cell, RefCell};
use std::panic::Location;

use bumpalo::Bump;
use wengert_kernels::Scratch;

use super::element::Element;
use super::gradients::Gradients;
use super::instruction::{INDEX_LIMIT, TAG_MASK, VariableId, index_of};
use super::scope::{Mark, Survivors};
use super::tables::Tables;
use super::tags::Tags;
use super::workspace::Workspace;
use crate::arena::lease::Lease;
use crate::arena::{Cells, List};
use crate::error::{At, Error, Kind};
use crate::scalar::Scalar;

/// A tape's state. What a recorded scalar touches stands first and together.
pub(crate) struct Core<T: Element> {
    /// The tag of the innermost scope, in the place it has in a handle's word.
    pub current: Cell<u64>,
    /// The tag of the outermost level, so that parameters made outside a scope cost no more than values made inside.
    pub root: Cell<u64>,
    /// Instructions, and the values of their slots.
    pub list: List<T>,
    /// The payloads of fused instructions: their operands and partials.
    pub statements: Cells<u64>,
    pub statement_words: Cell<usize>,
    /// Values are computed, and nothing is recorded.
    pub paused: Cell<bool>,
    /// Slots that scalars look at were written: until those scalars are stale, each is compared with its slot before
    /// it is recorded, on the slow path.
    pub wary: Cell<bool>,
    /// Views of the slots that a user holds (`with`): nothing may be written meanwhile.
    pub lent: Cell<u32>,
    /// The method that lent them last.
    pub lender: Cell<&'static str>,
    /// Sweeps under way.
    pub sweeping: Cell<u32>,
    /// Callbacks of handles' methods under way: the core must outlive them, even if they drop the tape.
    pub pins: Cell<u32>,
    /// The tape was dropped inside such a callback.
    pub orphaned: Cell<bool>,
    pub id: Cell<u64>,
    pub scopes: RefCell<Vec<Mark>>,
    pub tags: RefCell<Tags>,
    pub tables: RefCell<Tables<T>>,
    pub gradients: RefCell<Gradients<T>>,
    pub survivors: RefCell<Survivors<T>>,
    /// What sweeps work with, one a depth of nesting, kept for the next.
    #[allow(clippy::vec_box, reason = "a sweep takes one and gives it back: a pointer moves, not the whole")]
    pub workspaces: RefCell<Vec<Box<Workspace<T>>>>,
    /// An error met while a derivative was recorded, where the text of a rule has no way to return it.
    pub pending: RefCell<Option<Error>>,
    /// How many instructions there were when anything was last written in place; 0 if nothing was.
    pub last_written: Cell<usize>,
    /// Where writes in place gather their values.
    pub buffer: Cell<Vec<T>>,
    /// Where the arguments of a function that is differentiated at once are kept.
    pub independents: Cell<Vec<Scalar<T>>>,
    /// Scratch of forward kernels.
    pub scratch: Cell<Scratch<T>>,
    /// The most slots, instructions and words of fused ones there have been.
    pub peak: Cell<(usize, usize, usize)>,
    /// Slots before every so many instructions, filled when a sweep starts in mid-list.
    pub checkpoints: RefCell<Vec<usize>>,
    /// Source lines of scalar instructions, in debug builds and with the feature `locations`.
    pub locations: RefCell<Vec<(usize, &'static Location<'static>)>>,
    /// What the core itself lives in, until it is released.
    pub lease: Cell<Option<Lease<Core<T>>>>,
    /// The next tape of the thread.
    pub next: Cell<Option<&'static Core<T>>>,
}

/// Whether source lines of scalar instructions are kept.
pub(crate) const SCALAR_LOCATIONS: bool = cfg!(any(debug_assertions, feature = "locations"));

impl<T: Element> Core<T> {
    pub fn new() -> Core<T> {
        Core {
            current: Cell::new(0),
            root: Cell::new(0),
            list: List::new(),
            statements: Cells::new(),
            statement_words: Cell::new(0),
            paused: Cell::new(false),
            wary: Cell::new(false),
            lent: Cell::new(0),
            lender: Cell::new(""),
            sweeping: Cell::new(0),
            pins: Cell::new(0),
            orphaned: Cell::new(false),
            id: Cell::new(0),
            scopes: RefCell::default(),
            tags: RefCell::default(),
            tables: RefCell::default(),
            gradients: RefCell::default(),
            survivors: RefCell::default(),
            workspaces: RefCell::default(),
            pending: RefCell::default(),
            last_written: Cell::new(0),
            buffer: Cell::default(),
            independents: Cell::default(),
            scratch: Cell::default(),
            peak: Cell::new((0, 0, 0)),
            checkpoints: RefCell::default(),
            locations: RefCell::default(),
            lease: Cell::new(None),
            next: Cell::new(None),
        }
    }

    /// Whether the tag of a handle is the innermost or the outermost of this tape: the fast answer.
    #[inline(always)]
    pub fn holds(&self, word: u64) -> bool {
        let tag = word & TAG_MASK;
        tag == self.current.get() || tag == self.root.get()
    }

    /// The index in the word of a handle, if its tag is the innermost or the outermost of this tape. A word without
    /// its tag is the index, so that the check and the cut are one operation.
    #[inline(always)]
    pub fn index_if_held(&self, word: u64) -> Option<u64> {
        let index = word ^ self.current.get();
        if index < INDEX_LIMIT as u64 {
            return Some(index);
        }
        seldom();
        let index = word ^ self.root.get();
        (index < INDEX_LIMIT as u64).then_some(index)
    }

    /// Whether the tag of a handle is one of this tape's open scopes.
    pub fn contains(&self, word: u64) -> bool {
        self.holds(word) || self.scopes.borrow().iter().any(|mark| mark.tag == word & TAG_MASK)
    }

    /// The word of a handle to a variable or slot made now.
    #[inline(always)]
    pub fn word(&self, index: usize) -> u64 {
        self.current.get() | index as u64
    }

    /// The variable of a tensor's word, which must be valid.
    #[inline(always)]
    pub fn variable_of(word: u64) -> VariableId {
        VariableId(index_of(word) as u32)
    }

    /// Whether what is recorded now can require a gradient.
    pub fn is_recording(&self) -> bool {
        !self.paused.get()
    }

    /// Opens or closes the fast path of recording to what the modes say.
    pub fn refresh(&self) {
        self.list.set_open(!self.paused.get() && self.lent.get() == 0 && !self.wary.get());
    }

    /// The error of a handle that this tape does not hold.
    #[cold]
    #[inline(never)]
    pub fn refuse(&self, op: &'static str, kind: Kind, word: u64, at: At) -> Error {
        super::registry::diagnose::<T>(op, kind, word, Some(self.id.get()), at)
    }

    /// Lends the buffer that writes in place gather in, empty.
    pub fn with_buffer<R>(&self, f: impl FnOnce(&mut Vec<T>) -> R) -> R {
        let mut buffer = self.buffer.take();
        buffer.clear();
        let answer = f(&mut buffer);
        self.buffer.set(buffer);
        answer
    }

    /// Lends the scratch of forward kernels.
    pub fn with_scratch<R>(&self, f: impl FnOnce(&mut Scratch<T>) -> R) -> R {
        let mut scratch = self.scratch.take();
        let answer = f(&mut scratch);
        self.scratch.set(scratch);
        answer
    }

    /// Lends the temporaries of a sweep's kernels.
    pub fn with_temporaries<R>(&self, f: impl FnOnce((&mut Bump, &mut Scratch<T>)) -> R) -> R {
        let mut workspace = self.workspaces.borrow_mut().pop().unwrap_or_default();
        let answer = f((&mut workspace.bump, &mut workspace.scratch));
        self.workspaces.borrow_mut().push(workspace);
        answer
    }

    /// Forgets everything; handles made from now on carry `tag`.
    pub fn clear(&self, tag: u64) {
        self.rewind(&Mark::default());
        self.list.clear();
        self.gradients.borrow_mut().clear_all();
        self.last_written.set(0);
        let mut scopes = self.scopes.borrow_mut();
        scopes.clear();
        scopes.push(Mark { tag, ..Mark::default() });
        self.current.set(tag);
        self.root.set(tag);
    }

    /// As new, but with its buffers: the next tape's.
    pub fn reset(&self) {
        self.clear(0);
        self.list.forget();
        self.scopes.borrow_mut().clear();
        self.gradients.borrow_mut().retained.clear();
        self.paused.set(false);
        self.wary.set(false);
        self.orphaned.set(false);
        self.peak.set((0, 0, 0));
        self.refresh();
    }

    /// Bytes that the core holds, in use or not.
    pub fn bytes(&self) -> usize {
        let adjoints: usize =
            self.workspaces.borrow().iter().map(|workspace| workspace.adjoints.bytes()).sum();
        let buffers = self.list.bytes() + self.statements.bytes() + adjoints;
        buffers + self.gradients.borrow().bytes() + self.tables.borrow().bytes()
    }

    /// Notes how large the tape has been.
    pub fn note_peak(&self) {
        let (slots, instructions, words) = self.peak.get();
        self.peak.set((
            slots.max(self.list.slots()),
            instructions.max(self.list.len()),
            words.max(self.statement_words.get()),
        ));
    }

    /// The source line of a scalar instruction, where it is kept.
    pub fn scalar_location(&self, instruction: usize) -> At {
        let locations = self.locations.borrow();
        let found = locations.binary_search_by_key(&instruction, |&(index, _)| index);
        At(found.ok().map(|index| locations[index].1))
    }
}

/// Marks a way that is taken seldom: the compiler lays it out apart from what stands in line.
#[cold]
#[inline]
pub(crate) fn seldom() {}

/// Keeps a core alive while a callback runs that may drop its tape.
pub(crate) struct Pin<T: Element>(&'static Core<T>);

impl<T: Element> Pin<T> {
    pub fn new(core: &'static Core<T>) -> Pin<T> {
        core.pins.set(core.pins.get() + 1);
        Pin(core)
    }
}

impl<T: Element> Drop for Pin<T> {
    fn drop(&mut self) {
        let pins = self.0.pins.get() - 1;
        self.0.pins.set(pins);
        if pins == 0 && self.0.orphaned.get() {
            super::registry::release(self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    /// A callback of a handle's method may drop the tape whose slots it was lent; the core outlives the callback.
    #[test]
    fn a_tape_dropped_inside_a_callback_lives_to_its_end() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let sum = x.with(|view| {
            drop(tape);
            view.sum()
        });
        assert_eq!(sum, 3.0);
        assert!(matches!(x.try_item(), Err(Error::DroppedTape { .. })));

        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        x.sum().backward();
        let sum = x.with_grad(|grad| {
            drop(tape);
            grad.sum()
        });
        assert_eq!(sum, Some(2.0));

        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        x.sum().backward();
        let first = x.update(|value, grad| {
            drop(tape);
            value[0] -= grad[0];
            value[0]
        });
        assert_eq!(first, Some(0.0));
    }

    /// A seed may be a tensor of the tape that is swept.
    #[test]
    fn a_seed_may_lie_on_the_tape() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        let y = x * x;
        y.backward_with(x.t());
        assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [2.0, 12.0, 12.0, 32.0]);
    }
}
