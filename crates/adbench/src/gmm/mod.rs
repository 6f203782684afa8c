//! GMM: the log posterior of a mixture of Gaussians, and its gradient.
//!
//! Of `K` components in `d` dimensions, component `k` has the weight `softmax(alpha)_k`, the mean `mu_k`, and the inverse covariance
//! `Q_k^T Q_k` with `Q_k` lower triangular: the exponentials of `q_k` on the diagonal, `l_k` below it. Given `n` points
//! `x_i` and a Wishart prior with `gamma` and `m` on the covariances, the objective is
//!
//! ```text
//! L = - n d / 2 ln(2 pi)
//!     + sum_i ln sum_k exp(beta_ik) - n ln sum_k exp(alpha_k)
//!     + sum_k (gamma^2 / 2 (|exp q_k|^2 + |l_k|^2) - m sum_j q_kj) - K C
//! beta_ik = alpha_k + sum_j q_kj - |Q_k (x_i - mu_k)|^2 / 2
//! C = p d (ln gamma - ln 2 / 2) - ln Gamma_d(p / 2),    p = d + m + 1,
//! ```
//!
//! with `Gamma_d` the multivariate gamma function. The signs of the prior are the benchmark's (arXiv:1807.10129, section 4.1).
//!
//! The parameters are one list: `alpha [K]`, `mu [K d]`, then for each component `q_k [d]` and `l_k [d (d - 1) / 2]`, column by
//! column.

mod by_fused;
mod by_hand;
mod by_tensors;
mod input;

pub use by_fused::ByFused;
pub use by_hand::ByHand;
pub use by_tensors::ByTensors;
pub use input::{generate, read};

use crate::number::Number;
use crate::objective::{ByScalars, Objective, Way};

/// The benchmark's pi, which its expected values are computed with.
#[expect(clippy::approx_constant, reason = "a more exact one would not give the expected values")]
const PI: f64 = 3.14159265359;

/// Points, prior and the parameters at which the derivative is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Gmm {
    /// `d`, the dimensions of a point.
    pub dimensions: usize,
    /// `K`, the number of components.
    pub components: usize,
    /// `alpha`, `mu`, `q` and `l`, in the module's order.
    pub parameters: Vec<f64>,
    /// `x [n d]`, point by point.
    pub points: Vec<f64>,
    /// The prior's `gamma`.
    pub gamma: f64,
    /// The prior's `m`.
    pub m: i32,
}

/// The parameters of all components, by kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a, R> {
    /// `alpha [K]`.
    pub alphas: &'a [R],
    /// `mu [K d]`.
    pub means: &'a [R],
    /// `q_k` and `l_k` of each component.
    pub factors: &'a [R],
}

impl Gmm {
    /// `n`, the number of points.
    pub fn count(&self) -> usize {
        self.points.len() / self.dimensions
    }

    /// How many numbers a triangular factor has: `d (d + 1) / 2`.
    pub fn factor_len(&self) -> usize {
        self.dimensions * (self.dimensions + 1) / 2
    }

    /// How many numbers the exponents of a component are computed from.
    fn numbers(&self) -> usize {
        1 + self.dimensions + self.factor_len()
    }

    /// The parameters by kind. Their lists end at the sizes of the input, so a list of another length panics.
    pub(crate) fn parts<'a, R>(&self, parameters: &'a [R]) -> Parts<'a, R> {
        let (alphas, rest) = parameters.split_at(self.components);
        let (means, factors) = rest.split_at(self.components * self.dimensions);
        assert_eq!(
            factors.len(),
            self.components * self.factor_len(),
            "the parameters have the input's sizes"
        );
        Parts { alphas, means, factors }
    }

    /// What in the objective depends on no parameter: `-n d / 2 ln(2 pi) - K C`.
    pub(crate) fn constant(&self) -> f64 {
        let (n, d, p) = (self.count() as f64, self.dimensions as f64, self.prior_count());
        let gammas: f64 = (0..self.dimensions).map(|j| libm::lgamma(0.5 * (p - j as f64))).sum();
        let log_gamma = 0.25 * d * (d - 1.0) * PI.ln() + gammas;
        let c = p * d * (self.gamma.ln() - 0.5 * 2_f64.ln()) - log_gamma;
        -0.5 * n * d * (2.0 * PI).ln() - self.components as f64 * c
    }

    /// `p = d + m + 1`.
    fn prior_count(&self) -> f64 {
        self.dimensions as f64 + f64::from(self.m) + 1.0
    }
}

impl Objective for Gmm {
    fn title(&self) -> String {
        format!(
            "GMM, {} points in {} dimensions, {} components",
            self.count(),
            self.dimensions,
            self.components
        )
    }

    fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    #[inline]
    fn value<R: Number>(&self, parameters: &[R]) -> R {
        objective(parameters, self)
    }

    fn ways(&self) -> Vec<Way<'_>> {
        vec![
            Way::new("by hand", ByHand::new(self)),
            Way::new("by scalars", ByScalars::new(self)),
            Way::new("by fused scalars", ByFused::new(self)),
            Way::new("by tensors", ByTensors::new(self)),
        ]
    }
}

