//! Choosing by a mask of truth values.

use super::positions::{for_each_index, named, pick};
use super::select::{choose, filled};
use super::table::rows;
use crate::error::{At, Error, OrRaise, Result, Shape};
use crate::lists::{collected, room};
use crate::picks::Mask;
use crate::rule::Rule;
use crate::rule::pointwise::RuleOf;
use crate::shape::{Dims, Layout, broadcast, element_count, expand_strides};
use crate::tape::pointwise::pointwise;
use crate::tape::{Element, resolve};
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

methods! {
    /// The element where the mask holds, else that of `other`: `x.where_(mask, other)` is `mask.select(x, other)`.
    ///
    /// All three broadcast. **Adjoints.** `x_bar += y_bar` where the mask holds, `other_bar += y_bar` where it does not,
    /// and exactly 0 elsewhere; reads the mask.
    ///
    /// **Edges.** What is not taken does not count, be it NaN or infinite, and what comes back to it is 0. But an op
    /// before may make NaN of that 0: the slope of `sqrt` at 0 is infinite, and 0 times it is NaN, as in PyTorch.
    /// PyTorch: `torch.where`.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    ///
    /// ```
    /// use wengert::{Mask, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, f64::NAN, 3.0]);
    /// let y = x.where_(&Mask::from([true, false, true]), 0.0);
    /// assert_eq!(y.to_vec(), [1.0, 0.0, 3.0]);
    /// y.sum().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [1.0, 0.0, 1.0]);
    /// ```
    where_(x, at, mask: &Mask, other: impl Into<Operand<T>>) -> Tensor<T> {
        chosen(RuleOf::<choose, T>::TERNARY, mask, [(&["mask", "lhs"], x.into()), (&["mask", "rhs"], other.into())], at)
    }

    /// One value where the mask holds, the tensor elsewhere. The value is a number, a scalar or a tensor of rank 0;
    /// tensor and mask broadcast.
    ///
    /// **Adjoints.** `x_bar += y_bar` where the mask does not hold, and exactly 0 where it does; the value gets the sum
    /// of the others. PyTorch: `Tensor.masked_fill`.
    ///
    /// # Errors
    /// Shapes that do not broadcast, or a value of another rank.
    ///
    /// ```
    /// use wengert::{Mask, Tape};
    /// let tape = Tape::<f64>::new();
    /// let scores = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let future = Mask::from([[false, true], [false, false]]);
    /// let y = scores.masked_fill(&future, f64::NEG_INFINITY);
    /// assert_eq!(y.softmax(-1).to_vec()[..2], [1.0, 0.0]);
    /// ```
    masked_fill(x, at, mask: &Mask, value: impl Into<Operand<T>>) -> Tensor<T> {
        let value = value.into();
        if let Operand::Tensor(tensor) = value {
            let dims = tensor.dims_for("masked_fill", at)?;
            if !dims.is_empty() {
                let (what, shape) = ("the value", Shape::from(&dims[..]));
                let help = "choose between two tensors with `.where_(&mask, other)`";
                return Err(Error::Rank { op: "masked_fill", what, expected: "0", shape, help, at });
            }
        }
        chosen(RuleOf::<filled, T>::TERNARY, mask, [(&["mask", "value"], value), (&["mask", "lhs"], x.into())], at)
    }

    /// The elements where the mask holds, in row-major order, along one axis. Tensor and mask broadcast.
    ///
    /// **Adjoint.** `y_bar` goes back to the elements that were selected. PyTorch: `torch.masked_select`.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    ///
    /// ```
    /// use wengert::{Mask, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.masked_select(&Mask::from([true, false])).to_vec(), [1.0, 3.0]);
    /// ```
    masked_select(x, at, mask: &Mask) -> Tensor<T> {
        let op = "masked_select";
        let own = x.dims_for(op, at)?;
        let dims = meet(op, &["lhs", "mask"], [&own, mask.dims()], at)?;
        let (holds, own) = (mask.expanded(op, &dims, at)?, Layout::contiguous(&own));
        let strides = expand_strides(&own, &dims).expect("the tensor repeats to the common shape");
        let count = holds.iter().filter(|&&holds| holds).count();
        let (mut positions, mut holds) = (room(count, op, at)?, holds.iter());
        for_each_index(&dims, |index| {
            if holds.next() == Some(&true) {
                let places = index.iter().zip(&strides);
                positions.push(places.map(|(index, &stride)| index * stride as usize).sum());
            }
        });
        let len = positions.len();
        pick::<MaskedSelect, T>(x, &positions, &[len], at)
    }
}

