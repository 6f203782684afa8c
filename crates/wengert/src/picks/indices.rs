//! Integers that name elements of an axis.

use std::fmt;
use std::ops::Range;

use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};

use crate::error::{At, Error, OrRaise, Result, Shape};
use crate::lists::{collected, room};
use crate::shape::{Dims, Extent, Extents, IntoShape, element_count, resolve_index, resolve_shape};

/// Indices along an axis, with a shape of their own: what `argmax`, `sort` and `topk` answer, and what `gather`,
/// `index_select` and `embedding` take.
///
/// They are made from one integer, nested arrays, slices, `Vec`s, ranges and ndarray arrays of integers. A negative
/// index counts from the end of the axis, as in Python, but for words and classes (`embedding`, `one_hot`, `cross_entropy`), where it is an
/// error; it is checked where it is used.
///
/// ```
/// use wengert::{Indices, Tape};
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([10.0, 30.0, 20.0]);
/// let best: Indices = x.argmax();
/// assert_eq!(best.item(), 1);
/// assert_eq!(x.index_select(0, [2, -1, 0]).to_vec(), [20.0, 20.0, 10.0]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Indices {
    dims: Dims,
    /// Negative ones as the bits of an `isize`.
    values: Vec<usize>,
}

impl Indices {
    /// Indices in row-major order under a shape.
    ///
    /// # Panics
    /// Where [`Indices::try_new`] gives an error.
    ///
    /// ```
    /// use wengert::{Indices, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let picked = x.gather(1, Indices::new(vec![0, -1, 1, -2], [2, 2]));
    /// assert_eq!(picked.to_vec(), [1.0, 3.0, 5.0, 5.0]);
    /// ```
    #[track_caller]
    pub fn new(values: impl Into<Indices>, shape: impl IntoShape) -> Indices {
        Indices::try_new(values, shape).or_raise()
    }

    /// Like [`Indices::new`], but returns the error: the indices do not fill the shape.
    #[track_caller]
    pub fn try_new(values: impl Into<Indices>, shape: impl IntoShape) -> Result<Indices> {
        let Indices { values, .. } = values.into();
        let dims = resolve_shape("Indices::new", &shape.extents(), Some(values.len()), At::caller())?;
        Ok(Indices { dims, values })
    }

    pub(crate) fn from_parts(values: Vec<usize>, dims: &[usize]) -> Indices {
        debug_assert_eq!(values.len(), element_count(dims));
        Indices { dims: Dims::from_slice(dims), values }
    }

