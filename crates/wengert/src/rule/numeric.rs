//! The verbs on numbers: kernels over the primals, the adjoint of the result and a bump arena for temporaries.

use bumpalo::Bump;
use wengert_kernels::{Scratch, Strided, StridedMut, accumulate, add_acc, map, matmul_acc, scale_acc};

use super::{Number, Pointwise, Verbs};
use crate::shape::{Dims, Strides};

/// Where an operand's slots lie.
#[derive(Clone, Copy)]
pub(crate) struct OperandSlots<'a> {
    pub offset: usize,
    pub dims: &'a [usize],
    pub strides: &'a [isize],
    pub active: bool,
}

/// One instruction in a numeric reverse sweep.
pub(crate) struct Numeric<'a, T> {
    /// The primals of every slot up to the result's.
    pub values: &'a [T],
    pub operands: &'a [OperandSlots<'a>],
    pub result: Strided<'a, T>,
    pub result_bar: Strided<'a, T>,
    pub payload: &'a [usize],
    /// The adjoints of the slots before the result's: operands lie there.
    pub adjoints: &'a mut [T],
    /// Temporaries live here until the instruction is done.
    pub bump: &'a Bump,
    pub scratch: &'a mut Scratch<T>,
}

impl<'a, T: Number> Numeric<'a, T> {
    /// A temporary of the given dims, filled by `fill`.
    fn temporary(&mut self, dims: &[usize], fill: impl FnOnce(&mut [T], &mut Scratch<T>)) -> Strided<'a, T> {
        let len = crate::shape::element_count(dims);
        let data = self.bump.alloc_slice_fill_copy(len, T::zero());
        fill(data, self.scratch);
        let strides = crate::shape::contiguous_strides(dims);
        Strided::new(data, 0, self.bump.alloc_slice_copy(dims), self.bump.alloc_slice_copy(&strides))
    }

    /// The adjoint of an operand as a target, through the operand's own strides.
    fn target(&mut self, operand: usize) -> (StridedMut<'_, T>, &mut Scratch<T>) {
        let OperandSlots { offset, dims, strides, .. } = self.operands[operand];
        (StridedMut::new(self.adjoints, offset, dims, strides), self.scratch)
    }
}

