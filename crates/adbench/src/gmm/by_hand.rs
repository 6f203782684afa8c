//! The gradient, derived by hand.
//!
//! With `c = mu_k - x_i`, `y = Q_k c` and the responsibilities `w_ik = e^beta_ik / sum_j e^beta_ij`, one point adds
//!
//! ```text
//! d alpha_k += w_ik
//! d mu_k    += -w_ik Q_k^T y       since  d |y|^2 / 2 = y . Q_k d mu_k
//! d Q_k     += -w_ik y c^T         on and below the diagonal
//! d q_kj    += w_ik                from sum q_k, besides e^q_kj times the diagonal of d Q_k
//! ```
//!
//! `Q_k^T` does not depend on the point. So the points only sum `r = w_ik y` and the lower triangle of `r c^T`; the
//! product `Q_k^T sum r` and the factors `e^q` come once at the end, with the terms of the weights and of the prior:
//!
//! ```text
//! d alpha_k += -n softmax(alpha)_k
//! d q_kj    += gamma^2 e^(2 q_kj) - m
//! d l_k     += gamma^2 l_k
//! ```
//!
//! A point's `c` and `y` of all components are kept until its responsibilities are known: they are what function and
//! derivative share. Points go in blocks of [`LANES`], side by side, so that the sums of a block meet the gradient once.

use std::array::from_fn;

use super::{Gmm, Parts, log_sum_exp, row};
use crate::objective::Gradient;

/// How many points a block has. The sums of a block in `weigh` are written out for it, as pairs.
const LANES: usize = 4;

/// One number of each point of a block.
type Lanes = [f64; LANES];

/// Computes value and gradient, in buffers that are reused.
#[derive(Debug)]
pub struct ByHand<'a> {
    input: &'a Gmm,
    /// `exp q`, `[K d]`.
    scales: Vec<f64>,
    /// `x` of a block, `[d]`.
    block: Vec<Lanes>,
    /// `c` of a block and all components, `[K d]`.
    centred: Vec<Lanes>,
    /// `y` of a block and all components, `[K d]`.
    images: Vec<Lanes>,
    /// `beta` of a block, `[K]`; then `w`.
    betas: Vec<Lanes>,
    /// `sum_i w_ik y_ik`, `[K d]`.
    pulls: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'a> ByHand<'a> {
    /// Buffers for an input.
    pub fn new(input: &'a Gmm) -> Self {
        let entries = input.components * input.dimensions;
        ByHand {
            input,
            scales: vec![0.0; entries],
            block: vec![[0.0; LANES]; input.dimensions],
            centred: vec![[0.0; LANES]; entries],
            images: vec![[0.0; LANES]; entries],
            betas: vec![[0.0; LANES]; input.components],
            pulls: vec![0.0; entries],
            gradient: vec![0.0; input.parameters.len()],
        }
    }
}

impl Gradient for ByHand<'_> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let (input, d) = (self.input, self.input.dimensions);
        let Parts { alphas, means, factors } = input.parts(parameters);
        let factor_len = input.factor_len();
        let factor = |k: usize| factors[k * factor_len..][..factor_len].split_at(d);

        self.gradient.fill(0.0);
        self.pulls.fill(0.0);
        let (alphas_bar, rest) = self.gradient.split_at_mut(input.components);
        let (means_bar, factors_bar) = rest.split_at_mut(means.len());
        for (k, scales) in self.scales.chunks_exact_mut(d).enumerate() {
            scales.iter_mut().zip(factor(k).0).for_each(|(scale, q)| *scale = q.exp());
        }

        let mut total = input.constant();
        for points in input.points.chunks(d * LANES) {
            // The last block may have fewer points: its other lanes repeat the last one, and weigh nothing.
            let present = points.len() / d;
            let lane = |p: usize, j: usize| points[p.min(present - 1) * d + j];
            self.block.iter_mut().enumerate().for_each(|(j, x)| *x = from_fn(|p| lane(p, j)));
            for (k, beta) in self.betas.iter_mut().enumerate() {
                let own = k * d..(k + 1) * d;
                let ((q, lower), centred) = (factor(k), &mut self.centred[own.clone()]);
                for ((c, &mean), x) in centred.iter_mut().zip(&means[own.clone()]).zip(&self.block) {
                    *c = x.map(|x| mean - x);
                }
                let square = apply(&self.scales[own.clone()], lower, centred, &mut self.images[own]);
                let offset = alphas[k] + q.iter().sum::<f64>();
                *beta = square.map(|square| offset - 0.5 * square);
            }
            total += soften(&mut self.betas, present);
            for (k, w) in self.betas.iter().enumerate() {
                let own = k * d..(k + 1) * d;
                let bars = &mut factors_bar[k * factor_len..][..factor_len];
                alphas_bar[k] += w.iter().sum::<f64>();
                weigh(w, &self.images[own.clone()], &self.centred[own.clone()], &mut self.pulls[own], bars);
            }
        }

        let (count, gamma2, m) = (input.count() as f64, input.gamma * input.gamma, f64::from(input.m));
        let log_weight = log_sum_exp(alphas);
        for k in 0..input.components {
            let own = k * d..(k + 1) * d;
            let ((q, lower), scales) = (factor(k), &self.scales[own.clone()]);
            transposed(scales, lower, &self.pulls[own.clone()], &mut means_bar[own]);
            let (q_bar, lower_bar) = factors_bar[k * factor_len..][..factor_len].split_at_mut(d);
            for (q_bar, &scale) in q_bar.iter_mut().zip(scales) {
                *q_bar = alphas_bar[k] - scale * *q_bar + gamma2 * scale * scale - m;
            }
            lower_bar.iter_mut().zip(lower).for_each(|(bar, &l)| *bar = gamma2 * l - *bar);
            alphas_bar[k] -= count * (alphas[k] - log_weight).exp();

            let norm: f64 = scales.iter().chain(lower).map(|entry| entry * entry).sum();
            total += 0.5 * gamma2 * norm - m * q.iter().sum::<f64>();
        }
        (total - count * log_weight, &self.gradient)
    }
}

