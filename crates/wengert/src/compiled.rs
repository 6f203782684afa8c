//! The engine, compiled here for both element types. What a crate has compiled, the crates that use it share in debug
//! builds; without this each test and each example would compile the sweeps and every op again. A release build compiles in
//! each program what that program uses, and this module is not in it.

use crate::tape::{Element, Tape};
use crate::tensor::Tensor;

/// Runs what most programs use, once for each element type.
#[doc(hidden)]
pub fn compiled() -> usize {
    crate::ops::table::compiled() + engine::<f32>() + engine::<f64>()
}

fn engine<T: Element>() -> usize {
    let tape = Tape::<T>::new();
    let x = tape.leaf(vec![T::one(), T::one()]);
    let y = ((x * x + x - x / (x + x)) * -x).sum();
    y.backward();
    y.backward_with(tape.ones(()));
    let (seeds, dots) = ([tape.ones(())], [tape.ones(2)]);
    let gradients = [
        tape.grad(&[y], &[x]),
        tape.grad_with(&[y], &seeds, &[x]),
        tape.grad_recorded(&[y], &[x]),
        tape.grad_recorded_with(&[y], &seeds, &[x]),
        tape.jvp(&[y], &[x], &dots),
        tape.hvp(y, &[x], &dots),
    ];
    let s = tape.scalars(&[T::one(), T::one()]);
    let z = (s[0] * s[1] + s[0] - s[1] / s[0]) * tape.scalar(T::one());
    z.backward();
    tape.grad(&[z], &s);
    tape.grad_recorded(&[z], &s);
    x.set_value(tape.zeros(2));
    x.update(|x, grad| x.copy_from_slice(grad));
    x.update_each(|_, grad| grad);
    let read = x.value().len() + x.to_vec().len() + x.grad().map_or(0, |grad| grad.len());
    let printed = [x.to_string(), format!("{x:?}"), tape.dump(), tape.to_dot()];
    let kept: Tensor<T> = tape.scope(|| tape.no_grad(|| x.t()));
    let numbers = tape.inference(|| kept.with(|view| view.len()));
    x.zero_grad();
    tape.zero_grad();
    read + numbers + printed.len() + gradients.len()
}
