//! The product of matrices: all ranks, batches that broadcast, operands that lie in any form, and sizes past the
//! blocks of the kernels.

use wengert::{Element, Tape};
use wengert_tests::forms::{Form, count, numbers};
use wengert_tests::numeric::{Input, check};
use wengert_tests::{assert_all_close, grad};

/// Left and right shapes of every pair of ranks from 1 to 4.
const SHAPES: [(&[usize], &[usize], &[usize]); 22] = [
    (&[3], &[3], &[]),
    (&[3], &[3, 2], &[2]),
    (&[3], &[2, 3, 2], &[2, 2]),
    (&[3], &[2, 2, 3, 2], &[2, 2, 2]),
    (&[2, 3], &[3], &[2]),
    (&[2, 3], &[3, 2], &[2, 2]),
    (&[2, 3], &[2, 3, 1], &[2, 2, 1]),
    (&[2, 3], &[2, 2, 3, 1], &[2, 2, 2, 1]),
    (&[2, 2, 3], &[3], &[2, 2]),
    (&[2, 2, 3], &[3, 2], &[2, 2, 2]),
    (&[2, 2, 3], &[2, 3, 2], &[2, 2, 2]),
    (&[2, 1, 3], &[2, 2, 3, 1], &[2, 2, 1, 1]),
    (&[2, 2, 1, 3], &[3], &[2, 2, 1]),
    (&[2, 2, 1, 3], &[3, 2], &[2, 2, 1, 2]),
    (&[2, 2, 1, 3], &[2, 3, 2], &[2, 2, 1, 2]),
    (&[2, 2, 1, 3], &[2, 2, 3, 2], &[2, 2, 1, 2]),
    // Batch axes that broadcast, either way and both.
    (&[1, 2, 3], &[2, 3, 2], &[2, 2, 2]),
    (&[2, 2, 3], &[1, 3, 2], &[2, 2, 2]),
    (&[2, 1, 1, 3], &[3, 3, 2], &[2, 3, 1, 2]),
    (&[2, 1, 2, 3], &[1, 3, 3, 1], &[2, 3, 2, 1]),
    (&[1, 1, 2, 3], &[3, 2], &[1, 1, 2, 2]),
    (&[1, 3], &[2, 2, 3, 1], &[2, 2, 1, 1]),
];

/// The product by plain loops over row-major operands, with the axes that a vector lacks put in.
fn by_hand(a: (&[usize], &[f64]), b: (&[usize], &[f64])) -> Vec<f64> {
    let a_dims = if a.0.len() == 1 { vec![1, a.0[0]] } else { a.0.to_vec() };
    let b_dims = if b.0.len() == 1 { vec![b.0[0], 1] } else { b.0.to_vec() };
    let rank = a_dims.len().max(b_dims.len());
    let pad = |dims: &[usize]| [vec![1; rank - dims.len()], dims.to_vec()].concat();
    let (a_dims, b_dims) = (pad(&a_dims), pad(&b_dims));
    let batch: Vec<usize> = (0..rank - 2).map(|k| a_dims[k].max(b_dims[k])).collect();
    let (m, k, n) = (a_dims[rank - 2], a_dims[rank - 1], b_dims[rank - 1]);
    let mut y = Vec::new();
    for index in ndarray::indices(&batch[..]) {
        let place = |dims: &[usize]| {
            (0..rank - 2)
                .fold(0, |place, axis| place * dims[axis] + if dims[axis] == 1 { 0 } else { index[axis] })
        };
        let (a_at, b_at) = (place(&a_dims) * m * k, place(&b_dims) * k * n);
        for row in 0..m {
            for column in 0..n {
                y.push((0..k).map(|i| a.1[a_at + row * k + i] * b.1[b_at + i * n + column]).sum());
            }
        }
    }
    y
}

#[test]
fn values_and_gradients_of_every_pair_of_ranks() {
    let tape = Tape::<f64>::new();
    for (lhs, rhs, out) in SHAPES {
        let (a, b) = (numbers(count(lhs), 0.2, 1.0, 1), numbers(count(rhs), -0.1, 1.0, 2));
        let y = tape.leaf((&a, lhs)).matmul(tape.leaf((&b, rhs)));
        assert_eq!(y.shape().as_slice(), out, "{lhs:?} @ {rhs:?}");
        assert_all_close(format!("{lhs:?} @ {rhs:?}"), &y.to_vec(), &by_hand((lhs, &a), (rhs, &b)), 1e-14);
        let near = |dims: &[usize], form, seed| Input::near(dims, form, 0.2, 1.0, seed);
        check(
            &format!("matmul {lhs:?} @ {rhs:?}"),
            &[near(lhs, Form::Contiguous, 3), near(rhs, Form::Contiguous, 4)],
            &|_, x| x[0].matmul(x[1]),
        );
    }
}

#[test]
fn operands_lie_in_any_form() {
    let shapes: [(&[usize], &[usize]); 4] =
        [(&[2, 3], &[3, 2]), (&[3], &[3, 2]), (&[2, 2, 3], &[3]), (&[2, 2, 3], &[2, 3, 2])];
    for (lhs, rhs) in shapes {
        for (i, a) in Form::OF_SHAPE.into_iter().enumerate() {
            for (j, b) in Form::OF_SHAPE.into_iter().enumerate() {
                let inputs =
                    [Input::near(lhs, a, 0.2, 1.0, i as u64), Input::near(rhs, b, 0.2, 1.0, 50 + j as u64)];
                check(&format!("matmul of {a:?} and {b:?}"), &inputs, &|_, x| x[0].matmul(x[1]));
            }
        }
    }
}

