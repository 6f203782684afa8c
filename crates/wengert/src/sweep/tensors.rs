//! One tensor instruction of a reverse sweep: what arrived at its result goes on to its operands.

use wengert_kernels::{BLOCK, Strided, StridedMut, accumulate, add_acc, scale_acc};

use super::reverse::{Reverse, gets_adjoint};
use crate::error::Result;
use crate::rule::numeric::OperandSlots;
use crate::rule::{Body, Numeric, PointwiseKernels, Rule, StructuralKernels};
use crate::shape::LayoutId;
use crate::tape::Element;
use crate::tape::instruction::VariableId;
use crate::tape::pointwise::Shapes;
use crate::tape::tables::{Entry, Flags, Operands, Variable};

impl<T: Element> Reverse<'_, T> {
    /// One tensor instruction: what arrived at its result goes on to its operands, and its adjoint is cleared. Answers
    /// how many slots it has.
    #[inline]
    pub(super) fn tensor(
        &mut self,
        index: usize,
        entry: usize,
        adjoints: &mut [T],
        check: bool,
    ) -> Result<usize> {
        let Entry { out, rule, operands, numbers, .. } = self.tables.entries[entry];
        let variable = *self.tables.variable(out);
        let len = self.tables.layouts.get(variable.layout).len;
        let own = variable.offset..variable.offset + len;
        // Scalars set no flag: where some look at this tensor, its adjoint itself tells whether anything arrived.
        let by_scalars = variable.flags.has(Flags::READ_BY_SCALARS)
            && adjoints[own.clone()].iter().any(|adjoint| !adjoint.is_zero());
        let arrived = std::mem::take(&mut self.reached[out.index()]);
        if arrived || by_scalars {
            if self.wanted.is_none_or(|wanted| wanted.variables[out.index()]) {
                if check {
                    self.check().tensor(self.wanted, index, entry)?;
                }
                let passed = match &rule.body {
                    Body::Pointwise(kernels) => {
                        self.quick(operands, kernels, variable.layout, own.clone(), adjoints)
                    }
                    Body::Structural(kernels) => self.spread(operands, kernels, own.clone(), adjoints),
                };
                if !passed {
                    self.of_any_layout(entry, rule, adjoints);
                }
            }
            clear(&mut adjoints[own]);
        }
        Ok(len + numbers as usize)
    }

    /// What passes on where operands are not as in most instructions. A function of its own, so that those keep their
    /// numbers in registers.
    #[inline(never)]
    fn of_any_layout(&mut self, entry: usize, rule: &Rule<T>, adjoints: &mut [T]) {
        match &rule.body {
            Body::Pointwise(kernels) => match kernels.reverse.len() {
                1 => self.pointwise::<1>(entry, kernels, adjoints),
                2 => self.pointwise::<2>(entry, kernels, adjoints),
                _ => self.pointwise::<3>(entry, kernels, adjoints),
            },
            Body::Structural(kernels) => self.structural(entry, kernels.reverse, adjoints),
        }
    }

    /// Whether an operand gets an adjoint; if so, its flag is set.
    #[inline]
    fn arrives(&mut self, operand: VariableId) -> bool {
        let arrives = gets_adjoint(self.tables, self.wanted, operand);
        self.reached[self.tables.variable(operand).owner.index()] |= arrives;
        arrives
    }

    /// A pointwise instruction whose operands all lie contiguous with the result's layout, or are passive numbers:
    /// what most are. Answers whether it was one.
    #[inline(always)]
    fn quick(
        &mut self,
        operands: Operands,
        kernels: &PointwiseKernels<T>,
        layout: LayoutId,
        own: std::ops::Range<usize>,
        adjoints: &mut [T],
    ) -> bool {
        let Operands { count, inline: [a, b] } = operands;
        if count > 2 || self.wanted.is_some() {
            return false;
        }
        let (a, b) = (*self.tables.variable(a), *self.tables.variable(b));
        let fits = |x: &Variable| x.layout == layout || (x.layout == LayoutId::SCALAR && !x.is_active());
        if !fits(&a) || !fits(&b) {
            return false;
        }
        let (offset, len) = (own.start, own.len());
        let (below, own) = adjoints.split_at_mut(offset);
        let y_bar = &own[..len];
        crate::arena::split::shared(&self.core.list.values()[..offset + len], |values| {
            let y = &values[offset..];
            let slots = |x: &Variable| &values[x.offset..][..if x.layout == layout { len } else { 1 }];
            let operands = [slots(&a), slots(&b)];
            let operands = &operands[..count as usize];
            for (k, x) in [a, b].iter().enumerate().take(count as usize) {
                if x.is_active() {
                    self.reached[x.owner.index()] = true;
                    (kernels.reverse[k])(&mut below[x.offset..][..len], operands, y, y_bar);
                }
            }
        });
        true
    }

    fn pointwise<const N: usize>(&mut self, entry: usize, kernels: &PointwiseKernels<T>, adjoints: &mut [T]) {
        let out = self.tables.entries[entry].out;
        let operands = self.tables.operands_of(&self.tables.entries[entry]);
        let ids: [VariableId; N] = std::array::from_fn(|k| operands[k]);
        let arrives: [bool; N] = std::array::from_fn(|k| self.arrives(ids[k]));
        let layouts: [LayoutId; N] = std::array::from_fn(|k| self.tables.variable(ids[k]).layout);
        let offsets: [usize; N] = std::array::from_fn(|k| self.tables.variable(ids[k]).offset);
        let shapes = Shapes::of(self.tables, layouts).expect("the shapes met when this was recorded");
        let tables = &*self.tables;
        let offset = tables.variable(out).offset;
        let out_layout = tables.layouts.get(shapes.out);
        let len = out_layout.len;
        let (below, own) = adjoints.split_at_mut(offset);
        let y_bar = &own[..len];
        crate::arena::split::shared(&self.core.list.values()[..offset + len], |values| {
            let y = &values[offset..];
            if shapes.flat {
                let operands: [&[T]; N] = std::array::from_fn(|k| {
                    &values[offsets[k]..offsets[k] + tables.layouts.get(layouts[k]).len]
                });
                for k in (0..N).filter(|&k| arrives[k]) {
                    let x_bar = &mut below[offsets[k]..offsets[k] + operands[k].len()];
                    if x_bar.len() == len {
                        (kernels.reverse[k])(x_bar, &operands, y, y_bar);
                    } else {
                        x_bar[0] += pull_sum(kernels, k, &operands, y, y_bar);
                    }
                }
                return;
            }
            let seen: [Strided<'_, T>; N] = std::array::from_fn(|k| {
                let layout = tables.layouts.get(shapes.expanded[k]);
                Strided::new(values, offsets[k], &layout.dims, &layout.strides)
            });
            for k in (0..N).filter(|&k| arrives[k]) {
                let layout = tables.layouts.get(shapes.expanded[k]);
                let target = StridedMut::new(below, offsets[k], &layout.dims, &layout.strides);
                let (dims, strides) = (&out_layout.dims, &out_layout.strides);
                let y = Strided::new(y, 0, dims, strides);
                let y_bar = Strided::new(y_bar, 0, dims, strides);
                if let Some(factor) = factor::<T, N>(kernels, k) {
                    // A sum or difference of unlike shapes: the bias of a layer.
                    if factor == T::one() {
                        add_acc(target, y_bar)
                    } else {
                        scale_acc(target, y_bar, factor)
                    }
                    continue;
                }
                let reverse = kernels.reverse[k];
                match seen[..] {
                    [x] => {
                        accumulate(target, [x, y, y_bar], |acc, [x, y, y_bar]| reverse(acc, &[x], y, y_bar))
                    }
                    [a, b] => accumulate(target, [a, b, y, y_bar], |acc, [a, b, y, y_bar]| {
                        reverse(acc, &[a, b], y, y_bar);
                    }),
                    [a, b, c] => accumulate(target, [a, b, c, y, y_bar], |acc, [a, b, c, y, y_bar]| {
                        reverse(acc, &[a, b, c], y, y_bar);
                    }),
                    _ => unreachable!("a pointwise op has one to three operands"),
                }
            }
        });
    }

    /// A reduction of a contiguous operand to one number, which sends the same to each element. Answers whether the
    /// instruction was one.
    #[inline]
    fn spread(
        &mut self,
        operands: Operands,
        kernels: &StructuralKernels<T>,
        own: std::ops::Range<usize>,
        adjoints: &mut [T],
    ) -> bool {
        let Operands { count, inline: [x, _] } = operands;
        if count != 1 || own.len() != 1 || self.wanted.is_some() {
            return false;
        }
        let (variable, len) = (*self.tables.variable(x), self.tables.layout(x).len);
        let (true, Some(factor)) = (variable.layout.is_contiguous(), (kernels.spread)(len)) else {
            return false;
        };
        let x_bar = T::zero().constant(factor) * adjoints[own.start];
        adjoints[variable.offset..variable.offset + len].iter_mut().for_each(|adjoint| *adjoint += x_bar);
        self.reached[variable.owner.index()] = true;
        true
    }

    fn structural(&mut self, entry: usize, reverse: fn(&mut Numeric<'_, '_, T>), adjoints: &mut [T]) {
        // Taken apart so that the bump lives on while `self` is borrowed.
        let mut bump = std::mem::take(self.bump);
        let tables = &*self.tables;
        let entry = &tables.entries[entry];
        let (offset, layout) = (tables.variable(entry.out).offset, tables.layout(entry.out));
        let (below, own) = adjoints.split_at_mut(offset);
        let ids = tables.operands_of(entry);
        let arrives = bump.alloc_slice_fill_iter(ids.iter().map(|&id| gets_adjoint(tables, self.wanted, id)));
        // What is asked for itself may lie above everything that is.
        if !arrives.contains(&true) {
            bump.reset();
            *self.bump = bump;
            return;
        }
        for (&id, _) in ids.iter().zip(&*arrives).filter(|(_, arrives)| **arrives) {
            self.reached[tables.variable(id).owner.index()] = true;
        }
        crate::arena::split::shared(&self.core.list.values()[..offset + layout.len], |values| {
            let operands = ids.iter().zip(&*arrives).map(|(&id, &active)| {
                let layout = tables.layout(id);
                let offset = tables.variable(id).offset;
                OperandSlots { values, offset, dims: &layout.dims, strides: &layout.strides, active }
            });
            reverse(&mut Numeric {
                operands: bump.alloc_slice_fill_iter(operands),
                dots: &[],
                result: Strided::new(values, offset, &layout.dims, &layout.strides),
                result_bar: Strided::new(own, 0, &layout.dims, &layout.strides),
                payload: tables.payload_of(entry),
                adjoints: below,
                bump: &bump,
                scratch: self.scratch,
            });
        });
        bump.reset();
        *self.bump = bump;
    }
}

