//! Taking what has been accumulated out of its buffer, which is zero afterwards.

use crate::{Kernel, Real, dispatch};

/// `target = source`, or `target += source` where `add` says so; and `source = 0`, in the same pass.
///
/// ```
/// use wengert_kernels::take;
///
/// let (mut target, mut source) = ([10.0, 20.0], [1.0, 2.0]);
/// take(&mut target, &mut source, true);
/// assert_eq!((target, source), ([11.0, 22.0], [0.0, 0.0]));
/// ```
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn take<T: Real>(target: &mut [T], source: &mut [T], add: bool) {
    assert!(target.len() == source.len(), "take: {} elements into {}", source.len(), target.len());
    if target.len() < LONG {
        Take { target, source, add }.run()
    } else {
        dispatch(Take { target, source, add })
    }
}

/// From this length on the choice of a vector unit pays.
const LONG: usize = 32;

struct Take<'a, T> {
    target: &'a mut [T],
    source: &'a mut [T],
    add: bool,
}

impl<T: Real> Kernel for Take<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pairs = self.target.iter_mut().zip(self.source);
        if self.add {
            pairs.for_each(|(target, source)| *target += std::mem::take(source));
        } else {
            pairs.for_each(|(target, source)| *target = std::mem::take(source));
        }
    }
}