named! { MaskedSelect "masked_select"; }

impl Mask {
    /// `yes` where the mask holds, else `no`: tensors, scalars or numbers, of which at least one is on a tape. All
    /// three broadcast.
    ///
    /// **Adjoints.** `yes_bar += y_bar` where the mask holds, `no_bar += y_bar` where it does not, and exactly 0
    /// elsewhere: what is not taken does not count. PyTorch: `torch.where`.
    ///
    /// # Panics
    /// Where [`Mask::try_select`] gives an error.
    ///
    /// ```
    /// use wengert::{Mask, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.scalar(5.0));
    /// let y = Mask::from([true, false]).select(a, b);
    /// assert_eq!(y.to_vec(), [1.0, 5.0]);
    /// ```
    #[track_caller]
    pub fn select<T: Element>(&self, yes: impl Into<Operand<T>>, no: impl Into<Operand<T>>) -> Tensor<T> {
        self.try_select(yes, no).or_raise()
    }

    /// Like [`Mask::select`], but returns the error: shapes that do not broadcast, or no operand on a tape.
    #[track_caller]
    pub fn try_select<T: Element>(
        &self,
        yes: impl Into<Operand<T>>,
        no: impl Into<Operand<T>>,
    ) -> Result<Tensor<T>> {
        chosen(
            RuleOf::<choose, T>::TERNARY,
            self,
            [(&["mask", "lhs"], yes.into()), (&["mask", "rhs"], no.into())],
            At::caller(),
        )
    }
}

/// The shape that two shapes broadcast to.
fn meet(op: &'static str, names: &'static [&'static str; 2], dims: [&[usize]; 2], at: At) -> Result<Dims> {
    broadcast(dims[0], dims[1]).map_err(|differ| Error::broadcast(op, names, dims, differ, at))
}

/// Records a choice by a mask between two branches, each given with what errors call the mask and it. Whatever can fail is
/// checked before the mask gets its slots.
fn chosen<T: Element>(
    rule: &'static Rule<T>,
    mask: &Mask,
    branches: [(&'static [&'static str; 2], Operand<T>); 2],
    at: At,
) -> Result<Tensor<T>> {
    let op = rule.name;
    let (names, branches) = (branches.map(|(name, _)| name), branches.map(|(_, branch)| branch));
    let Some((kind, word)) = branches.iter().find_map(Operand::word) else {
        let help = "make one of them a tensor: `tape.constant(value)`";
        return Err(Error::Domain { op, what: "neither branch is on a tape".to_string(), help, at });
    };
    let core = resolve::<T>(op, kind, word, at)?;
    let (mut dims, mut first) = (Dims::from_slice(mask.dims()), None::<Dims>);
    for (names, branch) in names.into_iter().zip(branches) {
        if let Some((kind, word)) = branch.word().filter(|&(_, word)| !core.contains(word)) {
            return Err(crate::tape::registry::diagnose_pair(op, core, kind, word, at));
        }
        match branch {
            Operand::Tensor(x) => {
                let own = x.dims_for(op, at)?;
                meet(op, names, [mask.dims(), &own], at)?;
                if let Some(first) = &first {
                    meet(op, &["lhs", "rhs"], [first, &own], at)?;
                }
                dims = broadcast(&dims, &own).expect("each two of them broadcast");
                first = Some(own);
            }
            Operand::Scalar(x) if x.is_active() => core.check_carried(op, x.word(), x.value(), at)?,
            Operand::Scalar(_) | Operand::Number(_) => {}
        }
    }
    core.check_countable(op, &dims, at)?;
    core.check_variables(op, &core.tables.borrow(), at)?;
    // The mask, a number for a branch, and the result.
    core.reserve(op, (mask.len() + 1).saturating_add(element_count(&dims)), false, at)?;
    let weights = mask.as_slice().iter().map(|&holds| if holds { T::one() } else { T::zero() });
    let values = collected(weights, mask.len(), op, at)?;
    let mask = core.push_passive(op, mask.dims(), &values, at)?;
    let [yes, no] = branches;
    pointwise(rule, [mask.into(), yes, no], at)
}

rows! {
    "where_" [[2, 3], [1, 3]] => |_, x| x[0].where_(&Mask::from([[true], [false]]), x[1]);
    "masked_fill" [[2, 3], []] => |_, x| x[0].masked_fill(&Mask::from([true, false, false]), x[1]);
    "masked_select" [[2, 3]] => |_, x| x[0].masked_select(&Mask::from([[true, false, true], [false, true, true]]));
}
