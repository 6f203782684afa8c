//! ADBench's bundle adjustment: a sparse Jacobian, of which every library computes the rows of one observation at a time.

use std::hint::black_box;

use adbench::ba::{Bundle, ByDuals, ByFused, ByHand, ByScalars, Jacobian, residuals};
use wengert_benches::thousands;

use crate::measure::Way;
use crate::ways::OURS;

/// The reprojection errors of a bundle and their derivatives.
pub struct BundleAdjustment {
    /// Cameras, points and observations.
    pub input: Bundle,
}

impl BundleAdjustment {
    /// As a heading has it.
    pub fn title(&self) -> String {
        let Bundle { cameras, points, observations } = &self.input;
        format!(
            "Bundle adjustment, {} cameras, {} points, {} observations",
            cameras.len(),
            thousands(points.len()),
            thousands(observations.len())
        )
    }

    /// Its setting, as a page has it.
    pub fn text(&self) -> &'static str {
        "ADBench's reprojection errors, as `adbench::ba` has them; two rows of 15 derivatives an observation, and one of its \
         weight's error. A tape is as long as one observation."
    }

    /// How many numbers a run gives: derivatives, errors of observations, errors of weights.
    pub fn outputs(&self) -> usize {
        let count = self.input.observations.len();
        Jacobian::new(&self.input).values.len() + 3 * count
    }

    /// The plain function, the derivatives by hand, and all ways of wengert.
    pub fn ways(&self) -> Vec<Way<'_>> {
        let input = &self.input;
        let (mut errors, mut weight_errors) = (Vec::new(), Vec::new());
        let mut by_hand = ByHand::new(input);
        let mut by_scalars = ByScalars::new(input);
        let mut by_fused = ByFused::new(input);
        let (mut by_duals, mut by_fused_duals) = (ByDuals::new(input), ByDuals::new(input));
        vec![
            Way::value("plain function", move || {
                residuals(black_box(input), &mut errors, &mut weight_errors);
                black_box(&weight_errors);
                last(black_box(&errors))
            }),
            Way::gradient("derivatives by hand", move |all| shown(by_hand.jacobian(black_box(input)), all)),
            Way::gradient("wengert", move |all| shown(by_scalars.jacobian(black_box(input)), all))
                .reverse(OURS),
            Way::gradient("wengert, fused", move |all| shown(by_fused.jacobian(black_box(input)), all))
                .reverse(OURS),
            Way::gradient("wengert, duals with 15 tangents", move |all| {
                shown(by_duals.jacobian(black_box(input)), all)
            })
            .forward(OURS),
            Way::gradient("wengert, fused, duals with 15 tangents", move |all| {
                shown(by_fused_duals.fused_jacobian(black_box(input)), all)
            })
            .forward(OURS),
        ]
    }
}

/// The last error, for the value that a way answers: a sum over all would take part of the time of the plain function.
fn last(errors: &[[f64; 2]]) -> f64 {
    errors.last().map_or(0.0, |error| error[0])
}

/// Copies all derivatives and errors, where there is room for them. Timed runs give none, since a copy of so much would count.
fn shown(jacobian: &Jacobian, all: &mut [f64]) -> f64 {
    let Jacobian { values, errors, weight_errors, .. } = black_box(jacobian);
    let found = values.iter().chain(errors.as_flattened()).chain(weight_errors);
    all.iter_mut().zip(found).for_each(|(to, from)| *to = *from);
    last(errors)
}

#[cfg(feature = "peers")]
pub use for_peers::{by_observation, reprojection, weight_error};

#[cfg(feature = "peers")]
mod for_peers {
    use super::*;
    use crate::benchmark::adapted::Adapted;
    use crate::programs::Number;
    use adbench::ba::{self, BLOCK, Fill};

    /// A way that is given one observation after the other: the parameters of its block, its feature, and what is to be filled.
    pub fn by_observation<'a>(
        name: &'static str,
        input: &'a Bundle,
        mut differentiate: impl FnMut(&[f64; BLOCK], [f64; 2], Fill<'_>) + 'a,
    ) -> Way<'a> {
        let mut jacobian = Jacobian::new(input);
        Way::gradient(name, move |all| {
            let input = black_box(input);
            for (fill, seen) in jacobian.fill().zip(&input.observations) {
                differentiate(&input.block(seen), seen.feature, fill);
            }
            shown(&jacobian, all)
        })
    }

    /// The two errors of an observation.
    #[inline(always)]
    pub fn reprojection<N: Number>(block: &[N], feature: [f64; 2]) -> [N; 2] {
        let block: &[N; BLOCK] = block.try_into().expect("a block has fifteen parameters");
        ba::reprojection(&block.map(Adapted), feature).map(|error| error.0)
    }

    /// The error of a weight.
    #[inline(always)]
    pub fn weight_error<N: Number>(weight: N) -> N {
        ba::weight_error(Adapted(weight)).0
    }
}
