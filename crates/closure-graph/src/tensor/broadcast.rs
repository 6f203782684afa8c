//! Broadcasting after NumPy, reduced to as few loops as the shapes allow.
//!
//! Neighbouring axes over which both operands run on without a break are merged. Equal shapes become
//! one row, a bias `[n]` under `[m, n]` becomes `m` rows of `n`. Within a row an operand either
//! advances by 1 or stays, which gives three inner loops, each plain enough to be vectorised.

use super::shape::{MAX_RANK, Shape};
use crate::Element;

/// Runs the body with the strides of the row as constants `$A` and `$B`, and with the slices of both
/// operands cut to what the row reads, so that no bounds are checked within.
macro_rules! row_loop {
    (
        $plan:ident, $a:ident, $b:ident, $offsets:ident,
        |$sa:ident, $sb:ident, $n:ident, $A:ident, $B:ident| $body:block
    ) => {{
        let $n = $plan.row.extent;
        let ($sa, $sb) = (&$a[$offsets[0]..], &$b[$offsets[1]..]);
        match $plan.row.strides {
            [1, 1] => row_loop!(@with $A = 1, $B = 1, $sa = &$sa[..$n], $sb = &$sb[..$n], $body),
            [1, _] => row_loop!(@with $A = 1, $B = 0, $sa = &$sa[..$n], $sb = &$sb[..1], $body),
            _ => row_loop!(@with $A = 0, $B = 1, $sa = &$sa[..1], $sb = &$sb[..$n], $body),
        }
    }};
    (
        @with $A:ident = $va:literal, $B:ident = $vb:literal,
        $sa:ident = $ea:expr, $sb:ident = $eb:expr, $body:block
    ) => {{
        const $A: usize = $va;
        const $B: usize = $vb;
        let ($sa, $sb) = ($ea, $eb);
        $body
    }};
}

/// How to walk over two operands.
pub(super) struct Plan {
    pub(super) shape: Shape,
    /// Elements a row, and how far each operand advances within: 0 or 1.
    row: Axis,
    /// The axes around the rows, the inner one first.
    outer: [Axis; MAX_RANK],
    outer_len: usize,
}

#[derive(Clone, Copy)]
struct Axis {
    extent: usize,
    strides: [usize; 2],
}

impl Plan {
    pub(super) fn new(op: &str, a: &Shape, b: &Shape) -> Self {
        let unit = Axis { extent: 1, strides: [1, 1] };
        let mut plan = Plan { shape: *a, row: unit, outer: [unit; MAX_RANK], outer_len: 0 };
        if a == b {
            plan.row.extent = a.len();
            return plan;
        }
        let rank = a.extents().len().max(b.extents().len());
        let mut extents = [1; MAX_RANK];
        let mut sizes = [1, 1];
        let mut axes = 0;
        for from_last in 0..rank {
            let [x, y] = [a, b].map(|s| s.extents().iter().rev().nth(from_last).copied().unwrap_or(1));
            assert!(
                x == y || x == 1 || y == 1,
                "{op}: shapes {a:?} and {b:?} do not broadcast\n  \
                 help: from the last axis on, extents must agree or be 1"
            );
            let extent = if x == 1 { y } else { x };
            extents[rank - 1 - from_last] = extent;
            if extent != 1 {
                let strides = [if x == 1 { 0 } else { sizes[0] }, if y == 1 { 0 } else { sizes[1] }];
                let inner = if axes < 2 { &mut plan.row } else { &mut plan.outer[axes - 2] };
                if axes > 0 && (0..2).all(|i| strides[i] == inner.strides[i] * inner.extent) {
                    inner.extent *= extent;
                } else {
                    let axis = Axis { extent, strides };
                    if axes == 0 {
                        plan.row = axis;
                    } else {
                        plan.outer[axes - 1] = axis;
                    }
                    axes += 1;
                }
            }
            sizes = [sizes[0] * x, sizes[1] * y];
        }
        plan.outer_len = axes.saturating_sub(1);
        plan.shape = Shape::new(&extents[..rank]);
        plan
    }

