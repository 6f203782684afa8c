//! The rule under the layers that normalise: elements of each lane in units of their deviation.
//!
//! Two ops that are each other's derivative: the standardised elements `y = (x - m) r`, and the inverse deviation
//! `r = 1 / sqrt(mean((x - m)^2) + eps)`, with the mean as `m`, or 0 where it is not taken away. Both derivatives go
//! through the projection `z - mean(z) - y mean(y z)`, which is symmetric.

use wengert_kernels::{Scratch, Strided, fold_lanes, map_lanes};

use crate::ops::arithmetic::{mul, sub};
use crate::ops::reduce::{count, sum_of, sum_over};
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::Dims;

/// What both are recorded with: whether the mean is taken away, `eps`, and the axes.
pub(super) fn payload(centred: bool, eps: f64, axes: impl IntoIterator<Item = usize>) -> Dims {
    let bits = eps.to_bits();
    let fixed = [usize::from(centred), (bits >> 32) as usize, (bits & 0xffff_ffff) as usize];
    fixed.into_iter().chain(axes).collect()
}

fn axes(payload: &[usize]) -> &[usize] {
    &payload[3..]
}

/// The mean of a lane, or 0, and its inverse deviation.
fn measure<T: Number>(x: &[T], payload: &[usize]) -> (T, T) {
    let n = T::zero().constant(x.len() as f64);
    let eps = T::zero().constant(f64::from_bits((payload[1] as u64) << 32 | payload[2] as u64));
    let mean = if payload[0] == 0 { T::zero() } else { wengert_kernels::sum(x) / n };
    let squares = sum_of(x, |x| (x - mean) * (x - mean));
    (mean, T::one() / num_traits::Float::sqrt(squares / n + eps))
}

/// The mean over the lanes' axes, which stay with extent 1.
fn mean<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    let axes = axes(v.payload());
    let sum = sum_over(v, x, axes);
    let share = v.number(1.0 / count(&v.dims(x), axes));
    v.binary::<mul>(sum, share)
}

/// `z - mean(z) - y mean(y z)`
fn project<'a, V: Verbs<'a>>(v: &mut V, y: V::X, z: V::X) -> V::X {
    let weighted = v.binary::<mul>(y, z);
    let along = mean(v, weighted);
    let along = v.binary::<mul>(y, along);
    let rest = v.binary::<sub>(z, along);
    if v.payload()[0] == 0 {
        return rest;
    }
    let level = mean(v, z);
    v.binary::<sub>(rest, level)
}

/// The elements of each lane in units of their deviation.
pub(super) struct Standardise;

impl Structural for Standardise {
    const NAME: &'static str = "standardise";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], axes(payload), scratch, |_, y, [x]| {
            let (mean, inverse) = measure(x, payload);
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) * inverse);
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let inverse = v.apply::<InverseDeviation>(&[v.operand(0)], v.payload());
        let rest = project(v, v.result(), v.result_bar());
        v.add_binary::<mul>(0, inverse, rest);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let inverse = v.apply::<InverseDeviation>(&[v.operand(0)], v.payload());
        let rest = project(v, v.result(), dot);
        v.binary::<mul>(inverse, rest)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

/// The inverse deviation of each lane; the axes stay with extent 1.
struct InverseDeviation;

impl InverseDeviation {
    /// `-y r^2`, of which a mean is the derivative.
    fn slope<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let inverse = v.result();
        let y = v.apply::<Standardise>(&[v.operand(0)], v.payload());
        let square = v.binary::<mul>(inverse, inverse);
        let minus = v.number(-1.0);
        let square = v.binary::<mul>(square, minus);
        v.binary::<mul>(y, square)
    }
}

impl Structural for InverseDeviation {
    const NAME: &'static str = "inverse_deviation";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let mut dims = Dims::from_slice(operands[0]);
        axes(payload).iter().for_each(|&axis| dims[axis] = 1);
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        fold_lanes(y, [x[0]], axes(payload), scratch, |_, [x]| measure(x, payload).1);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let slope = InverseDeviation::slope(v);
        let share = v.number(1.0 / count(&v.dims(slope), axes(v.payload())));
        let y_bar = v.binary::<mul>(v.result_bar(), share);
        v.add_binary::<mul>(0, slope, y_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let slope = InverseDeviation::slope(v);
        let weighted = v.binary::<mul>(slope, dot);
        mean(v, weighted)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}
