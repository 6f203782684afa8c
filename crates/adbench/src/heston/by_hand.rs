//! The greeks by hand: the adjoint of a path's recursion.
//!
//! A path keeps of each step `a = max(v, 0)`, `s = sqrt(a)` and `S`, and then goes back. Write `q = sqrt(h)`, `c = sqrt(1 - rho^2)`,
//! `w = rho z + c z'`, `M` for the mean, `D = exp(-r T)` for the discount, `P = D (M - K)` for what the path pays. If `M <= K` all
//! derivatives are 0. Else, with a bar for the derivative of `P` to a quantity,
//!
//! ```text
//! K_bar = -D,    r_bar = -T P,    T_bar = -r P,    S_bar = D/n for the price after each step.
//! ```
//!
//! From the last step to the first, let `X` be the bar of `ln S` and `V` that of `v`, both after the step; at the end of the path `X`
//! and `V` are 0. As `dS = S dlnS`, first `X += (D/n) S`. The step's two lines give
//!
//! ```text
//! r_bar     += X h                              kappa_bar += V (theta - a) h
//! theta_bar += V kappa h                        xi_bar    += V s q w
//! rho_bar   += V xi s q (z - rho/c z')
//! h_bar     += X (r - a/2) + V kappa (theta - a)
//! q_bar     += X s z + V xi s w
//! ```
//!
//! and, where `v > 0`, with `da = dv` and `ds = dv/(2 s)`,
//!
//! ```text
//! V += -X h/2 - V kappa h + (X q z + V xi q w) / (2 s)
//! ```
//!
//! where `V` on the right is that after the step. Else `V` passes unchanged. At the start `v0_bar = V`, `S0_bar = X/S0`, and
//! from `h = T/n`, `q = sqrt(T/n)`: `T_bar += h_bar/n + q_bar/(2 q n)`.

use super::{Greeks, Heston, Paths};

/// What a step leaves for the way back.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The positive part of the variance before it.
    a: f64,
    /// Its root.
    s: f64,
    /// The price after it.
    price: f64,
}

/// Computes price and greeks by hand, in memory that is reused.
#[derive(Debug, Default)]
pub struct ByHand {
    steps: Vec<Step>,
}

impl ByHand {
    /// The price and its greeks.
    pub fn greeks(&mut self, model: &Heston<f64>, paths: &Paths) -> Greeks {
        let mut sum = Greeks::default();
        paths.iter().for_each(|normals| self.add(model, normals, &mut sum));
        let count = paths.iter().len() as f64;
        Greeks { price: sum.price / count, slopes: sum.slopes.map(|slope| slope / count) }
    }

    /// Adds what one path gives.
    fn add(&mut self, model: &Heston<f64>, normals: &[[f64; 2]], sum: &mut Greeks) {
        let &Heston { s0, v0, r, kappa, theta, xi, rho, k, t } = model;
        let n = normals.len() as f64;
        let h = t / n;
        let (q, c) = (h.sqrt(), (1.0 - rho * rho).sqrt());

        self.steps.clear();
        let (mut log, mut v, mut total) = (s0.ln(), v0, 0.0);
        for &[z, other] in normals {
            let a = v.max(0.0);
            let s = a.sqrt();
            log += (r - 0.5 * a) * h + s * q * z;
            v += kappa * (theta - a) * h + xi * s * q * (rho * z + c * other);
            let price = log.exp();
            total += price;
            self.steps.push(Step { a, s, price });
        }
        let over = total / n - k;
        if over <= 0.0 {
            return;
        }

        let discount = (-r * t).exp();
        let pays = discount * over;
        let (mut x_bar, mut v_bar) = (0.0, 0.0);
        let (mut r_bar, mut kappa_bar, mut theta_bar) = (-t * pays, 0.0, 0.0);
        let (mut xi_bar, mut rho_bar, mut h_bar, mut q_bar) = (0.0, 0.0, 0.0, 0.0);
        for (&[z, other], &Step { a, s, price }) in normals.iter().zip(&self.steps).rev() {
            let w = rho * z + c * other;
            x_bar += discount / n * price;
            r_bar += x_bar * h;
            kappa_bar += v_bar * (theta - a) * h;
            theta_bar += v_bar * kappa * h;
            xi_bar += v_bar * s * q * w;
            rho_bar += v_bar * xi * s * q * (z - rho / c * other);
            h_bar += x_bar * (r - 0.5 * a) + v_bar * kappa * (theta - a);
            q_bar += s * (x_bar * z + v_bar * xi * w);
            if a > 0.0 {
                let by_root = q * (x_bar * z + v_bar * xi * w) / (2.0 * s);
                v_bar += by_root - 0.5 * x_bar * h - v_bar * kappa * h;
            }
        }
        let t_bar = -r * pays + h_bar / n + q_bar / (2.0 * q * n);
        let slopes = [x_bar / s0, v_bar, r_bar, kappa_bar, theta_bar, xi_bar, rho_bar, -discount, t_bar];
        sum.price += pays;
        sum.slopes.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
    }
}
