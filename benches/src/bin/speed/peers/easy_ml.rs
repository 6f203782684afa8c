//! `easy-ml`: a list of operations with two partials each, behind records.

use std::hint::black_box;

use adbench::ba::Bundle;
use easy_ml::differentiation::record_operations::SwappedOperations;
use easy_ml::differentiation::{Record, WengertList};
use easy_ml::numeric::extra::{Cos, Exp, Ln, Pow, Sin, Sqrt};

use crate::benchmark::{by_observation, reprojection, weight_error};
use crate::measure::Way;
use crate::programs::{Number, Program};

impl Number for Record<'_, f64> {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        Record::constant(c)
    }
    #[inline(always)]
    fn to_plain(self) -> f64 {
        self.number
    }
    #[inline(always)]
    fn recip(self) -> Self {
        self.div_swapped(1.0)
    }
    #[inline(always)]
    fn cos(self) -> Self {
        Cos::cos(self)
    }
    /// It has no hyperbolic tangent, so this is `1 - 2 / (e^2x + 1)`.
    #[inline(always)]
    fn tanh(self) -> Self {
        (Exp::exp(self * 2.0) + 1.0).div_swapped(2.0).sub_swapped(1.0)
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
    .reverse("easy-ml")
}

/// One list, cleared for every observation.
pub fn bundle(bundle: &Bundle) -> Way<'_> {
    let list = WengertList::new();
    by_observation("easy-ml", bundle, move |block, feature, fill| {
        list.clear();
        let x = block.map(|x| list.variable(x));
        let weight = x[x.len() - 1];
        let error = weight_error(weight);
        (*fill.weight_error, *fill.weight) = (error.number, error.derivatives()[&weight]);
        let errors = reprojection(&x, feature);
        for (row, error) in fill.rows.iter_mut().zip(&errors) {
            let derivatives = error.derivatives();
            row.iter_mut().zip(&x).for_each(|(slope, x)| *slope = derivatives[x]);
        }
        *fill.error = errors.map(|error| error.number);
    })
    .reverse("easy-ml")
}
