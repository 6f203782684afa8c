//! The Jacobian by duals: forward mode without a tape, a tangent for each of the fifteen parameters of an observation.

use wengert::Dual;

use super::{BLOCK, Bundle, Jacobian, reprojection, weight_error};

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
            let block: [Dual<f64, BLOCK>; BLOCK] = Dual::independent(bundle.block(seen));
            let [x, y] = reprojection(&block, seen.feature);
            *fill.error = [x.value, y.value];
            *fill.rows = [x.dot, y.dot];
            let [weight] = Dual::independent([seen.weight]);
            let error = weight_error(weight);
            (*fill.weight_error, *fill.weight) = (error.value, error.dot[0]);
        }
        &self.jacobian
    }
}
