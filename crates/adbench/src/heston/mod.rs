//! An Asian call under Heston's stochastic volatility, priced by Monte Carlo: the price and all its sensitivities, the greeks.
//!
//! The price `S` of an asset and its variance `v` follow
//!
//! ```text
//! dS = r S dt + sqrt(v) S dW_S,    dv = kappa (theta - v) dt + xi sqrt(v) dW_v,    dW_S dW_v = rho dt
//! ```
//!
//! and the option pays at the time `T` by how much the mean of `S` over `n` equal steps is above `K`. A path takes steps of `h = T/n` in
//! the *full truncation* scheme: where the variance has become negative, its positive part `a = max(v, 0)` stands in for it. With
//! independent normals `z`, `z'`:
//!
//! ```text
//! ln S += (r - a/2) h + sqrt(a) sqrt(h) z
//! v    += kappa (theta - a) h + xi sqrt(a) sqrt(h) (rho z + sqrt(1 - rho^2) z')
//! ```
//!
//! Sources: Heston, *A closed-form solution for options with stochastic volatility* (1993); Lord, Koekkoek, van Dijk, *A comparison of biased
//! simulation schemes for stochastic volatility models* (2010); for the pathwise derivative of a price, Giles, Glasserman, *Smoking
//! adjoints: fast Monte Carlo greeks* (2006).
//!
//! The normals are drawn once, see [`Paths`], and every way of differentiating uses the same: they differentiate the same function of
//! the nine parameters, which is continuous, and smooth but where a payoff or a variance passes 0.

mod by_bumps;
mod by_fused;
mod by_hand;
mod by_scalars;
mod input;
mod measure;

pub use by_bumps::ByBumps;
pub use by_fused::ByFused;
pub use by_hand::ByHand;
pub use by_scalars::ByScalars;
pub use input::generate;
pub use measure::measure;

use crate::number::Number;

/// How many parameters the price has.
pub const PARAMETERS: usize = 9;

/// The parameters of the price, in the order of [`Heston::NAMES`].
#[derive(Clone, Copy, Debug)]
pub struct Heston<R> {
    /// The asset's price today.
    pub s0: R,
    /// Its variance today.
    pub v0: R,
    /// The rate of interest.
    pub r: R,
    /// How fast the variance returns to its mean.
    pub kappa: R,
    /// The mean of the variance in the long run.
    pub theta: R,
    /// The volatility of the variance.
    pub xi: R,
    /// The correlation of price and variance.
    pub rho: R,
    /// The strike.
    pub k: R,
    /// The time of payment.
    pub t: R,
}

impl<R: Copy> Heston<R> {
    /// What the parameters are called.
    pub const NAMES: [&str; PARAMETERS] = ["S0", "v0", "r", "kappa", "theta", "xi", "rho", "K", "T"];

    /// The parameters in order.
    pub fn to_array(&self) -> [R; PARAMETERS] {
        let &Heston { s0, v0, r, kappa, theta, xi, rho, k, t } = self;
        [s0, v0, r, kappa, theta, xi, rho, k, t]
    }

    /// From the parameters in order.
    pub fn from_array([s0, v0, r, kappa, theta, xi, rho, k, t]: [R; PARAMETERS]) -> Heston<R> {
        Heston { s0, v0, r, kappa, theta, xi, rho, k, t }
    }
}

/// The price of an option and its greeks, in the order of the parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Greeks {
    /// The price.
    pub price: f64,
    /// Its derivative to each parameter.
    pub slopes: [f64; PARAMETERS],
}

/// An option and the random numbers of its paths.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The parameters.
    pub model: Heston<f64>,
    /// Steps of a path.
    pub steps: usize,
    /// Two independent normals a step, path by path.
    pub normals: Vec<[f64; 2]>,
}

impl Paths {
    /// The normals of each path.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[[f64; 2]]> {
        self.normals.chunks_exact(self.steps)
    }
}

/// The price: the mean of what the paths pay, discounted.
pub fn price(model: &Heston<f64>, paths: &Paths) -> f64 {
    paths.iter().map(|normals| path(model, normals)).sum::<f64>() / paths.iter().len() as f64
}

/// What one path pays, discounted.
pub fn path<R: Number>(model: &Heston<R>, normals: &[[f64; 2]]) -> R {
    let &Heston { s0, v0, r, kappa, theta, xi, rho, k, t } = model;
    let h = t / normals.len() as f64;
    let root_h = h.sqrt();
    let (drift, pull) = (r * h, kappa * h);
    let half_h = h * 0.5;
    let across = (R::one() - rho * rho).sqrt();
    let (mut log, mut v, mut sum) = (s0.ln(), v0, R::zero());
    for &[z, other] in normals {
        // A branch and no `max`: the derivative of the root at 0 is infinite, and has to stay out of the path's.
        let a = if v > R::zero() { v } else { R::zero() };
        let shock = a.sqrt() * root_h;
        log += drift - a * half_h + shock * z;
        v += pull * (theta - a) + xi * shock * (rho * z + across * other);
        sum += log.exp();
    }
    let mean = sum / normals.len() as f64;
    (mean - k).max(R::zero()) * (-(r * t)).exp()
}
