//! Idle buffers, process wide. The first recording of a fresh buffer costs two to three times a warm one (page
//! faults), so what a tape or thread leaves behind is kept for the next, up to a limit, and freed beyond it.

use std::sync::{Mutex, PoisonError};

use wengert_kernels::Real;

/// What a pool keeps at most, in bytes an element type; more is given back to the allocator.
pub(crate) const IDLE_LIMIT: usize = 256 << 20;

/// How many buffers, or cores of tapes, a pool keeps at most: as many threads may each leave theirs.
pub(crate) const IDLE_COUNT: usize = 16;

/// Buffers that nobody uses.
pub(crate) struct Pool<T> {
    idle: Mutex<Vec<Box<[T]>>>,
}

impl<T: Copy + Default> Pool<T> {
    pub(crate) const fn new() -> Pool<T> {
        Pool { idle: Mutex::new(Vec::new()) }
    }

    /// A buffer of at least `len` elements: the smallest idle one that is large enough, or a new one of zeros. Its
    /// contents are what its last user left, so a pool of zeros stays one only if its users clear what they give.
    pub(crate) fn take(&self, len: usize) -> Box<[T]> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = idle.iter().enumerate().filter(|(_, buffer)| buffer.len() >= len);
        match fits.min_by_key(|(_, buffer)| buffer.len()).map(|(index, _)| index) {
            Some(index) => idle.swap_remove(index),
            // Fresh zeros come as untouched pages: memory is committed when it is first written.
            None => vec![T::default(); len.next_power_of_two().max(MIN_LEN)].into_boxed_slice(),
        }
    }

    /// Takes a buffer back; beyond the limit the largest go to the allocator.
    pub(crate) fn give(&self, buffer: Box<[T]>) {
        if buffer.is_empty() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(buffer);
        let mut bytes: usize = idle.iter().map(|buffer| size_of_val(&**buffer)).sum();
        while bytes > IDLE_LIMIT || idle.len() > IDLE_COUNT {
            let largest = idle.iter().enumerate().max_by_key(|(_, buffer)| buffer.len());
            let Some(index) = largest.map(|(index, _)| index) else { break };
            bytes -= size_of_val(&*idle.swap_remove(index));
        }
    }

    /// Frees what is idle, and says how many bytes that were.
    pub(crate) fn release(&self) -> usize {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        idle.iter().map(|buffer| size_of_val(&**buffer)).sum()
    }
}

/// Enough for a small program without growing.
const MIN_LEN: usize = 512;

/// An element with pools of its own, since statics cannot be generic.
pub trait Pooled: Copy + Default + Send + 'static {
    #[doc(hidden)]
    fn pools() -> &'static Pools<Self>;
}

/// The pools of one element type.
#[doc(hidden)]
pub struct Pools<T> {
    /// Buffers of any content.
    pub(crate) values: Pool<T>,
    /// Buffers that hold zeros only: adjoints.
    pub(crate) zeros: Pool<T>,
}

macro_rules! pooled {
    ($($element:ty)*) => {$(
        impl Pooled for $element {
            fn pools() -> &'static Pools<$element> {
                static POOLS: Pools<$element> = Pools { values: Pool::new(), zeros: Pool::new() };
                &POOLS
            }
        }
    )*};
}
pooled!(u64 f32 f64);

/// A real number with pools.
pub trait PooledReal: Pooled + Real {}
impl<T: Pooled + Real> PooledReal for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_given_is_a_buffer_taken_and_the_smallest_fit_goes_first() {
        let pool = Pool::<u64>::new();
        let (small, large) = (pool.take(600), pool.take(5000));
        assert_eq!((small.len(), large.len()), (1024, 8192));
        pool.give(large);
        pool.give(small);
        assert_eq!(pool.take(10).len(), 1024);
        assert_eq!(pool.release(), 8192 * 8);
    }
}
