//! A pointwise op: a primal and, for each operand, how an adjoint comes back through it. From these two texts come
//! the kernels of tensors and the lane of scalars.
//!
//! A kernel sees contiguous operands of the length of the result, or of length 1: a number for all elements. Loops go
//! over indices of slices cut to one length: for three elements the setup of zipped iterators costs more than the work.
#![allow(clippy::needless_range_loop)]

use std::marker::PhantomData;

use wengert_kernels::{Kernel, Real, dispatch};

use super::dual::Dual;
use super::probe::Probe;
use super::{Arithmetic, Body, Number, OpId, RESULT, Rule};

/// An op that works element by element on `N` operands.
pub trait Pointwise<const N: usize>: 'static {
    /// The name of the op: `grad_fn`, dumps and messages show it.
    const NAME: &'static str;
    /// Where tests and the gallery evaluate it.
    const SAMPLE: [f64; N];
    /// Its number among the ops of scalars with as many operands.
    const OP: OpId = OpId::MAX;

    /// The value.
    fn primal<T: Real>(x: [T; N]) -> T;
    /// The value of one number by itself. What is made for loops may be slow alone; it differs in the last digit at most.
    #[inline(always)]
    fn single<T: Real>(x: [T; N]) -> T {
        Self::primal(x)
    }
    /// What comes back to operand `k` from `y_bar`: the partial times `y_bar`. It is linear in `y_bar`, and so the
    /// same text carries a tangent forward.
    fn pull<A: Arithmetic>(k: usize, x: [A; N], y: A, y_bar: A) -> A;
}

/// `y = f(operands)`
pub(crate) type Forward<T> = fn(&mut [T], &[&[T]]);
/// `x_bar += pull(operands, y, y_bar)`; and, since a pull is linear, `y_dot += pull(operands, y, x_dot)`.
pub(crate) type Reverse<T> = fn(&mut [T], &[&[T]], &[T], &[T]);
/// The same on duals: values and tangents of the target, of the operands, of `y` and of `y_bar`, all of one length.
pub(crate) type DualReverse<T> = fn([&mut [T]; 2], [&[&[T]]; 2], [&[T]; 2], [&[T]; 2]);
/// `pull(k, operands, y, y_bar)`, recorded.
pub(crate) type Traced<X> = fn(usize, &[X], X, X) -> X;

/// The kernels of a pointwise op at one element type.
pub(crate) struct PointwiseKernels<T: Number> {
    pub forward: Forward<T>,
    /// One an operand.
    pub reverse: &'static [Reverse<T>],
    /// One an operand.
    pub dual: &'static [DualReverse<T>],
    pub traced: Traced<T::Traced>,
    /// Which primals the adjoint of operand k reads.
    pub reads: fn(usize) -> u64,
}

/// The rule of the pointwise op `O`.
pub(crate) struct RuleOf<O, T>(PhantomData<(O, T)>);

impl<O: Pointwise<1>, T: Number> RuleOf<O, T> {
    pub const UNARY: &'static Rule<T> = &Rule {
        name: O::NAME,
        body: Body::Pointwise(PointwiseKernels {
            forward: forward_unary::<O, T>,
            reverse: &[reverse_unary::<O, T>],
            dual: &[dual_reverse::<O, T, 0, 1>],
            traced: traced::<O, T, 1>,
            reads: reads::<O, 1>,
        }),
    };
}

impl<O: Pointwise<2>, T: Number> RuleOf<O, T> {
    pub const BINARY: &'static Rule<T> = &Rule {
        name: O::NAME,
        body: Body::Pointwise(PointwiseKernels {
            forward: forward_binary::<O, T>,
            reverse: &[reverse_binary::<O, T, 0>, reverse_binary::<O, T, 1>],
            dual: &[dual_reverse::<O, T, 0, 2>, dual_reverse::<O, T, 1, 2>],
            traced: traced::<O, T, 2>,
            reads: reads::<O, 2>,
        }),
    };
}

