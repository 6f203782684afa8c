//! Truth values, one an element.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitXor, Not};

use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};

use super::Indices;
use crate::error::{At, Error, OrRaise, Result};
use crate::lists::{collected, filled};
use crate::shape::{
    Axes, Dims, Extents, IntoShape, Layout, broadcast, element_count, resolve_axes, resolve_shape,
};

/// Truth values with a shape: what comparisons answer, and what `where_`, `masked_fill` and `masked_select` take.
///
/// They are made from nested arrays, slices, `Vec`s and ndarray arrays of `bool`, and combine by `!`, `&`, `|` and
/// `^`, which broadcast.
///
/// ```
/// use wengert::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([-1.0, 2.0, 3.0]);
/// let inside = x.gt(0.0) & x.lt(2.5);
/// assert_eq!(inside.to_vec(), [false, true, false]);
/// assert_eq!(x.masked_fill(&!inside, 0.0).to_vec(), [0.0, 2.0, 0.0]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Mask {
    dims: Dims,
    values: Vec<bool>,
}

impl Mask {
    /// Truth values in row-major order under a shape.
    ///
    /// # Panics
    /// Where [`Mask::try_new`] gives an error.
    #[track_caller]
    pub fn new(values: impl Into<Vec<bool>>, shape: impl IntoShape) -> Mask {
        Mask::try_new(values, shape).or_raise()
    }

    /// Like [`Mask::new`], but returns the error: the values do not fill the shape.
    #[track_caller]
    pub fn try_new(values: impl Into<Vec<bool>>, shape: impl IntoShape) -> Result<Mask> {
        let values = values.into();
        let dims = resolve_shape("Mask::new", &shape.extents(), Some(values.len()), At::caller())?;
        Ok(Mask { dims, values })
    }

    pub(crate) fn from_parts(values: Vec<bool>, dims: &[usize]) -> Mask {
        debug_assert_eq!(values.len(), element_count(dims));
        Mask { dims: Dims::from_slice(dims), values }
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

    /// The values in row-major order.
    pub fn as_slice(&self) -> &[bool] {
        &self.values
    }

    /// The same, as a list of its own.
    pub fn to_vec(&self) -> Vec<bool> {
        self.values.clone()
    }

    /// As an ndarray array.
    pub fn value(&self) -> ArrayD<bool> {
        let filled = ArrayD::from_shape_vec(IxDyn(&self.dims), self.values.clone());
        filled.expect("as many values as the shape has")
    }

    /// Whether any holds. PyTorch: `torch.any`.
    pub fn any(&self) -> bool {
        self.values.contains(&true)
    }

    /// Whether all hold. PyTorch: `torch.all`.
    pub fn all(&self) -> bool {
        !self.values.contains(&false)
    }

    /// How many hold. PyTorch: `torch.count_nonzero`.
    pub fn count(&self) -> usize {
        self.values.iter().filter(|&&holds| holds).count()
    }

    /// Whether any holds along axes, which go. PyTorch: `torch.any` with `dim`.
    ///
    /// # Panics
    /// Where [`Mask::try_any_axes`] gives an error.
    #[track_caller]
    pub fn any_axes(&self, axes: impl Axes) -> Mask {
        self.try_any_axes(axes).or_raise()
    }

    /// Like [`Mask::any_axes`], but returns the error: an axis that there is not.
    #[track_caller]
    pub fn try_any_axes(&self, axes: impl Axes) -> Result<Mask> {
        let (values, dims) = self.folded("any", axes, At::caller(), false, |any, holds| any | holds)?;
        Ok(Mask { dims, values })
    }

    /// Whether all hold along axes, which go. PyTorch: `torch.all` with `dim`.
    ///
    /// # Panics
    /// Where [`Mask::try_all_axes`] gives an error.
    #[track_caller]
    pub fn all_axes(&self, axes: impl Axes) -> Mask {
        self.try_all_axes(axes).or_raise()
    }

    /// Like [`Mask::all_axes`], but returns the error: an axis that there is not.
    #[track_caller]
    pub fn try_all_axes(&self, axes: impl Axes) -> Result<Mask> {
        let (values, dims) = self.folded("all", axes, At::caller(), true, |all, holds| all & holds)?;
        Ok(Mask { dims, values })
    }

    /// How many hold along axes, which go. PyTorch: `torch.count_nonzero` with `dim`.
    ///
    /// # Panics
    /// Where [`Mask::try_count_axes`] gives an error.
    ///
    /// ```
    /// use wengert::Mask;
    /// let mask = Mask::from([[true, false], [true, true]]);
    /// assert_eq!(mask.count_axes(1).to_vec(), [1, 2]);
    /// assert_eq!(mask.all_axes(1).to_vec(), [false, true]);
    /// ```
    #[track_caller]
    pub fn count_axes(&self, axes: impl Axes) -> Indices {
        self.try_count_axes(axes).or_raise()
    }

    /// Like [`Mask::count_axes`], but returns the error: an axis that there is not.
    #[track_caller]
    pub fn try_count_axes(&self, axes: impl Axes) -> Result<Indices> {
        let count = |count, holds| count + usize::from(holds);
        let (values, dims) = self.folded("count", axes, At::caller(), 0, count)?;
        Ok(Indices::from_parts(values, &dims))
    }

    fn folded<V: Copy>(
        &self,
        op: &'static str,
        axes: impl Axes,
        at: At,
        start: V,
        f: impl Fn(V, bool) -> V,
    ) -> Result<(Vec<V>, Dims)> {
        let axes = resolve_axes(op, &axes.axes(), &self.dims, at)?;
        let kept: Dims = (0..self.dims.len()).filter(|axis| !axes.contains(axis)).collect();
        let dims: Dims = kept.iter().map(|&axis| self.dims[axis]).collect();
        let strides = Layout::contiguous(&dims).strides;
        let mut values = filled(start, element_count(&dims), op, at)?;
        for (place, &holds) in self.values.iter().enumerate() {
            let (mut rest, mut to) = (place, 0);
            for axis in (0..self.dims.len()).rev() {
                let index = rest % self.dims[axis];
                rest /= self.dims[axis];
                if let Some(k) = kept.iter().position(|&kept| kept == axis) {
                    to += index * strides[k] as usize;
                }
            }
            values[to] = f(values[to], holds);
        }
        Ok((values, dims))
    }

    /// The values repeated to a shape, in row-major order.
    pub(crate) fn expanded(&self, op: &'static str, dims: &[usize], at: At) -> Result<Vec<bool>> {
        super::repeated(&self.values, &self.dims, op, dims, at)
    }

    fn combined(
        &self,
        other: &Mask,
        op: &'static str,
        at: At,
        f: impl Fn(bool, bool) -> bool,
    ) -> Result<Mask> {
        let dims = broadcast(&self.dims, &other.dims).map_err(|differ| {
            Error::broadcast(op, &["lhs mask", "rhs mask"], [&self.dims, &other.dims], differ, at)
        })?;
        let (a, b) = (self.expanded(op, &dims, at)?, other.expanded(op, &dims, at)?);
        let values = collected(a.iter().zip(&b).map(|(&a, &b)| f(a, b)), a.len(), op, at)?;
        Ok(Mask { values, dims })
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({:?})", self.value())
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $name:literal $f:expr;)*) => {$(
        operators!(@between Mask, Mask, $trait $method $name $f);
        operators!(@between &Mask, Mask, $trait $method $name $f);
        operators!(@between Mask, &Mask, $trait $method $name $f);
        operators!(@between &Mask, &Mask, $trait $method $name $f);
    )*};
    (@between $lhs:ty, $rhs:ty, $trait:ident $method:ident $name:literal $f:expr) => {
        impl $trait<$rhs> for $lhs {
            type Output = Mask;
            #[track_caller]
            fn $method(self, rhs: $rhs) -> Mask {
                Mask::combined(&self, &rhs, $name, At::caller(), $f).or_raise()
            }
        }
    };
}
operators! {
    BitAnd bitand "and" |a, b| a & b;
    BitOr bitor "or" |a, b| a | b;
    BitXor bitxor "xor" |a, b| a ^ b;
}

