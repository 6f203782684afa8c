//! Reductions, over all axes or chosen ones, which go or stay with extent 1.
//!
//! - [`sums`]: the sum, the mean, the logarithm of a sum of exponentials.
//! - [`products`]: the product, whose derivative divides by nothing.
//! - [`extremes`]: the largest, the smallest, the middle.
//! - [`spread`]: the variance and the standard deviation.
//! - [`norms`]: norms of vectors.

mod extremes;
mod norms;
mod products;
mod spread;
mod sums;

pub(crate) use norms::{euclidean, sum_of};
pub(crate) use sums::{Mean, Sum};

use smallvec::SmallVec;

use crate::error::{At, Error, Result, Shape};
use crate::rule::verbs::StructuralRule;
use crate::rule::{Number, Structural, Verbs};
use crate::shape::{Dims, Strides, contiguous_strides, element_count, resolve_axes};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tape::tensors::quick_reduction;
use crate::tensor::Tensor;

/// A reduction: each lane to one element, by a parameter, which is 0 for one that has none.
pub(crate) trait Reduction: Structural {
    /// Whether the reduction of nothing has a value.
    fn of_nothing(parameter: f64) -> bool;
    /// The value of one lane.
    fn of_lane<T: Number>(x: &[T], parameter: f64) -> T;
}

/// What a reduction is recorded with: flags, the parameter if there is one, and the axes.
pub(crate) type Payload = SmallVec<[usize; 8]>;

/// Reduced axes stay.
const KEEP: usize = 1;
/// Two words of a parameter follow.
const HAS_PARAMETER: usize = 2;

/// Records a reduction over axes, or over all, with at most one parameter.
pub(crate) fn reduce<T: Element, R: Reduction>(
    x: Tensor<T>,
    axes: Option<&[isize]>,
    keep: bool,
    parameters: &[f64],
    at: At,
) -> Result<Tensor<T>> {
    let op = R::NAME;
    if axes.is_none()
        && !keep
        && parameters.is_empty()
        && let Some(made) = quick_reduction(StructuralRule::<R, T>::RULE, x, at, |lane| R::of_lane(lane, 0.0))
    {
        return Ok(made);
    }
    let dims = x.dims_for(op, at)?;
    let axes = match axes {
        None => (0..dims.len()).collect(),
        Some(axes) => resolve_axes(op, axes, &dims, at)?,
    };
    let payload = payload(keep, parameters, &axes);
    let nothing = axes.iter().any(|&axis| dims[axis] == 0);
    if nothing && !R::of_nothing(parameter_of(&payload)) && element_count(&reduced(&dims, &payload)) > 0 {
        return Err(Error::Empty { op, shape: Shape::from(&dims[..]), at });
    }
    structural::<R, T>(&[x.into()], &payload, at)
}

/// The payload of a reduction over axes.
pub(crate) fn payload(keep: bool, parameters: &[f64], axes: &[usize]) -> Payload {
    let mut payload = Payload::new();
    payload.push(usize::from(keep) * KEEP + usize::from(!parameters.is_empty()) * HAS_PARAMETER);
    for parameter in parameters {
        // In halves: where a word has 32 bits, a number does not fit into one.
        let bits = parameter.to_bits();
        payload.extend([(bits >> 32) as usize, (bits & u64::from(u32::MAX)) as usize]);
    }
    payload.extend_from_slice(axes);
    payload
}

/// The axes of a reduction.
pub(crate) fn axes_of(payload: &[usize]) -> &[usize] {
    &payload[if payload[0] & HAS_PARAMETER == 0 { 1 } else { 3 }..]
}

/// The parameter of a reduction; 0 where it has none.
pub(crate) fn parameter_of(payload: &[usize]) -> f64 {
    match payload[0] & HAS_PARAMETER {
        0 => 0.0,
        _ => f64::from_bits((payload[1] as u64) << 32 | payload[2] as u64),
    }
}

/// The shape of what a reduction leaves.
pub(crate) fn reduced(dims: &[usize], payload: &[usize]) -> Dims {
    let (keep, axes) = (payload[0] & KEEP != 0, axes_of(payload));
    let kept = |axis: &usize| !axes.contains(axis);
    match keep {
        true => (0..dims.len()).map(|axis| if kept(&axis) { dims[axis] } else { 1 }).collect(),
        false => (0..dims.len()).filter(kept).map(|axis| dims[axis]).collect(),
    }
}

/// Where the result lies, seen with the dims of the operand: stride 0 along what was reduced.
pub(crate) fn onto(dims: &[usize], axes: &[usize]) -> Strides {
    let mut out = Dims::from_slice(dims);
    axes.iter().for_each(|&axis| out[axis] = 1);
    let mut strides = contiguous_strides(&out);
    axes.iter().for_each(|&axis| strides[axis] = 0);
    strides
}

/// How many elements each element of the result is made of.
pub(crate) fn count(dims: &[usize], axes: &[usize]) -> f64 {
    axes.iter().map(|&axis| dims[axis] as f64).product()
}

/// The sum over axes, which stay with extent 1, as rules use it.
pub(crate) fn sum_over<'a, V: Verbs<'a>>(v: &mut V, x: V::X, axes: &[usize]) -> V::X {
    v.apply::<Sum>(&[x], &payload(true, &[], axes))
}

/// The sum over axes as the reduction at hand leaves it.
pub(crate) fn sum_alike<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    v.apply::<Sum>(&[x], v.payload())
}

/// A value of the dims of the result at hand, seen with those of the operand.
pub(crate) fn spread_out<'a, V: Verbs<'a>>(v: &mut V, y: V::X) -> V::X {
    v.unreduce(y, axes_of(v.payload()), v.operand(0))
}

/// The methods of a reduction: over all, over chosen axes, and over axes that stay. A parameter comes last.
macro_rules! reductions {
    ($(
        $(#[doc = $doc:expr])*
        $rule:ident $(($parameter:ident))?: $all:ident, $axes:ident, $keep:ident;
    )*) => {$(
        $crate::twins::methods! {
            $(#[doc = $doc])*
            $all(x, at $(, $parameter: impl Into<f64>)?) -> Tensor<T> {
                reduce::<T, $rule>(x, None, false, &[$($parameter.into())?], at)
            }

            #[doc = concat!("[`Tensor::", stringify!($all), "`](crate::Tensor::", stringify!($all), ") over chosen axes, which go.")]
            $axes(x, at, axes: impl Axes $(, $parameter: impl Into<f64>)?) -> Tensor<T> {
                reduce::<T, $rule>(x, Some(&axes.axes()), false, &[$($parameter.into())?], at)
            }

            #[doc = concat!("[`Tensor::", stringify!($all), "`](crate::Tensor::", stringify!($all), ") over chosen axes, which stay with extent 1: PyTorch's `keepdim=True`.")]
            $keep(x, at, axes: impl Axes $(, $parameter: impl Into<f64>)?) -> Tensor<T> {
                reduce::<T, $rule>(x, Some(&axes.axes()), true, &[$($parameter.into())?], at)
            }
        }
    )*};
}
pub(crate) use reductions;

/// The rows of all reductions.
pub(crate) fn rows<T: Element>() -> Vec<super::table::CallRow<T>> {
    [sums::rows(), products::rows(), extremes::rows(), spread::rows(), norms::rows()].concat()
}
