//! `reverse`: a tape of nodes with two partials each.

use std::hint::black_box;

use adbench::ba::Bundle;
use reverse::{Gradient, Powf, Tape, Var};

use crate::benchmark::{by_observation, reprojection, weight_error};
use crate::measure::Way;
use crate::programs::{Number, Program};

impl Number for Var<'static> {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        tape().add_var(c)
    }
    #[inline(always)]
    fn to_plain(self) -> f64 {
        self.val()
    }
    #[inline(always)]
    fn cos(self) -> Self {
        Var::cos(&self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        Var::tanh(&self)
    }
    #[inline(always)]
    fn recip(self) -> Self {
        Var::recip(&self)
    }
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

thread_local! {
    static TAPE: &'static Tape = Box::leak(Box::new(Tape::new()));
}

/// The tape of the thread. A constant is a variable of a tape, and a generic program has none at hand to make it on.
fn tape() -> &'static Tape {
    TAPE.with(|tape| *tape)
}

/// One tape, cleared before every run. A sweep answers a new list of adjoints.
pub fn way<P: Program>(program: &P) -> Way<'_> {
    let tape = tape();
    Way::gradient("reverse", move |gradient| {
        tape.clear();
        let x = tape.add_vars(black_box(program.inputs()));
        let y = program.value(&x);
        let adjoints = y.grad();
        for (slope, x) in gradient.iter_mut().zip(&x) {
            *slope = adjoints.wrt(x);
        }
        y.val()
    })
    .reverse("reverse")
}

/// One tape, cleared for every observation.
pub fn bundle(bundle: &Bundle) -> Way<'_> {
    let tape = tape();
    by_observation("reverse", bundle, move |block, feature, fill| {
        tape.clear();
        let x = tape.add_vars(block);
        let weight = x[x.len() - 1];
        let error = weight_error(weight);
        (*fill.weight_error, *fill.weight) = (error.val(), error.grad().wrt(&weight));
        let errors = reprojection(&x, feature);
        for (row, error) in fill.rows.iter_mut().zip(&errors) {
            let adjoints = error.grad();
            row.iter_mut().zip(&x).for_each(|(slope, x)| *slope = adjoints.wrt(x));
        }
        *fill.error = errors.map(|error| error.val());
    })
    .reverse("reverse")
}
