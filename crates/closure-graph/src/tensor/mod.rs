//! Tensors: the handle, leaves and constants, the sweep.

mod broadcast;
mod linear;
mod node;
mod ops;
mod shape;
mod softmax;

use crate::Element;
use crate::graph;
use node::Node;
use shape::Shape;
use std::cell::Ref;
use std::fmt;
use std::rc::Rc;

/// A handle to a contiguous, row-major array in the graph, of at most six axes.
///
/// Operators broadcast as NumPy does: from the last axis on, extents must agree or be 1.
///
/// ```
/// use closure_graph::Tensor;
/// let x = Tensor::leaf(vec![1.0, 2.0, 3.0, 4.0], &[2, 2]);
/// let row = Tensor::constant(vec![10.0, 20.0], &[2]);
/// let y = (&x * &row).sum();
/// y.backward();
/// assert_eq!(y.item(), 160.0);
/// assert_eq!(&*x.grad().unwrap(), [10.0, 20.0, 10.0, 20.0]);
/// ```
#[derive(Clone)]
pub struct Tensor<T: Element = f64>(Rc<Node<T>>);

impl<T: Element> Tensor<T> {
    /// An independent variable: `backward` computes its gradient.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// let x = Tensor::leaf(vec![1.0f32, 2.0, 3.0], &[3]);
    /// x.square().sum().backward();
    /// assert_eq!(&*x.grad().unwrap(), [2.0, 4.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If the number of values is not that of the shape, or the shape has more than six axes.
    pub fn leaf(values: Vec<T>, shape: &[usize]) -> Self {
        Self::source("leaf", values, shape, graph::LEAF)
    }

    /// Numbers without a gradient, such as data.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// assert!(!Tensor::constant(vec![1.0, 2.0], &[1, 2]).exp().requires_grad());
    /// ```
    ///
    /// # Panics
    /// As [`leaf`](Self::leaf).
    pub fn constant(values: Vec<T>, shape: &[usize]) -> Self {
        Self::source("constant", values, shape, graph::CONSTANT)
    }

    fn source(op: &str, values: Vec<T>, extents: &[usize], mark: u64) -> Self {
        let (shape, len) = (Shape::new(extents), values.len());
        assert!(shape.len() == len, "{op}: {len} values for shape {shape:?}, which has {}", shape.len());
        Tensor(Rc::new(Node::new(values, shape, mark)))
    }

    /// The extents of the axes.
    ///
    /// ```
    /// assert_eq!(closure_graph::Tensor::leaf(vec![0.0; 6], &[2, 3]).shape(), [2, 3]);
    /// ```
    pub fn shape(&self) -> &[usize] {
        self.0.shape.extents()
    }

