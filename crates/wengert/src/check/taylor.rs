//! The Taylor test: with a right gradient `|L(x + h d) - L(x) - h <grad L, d>|` falls as `h^2`, with a wrong one as `h`.
//!
//! Source: the verification of adjoints in dolfin-adjoint, <https://www.dolfin-adjoint.org>, chapter "Verification".

use super::Checker;
use super::subject::{dot, weights};
use crate::error::Result;
use crate::tape::Element;

/// How many steps are taken, each a quarter of the one before it.
const STEPS: i32 = 20;

/// The remainder is measured where it is so many times larger than rounding.
const CLEAR: f64 = 1000.0;

/// The order of a wrong gradient is 1, and that of noise about 0.
const WRONG: std::ops::Range<f64> = 0.5..1.5;

impl<T: Element> Checker<'_, T> {
    pub(super) fn compare_taylor(&mut self) -> Result<()> {
        let direction = weights(self.subject.point.len(), 300);
        let gradient = self.subject.gradient(&self.subject.point, &self.weights, None)?;
        let (slope, _) = dot(&gradient, &direction);
        let (before, largest) = dot(&self.values, &self.weights);
        let epsilon = T::epsilon().to_f64().unwrap_or(f64::EPSILON);
        let size = self.subject.size(&direction);
        let mut remainders = Vec::new();
        for k in 0..STEPS {
            let h = 0.05 * size.max(1.0) * f64::from(-2 * k).exp2();
            let values = self.values_at::<crate::error::Error>(&self.subject.moved(h, &direction))?;
            let (now, largest_now) = dot(&values, &self.weights);
            let remainder = (now - before - h * slope).abs();
            let terms = largest.max(largest_now) * self.weights.len() as f64;
            let rounding = epsilon * (terms + size * slope.abs() + super::LEAST * h);
            if remainder.is_finite() && remainder > CLEAR * rounding {
                remainders.push((h, remainder));
            } else if remainders
                .last()
                .is_some_and(|&(larger, last)| larger == 4.0 * h && remainder < last / 64.0)
            {
                // Steps so large that they meet a kink or a jump, and then a line without a remainder: the large ones
                // say nothing.
                remainders.clear();
            }
        }
        // The last three orders, for the smaller the steps the better, and a term of third order may cancel one of
        // second at a single pair.
        let pairs = remainders.windows(2);
        let orders: Vec<f64> =
            pairs.map(|pair| (pair[0].1 / pair[1].1).log2() / (pair[0].0 / pair[1].0).log2()).collect();
        let last = &orders[orders.len().saturating_sub(3)..];
        let highest = last.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if last.iter().all(|order| WRONG.contains(order)) && !last.is_empty() {
            self.comparer.order(highest, false);
        } else if highest >= WRONG.end {
            self.comparer.order(highest, true);
        }
        Ok(())
    }
}
