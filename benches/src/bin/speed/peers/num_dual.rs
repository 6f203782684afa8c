//! `num-dual`: dual numbers with several tangents, forward mode.

use std::hint::black_box;

use adbench::ba::{BLOCK, Bundle};
use num_dual::{DualNum, DualSVec64};

use crate::benchmark::{by_observation, reprojection, weight_error};
use crate::measure::Way;
use crate::programs::{Number, Program};

impl<const N: usize> Number for DualSVec64<N> {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        DualSVec64::from_re(c)
    }
    #[inline(always)]
    fn to_plain(self) -> f64 {
        self.re
    }
    #[inline(always)]
    fn cos(self) -> Self {
        DualNum::cos(&self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        DualNum::tanh(&self)
    }
    #[inline(always)]
    fn recip(self) -> Self {
        DualNum::recip(&self)
    }
    #[inline(always)]
    fn plus(self, c: f64) -> Self {
        self + c
    }
    #[inline(always)]
    fn times(self, c: f64) -> Self {
        self * c
    }
    #[inline(always)]
    fn subtracted_from(self, c: f64) -> Self {
        -self + c
    }
    #[inline(always)]
    fn sin(self) -> Self {
        DualNum::sin(&self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        DualNum::exp(&self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        DualNum::ln(&self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        DualNum::sqrt(&self)
    }
    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        DualNum::powf(&self, n)
    }
}

/// With as many tangents as the programs with few inputs have inputs, and with
/// 16 where there are many: of 4, 8, 16 and 32 the fastest for a thousand.
pub fn way<P: Program>(program: &P) -> Way<'_> {
    match program.inputs().len() {
        ..=4 => passes::<4, P>(program, "num-dual, 4 tangents a pass"),
        _ => passes::<16, P>(program, "num-dual, 16 tangents a pass"),
    }
}

/// The program once for every few inputs. There is no tape; the list of inputs is kept.
fn passes<'a, const N: usize, P: Program>(program: &'a P, name: &'static str) -> Way<'a> {
    let mut x: Vec<DualSVec64<N>> = Vec::new();
    Way::gradient(name, move |gradient| {
        let mut value = f64::NAN;
        for (pass, slopes) in gradient.chunks_mut(N).enumerate() {
            x.clear();
            x.extend(black_box(program.inputs()).iter().map(|&x| DualSVec64::from_re(x)));
            for lane in 0..slopes.len() {
                let input = &mut x[pass * N + lane];
                *input = input.derivative(lane);
            }
            let y = program.value(&x);
            value = y.re;
            copy_tangents(&y, slopes);
        }
        value
    })
    .forward("num-dual")
}

/// One pass an observation.
pub fn bundle(bundle: &Bundle) -> Way<'_> {
    by_observation("num-dual, 15 tangents", bundle, |block, feature, fill| {
        let variable = |i: usize| DualSVec64::<BLOCK>::from_re(block[i]).derivative(i);
        let x: [_; BLOCK] = std::array::from_fn(variable);
        let errors = reprojection(&x, feature);
        for (row, error) in fill.rows.iter_mut().zip(&errors) {
            copy_tangents(error, row);
        }
        *fill.error = errors.map(|error| error.re);
        let error = weight_error(DualSVec64::<1>::from_re(block[BLOCK - 1]).derivative(0));
        *fill.weight_error = error.re;
        copy_tangents(&error, std::slice::from_mut(fill.weight));
    })
    .forward("num-dual")
}

/// The first tangents, which are not there at all where a number depends on no input.
#[inline(always)]
fn copy_tangents<const N: usize>(y: &DualSVec64<N>, slopes: &mut [f64]) {
    match &y.eps.0 {
        Some(tangents) => slopes.copy_from_slice(&tangents.as_slice()[..slopes.len()]),
        None => slopes.fill(0.0),
    }
}
