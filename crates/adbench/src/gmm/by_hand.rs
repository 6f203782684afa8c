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
//! derivative share.

use super::{Gmm, Parts, log_sum_exp, triangle};

/// Computes value and gradient, in buffers that are reused.
#[derive(Debug)]
pub struct ByHand<'a> {
    input: &'a Gmm,
    /// `exp q`, `[K d]`.
    scales: Vec<f64>,
    /// `c` of one point and all components, `[K d]`.
    centred: Vec<f64>,
    /// `y` of one point and all components, `[K d]`; then `r`.
    images: Vec<f64>,
    /// `beta` of one point; then `w`.
    betas: Vec<f64>,
    /// `sum_i w_ik y_ik`, `[K d]`.
    pulls: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'a> ByHand<'a> {
    /// Buffers for an input.
    pub fn new(input: &'a Gmm) -> Self {
        let entries = vec![0.0; input.components * input.dimensions];
        ByHand {
            input,
            scales: entries.clone(),
            centred: entries.clone(),
            images: entries.clone(),
            betas: vec![0.0; input.components],
            pulls: entries,
            gradient: vec![0.0; input.parameters.len()],
        }
    }

    /// The objective and its gradient, in the order of the parameters.
    pub fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
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
        for point in input.points.chunks_exact(d) {
            for (k, beta) in self.betas.iter_mut().enumerate() {
                let own = k * d..(k + 1) * d;
                let ((q, lower), centred) = (factor(k), &mut self.centred[own.clone()]);
                let (mean, image) = (&means[own.clone()], &mut self.images[own.clone()]);
                centred.iter_mut().zip(mean).zip(point).for_each(|((c, mean), x)| *c = mean - x);
                triangle(&self.scales[own], lower, centred, image);
                let square: f64 = image.iter().map(|y| y * y).sum();
                *beta = alphas[k] + q.iter().sum::<f64>() - 0.5 * square;
            }
            total += soften(&mut self.betas);
            for (k, &w) in self.betas.iter().enumerate() {
                let own = k * d..(k + 1) * d;
                let (centred, image) = (&self.centred[own.clone()], &mut self.images[own.clone()]);
                alphas_bar[k] += w;
                image.iter_mut().for_each(|y| *y *= w);
                self.pulls[own].iter_mut().zip(&*image).for_each(|(pull, r)| *pull += r);
                outer_acc(image, centred, &mut factors_bar[k * factor_len..][..factor_len]);
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

/// Replaces `beta` by its softmax, and returns the logarithm of the sum of exponentials.
fn soften(betas: &mut [f64]) -> f64 {
    let largest = betas.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    betas.iter_mut().for_each(|beta| *beta = (*beta - largest).exp());
    let sum: f64 = betas.iter().sum();
    betas.iter_mut().for_each(|beta| *beta /= sum);
    largest + sum.ln()
}

/// Adds the lower triangle of `r c^T`, in the order of a factor: the diagonal, then the columns below it.
#[inline]
fn outer_acc(r: &[f64], c: &[f64], target: &mut [f64]) {
    let (diagonal, mut rest) = target.split_at_mut(r.len());
    diagonal.iter_mut().zip(r).zip(c).for_each(|((t, r), c)| *t += r * c);
    for (j, &c) in c.iter().enumerate() {
        let (column, after) = rest.split_at_mut(r.len() - j - 1);
        column.iter_mut().zip(&r[j + 1..]).for_each(|(t, r)| *t += r * c);
        rest = after;
    }
}

/// `y = -Q^T x`, for the triangular matrix of [`triangle`].
fn transposed(scales: &[f64], mut lower: &[f64], x: &[f64], y: &mut [f64]) {
    for (j, (y, scale)) in y.iter_mut().zip(scales).enumerate() {
        let (column, rest) = lower.split_at(x.len() - j - 1);
        let below: f64 = column.iter().zip(&x[j + 1..]).map(|(l, x)| l * x).sum();
        *y = -(scale * x[j] + below);
        lower = rest;
    }
}
