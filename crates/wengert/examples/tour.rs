//! A tour of the contract: small programs that anyone who knows PyTorch's autograd can check by eye, each with what it
//! prints.
//!
//! ```text
//! cargo run --example tour
//! ```

use wengert::{Tape, Tensor};

fn main() {
    sum_of_squares();
    cubic();
    seeds();
    mean();
    mean_of_random_numbers();
    ten_epochs();
    modes();
    accumulation();
    vector_root();
}

/// The gradient in row-major order.
fn grad(x: Tensor) -> Vec<f64> {
    x.grad().expect("a sweep has reached it").into_raw_vec_and_offset().0
}

fn sum_of_squares() {
    println!("# the gradient of (x * x + 2).sum()");
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2.0, 3.0]);
    let z = (x * x + 2.0).sum();
    z.backward();
    println!("{x}\n{z}\nx.grad = {:?}\n", grad(x));
    assert_eq!(grad(x), [4.0, 6.0]);
}

fn cubic() {
    println!("# a scalar: 2 x^3 + 1 at 2");
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    let y = 2.0 * x.powi(3) + 1.0;
    y.backward();
    println!("y = {:?}\nx.grad = {:?}\n", y.value(), x.grad());
    assert_eq!((y.value(), x.grad()), (17.0, Some(24.0)));
}

fn seeds() {
    println!("# a vector root is weighted by its seed");
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0]);
    let y = x * x;
    y.backward_with([1.0, 1.0, 1.0]);
    println!("{y}\nseed [1, 1, 1]:    x.grad = {:?}", grad(x));
    assert_eq!(grad(x), [2.0, 4.0, 6.0]);
    x.zero_grad();
    y.backward_with([1.0, 0.1, 0.0]);
    println!("seed [1, 0.1, 0]:  x.grad = {:?}\n", grad(x));
    assert_eq!(grad(x), [2.0, 0.4, 0.0]);
}

fn mean() {
    println!("# mean(3 (x + 2)^2)");
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0]);
    let y = (3.0 * (x + 2.0).square()).mean();
    y.backward();
    println!("{y}\nx.grad = {:?}\n", grad(x));
    assert_eq!(y.to_string(), "tensor(50.0, grad_fn=<mean>)");
    assert_eq!(grad(x), [6.0, 8.0, 10.0]);
}

fn mean_of_random_numbers() {
    println!("# the same on random numbers: the gradient is 2 (x + 2)");
    let tape = Tape::<f64>::new();
    let x = tape.leaf(tape.randn([3], 0));
    (3.0 * (x + 2.0).square()).mean().backward();
    let expected = tape.no_grad(|| 2.0 * (x + 2.0));
    println!("x        = {x}\nx.grad   = {}\n2(x + 2) = {expected}\n", x.grad_tensor().unwrap());
    for (grad, expected) in grad(x).iter().zip(expected.to_vec()) {
        assert!((grad - expected).abs() < 1e-14);
    }
}

fn ten_epochs() {
    println!("# ten epochs of w * x against [2, 4, 6]: w becomes 2");
    let tape = Tape::<f64>::new();
    let x = tape.constant([1.0, 2.0, 3.0]);
    let y = tape.constant([2.0, 4.0, 6.0]);
    let w = tape.leaf(0.0);
    for epoch in 1..=10 {
        // What an epoch records is gone at the end of its scope; its loss comes out.
        let loss = tape.scope(|| {
            let loss = (w * x - y).square().mean();
            loss.backward();
            loss.item()
        });
        w.update_each(|w, grad| w - 0.1 * grad);
        tape.zero_grad();
        println!("epoch {epoch:>2}: w = {:.6}, loss = {loss:.3e}", w.item());
    }
    println!();
    // The mean of x^2 is 14/3: each step keeps 1 - 0.1 * 28/3 = 1/15 of the distance.
    assert!((w.item() - 2.0).abs() < 1e-11);
}

fn modes() {
    println!("# no_grad, detach, requires_grad");
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let c = tape.constant([3.0, 4.0]);
    println!("leaf:     {x}\nconstant: {c}\nproduct:  {}", x * c);
    assert!(x.requires_grad() && !c.requires_grad() && (x * c).requires_grad());

    let y = tape.no_grad(|| x * c);
    println!("no_grad:  {y}");
    assert!(!y.requires_grad() && y.grad_fn().is_none());

    let z = x.detach() * x; // Only the right factor counts.
    println!("detached: {} * {} = {z}", x.detach(), x);
    z.sum().backward();
    println!("x.grad = {:?}\n", grad(x));
    assert_eq!(grad(x), [1.0, 2.0]);
}

fn accumulation() {
    println!("# gradients accumulate until they are zeroed");
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = (x * x).sum();
    assert!(x.grad().is_none());
    for sweep in 1..=3 {
        y.backward();
        println!("after sweep {sweep}:     {:?}", grad(x));
    }
    assert_eq!(grad(x), [6.0, 12.0]);
    x.zero_grad();
    println!("x.zero_grad():     {:?}", grad(x));
    assert_eq!(grad(x), [0.0, 0.0]);
    tape.zero_grad();
    println!("tape.zero_grad():  {:?}\n", x.grad());
    assert!(x.grad().is_none());
}

fn vector_root() {
    println!("# a vector has no gradient without a seed, and says so");
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0]);
    let error = (x * x).try_backward().unwrap_err().to_string();
    println!("{error}");
    assert!(error.starts_with("backward: the root has shape [3], and only a scalar has a default seed"));
    assert!(error.ends_with("give the seed: `y.backward_with(seed)`"));
}
