//! The numbers a tape can hold, and the thread-local words through which handles find their tape.
//!
//! Statics cannot be generic, so each element type brings its own; a macro writes them.

use std::cell::Cell;
use std::sync::Mutex;

use super::core::{Core, seldom};
use super::escape::Escape;
use super::instruction::TAG_MASK;
use super::recorder::Recorder;
use crate::arena::lease::Idle;
use crate::rule::Number;
use crate::tensor::Operand;

/// `f32` and `f64`. Sealed: the thread-locals, the pools and the kernels exist for these two.
#[diagnostic::on_unimplemented(
    message = "a tape holds `f32` or `f64`, not `{Self}`",
    label = "not a floating-point number",
    note = "write numbers with a point: `2.0` instead of `2`"
)]
pub trait Element: Number + ndarray::LinalgScalar + Escape + private::Hooks {
    /// The name of the type, for messages and stats.
    const NAME: &'static str;
}

pub(crate) mod private {
    use super::*;

    /// What a tape needs of its element type and nobody else.
    pub trait Hooks: Number {
        /// The bits of the number, and the number of its bits: how a payload holds a partial.
        fn bits(self) -> u64;
        fn of_bits(bits: u64) -> Self;
        /// Cores that dropped tapes left for the next ones, process wide.
        fn idle() -> &'static IdleCores<Self>
        where
            Self: Element;
        /// The thread's tapes of this element type.
        fn lane<R>(f: impl FnOnce(&Lane<Self>) -> R) -> R
        where
            Self: Element;
        /// A value on the tape, as rules see it, and back; the verbs that record, as rules see them. These are
        /// identities: floors below the tape know its types by their traits alone.
        fn traced(x: Operand<Self>) -> Self::Traced
        where
            Self: Element;
        fn operand(x: Self::Traced) -> Operand<Self>
        where
            Self: Element;
        fn verbs<'r, 'a>(recorder: &'r mut Recorder<'a, Self>) -> &'r mut Self::Recorder<'a>
        where
            Self: Element;
    }
}

/// Cores that wait for their next tape.
pub struct IdleCores<T: Element>(pub(crate) Mutex<Vec<Idle<Core<T>>>>);

/// The tapes of a thread: the two used last, and all of them as a list through the cores.
pub struct Lane<T: Element> {
    pub(crate) front: Cell<Option<&'static Core<T>>>,
    pub(crate) back: Cell<Option<&'static Core<T>>>,
    pub(crate) all: Cell<Option<&'static Core<T>>>,
    /// How often another tape than the front one was asked for.
    missed: Cell<u32>,
}

impl<T: Element> Lane<T> {
    const fn new() -> Lane<T> {
        Lane { front: Cell::new(None), back: Cell::new(None), all: Cell::new(None), missed: Cell::new(0) }
    }

    /// The thread's tapes.
    pub(crate) fn cores(&self) -> impl Iterator<Item = &'static Core<T>> {
        std::iter::successors(self.all.get(), |core| core.next.get())
    }

    /// The tape used last.
    #[inline(always)]
    pub(crate) fn front(&self) -> Option<&'static Core<T>> {
        self.front.get()
    }

    /// The tape and index of a word whose tag is the innermost or the outermost of one of the two tapes used last:
    /// the fast answer.
    #[inline(always)]
    pub(crate) fn quick(&self, word: u64) -> Option<(&'static Core<T>, u64)> {
        let front = self.front.get()?;
        if let Some(index) = front.index_if_held(word) {
            return Some((front, index));
        }
        seldom();
        let back = self.back.get()?;
        let index = back.index_if_held(word)?;
        // A tape that is used for long comes to the front, and two that are used in turn change places every so often, not
        // at each op.
        self.missed.set(self.missed.get().wrapping_add(1));
        if self.missed.get().is_multiple_of(64) {
            self.front.set(Some(back));
            self.back.set(Some(front));
        }
        Some((back, index))
    }

    /// The tape of a tag, which becomes the front one.
    #[inline(never)]
    pub(crate) fn find(&self, word: u64) -> Option<&'static Core<T>> {
        if word & TAG_MASK == 0 {
            return None;
        }
        let (front, back) = (self.front.get(), self.back.get());
        if let Some(core) = front
            && core.contains(word)
        {
            return Some(core);
        }
        if let Some(core) = back
            && core.contains(word)
        {
            self.front.set(back);
            self.back.set(front);
            return Some(core);
        }
        let found = self.cores().find(|core| core.contains(word))?;
        self.front.set(Some(found));
        self.back.set(front);
        Some(found)
    }

    /// Adds a tape to the thread.
    pub(crate) fn insert(&self, core: &'static Core<T>) {
        core.next.set(self.all.get());
        self.all.set(Some(core));
        self.back.set(self.front.get());
        self.front.set(Some(core));
    }

    /// Takes a tape from the thread: no word leads to it any more.
    pub(crate) fn remove(&self, core: &'static Core<T>) {
        let is_it = |other: &'static Core<T>| std::ptr::eq(core, other);
        for cell in [&self.front, &self.back] {
            if cell.get().is_some_and(is_it) {
                cell.set(None);
            }
        }
        let mut link = &self.all;
        while let Some(other) = link.get() {
            if is_it(other) {
                link.set(core.next.get());
                break;
            }
            link = &other.next;
        }
        core.next.set(None);
    }
}

macro_rules! elements {
    ($($element:ident)*) => {$(
        impl private::Hooks for $element {
            #[inline(always)]
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
            #[inline(always)]
            fn of_bits(bits: u64) -> $element {
                $element::from_bits(bits as _)
            }
            fn idle() -> &'static IdleCores<$element> {
                static IDLE: IdleCores<$element> = IdleCores(Mutex::new(Vec::new()));
                &IDLE
            }
            #[inline(always)]
            fn lane<R>(f: impl FnOnce(&Lane<$element>) -> R) -> R {
                // A constant initialiser and no destructor: an access is one load.
                thread_local!(static LANE: Lane<$element> = const { Lane::new() });
                LANE.with(f)
            }
            fn traced(x: Operand<$element>) -> Operand<$element> {
                x
            }
            fn operand(x: Operand<$element>) -> Operand<$element> {
                x
            }
            fn verbs<'r, 'a>(recorder: &'r mut Recorder<'a, $element>) -> &'r mut Recorder<'a, $element> {
                recorder
            }
        }
        impl Number for $element {
            type Traced = Operand<$element>;
            type Recorder<'a> = Recorder<'a, $element>;
        }
        impl Element for $element {
            const NAME: &'static str = stringify!($element);
        }
    )*};
}
elements!(f32 f64);