impl<O: Pointwise<3>, T: Number> RuleOf<O, T> {
    pub const TERNARY: &'static Rule<T> = &Rule {
        name: O::NAME,
        body: Body::Pointwise(PointwiseKernels {
            forward: forward_ternary::<O, T>,
            reverse: &[reverse_ternary::<O, T, 0>, reverse_ternary::<O, T, 1>, reverse_ternary::<O, T, 2>],
            dual: &[dual_reverse::<O, T, 0, 3>, dual_reverse::<O, T, 1, 3>, dual_reverse::<O, T, 2, 3>],
            traced: traced::<O, T, 3>,
            reads: reads::<O, 3>,
        }),
    };
}

/// Which primals the pull of operand `k` reads, found by running it on probes.
pub(crate) fn reads<O: Pointwise<N>, const N: usize>(k: usize) -> u64 {
    let operands = std::array::from_fn(|operand| Probe(1 << operand));
    O::pull(k, operands, Probe(RESULT), Probe::NOTHING).0
}

/// Lengths from which the widest vector unit pays for the dispatch.
const WIDE: usize = 32;

/// Runs a kernel, on the widest vector unit when it is long enough. A debug build does not vectorise, and there two
/// more copies of every kernel would only be compiled; the results are the same to the bit.
#[inline(always)]
fn run<K: Kernel<Output = ()>>(len: usize, kernel: impl FnOnce() -> K) {
    if cfg!(debug_assertions) || len < WIDE { kernel().run() } else { wide(kernel()) }
}

/// A function of its own, so that a kernel over few elements keeps nothing in memory for this one.
#[inline(never)]
fn wide<K: Kernel<Output = ()>>(kernel: K) {
    dispatch(kernel);
}

struct ForwardUnary<'a, O, T>(&'a mut [T], &'a [T], PhantomData<O>);

impl<O: Pointwise<1>, T: Number> Kernel for ForwardUnary<'_, O, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let ForwardUnary(y, x, _) = self;
        let x = &x[..y.len()];
        for i in 0..y.len() {
            y[i] = O::primal([x[i]]);
        }
    }
}

pub(crate) fn forward_unary<O: Pointwise<1>, T: Number>(y: &mut [T], operands: &[&[T]]) {
    let &[x] = operands else { unreachable!("a unary op has one operand") };
    run(y.len(), || ForwardUnary::<O, T>(y, x, PhantomData));
}

struct ForwardBinary<'a, O, T>(&'a mut [T], &'a [T], &'a [T], PhantomData<O>);

impl<O: Pointwise<2>, T: Number> Kernel for ForwardBinary<'_, O, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let ForwardBinary(y, a, b, _) = self;
        let n = y.len();
        match (a.len() == n, b.len() == n) {
            (true, true) => {
                for i in 0..n {
                    y[i] = O::primal([a[i], b[i]]);
                }
            }
            (true, false) => {
                let b = b[0];
                for i in 0..n {
                    y[i] = O::primal([a[i], b]);
                }
            }
            (false, true) => {
                let a = a[0];
                for i in 0..n {
                    y[i] = O::primal([a, b[i]]);
                }
            }
            (false, false) => y.fill(O::primal([a[0], b[0]])),
        }
    }
}

pub(crate) fn forward_binary<O: Pointwise<2>, T: Number>(y: &mut [T], operands: &[&[T]]) {
    let &[a, b] = operands else { unreachable!("a binary op has two operands") };
    run(y.len(), || ForwardBinary::<O, T>(y, a, b, PhantomData));
}

struct ReverseUnary<'a, O, T> {
    x_bar: &'a mut [T],
    x: &'a [T],
    y: &'a [T],
    y_bar: &'a [T],
    op: PhantomData<O>,
}

impl<O: Pointwise<1>, T: Number> Kernel for ReverseUnary<'_, O, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let ReverseUnary { x_bar, x, y, y_bar, .. } = self;
        let n = y.len();
        let (x_bar, x, y_bar) = (&mut x_bar[..n], &x[..n], &y_bar[..n]);
        for i in 0..n {
            x_bar[i] += O::pull(0, [x[i]], y[i], y_bar[i]);
        }
    }
}

