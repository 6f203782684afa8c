//! The Jacobian by duals: forward mode without a tape, a tangent for each of the fifteen parameters of an observation.

use wengert::Dual;

use super::{BLOCK, Bundle, Fill, Jacobian, distort, reprojection, rotate, weight_error};

type Lanes = Dual<f64, BLOCK>;

/// Computes errors and derivatives by one pass over numbers with tangents, into memory that is reused.
pub struct ByDuals {
    jacobian: Jacobian,
}

impl ByDuals {
    /// Room for a bundle's derivatives.
    pub fn new(bundle: &Bundle) -> ByDuals {
        ByDuals { jacobian: Jacobian::new(bundle) }
    }

    /// The errors and their derivatives, of a bundle with the same observations.
    pub fn jacobian(&mut self, bundle: &Bundle) -> &Jacobian {
        for (fill, seen) in self.jacobian.fill().zip(&bundle.observations) {
            let block = Dual::independent(bundle.block(seen));
            put(reprojection(&block, seen.feature), seen.weight, fill);
        }
        &self.jacobian
    }

    /// The same by a function that is differentiated by itself: it depends on where the point is from the camera, and not on the
    /// middle of the picture, and so has ten inputs for fifteen parameters.
    pub fn fused_jacobian(&mut self, bundle: &Bundle) -> &Jacobian {
        for (fill, seen) in self.jacobian.fill().zip(&bundle.observations) {
            let block = Dual::independent(bundle.block(seen));
            put(fused(&block, seen.feature), seen.weight, fill);
        }
        &self.jacobian
    }
}

/// The errors of one observation.
#[inline(always)]
fn fused(block: &[Lanes; BLOCK], feature: [f64; 2]) -> [Lanes; 2] {
    let &[r0, r1, r2, c0, c1, c2, f, u0, v0, k0, k1, x, y, z, w] = block;
    let inputs = [r0, r1, r2, x - c0, y - c1, z - c2, f, k0, k1, w];
    let [x, y] = Dual::fuse(inputs, |[r0, r1, r2, x, y, z, f, k0, k1, w]| {
        distort(rotate([r0, r1, r2], [x, y, z]), f * w, [k0, k1])
    });
    [x + (u0 - feature[0]) * w, y + (v0 - feature[1]) * w]
}

/// Puts the errors of an observation, and that of its weight, where they belong.
#[inline(always)]
fn put([x, y]: [Lanes; 2], weight: f64, fill: Fill<'_>) {
    *fill.error = [x.value, y.value];
    *fill.rows = [x.dot, y.dot];
    let [weight] = Dual::independent([weight]);
    let error = weight_error(weight);
    (*fill.weight_error, *fill.weight) = (error.value, error.dot[0]);
}