#[test]
fn a_matrix_times_its_own_transpose_sends_both_gradients_home() {
    let x = [Input::near(&[2, 3], Form::Contiguous, 0.3, 1.0, 6)];
    check("x x^T", &x, &|_, x| x[0].matmul(x[0].t()));
    check("x^T x", &x, &|_, x| x[0].t().matmul(x[0]));
    check("x . x", &[Input::near(&[4], Form::Stepped, 0.3, 1.0, 6)], &|_, x| x[0].matmul(x[0]));
}

#[test]
fn empty_inner_dimensions_give_zeros_and_empty_outer_ones_nothing() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf((vec![], [2, 0])), tape.leaf((vec![], [0, 3])));
    let y = a.matmul(b);
    assert_eq!((y.shape().as_slice(), y.to_vec()), (&[2, 3][..], vec![0.0; 6]));
    y.sum().backward();
    assert_eq!(a.grad().unwrap().shape(), [2, 0]);
    let (a, b) = (tape.leaf((vec![], [0, 2])), tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    let y = a.matmul(b);
    assert_eq!(y.shape().as_slice(), [0, 3]);
    y.sum().backward();
    assert_eq!(grad(b), Some(vec![0.0; 6]));
    // Batches of none, of which one side has one.
    for (lhs, rhs) in [([0, 2, 3], [1, 3, 2]), ([1, 2, 3], [0, 3, 2]), ([0, 2, 3], [0, 3, 2])] {
        let (a, b) = (tape.leaf(tape.ones(lhs)), tape.leaf(tape.ones(rhs)));
        let y = a.matmul(b);
        assert_eq!(y.shape().as_slice(), [0, 2, 2]);
        y.sum().backward();
        assert_eq!((grad(a), grad(b)), (Some(vec![0.0; a.len()]), Some(vec![0.0; b.len()])));
    }
}

/// Past the sizes where kernels change: y = a b, a_bar = w b^T, b_bar = a^T w, by plain loops.
fn large<T: Element>(m: usize, k: usize, n: usize, form: Form, tolerance: f64) {
    let wide = |x: Vec<T>| -> Vec<f64> { x.into_iter().map(|x| x.to_f64().unwrap()).collect() };
    let narrow = |x: Vec<f64>| -> Vec<T> { x.into_iter().map(|x| T::from(x).unwrap()).collect() };
    let tape = Tape::<T>::new();
    let leaf = |dims: [usize; 2], seed| {
        tape.leaf((narrow(numbers(count(&form.base(&dims)), 0.0, 1.0, seed)), form.base(&dims)))
    };
    let (a_leaf, b_leaf) = (leaf([m, k], 1), leaf([k, n], 2));
    let (a, b) = (form.of(a_leaf, &[m, k]).copy(), form.of(b_leaf, &[k, n]).copy());
    a.retain_grad();
    b.retain_grad();
    // Forward through the strided operands, the gradients through copies and through the strides.
    let w = numbers(m * n, 0.0, 1.0, 3);
    let y = a.matmul(b);
    y.backward_with((narrow(w.clone()), [m, n]));
    let strided = form.of(a_leaf, &[m, k]).matmul(form.of(b_leaf, &[k, n]));
    let (a_values, b_values) = (wide(a.to_vec()), wide(b.to_vec()));
    let t = |x: &[f64], rows: usize, columns: usize| -> Vec<f64> {
        (0..rows * columns).map(|i| x[i % rows * columns + i / rows]).collect()
    };
    let w = wide(narrow(w));
    let what = format!("{} {m}x{k}x{n} {form:?}", T::NAME);
    let want = by_hand((&[m, k], &a_values), (&[k, n], &b_values));
    assert_all_close(format!("{what}: value"), &wide(y.to_vec()), &want, tolerance);
    assert_all_close(format!("{what}: value of strided"), &wide(strided.to_vec()), &want, tolerance);
    let a_bar = by_hand((&[m, n], &w), (&[n, k], &t(&b_values, k, n)));
    let b_bar = by_hand((&[k, m], &t(&a_values, m, k)), (&[m, n], &w));
    assert_all_close(format!("{what}: a"), &wide(grad(a).unwrap()), &a_bar, tolerance);
    assert_all_close(format!("{what}: b"), &wide(grad(b).unwrap()), &b_bar, tolerance);
    let through_copies = [wide(grad(a_leaf).unwrap()), wide(grad(b_leaf).unwrap())];
    tape.zero_grad();
    strided.backward_with((narrow(w), [m, n]));
    assert_all_close(
        format!("{what}: leaf of a"),
        &wide(grad(a_leaf).unwrap()),
        &through_copies[0],
        tolerance,
    );
    assert_all_close(
        format!("{what}: leaf of b"),
        &wide(grad(b_leaf).unwrap()),
        &through_copies[1],
        tolerance,
    );
}

#[test]
fn sizes_past_the_blocks_of_the_kernels() {
    for (m, k, n) in
        [(1, 64, 64), (64, 64, 1), (17, 5, 33), (65, 70, 31), (130, 64, 129), (8, 8, 8), (16, 200, 16)]
    {
        for form in [Form::Contiguous, Form::Transposed, Form::SteppedBack] {
            large::<f64>(m, k, n, form, 1e-12);
            large::<f32>(m, k, n, form, 5e-5);
        }
    }
}
