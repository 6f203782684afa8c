//! Scalars as elements of arrays of `ndarray`.

use ndarray::ScalarOperand;

use super::Scalar;
use crate::rule::Dual;
use crate::tape::Element;

/// An array of scalars times a scalar. With it, arrays of scalars have the arithmetic of arrays of numbers.
///
/// ```
/// use ndarray::{Array1, array};
/// use wengert::{Scalar, Tape};
/// let tape = Tape::<f64>::new();
/// let x: Array1<Scalar<f64>> = tape.scalars(&[1.0, 2.0]).into();
/// let a = array![[1.0, 2.0], [3.0, 4.0]].mapv(Scalar::from);
/// let y = (a.dot(&x) * x[0]).sum();
/// y.backward();
/// assert_eq!((y.value(), x[0].grad(), x[1].grad()), (16.0, Some(20.0), Some(6.0)));
/// ```
impl<T: Element> ScalarOperand for Scalar<T> {}

impl<T: Element, const N: usize> ScalarOperand for Dual<T, N> {}
