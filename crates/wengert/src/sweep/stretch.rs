//! A run of instructions, for loops that are compiled for short and for long words.

use std::ops::Range;

use crate::arena::words::{LONG, SHORT, last_of, width_of};
use crate::arena::{List, Pooled, split};
use crate::tape::packed::Packed;

/// The instructions that are still to come, of so many bytes each.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a, const STRIDE: usize> {
    bytes: &'a [u8],
}

impl<const STRIDE: usize> Stretch<'_, STRIDE> {
    /// How many there are.
    pub fn len(self) -> usize {
        self.bytes.len() / STRIDE
    }

    /// The last one.
    #[inline(always)]
    pub fn last(self) -> Option<Packed> {
        (self.bytes.len() >= STRIDE).then(|| self.before(self.bytes.len()))
    }

    /// The last one and the one before.
    #[inline(always)]
    pub fn last_two(self) -> Option<[Packed; 2]> {
        let end = self.bytes.len();
        // One comparison for both, and for what is cut off after them.
        (end >= 2 * STRIDE).then(|| [self.before(end), self.before(end - STRIDE)])
    }

    /// One of them, counted from the first.
    #[inline(always)]
    pub fn at(self, index: usize) -> Option<Packed> {
        let end = (index + 1) * STRIDE;
        (end <= self.bytes.len()).then(|| self.before(end))
    }

    /// Without the last ones.
    #[inline(always)]
    pub fn without(self, count: usize) -> Self {
        Stretch { bytes: &self.bytes[..self.bytes.len() - count * STRIDE] }
    }

    /// The instruction that ends there.
    #[inline(always)]
    fn before(self, end: usize) -> Packed {
        Packed::new(last_of::<STRIDE>(&self.bytes[..end]), const { width_of(STRIDE) })
    }
}

/// What is done with a run of instructions of any width.
pub(super) trait Walk {
    type Output;
    fn walk<const STRIDE: usize>(self, words: Stretch<'_, STRIDE>) -> Self::Output;
}

/// Does it, in the copy that was compiled for the width of the words.
#[inline(always)]
pub(super) fn walk<T: Pooled, W: Walk>(list: &List<T>, run: Range<usize>, walk: W) -> W::Output {
    split::shared(list.bytes_of(run), |bytes| match list.stride() {
        SHORT => walk.walk(Stretch::<SHORT> { bytes }),
        _ => walk.walk(Stretch::<LONG> { bytes }),
    })
}
