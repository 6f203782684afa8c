//! The source of what is drawn.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A seeded generator.
pub struct Chance(StdRng);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(StdRng::seed_from_u64(seed))
    }

    /// Below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n.max(1))
    }

    /// From 1 to `n`.
    pub fn up_to(&mut self, n: usize) -> usize {
        1 + self.below(n)
    }

    pub fn happens(&mut self, probability: f64) -> bool {
        self.0.random_range(0.0..1.0) < probability
    }

    /// A number of either sign between 0.25 and 0.95, the same in either element type.
    pub fn number(&mut self) -> f64 {
        let number: f64 = self.0.random_range(-0.7..0.7);
        f64::from((number + 0.25_f64.copysign(number)) as f32)
    }

    pub fn numbers(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.number()).collect()
    }

    pub fn of<X: Clone>(&mut self, all: &[X]) -> X {
        all[self.below(all.len())].clone()
    }

    /// One of the list, the last ones more often; `None` of none.
    pub fn pick(&mut self, list: &[usize]) -> Option<usize> {
        let recent = if self.happens(0.5) { list.len().min(4) } else { list.len() };
        (recent > 0).then(|| list[list.len() - 1 - self.below(recent)])
    }

    /// So many of the list, which may be the same; `None` of none.
    pub fn picks(&mut self, list: &[usize], n: usize) -> Option<Vec<usize>> {
        (0..n).map(|_| self.pick(list)).collect()
    }
}
