//! Idle buffers, process wide. The first recording of a fresh buffer pays a page fault a page, which a
//! warm one does not, so what a tape or thread leaves behind is kept for the next, up to a limit, and freed beyond it.

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
    /// `None` where the system does not give that much.
    pub(crate) fn take(&self, len: usize) -> Option<Box<[T]>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = idle.iter().enumerate().filter(|(_, buffer)| buffer.len() >= len);
        match fits.min_by_key(|(_, buffer)| buffer.len()).map(|(index, _)| index) {
            Some(index) => Some(idle.swap_remove(index)),
            None => {
                let len = len.checked_next_power_of_two()?.max(MIN_LEN);
                if len > ASK_FIRST {
                    // `vec!` aborts where there is no memory, so it is asked for once before.
                    Vec::<T>::new().try_reserve_exact(len).ok()?;
                }
                // Fresh zeros come as untouched pages: memory is committed when it is first written.
                Some(vec![T::default(); len].into_boxed_slice())
            }
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

/// From this length on the system may refuse.
const ASK_FIRST: usize = 1 << 20;
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
pooled!(u8 u64 f32 f64);

/// A real number with pools.
pub trait PooledReal: Pooled + Real {}
impl<T: Pooled + Real> PooledReal for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_given_is_a_buffer_taken_and_the_smallest_fit_goes_first() {
        let pool = Pool::<u64>::new();
        let (small, large) = (pool.take(600).unwrap(), pool.take(5000).unwrap());
        assert_eq!((small.len(), large.len()), (1024, 8192));
        pool.give(large);
        pool.give(small);
        assert_eq!(pool.take(10).unwrap().len(), 1024);
        assert!(pool.take(usize::MAX / 16).is_none());
        assert_eq!(pool.release(), 8192 * 8);
    }
}
