//! Whether an array is PyTorch's.

use std::fmt;

use ndarray::{ArrayD, Dimension};

/// How far an element may be off, relative to itself.
const RELATIVE: f64 = 1e-10;

/// An element is taken for at least this part of the largest one of its array, and the largest for at least 1: where
/// terms of that size cancel, what remains is their rounding, and no two libraries round alike.
const FLOOR: f64 = 1e-4;

/// What is not as PyTorch has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The shapes differ.
    Shape {
        /// The shape at hand.
        got: Vec<usize>,
        /// PyTorch's.
        want: Vec<usize>,
    },
    /// The first element that differs.
    Element {
        /// The value at hand.
        got: f64,
        /// PyTorch's.
        want: f64,
        /// Where it stands.
        index: Vec<usize>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Shape { got, want } => write!(f, "got shape {got:?}, want {want:?}"),
            Difference::Element { got, want, index } => write!(f, "got {got:e}, want {want:e} at {index:?}"),
        }
    }
}

/// The shapes are equal, and every element agrees: to 1e-10 relative to the element, or to 1e-14 relative to the
/// largest finite one of the array. NaN stands where PyTorch has NaN, an infinity where it has that infinity.
pub fn compare(got: &ArrayD<f64>, want: &ArrayD<f64>) -> Result<(), Difference> {
    if got.shape() != want.shape() {
        return Err(Difference::Shape { got: got.shape().to_vec(), want: want.shape().to_vec() });
    }
    let finite = want.iter().map(|want| want.abs()).filter(|want| want.is_finite());
    let floor = FLOOR * finite.fold(1.0, f64::max);
    let agrees = |got: f64, want: f64| match want.is_finite() {
        true => (got - want).abs() <= RELATIVE * want.abs().max(floor),
        false => got == want || (got.is_nan() && want.is_nan()),
    };
    match got.indexed_iter().zip(want).find(|((_, got), want)| !agrees(**got, **want)) {
        Some(((index, &got), &want)) => Err(Difference::Element { got, want, index: index.slice().to_vec() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr0, array};

    use super::*;

    /// The index of the first element that differs.
    fn differing(got: &[f64], want: &[f64]) -> Option<usize> {
        let list = |values: &[f64]| ndarray::arr1(values).into_dyn();
        match compare(&list(got), &list(want)) {
            Ok(()) => None,
            Err(Difference::Element { index, .. }) => Some(index[0]),
            Err(Difference::Shape { .. }) => panic!("lists of one length"),
        }
    }

    #[test]
    fn an_element_agrees_to_ten_digits_of_its_own() {
        assert_eq!(differing(&[2.0 + 1e-10, 1e6 + 5e-5], &[2.0, 1e6]), None);
        assert_eq!(differing(&[2.0, 1e6 + 5e-4], &[2.0, 1e6]), Some(1));
        assert_eq!(differing(&[1e-3 + 1e-12], &[1e-3]), Some(0));
        assert_eq!(differing(&[-2.0], &[2.0]), Some(0));
    }

    #[test]
    fn what_is_left_of_a_cancellation_may_be_rounding() {
        assert_eq!(differing(&[0.0, 3.0], &[4e-16, 3.0]), None);
        assert_eq!(differing(&[1e-9, 1e6], &[0.0, 1e6]), None);
        assert_eq!(differing(&[1e-7, 1e6], &[0.0, 1e6]), Some(0));
        // All of it, too.
        assert_eq!(differing(&[1e-17, -2e-16], &[0.0, 3e-17]), None);
        assert_eq!(differing(&[1e-12], &[0.0]), Some(0));
    }

    #[test]
    fn nan_and_infinities_are_themselves() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        assert_eq!(differing(&[nan, inf, -inf, 0.0], &[nan, inf, -inf, -0.0]), None);
        assert_eq!(differing(&[nan], &[1.0]), Some(0));
        assert_eq!(differing(&[1.0], &[nan]), Some(0));
        assert_eq!(differing(&[inf], &[nan]), Some(0));
        assert_eq!(differing(&[-inf], &[inf]), Some(0));
        assert_eq!(differing(&[f64::MAX], &[inf]), Some(0));
        assert_eq!(differing(&[inf], &[f64::MAX]), Some(0));
        // The scale is that of the finite elements.
        assert_eq!(differing(&[inf, 1.1], &[inf, 1.0]), Some(1));
    }

    #[test]
    fn shapes_are_equal_also_where_there_is_nothing() {
        let of = |shape: &[usize]| ArrayD::<f64>::zeros(shape);
        assert_eq!(compare(&of(&[2, 0]), &of(&[2, 0])), Ok(()));
        let difference = compare(&of(&[0, 2]), &of(&[2, 0])).unwrap_err();
        assert_eq!(difference.to_string(), "got shape [0, 2], want [2, 0]");
        assert!(compare(&of(&[1]), &of(&[])).is_err());
        assert_eq!(compare(&arr0(2.0).into_dyn(), &arr0(2.0).into_dyn()), Ok(()));
    }

    #[test]
    fn a_difference_says_both_numbers_and_where() {
        let (got, want) =
            (array![[1.0, 2.0], [3.0, 4.0]].into_dyn(), array![[1.0, 2.0], [3.5, 4.0]].into_dyn());
        let difference = compare(&got, &want).unwrap_err();
        assert_eq!(difference.to_string(), "got 3e0, want 3.5e0 at [1, 0]");
    }
}
