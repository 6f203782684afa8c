//! Numbers that should be the same, and what is said when they are not.

use std::collections::BTreeMap;

use wengert::Element;

use crate::case::{Case, Root};

/// How often each kind of request was compared.
#[derive(Clone, Debug, Default)]
pub struct Counts(pub BTreeMap<&'static str, usize>);

impl Counts {
    pub fn add(&mut self, kind: &'static str) {
        *self.0.entry(kind).or_default() += 1;
    }
}

/// How far apart two ways to the same number may be, relative to the largest number at hand.
pub fn tolerance<T: Element>() -> f64 {
    if T::epsilon().to_f64() > Some(1e-10) { 2e-3 } else { 1e-9 }
}

/// Whether every number agrees to `tolerance` of the largest finite one, and of 1 at least. NaN agrees with NaN.
pub fn agree(got: &[f64], want: &[f64], tolerance: f64) -> bool {
    let finite = got.iter().chain(want).map(|x| x.abs()).filter(|x| x.is_finite());
    let scale = finite.fold(1.0, f64::max);
    let same =
        |(g, w): (&f64, &f64)| g == w || (g.is_nan() && w.is_nan()) || (g - w).abs() <= tolerance * scale;
    got.len() == want.len() && got.iter().zip(want).all(same)
}

/// Whether the numbers can be compared: near a pole, two ways to the same number part.
pub fn is_tame(numbers: &[f64]) -> bool {
    numbers.iter().all(|x| x.abs() < 1e6)
}

/// The sum of the products.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds to what is there, if anything is.
pub fn add_to(sum: &mut Option<Vec<f64>>, more: Vec<f64>) {
    match sum {
        Some(sum) => sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more),
        None => *sum = Some(more),
    }
}

impl<T: Element> Case<T> {
    /// What a request of roots gave is what another way to it gives.
    #[track_caller]
    pub fn compare(&mut self, kind: &'static str, asked: &str, roots: &[Root], got: &[f64], want: &[f64]) {
        if !is_tame(want) {
            return;
        }
        self.counts.add(kind);
        if !agree(got, want, tolerance::<T>()) {
            assert!(self.is_steep(roots), "{asked}\n    gave {got:?}\n    and by another way {want:?}");
            self.counts.add("steep");
        }
    }

    /// Whether an adjoint or a partial on the way may be so large, or no number, that two ways part: large ones cancel
    /// up to rounding, and what is masked after a pole is not NaN by one way and NaN by the other.
    pub fn is_steep(&self, roots: &[Root]) -> bool {
        let all = self.replay().gradients(roots, &self.inputs());
        let mut adjoints = all.iter().flatten().flatten();
        let is_near_a_pole = |x: &f64| *x != 0.0 && x.abs() < 1e-4;
        adjoints.any(|x| x.is_nan() || x.abs() > 1e4) || self.holds.iter().flatten().any(is_near_a_pole)
    }
}
