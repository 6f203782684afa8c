//! ADBench's mixture of Gaussians.

use std::hint::black_box;

use adbench::gmm::{ByFused, ByHand, ByScalars, ByTensors, Gmm, objective};
use wengert_benches::thousands;

use super::adapted::Adapted;
use crate::measure::Way;
use crate::programs::{Number, Program};
use crate::ways::{InWays, OURS, copied};

/// The log posterior of a mixture of Gaussians.
pub struct Mixture {
    /// Points and parameters.
    pub input: Gmm,
}

impl Program for Mixture {
    fn title(&self) -> String {
        let Gmm { dimensions, components, .. } = self.input;
        let count = thousands(self.input.count());
        format!("GMM, {count} points in {dimensions} dimensions, {components} components")
    }

    fn text(&self) -> &'static str {
        "ADBench's log posterior of a mixture of Gaussians, as `adbench::gmm` has it; the gradient by every parameter."
    }

    fn inputs(&self) -> &[f64] {
        &self.input.parameters
    }

    #[inline(always)]
    fn value<N: Number>(&self, inputs: &[N]) -> N {
        let parameters: Vec<Adapted<N>> = inputs.iter().copied().map(Adapted).collect();
        objective(&parameters, &self.input).0
    }
}

impl InWays for Mixture {
    fn ways(&self) -> Vec<Way<'_>> {
        let (input, x) = (&self.input, &self.input.parameters);
        let mut by_hand = ByHand::new(input);
        let mut by_scalars = ByScalars::new(input);
        let mut by_fused = ByFused::new(input);
        let mut by_tensors = ByTensors::new(input);
        vec![
            Way::value("plain function", move || objective(black_box(x), black_box(input))),
            Way::gradient("gradient by hand", move |out| copied(by_hand.gradient(black_box(x)), out)),
            Way::gradient("wengert", move |out| copied(by_scalars.gradient(black_box(x)), out)).reverse(OURS),
            Way::gradient("wengert, fused", move |out| copied(by_fused.gradient(black_box(x)), out))
                .reverse(OURS),
            Way::gradient("wengert, tensors", move |out| copied(by_tensors.gradient(black_box(x)), out))
                .reverse(OURS),
        ]
    }
}
