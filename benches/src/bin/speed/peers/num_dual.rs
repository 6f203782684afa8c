//! `num-dual`: dual numbers with several tangents, forward mode.

use std::hint::black_box;

use crate::programs::{Number, Program};
use num_dual::{DualNum, DualSVec64};

use crate::measure::Way;

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
            match y.eps.0 {
                Some(tangents) => slopes.copy_from_slice(&tangents.as_slice()[..slopes.len()]),
                None => slopes.fill(0.0),
            }
        }
        value
    })
}