fn reverse_unary<O: Pointwise<1>, T: Number>(x_bar: &mut [T], operands: &[&[T]], y: &[T], y_bar: &[T]) {
    let &[x] = operands else { unreachable!("a unary op has one operand") };
    run(y.len(), || ReverseUnary::<O, T> { x_bar, x, y, y_bar, op: PhantomData });
}

struct ReverseBinary<'a, O, T, const K: usize> {
    x_bar: &'a mut [T],
    a: &'a [T],
    b: &'a [T],
    y: &'a [T],
    y_bar: &'a [T],
    op: PhantomData<O>,
}

impl<O: Pointwise<2>, T: Number, const K: usize> Kernel for ReverseBinary<'_, O, T, K> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let ReverseBinary { x_bar, a, b, y, y_bar, .. } = self;
        let n = y.len();
        let (x_bar, y_bar) = (&mut x_bar[..n], &y_bar[..n]);
        match (a.len() == n, b.len() == n) {
            (true, true) => {
                for i in 0..n {
                    x_bar[i] += O::pull(K, [a[i], b[i]], y[i], y_bar[i]);
                }
            }
            (true, false) => {
                let b = b[0];
                for i in 0..n {
                    x_bar[i] += O::pull(K, [a[i], b], y[i], y_bar[i]);
                }
            }
            (false, true) => {
                let a = a[0];
                for i in 0..n {
                    x_bar[i] += O::pull(K, [a, b[i]], y[i], y_bar[i]);
                }
            }
            (false, false) => {
                let (a, b) = (a[0], b[0]);
                for i in 0..n {
                    x_bar[i] += O::pull(K, [a, b], y[i], y_bar[i]);
                }
            }
        }
    }
}

fn reverse_binary<O: Pointwise<2>, T: Number, const K: usize>(
    x_bar: &mut [T],
    operands: &[&[T]],
    y: &[T],
    y_bar: &[T],
) {
    let &[a, b] = operands else { unreachable!("a binary op has two operands") };
    run(y.len(), || ReverseBinary::<O, T, K> { x_bar, a, b, y, y_bar, op: PhantomData });
}

/// The element of an operand, or the one that stands for all.
#[inline(always)]
fn at<T: Copy>(x: &[T], n: usize, i: usize) -> T {
    if x.len() == n { x[i] } else { x[0] }
}

fn forward_ternary<O: Pointwise<3>, T: Number>(y: &mut [T], operands: &[&[T]]) {
    let &[a, b, c] = operands else { unreachable!("a ternary op has three operands") };
    let n = y.len();
    for i in 0..n {
        y[i] = O::primal([at(a, n, i), at(b, n, i), at(c, n, i)]);
    }
}

fn reverse_ternary<O: Pointwise<3>, T: Number, const K: usize>(
    x_bar: &mut [T],
    operands: &[&[T]],
    y: &[T],
    y_bar: &[T],
) {
    let &[a, b, c] = operands else { unreachable!("a ternary op has three operands") };
    let n = y.len();
    for i in 0..n {
        x_bar[i] += O::pull(K, [at(a, n, i), at(b, n, i), at(c, n, i)], y[i], y_bar[i]);
    }
}

fn dual_reverse<O: Pointwise<N>, T: Number, const K: usize, const N: usize>(
    [x_bar, x_bar_dot]: [&mut [T]; 2],
    [operands, dots]: [&[&[T]]; 2],
    [y, y_dot]: [&[T]; 2],
    [y_bar, y_bar_dot]: [&[T]; 2],
) {
    for i in 0..y.len() {
        let x = std::array::from_fn(|k| Dual { value: operands[k][i], dot: [dots[k][i]] });
        let (y, y_bar) =
            (Dual { value: y[i], dot: [y_dot[i]] }, Dual { value: y_bar[i], dot: [y_bar_dot[i]] });
        let pulled = O::pull(K, x, y, y_bar);
        x_bar[i] += pulled.value;
        x_bar_dot[i] += pulled.dot[0];
    }
}

fn traced<O: Pointwise<N>, T: Number, const N: usize>(
    k: usize,
    operands: &[T::Traced],
    y: T::Traced,
    y_bar: T::Traced,
) -> T::Traced {
    O::pull(k, std::array::from_fn(|k| operands[k]), y, y_bar)
}
