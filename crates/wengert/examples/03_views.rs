//! Lesson 3: views. A view is another way to look at slots that exist: it costs no instruction, and gradients find their
//! way back through it.
//!
//! ```text
//! cargo run --example 03_views
//! ```

use wengert::{Error, Tape};

fn main() {
    let tape = Tape::<f64>::new();
    let m = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);

    let views = [m.t(), m.reshape([3, 2]), m.slice(1, ..2), m.slice(1, (.., -1)), m.unsqueeze(0)];
    for view in views {
        println!("{view}");
    }
    assert_eq!(tape.stats().instructions, 0);

    // The sum of the first column, and ten times the last element.
    let z = m.index_axis(1, 0).sum() + m.at([1, 2]) * 10.0;
    z.backward();
    println!("m.grad =\n{}", m.grad().unwrap());
    assert_eq!(m.grad().unwrap().into_raw_vec_and_offset().0, [1.0, 0.0, 0.0, 1.0, 0.0, 10.0]);

    // Expanding repeats without a copy; the gradient of a repeated element is the sum over its places.
    let row = tape.leaf([1.0, 2.0]);
    let tall = row.expand([1000, 2]);
    tall.sum().backward();
    assert_eq!(row.grad().unwrap().as_slice().unwrap(), [1000.0, 1000.0]);

    // A view shares the slots of its base, so it has no adjoint of its own: ask for one, and it says what to do.
    let error = m.t().try_retain_grad().unwrap_err();
    println!("{error}");
    assert!(matches!(error, Error::ViewTarget { .. }));
    let own = m.t().copy();
    own.retain_grad();
    own.sum().backward();
    assert_eq!(own.grad().unwrap().shape(), [3, 2]);
}
