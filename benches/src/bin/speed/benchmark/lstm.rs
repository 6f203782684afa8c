//! ADBench's recurrent network.

use std::hint::black_box;

use adbench::lstm::{ByFused, ByHand, ByScalars, ByTensors, Lstm, objective};
use wengert_benches::thousands;

use super::adapted::Adapted;
use crate::measure::Way;
use crate::programs::{Number, Program};
use crate::ways::{InWays, OURS, copied};

/// The log likelihood of a text under a recurrent network.
pub struct Recurrent {
    /// The text and the parameters.
    pub input: Lstm,
}

impl Program for Recurrent {
    fn title(&self) -> String {
        let Lstm { layers, width, .. } = self.input;
        format!("LSTM, {} characters of width {width}, {layers} layers", thousands(self.input.count()))
    }

    fn text(&self) -> &'static str {
        "ADBench's log likelihood of a text, as `adbench::lstm` has it; the gradient by every parameter."
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

impl InWays for Recurrent {
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
