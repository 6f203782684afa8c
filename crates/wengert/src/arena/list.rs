//! The list: a word an instruction, and the values of its slots.
//!
//! **Invariant.** `reach` is no more than `lag` and the room for words together, and `short` and `long` are no longer than `reach`, so
//! that a slot which lies in one has room for its word: one question serves both. `short` is empty where words are long, and
//! `long` where they are short. What may break one of these ends with `measure` or `show`; more slots than words, and so a larger
//! `lag`, breaks none.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ops::Range;

use super::cells::Cells;
use super::pool::Pooled;
use super::words::{LONG, SHORT, Words, most_of, width_of};

/// Bits of each of the two numbers of short and of long words.
const SHORT_WIDTH: u32 = width_of(SHORT);
const LONG_WIDTH: u32 = width_of(LONG);

/// Instructions and values. How many instructions there are follows from the slots: most have one, so that one number is kept
/// when one is recorded.
pub(crate) struct List<T: Pooled> {
    /// The slots that the fast path sees where words are short: none while recording is paused or the slots are lent.
    short: Cell<&'static [Cell<T>]>,
    /// The same where they are long.
    long: Cell<&'static [Cell<T>]>,
    slots: Cell<usize>,
    /// How many more slots than words there are; as a signed number, since an empty tensor has no slot.
    lag: Cell<usize>,
    words: Words,
    values: Cells<T>,
    /// How many slots there is room for that words can count.
    most: Cell<usize>,
    /// How many slots the fast path may see while the list is open.
    reach: Cell<usize>,
    is_open: Cell<bool>,
}

impl<T: Pooled> List<T> {
    pub(crate) const fn new() -> List<T> {
        List {
            short: Cell::new(&[]),
            long: Cell::new(&[]),
            slots: Cell::new(0),
            lag: Cell::new(0),
            words: Words::new(),
            values: Cells::new(),
            most: Cell::new(0),
            reach: Cell::new(0),
            is_open: Cell::new(true),
        }
    }

    /// How many slots there are.
    #[inline(always)]
    pub(crate) fn slots(&self) -> usize {
        self.slots.get()
    }

