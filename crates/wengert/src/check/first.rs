//! First order: each element of the inputs by itself, and each input with the others passive.

use super::Checker;
use super::compare::size;
use super::differences::{Slope, slopes};
use super::report::Comparison;
use super::subject::numbers_of;
use crate::error::Result;
use crate::tape::Element;

impl<T: Element> Checker<'_, T> {
    /// `jvp` and `grad` against central differences. Entry `(j, i)` of the Jacobian is compared with the tangent of
    /// output `j` along element `i`, and the sum over `j` of the weights with the gradient.
    pub(super) fn compare_differences(&mut self) -> Result<()> {
        let elements = self.elements();
        let gradient = self.subject.gradient(&self.subject.point, &self.weights, None)?;
        let mut columns: Vec<(Vec<f64>, Vec<Slope>)> = Vec::new();
        for &i in &elements {
            let along = self.unit(i);
            let tangent = self.subject.at(&self.subject.point, None, |recorded| recorded.tangent(&along))?;
            let numeric =
                slopes::<T, _>(&self.values, self.subject.size(&along), self.comparer.tolerance, |t| {
                    self.values_at(&self.subject.moved(t, &along))
                })?;
            columns.push((tangent, numeric));
        }
        let entries = columns.iter().flat_map(|(_, numeric)| numeric.iter().map(|slope| slope.value));
        let floor = 0.01 * size(entries);
        for (&i, (tangent, numeric)) in elements.iter().zip(&columns) {
            for (j, (&tangent, &slope)) in tangent.iter().zip(numeric).enumerate() {
                let place = (Some(self.place(i)), Some(self.output_index(j)));
                self.comparer.numeric(Comparison::Tangent, place, tangent, slope, floor);
            }
            let place = (Some(self.place(i)), None);
            self.comparer.weighted(place, gradient[i], numeric, &self.weights, floor);
        }
        Ok(())
    }

    /// The gradient of one input, with the others passive, against that of all: what a rule computes for one operand
    /// must not need that another is active.
    pub(super) fn compare_alone(&mut self) -> Result<()> {
        let ranges = self.subject.ranges();
        if ranges.len() < 2 || !self.alone {
            return Ok(());
        }
        let all = self.subject.gradient(&self.subject.point, &self.weights, None)?;
        let floor = size(all.iter().copied());
        for (k, own) in ranges.into_iter().enumerate() {
            let alone = self.subject.gradient(&self.subject.point, &self.weights, Some(k))?;
            for i in own {
                let place = (Some(self.place(i)), None);
                self.comparer.exact(Comparison::Alone, place, alone[i], all[i], floor);
            }
        }
        Ok(())
    }

    /// The function is one: at the same point it has the same value.
    pub(super) fn compare_values(&mut self) {
        let again = self.subject.at(&self.subject.point, None, |recorded| numbers_of(&recorded.values()));
        for (j, (&again, &first)) in again.iter().zip(&self.values.clone()).enumerate() {
            let place = (None, Some(self.output_index(j)));
            self.comparer.exact(Comparison::Value, place, again, first, 0.0);
        }
    }
}