/// Clears the adjoint of an instruction that is done. A few elements are cleared here: a call costs more, and of a loop
/// the compiler makes one.
#[inline(always)]
fn clear<T: Element>(adjoint: &mut [T]) {
    let zero = T::zero();
    match adjoint {
        [a] => *a = zero,
        [a, b] => (*a, *b) = (zero, zero),
        [a, b, c] => (*a, *b, *c) = (zero, zero, zero),
        [a, b, c, d] => (*a, *b, *c, *d) = (zero, zero, zero, zero),
        many => many.fill(zero),
    }
}

/// What comes back to an operand is a factor of `y_bar` alone where the pull reads no primal: the factor.
fn factor<T: Element, const N: usize>(kernels: &PointwiseKernels<T>, k: usize) -> Option<T> {
    if (kernels.reads)(k) != 0 {
        return None;
    }
    let (one, mut factor) = ([T::one()], [T::zero()]);
    (kernels.reverse[k])(&mut factor, &[&one[..]; N], &one, &one);
    Some(factor[0])
}

/// What comes back to operand `k`, one element for all, is a sum: block by block through a buffer of zeros, and the sums of
/// many blocks each by itself, since thousands of like numbers would be rounded one way.
fn pull_sum<T: Element, const N: usize>(
    kernels: &PointwiseKernels<T>,
    k: usize,
    operands: &[&[T]; N],
    y: &[T],
    y_bar: &[T],
) -> T {
    const MANY: usize = 512 * BLOCK;
    let mut block = [T::zero(); BLOCK];
    let mut total = T::zero();
    for many in (0..y.len()).step_by(MANY) {
        let mut sum = T::zero();
        for start in (many..y.len().min(many + MANY)).step_by(BLOCK) {
            let range = start..(start + BLOCK).min(y.len());
            let acc = &mut block[..range.len()];
            acc.fill(T::zero());
            let blocks: [&[T]; N] = std::array::from_fn(|k| match operands[k].len() == y.len() {
                true => &operands[k][range.clone()],
                false => operands[k],
            });
            (kernels.reverse[k])(acc, &blocks, &y[range.clone()], &y_bar[range]);
            sum += wengert_kernels::sum(acc);
        }
        total += sum;
    }
    total
}
