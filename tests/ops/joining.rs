//! cat, stack, copy and the reshape that copies.

use ndarray::Axis;
use wengert::{Operand, Scalar, Tape};
use wengert_tests::forms::Form;
use wengert_tests::grad;
use wengert_tests::numeric::{Input, check};

const FORMS: [Form; 4] = [Form::Contiguous, Form::Transposed, Form::Stepped, Form::Flipped];

#[test]
fn cat_is_ndarrays_concatenate_along_each_axis() {
    for axis in 0..3usize {
        let dims = |extent: usize| {
            let mut dims = [2, 3, 2];
            dims[axis] = extent;
            dims
        };
        for form in FORMS {
            let inputs = [
                Input::near(&dims(2), form, 0.0, 1.0, 1),
                Input::near(&dims(1), Form::Contiguous, 0.0, 1.0, 2),
                Input::near(&dims(3), form, 0.0, 1.0, 3),
            ];
            let tape = Tape::<f64>::new();
            let parts: Vec<_> = inputs
                .iter()
                .map(|i| i.form.of(tape.leaf((&i.values, i.form.base(&i.dims))), &i.dims))
                .collect();
            let values: Vec<_> = parts.iter().map(|part| part.value()).collect();
            let want = ndarray::concatenate(Axis(axis), &values.iter().map(|v| v.view()).collect::<Vec<_>>())
                .unwrap();
            for name in [axis as isize, axis as isize - 3] {
                assert_eq!(tape.cat(&parts, name).value(), want, "axis {name}, {form:?}");
                check(&format!("cat along {name}"), &inputs, &|tape, x| tape.cat(x, name));
            }
        }
    }
}

#[test]
fn stack_is_ndarrays_stack_along_each_new_axis() {
    let dims = [2, 3];
    for axis in 0..3usize {
        for form in FORMS {
            let inputs =
                [Input::near(&dims, form, 0.0, 1.0, 1), Input::near(&dims, Form::Contiguous, 0.0, 1.0, 2)];
            let tape = Tape::<f64>::new();
            let parts: Vec<_> = inputs
                .iter()
                .map(|i| i.form.of(tape.leaf((&i.values, i.form.base(&i.dims))), &i.dims))
                .collect();
            let values: Vec<_> = parts.iter().map(|part| part.value()).collect();
            let want =
                ndarray::stack(Axis(axis), &values.iter().map(|v| v.view()).collect::<Vec<_>>()).unwrap();
            for name in [axis as isize, axis as isize - 3] {
                assert_eq!(tape.stack(&parts, name).value(), want, "axis {name}, {form:?}");
                check(&format!("stack along {name}"), &inputs, &|tape, x| tape.stack(x, name));
            }
        }
    }
}

#[test]
fn parts_of_no_elements_join() {
    let tape = Tape::<f64>::new();
    let (x, none) = (tape.leaf([[1.0, 2.0]]), tape.leaf((vec![], [1, 0])));
    let y = tape.cat(&[none, x, none], 1);
    assert_eq!(y.to_vec(), [1.0, 2.0]);
    y.sum().backward();
    assert_eq!((grad(x), grad(none)), (Some(vec![1.0, 1.0]), Some(vec![])));
    assert_eq!(tape.stack(&[none, none], 0).shape().as_slice(), [2, 1, 0]);
}

#[test]
fn the_same_part_twice_gets_both_gradients() {
    let x = [Input::near(&[2, 2], Form::Contiguous, 0.0, 1.0, 1)];
    check("cat of x, x", &x, &|tape, x| tape.cat(&[x[0], x[0]], 0));
    check("cat of x, x^T", &x, &|tape, x| tape.cat(&[x[0], x[0].t()], 1));
    check("stack of rows", &x, &|tape, x| tape.stack(&[x[0].index_axis(0, 1), x[0].index_axis(0, 0)], 1));
}

#[test]
fn scalars_numbers_and_elements_stack_into_a_vector() {
    let tape = Tape::<f64>::new();
    let (s, m) = (tape.scalar(2.0), tape.leaf([[1.0, 3.0], [5.0, 7.0]]));
    let parts: [Operand<f64>; 6] = [
        s.into(),
        10.0.into(),
        Scalar::from(20.0).into(),
        m.at([1, 0]).into(),
        (s * s).into(),
        m.sum().into(),
    ];
    let before = tape.stats().instructions;
    let v = tape.stack(&parts, 0);
    assert_eq!(tape.stats().instructions, before + 1);
    assert_eq!(v.to_vec(), [2.0, 10.0, 20.0, 5.0, 4.0, 16.0]);
    v.backward_with([1.0, 1.0, 1.0, 10.0, 100.0, 1000.0]);
    assert_eq!(s.grad(), Some(401.0));
    assert_eq!(grad(m), Some(vec![1000.0, 1000.0, 1010.0, 1000.0]));
}

#[test]
fn a_stack_of_scalars_alone_gives_each_its_gradient() {
    let tape = Tape::<f64>::new();
    let scalars = tape.scalars(&[1.0, 2.0, 3.0]);
    let v = tape.stack(&scalars, -1);
    (v * v).sum().backward();
    assert_eq!(scalars.iter().map(|s| s.grad().unwrap()).collect::<Vec<_>>(), [2.0, 4.0, 6.0]);
    // Of passive parts the stack is passive.
    let passive = tape.stack(&[Scalar::<f64>::from(1.0), Scalar::from(2.0)], 0);
    assert_eq!((passive.to_vec(), passive.requires_grad()), (vec![1.0, 2.0], false));
}

#[test]
fn copy_is_the_identity_in_slots_of_its_own() {
    for form in Form::OF_SHAPE {
        check("copy", &[Input::near(&[2, 3], form, 0.0, 1.0, 1)], &|_, x| x[0].copy());
        check("reshape", &[Input::near(&[2, 3], form, 0.0, 1.0, 1)], &|_, x| x[0].reshape([6]));
        check("reshape", &[Input::near(&[2, 3], form, 0.0, 1.0, 1)], &|_, x| x[0].reshape([3, -1]));
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0]]);
    let y = x.copy();
    assert_eq!((y.grad_fn(), y.is_leaf(), y.to_vec()), (Some("copy"), false, vec![1.0, 2.0]));
    x.set_value([[5.0, 6.0]]);
    assert_eq!(y.to_vec(), [1.0, 2.0]);
}