    /// Calls `visit` with the offsets of the result and of both operands at the start of each row.
    fn rows(&self, mut visit: impl FnMut(usize, [usize; 2])) {
        let outer = &self.outer[..self.outer_len];
        let count: usize = outer.iter().map(|axis| axis.extent).product();
        let mut index = [0; MAX_RANK];
        let mut offsets = [0, 0];
        for row in 0..count {
            visit(row * self.row.extent, offsets);
            for (i, axis) in index.iter_mut().zip(outer) {
                *i += 1;
                offsets = [offsets[0] + axis.strides[0], offsets[1] + axis.strides[1]];
                if *i < axis.extent {
                    break;
                }
                *i = 0;
                offsets = [0, 1].map(|o| offsets[o] - axis.strides[o] * axis.extent);
            }
        }
    }

    /// `value(a, b)` over the result.
    pub(super) fn map<T: Element>(&self, a: &[T], b: &[T], value: impl Fn(T, T) -> T) -> Vec<T> {
        let mut out = Vec::with_capacity(self.shape.len());
        self.rows(|_, offsets| {
            row_loop!(self, a, b, offsets, |a, b, n, A, B| {
                out.extend((0..n).map(|i| value(a[i * A], b[i * B])));
            });
        });
        out
    }

    /// `grad * partial(a, b)` over the result, in a new buffer.
    pub(super) fn scaled<T: Element>(
        &self,
        grad: &[T],
        a: &[T],
        b: &[T],
        partial: impl Fn(T, T) -> T,
    ) -> Vec<T> {
        let mut out = Vec::with_capacity(grad.len());
        self.rows(|start, offsets| {
            row_loop!(self, a, b, offsets, |a, b, n, A, B| {
                let grad = &grad[start..start + n];
                out.extend((0..n).map(|i| grad[i] * partial(a[i * A], b[i * B])));
            });
        });
        out
    }

    /// `grad *= partial(a, b)`, in place.
    pub(super) fn scale<T: Element>(&self, grad: &mut [T], a: &[T], b: &[T], partial: impl Fn(T, T) -> T) {
        self.rows(|start, offsets| {
            row_loop!(self, a, b, offsets, |a, b, n, A, B| {
                let grad = &mut grad[start..start + n];
                for i in 0..n {
                    grad[i] = grad[i] * partial(a[i * A], b[i * B]);
                }
            });
        });
    }

    /// `sum += grad * partial(a, b)`, where `sum` has the shape of the operand `SIDE`: 0 for `a`, 1 for
    /// `b`. Where that operand was broadcast, this reduces.
    pub(super) fn accumulate<const SIDE: usize, T: Element>(
        &self,
        sum: &mut [T],
        grad: &[T],
        a: &[T],
        b: &[T],
        partial: impl Fn(T, T) -> T,
    ) {
        self.rows(|start, offsets| {
            row_loop!(self, a, b, offsets, |a, b, n, A, B| {
                let grad = &grad[start..start + n];
                let at = offsets[SIDE];
                if [A, B][SIDE] == 1 {
                    let sum = &mut sum[at..at + n];
                    for i in 0..n {
                        sum[i] += grad[i] * partial(a[i * A], b[i * B]);
                    }
                } else {
                    sum[at] += sum_of(n, |i| grad[i] * partial(a[i * A], b[i * B]));
                }
            });
        });
    }
}

/// The sum of `term(0..n)` in eight lanes, which can be vectorised and rounds less than one.
#[inline]
pub(super) fn sum_of<T: Element>(n: usize, term: impl Fn(usize) -> T) -> T {
    let mut lanes = [T::ZERO; 8];
    let whole = n - n % 8;
    for start in (0..whole).step_by(8) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
    }
    let rest = (whole..n).fold(T::ZERO, |sum, i| sum + term(i));
    lanes.into_iter().fold(rest, |sum, lane| sum + lane)
}
