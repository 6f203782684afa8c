//! Stack memory for the blocks whose elements do not lie in a run.

use std::mem::MaybeUninit;

use crate::axes::Axis;
use crate::blocks::{Area, Block};
use crate::line::{gather_into, scatter_add};
use crate::repeat::MANY;
use crate::{BLOCK, Real, Strided};

/// The stack buffers of strided operands, and what they hold.
pub(crate) struct Tiles<T, const N: usize> {
    /// Of buffer `n` the first `held[n].len()` elements are initialised.
    buffers: [[MaybeUninit<T>; BLOCK]; N],
    held: [Area; N],
}

impl<T: Real, const N: usize> Tiles<T, N> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Tiles { buffers: [[MaybeUninit::uninit(); BLOCK]; N], held: [Area::NOWHERE; N] }
    }

    /// The operands of a block: in place where they are runs, else gathered, unless the buffer already holds
    /// the same area (as when an operand is broadcast).
    #[inline(always)]
    pub(crate) fn slices<'a>(
        &'a mut self,
        operands: &[Strided<'a, T>; N],
        block: &Block<'_, N>,
    ) -> [&'a [T]; N] {
        for (n, (buffer, held)) in self.buffers.iter_mut().zip(&mut self.held).enumerate() {
            let area = block.operand(n);
            if area.is_run() || area == *held {
                continue;
            }
            // Nothing counts as held until the whole area is.
            *held = Area::NOWHERE;
            for (start, place) in area.rows() {
                gather_into(&mut buffer[place], operands[n].data(), start, area.col);
            }
            *held = area;
        }
        let this = &*self;
        std::array::from_fn(|n| {
            let area = block.operand(n);
            if area.is_run() {
                &operands[n].data()[area.start as usize..area.start as usize + area.len()]
            } else {
                let held = &this.buffers[n][..this.held[n].len()];
                // SAFETY: these elements are initialised.
                unsafe { &*(std::ptr::from_ref(held) as *const [T]) }
            }
        })
    }
}

/// A stack block of contributions to an area of the target, not yet added there.
///
/// Successive blocks with the same area (as when the target is summed over) share it, so that the sum runs
/// in as many lanes as the block has elements; [`MANY`] of them at most.
pub(crate) struct Pending<T> {
    /// The first `area.len()` elements are initialised.
    block: [MaybeUninit<T>; BLOCK],
    area: Area,
    /// How many blocks share it.
    shared: usize,
}

impl<T: Real> Pending<T> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Pending { block: [MaybeUninit::uninit(); BLOCK], area: Area::NOWHERE, shared: 0 }
    }

    /// What `block` covers of the target.
    #[inline(always)]
    pub(crate) fn area<const N: usize>(block: &Block<'_, N>) -> Area {
        let (Axis { target: row, .. }, Axis { target: col, .. }) = (block.row, block.col);
        Area { start: block.at.target, row: *row, col: *col, ..block.area() }
    }

    /// The block for `area`, to be added to; first adds what is pending for another area.
    #[inline(always)]
    pub(crate) fn open(&mut self, area: Area, data: &mut [T]) -> &mut [T] {
        if area != self.area || self.shared == MANY {
            self.flush(data);
            self.block[..area.len()].fill(MaybeUninit::new(T::zero()));
            (self.area, self.shared) = (area, 0);
        }
        self.shared += 1;
        self.contributions()
    }

    /// Adds what is pending.
    #[inline]
    pub(crate) fn flush(&mut self, data: &mut [T]) {
        let area = self.area;
        let contributions = self.contributions();
        for (start, place) in area.rows() {
            scatter_add(data, start, area.col, &contributions[place]);
        }
        self.area = Area::NOWHERE;
    }

    #[inline(always)]
    fn contributions(&mut self) -> &mut [T] {
        let block = &mut self.block[..self.area.len()];
        // SAFETY: these elements are initialised.
        unsafe { &mut *(std::ptr::from_mut(block) as *mut [T]) }
    }
}
