//! Joining tensors and scalars into one, and giving a view slots of its own.

use std::marker::PhantomData;

use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided, StridedMut};

use super::positions::{Named, named};
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::rule::verbs::StructuralRule;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, View, contiguous_strides, resolve_axis, resolve_new_axis};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tape::tensors::{Recording, strided};
use crate::tensor::{Operand, Tensor};
use crate::twins::{methods, tape_methods};

methods! {
    /// The same values in slots of their own: an identity instruction. A view that is to keep a gradient, or is
    /// asked for one, needs it. PyTorch: `clone`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0]]);
    /// let row = x.t().copy();
    /// assert_eq!(tape.grad(&[(row * 2.0).sum()], &[row])[0].to_vec(), [2.0, 2.0]);
    /// ```
    copy(x, at) -> Tensor<T> {
        x.copied(at)
    }
}

named! {
    /// The op of the same values in slots of their own.
    Plain "copy";
}

impl<T: Element> Tensor<T> {
    pub(crate) fn copied(self, at: At) -> Result<Tensor<T>> {
        self.copied_to(&self.dims_for(Plain::NAME, at)?, at)
    }

    /// In slots of its own under a shape of as many elements.
    pub(crate) fn copied_to(self, dims: &[usize], at: At) -> Result<Tensor<T>> {
        structural::<Copy<Plain>, T>(&[self.into()], dims, at)
    }

    /// The result of an op that is made of others, in slots of its own: a view would not keep a gradient, nor have the name.
    pub(crate) fn own<N: Named>(self, at: At) -> Result<Tensor<T>> {
        self.own_as::<N>(&self.dims_for(N::NAME, at)?, at)
    }

    /// The same under a shape of as many elements.
    pub(crate) fn own_as<N: Named>(self, dims: &[usize], at: At) -> Result<Tensor<T>> {
        let (core, id) = self.resolve(N::NAME, at)?;
        let is_own = {
            let tables = core.tables.borrow();
            !tables.variable(id).is_view() && tables.layout(id).dims[..] == *dims
        };
        if is_own { Ok(self) } else { structural::<Copy<N>, T>(&[self.into()], dims, at) }
    }
}

/// The elements in row-major order, under the dims of the payload.
struct Copy<N>(PhantomData<N>);
impl<N: Named> Structural for Copy<N> {
    const NAME: &'static str = N::NAME;
    const LINEAR: Linear = Linear::Jointly;
    fn dims(_: &[&[usize]], payload: &[usize]) -> Dims {
        Dims::from_slice(payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        wengert_kernels::copy(y, x[0]);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, own) = (v.result_bar(), v.dims(v.operand(0)));
        let y_bar = if own[..] == *v.payload() { y_bar } else { v.reshape(y_bar, &own) };
        v.add(0, y_bar);
    }
}

tape_methods! {
    /// Tensors joined along an axis; their other extents are equal. PyTorch: `torch.cat`.
    ///
    /// **Adjoints.** Each operand gets its part of `y_bar`; reads nothing.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[1.0], [2.0]]), tape.leaf([[3.0, 4.0], [5.0, 6.0]]));
    /// assert_eq!(tape.cat(&[a, b], 1).to_vec(), [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
    /// ```
    ///
    /// **Errors.** No tensors, shapes that differ elsewhere, or a bad axis.
    cat(tape, at, tensors: &[Tensor<T>], axis: isize) -> Tensor<T> {
        let op = "cat";
        if tensors.is_empty() {
            return Err(Error::NoOperands { op, at });
        }
        let recording = Recording::on(StructuralRule::<Cat, T>::RULE, tape.core(), at)?;
        recording.check_own(tensors.iter().map(|&tensor| tensor.into()))?;
        let operands = tensors.iter().map(|&tensor| recording.operand(tensor));
        let operands = operands.collect::<Result<SmallVec<[_; 4]>>>()?;
        let axis = resolve_axis(op, axis, &operands[0].1.layout.dims, at)?;
        join(recording, &operands, axis, at)
    }

    /// Scalars, numbers or tensors of one shape, joined along a new axis. PyTorch: `torch.stack`.
    ///
    /// Stacking copies, by one instruction; gradients go back to each. Passive scalars and numbers are constants.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.scalar(2.0), tape.scalar(3.0));
    /// let v = tape.stack(&[a, b, a * b], 0);
    /// (v * v).sum().backward();
    /// assert_eq!((a.grad(), b.grad()), (Some(40.0), Some(30.0)));
    /// ```
    ///
    /// **Errors.** Nothing given, shapes that differ, or a bad axis.
    stack(tape, at, parts: &[impl Into<Operand<T>> + std::marker::Copy], axis: isize) -> Tensor<T> {
        let op = "stack";
        let parts: SmallVec<[Operand<T>; 4]> = parts.iter().map(|&part| part.into()).collect();
        if parts.is_empty() {
            return Err(Error::NoOperands { op, at });
        }
        let rule = StructuralRule::<Stack, T>::RULE;
        let recording = Recording::on(rule, tape.core(), at)?;
        recording.check_own(parts.iter().copied())?;
        // Shapes are compared before a number gets its slot.
        let dims_of = |part: Operand<T>| match part {
            Operand::Tensor(x) => x.dims_for(op, at),
            Operand::Scalar(_) | Operand::Number(_) => Ok(Dims::new()),
        };
        let dims = dims_of(parts[0])?;
        for &part in &parts {
            let own = dims_of(part)?;
            if own != dims {
                let (lhs, rhs) = (Shape::from(&dims[..]), Shape::from(&own[..]));
                let help = "the parts of a stack have one shape";
                return Err(Error::ShapeMismatch {
                    op,
                    what: "the first part",
                    lhs,
                    other: "another",
                    rhs,
                    help,
                    at,
                });
            }
        }
        let axis = resolve_new_axis(op, axis, &dims, at)?;
        let mut operands: SmallVec<[_; 4]> = SmallVec::new();
        for &part in &parts {
            let (id, view) = recording.operand_or_number(part)?;
            operands.push(recording.seen(id, view.unsqueeze(axis)));
        }
        join(recording, &operands, axis, at)
    }
}