    /// How many words there are.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.slots.get().wrapping_sub(self.lag.get())
    }

    /// The values of all slots, and the room behind them.
    #[inline(always)]
    pub(crate) fn values(&self) -> &'static [Cell<T>] {
        self.values.all()
    }

    /// Bytes a word.
    #[inline(always)]
    pub(crate) fn stride(&self) -> usize {
        self.words.stride()
    }

    /// Bits of each of the two numbers of a word.
    #[inline(always)]
    pub(crate) fn width(&self) -> u32 {
        width_of(self.words.stride())
    }

    /// The bits of a word.
    #[inline(always)]
    pub(crate) fn bits(&self, index: usize) -> u64 {
        self.words.bits(index)
    }

    /// The bytes of a run of words.
    pub(crate) fn bytes_of(&self, run: Range<usize>) -> &[Cell<u8>] {
        self.words.bytes_of(run)
    }

    /// Whether recording may add to the list.
    #[inline(always)]
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.get()
    }

    /// Whether there is room for a word, and for so many slots, open or not.
    #[inline(always)]
    pub(crate) fn has_room(&self, slots: usize) -> bool {
        slots <= self.most.get() - self.slots.get() && self.len() < self.words.capacity()
    }

    /// Whether a word can count so many slots in all, and the words that there are with one more.
    pub(crate) fn can_count(&self, slots: usize) -> bool {
        slots.max(self.len() + 1) <= most_of(self.words.stride())
    }

    /// Appends a word, which is told its width, and the value of its slot; answers the slot. The fast answer.
    #[inline(always)]
    pub(crate) fn push(&self, pack: impl Fn(u32) -> u64, value: T) -> Option<usize> {
        let slot = self.slots.get();
        self.push_where(pack, slot, |open| {
            open.get(slot)?.set(value);
            Some(())
        })?;
        self.slots.set(slot + 1);
        Some(slot)
    }

    /// The same with a constant in the slot before.
    #[inline(always)]
    pub(crate) fn push_with_constant(
        &self,
        pack: impl Fn(u32) -> u64,
        constant: T,
        value: T,
    ) -> Option<usize> {
        let slot = self.slots.get();
        self.push_where(pack, slot, |open| {
            open.get(slot + 1)?.set(value);
            open.get(slot)?.set(constant);
            Some(())
        })?;
        self.slots.set(slot + 2);
        self.lag.set(self.lag.get().wrapping_add(1));
        Some(slot + 1)
    }

    /// The same with several results; answers the first of their slots.
    #[inline(always)]
    pub(crate) fn push_results<const M: usize>(
        &self,
        pack: impl Fn(u32) -> u64,
        results: [T; M],
    ) -> Option<usize> {
        let slot = self.slots.get();
        self.push_where(pack, slot, |open| {
            let places = open.get(slot..)?.first_chunk::<M>()?;
            for m in 0..M {
                places[m].set(results[m]);
            }
            (M > 0).then_some(())
        })?;
        self.slots.set(slot + M);
        self.lag.set(self.lag.get().wrapping_add(M).wrapping_sub(1));
        Some(slot)
    }

    /// Writes the word of an instruction whose first slot is `slot`, if `fill` finds that one and its values a place among those
    /// that are open.
    #[inline(always)]
    fn push_where(
        &self,
        pack: impl Fn(u32) -> u64,
        slot: usize,
        fill: impl Fn(&[Cell<T>]) -> Option<()>,
    ) -> Option<()> {
        let word = slot.wrapping_sub(self.lag.get());
        if fill(self.short.get()).is_some() {
            // SAFETY: the slot is open, so that by the module's invariant there is room for its word, and words are short.
            unsafe { self.words.put_unchecked::<SHORT>(word, pack(SHORT_WIDTH)) };
        } else {
            seldom();
            fill(self.long.get())?;
            // SAFETY: as above, and words are long.
            unsafe { self.words.put_unchecked::<LONG>(word, pack(LONG_WIDTH)) };
        }
        Some(())
    }

    /// Appends a word, which is told its width, and its slots, whose values are there. The room must be there.
    #[inline(always)]
    pub(crate) fn append(&self, pack: impl Fn(u32) -> u64, slots: usize) {
        self.words.put(self.len(), pack);
        self.slots.set(self.slots.get() + slots);
        self.lag.set(self.lag.get().wrapping_add(slots).wrapping_sub(1));
        // With more slots there is more room for words, which may wait to be seen.
        if slots == 0 {
            self.measure();
        }
    }

    /// Writes the last word anew, with so many more slots.
    pub(crate) fn set_last(&self, pack: impl Fn(u32) -> u64, more: usize) {
        self.words.put(self.len() - 1, pack);
        self.slots.set(self.slots.get() + more);
        self.lag.set(self.lag.get().wrapping_add(more));
    }

    /// Forgets what comes after so many words and slots.
    pub(crate) fn truncate(&self, len: usize, slots: usize) {
        self.slots.set(slots);
        self.lag.set(slots.wrapping_sub(len));
        if self.reach.get() > self.room() {
            self.measure();
        }
    }

    /// Forgets everything, and that words were long.
    pub(crate) fn clear(&self) {
        self.words.shorten();
        self.slots.set(0);
        self.lag.set(0);
        self.measure();
    }

    /// Forgets how much room was asked for: the next tape has not.
    pub(crate) fn forget(&self) {
        self.words.forget();
    }

    /// Opens the list to recording, or closes it.
    pub(crate) fn set_open(&self, open: bool) {
        self.is_open.set(open);
        self.show();
    }

    /// Makes room for so many more slots. Answers whether the system gave the memory.
    #[must_use]
    pub(crate) fn reserve_slots(&self, more: usize) -> bool {
        let used = self.slots.get();
        if used + more <= self.values.all().len() {
            return true;
        }
        // The fast path sees nothing while its slots go back to the system.
        self.hide();
        let grown = self.values.grow(used, used + more);
        self.measure();
        grown
    }

    /// Makes room for so many more words. Answers whether the system gave the memory.
    #[must_use]
    pub(crate) fn reserve_words(&self, more: usize) -> bool {
        let used = self.len();
        if self.words.ask(used.saturating_add(more)) {
            return true;
        }
        let grown = self.words.grow(used);
        self.measure();
        grown
    }

    /// Makes words long: each goes through `anew`, which has its bits and both widths. Answers whether the system gave the memory.
    #[must_use]
    pub(crate) fn lengthen(&self, anew: impl Fn(u64, u32, u32) -> u64) -> bool {
        let lengthened = self.words.lengthen(self.len(), |bits| anew(bits, SHORT_WIDTH, LONG_WIDTH));
        self.measure();
        lengthened
    }

    /// How many slots could have a word each.
    #[inline]
    fn room(&self) -> usize {
        (self.lag.get().wrapping_add(self.words.capacity()) as isize).max(0) as usize
    }

    /// Opens as much to the fast path as it may have.
    pub(crate) fn measure(&self) {
        let (all, stride) = (self.values.all().len(), self.words.stride());
        self.most.set(all.min(most_of(stride)));
        self.reach.set(all.min(self.room()).min(1 << width_of(stride)));
        self.show();
    }

    /// Shows the fast path what is open to it.
    #[inline]
    fn show(&self) {
        let open = if self.is_open.get() { self.reach.get() } else { 0 };
        let (none, some) = (&self.values.all()[..0], &self.values.all()[..open]);
        let is_short = self.words.stride() == SHORT;
        self.short.set(if is_short { some } else { none });
        self.long.set(if is_short { none } else { some });
    }

    /// Shows it nothing.
    fn hide(&self) {
        self.short.set(&[]);
        self.long.set(&[]);
    }

    /// Bytes reserved.
    pub(crate) fn bytes(&self) -> usize {
        self.values.bytes() + self.words.bytes()
    }
}

