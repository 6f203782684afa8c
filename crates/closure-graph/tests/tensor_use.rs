//! Tensors: what users lean on besides the ops.

use closure_graph::Tensor;

#[test]
fn gradients_accumulate_until_removed() {
    let x = Tensor::leaf(vec![1.0f32, 2.0], &[2]);
    let y = x.square().sum();
    y.backward();
    y.backward();
    assert_eq!(&*x.grad().unwrap(), [4.0, 8.0]);
    x.zero_grad();
    y.backward();
    assert_eq!(&*x.grad().unwrap(), [2.0, 4.0]);
    assert!(y.grad().is_none());
}

#[test]
fn constants_record_nothing() {
    let c = Tensor::constant(vec![1.0, 2.0], &[2]);
    let y = (&c * 2.0).cross_entropy(&[0]);
    assert!(!y.requires_grad());
    y.backward();
    assert!(c.grad().is_none());
}

#[test]
fn single_precision_products() {
    let a = Tensor::leaf((0..40).map(|i| i as f32).collect(), &[8, 5]);
    let b = Tensor::leaf(vec![1.0f32; 15], &[5, 3]);
    a.matmul(&b).sum().backward();
    assert_eq!(&*a.grad().unwrap(), [3.0; 40]);
    assert_eq!(b.grad().unwrap()[0], (0..8).map(|i| i as f32 * 5.0).sum::<f32>());
}

#[test]
fn softmax_does_not_overflow() {
    let x = Tensor::leaf(vec![1000.0, -1000.0, 1000.0], &[1, 3]);
    let loss = x.cross_entropy(&[1]);
    loss.backward();
    assert_eq!(loss.item(), 2000.0 + 2.0f64.ln());
    assert_eq!(&*x.grad().unwrap(), [0.5, -1.0, 0.5]);
}

#[test]
#[should_panic = "broadcast: shapes [2, 3] and [2] do not broadcast"]
fn shapes_that_do_not_broadcast() {
    let _ = Tensor::leaf(vec![0.0; 6], &[2, 3]) + Tensor::leaf(vec![0.0; 2], &[2]);
}

#[test]
#[should_panic = "matmul: shapes [2, 3] and [2, 3]: the inner extents are 3 and 2"]
fn matrices_that_do_not_fit() {
    let x = Tensor::leaf(vec![0.0; 6], &[2, 3]);
    let _ = x.matmul(&x);
}

#[test]
#[should_panic = "backward: the output has 2 elements, shape [2]"]
fn backward_from_many_elements() {
    Tensor::leaf(vec![0.0; 2], &[2]).exp().backward();
}

#[test]
#[should_panic = "cross_entropy: target 3 of row 1, but there are 3 classes"]
fn class_out_of_range() {
    let _ = Tensor::leaf(vec![0.0; 6], &[2, 3]).cross_entropy(&[0, 3]);
}

#[test]
#[should_panic = "leaf: 5 values for shape [2, 3], which has 6"]
fn values_that_do_not_fill_the_shape() {
    let _ = Tensor::leaf(vec![0.0; 5], &[2, 3]);
}
