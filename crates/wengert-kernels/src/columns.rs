//! Lanes that lie side by side, as the columns of a matrix do: many are taken at once, and what is done with one row of them is
//! vector code.

use std::marker::PhantomData;

use crate::axes::{At, Axes, Axis, for_each};
use crate::sum::partial;
use crate::{Kernel, Real, Scratch, Strided, dispatch};

/// How many lanes are taken at once where there are as many: four of the widest vectors of `f32`.
const WIDE: usize = 64;

/// Fewer lanes than these make no vectors worth the name: where they are long, one after the other is quicker.
const FEW: usize = 8;

/// From this length on a lane keeps vectors busy by itself.
const LONG: usize = 64;

/// `W` lanes of a window, side by side: row `i` has element `i` of each.
#[derive(Clone, Copy)]
pub(crate) struct Group<'a, T, const W: usize> {
    data: &'a [T],
    start: isize,
    stride: isize,
}

impl<'a, T, const W: usize> Group<'a, T, W> {
    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> &'a [T; W] {
        let start = self.start.wrapping_add((i as isize).wrapping_mul(self.stride));
        self.data[start as usize..].first_chunk().expect("a row lies within the window")
    }
}

/// A [`Group`] of a target.
pub(crate) struct GroupMut<'a, T, const W: usize> {
    data: &'a mut [T],
    start: isize,
    stride: isize,
}

impl<T, const W: usize> GroupMut<'_, T, W> {
    #[inline(always)]
    pub(crate) fn row(&mut self, i: usize) -> &mut [T; W] {
        let start = self.start.wrapping_add((i as isize).wrapping_mul(self.stride));
        self.data[start as usize..].first_chunk_mut().expect("a row lies within the window")
    }
}

/// What is done with lanes of `len` elements, `W` of them at a time, with `room` for their sums.
pub(crate) trait Abreast<T: Real, const N: usize> {
    /// Mark it as `#[inline(always)]`, as [`Kernel::run`].
    fn run<const W: usize>(
        len: usize,
        target: GroupMut<'_, T, W>,
        operands: [Group<'_, T, W>; N],
        room: &mut [[T; W]],
    );
}

/// Where the target lies beside its operands.
pub(crate) enum Target<'a> {
    /// Row-major, with the dims of the operands.
    RowMajor,
    /// Row-major, one element for each lane.
    Folded,
    /// By strides.
    Strided(&'a [isize]),
}

/// Lanes that lie side by side in every window.
pub(crate) struct Columns<const N: usize> {
    outer: Axes<N>,
    lane: Axis<N>,
    width: usize,
}

impl<const N: usize> Columns<N> {
    /// The lanes along `axes`, which are sorted. `None` where they lie in another way, where they are few and long, where there is
    /// no element, or where the elements of a lane are added into one.
    pub(crate) fn of<T: Real>(
        dims: &[usize],
        axes: &[usize],
        target: &Target<'_>,
        operands: &[Strided<'_, T>; N],
    ) -> Option<Self> {
        let &last = axes.last()?;
        if dims.contains(&0) || operands.iter().any(|x| x.dims() != dims) {
            return None;
        }
        let (mut across, mut lane, mut outer) = (Axes::new(), Axes::new(), Axes::new());
        let mut step = 1;
        for (axis, &dim) in dims.iter().enumerate().rev() {
            let along = axes.contains(&axis);
            let place = match target {
                Target::Strided(strides) => strides[axis],
                Target::Folded if along => 0,
                _ => {
                    let place = step;
                    step *= dim as isize;
                    place
                }
            };
            let nest = if along {
                &mut lane
            } else if axis > last {
                &mut across
            } else {
                &mut outer
            };
            nest.wrap(Axis { dim, target: place, operands: operands.map(|x| x.strides()[axis]) });
        }
        let &[Axis { dim: width, target: 1, operands: steps }] = across.as_slice() else { return None };
        let lane = match lane.as_slice() {
            [] => Axis::UNIT,
            &[lane] => lane,
            _ => return None,
        };
        let shared = lane.target == 0 && matches!(target, Target::Strided(_));
        let few = width < FEW && lane.dim >= LONG;
        (steps == [1; N] && !shared && !few).then_some(Columns { outer, lane, width })
    }

    /// How many lanes there are.
    pub(crate) fn count(&self) -> usize {
        self.outer.as_slice().iter().fold(self.width, |count, axis| count * axis.dim)
    }

    /// Runs `V` on all lanes.
    pub(crate) fn each<T: Real, V: Abreast<T, N>>(
        &self,
        (target, offset): (&mut [T], usize),
        operands: &[Strided<'_, T>; N],
        scratch: &mut Scratch<T>,
    ) {
        let room = scratch.take(partial(self.lane.dim) * self.width.min(WIDE));
        let start = At { target: offset as isize, operands: operands.map(|x| x.offset() as isize) };
        for_each(self.outer.as_slice(), start, &mut |at| {
            let (columns, verb) = (self, PhantomData::<V>);
            dispatch(Side { columns, at, target, operands, room, verb });
        });
    }
}

/// The lanes at one position of the outer loops.
struct Side<'a, T, V, const N: usize> {
    columns: &'a Columns<N>,
    at: At<N>,
    target: &'a mut [T],
    operands: &'a [Strided<'a, T>; N],
    room: &'a mut [T],
    verb: PhantomData<V>,
}

impl<T: Real, V: Abreast<T, N>, const N: usize> Side<'_, T, V, N> {
    /// As many lanes from `first` on as whole groups of `W` cover. Answers where they end.
    #[inline(always)]
    fn groups<const W: usize>(&mut self, mut first: usize) -> usize {
        let Columns { lane, width, .. } = self.columns;
        let room = self.room.as_chunks_mut::<W>().0;
        while first + W <= *width {
            let target = GroupMut {
                data: &mut *self.target,
                start: self.at.target.wrapping_add(first as isize),
                stride: lane.target,
            };
            let operands = std::array::from_fn(|n| Group {
                data: self.operands[n].data(),
                start: self.at.operands[n].wrapping_add(first as isize),
                stride: lane.operands[n],
            });
            V::run(lane.dim, target, operands, room);
            first += W;
        }
        first
    }
}

impl<T: Real, V: Abreast<T, N>, const N: usize> Kernel for Side<'_, T, V, N> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let first = self.groups::<WIDE>(0);
        let first = self.groups::<16>(first);
        let first = self.groups::<8>(first);
        let first = self.groups::<4>(first);
        self.groups::<1>(first);
    }
}
