//! A growable run of words of 4 bytes, or of 8 where what they name asks for it.
//!
//! **Invariant.** The first `capacity` words lie in the buffer.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ops::Range;

use super::cells::Cells;

/// Bits of a word's code, which lies between two numbers of equal width.
pub(crate) const CODE_BITS: u32 = 6;
/// Bytes of short and of long words.
pub(crate) const SHORT: usize = 4;
pub(crate) const LONG: usize = 8;
/// The least room that is asked for, in words.
const LEAST: usize = 512;

/// Bits of each number in words of so many bytes.
#[inline(always)]
pub(crate) const fn width_of(stride: usize) -> u32 {
    (8 * stride as u32 - CODE_BITS) / 2
}

/// The most that both numbers together count, in words of so many bytes.
#[inline(always)]
pub(crate) const fn most_of(stride: usize) -> usize {
    (1 << (2 * width_of(stride))) - 1
}

/// Words side by side. How many there are is for their owner to know.
pub(crate) struct Words {
    bytes: Cells<u8>,
    /// Bytes a word.
    stride: Cell<usize>,
    /// How many words there is room for that can be counted.
    capacity: Cell<usize>,
    /// How many were asked for. The buffer may have room for more, as one that another tape left.
    asked: Cell<usize>,
}

impl Words {
    pub(crate) const fn new() -> Words {
        Words {
            bytes: Cells::new(),
            stride: Cell::new(SHORT),
            capacity: Cell::new(0),
            asked: Cell::new(LEAST),
        }
    }

    /// Bytes a word.
    #[inline(always)]
    pub(crate) fn stride(&self) -> usize {
        self.stride.get()
    }

    /// How many words there is room for.
    #[inline(always)]
    pub(crate) fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// The bits of a word.
    #[inline(always)]
    pub(crate) fn bits(&self, index: usize) -> u64 {
        assert!(index < self.capacity.get(), "an instruction that is read is there");
        // SAFETY: by the module's invariant so many bytes of the buffer lie there. They are cells, which nothing writes meanwhile.
        unsafe {
            let place = self.bytes.all().as_ptr().cast::<u8>().add(index * self.stride.get());
            match self.stride.get() {
                SHORT => u32::from_le(place.cast::<u32>().read_unaligned()).into(),
                _ => u64::from_le(place.cast::<u64>().read_unaligned()),
            }
        }
    }

    /// The bytes of a run of words.
    pub(crate) fn bytes_of(&self, run: Range<usize>) -> &[Cell<u8>] {
        let stride = self.stride.get();
        &self.bytes.all()[run.start * stride..run.end * stride]
    }

    /// Writes a word, which is told its width.
    #[inline(always)]
    pub(crate) fn put(&self, index: usize, pack: impl Fn(u32) -> u64) {
        assert!(index < self.capacity.get(), "room was made for an instruction");
        match self.stride.get() {
            // SAFETY: there is room for so many words, and they are short.
            SHORT => unsafe { self.put_unchecked::<SHORT>(index, pack(width_of(SHORT))) },
            // SAFETY: there is room for so many words, and they are long.
            _ => unsafe { self.put_unchecked::<LONG>(index, pack(width_of(LONG))) },
        }
    }

    /// The same, without asking.
    ///
    /// # Safety
    /// `index` is less than `capacity`, and a word takes `STRIDE` bytes, which is one of two.
    #[inline(always)]
    pub(crate) unsafe fn put_unchecked<const STRIDE: usize>(&self, index: usize, bits: u64) {
        debug_assert!(index < self.capacity.get() && STRIDE == self.stride.get());
        let bytes = self.bytes.all().as_ptr().cast_mut();
        // SAFETY: by the caller's promise and the module's invariant so many bytes of the buffer lie there. They are cells,
        // which grant writes.
        unsafe {
            let place = bytes.add(index * STRIDE);
            match STRIDE {
                SHORT => place.cast::<u32>().write_unaligned((bits as u32).to_le()),
                _ => place.cast::<u64>().write_unaligned(bits.to_le()),
            }
        }
    }

    /// Makes words short. What there were is forgotten.
    pub(crate) fn shorten(&self) {
        self.stride.set(SHORT);
        self.measure();
    }

