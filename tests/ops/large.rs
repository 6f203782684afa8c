//! Pointwise ops past the blocks of the kernels, against the same op on scalars, element by element.

use wengert::{Tape, table};
use wengert_tests::forms::{Form, array, count, numbers};
use wengert_tests::{assert_all_close, grad};

const DIMS: [usize; 2] = [9, 71];

/// Value and partials of the op at each element, by the scalar lane.
fn by_scalars(row: &table::OpRow<f64>, operands: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let tape = Tape::<f64>::new();
    let (mut values, mut partials) = (Vec::new(), vec![Vec::new(); operands.len()]);
    for i in 0..operands[0].len() {
        tape.scope(|| {
            let x: Vec<_> = operands.iter().map(|operand| tape.scalar(operand[i])).collect();
            let y = (row.scalars)(&x);
            y.backward();
            values.push(y.value());
            partials.iter_mut().zip(&x).for_each(|(partials, x)| partials.push(x.grad().unwrap()));
        });
    }
    (values, partials)
}

#[test]
fn every_op_on_thousands_of_elements_is_the_op_on_each() {
    for row in table::pointwise::<f64>() {
        let arity = row.sample.len();
        let combinations: Vec<Vec<Form>> = match arity {
            1 => Form::OF_SHAPE.iter().map(|&form| vec![form]).collect(),
            _ => Form::ALL
                .iter()
                .map(|&form| vec![form, Form::Contiguous])
                .chain(Form::ALL.iter().map(|&form| vec![Form::Transposed, form]))
                .collect(),
        };
        for forms in combinations {
            let tape = Tape::<f64>::new();
            let leaves: Vec<_> = (0..arity)
                .map(|k| {
                    let base = forms[k].base(&DIMS);
                    tape.leaf((numbers(count(&base), row.sample[k], 0.15, 5 + k as u64), base))
                })
                .collect();
            let views: Vec<_> = (0..arity).map(|k| forms[k].of(leaves[k], &DIMS)).collect();
            let y = (row.tensors)(&views);
            let weights = numbers(count(&DIMS), 0.0, 1.0, 9);
            y.backward_with((&weights, DIMS));

            let seen: Vec<Vec<f64>> = views.iter().map(|view| view.expand(DIMS).to_vec()).collect();
            let (values, partials) = by_scalars(&row, &seen);
            let what = format!("{} on {forms:?}", row.name);
            assert_all_close(format!("{what}: value"), &y.to_vec(), &values, 1e-15);
            for k in 0..arity {
                // What comes back lands at the elements looked at: the same view of the leaf's places.
                let base = forms[k].base(&DIMS);
                let places = tape.no_grad(|| {
                    let places: Vec<f64> = (0..count(&base)).map(|i| i as f64).collect();
                    forms[k].of(tape.constant((places, base.clone())), &DIMS).expand(DIMS).to_vec()
                });
                let mut want = vec![0.0; count(&base)];
                for (i, place) in places.iter().enumerate() {
                    want[*place as usize] += weights[i] * partials[k][i];
                }
                let got = array(&base, grad(leaves[k]).unwrap()).into_raw_vec_and_offset().0;
                assert_all_close(format!("{what}: gradient of operand {k}"), &got, &want, 1e-12);
            }
        }
    }
}
