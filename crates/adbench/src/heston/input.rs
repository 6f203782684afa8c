//! Options and paths from seeds.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use super::{Heston, Paths};

/// An option near the money and the normals of its paths, made from a seed.
pub fn generate(seed: u64, paths: usize, steps: usize) -> Paths {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut around = |mid: f64| mid * rng.random_range(0.9..1.1);
    let model = Heston {
        s0: around(100.0),
        v0: around(0.04),
        r: around(0.03),
        kappa: around(1.5),
        theta: around(0.04),
        xi: around(0.3),
        rho: around(-0.7),
        k: around(100.0),
        t: around(1.0),
    };
    let mut normal = || StandardNormal.sample(&mut rng);
    let normals = (0..paths * steps).map(|_| [normal(), normal()]).collect();
    Paths { model, steps, normals }
}
