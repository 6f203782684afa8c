//! Operands of no elements: the result and the derivatives are of none, in both orders, and nothing panics.

use wengert::check::Check;
use wengert::table;
use wengert::{Tape, Tensor};
use wengert_tests::quietly;

/// Every way to ask for derivatives of an output, of inputs of which some have no elements.
fn ask(name: &str, tape: &Tape<f64>, y: Tensor<f64>, x: &[Tensor<f64>]) {
    let shapes: Vec<_> = x.iter().map(|x| x.shape()).collect();
    let has_shapes = |what: &str, grads: &[Tensor<f64>]| {
        let found: Vec<_> = grads.iter().map(|grad| grad.shape()).collect();
        assert_eq!(found, shapes, "{name}: {what}");
    };
    let ones = ndarray::ArrayD::<f64>::ones(&y.shape()[..]);
    let loss = (y * tape.constant(&ones)).sum();
    has_shapes("grad", &tape.grad(&[loss], x));
    has_shapes("grad_with", &tape.grad_with(&[y], &[&ones], x));
    let recorded = tape.grad_recorded_with(&[y], &[&ones], x);
    has_shapes("grad_recorded", &recorded);
    let v: Vec<_> = shapes.iter().map(|shape| ndarray::ArrayD::<f64>::ones(&shape[..])).collect();
    assert_eq!(tape.jvp(&[y], x, &v)[0].shape(), y.shape(), "{name}: jvp");
    has_shapes("hvp", &tape.hvp(loss, x, &v));
    let sum = recorded.iter().map(|grad| grad.sum()).reduce(|a, b| a + b).unwrap();
    if sum.requires_grad() {
        has_shapes("grad of grad_recorded", &tape.grad(&[sum], x));
    }
    y.backward_with(&ones);
    for x in x {
        assert_eq!(x.grad().map(|grad| grad.shape().to_vec()), Some(x.shape().to_vec()), "{name}: backward");
    }
}

#[test]
fn pointwise_ops_of_no_elements() {
    for row in table::pointwise::<f64>() {
        for dims in [vec![0], vec![2, 0], vec![0, 3]] {
            let tape = Tape::<f64>::new();
            let none = || tape.leaf((Vec::new(), dims.clone()));
            let all: Vec<_> = row.sample.iter().map(|_| none()).collect();
            ask(row.name, &tape, (row.tensors)(&all), &all);
            // One element broadcast against none: its derivative is the sum of none.
            for one in 0..row.sample.len() {
                let make = |k: usize| if k == one { tape.leaf(row.sample[k]) } else { none() };
                let mixed: Vec<_> = (0..row.sample.len()).map(make).collect();
                if mixed.len() > 1 {
                    let y = (row.tensors)(&mixed);
                    assert_eq!(y.shape().to_vec(), dims, "{}", row.name);
                    ask(row.name, &tape, y, &mixed);
                    assert_eq!(tape.grad(&[y.sum()], &mixed)[one].to_vec(), [0.0], "{}", row.name);
                }
            }
        }
    }
}

/// Each extent of a row's operands set to 0 where it stands. A row may refuse: its parameters name an axis or an index
/// that must exist, or there is no value of nothing; then it must say so, and leave the tape as it was.
#[test]
fn structural_ops_of_no_elements() {
    let (mut ran, mut refused) = (0, 0);
    for (number, row) in table::structural::<f64>().into_iter().enumerate() {
        let rank = row.operands.iter().map(|dims| dims.len()).max().unwrap_or(0);
        for axis in 0..rank {
            let tape = Tape::<f64>::new();
            let dims = |dims: &&[usize]| {
                let mut dims = dims.to_vec();
                // Counted from the first axis: what operands share most.
                if axis < dims.len() {
                    dims[axis] = 0;
                }
                dims
            };
            let x: Vec<_> = (row.operands.iter().map(dims))
                .map(|dims| {
                    let len = dims.iter().product();
                    tape.leaf((vec![0.5; len], dims))
                })
                .collect();
            let name = format!("{}, row {number}, axis {axis} empty", row.name);
            match quietly(|| (row.call)(&tape, &x)) {
                Ok(y) if y.requires_grad() => {
                    ask(&name, &tape, y, &x);
                    ran += 1;
                }
                Ok(_) => panic!("{name}: a passive result of leaves"),
                Err(text) => {
                    assert!(text.contains("help: "), "{name}: no error of the library: {text}");
                    refused += 1;
                }
            }
            wengert_tests::still_works(&tape);
        }
    }
    assert!(ran > refused, "{ran} ran, {refused} refused");
}

#[test]
fn the_checker_has_nothing_to_compare_in_nothing() {
    let none = (Vec::<f64>::new(), [2, 0]);
    let report = Check::new("none").run(&[none], |_, x| x[0].exp().sum_axes(1)).assert_ok();
    assert_eq!(report.notes().count(), 0);
}
