//! Statements whose partials are known, and functions differentiated at once.

use std::cell::Cell;

use wengert::{Error, Scalar, Tape};

use crate::{Program, close};

#[test]
fn sums_and_inner_products_are_one_instruction() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.scalars(&[1.0, 2.0, 3.0]), tape.scalars(&[-1.0, 0.5, 4.0]));
    let (dot, sum) = (Scalar::dot(&a, &b), Scalar::sum_of(&a));
    assert_eq!((dot.value(), sum.value(), tape.stats().instructions), (12.0, 6.0, 2));
    let grads: Vec<f64> = tape.grad(&[dot * sum], &a).iter().map(|grad| grad.item()).collect();
    assert_eq!(grads, [-6.0 + 12.0, 3.0 + 12.0, 24.0 + 12.0]);
    // With itself, with constants, of nothing.
    let square = Scalar::dot(&a, &a);
    assert_eq!(tape.grad(&[square], &[a[2]])[0].item(), 6.0);
    let constant = Scalar::dot(&a[..2], &[Scalar::from(2.0), a[0]]);
    assert_eq!((constant.value(), tape.grad(&[constant], &[a[0]])[0].item()), (4.0, 4.0));
    assert!(!Scalar::<f64>::dot(&[], &[]).requires_grad() && Scalar::<f64>::sum_of(&[]).value() == 0.0);
    let error = Scalar::try_dot(&a, &b[1..]).unwrap_err();
    assert!(error.to_string().starts_with("dot: 3 numbers and 2 numbers do not pair"), "{error}");
    assert!(matches!(Scalar::try_with_partials(1.0, &a, &[1.0]), Err(Error::Lengths { .. })));
}

/// An instruction has room for 65,535 operands: more are several.
#[test]
fn long_sums_are_several_instructions() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&vec![0.5; 150_000]);
    let weights: Vec<f64> = (0..x.len()).map(|k| k as f64).collect();
    let y = Scalar::with_partials(7.0, &x, &weights);
    (y * y).backward();
    assert_eq!((y.value(), tape.stats().instructions), (7.0, 4));
    for k in [0, 1, 65_533, 65_534, 65_535, 131_067, 131_068, 149_999] {
        assert_eq!(x[k].grad(), Some(14.0 * k as f64), "operand {k}");
    }
}

#[test]
fn a_function_is_differentiated_in_one_call() {
    let tape = Tape::<f64>::new();
    let program = Program::new(3, 5, 1, 30);
    let point = program.point();
    let (value, gradient) = tape.gradient(&point, |x| program.run(x)[0]);
    let x = tape.scalars(&point);
    let y = program.run(&x)[0];
    assert_eq!(value, y.value());
    for (k, grad) in tape.grad(&[y], &x).iter().enumerate() {
        close(&format!("input {k}"), gradient[k], grad.item());
    }
    // Nothing stays on the tape, a constant has zeros, an argument may be the value, and calls nest.
    let before = tape.stats().slots;
    assert_eq!(tape.gradient(&point, |_| Scalar::from(1.0)), (1.0, vec![0.0; 5]));
    assert_eq!(tape.gradient(&[2.0, 3.0], |x| x[1]), (3.0, vec![0.0, 1.0]));
    let nested = tape.gradient(&[2.0], |x| {
        let (_, inner) = tape.gradient(&[x[0].value()], |y| y[0] * y[0]);
        x[0] * inner[0]
    });
    assert_eq!(nested, (8.0, vec![4.0]));
    let tensors = tape.gradient(&[1.0, 2.0], |x| tape.stack(x, 0).square().sum().at(()));
    assert_eq!(tensors, (5.0, vec![2.0, 4.0]));
    assert_eq!(tape.no_grad(|| tape.gradient(&[3.0], |x| x[0] * x[0])), (9.0, vec![6.0]));
    assert_eq!(tape.stats().slots, before);
    let mut short = [0.0];
    let refused = tape.try_gradient_into(&[1.0, 2.0], |x| x[0], &mut short).unwrap_err().to_string();
    assert!(
        refused.starts_with("gradient_into: 2 inputs and 1 elements of the slice do not pair"),
        "{refused}"
    );
    let other = Tape::<f64>::new();
    let ran = Cell::new(false);
    let error = tape.try_gradient(&[1.0], |_| {
        ran.set(true);
        other.scalar(1.0)
    });
    assert!(matches!(error, Err(Error::OtherTape { .. })) && ran.get());
    assert_eq!(tape.gradient(&[3.0], |x| x[0] * x[0]), (9.0, vec![6.0]));
}

/// Sweeps have a code for each small number of operands, and a loop for more; twice the same operand is two of them.
#[test]
fn every_number_of_operands_is_swept() {
    let partials: Vec<f64> = (1..=20).map(|k| f64::from(k) * 0.5).collect();
    for count in 1..=20 {
        let tape = Tape::<f64>::new();
        let x = tape.scalars(&partials);
        let y = Scalar::with_partials(7.0, &x[..count], &partials[..count]);
        let z = y * y + x[0];
        let slope = |k: usize| {
            let by_y = if k < count { 14.0 * partials[k] } else { 0.0 };
            by_y + f64::from(u8::from(k == 0))
        };
        z.backward();
        let lanes = tape.jacobian(&[z, y], &x);
        for (k, x) in x.iter().enumerate() {
            assert_eq!(x.grad().unwrap_or(0.0), slope(k), "{count} operands, by {k}");
            assert_eq!(lanes[[0, k]], slope(k), "{count} operands in lanes, by {k}");
        }
        let twice = Scalar::with_partials(1.0, &vec![x[0]; count], &partials[..count]);
        let sum: f64 = partials[..count].iter().sum();
        assert_eq!(tape.grad(&[twice], &[x[0]])[0].item(), sum, "{count} times the same operand");
    }
}
