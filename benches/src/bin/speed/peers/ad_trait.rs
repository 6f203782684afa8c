//! `ad_trait`: its type for reverse mode, `adr`, whose graph belongs to the thread.

use std::hint::black_box;

use crate::programs::{Number, Program};
use ad_trait::AD;
use ad_trait::nalgebra::ComplexField;
use ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};

use crate::measure::Way;

impl Number for adr {
    with_functions_of!(ComplexField);
    #[inline(always)]
    fn plus(self, c: f64) -> Self {
        AD::add_scalar(c, self)
    }
    #[inline(always)]
    fn times(self, c: f64) -> Self {
        AD::mul_scalar(c, self)
    }
    #[inline(always)]
    fn subtracted_from(self, c: f64) -> Self {
        AD::sub_l_scalar(c, self)
    }
    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        ComplexField::powf(self, AD::constant(n))
    }
}

/// The graph is cleared before every run, as its `ReverseAD` does. A sweep answers a new list of adjoints.
pub fn way<P: Program>(program: &P) -> Way<'_> {
    Way::gradient("ad_trait, `adr`", move |gradient| {
        GlobalComputationGraph::get().reset();
        let x: Vec<adr> = black_box(program.inputs()).iter().map(|&x| adr::new_variable(x, false)).collect();
        let y = program.value(&x);
        let adjoints = y.get_backwards_mode_grad();
        for (slope, x) in gradient.iter_mut().zip(&x) {
            *slope = adjoints.wrt(x);
        }
        y.value()
    })
}
