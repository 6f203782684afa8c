//! The greeks by fused statements: a step of a path is four instructions. One reverse sweep a path gives all nine.

use wengert::{Scalar, Stats, Tape};

use super::by_scalars::all_paths;
use super::{Greeks, Heston, Paths};

/// Computes price and greeks on a tape, in memory that is reused.
#[derive(Default)]
pub struct ByFused {
    tape: Tape<f64>,
}

impl ByFused {
    /// The price and its greeks.
    pub fn greeks(&mut self, model: &Heston<f64>, paths: &Paths) -> Greeks {
        all_paths(&self.tape, model, paths, |model, normals| path(&self.tape, model, normals))
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}

/// What one path pays, discounted: [`super::path`] in fused statements.
fn path(tape: &Tape<f64>, model: &Heston<Scalar>, normals: &[[f64; 2]]) -> Scalar {
    let &Heston { s0, v0, r, kappa, theta, xi, rho, k, t } = model;
    let count = normals.len() as f64;
    let (drift, pull, half_h, root_h) = tape.fuse([r, kappa, t], |[r, kappa, t]| {
        let h = t / count;
        (r * h, kappa * h, h * 0.5, h.sqrt())
    });
    let across = tape.fuse([rho], |[rho]| (1.0 - rho * rho).sqrt());
    let (mut log, mut v, mut sum) = (tape.fuse([s0], |[s0]| s0.ln()), v0, Scalar::from(0.0));
    for &[z, other] in normals {
        if v > 0.0 {
            let shock = tape.fuse([v, root_h], |[v, root_h]| v.sqrt() * root_h);
            log = tape.fuse([log, drift, v, half_h, shock], |[log, drift, v, half_h, shock]| {
                log + (drift - v * half_h) + shock * z
            });
            v = tape.fuse(
                [v, pull, theta, xi, shock, rho, across],
                |[v, pull, theta, xi, shock, rho, across]| {
                    v + pull * (theta - v) + xi * shock * (rho * z + across * other)
                },
            );
        } else {
            // Truncated: the variance only returns to its mean, and the price only drifts.
            log += drift;
            v = tape.fuse([v, pull, theta], |[v, pull, theta]| v + pull * theta);
        }
        sum = tape.fuse([sum, log], |[sum, log]| sum + log.exp());
    }
    tape.fuse([sum, k, r, t], |[sum, k, r, t]| (sum / count - k).max(0.0) * (-(r * t)).exp())
}
