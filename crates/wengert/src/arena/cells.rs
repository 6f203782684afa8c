//! A growable run of cells. Pushing is safe indexing through a copied `&'static [Cell<T>]`; growing is cold.

use std::cell::Cell;

use super::lease;
use super::pool::Pooled;

/// Cells behind a `'static` slice that is swapped when it grows.
///
/// `open` is what recording sees. While recording is paused or the slots are lent it is empty, so that the one
/// capacity check of the fast path also stops there; `all` is the whole buffer.
pub(crate) struct Cells<T: Pooled> {
    open: Cell<&'static [Cell<T>]>,
    all: Cell<&'static [Cell<T>]>,
    is_open: Cell<bool>,
    /// How many cells recording may ever see: what an instruction's operand field can name.
    limit: usize,
}

impl<T: Pooled> Cells<T> {
    pub(crate) const fn new(limit: usize) -> Cells<T> {
        Cells { open: Cell::new(&[]), all: Cell::new(&[]), is_open: Cell::new(true), limit }
    }

    /// The cells that recording may fill.
    #[inline(always)]
    pub(crate) fn open(&self) -> &'static [Cell<T>] {
        self.open.get()
    }

    /// The whole buffer.
    #[inline(always)]
    pub(crate) fn all(&self) -> &'static [Cell<T>] {
        self.all.get()
    }

    /// Opens the cells to recording, or closes them.
    pub(crate) fn set_open(&self, open: bool) {
        let all = self.all.get();
        self.is_open.set(open);
        self.open.set(if open { &all[..all.len().min(self.limit)] } else { &[] });
    }

    /// Makes room for `needed` cells, at least doubling where it can; the first `used` are kept. Answers whether the
    /// system gave the memory.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub(crate) fn grow(&self, used: usize, needed: usize) -> bool {
        let old = self.all.get();
        if needed <= old.len() {
            return true;
        }
        let pool = &T::pools().values;
        let Some(mut boxed) = pool.take(needed.max(old.len() * 2)).or_else(|| pool.take(needed)) else {
            return false;
        };
        for (new, old) in boxed.iter_mut().zip(&old[..used]) {
            *new = old.get();
        }
        self.all.set(lease::lend(boxed));
        self.set_open(self.is_open.get());
        // To the allocator and not to the pool, where all that a list outgrew would stay: as much again as it needs.
        drop(taken_back(old));
        true
    }

    /// Bytes reserved.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.all.get())
    }
}

/// The buffer that was lent.
#[allow(unsafe_code)]
fn taken_back<T: Pooled>(cells: &'static [Cell<T>]) -> Box<[T]> {
    if cells.is_empty() {
        return Box::default();
    }
    // SAFETY: a non-empty slice came from `lend` in `grow`; the owner has just replaced it or is being dropped,
    // and code that copied it does not hold it across a push (see the invariant of `lease`).
    unsafe { lease::reclaim(cells) }
}

impl<T: Pooled> Drop for Cells<T> {
    fn drop(&mut self) {
        self.open.set(&[]);
        T::pools().values.give(taken_back(self.all.replace(&[])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_keeps_what_was_used() {
        let cells = Cells::<u64>::new(usize::MAX);
        assert!(cells.grow(0, 1));
        for (i, cell) in cells.open().iter().enumerate() {
            cell.set(i as u64);
        }
        let used = cells.open().len();
        assert!(cells.grow(used, used + 1));
        assert!(cells.all().len() >= 2 * used);
        assert!(cells.all()[..used].iter().enumerate().all(|(i, cell)| cell.get() == i as u64));
    }

    #[test]
    fn a_closed_run_shows_nothing_to_recording() {
        let cells = Cells::<f64>::new(700);
        cells.set_open(false);
        assert!(cells.grow(0, 1000));
        assert!(cells.open().is_empty() && cells.all().len() >= 1000);
        cells.set_open(true);
        assert_eq!(cells.open().len(), 700);
    }
}