    /// The values, row-major. Let the borrow end before `set_value` or `update`.
    ///
    /// ```
    /// let x = closure_graph::Tensor::leaf(vec![1.0, 2.0], &[2]);
    /// assert_eq!(&*(x + 1.0).values(), [2.0, 3.0]);
    /// ```
    pub fn values(&self) -> Ref<'_, [T]> {
        self.0.values()
    }

    /// The value of a tensor of one element.
    ///
    /// ```
    /// assert_eq!(closure_graph::Tensor::leaf(vec![1.0, 2.0], &[2]).sum().item(), 3.0);
    /// ```
    ///
    /// # Panics
    /// If it does not have one element.
    pub fn item(&self) -> T {
        match *self.values() {
            [value] => value,
            ref values => panic!("item: shape {:?} has {} elements", self.0.shape, values.len()),
        }
    }

    /// The gradient of a leaf, summed over the sweeps since `zero_grad`; nothing before the first. The
    /// gradients of intermediate results are consumed by the sweep.
    ///
    /// ```
    /// let x = closure_graph::Tensor::leaf(vec![1.0, 2.0], &[2]);
    /// assert!(x.grad().is_none());
    /// (&x * 3.0).sum().backward();
    /// assert_eq!(&*x.grad().unwrap(), [3.0, 3.0]);
    /// ```
    pub fn grad(&self) -> Option<Ref<'_, [T]>> {
        self.0.grad()
    }

    /// Removes the gradient; the next sweep moves a buffer in.
    ///
    /// ```
    /// let x = closure_graph::Tensor::leaf(vec![1.0, 2.0], &[2]);
    /// x.sum().backward();
    /// x.zero_grad();
    /// assert!(x.grad().is_none());
    /// ```
    pub fn zero_grad(&self) {
        self.0.take_grad();
    }

    /// Whether the values depend on a leaf.
    ///
    /// ```
    /// assert!(closure_graph::Tensor::leaf(vec![1.0], &[1]).tanh().requires_grad());
    /// ```
    pub fn requires_grad(&self) -> bool {
        self.0.requires_grad()
    }

    /// Gives a leaf or a constant other values. Nodes that were already recorded keep their values, but
    /// their closures read the new ones: do this after `backward`.
    ///
    /// ```
    /// let x = closure_graph::Tensor::leaf(vec![1.0, 2.0], &[2]);
    /// x.set_value(&[3.0, 4.0]);
    /// assert_eq!(x.sum().item(), 7.0);
    /// ```
    ///
    /// # Panics
    /// If the handle is an intermediate result, or the number of values differs.
    pub fn set_value(&self, values: &[T]) {
        let mut own = self.0.values_mut("set_value");
        let (given, len) = (values.len(), own.len());
        assert!(given == len, "set_value: {given} values for shape {:?}, which has {len}", self.0.shape);
        own.copy_from_slice(values);
    }

    /// Hands the values, to be changed, and the gradient of a leaf to `step`: the place of an optimiser.
    /// Does nothing if there is no gradient.
    ///
    /// ```
    /// let x = closure_graph::Tensor::leaf(vec![1.0, 2.0], &[2]);
    /// x.square().sum().backward();
    /// x.update(|values, grad| {
    ///     for (x, g) in values.iter_mut().zip(grad) {
    ///         *x -= 0.25 * g;
    ///     }
    /// });
    /// assert_eq!(&*x.values(), [0.5, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If the handle is an intermediate result.
    pub fn update(&self, step: impl FnOnce(&mut [T], &[T])) {
        let mut values = self.0.values_mut("update");
        if let Some(grad) = self.grad() {
            step(&mut values, &grad);
        }
    }

    /// The reverse sweep from a tensor of one element: adds its gradient to every leaf that it depends
    /// on.
    ///
    /// ```
    /// let x = closure_graph::Tensor::leaf(vec![0.0, 1.0], &[2]);
    /// x.exp().mean().backward();
    /// assert_eq!(x.grad().unwrap()[0], 0.5);
    /// ```
    ///
    /// # Panics
    /// If it does not have one element.
    pub fn backward(&self) {
        let (shape, len) = (self.0.shape, self.0.shape.len());
        assert!(
            len == 1,
            "backward: the output has {len} elements, shape {shape:?}\n  \
             help: reduce it with `sum` or `mean`, or give `backward_with` a seed"
        );
        self.backward_with(vec![T::ONE]);
    }

    /// The reverse sweep with a seed: the gradient of some number with respect to this tensor.
    ///
    /// ```
    /// let x = closure_graph::Tensor::leaf(vec![1.0, 2.0], &[2]);
    /// x.square().backward_with(vec![1.0, 10.0]);
    /// assert_eq!(&*x.grad().unwrap(), [2.0, 40.0]);
    /// ```
    ///
    /// # Panics
    /// If the seed does not have as many elements as the tensor.
    pub fn backward_with(&self, seed: Vec<T>) {
        let (given, len) = (seed.len(), self.0.shape.len());
        assert!(
            given == len,
            "backward_with: a seed of {given} for shape {:?}, which has {len}",
            self.0.shape
        );
        if !self.requires_grad() {
            return;
        }
        self.0.receive(seed);
        graph::visit_from_root(&*self.0, Node::pull);
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tensor").field("shape", &self.0.shape).field("values", &&*self.values()).finish()
    }
}
