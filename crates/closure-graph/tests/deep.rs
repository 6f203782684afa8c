//! A million nodes in a row: record, sweep and release, on the small stack of a test thread.

use closure_graph::{Scalar, Tensor};

const DEPTH: usize = 1_000_000;

#[test]
fn a_chain_of_scalars() {
    let x = Scalar::leaf(1.0f64);
    let mut y = x.clone();
    for _ in 0..DEPTH {
        y += 1e-6;
    }
    y.backward();
    assert_eq!(x.grad(), 1.0);
    assert!((y.value() - 2.0).abs() < 1e-6);
}

#[test]
fn a_chain_where_each_node_is_used_twice() {
    let x = Scalar::leaf(1.0);
    let mut y = x.clone();
    for _ in 0..DEPTH / 2 {
        y = &y * 0.5 + &y * 0.5;
    }
    y.backward();
    assert_eq!(x.grad(), 1.0);
}

#[test]
fn a_chain_on_the_second_operand() {
    let x = Scalar::leaf(1.0);
    let mut y = x.clone();
    for _ in 0..DEPTH {
        y = &x - y;
    }
    y.backward();
    assert_eq!((y.value(), x.grad()), (1.0, 1.0));
}

#[test]
fn a_chain_of_tensors() {
    let x = Tensor::leaf(vec![1.0f32], &[1]);
    let mut y = x.clone();
    for _ in 0..DEPTH {
        y = -y;
    }
    y.backward();
    assert_eq!(x.grad().unwrap()[0], 1.0);
}