/// The objective of the module's head, over any number.
pub fn objective<R: Number>(parameters: &[R], input: &Gmm) -> R {
    let mut centred = vec![R::zero(); input.dimensions];
    let beta = |component: Component<'_, R>, point: &[f64]| {
        // The sign of the difference is lost in the square. The mean comes first since it may be more than a plain number.
        centred.iter_mut().zip(component.mean).zip(point).for_each(|((c, &mean), &x)| *c = mean - x);
        component.offset - square(component.scales, component.lower, &centred) * 0.5
    };
    let likelihood = |mixture: &[R]| likelihood(mixture, input, &input.points, beta, log_sum_exp);
    objective_with(parameters, input, likelihood, log_sum_exp)
}

/// What the exponents `beta_ik` of a component are computed from.
#[derive(Clone, Copy)]
struct Component<'a, R> {
    /// All of them, in this order.
    numbers: &'a [R],
    /// `alpha_k + sum_j q_kj`.
    offset: R,
    /// `mu_k`.
    mean: &'a [R],
    /// `exp q_k`.
    scales: &'a [R],
    /// `l_k`.
    lower: &'a [R],
}

impl<'a, R: Number> Component<'a, R> {
    fn of(numbers: &'a [R], d: usize) -> Self {
        let (mean, factor) = numbers[1..].split_at(d);
        let (scales, lower) = factor.split_at(d);
        Component { numbers, offset: numbers[0], mean, scales, lower }
    }
}

/// The objective, with the function where its time goes given: the sum over points of `ln sum_k exp(beta_ik)`, from the numbers of
/// every component. They do not depend on a point, so they are computed once.
fn objective_with<R: Number>(
    parameters: &[R],
    input: &Gmm,
    likelihood: impl FnOnce(&[R]) -> R,
    log_sum_exp: impl FnOnce(&[R]) -> R,
) -> R {
    let d = input.dimensions;
    let Parts { alphas, means, factors } = input.parts(parameters);
    let mut mixture = Vec::with_capacity(input.components * input.numbers());
    let mut prior = R::zero();
    for ((&alpha, mean), factor) in
        alphas.iter().zip(means.chunks_exact(d)).zip(factors.chunks_exact(input.factor_len()))
    {
        let (q, lower) = factor.split_at(d);
        let sum: R = q.iter().copied().sum();
        mixture.push(alpha + sum);
        mixture.extend_from_slice(mean);
        let factor = mixture.len();
        mixture.extend(q.iter().map(|q| q.exp()));
        mixture.extend_from_slice(lower);
        let norm: R = mixture[factor..].iter().map(|&entry| entry * entry).sum();
        prior += norm * (0.5 * input.gamma * input.gamma) - sum * f64::from(input.m);
    }
    likelihood(&mixture) + prior - log_sum_exp(alphas) * input.count() as f64 + input.constant()
}

/// The sum over points of `ln sum_k exp(beta_ik)`, with the two functions given.
fn likelihood<R: Number>(
    mixture: &[R],
    input: &Gmm,
    points: &[f64],
    mut exponent: impl FnMut(Component<'_, R>, &[f64]) -> R,
    mut log_sum_exp: impl FnMut(&[R]) -> R,
) -> R {
    let d = input.dimensions;
    let components: Vec<_> =
        mixture.chunks_exact(input.numbers()).map(|numbers| Component::of(numbers, d)).collect();
    let mut betas = vec![R::zero(); input.components];
    let mut total = R::zero();
    for point in points.chunks_exact(d) {
        for (beta, component) in betas.iter_mut().zip(&components) {
            *beta = exponent(*component, point);
        }
        total += log_sum_exp(&betas);
    }
    total
}

/// `|Q x|^2`, for the triangular matrix with `scales` on its diagonal and the columns of `lower` below it.
///
/// It goes row by row, across the columns: a row's sum stays in a register, which is twice as fast as adding column by column
/// into a vector.
#[inline]
fn square<R: Number>(scales: &[R], lower: &[R], x: &[R]) -> R {
    let mut square = R::zero();
    for (i, (&scale, &own)) in scales.iter().zip(x).enumerate() {
        let mut y = scale * own;
        for (place, &x) in row(x.len(), i).zip(x) {
            y += lower[place] * x;
        }
        square += y * y;
    }
    square
}

/// The places of a row in a lower triangle of `d` rows that is kept column by column: a column is one shorter than the one before.
#[inline]
fn row(d: usize, i: usize) -> impl Iterator<Item = usize> {
    let mut place = i;
    (0..i).map(move |j| {
        // Place 0 is row 1 of column 0, so the place is one less than the row, in the first column and so in all.
        let here = place - 1;
        place += d - j - 2;
        here
    })
}

/// `ln sum e^x`, without overflow. The shift by the largest is a plain number: the result does not depend on it.
#[inline]
fn log_sum_exp<R: Number>(x: &[R]) -> R {
    let largest = x.iter().map(|x| x.to_plain()).fold(f64::NEG_INFINITY, f64::max);
    let sum: R = x.iter().map(|&x| (x - largest).exp()).sum();
    sum.ln() + largest
}
