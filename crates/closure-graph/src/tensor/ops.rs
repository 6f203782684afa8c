//! Pointwise operations on tensors, with broadcasting.

use super::Tensor;
use super::broadcast::Plan;
use super::node::Node;
use crate::Element;
use crate::operators::operators;
use crate::pointwise::pointwise;

operators!(Tensor);
pointwise!(Tensor, "Tensor::leaf(vec![", "], &[1])", "x.grad().unwrap()[0]");

impl<T: Element> Tensor<T> {
    /// `y = value(x)`, where `partial(x, y)` is `dy/dx`, element by element.
    fn unary(x: Self, value: impl Fn(T) -> T, partial: impl Fn(T, T) -> T + 'static) -> Self {
        let values = x.values().iter().map(|&x| value(x)).collect();
        Self::record(values, x.0.shape, [Some(x), None], move |node, grad| {
            let (x, y) = (node.a().values(), node.values());
            let n = grad.len();
            let (x, y) = (&x[..n], &y[..n]);
            node.a().receive_from(
                grad,
                |grad| {
                    for (i, g) in grad.iter_mut().enumerate() {
                        *g = *g * partial(x[i], y[i]);
                    }
                },
                |sum, grad| {
                    for ((sum, g), (x, y)) in sum.iter_mut().zip(grad).zip(x.iter().zip(y)) {
                        *sum += *g * partial(*x, *y);
                    }
                },
            );
        })
    }

    /// `value(a, b)`, with the partials for `a` and for `b`.
    ///
    /// The incoming buffer is moved to the operand that is served last: one of the size of the result,
    /// if there is one.
    fn binary(
        a: Self,
        b: Self,
        value: impl Fn(T, T) -> T,
        partial_a: impl Fn(T, T) -> T + 'static,
        partial_b: impl Fn(T, T) -> T + 'static,
    ) -> Self {
        let plan = Plan::new("broadcast", &a.0.shape, &b.0.shape);
        let values = plan.map(&a.values(), &b.values(), value);
        Self::record(values, plan.shape, [Some(a), Some(b)], move |node, grad| {
            let (a, b) = (node.a(), node.b());
            let plan = Plan::new("broadcast", &a.shape, &b.shape);
            match (a.requires_grad(), b.requires_grad()) {
                (true, false) => give::<0, T>(node, &plan, grad, &partial_a),
                (false, true) => give::<1, T>(node, &plan, grad, &partial_b),
                _ if b.shape.len() == grad.len() => {
                    lend::<0, T>(node, &plan, &grad, &partial_a);
                    give::<1, T>(node, &plan, grad, &partial_b);
                }
                _ => {
                    lend::<1, T>(node, &plan, &grad, &partial_b);
                    give::<0, T>(node, &plan, grad, &partial_a);
                }
            }
        })
    }
}

fn operand<const SIDE: usize, T: Element>(node: &Node<T>) -> &Node<T> {
    if SIDE == 0 { node.a() } else { node.b() }
}

/// Adds `grad * partial` to the operand `SIDE`, and leaves the buffer as it is.
fn lend<const SIDE: usize, T: Element>(node: &Node<T>, plan: &Plan, grad: &[T], partial: impl Fn(T, T) -> T) {
    let (a, b) = (node.a().values(), node.b().values());
    let target = operand::<SIDE, T>(node);
    target.receive_with(
        || {
            if target.shape.len() == grad.len() {
                plan.scaled(grad, &a, &b, &partial)
            } else {
                let mut sum = vec![T::ZERO; target.shape.len()];
                plan.accumulate::<SIDE, T>(&mut sum, grad, &a, &b, &partial);
                sum
            }
        },
        |sum| plan.accumulate::<SIDE, T>(sum, grad, &a, &b, &partial),
    );
}

/// Adds `grad * partial` to the operand `SIDE`, and moves the buffer there if it has the size.
fn give<const SIDE: usize, T: Element>(
    node: &Node<T>,
    plan: &Plan,
    grad: Vec<T>,
    partial: impl Fn(T, T) -> T,
) {
    let target = operand::<SIDE, T>(node);
    if target.shape.len() != grad.len() {
        return lend::<SIDE, T>(node, plan, &grad, partial);
    }
    let (a, b) = (node.a().values(), node.b().values());
    target.receive_from(
        grad,
        |grad| plan.scale(grad, &a, &b, &partial),
        |sum, grad| plan.accumulate::<SIDE, T>(sum, grad, &a, &b, &partial),
    );
}
