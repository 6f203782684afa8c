//! How an operation on scalars is recorded.

use super::Scalar;
use super::node::{Backward, Node};
use crate::Element;
use crate::operators::operators;
use crate::pointwise::pointwise;
use std::iter::Sum;
use std::rc::Rc;

operators!(Scalar);
pointwise!(Scalar, "Scalar::leaf(", ")", "x.grad()");

impl<T: Element> Scalar<T> {
    /// `y = value(x)`, where `partial(x, y)` is `dy/dx`.
    fn unary(x: Self, value: impl Fn(T) -> T, partial: impl Fn(T, T) -> T + 'static) -> Self {
        let value = value(x.value());
        if !x.requires_grad() {
            return Self::constant(value);
        }
        let backward: Backward<T> = Box::new(move |y, grad| {
            let x = y.a();
            x.accumulate(grad * partial(x.value(), y.value()));
        });
        Scalar(Rc::new(Node::recorded(value, [Some(x.0), None], backward)))
    }

    /// `value(a, b)`, with the partials for `a` and for `b`.
    ///
    /// A constant operand stays a parent, because the partial of the other may read it; the closure
    /// was chosen not to compute its gradient, and the sort passes it by.
    fn binary(
        a: Self,
        b: Self,
        value: impl Fn(T, T) -> T,
        partial_a: impl Fn(T, T) -> T + 'static,
        partial_b: impl Fn(T, T) -> T + 'static,
    ) -> Self {
        let value = value(a.value(), b.value());
        let backward: Backward<T> = match (a.requires_grad(), b.requires_grad()) {
            (true, true) => Box::new(move |y, grad| {
                let (a, b) = (y.a(), y.b());
                let (x, z) = (a.value(), b.value());
                a.accumulate(grad * partial_a(x, z));
                b.accumulate(grad * partial_b(x, z));
            }),
            (true, false) => Box::new(move |y, grad| {
                y.a().accumulate(grad * partial_a(y.a().value(), y.b().value()));
            }),
            (false, true) => Box::new(move |y, grad| {
                y.b().accumulate(grad * partial_b(y.a().value(), y.b().value()));
            }),
            (false, false) => return Self::constant(value),
        };
        Scalar(Rc::new(Node::recorded(value, [Some(a.0), Some(b.0)], backward)))
    }
}

/// ```
/// use closure_graph::Scalar;
/// let xs = [Scalar::leaf(1.0), Scalar::leaf(2.0)];
/// let sum: Scalar = xs.iter().map(|x| x.square()).sum();
/// assert_eq!(sum.value(), 5.0);
/// ```
impl<T: Element> Sum for Scalar<T> {
    fn sum<I: Iterator<Item = Self>>(mut scalars: I) -> Self {
        match scalars.next() {
            Some(first) => scalars.fold(first, |sum, x| sum + x),
            None => Self::constant(T::ZERO),
        }
    }
}
