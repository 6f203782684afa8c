//! The node of a tensor, and how a gradient arrives at it.

use super::Tensor;
use super::shape::Shape;
use crate::Element;
use crate::graph::{self, Parents, Vertex};
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::rc::Rc;

/// Passes the incoming gradient of a node on to its parents. The buffer is the closure's to reuse.
pub(super) type Backward<T> = Box<dyn Fn(&Node<T>, Vec<T>)>;

pub(super) struct Node<T: Element> {
    values: RefCell<Vec<T>>,
    grad: RefCell<Option<Vec<T>>>,
    pub(super) shape: Shape,
    mark: Cell<u64>,
    parents: Parents<Node<T>>,
    backward: Option<Backward<T>>,
}

impl<T: Element> Node<T> {
    /// A leaf or a constant.
    pub(super) fn new(values: Vec<T>, shape: Shape, mark: u64) -> Self {
        debug_assert_eq!(values.len(), shape.len());
        Node {
            values: RefCell::new(values),
            grad: RefCell::new(None),
            shape,
            mark: Cell::new(mark),
            parents: [None, None],
            backward: None,
        }
    }

    pub(super) fn values(&self) -> Ref<'_, [T]> {
        Ref::map(self.values.borrow(), Vec::as_slice)
    }

    /// The values of a leaf or a constant.
    pub(super) fn values_mut(&self, op: &str) -> RefMut<'_, [T]> {
        assert!(self.backward.is_none(), "{op}: an intermediate result has no values of its own");
        RefMut::map(self.values.borrow_mut(), Vec::as_mut_slice)
    }

    pub(super) fn grad(&self) -> Option<Ref<'_, [T]>> {
        Ref::filter_map(self.grad.borrow(), Option::as_deref).ok()
    }

    pub(super) fn take_grad(&self) -> Option<Vec<T>> {
        self.grad.take()
    }

    pub(super) fn requires_grad(&self) -> bool {
        self.mark.get() != graph::CONSTANT
    }

    /// Consumes the gradient and passes it on.
    pub(super) fn pull(&self) {
        if let Some(backward) = &self.backward
            && let Some(grad) = self.take_grad()
        {
            backward(self, grad);
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

    /// Adds a finished contribution: the first is moved in.
    pub(super) fn receive(&self, contribution: Vec<T>) {
        match &mut *self.grad.borrow_mut() {
            Some(sum) => {
                for (sum, part) in sum.iter_mut().zip(&contribution) {
                    *sum += *part;
                }
            }
            none => *none = Some(contribution),
        }
    }

    /// Adds a contribution that is made from `grad`, a buffer of the size of this node: `in_place` if it
    /// is the first, which is then moved in, and `add(sum, grad)` otherwise.
    pub(super) fn receive_from(
        &self,
        mut grad: Vec<T>,
        in_place: impl FnOnce(&mut [T]),
        add: impl FnOnce(&mut [T], &[T]),
    ) {
        match &mut *self.grad.borrow_mut() {
            Some(sum) => add(sum, &grad),
            none => {
                in_place(&mut grad);
                *none = Some(grad);
            }
        }
    }

    /// Adds a contribution that needs no buffer: `first` makes one, `add` adds to what is there.
    pub(super) fn receive_with(&self, first: impl FnOnce() -> Vec<T>, add: impl FnOnce(&mut [T])) {
        match &mut *self.grad.borrow_mut() {
            Some(sum) => add(sum),
            none => *none = Some(first()),
        }
    }
}

impl<T: Element> Tensor<T> {
    /// The result of an operation: with parents and the closure if an operand requires a gradient,
    /// a constant otherwise.
    pub(super) fn record(
        values: Vec<T>,
        shape: Shape,
        parents: [Option<Tensor<T>>; 2],
        backward: impl Fn(&Node<T>, Vec<T>) + 'static,
    ) -> Self {
        if !parents.iter().flatten().any(Tensor::requires_grad) {
            return Tensor(Rc::new(Node::new(values, shape, graph::CONSTANT)));
        }
        let mut node = Node::new(values, shape, graph::RECORDED);
        node.parents = parents.map(|parent| parent.map(|Tensor(node)| node));
        node.backward = Some(Box::new(backward));
        Tensor(Rc::new(node))
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
