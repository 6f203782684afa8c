//! `reverse`: a tape of nodes with two partials each.

use std::hint::black_box;

use crate::programs::{Number, Program};
use reverse::{Powf, Tape, Var};

use crate::measure::Way;

impl Number for Var<'_> {
    with_plain_operands!();
    #[inline(always)]
    fn sin(self) -> Self {
        Var::sin(&self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Var::exp(&self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        Var::ln(&self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Var::sqrt(&self)
    }
    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        Powf::powf(&self, n)
    }
}

/// One tape, cleared before every run. A sweep answers a new list of adjoints.
pub fn way<P: Program>(program: &P) -> Way<'_> {
    let tape = Tape::new();
    Way::gradient("reverse", move |gradient| {
        tape.clear();
        let x = tape.add_vars(black_box(program.inputs()));
        let y = program.value(&x);
        let adjoints = y.grad();
        for (slope, x) in gradient.iter_mut().zip(&x) {
            *slope = reverse::Gradient::wrt(&adjoints, x);
        }
        y.val()
    })
}
