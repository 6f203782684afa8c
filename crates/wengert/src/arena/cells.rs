//! A growable run of cells. Pushing is safe indexing through a copied `&'static [Cell<T>]`; growing is cold.

use std::cell::Cell;

use super::lease;
use super::pool::Pooled;

/// Cells behind a `'static` slice that is swapped when it grows.
pub(crate) struct Cells<T: Pooled>(Cell<&'static [Cell<T>]>);

impl<T: Pooled> Cells<T> {
    pub(crate) const fn new() -> Cells<T> {
        Cells(Cell::new(&[]))
    }

    /// The whole buffer.
    #[inline(always)]
    pub(crate) fn all(&self) -> &'static [Cell<T>] {
        self.0.get()
    }

    /// Makes room for `needed` cells, at least doubling where it can; the first `used` are kept. Answers whether the
    /// system gave the memory.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub(crate) fn grow(&self, used: usize, needed: usize) -> bool {
        let old = self.0.get();
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
        self.0.set(lease::lend(boxed));
        // To the allocator and not to the pool, where all that a list outgrew would stay: as much again as it needs.
        drop(taken_back(old));
        true
    }

    /// Bytes reserved.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.0.get())
    }
}

/// The buffer that was lent.
#[allow(unsafe_code)]
fn taken_back<T: Pooled>(cells: &'static [Cell<T>]) -> Box<[T]> {
    if cells.is_empty() {
        return Box::default();
    }
    // SAFETY: a non-empty slice came from `lend` in `grow`; the owner has just replaced it or is being dropped,
    // and code that copied it does not hold it across a push (see the invariant of `lease`); what `List` keeps of it it gave up before.
    unsafe { lease::reclaim(cells) }
}

impl<T: Pooled> Drop for Cells<T> {
    fn drop(&mut self) {
        T::pools().values.give(taken_back(self.0.replace(&[])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_keeps_what_was_used() {
        let cells = Cells::<u64>::new();
        assert!(cells.grow(0, 1));
        for (i, cell) in cells.all().iter().enumerate() {
            cell.set(i as u64);
        }
        let used = cells.all().len();
        assert!(cells.grow(used, used + 1));
        assert!(cells.all().len() >= 2 * used);
        assert!(cells.all()[..used].iter().enumerate().all(|(i, cell)| cell.get() == i as u64));
    }
}
