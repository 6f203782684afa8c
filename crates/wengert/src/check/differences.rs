//! Numeric derivatives: central differences of sixth order with an estimate of their error, at steps that shrink until
//! the estimate is good.
//!
//! Three central differences `D(h) = (f(x + h) - f(x - h)) / 2h`, of `h`, `h/2` and `h/4`, whose errors are even powers
//! of `h`, are extrapolated to `h = 0` (Richardson, as Romberg does for integrals): `(4 D(h/2) - D(h)) / 3` is the
//! five-point formula of fourth order. There are two of these, and their difference is the error estimate of what both
//! give together.

use crate::tape::Element;

/// How many times the step is made smaller.
const ATTEMPTS: i32 = 13;

/// By how much: the last step is `2^-36` of the first.
const SHRINK: i32 = 3;

/// The slope of one number along a line, at 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slope {
    /// The derivative.
    pub value: f64,
    /// How far it may be off.
    pub error: f64,
    pub sort: Sort,
}

/// What the function is like there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sort {
    Smooth,
    /// The slopes on both sides differ.
    Kink {
        left: f64,
        right: f64,
    },
    /// Differences grow as the step shrinks: it jumps, or is vertical.
    Jump,
    /// It is not finite there, or not on both sides.
    NotFinite,
}

/// What one step says about one number.
#[derive(Clone, Copy)]
struct Estimate {
    value: f64,
    /// By how much the two extrapolations differ.
    truncation: f64,
    /// What rounding does to a difference.
    rounding: f64,
    left: f64,
    right: f64,
    good: bool,
}

impl Estimate {
    fn error(&self) -> f64 {
        self.truncation + self.rounding
    }

    fn kink(&self) -> f64 {
        (self.right - self.left).abs()
    }

    /// Whether a smaller step can tell nothing new, after those that were `seen`.
    fn is_good(&self, seen: &[Estimate], tolerance: f64) -> bool {
        let slope = self.left.abs().max(self.right.abs());
        // A kink that larger steps have seen is gone only where rounding would not hide it.
        let hidden = 100.0 * self.rounding;
        let would_show = seen.iter().all(|larger| hidden <= 0.1 * larger.kink());
        let is_straight = self.kink() <= tolerance.sqrt() * slope || (self.kink() <= hidden && would_show);
        self.truncation <= (0.1 * tolerance * self.value.abs()).max(self.rounding) && is_straight
    }
}

/// The slopes of the numbers that `f` gives, at 0, where they are `middle`; `size` is that of the elements moved.
pub(super) fn slopes<T: Element, E>(
    middle: &[f64],
    size: f64,
    tolerance: f64,
    mut f: impl FnMut(f64) -> Result<Vec<f64>, E>,
) -> Result<Vec<Slope>, E> {
    let epsilon = T::epsilon().to_f64().unwrap_or(f64::EPSILON);
    // In f32 steps are larger: rounding is divided by them.
    let first = (size.max(1.0).log2().round() + (epsilon.log2() / 7.5).round()).exp2();
    let mut seen: Vec<Vec<Estimate>> = vec![Vec::new(); middle.len()];
    for attempt in 0..ATTEMPTS {
        let h = first * f64::from(-SHRINK * attempt).exp2();
        if h < 4.0 * epsilon * size {
            break;
        }
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for step in [h, 0.5 * h, 0.25 * h] {
            above.push(f(step)?);
            below.push(f(-step)?);
        }
        let mut all_good = true;
        for (j, seen) in seen.iter_mut().enumerate() {
            let at = |side: &[Vec<f64>]| [side[0][j], side[1][j], side[2][j]];
            match estimate(middle[j], at(&above), at(&below), h, epsilon, size) {
                Some(mut estimate) => {
                    estimate.good = estimate.is_good(seen, tolerance);
                    all_good &= estimate.good;
                    seen.push(estimate);
                }
                // Nothing will help a value that is not finite; a neighbour that is not may only be too far off.
                None => all_good &= !middle[j].is_finite(),
            }
        }
        if all_good {
            break;
        }
    }
    Ok(seen.iter().map(|seen| judge(seen)).collect())
}

/// The estimate of one number from its values at `h`, `h/2` and `h/4` on both sides.
fn estimate(
    middle: f64,
    above: [f64; 3],
    below: [f64; 3],
    h: f64,
    epsilon: f64,
    size: f64,
) -> Option<Estimate> {
    let all = above.iter().chain(&below).chain([&middle]);
    if all.clone().any(|value| !value.is_finite()) {
        return None;
    }
    let largest = all.fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let step = |k: usize| h * [1.0, 0.5, 0.25][k];
    let central = |k: usize| (above[k] - below[k]) / (2.0 * step(k));
    let (coarse, fine) = ((4.0 * central(1) - central(0)) / 3.0, (4.0 * central(2) - central(1)) / 3.0);
    // One-sided differences have all powers of `h` in their error; two of them lose the first.
    let one_sided = |side: [f64; 3], sign: f64| {
        let difference = |k: usize| sign * (side[k] - middle) / step(k);
        2.0 * difference(2) - difference(1)
    };
    let value = (16.0 * fine - coarse) / 15.0;
    Some(Estimate {
        value,
        truncation: (fine - coarse).abs(),
        // Both the value and the point are rounded.
        rounding: 8.0 * epsilon * (largest + size * value.abs()) / step(2),
        left: one_sided(below, -1.0),
        right: one_sided(above, 1.0),
        good: false,
    })
}

/// What the estimates say together: what shrinks with the step is the formula's, what stays is the function's.
fn judge(seen: &[Estimate]) -> Slope {
    // Where the middle does not fit its neighbours, they are too far off, however well they agree with each other.
    let doubt = |estimate: &Estimate| estimate.error() + estimate.kink();
    let Some(best) = seen.iter().min_by(|a, b| doubt(a).total_cmp(&doubt(b))) else {
        return Slope { value: f64::NAN, error: f64::INFINITY, sort: Sort::NotFinite };
    };
    let smooth = Slope { value: best.value, error: best.error(), sort: Sort::Smooth };
    if seen.iter().any(|estimate| estimate.good) || seen.len() < 2 {
        return smooth;
    }
    // The last two steps at which a number is clear of rounding: what it does as the step shrinks.
    let last_two = |number: fn(&Estimate) -> f64| {
        let mut clear = seen.iter().rev().filter(|estimate| number(estimate) > 100.0 * estimate.rounding);
        clear.next().zip(clear.next())
    };
    let grows = |number: fn(&Estimate) -> f64| {
        last_two(number).is_some_and(|(last, before)| number(last) > 1.5 * number(before))
    };
    if grows(|estimate| estimate.value.abs()) || grows(Estimate::kink) {
        return Slope { sort: Sort::Jump, ..smooth };
    }
    match last_two(Estimate::kink) {
        Some((last, before)) if last.kink() > 0.5 * before.kink() => {
            Slope { sort: Sort::Kink { left: last.left, right: last.right }, ..smooth }
        }
        _ => smooth,
    }
}