    /// Forgets how many words were asked for.
    pub(crate) fn forget(&self) {
        self.asked.set(LEAST);
    }

    /// Notes that so many words are to have room; answers whether they do.
    #[inline(always)]
    pub(crate) fn ask(&self, needed: usize) -> bool {
        self.asked.set(self.asked.get().max(needed));
        needed <= self.capacity.get()
    }

    /// Makes room for as many words as were asked for, of which the first `used` are kept. Answers whether the system gave the
    /// memory.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub(crate) fn grow(&self, used: usize) -> bool {
        let stride = self.stride.get();
        let grown = self.bytes.grow(used * stride, self.asked.get().saturating_mul(stride));
        if !grown {
            // Or what the system cannot give would be asked for again, with each word.
            self.forget();
        }
        self.measure();
        grown
    }

    /// Makes words long: each of the first `used` goes through `anew`. Answers whether the system gave the memory.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub(crate) fn lengthen(&self, used: usize, anew: impl Fn(u64) -> u64) -> bool {
        if self.stride.get() == LONG {
            return true;
        }
        // A capacity that was asked for stays one, where it can. No more than that is made room for, or a buffer that goes from tape
        // to tape would be twice as long after each.
        let room_for = |count: usize| self.bytes.grow(used * SHORT, count.max(used).saturating_mul(LONG));
        if !room_for(self.asked.get()) {
            self.forget();
            if !room_for(LEAST) {
                return false;
            }
        }
        // From the last one down: what is written lies behind what is still to be read.
        for index in (0..used).rev() {
            let bits = anew(self.bits(index));
            let place = &self.bytes.all()[index * LONG..][..LONG];
            place.iter().zip(bits.to_le_bytes()).for_each(|(cell, byte)| cell.set(byte));
        }
        self.stride.set(LONG);
        self.measure();
        true
    }

    /// Notes how much room there is.
    fn measure(&self) {
        let stride = self.stride.get();
        self.capacity.set((self.bytes.all().len() / stride).min(most_of(stride)));
    }

    /// Bytes reserved.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.bytes()
    }
}

/// The bits of the last word of some.
#[inline(always)]
pub(crate) fn last_of<const STRIDE: usize>(bytes: &[u8]) -> u64 {
    const WHOLE: &str = "a word has all its bytes";
    match STRIDE {
        SHORT => u32::from_le_bytes(*bytes.last_chunk().expect(WHOLE)).into(),
        _ => u64::from_le_bytes(*bytes.last_chunk().expect(WHOLE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each word reads back what was written, also when the run grew and words became long meanwhile.
    #[test]
    fn words_keep_their_bits_when_the_run_grows_and_they_become_long() {
        let words = Words::new();
        let bits = |k: usize| u64::from((k as u32).wrapping_mul(0x9e37_79b9));
        for k in 0..3000 {
            if k == 1500 {
                assert!(words.lengthen(k, |bits| bits) && words.stride() == LONG);
            }
            if k == words.capacity() {
                assert!(!words.ask(k + 1) && words.grow(k) && words.ask(k + 1));
            }
            words.put(k, |_| bits(k));
        }
        (0..3000).for_each(|k| assert_eq!(words.bits(k), bits(k), "{k}"));
        words.put(2999, |_| u64::MAX);
        assert_eq!((words.bits(2998), words.bits(2999)), (bits(2998), u64::MAX));
    }

    /// As many words as there is room for lie in the buffer, a capacity stays one when words become long, and a buffer that
    /// is used again does not grow.
    #[test]
    fn every_word_that_there_is_room_for_lies_in_the_buffer() {
        let words = Words::new();
        for needed in [1, 700, 5000] {
            assert!((words.ask(needed) || words.grow(0)) && words.capacity() >= needed);
            assert_eq!(words.capacity() * SHORT, words.bytes());
        }
        let mut bytes = Vec::new();
        for _ in 0..4 {
            assert!(words.lengthen(0, |_| unreachable!("there are no words")));
            assert!(words.capacity() >= 5000 && words.capacity() * LONG == words.bytes());
            bytes.push(words.bytes());
            words.shorten();
            assert_eq!(words.capacity() * SHORT, words.bytes());
        }
        assert!(bytes.iter().all(|&all| all == bytes[0]), "{bytes:?}");
    }
}