impl Not for Mask {
    type Output = Mask;
    fn not(mut self) -> Mask {
        self.values.iter_mut().for_each(|holds| *holds = !*holds);
        self
    }
}

impl Not for &Mask {
    type Output = Mask;
    fn not(self) -> Mask {
        !self.clone()
    }
}

/// One truth value, of rank 0.
impl From<bool> for Mask {
    fn from(holds: bool) -> Mask {
        Mask { dims: Dims::new(), values: vec![holds] }
    }
}

macro_rules! from_lists {
    ($($list:ty, [$($n:ident)*], |$x:ident| $dims:expr, $flat:expr;)*) => {$(
        impl<$(const $n: usize),*> From<$list> for Mask {
            fn from($x: $list) -> Mask {
                Mask { dims: Dims::from_slice(&$dims), values: $flat.to_vec() }
            }
        }
    )*};
}
from_lists! {
    [bool; A], [A], |x| [A], x;
    [[bool; B]; A], [A B], |x| [A, B], x.as_flattened();
    [[[bool; C]; B]; A], [A B C], |x| [A, B, C], x.as_flattened().as_flattened();
    &[bool; A], [A], |x| [A], x;
    &[bool], [], |x| [x.len()], x;
    Vec<bool>, [], |x| [x.len()], x;
    &Vec<bool>, [], |x| [x.len()], x;
}

impl<S: Data<Elem = bool>, D: Dimension> From<&ArrayBase<S, D>> for Mask {
    fn from(array: &ArrayBase<S, D>) -> Mask {
        Mask { dims: Dims::from_slice(array.shape()), values: array.iter().copied().collect() }
    }
}

impl<S: Data<Elem = bool>, D: Dimension> From<ArrayBase<S, D>> for Mask {
    fn from(array: ArrayBase<S, D>) -> Mask {
        Mask::from(&array)
    }
}
