//! `log_softmax` and `cross_entropy`, each fused into one node.

use super::Tensor;
use super::broadcast::sum_of;
use super::shape::Shape;
use crate::Element;

impl<T: Element> Tensor<T> {
    /// The logarithm of the softmax over the last axis, `y = x - ln sum e^x`, without overflow.
    ///
    /// `x_bar = y_bar - e^y sum y_bar`, row by row.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// let x = Tensor::leaf(vec![0.0, 0.0, 1000.0, 0.0], &[2, 2]);
    /// let y = x.log_softmax();
    /// assert_eq!(&*y.values(), [-2.0f64.ln(), -2.0f64.ln(), 0.0, -1000.0]);
    /// ```
    ///
    /// # Panics
    /// If there is no axis, or the last one has no elements.
    #[must_use]
    pub fn log_softmax(&self) -> Self {
        let n = self.0.shape.last("log_softmax");
        let mut values = self.values().to_vec();
        for row in values.chunks_exact_mut(n) {
            let shift = log_sum_exp(row);
            row.iter_mut().for_each(|x| *x = *x - shift);
        }
        Self::record(values, self.0.shape, [Some(self.clone()), None], move |node, grad| {
            let y = node.values();
            node.a().receive_from(
                grad,
                |grad| {
                    for (g, y) in grad.chunks_exact_mut(n).zip(y.chunks_exact(n)) {
                        let total = sum_of(n, |i| g[i]);
                        g.iter_mut().zip(y).for_each(|(g, y)| *g = *g - y.exp() * total);
                    }
                },
                |sum, grad| {
                    let rows = sum.chunks_exact_mut(n).zip(grad.chunks_exact(n)).zip(y.chunks_exact(n));
                    for ((sum, g), y) in rows {
                        let total = sum_of(n, |i| g[i]);
                        sum.iter_mut().zip(g).zip(y).for_each(|((sum, g), y)| *sum += *g - y.exp() * total);
                    }
                },
            );
        })
    }

    /// The mean negative log-likelihood of one class index a row, for logits `[.., classes]`.
    ///
    /// `x_bar = (softmax(x) - onehot) y_bar / rows`. The softmax is kept if a gradient is required.
    ///
    /// ```
    /// use closure_graph::Tensor;
    /// let logits = Tensor::leaf(vec![0.0, 0.0], &[1, 2]);
    /// let loss = logits.cross_entropy(&[1]);
    /// loss.backward();
    /// assert_eq!(loss.item(), 2.0f64.ln());
    /// assert_eq!(&*logits.grad().unwrap(), [0.5, -0.5]);
    /// ```
    ///
    /// # Panics
    /// If there is no axis or no row, the number of targets is not that of the rows, or a target is not
    /// less than the number of classes.
    #[must_use]
    pub fn cross_entropy(&self, targets: &[usize]) -> Self {
        let shape = self.0.shape;
        let classes = shape.last("cross_entropy");
        let (rows, given) = (shape.len() / classes, targets.len());
        assert!(rows > 0 && rows == given, "cross_entropy: {given} targets for {rows} rows, shape {shape:?}");
        if let Some((row, target)) = targets.iter().enumerate().find(|&(_, &target)| target >= classes) {
            panic!("cross_entropy: target {target} of row {row}, but there are {classes} classes");
        }

        let mut loss = T::ZERO;
        let mut softmax = self.values().to_vec();
        for (row, &target) in softmax.chunks_exact_mut(classes).zip(targets) {
            let logit = row[target];
            let max = largest(row);
            row.iter_mut().for_each(|x| *x = (*x - max).exp());
            let sum = sum_of(classes, |i| row[i]);
            loss += sum.ln() + max - logit;
            let scale = T::ONE / sum;
            row.iter_mut().for_each(|x| *x = *x * scale);
        }
        let scale = T::ONE / T::from_f64(rows as f64);
        if !self.requires_grad() {
            return Self::constant(vec![loss * scale], &[]);
        }
        let targets: Box<[usize]> = targets.into();
        Self::record(vec![loss * scale], Shape::NUMBER, [Some(self.clone()), None], move |node, grad| {
            let grad = grad[0] * scale;
            node.a().receive_with(
                || {
                    let mut first: Vec<T> = softmax.iter().map(|p| *p * grad).collect();
                    subtract_at(&mut first, &targets, classes, grad);
                    first
                },
                |sum| {
                    sum.iter_mut().zip(&softmax).for_each(|(sum, p)| *sum += *p * grad);
                    subtract_at(sum, &targets, classes, grad);
                },
            );
        })
    }
}

/// Subtracts `grad` at the target of each row.
fn subtract_at<T: Element>(sum: &mut [T], targets: &[usize], classes: usize, grad: T) {
    for (row, &target) in sum.chunks_exact_mut(classes).zip(targets) {
        row[target] = row[target] - grad;
    }
}

fn largest<T: Element>(row: &[T]) -> T {
    row[1..].iter().fold(row[0], |max, &x| if x > max { x } else { max })
}

fn log_sum_exp<T: Element>(row: &[T]) -> T {
    let max = largest(row);
    sum_of(row.len(), |i| (row[i] - max).exp()).ln() + max
}