    pub(crate) fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The extents of the axes.
    pub fn shape(&self) -> Extents {
        self.dims.clone().into()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The indices in row-major order. A negative one, which only a list of a user's can hold, is the bits of its
    /// `isize`.
    pub fn as_slice(&self) -> &[usize] {
        &self.values
    }

    /// The same, as a list of its own.
    pub fn to_vec(&self) -> Vec<usize> {
        self.values.clone()
    }

    /// As an ndarray array.
    pub fn value(&self) -> ArrayD<usize> {
        let filled = ArrayD::from_shape_vec(IxDyn(&self.dims), self.values.clone());
        filled.expect("as many indices as the shape has")
    }

    /// The one index.
    ///
    /// # Panics
    /// Where [`Indices::try_item`] gives an error.
    #[track_caller]
    pub fn item(&self) -> usize {
        self.try_item().or_raise()
    }

    /// Like [`Indices::item`], but returns the error: there is not exactly one.
    #[track_caller]
    pub fn try_item(&self) -> Result<usize> {
        match self.values[..] {
            [one] => Ok(one),
            _ => Err(Error::Rank {
                op: "item",
                what: "one index",
                expected: "0, or one element",
                shape: Shape::from(&self.dims[..]),
                help: "read all with `.to_vec()`",
                at: At::caller(),
            }),
        }
    }

    /// The same indices under another shape.
    pub(crate) fn reshaped(mut self, dims: &[usize]) -> Indices {
        debug_assert_eq!(element_count(dims), self.values.len());
        self.dims = Dims::from_slice(dims);
        self
    }

    /// The indices repeated to a shape, in row-major order.
    pub(crate) fn expanded(&self, op: &'static str, dims: &[usize], at: At) -> Result<Indices> {
        Ok(Indices::from_parts(super::repeated(&self.values, &self.dims, op, dims, at)?, dims))
    }

    /// The elements of an axis that they name.
    pub(crate) fn resolve(&self, op: &'static str, axis: usize, extent: usize, at: At) -> Result<Vec<usize>> {
        let mut places = room(self.values.len(), op, at)?;
        for &index in &self.values {
            places.push(resolve_index(op, index as isize, axis, extent, at)?);
        }
        Ok(places)
    }

    /// The same of what stands for things, as words and classes do: a negative one is a mark of what has none more often than an
    /// index from the end.
    pub(crate) fn resolve_names(
        &self,
        op: &'static str,
        axis: usize,
        extent: usize,
        at: At,
    ) -> Result<Vec<usize>> {
        if let Some(place) = self.values.iter().position(|&index| (index as isize) < 0) {
            let what = format!("the index {} in place {place} is negative", self.values[place] as isize);
            let help = "rows and classes are counted from 0; give what marks padding a row of its own, as `embedding_padded` has";
            return Err(Error::Domain { op, what, help, at });
        }
        self.resolve(op, axis, extent, at)
    }
}

impl fmt::Debug for Indices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Indices({:?})", self.value().mapv(|index| index as isize))
    }
}

impl<E: Extent> From<E> for Indices {
    fn from(index: E) -> Indices {
        Indices { dims: Dims::new(), values: vec![index.to_isize() as usize] }
    }
}

macro_rules! from_lists {
    ($($list:ty, [$($n:ident)*], |$x:ident| $dims:expr, $flat:expr;)*) => {$(
        impl<E: Extent, $(const $n: usize),*> From<$list> for Indices {
            fn from($x: $list) -> Indices {
                let dims = Dims::from_slice(&$dims);
                Indices { dims, values: $flat.iter().map(|index: &E| index.to_isize() as usize).collect() }
            }
        }
    )*};
}
from_lists! {
    [E; A], [A], |x| [A], x;
    &[E; A], [A], |x| [A], x;
    [[E; B]; A], [A B], |x| [A, B], x.as_flattened();
    &[[E; B]; A], [A B], |x| [A, B], x.as_flattened();
    [[[E; C]; B]; A], [A B C], |x| [A, B, C], x.as_flattened().as_flattened();
    &[E], [], |x| [x.len()], x;
    Vec<E>, [], |x| [x.len()], x;
    &Vec<E>, [], |x| [x.len()], x;
}

impl<E: Extent> From<Range<E>> for Indices {
    fn from(range: Range<E>) -> Indices {
        let range = range.start.to_isize()..range.end.to_isize();
        // What no memory holds is a panic with its text, and no end of the process.
        let len = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
        let indices = range.map(|index| index as usize);
        let values = collected(indices, len, "Indices::from", At(None)).or_raise();
        Indices { dims: Dims::from_slice(&[values.len()]), values }
    }
}

impl<E: Extent, S: Data<Elem = E>, D: Dimension> From<&ArrayBase<S, D>> for Indices {
    fn from(array: &ArrayBase<S, D>) -> Indices {
        let values = array.iter().map(|index| index.to_isize() as usize).collect();
        Indices { dims: Dims::from_slice(array.shape()), values }
    }
}

impl<E: Extent, S: Data<Elem = E>, D: Dimension> From<ArrayBase<S, D>> for Indices {
    fn from(array: ArrayBase<S, D>) -> Indices {
        Indices::from(&array)
    }
}

impl From<&Indices> for Indices {
    fn from(indices: &Indices) -> Indices {
        indices.clone()
    }
}

/// As a list of classes.
impl AsRef<[usize]> for Indices {
    fn as_ref(&self) -> &[usize] {
        &self.values
    }
}
