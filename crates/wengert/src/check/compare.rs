//! Comparisons and their tolerances.

use super::differences::{Slope, Sort};
use super::report::{Comparison, Finding, Report, Verdict};

/// Collects what is compared.
pub(super) struct Comparer {
    /// How far an analytic derivative may be from a numeric one, relative to the larger.
    pub tolerance: f64,
    /// How far two ways to compute the same number may lie apart: rounding alone.
    pub rounding: f64,
    /// The size of the values by the size of the point: what a derivative is like, where terms of that size cancel.
    pub unit: f64,
    /// What is left of a sum that cancels, whatever its terms are: two numbers that lie so close are equal.
    pub least: f64,
    pub report: Report,
}

/// Where a comparison is made: the element of an input, and the index of an output.
pub(super) type Place = (Option<(usize, Vec<usize>)>, Option<Vec<usize>>);

impl Comparer {
    fn note(
        &mut self,
        comparison: Comparison,
        place: Place,
        verdict: Verdict,
        pair: (f64, f64),
        tolerance: f64,
    ) {
        let ((input, output), (analytic, numeric)) = (place, pair);
        self.report.findings.push(Finding {
            comparison,
            verdict,
            input,
            output,
            analytic,
            numeric,
            tolerance,
        });
    }

    /// Compares a derivative with differences. Numbers far below `floor`, the size of their like, are compared by it.
    pub fn numeric(&mut self, comparison: Comparison, place: Place, analytic: f64, slope: Slope, floor: f64) {
        self.report.compared += 1;
        let (verdict, tolerance) = self.judge(analytic, slope, floor);
        if let Some(verdict) = verdict {
            self.note(comparison, place, verdict, (analytic, slope.value), tolerance);
        }
    }

    fn judge(&self, analytic: f64, slope: Slope, floor: f64) -> (Option<Verdict>, f64) {
        let near = self.least + self.tolerance * analytic.abs().max(slope.value.abs()).max(floor);
        let far = near + 2.0 * slope.error;
        let error = (analytic - slope.value).abs();
        let verdict = match slope.sort {
            Sort::NotFinite => Some(Verdict::NotFinite),
            Sort::Jump if error <= near => None,
            Sort::Jump => Some(Verdict::Jump),
            _ if !analytic.is_finite() => Some(Verdict::Wrong),
            Sort::Kink { left, right } => {
                let (low, high) = (left.min(right), left.max(right));
                let slack = far + self.tolerance.sqrt() * low.abs().max(high.abs());
                let between = low - slack <= analytic && analytic <= high + slack;
                Some(if between { Verdict::Kink { left, right } } else { Verdict::Wrong })
            }
            Sort::Smooth if error > far => Some(Verdict::Wrong),
            Sort::Smooth if error > near && far > 1000.0 * near => Some(Verdict::Rough),
            Sort::Smooth => None,
        };
        (verdict, far)
    }

    /// Like [`Comparer::numeric`], where the outputs one by one have been compared: only what is wrong is told.
    pub fn weighted(&mut self, place: Place, analytic: f64, slopes: &[Slope], weights: &[f64], floor: f64) {
        self.report.compared += 1;
        let (verdict, tolerance) = self.judge(analytic, combined(slopes, weights), floor);
        if verdict == Some(Verdict::Wrong) {
            let numeric = slopes.iter().zip(weights).map(|(slope, weight)| slope.value * weight).sum();
            self.note(Comparison::Gradient, place, Verdict::Wrong, (analytic, numeric), tolerance);
        }
    }

    /// Compares two ways to compute the same number, of terms as large as `floor`.
    pub fn exact(&mut self, comparison: Comparison, place: Place, one: f64, other: f64, floor: f64) {
        self.report.compared += 1;
        let tolerance = self.least + self.rounding * one.abs().max(other.abs()).max(floor).max(self.unit);
        let agrees = one == other || (one.is_nan() && other.is_nan()) || (one - other).abs() <= tolerance;
        if !agrees {
            self.note(comparison, place, Verdict::Wrong, (one, other), tolerance);
        }
    }

    /// The order of the Taylor remainder; it says nothing where the function is not smooth.
    pub fn order(&mut self, order: f64, is_right: bool) {
        self.report.compared += 1;
        self.report.order = Some(order);
        if !is_right && self.report.notes().next().is_none() {
            self.note(Comparison::Taylor, (None, None), Verdict::Wrong, (order, 2.0), 0.5);
        }
    }
}

/// The slope of weighted numbers. Of kinks it has all that a choice of slopes may give.
fn combined(slopes: &[Slope], weights: &[f64]) -> Slope {
    let mut all = Slope { value: 0.0, error: 0.0, sort: Sort::Smooth };
    let (mut low, mut high, mut kinks, mut jumps) = (0.0, 0.0, false, false);
    for (slope, &weight) in slopes.iter().zip(weights) {
        all.value += weight * slope.value;
        all.error += weight.abs() * slope.error;
        let (left, right) = match slope.sort {
            Sort::NotFinite => return Slope { sort: Sort::NotFinite, ..*slope },
            Sort::Kink { left, right } => (left, right),
            Sort::Smooth | Sort::Jump => (slope.value, slope.value),
        };
        kinks |= matches!(slope.sort, Sort::Kink { .. });
        jumps |= slope.sort == Sort::Jump;
        low += (weight * left).min(weight * right);
        high += (weight * left).max(weight * right);
    }
    if jumps {
        all.sort = Sort::Jump;
    } else if kinks {
        all.sort = Sort::Kink { left: low, right: high };
    }
    all
}

/// The size that numbers of one kind have.
pub(super) fn size(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.filter(|number| number.is_finite()).fold(0.0, |largest, number| largest.max(number.abs()))
}
