//! ADBench's programs of one output: the mixture of Gaussians and the recurrent network.

use std::hint::black_box;

use adbench::objective::Objective;

use super::adapted::Adapted;
use crate::measure::Way;
use crate::programs::{Number, Program};
use crate::ways::{InWays, OURS};

/// A program of one output, on its input.
pub struct OneOutput<O> {
    /// Data and parameters.
    pub input: O,
    /// What is computed, for the page.
    pub text: &'static str,
}

impl<O: Objective> Program for OneOutput<O> {
    fn title(&self) -> String {
        self.input.title()
    }

    fn text(&self) -> &'static str {
        self.text
    }

    fn inputs(&self) -> &[f64] {
        self.input.parameters()
    }

    #[inline(always)]
    fn value<N: Number>(&self, inputs: &[N]) -> N {
        let parameters: Vec<Adapted<N>> = inputs.iter().copied().map(Adapted).collect();
        self.input.value(&parameters).0
    }
}

impl<O: Objective> InWays for OneOutput<O> {
    fn ways(&self) -> Vec<Way<'_>> {
        let (input, x) = (&self.input, self.input.parameters());
        let plain = Way::value("plain function", move || black_box(input).value(black_box(x)));
        std::iter::once(plain).chain(input.ways().into_iter().map(|way| timed(way, x))).collect()
    }
}

/// A way of `adbench` as a row of the table.
fn timed<'a>(mut way: adbench::objective::Way<'a>, x: &'a [f64]) -> Way<'a> {
    let name = match way.name {
        "by hand" => "gradient by hand",
        "by scalars" => "wengert",
        "by fused scalars" => "wengert, fused",
        "by tensors" => "wengert, tensors",
        other => other,
    };
    let is_ours = way.name != "by hand";
    let timed = Way::gradient(name, move |gradient| {
        let (value, found) = way.gradient.gradient(black_box(x));
        gradient.copy_from_slice(found);
        value
    });
    if is_ours { timed.reverse(OURS) } else { timed }
}
