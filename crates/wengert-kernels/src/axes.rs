//! Loop nests: the axes of a target and `N` operands, merged where all of them allow it.

use std::mem::MaybeUninit;

/// Nests up to this rank, after merging, live on the stack.
const INLINE: usize = 8;

/// One loop: its extent, and how far each window moves by a step of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis<const N: usize> {
    pub(crate) dim: usize,
    pub(crate) target: isize,
    pub(crate) operands: [isize; N],
}

impl<const N: usize> Axis<N> {
    /// A loop of one step. Strides of 1 let it pass for a contiguous run.
    pub(crate) const UNIT: Self = Axis { dim: 1, target: 1, operands: [1; N] };

    /// Whether `self` around `inner` is one longer loop.
    #[inline]
    fn continues(&self, inner: &Self) -> bool {
        let dim = inner.dim as isize;
        self.target == inner.target.wrapping_mul(dim)
            && self.operands.iter().zip(&inner.operands).all(|(&o, &i)| o == i.wrapping_mul(dim))
    }
}

/// A position in the target and in each operand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<const N: usize> {
    pub(crate) target: isize,
    pub(crate) operands: [isize; N],
}

impl<const N: usize> At<N> {
    /// The position `steps` along `axis`. Positions past the end of a loop are computed and never read, so
    /// they wrap.
    #[inline(always)]
    pub(crate) fn moved(&self, axis: &Axis<N>, steps: usize) -> Self {
        let steps = steps as isize;
        let mut at = *self;
        at.target = at.target.wrapping_add(axis.target.wrapping_mul(steps));
        for (o, s) in at.operands.iter_mut().zip(&axis.operands) {
            *o = o.wrapping_add(s.wrapping_mul(steps));
        }
        at
    }
}

/// A loop nest, **innermost axis first**; axes of extent 1 are dropped and adjacent ones merged.
pub(crate) struct Axes<const N: usize> {
    /// The first `rank` are initialised, while they fit; filling them all would take longer than a short loop.
    inline: [MaybeUninit<Axis<N>>; INLINE],
    rank: usize,
    /// All axes, once they are more than fit inline.
    spilled: Vec<Axis<N>>,
}

impl<const N: usize> Axes<N> {
    /// An empty nest: one step.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Axes { inline: [MaybeUninit::uninit(); INLINE], rank: 0, spilled: Vec::new() }
    }

    /// Wraps the nest into one more loop.
    #[inline(always)]
    pub(crate) fn wrap(&mut self, axis: Axis<N>) {
        if axis.dim == 1 {
            return;
        }
        if let Some(inner) = self.as_mut_slice().last_mut()
            && axis.continues(inner)
        {
            // Saturating: extents beyond all bounds stand beside a 0, and then no loop runs.
            inner.dim = inner.dim.saturating_mul(axis.dim);
            return;
        }
        if self.rank < INLINE {
            self.inline[self.rank].write(axis);
        } else {
            self.spill(axis);
        }
        self.rank += 1;
    }

    #[cold]
    #[inline(never)]
    fn spill(&mut self, axis: Axis<N>) {
        if self.rank == INLINE {
            self.spilled = self.as_slice().to_vec();
        }
        self.spilled.push(axis);
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [Axis<N>] {
        if self.rank > INLINE {
            return &mut self.spilled;
        }
        let axes = &mut self.inline[..self.rank];
        // SAFETY: the first `rank` axes are initialised.
        unsafe { &mut *(std::ptr::from_mut(axes) as *mut [Axis<N>]) }
    }

    /// The axes, innermost first.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[Axis<N>] {
        if self.rank > INLINE {
            return &self.spilled;
        }
        let axes = &self.inline[..self.rank];
        // SAFETY: the first `rank` axes are initialised.
        unsafe { &*(std::ptr::from_ref(axes) as *const [Axis<N>]) }
    }

    /// Wraps the nest into the loops over `dims`, which has no 0; `strides(axis)` gives the strides of the
    /// target and the operands. In place, so that the nest is not copied about.
    #[inline(always)]
    pub(crate) fn wrap_all(&mut self, dims: &[usize], mut strides: impl FnMut(usize) -> (isize, [isize; N])) {
        for (axis, &dim) in dims.iter().enumerate().rev() {
            let (target, operands) = strides(axis);
            self.wrap(Axis { dim, target, operands });
        }
    }
}

/// Calls `f` at each position of the nest `axes` (innermost first) around `at`, in row-major order.
#[inline]
pub(crate) fn for_each<const N: usize>(axes: &[Axis<N>], at: At<N>, f: &mut impl FnMut(At<N>)) {
    match axes {
        [] => f(at),
        [inner @ .., outer] => {
            let mut at = at;
            for _ in 0..outer.dim {
                recurse(inner, at, f);
                at = at.moved(outer, 1);
            }
        }
    }
}

/// The recursion of [`for_each`], apart so that its first level is inlined.
fn recurse<const N: usize>(axes: &[Axis<N>], at: At<N>, f: &mut impl FnMut(At<N>)) {
    match axes {
        [] => f(at),
        [inner @ .., outer] => {
            let mut at = at;
            for _ in 0..outer.dim {
                recurse(inner, at, f);
                at = at.moved(outer, 1);
            }
        }
    }
}
