//! The greeks by bumping and pricing again, as they are computed where there are no derivatives: central differences with the same
//! random numbers, two prices a parameter.
//!
//! With a bump of `b` in a parameter the error is `O(b^2)` from the third derivative where the price is smooth, and the rounding of two
//! prices divided by `b`. The kinks add to it: `O(b)` of the paths have a payoff that passes 0 within the bump, and a variance that
//! does so moves the path by a root of the bump. So with some thousand paths a bump of 1e-4 can miss a small greek (that of `xi`) by
//! a tenth and more, while one of 1e-6 comes within about a thousandth.

use super::{Greeks, Heston, PARAMETERS, Paths, price};

/// Computes price and greeks by central differences.
#[derive(Clone, Copy, Debug)]
pub struct ByBumps {
    /// The bump, relative to the parameter.
    pub bump: f64,
}

impl ByBumps {
    /// The price and its greeks. The parameters must not be 0.
    pub fn greeks(&self, model: &Heston<f64>, paths: &Paths) -> Greeks {
        let parameters = model.to_array();
        let bumped = |k: usize, bump: f64| {
            let mut bumped = parameters;
            bumped[k] += bump;
            price(&Heston::from_array(bumped), paths)
        };
        let slope = |k: usize| {
            let bump = self.bump * parameters[k].abs();
            (bumped(k, bump) - bumped(k, -bump)) / (2.0 * bump)
        };
        let slopes: [f64; PARAMETERS] = std::array::from_fn(slope);
        Greeks { price: price(model, paths), slopes }
    }
}