/// `y = Q c` of every lane, and `|y|^2`.
#[inline]
fn apply(scales: &[f64], lower: &[f64], c: &[Lanes], y: &mut [Lanes]) -> Lanes {
    let mut square = [0.0; LANES];
    for (i, (y, scale)) in y.iter_mut().zip(scales).enumerate() {
        let mut sum = c[i].map(|c| scale * c);
        for (place, c) in row(c.len(), i).zip(c) {
            let l = lower[place];
            sum = from_fn(|p| sum[p] + l * c[p]);
        }
        *y = sum;
        square = from_fn(|p| square[p] + sum[p] * sum[p]);
    }
    square
}

/// Replaces the `beta` of every lane by their softmax, or by 0 in lanes that are not present; returns the sum over those that are of
/// the logarithm of the sum of exponentials.
fn soften(betas: &mut [Lanes], present: usize) -> f64 {
    let mut largest = [f64::NEG_INFINITY; LANES];
    betas.iter().for_each(|beta| largest = from_fn(|p| largest[p].max(beta[p])));
    let mut sums = [0.0; LANES];
    for beta in betas.iter_mut() {
        *beta = from_fn(|p| (beta[p] - largest[p]).exp());
        sums = from_fn(|p| sums[p] + beta[p]);
    }
    let shares: Lanes = from_fn(|p| if p < present { 1.0 / sums[p] } else { 0.0 });
    betas.iter_mut().for_each(|beta| *beta = from_fn(|p| beta[p] * shares[p]));
    (0..present).map(|p| largest[p] + sums[p].ln()).sum()
}

/// Adds `r = w y` to the pulls, and the lower triangle of `r c^T` to the bars of a factor.
#[inline]
fn weigh(w: &Lanes, y: &[Lanes], c: &[Lanes], pulls: &mut [f64], bars: &mut [f64]) {
    let (diagonal, lower) = bars.split_at_mut(c.len());
    for (i, y) in y.iter().enumerate() {
        let r: Lanes = from_fn(|p| w[p] * y[p]);
        let dot = |c: &Lanes| (r[0] * c[0] + r[1] * c[1]) + (r[2] * c[2] + r[3] * c[3]);
        pulls[i] += (r[0] + r[1]) + (r[2] + r[3]);
        diagonal[i] += dot(&c[i]);
        for (place, c) in row(c.len(), i).zip(c) {
            lower[place] += dot(c);
        }
    }
}

/// `y = -Q^T x`, for the triangular matrix of `square`.
fn transposed(scales: &[f64], mut lower: &[f64], x: &[f64], y: &mut [f64]) {
    for (j, (y, scale)) in y.iter_mut().zip(scales).enumerate() {
        let (column, rest) = lower.split_at(x.len() - j - 1);
        let below: f64 = column.iter().zip(&x[j + 1..]).map(|(l, x)| l * x).sum();
        *y = -(scale * x[j] + below);
        lower = rest;
    }
}
