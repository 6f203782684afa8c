//! Factors: they multiply to the operand, and have the form that they promise.

use wengert::{Error, Tape, Tensor};
use wengert_tests::forms::{count, numbers};
use wengert_tests::{assert_all_close, grad};

use super::refused;

const SHAPES: [&[usize]; 8] =
    [&[3, 3], &[4, 2], &[2, 4], &[2, 3, 2], &[3, 1, 2, 3], &[1, 1], &[40, 30], &[30, 40]];

fn leaf(tape: &Tape<f64>, dims: &[usize], seed: u64) -> Tensor<f64> {
    tape.leaf((numbers(count(dims), 0.1, 1.0, seed), dims))
}

#[track_caller]
fn same(what: &str, a: Tensor<f64>, b: Tensor<f64>) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    assert_all_close(what, &a.to_vec(), &b.to_vec(), 1e-12);
}

/// Every element at `(i, j)` of every matrix holds.
#[track_caller]
fn each(x: Tensor<f64>, holds: impl Fn(usize, usize, f64) -> bool) {
    let dims = x.shape();
    let (rows, columns) = (dims[dims.len() - 2], dims[dims.len() - 1]);
    for (place, value) in x.to_vec().into_iter().enumerate() {
        assert!(holds(place / columns % rows, place % columns, value), "{place}: {value}");
    }
}

#[test]
fn factors_multiply_to_the_operand() {
    let tape = Tape::<f64>::new();
    for dims in SHAPES {
        let a = leaf(&tape, dims, 1);
        let k = dims[dims.len() - 1].min(dims[dims.len() - 2]);
        let (p, l, u) = a.lu();
        same("p l u", p.matmul(l).matmul(u), a);
        each(l, |i, j, x| if i == j { x == 1.0 } else { (j < i || x == 0.0) && x.abs() <= 1.0 });
        each(u, |i, j, x| i <= j || x == 0.0);
        each(p, |_, _, x| x == 0.0 || x == 1.0);
        assert!(!p.requires_grad() && l.requires_grad() && u.requires_grad());
        let (q, r) = a.qr();
        same("q r", q.matmul(r), a);
        let gram = q.transpose(-1, -2).matmul(q);
        same("q^T q", gram, tape.eye(k).expand(gram.shape().to_vec()));
        each(r, |i, j, x| i <= j || x == 0.0);
        let (w, s, vt) = a.svd();
        same("u s vt", (w * s.unsqueeze(-2)).matmul(vt), a);
        assert_eq!(s.to_vec(), a.svdvals().to_vec());
        for values in s.to_vec().chunks(k) {
            assert!(values.windows(2).all(|pair| pair[0] >= pair[1]) && values[k - 1] >= 0.0);
        }
        if dims[dims.len() - 1] == dims[dims.len() - 2] {
            let a = a + a.transpose(-1, -2);
            let (values, vectors) = a.eigh();
            same("v w v^T", (vectors * values.unsqueeze(-2)).matmul(vectors.transpose(-1, -2)), a);
            assert_eq!(values.to_vec(), a.eigvalsh().to_vec());
            assert!(values.to_vec().windows(2).all(|pair| pair[0] <= pair[1]));
            let even = a.matmul(a) + tape.eye(k) * 0.1;
            let l = even.cholesky();
            same("l l^T", l.matmul(l.transpose(-1, -2)), even);
            each(l, |i, j, x| j <= i || x == 0.0);
        }
    }
}

#[test]
fn one_triangle_is_read() {
    let tape = Tape::<f64>::new();
    let (whole, lower) = (tape.leaf([[4.0, 2.0], [2.0, 5.0]]), tape.leaf([[4.0, f64::NAN], [2.0, 5.0]]));
    assert_eq!(lower.cholesky().to_vec(), whole.cholesky().to_vec());
}