impl<'a, T: Number> Verbs<'a> for Numeric<'a, T> {
    type X = Strided<'a, T>;

    fn operand_count(&self) -> usize {
        self.operands.len()
    }
    fn is_active(&self, operand: usize) -> bool {
        self.operands[operand].active
    }
    fn operand(&self, operand: usize) -> Strided<'a, T> {
        let OperandSlots { offset, dims, strides, .. } = self.operands[operand];
        Strided::new(self.values, offset, dims, strides)
    }
    fn result(&self) -> Strided<'a, T> {
        self.result
    }
    fn result_bar(&self) -> Strided<'a, T> {
        self.result_bar
    }
    fn payload(&self) -> &'a [usize] {
        self.payload
    }
    fn dims(&self, x: Strided<'a, T>) -> Dims {
        Dims::from_slice(x.dims())
    }

    fn t(&mut self, x: Strided<'a, T>) -> Strided<'a, T> {
        let (dims, strides) = (self.bump.alloc_slice_copy(x.dims()), self.bump.alloc_slice_copy(x.strides()));
        let rank = dims.len();
        dims.swap(rank - 2, rank - 1);
        strides.swap(rank - 2, rank - 1);
        Strided::new(x.data(), x.offset(), dims, strides)
    }
    fn unsqueeze(&mut self, x: Strided<'a, T>, axis: usize) -> Strided<'a, T> {
        let inserted = |k: usize| if k < axis { Some(k) } else { k.checked_sub(1).filter(|_| k > axis) };
        let rank = x.rank() + 1;
        let dims = self.bump.alloc_slice_fill_with(rank, |k| inserted(k).map_or(1, |k| x.dims()[k]));
        let strides = self.bump.alloc_slice_fill_with(rank, |k| inserted(k).map_or(0, |k| x.strides()[k]));
        Strided::new(x.data(), x.offset(), dims, strides)
    }
    fn expand(&mut self, x: Strided<'a, T>, dims: &[usize]) -> Strided<'a, T> {
        if x.dims() == dims {
            return x;
        }
        let missing = dims.len() - x.rank();
        let strides = self.bump.alloc_slice_fill_with(dims.len(), |axis| {
            let own = axis.checked_sub(missing).filter(|&own| x.dims()[own] == dims[axis]);
            own.map_or(0, |own| x.strides()[own])
        });
        Strided::new(x.data(), x.offset(), self.bump.alloc_slice_copy(dims), strides)
    }
    fn narrow(&mut self, x: Strided<'a, T>, axis: usize, start: usize, len: usize) -> Strided<'a, T> {
        let dims = self.bump.alloc_slice_copy(x.dims());
        dims[axis] = len;
        let skipped = if len == 0 || x.is_empty() { 0 } else { x.strides()[axis] * start as isize };
        Strided::new(x.data(), x.offset().wrapping_add_signed(skipped), dims, x.strides())
    }

    fn unreduce(&mut self, x: Strided<'a, T>, axes: &[usize], like: Strided<'a, T>) -> Strided<'a, T> {
        let kept = x.rank() == like.rank();
        let mut own = x.strides().iter();
        let strides = self.bump.alloc_slice_fill_with(like.rank(), |axis| {
            let gone = axes.contains(&axis);
            let stride = if gone && !kept { None } else { own.next() };
            if gone { 0 } else { *stride.expect("axes that are not reduced stay") }
        });
        Strided::new(x.data(), x.offset(), like.dims(), strides)
    }

    fn unary<O: Pointwise<1>>(&mut self, x: Strided<'a, T>) -> Strided<'a, T> {
        self.temporary(x.dims(), |y, _| {
            map(y, x.dims(), [x], |y, [x]| {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = O::primal([x]);
                }
            });
        })
    }
    fn binary<O: Pointwise<2>>(&mut self, a: Strided<'a, T>, b: Strided<'a, T>) -> Strided<'a, T> {
        self.temporary(a.dims(), |y, _| {
            map(y, a.dims(), [a, b], |y, [a, b]| {
                for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
                    *y = O::primal([a, b]);
                }
            });
        })
    }
    fn sum(&mut self, x: Strided<'a, T>, axes: &[usize]) -> Strided<'a, T> {
        let mut dims = Dims::from_slice(x.dims());
        for &axis in axes {
            dims[axis] = 1;
        }
        let mut strides = crate::shape::contiguous_strides(&dims);
        for &axis in axes {
            strides[axis] = 0;
        }
        self.temporary(&dims, |y, _| add_acc(StridedMut::new(y, 0, x.dims(), &strides), x))
    }

    fn add(&mut self, operand: usize, x: Strided<'a, T>) {
        let (mut target, _) = self.target(operand);
        match (target.as_mut_slice(), one_for_all(&x)) {
            (Some(target), Some(x)) => target.iter_mut().for_each(|target| *target += x),
            _ => add_acc(target, x),
        }
    }
    fn add_scaled(&mut self, operand: usize, x: Strided<'a, T>, factor: f64) {
        let factor = T::zero().constant(factor);
        let (mut target, _) = self.target(operand);
        match (target.as_mut_slice(), one_for_all(&x)) {
            (Some(target), Some(x)) => target.iter_mut().for_each(|target| *target += factor * x),
            _ => scale_acc(target, x, factor),
        }
    }
    fn add_binary<O: Pointwise<2>>(&mut self, operand: usize, a: Strided<'a, T>, b: Strided<'a, T>) {
        accumulate(self.target(operand).0, [a, b], |acc, [a, b]| {
            for ((acc, &a), &b) in acc.iter_mut().zip(a).zip(b) {
                *acc += O::primal([a, b]);
            }
        });
    }
    fn add_matmul(&mut self, operand: usize, a: Strided<'a, T>, b: Strided<'a, T>) {
        let OperandSlots { offset, dims, strides, .. } = self.operands[operand];
        let (m, n) = (a.dims()[a.rank() - 2], b.dims()[b.rank() - 1]);
        // A vector is a row or a column of the product, by which of them it is long as.
        let (dims, strides) = match (dims, strides) {
            (&[_], &[stride]) if m == 1 => (&[1, n][..], &[0, stride][..]),
            (&[_], &[stride]) => (&[m, 1][..], &[stride, 0][..]),
            matrix => matrix,
        };
        if a.rank() == 2 && b.rank() == 2 && dims.len() == 2 {
            let target = StridedMut::new(self.adjoints, offset, dims, strides);
            return matmul_acc(target, a, b, T::one(), self.scratch);
        }
        let rank = a.rank().max(b.rank()).max(dims.len());
        // The batch of the product is the widest of the three; the target is expanded along with the others, and
        // a stride of 0 sums over what the operand was broadcast along.
        let batch: Dims = (0..rank - 2)
            .map(|axis| {
                let extent =
                    |dims: &[usize]| (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis]);
                [extent(a.dims()), extent(b.dims()), extent(dims)].into_iter().find(|&e| e != 1).unwrap_or(1)
            })
            .collect();
        let with_batch =
            |dims: &[usize]| -> Dims { batch.iter().chain(&dims[dims.len() - 2..]).copied().collect() };
        let (a, b) = (self.expand(a, &with_batch(a.dims())), self.expand(b, &with_batch(b.dims())));
        let target_dims = with_batch(dims);
        let missing = rank - dims.len();
        let target_strides: Strides = (0..rank)
            .map(|axis| {
                let own = axis.checked_sub(missing).filter(|&own| dims[own] == target_dims[axis]);
                own.map_or(0, |own| strides[own])
            })
            .collect();
        let target = StridedMut::new(self.adjoints, offset, &target_dims, &target_strides);
        matmul_acc(target, a, b, T::one(), self.scratch);
    }
    fn add_scattered(&mut self, operand: usize, x: Strided<'a, T>, indices: &[usize], factor: f64) {
        let OperandSlots { offset, dims, strides, .. } = self.operands[operand];
        let factor = T::zero().constant(factor);
        let last = dims.len() - 1;
        let rows = crate::shape::element_count(&dims[..last]);
        let x = self.expand(x, &dims[..last]);
        for (row, &index) in (0..rows).zip(indices) {
            let (to, from) =
                (row_offset(row, &dims[..last], strides), row_offset(row, x.dims(), x.strides()));
            let to = offset as isize + to + strides[last] * index as isize;
            self.adjoints[to as usize] += factor * x.data()[(x.offset() as isize + from) as usize];
        }
    }
}

/// The one element that a view repeats everywhere, as the adjoint of a full reduction is.
fn one_for_all<T: Number>(x: &Strided<'_, T>) -> Option<T> {
    let repeats = x.strides().iter().all(|&stride| stride == 0) && !x.is_empty();
    repeats.then(|| x.data()[x.offset()])
}

/// How far row `row`, counted in row-major order over `dims`, lies from the first.
pub(crate) fn row_offset(row: usize, dims: &[usize], strides: &[isize]) -> isize {
    let mut rest = row;
    dims.iter().zip(strides).rev().fold(0, |offset, (&extent, &stride)| {
        let index = rest % extent;
        rest /= extent;
        offset + stride * index as isize
    })
}
