//! Scalars as elements of arrays of `ndarray`.

use ndarray::{Array1, Array2, ArrayD, Axis, LinalgScalar, ScalarOperand, array, s};
use wengert::check;
use wengert::{Scalar, Tape};
use wengert_tests::is_close;

type S = Scalar<f64>;

#[test]
fn the_bounds_of_ndarray_hold() {
    fn holds<T: LinalgScalar + ScalarOperand + num_traits::NumAssign>() {}
    holds::<S>();
    holds::<Scalar<f32>>();
}

#[test]
fn arithmetic_and_sums_of_arrays() {
    check::scalars("an array", &[0.3, -1.2, 0.7, 2.0], |x| {
        let (a, b) = (array![[x[0], x[1]], [x[2], x[3]]], array![x[3], x[0]]);
        let mut c = (&a + &b) * x[1] - &a / &b + S::from(2.0);
        c += &a;
        c *= x[2];
        c.sum() + c.sum_axis(Axis(0))[1] * c.mean().unwrap() + c.slice(s![1, ..]).product()
    })
    .assert_ok();
}

#[test]
fn products_of_matrices_and_vectors() {
    // Larger than what the products unroll.
    let at: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11) / 11.0 - 0.4).collect();
    check::scalars("dot", &at, |x| {
        let a = Array2::from_shape_vec((2, 10), x[..20].to_vec()).unwrap();
        let b = Array2::from_shape_vec((10, 2), x[20..].to_vec()).unwrap();
        let v: Array1<S> = a.dot(&b).dot(&array![x[0], x[1]]);
        v.dot(&v) + a.row(0).dot(&b.column(1))
    })
    .assert_ok();
}

#[test]
fn a_dynamic_array_of_any_rank() {
    let tape = Tape::<f64>::new();
    let x: ArrayD<S> = ArrayD::from_shape_vec(vec![2, 1, 2], tape.scalars(&[1.0, 2.0, 3.0, 4.0])).unwrap();
    let zeros = ArrayD::<S>::zeros(vec![2, 3, 2]);
    let y = (&zeros + &x).mapv(|x| x * x).sum();
    y.backward();
    assert_eq!(y.value(), 90.0);
    assert_eq!(x.mapv(|x| x.grad().unwrap()).into_raw_vec_and_offset().0, [6.0, 12.0, 18.0, 24.0]);
    let variance = x.view().into_dimensionality::<ndarray::Ix3>().unwrap().var(S::from(0.0));
    assert!(is_close(variance.value(), 1.25, 1e-15));
}
