//! The shape that a user is answered with.

use std::fmt;
use std::ops::Deref;

use smallvec::SmallVec;

use super::{Axes, Dims, IntoShape};

/// The extents of the axes: a list of numbers, which compares with arrays, slices and `Vec`s, and can be given wherever
/// a shape is asked for.
///
/// ```
/// use wengert::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.zeros([2, 3]);
/// assert_eq!(x.shape(), [2, 3]);
/// assert_eq!((x.shape()[1], x.shape().len()), (3, 2));
/// assert_eq!(tape.ones(x.shape()).shape(), x.shape());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Extents(Dims);

impl Extents {
    /// The extents as a slice.
    pub fn as_slice(&self) -> &[usize] {
        &self.0
    }
}

impl From<Dims> for Extents {
    fn from(dims: Dims) -> Extents {
        Extents(dims)
    }
}

impl Deref for Extents {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl AsRef<[usize]> for Extents {
    fn as_ref(&self) -> &[usize] {
        &self.0
    }
}

impl fmt::Debug for Extents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! compared {
    ($($list:ty, [$($generics:tt)*];)*) => {$(
        impl<$($generics)*> PartialEq<$list> for Extents {
            fn eq(&self, other: &$list) -> bool {
                self.0[..] == other[..]
            }
        }
        impl<$($generics)*> PartialEq<Extents> for $list {
            fn eq(&self, other: &Extents) -> bool {
                self[..] == other.0[..]
            }
        }
    )*};
}
compared! {
    [usize; N], [const N: usize];
    &[usize; N], [const N: usize];
    [usize], [];
    &[usize], [];
    Vec<usize>, [];
    Dims, [];
}

impl IntoIterator for Extents {
    type Item = usize;
    type IntoIter = smallvec::IntoIter<[usize; 4]>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Extents {
    type Item = &'a usize;
    type IntoIter = std::slice::Iter<'a, usize>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

macro_rules! given {
    ($($type:ty),*) => {$(
        impl IntoShape for $type {
            fn extents(&self) -> SmallVec<[isize; 4]> {
                (&self.0[..]).extents()
            }
        }
        impl Axes for $type {
            fn axes(&self) -> SmallVec<[isize; 4]> {
                (&self.0[..]).axes()
            }
        }
    )*};
}
given!(Extents, &Extents);
