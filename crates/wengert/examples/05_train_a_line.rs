//! Lesson 5: training. A line through noisy points, by the optimiser and by hand.
//!
//! ```text
//! cargo run --example 05_train_a_line
//! ```

use wengert::{Tape, Tensor};
use wengert_optim::{Optimizer, Sgd};

/// Handles are `Copy` and have no lifetime, so that a model is a plain struct.
#[derive(Clone, Copy)]
struct Line {
    slope: Tensor,
    offset: Tensor,
}

impl Line {
    fn at(self, x: Tensor) -> Tensor {
        self.slope * x + self.offset
    }
}

fn main() {
    let tape = Tape::<f64>::new();
    let x = tape.linspace(-1.0, 1.0, 100);
    let y = 3.0 * x - 0.5 + 0.1 * tape.randn([100], 7);
    let [line, by_hand] = [0, 1].map(|_| Line { slope: tape.leaf(0.0), offset: tape.leaf(0.0) });

    let mut optimizer = Sgd::new([line.slope, line.offset], 0.2);
    for step in 0..100 {
        let loss = tape.scope(|| {
            let loss = (line.at(x) - y).square().mean();
            loss.backward();
            loss.item()
        });
        optimizer.step();
        optimizer.zero_grad();
        if step % 20 == 0 {
            println!(
                "step {step:>2}: loss {loss:.4}, y = {:.3} x {:+.3}",
                line.slope.item(),
                line.offset.item()
            );
        }
    }
    assert!((line.slope.item() - 3.0).abs() < 0.05 && (line.offset.item() + 0.5).abs() < 0.05);

    // The same: `update` lends a leaf's value and its gradient.
    for _ in 0..100 {
        tape.scope(|| (by_hand.at(x) - y).square().mean().backward());
        for parameter in [by_hand.slope, by_hand.offset] {
            parameter.update_each(|w, grad| w - 0.2 * grad);
            parameter.zero_grad();
        }
    }
    assert_eq!(by_hand.slope.item(), line.slope.item());
}
