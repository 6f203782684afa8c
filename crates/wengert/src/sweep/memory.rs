//! Where the loops of the reverse sweep over scalars read values and keep adjoints.

use std::cell::Cell;

use crate::tape::Element;

/// Values, and adjoints parallel to them.
pub(super) trait Memory<T: Element> {
    fn value(&self, slot: usize) -> T;
    fn adjoint(&self, slot: usize) -> T;
    /// The adjoint of the slot before, 0 where there is none.
    fn before(&self, slot: usize) -> T;
    fn put(&mut self, slot: usize, adjoint: T);
    /// Puts that of the slot before, where there is one.
    fn put_before(&mut self, slot: usize, adjoint: T);
    /// Adds what an instruction sends back to an operand.
    fn add(&mut self, slot: usize, x_bar: T);
    /// The same memory; the compiler knows that it has as many values as adjoints, so that one bounds check serves both.
    fn cut(self) -> Self;
    /// The same memory, lent to a function of its own.
    fn lend(&mut self) -> impl Memory<T>;
}

/// Of all slots up to the root.
pub(super) struct Whole<'a, T> {
    pub values: &'a [Cell<T>],
    pub adjoints: &'a mut [T],
}

impl<T: Element> Memory<T> for Whole<'_, T> {
    #[inline(always)]
    fn value(&self, slot: usize) -> T {
        self.values[slot].get()
    }

    #[inline(always)]
    fn adjoint(&self, slot: usize) -> T {
        self.adjoints[slot]
    }

    #[inline(always)]
    fn before(&self, slot: usize) -> T {
        self.adjoints.get(slot.wrapping_sub(1)).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn put(&mut self, slot: usize, adjoint: T) {
        self.adjoints[slot] = adjoint;
    }

    #[inline(always)]
    fn put_before(&mut self, slot: usize, adjoint: T) {
        if let Some(before) = self.adjoints.get_mut(slot.wrapping_sub(1)) {
            *before = adjoint;
        }
    }

    #[inline(always)]
    fn add(&mut self, slot: usize, x_bar: T) {
        self.adjoints[slot] += x_bar;
    }

    #[inline(always)]
    fn cut(self) -> Self {
        Whole { values: &self.values[..self.adjoints.len()], adjoints: self.adjoints }
    }

    #[inline(always)]
    fn lend(&mut self) -> impl Memory<T> {
        Whole { values: self.values, adjoints: &mut *self.adjoints }
    }
}

/// The same, which notes how far up anything arrived below a ground.
pub(super) struct Above<'a, T> {
    pub all: Whole<'a, T>,
    pub ground: usize,
    /// One past the highest such slot.
    pub highest: &'a Cell<usize>,
}

impl<T> Above<'_, T> {
    #[inline(always)]
    fn note(&self, slot: usize) {
        if slot < self.ground {
            self.highest.set(self.highest.get().max(slot + 1));
        }
    }
}

impl<T: Element> Memory<T> for Above<'_, T> {
    #[inline(always)]
    fn value(&self, slot: usize) -> T {
        self.all.value(slot)
    }

    #[inline(always)]
    fn adjoint(&self, slot: usize) -> T {
        self.all.adjoint(slot)
    }

    #[inline(always)]
    fn before(&self, slot: usize) -> T {
        self.all.before(slot)
    }

    #[inline(always)]
    fn put(&mut self, slot: usize, adjoint: T) {
        self.all.put(slot, adjoint);
    }

    #[inline(always)]
    fn put_before(&mut self, slot: usize, adjoint: T) {
        if slot > 0 && !adjoint.is_zero() {
            self.note(slot - 1);
        }
        self.all.put_before(slot, adjoint);
    }

    #[inline(always)]
    fn add(&mut self, slot: usize, x_bar: T) {
        self.note(slot);
        self.all.add(slot, x_bar);
    }

    #[inline(always)]
    fn cut(self) -> Self {
        Above { all: self.all.cut(), ..self }
    }

    #[inline(always)]
    fn lend(&mut self) -> impl Memory<T> {
        Above { all: Whole { values: self.all.values, adjoints: &mut *self.all.adjoints }, ..*self }
    }
}
