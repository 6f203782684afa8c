//! `num-dual`: dual numbers with several tangents, forward mode.

use std::hint::black_box;

use crate::programs::{Number, Program};
use num_dual::{DualNum, DualSVec64};

use crate::measure::Way;

/// Tangents that a number carries: as many as the programs with few inputs have inputs.
const LANES: usize = 4;

impl<const N: usize> Number for DualSVec64<N> {
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

/// The program once for every few inputs. There is no tape; the list of inputs is kept.
pub fn way<P: Program>(program: &P) -> Way<'_> {
    let mut x: Vec<DualSVec64<LANES>> = Vec::new();
    Way::gradient("num-dual, 4 tangents a pass", move |gradient| {
        let mut value = f64::NAN;
        for (pass, slopes) in gradient.chunks_mut(LANES).enumerate() {
            x.clear();
            x.extend(black_box(program.inputs()).iter().map(|&x| DualSVec64::from_re(x)));
            for lane in 0..slopes.len() {
                let input = &mut x[pass * LANES + lane];
                *input = input.derivative(lane);
            }
            let y = program.value(&x);
            value = y.re;
            let tangents = y.eps.0.unwrap_or_default();
            slopes.copy_from_slice(&tangents.as_slice()[..slopes.len()]);
        }
        value
    })
}
