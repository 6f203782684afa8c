//! The rows of structural ops, with their operands in the forms that keep a shape.

use ndarray::ArrayD;
use wengert::check::Check;
use wengert::table;
use wengert::{Tape, Tensor};
use wengert_tests::forms::{Form, array, count, numbers};

/// Values of a leaf: spread about 1, and of which no two are close.
fn leaf(dims: &[usize], form: Form, seed: u64) -> ArrayD<f64> {
    let base = form.base(dims);
    let len = count(&base);
    let step = 2.0 / len.max(1) as f64;
    let jitter = numbers(len, 0.0, 0.2 * step, seed);
    // A walk over all of them in an order that is none: 7 and 11 have no factor in common with most lengths.
    let stride = [7, 11, 13, 1].into_iter().find(|&stride| !len.is_multiple_of(stride)).unwrap_or(1);
    let values = (0..len).map(|i| ((i * stride + seed as usize) % len) as f64 * step - 1.0 + jitter[i]);
    array(&base, values.collect())
}

#[test]
fn both_orders_are_right_in_every_form() {
    for (number, row) in table::structural::<f64>().into_iter().enumerate() {
        for form in Form::OF_SHAPE {
            let leaves: Vec<_> =
                row.operands.iter().enumerate().map(|(k, dims)| leaf(dims, form, 3 + k as u64)).collect();
            // Elements that are the same number tie.
            if form == Form::Expanded && row.operands.iter().any(|dims| dims.first().is_some_and(|&d| d > 1))
            {
                let _ = check(row.name, number, form, row.operands, &leaves, row.call);
                continue;
            }
            let report = check(row.name, number, form, row.operands, &leaves, row.call);
            assert_eq!(report.notes().count(), 0, "{report}");
        }
    }
}

fn check(
    name: &str,
    number: usize,
    form: Form,
    operands: &[&[usize]],
    leaves: &[ArrayD<f64>],
    call: fn(&Tape<f64>, &[Tensor<f64>]) -> Tensor<f64>,
) -> wengert::check::Report {
    Check::new(format!("{name}, row {number}, {form:?}"))
        .elements(6)
        .run(leaves, |tape, x| {
            let views: Vec<_> = x.iter().zip(operands).map(|(&x, dims)| form.of(x, dims)).collect();
            call(tape, &views)
        })
        .assert_ok()
}

#[test]
fn the_first_order_is_right_in_f32() {
    for (number, row) in table::structural::<f32>().into_iter().enumerate() {
        let leaves: Vec<ArrayD<f32>> = (row.operands.iter().enumerate())
            .map(|(k, dims)| leaf(dims, Form::Contiguous, 3 + k as u64).mapv(|x| x as f32))
            .collect();
        Check::new(format!("{}, row {number}, in f32", row.name))
            .order(1)
            .elements(3)
            .run(&leaves, |tape, x| (row.call)(tape, x))
            .assert_ok();
    }
}

#[test]
fn passive_operands_give_the_same_values() {
    let tape = Tape::<f64>::new();
    for row in table::structural::<f64>() {
        for form in Form::OF_SHAPE {
            let run = |make: &dyn Fn(ArrayD<f64>) -> Tensor<f64>| {
                let views = row.operands.iter().map(|dims| form.of(make(leaf(dims, form, 5)), dims));
                let y = (row.call)(&tape, &views.collect::<Vec<_>>());
                (y.to_vec(), y.shape().to_vec())
            };
            let active = tape.scope(|| run(&|leaf| tape.leaf(leaf)));
            let passive = tape.inference(|| run(&|leaf| tape.constant(leaf)));
            wengert_tests::assert_same(format!("{}, {form:?}", row.name), &active.0, &passive.0);
            assert_eq!(active.1, passive.1, "{}, {form:?}", row.name);
        }
    }
}

/// Two operands that are the same tensor.
#[test]
fn both_orders_are_right_where_operands_are_the_same_tensor() {
    for (number, row) in table::structural::<f64>().into_iter().enumerate() {
        let same = row.operands.len() > 1 && row.operands.iter().all(|dims| *dims == row.operands[0]);
        if same {
            let at = leaf(row.operands[0], Form::Contiguous, 3);
            Check::new(format!("{}, row {number}, of x and x", row.name))
                .elements(3)
                .run(&[at], |tape, x| (row.call)(tape, &vec![x[0]; row.operands.len()]))
                .assert_ok();
        }
    }
}

/// Asked for the result, or for one operand, a sweep leaves nothing below: the next one finds every adjoint at 0.
#[test]
fn a_sweep_ends_at_what_is_asked() {
    for (number, row) in table::structural::<f64>().into_iter().enumerate() {
        let tape = Tape::<f64>::new();
        let leaves: Vec<_> = (row.operands.iter().enumerate())
            .map(|(k, dims)| tape.leaf(leaf(dims, Form::Contiguous, 3 + k as u64)))
            .collect();
        let computed: Vec<_> = leaves.iter().map(|&w| w * 1.0).collect();
        let y = (row.call)(&tape, &computed);
        let root = y.square().sum();
        if !root.requires_grad() {
            continue;
        }
        let gradients = || {
            tape.zero_grad();
            root.backward();
            leaves.iter().flat_map(|w| w.grad().into_iter().flatten()).collect::<Vec<_>>()
        };
        let before = gradients();
        let mut asked = vec![vec![y]];
        asked.extend(computed.iter().map(|&x| vec![x]));
        asked.extend(computed.iter().map(|&x| vec![x, y]));
        for (case, inputs) in asked.iter().enumerate() {
            match tape.try_grad(&[root], inputs) {
                // Some calls answer a view of what the op gave.
                Err(wengert::Error::ViewTarget { .. }) => continue,
                answer => drop(answer.expect("the inputs are computed")),
            }
            wengert_tests::assert_same(
                format!("{}, row {number}, case {case}", row.name),
                &gradients(),
                &before,
            );
        }
    }
}
