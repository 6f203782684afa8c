//! Scalars: the handle, leaves and constants, the sweep.

mod node;
mod ops;

use crate::Element;
use crate::graph;
use node::Node;
use std::fmt;
use std::rc::Rc;

/// A handle to a number in the graph.
///
/// Operators take handles by value or by reference, and numbers on either side. By value saves the
/// reference count. Where all numbers are literals and one is on the left, name the type once.
///
/// ```
/// use closure_graph::Scalar;
/// let (a, b) = (Scalar::leaf(2.0f64), Scalar::leaf(-3.0));
/// let y = 1.0 - (&a * &b).tanh() / &a;
/// y.backward();
/// assert!(a.grad() != 0.0 && b.grad() != 0.0);
/// ```
#[derive(Clone)]
pub struct Scalar<T: Element = f64>(Rc<Node<T>>);

impl<T: Element> Scalar<T> {
    /// An independent variable: `backward` computes its gradient.
    ///
    /// ```
    /// use closure_graph::Scalar;
    /// let x = Scalar::leaf(3.0);
    /// x.square().backward();
    /// assert_eq!(x.grad(), 6.0);
    /// ```
    pub fn leaf(value: T) -> Self {
        Scalar(Rc::new(Node::new(value, graph::LEAF)))
    }

    /// A number without a gradient. What is computed from constants alone is constant.
    ///
    /// ```
    /// use closure_graph::Scalar;
    /// let c = Scalar::constant(3.0) * Scalar::constant(2.0);
    /// assert!(!c.requires_grad());
    /// assert_eq!(c.value(), 6.0);
    /// ```
    pub fn constant(value: T) -> Self {
        Scalar(Rc::new(Node::new(value, graph::CONSTANT)))
    }

    /// The number.
    ///
    /// ```
    /// assert_eq!((closure_graph::Scalar::leaf(2.0) + 1.0).value(), 3.0);
    /// ```
    pub fn value(&self) -> T {
        self.0.value()
    }

    /// The gradient of a leaf, summed over the sweeps since `zero_grad`. Zero for anything else: the
    /// gradients of intermediate results are consumed by the sweep.
    ///
    /// ```
    /// use closure_graph::Scalar;
    /// let x = Scalar::leaf(1.0);
    /// (&x * 2.0).backward();
    /// (&x * 3.0).backward();
    /// assert_eq!(x.grad(), 5.0);
    /// ```
    pub fn grad(&self) -> T {
        self.0.grad()
    }

    /// Sets the gradient to zero.
    ///
    /// ```
    /// use closure_graph::Scalar;
    /// let x = Scalar::leaf(1.0);
    /// (&x * 2.0).backward();
    /// x.zero_grad();
    /// assert_eq!(x.grad(), 0.0);
    /// ```
    pub fn zero_grad(&self) {
        self.0.take_grad();
    }

    /// Whether the value depends on a leaf.
    ///
    /// ```
    /// use closure_graph::Scalar;
    /// assert!((Scalar::leaf(1.0) * Scalar::constant(2.0)).requires_grad());
    /// ```
    pub fn requires_grad(&self) -> bool {
        self.0.requires_grad()
    }

    /// Gives a leaf or a constant another value, as an optimiser does. Nodes that were already
    /// recorded keep their values, but their closures read the new one: do this after `backward`.
    ///
    /// ```
    /// use closure_graph::Scalar;
    /// let x = Scalar::leaf(1.0);
    /// x.square().backward();
    /// x.set_value(x.value() - 0.1 * x.grad());
    /// assert_eq!(x.value(), 0.8);
    /// ```
    ///
    /// # Panics
    /// If the handle is an intermediate result.
    pub fn set_value(&self, value: T) {
        assert!(!self.0.is_recorded(), "set_value: an intermediate result has no value of its own");
        self.0.set_value(value);
    }

    /// The reverse sweep: adds the gradient of this number to every leaf that it depends on.
    ///
    /// ```
    /// use closure_graph::Scalar;
    /// let (x, y) = (Scalar::leaf(2.0), Scalar::leaf(5.0));
    /// (&x * &y).backward();
    /// assert_eq!((x.grad(), y.grad()), (5.0, 2.0));
    /// ```
    pub fn backward(&self) {
        if !self.requires_grad() {
            return;
        }
        self.0.accumulate(T::ONE);
        graph::visit_from_root(&*self.0, Node::pull);
    }
}

impl<T: Element> fmt::Debug for Scalar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scalar").field("value", &self.value()).field("grad", &self.grad()).finish()
    }
}

impl<T: Element> fmt::Display for Scalar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value(), f)
    }
}