/// Joins operands along an axis that each of them has.
pub(super) fn join<T: Element>(
    recording: Recording<T>,
    operands: &[(crate::tape::instruction::VariableId, View)],
    axis: usize,
    at: At,
) -> Result<Tensor<T>> {
    let op = recording.name();
    let first = &operands[0].1.layout.dims;
    for (_, view) in operands {
        let own = &view.layout.dims;
        let fits = own.len() == first.len() && (0..first.len()).all(|k| k == axis || own[k] == first[k]);
        if !fits {
            let (lhs, rhs) = (Shape::from(&first[..]), Shape::from(&own[..]));
            let help = "all extents but the one of the joined axis are equal";
            return Err(Error::ShapeMismatch {
                op,
                what: "the first part",
                lhs,
                other: "another",
                rhs,
                help,
                at,
            });
        }
    }
    let ids: SmallVec<[_; 8]> = operands.iter().map(|(id, _)| *id).collect();
    let all: SmallVec<[&[usize]; 8]> = operands.iter().map(|(_, view)| &view.layout.dims[..]).collect();
    recording.finish(&ids, &joined(&all, axis), &[axis], |slots, y, _| {
        let parts: SmallVec<[Strided<'_, T>; 8]> =
            operands.iter().map(|(_, view)| strided(slots, view)).collect();
        write_joined(y, &parts, axis);
    })
}

/// The shape of parts joined along an axis.
fn joined(parts: &[&[usize]], axis: usize) -> Dims {
    let mut dims = Dims::from_slice(parts[0]);
    dims[axis] = parts.iter().fold(0, |sum: usize, part| sum.saturating_add(part[axis]));
    dims
}

fn write_joined<T: Number>(y: &mut [T], parts: &[Strided<'_, T>], axis: usize) {
    let all: SmallVec<[&[usize]; 8]> = parts.iter().map(|part| part.dims()).collect();
    let strides = contiguous_strides(&joined(&all, axis));
    let mut start = 0;
    // What is added to -0 is itself, also where that is -0.
    y.fill(-T::zero());
    for &part in parts {
        if !part.is_empty() {
            let offset = start * strides[axis] as usize;
            wengert_kernels::add_acc(StridedMut::new(y, offset, part.dims(), &strides), part);
        }
        start += part.dims()[axis];
    }
}

/// The ops that join: each part gets its piece of the adjoint along the joined axis.
macro_rules! joins {
    ($($rule:ident $name:literal)*) => {$(
        pub(super) struct $rule;
        impl Structural for $rule {
            const NAME: &'static str = $name;
            const LINEAR: Linear = Linear::Jointly;
            fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
                joined(operands, payload[0])
            }
            fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
                write_joined(y, x, payload[0]);
            }
            fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
                let (axis, y_bar, mut start) = (v.payload()[0], v.result_bar(), 0);
                for operand in 0..v.operand_count() {
                    let len = v.dims(v.operand(operand))[axis];
                    if v.is_active(operand) {
                        let piece = v.narrow(y_bar, axis, start, len);
                        v.add(operand, piece);
                    }
                    start += len;
                }
            }
        }
    )*};
}
joins! { Cat "cat" Stack "stack" }

rows! {
    "copy" [[2, 3]] => |_, x| x[0].t().copy();
    "cat" [[2, 1], [2, 3]] => |tape, x| tape.cat(x, 1);
    "stack" [[2, 3], [2, 3]] => |tape, x| tape.stack(x, 1);
}