#[test]
fn what_has_no_factors_is_refused() {
    let tape = Tape::<f64>::new();
    let (even, odd) = ([[4.0, 2.0], [2.0, 5.0]], [[1.0, 2.0], [2.0, 1.0]]);
    let batch = tape.leaf([even, odd]);
    let error = refused(&tape, || batch.try_cholesky());
    assert!(
        matches!(error, Error::NotPositiveDefinite { op: "cholesky", order: 2, matrix: 1, .. }),
        "{error}"
    );
    assert!(error.to_string().starts_with(
        "cholesky: the matrix is not positive definite: the leading minor of order 2 of matrix 1 is not positive, and the shape is [2, 2, 2]"
    ));
    for value in [f64::NAN, f64::INFINITY] {
        let a = tape.leaf([[value, 0.0], [0.0, 1.0]]);
        let wide = a.slice(0, 0..1);
        for error in [
            refused(&tape, || a.try_eigh()),
            refused(&tape, || a.try_eigvalsh()),
            refused(&tape, || a.try_svd()),
            refused(&tape, || wide.try_svdvals()),
            refused(&tape, || a.try_qr()),
            refused(&tape, || a.try_cholesky()),
        ] {
            assert!(matches!(error, Error::Domain { .. }), "{error}");
        }
    }
    // A column with a NaN before the last one: a reflection passes over it.
    let mut design = [[1.0, 0.5, 0.1], [1.0, 1.5, 0.3], [1.0, 2.0, -0.7], [1.0, -1.0, 0.4]];
    design[1][1] = f64::NAN;
    let design = tape.leaf(design);
    let error = refused(&tape, || design.try_qr());
    assert!(error.to_string().starts_with("qr: matrix 0 of the operand is not finite"), "{error}");
    // Above the diagonal it is not read.
    assert!(tape.leaf([[1.0, f64::NAN], [0.5, 1.0]]).try_cholesky().is_ok());
    let zero = tape.leaf([[0.0]]);
    assert!(matches!(refused(&tape, || zero.try_cholesky()), Error::NotPositiveDefinite { order: 1, .. }));
}

#[test]
fn repeated_values_have_finite_gradients_where_no_vector_is_asked() {
    let tape = Tape::<f64>::new();
    let one = tape.leaf(tape.eye(3));
    (one.eigvalsh() * tape.constant([1.0, 2.0, 3.0])).sum().backward();
    let gradient = grad(one).unwrap();
    assert!(gradient.iter().all(|x| x.is_finite()));
    assert_all_close("trace", &[gradient[0] + gradient[4] + gradient[8]], &[6.0], 1e-14);
    let two = tape.leaf(tape.eye(3).slice(1, 0..2));
    two.svdvals().sum().backward();
    assert_all_close("svdvals", &grad(two).unwrap(), &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0], 1e-14);
    let three = tape.leaf(tape.zeros([3, 2]));
    three.svd().1.sum().backward();
    assert!(grad(three).unwrap().iter().all(|x| x.is_finite()));
    // A vector that has no derivative there says so.
    let four = tape.leaf(tape.eye(2));
    (four.eigh().1 * tape.constant([[1.0, 2.0], [3.0, 4.0]])).sum().backward();
    assert!(grad(four).unwrap().iter().any(|x| !x.is_finite()));
}

#[test]
fn nothing_has_factors_too() {
    let tape = Tape::<f64>::new();
    for dims in [[0, 0], [0, 3], [3, 0]] {
        let a = tape.leaf((Vec::<f64>::new(), dims));
        let (p, l, u) = a.lu();
        assert_eq!(p.matmul(l).matmul(u).shape().as_slice(), dims);
        let (q, r) = a.qr();
        assert_eq!(q.matmul(r).shape().as_slice(), dims);
        let (u, s, vt) = a.svd();
        assert_eq!((u.matmul(vt).shape().as_slice(), s.len()), (&dims[..], 0));
        (u.sum() + s.sum() + vt.sum() + r.sum() + l.sum()).backward();
        assert_eq!(a.grad().unwrap().shape(), dims);
    }
    let a = tape.leaf((Vec::<f64>::new(), [2, 0, 0]));
    assert_eq!(a.eigh().0.shape().as_slice(), [2, 0]);
    assert_eq!(a.cholesky().shape().as_slice(), [2, 0, 0]);
    let none = tape.leaf((Vec::<f64>::new(), [0, 2, 2]));
    assert_eq!(none.eigvalsh().shape().as_slice(), [0, 2]);
}

#[test]
fn a_singular_matrix_has_lu_factors() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[0.0, 1.0, 2.0], [0.0, 3.0, 4.0], [0.0, 5.0, 6.0]]);
    let (p, l, u) = a.lu();
    same("p l u", p.matmul(l).matmul(u), a);
}
