//! What arrived at slots in a recorded sweep, until the sweep comes to them: scalars, which are themselves on the tape.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::{At, Result};
use crate::lists::check_room;
use crate::scalar::Scalar;
use crate::tape::Element;

/// A scalar a slot, or none. Most programs send to most of their slots, which lie side by side for that; of the long list that may lie
/// below a scope a sweep sends to few.
pub(super) struct Pending<T: Element> {
    slots: Range<usize>,
    /// One more than the word of a scalar, or 0 for none: slots that nothing is sent to stay untouched pages. Empty until something is
    /// sent: a program of tensors has no use for it.
    words: Vec<u64>,
    values: Vec<T>,
    below: BTreeMap<usize, Scalar<T>>,
}

impl<T: Element> Pending<T> {
    /// Nothing yet, with a place for each of these slots. Those below have none of their own, and above them there are none.
    pub fn new(slots: Range<usize>, op: &'static str, at: At) -> Result<Pending<T>> {
        check_room::<(u64, T)>(slots.len(), op, at)?;
        Ok(Pending { slots, words: Vec::new(), values: Vec::new(), below: BTreeMap::new() })
    }

    /// What arrived at a slot, which is left with none.
    #[inline]
    pub fn remove(&mut self, slot: usize) -> Option<Scalar<T>> {
        let Some(place) = slot.checked_sub(self.slots.start) else { return self.below.remove(&slot) };
        let word = std::mem::take(self.words.get_mut(place)?).checked_sub(1)?;
        Some(Scalar::from_parts(self.values[place], word))
    }

    /// Puts a scalar at a slot that has none.
    #[inline]
    pub fn insert(&mut self, slot: usize, value: Scalar<T>) {
        let Some(place) = slot.checked_sub(self.slots.start) else {
            self.below.insert(slot, value);
            return;
        };
        if self.words.is_empty() {
            self.words = vec![0; self.slots.len()];
            self.values = vec![T::zero(); self.slots.len()];
        }
        (self.words[place], self.values[place]) = (value.word() + 1, value.value());
    }

    pub fn contains(&self, slot: usize) -> bool {
        match slot.checked_sub(self.slots.start) {
            Some(place) => self.words.get(place).is_some_and(|&word| word != 0),
            None => self.below.contains_key(&slot),
        }
    }

    /// The highest slot below `end` that something arrived at.
    pub fn highest(&self, end: usize) -> Option<usize> {
        let places = &self.words[..end.saturating_sub(self.slots.start).min(self.words.len())];
        let place = places.iter().rposition(|&word| word != 0);
        let below = || self.below.range(..end).next_back().map(|(&slot, _)| slot);
        place.map(|place| self.slots.start + place).or_else(below)
    }
}
