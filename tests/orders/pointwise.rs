//! The rows of pointwise ops on tensors. An op that is added to the table is checked here.

use ndarray::ArrayD;
use wengert::check::{Check, Report};
use wengert::table::{self, OpRow};
use wengert::{Tape, Tensor};
use wengert_tests::forms::{Form, array, count, numbers};

const DIMS: [usize; 2] = [2, 3];

/// How far around the sample an op is evaluated: the samples keep that distance from what is no domain.
pub const SPREAD: f64 = 0.15;

/// The leaf of an operand: numbers near the sample.
fn leaf(row: &OpRow<f64>, k: usize, form: Form, seed: u64) -> ArrayD<f64> {
    let base = form.base(&DIMS);
    array(&base, numbers(count(&base), row.sample[k], SPREAD, 10 * seed + k as u64))
}

/// Checks a row with its operands in forms.
fn check(row: &OpRow<f64>, forms: &[Form], elements: usize) -> Report {
    let leaves: Vec<_> = forms.iter().enumerate().map(|(k, &form)| leaf(row, k, form, 1)).collect();
    Check::new(format!("{} of {forms:?}", row.name)).elements(elements).run(&leaves, |_, x| {
        let views: Vec<_> = forms.iter().zip(x).map(|(form, &x)| form.of(x, &DIMS)).collect();
        (row.tensors)(&views)
    })
}

#[test]
fn both_orders_are_right_in_every_form_of_one_operand() {
    for row in table::pointwise::<f64>() {
        for form in Form::ALL {
            let report = check(&row, &vec![form; row.sample.len()], 4).assert_ok();
            assert_eq!(report.notes().count(), 0, "{report}");
        }
    }
}

#[test]
fn both_orders_are_right_where_operands_lie_and_broadcast_in_two_ways() {
    for row in table::pointwise::<f64>().into_iter().filter(|row| row.sample.len() > 1) {
        for one in Form::ALL {
            for other in Form::ALL {
                // What there is of a third operand repeats the first.
                let forms: Vec<Form> = (0..row.sample.len()).map(|k| [one, other][k % 2]).collect();
                check(&row, &forms, 2).assert_ok();
            }
        }
    }
}

#[test]
fn both_orders_are_right_where_operands_look_at_the_same_elements() {
    let pairs: [fn(Tensor<f64>) -> [Tensor<f64>; 2]; 5] = [
        |x| [x, x],
        |x| [x, x.t()],
        |x| [x.slice(1, 0..2), x.slice(1, 1..3)],
        |x| [x, x.index_axis(0, 1)],
        |x| [x.flip([0, 1]), x.expand([2, 3, 3])],
    ];
    // Around a point where every op is smooth whichever operand it is.
    let at = array(&[3, 3], numbers(9, 1.3, SPREAD, 5));
    for row in table::pointwise::<f64>().into_iter().filter(|row| row.sample.len() == 2) {
        for (k, pair) in pairs.into_iter().enumerate() {
            let both = |_: &Tape<f64>, x: &[Tensor<f64>]| (row.tensors)(&pair(x[0]));
            let name = format!("{} of x and x, pair {k}", row.name);
            Check::new(name).elements(3).run(&[&at], both).assert_ok();
        }
    }
}

#[test]
fn the_first_order_is_right_in_f32() {
    for row in table::pointwise::<f32>() {
        let row64 = table::pointwise::<f64>().into_iter().find(|other| other.name == row.name).unwrap();
        for form in [Form::Contiguous, Form::Stepped, Form::Row] {
            let leaves: Vec<ArrayD<f32>> =
                (0..row.sample.len()).map(|k| leaf(&row64, k, form, 2).mapv(|x| x as f32)).collect();
            Check::new(format!("{} in f32, {form:?}", row.name))
                .order(1)
                .elements(2)
                .run(&leaves, |_, x| (row.tensors)(&x.iter().map(|&x| form.of(x, &DIMS)).collect::<Vec<_>>()))
                .assert_ok();
        }
    }
}

#[test]
fn passive_operands_give_the_same_values() {
    for row in table::pointwise::<f64>() {
        for form in Form::ALL {
            let leaves: Vec<_> = (0..row.sample.len()).map(|k| leaf(&row, k, form, 3)).collect();
            let tape = Tape::<f64>::new();
            let run = |make: &dyn Fn(&ArrayD<f64>) -> Tensor<f64>| {
                let views: Vec<_> = leaves.iter().map(|leaf| form.of(make(leaf), &DIMS)).collect();
                (row.tensors)(&views).to_vec()
            };
            let active = run(&|leaf| tape.leaf(leaf));
            let passive = tape.inference(|| run(&|leaf| tape.constant(leaf)));
            assert_eq!(active, passive, "{}, {form:?}", row.name);
        }
    }
}

/// The `order`-th derivative of the sum by the first operand, recorded from the last.
fn nth(row: &OpRow<f64>, tape: &Tape<f64>, leaves: &[Tensor<f64>], order: usize) -> Tensor<f64> {
    let mut y = (row.tensors)(leaves).sum();
    for _ in 0..order {
        match y.requires_grad() {
            true => y = tape.grad_recorded(&[y], &[leaves[0]])[0].sum(),
            // Constants have derivative 0.
            false => return tape.constant(0.0),
        }
    }
    y
}

#[test]
fn the_third_order_is_the_slope_of_the_second() {
    for row in table::pointwise::<f64>() {
        let at: Vec<_> = (0..row.sample.len()).map(|k| leaf(&row, k, Form::Contiguous, 4)).collect();
        Check::new(format!("the second derivative of {}", row.name))
            .all_active()
            .order(1)
            .elements(2)
            .run(&at, |tape, x| nth(&row, tape, x, 2))
            .assert_ok();
    }
}