impl<T: Pooled> Drop for List<T> {
    fn drop(&mut self) {
        self.hide();
    }
}

/// Marks what stands in line and is seldom taken.
#[cold]
#[inline]
fn seldom() {}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the invariant says.
    fn check(list: &List<f64>) {
        let room = list.lag.get() as isize + list.words.capacity() as isize;
        let (short, long, reach) = (list.short.get().len(), list.long.get().len(), list.reach.get());
        assert!(short <= reach && long <= reach && (reach == 0 || reach as isize <= room));
        assert!(short == 0 || list.stride() == SHORT);
        assert!(long == 0 || list.stride() == LONG);
        assert_eq!(list.len() as isize, list.slots() as isize - list.lag.get() as isize);
    }

    #[test]
    fn a_slot_that_is_open_has_room_for_its_word() {
        let list = List::<f64>::new();
        let step = |k: u64| {
            match k % 7 {
                // Empty tensors: words without a slot.
                0 | 1 if list.reserve_words(1) => list.append(|_| k, 0),
                2 if list.reserve_words(1) && list.reserve_slots(900) => list.append(|_| k, 900),
                _ => {
                    let more = || {
                        let end = list.slots() + 2;
                        assert!(end <= 1 << list.width() || list.lengthen(|bits, _, _| bits));
                        assert!(list.reserve_slots(2) && list.reserve_words(2));
                        // What there was room for may wait to be seen.
                        list.measure();
                    };
                    while list.push_with_constant(|_| k, 0.5, 1.0).is_none() {
                        more();
                    }
                    while list.push(|_| k, 2.0).is_none() {
                        more();
                    }
                }
            }
            check(&list);
            assert_eq!(list.bits(list.len() - 1), k);
            (list.len(), list.slots())
        };
        let marks: Vec<_> = (0..3000).map(step).collect();
        assert_eq!(list.stride(), LONG);
        // Back to where fewer slots lay before as many words, and on from there with what is open.
        for &(len, slots) in marks.iter().rev().step_by(100) {
            list.truncate(len, slots);
            check(&list);
            while list.push_results(|_| 9, [3.0, 4.0]).is_some() {
                check(&list);
            }
        }
        list.truncate(10, 5);
        check(&list);
    }

    #[test]
    fn a_closed_list_shows_nothing_to_the_fast_path() {
        let list = List::<f64>::new();
        let widths = std::cell::RefCell::new(Vec::new());
        let pack = |width| {
            widths.borrow_mut().push(width);
            0
        };
        for _ in 0..2 {
            list.set_open(false);
            assert!(list.reserve_slots(3) && list.reserve_words(3) && list.has_room(1));
            assert_eq!((list.push(pack, 1.0), list.push_with_constant(pack, 1.0, 1.0)), (None, None));
            list.set_open(true);
            assert_eq!(list.push(pack, 1.0), Some(list.slots() - 1));
            assert_eq!(list.push_results(pack, [1.0; 2]), Some(list.slots() - 2));
            assert_eq!(list.push_results(pack, []), None);
            assert!(list.lengthen(|bits, _, _| bits));
        }
        assert_eq!(widths.take(), [SHORT_WIDTH, SHORT_WIDTH, LONG_WIDTH, LONG_WIDTH]);
        list.clear();
        assert_eq!((list.stride(), list.len(), list.slots()), (SHORT, 0, 0));
    }
}
