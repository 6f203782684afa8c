//! `easy-ml`: a list of operations with two partials each, behind records.

use std::hint::black_box;

use crate::programs::{Number, Program};
use easy_ml::differentiation::record_operations::SwappedOperations;
use easy_ml::differentiation::{Record, WengertList};
use easy_ml::numeric::extra::{Exp, Ln, Pow, Sin, Sqrt};

use crate::measure::Way;

impl Number for Record<'_, f64> {
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
        self.sub_swapped(c)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        Sin::sin(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Exp::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        Ln::ln(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Sqrt::sqrt(self)
    }
    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        Pow::pow(self, n)
    }
}

/// One list, cleared before every run. A sweep answers a new list of derivatives.
pub fn way<P: Program>(program: &P) -> Way<'_> {
    let list = WengertList::new();
    Way::gradient("easy-ml", move |gradient| {
        list.clear();
        let x: Vec<Record<'_, f64>> = black_box(program.inputs()).iter().map(|&x| list.variable(x)).collect();
        let y = program.value(&x);
        let derivatives = y.derivatives();
        for (slope, x) in gradient.iter_mut().zip(&x) {
            *slope = derivatives[x];
        }
        y.number
    })
}
