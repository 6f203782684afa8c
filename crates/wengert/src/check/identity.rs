//! The adjoint identity: `<y_bar, J x_dot> = <J^T y_bar, x_dot>` for every `y_bar` and `x_dot`.
//!
//! The left side is a tangent sweep, the right one a reverse sweep; no step and no limit is in it, so that they agree
//! to rounding. It holds of any pair of linear maps of which one is the transpose of the other: that the map is the
//! derivative is told by differences.

use super::Checker;
use super::report::Comparison;
use super::subject::{dot, weights};
use crate::error::Result;
use crate::tape::Element;

/// How many pairs of directions are tried.
const PAIRS: u64 = 2;

impl<T: Element> Checker<'_, T> {
    pub(super) fn compare_adjoints(&mut self) -> Result<()> {
        for seed in 0..PAIRS {
            let y_bar = weights(self.weights.len(), 100 + seed);
            let x_dot = weights(self.subject.point.len(), 200 + seed);
            let (y_dot, x_bar) = self.subject.at(&self.subject.point, None, |recorded| {
                Ok((recorded.tangent(&x_dot)?, recorded.gradient(&y_bar)?))
            })?;
            let (by_tangent, large) = dot(&y_bar, &y_dot);
            let (by_adjoint, largest) = dot(&x_bar, &x_dot);
            let floor = large.max(largest);
            self.comparer.exact(Comparison::Identity, (None, None), by_tangent, by_adjoint, floor);
        }
        Ok(())
    }
}
