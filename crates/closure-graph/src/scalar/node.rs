//! The node of a scalar: 56 bytes for `f64`, plus the two counts of `Rc`.

use crate::Element;
use crate::graph::{self, Parents, Vertex};
use std::cell::Cell;

/// Passes the incoming gradient of a node on to its parents.
pub(super) type Backward<T> = Box<dyn Fn(&Node<T>, T)>;

pub(super) struct Node<T: Element> {
    value: Cell<T>,
    grad: Cell<T>,
    mark: Cell<u64>,
    parents: Parents<Node<T>>,
    backward: Option<Backward<T>>,
}

impl<T: Element> Node<T> {
    /// A leaf or a constant.
    pub(super) fn new(value: T, mark: u64) -> Self {
        Node {
            value: Cell::new(value),
            grad: Cell::new(T::ZERO),
            mark: Cell::new(mark),
            parents: [None, None],
            backward: None,
        }
    }

    /// The result of an operation of which an operand requires a gradient.
    pub(super) fn recorded(value: T, parents: Parents<Node<T>>, backward: Backward<T>) -> Self {
        Node {
            value: Cell::new(value),
            grad: Cell::new(T::ZERO),
            mark: Cell::new(graph::RECORDED),
            parents,
            backward: Some(backward),
        }
    }

    pub(super) fn value(&self) -> T {
        self.value.get()
    }

    pub(super) fn set_value(&self, value: T) {
        self.value.set(value);
    }

    pub(super) fn grad(&self) -> T {
        self.grad.get()
    }

    pub(super) fn take_grad(&self) -> T {
        self.grad.replace(T::ZERO)
    }

    pub(super) fn accumulate(&self, contribution: T) {
        self.grad.set(self.grad.get() + contribution);
    }

    pub(super) fn requires_grad(&self) -> bool {
        self.mark.get() != graph::CONSTANT
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.backward.is_some()
    }

    /// Consumes the gradient and passes it on.
    pub(super) fn pull(&self) {
        if let Some(backward) = &self.backward {
            backward(self, self.take_grad());
        }
    }

    /// The first operand, in a closure.
    pub(super) fn a(&self) -> &Node<T> {
        self.parents[0].as_deref().expect("a recorded node has an operand")
    }

    /// The second operand, in a closure of a binary operation.
    pub(super) fn b(&self) -> &Node<T> {
        self.parents[1].as_deref().expect("a binary node has two operands")
    }
}

impl<T: Element> Vertex for Node<T> {
    fn mark(&self) -> &Cell<u64> {
        &self.mark
    }
    fn parents(&self) -> &Parents<Self> {
        &self.parents
    }
    fn parents_mut(&mut self) -> &mut Parents<Self> {
        &mut self.parents
    }
}

impl<T: Element> Drop for Node<T> {
    fn drop(&mut self) {
        if self.parents[0].is_some() {
            graph::release(&mut self.parents);
        }
    }
}
