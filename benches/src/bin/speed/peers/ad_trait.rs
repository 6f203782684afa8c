//! `ad_trait`: its type for reverse mode, `adr`, whose graph belongs to the thread, and `adfn`, with several tangents.

use std::hint::black_box;

use ad_trait::AD;
use ad_trait::forward_ad::adfn::adfn;
use ad_trait::nalgebra::ComplexField;
use ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};
use adbench::ba::{BLOCK, Bundle};

use crate::benchmark::{by_observation, reprojection, weight_error};
use crate::measure::Way;
use crate::programs::{Number, Program};

/// [`Number`] of a type of this crate.
macro_rules! number {
    () => {
        #[inline(always)]
        fn constant(c: f64) -> Self {
            AD::constant(c)
        }
        #[inline(always)]
        fn to_plain(self) -> f64 {
            self.value()
        }
        #[inline(always)]
        fn recip(self) -> Self {
            ComplexField::recip(self)
        }
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
    };
}

impl Number for adr {
    number!();
}

impl<const N: usize> Number for adfn<N> {
    number!();
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
    .reverse("ad_trait")
}

/// The graph is cleared for every observation.
pub fn bundle(bundle: &Bundle) -> Way<'_> {
    by_observation("ad_trait, `adr`", bundle, |block, feature, fill| {
        GlobalComputationGraph::get().reset();
        let x = block.map(|x| adr::new_variable(x, false));
        let weight = x[x.len() - 1];
        let error = weight_error(weight);
        (*fill.weight_error, *fill.weight) = (error.value(), error.get_backwards_mode_grad().wrt(&weight));
        let errors = reprojection(&x, feature);
        for (row, error) in fill.rows.iter_mut().zip(&errors) {
            let adjoints = error.get_backwards_mode_grad();
            row.iter_mut().zip(&x).for_each(|(slope, x)| *slope = adjoints.wrt(x));
        }
        *fill.error = errors.map(|error| error.value());
    })
    .reverse("ad_trait")
}

/// One pass an observation, without a graph.
pub fn bundle_by_duals(bundle: &Bundle) -> Way<'_> {
    by_observation("ad_trait, `adfn` with 15 tangents", bundle, |block, feature, fill| {
        let unit = |lane: usize| std::array::from_fn(|i| f64::from(u8::from(i == lane)));
        let x: [adfn<BLOCK>; BLOCK] = std::array::from_fn(|i| adfn::new(block[i], unit(i)));
        let errors = reprojection(&x, feature);
        *fill.rows = errors.map(|error| error.tangent());
        *fill.error = errors.map(|error| error.value());
        let error = weight_error(adfn::new(block[BLOCK - 1], [1.0]));
        (*fill.weight_error, *fill.weight) = (error.value(), error.tangent()[0]);
    })
    .forward("ad_trait")
}
