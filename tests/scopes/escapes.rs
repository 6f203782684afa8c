//! What leaves a scope inside something else: errors, arrays, matrices, generic and tuple structs.

use std::collections::{BTreeMap, HashMap};

use nalgebra::{Complex, DMatrix, Isometry3, Matrix2, Point2, Point3, Translation3, UnitQuaternion, Vector3};
use ndarray::{Array, Array1, Array2, ArrayD, IxDyn, ShapeBuilder, array};
use wengert::{Element, Escape, Scalar, Tape, Tensor};
use wengert_tests::still_works;

/// An error of a user's, which knows nothing of tapes.
#[derive(Debug)]
struct Diverged(String);

#[test]
fn errors_of_any_type_leave_as_they_are() {
    let tape = Tape::<f64>::new();
    let read = |text: &str| tape.scope(|| text.parse::<f64>().map(|x| tape.leaf(x)));
    assert!(read("x").is_err() && read("2").is_ok_and(|x| x.item() == 2.0));
    let boxed: Result<f64, Box<dyn std::error::Error>> = tape.scope(|| Err("no".into()));
    assert_eq!(boxed.unwrap_err().to_string(), "no");
    assert!(tape.scope(|| tape.leaf([1.0]).try_reshape([2])).is_err());
    let answer: Result<f64, Diverged> = tape.scope(|| Err(Diverged("at step 3".to_string())));
    assert!(answer.is_err_and(|error| error.0 == "at step 3"));
    still_works(&tape);
}

#[test]
fn elements_of_arrays_leave() {
    let tape = Tape::<f64>::new();
    let outside = tape.scalar(5.0);
    let scalars: Array2<Scalar<f64>> = tape.scope(|| {
        let x = tape.scalars(&[1.0, 2.0, 3.0]);
        array![[x[0] * 2.0, x[1] * 2.0], [x[2] * 2.0, outside]]
    });
    assert_eq!(scalars.map(|x| x.value()), array![[2.0, 4.0], [6.0, 5.0]]);
    assert!(!scalars[[0, 0]].requires_grad() && scalars[[1, 1]].requires_grad());
    // What is passive can be computed with.
    (scalars[[0, 0]] * scalars[[1, 1]]).backward();
    assert_eq!(outside.grad(), Some(2.0));

    let tensors: Array1<Tensor<f64>> = tape.scope(|| {
        let x = tape.leaf([1.0, 2.0]);
        array![x * 2.0, x.exp(), x]
    });
    assert_eq!(tensors[0].to_vec(), [2.0, 4.0]);
    assert_eq!(tensors[2].to_vec(), [1.0, 2.0]);
    still_works(&tape);
}

/// Elements keep their places in every layout, and plain ones are not touched.
#[test]
fn arrays_of_every_layout_leave() {
    let tape = Tape::<f64>::new();
    let make = || {
        let x = tape.scalars(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        Array::from_shape_fn((2, 3), |(i, j)| x[3 * i + j] * 1.0)
    };
    let want = array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]];
    let values = |all: Array2<Scalar<f64>>| all.map(|x| x.value());
    assert_eq!(values(tape.scope(make)), want);
    assert_eq!(values(tape.scope(|| make().reversed_axes())), want.t());
    let flipped = tape.scope(|| {
        let mut all = make();
        all.invert_axis(ndarray::Axis(1));
        all
    });
    assert_eq!(values(flipped), array![[2.0, 1.0, 0.0], [5.0, 4.0, 3.0]]);
    let part = tape.scope(|| make().slice_move(ndarray::s![.., 1..]));
    assert_eq!(values(part), array![[1.0, 2.0], [4.0, 5.0]]);
    let none: ArrayD<Scalar<f64>> = tape.scope(|| ArrayD::from_shape_vec(IxDyn(&[0, 2]), vec![]).unwrap());
    assert_eq!(none.shape(), [0, 2]);

    let plain = Array2::<f64>::zeros((2, 3).f());
    let (place, strides) = (plain.as_ptr(), plain.strides().to_vec());
    let plain = tape.scope(|| plain);
    assert_eq!((plain.as_ptr(), plain.strides()), (place, &strides[..]));
}

#[test]
fn elements_of_matrices_leave() {
    let tape = Tape::<f64>::new();
    let fixed: Matrix2<Scalar<f64>> = tape.scope(|| {
        let x = tape.scalars(&[1.0, 2.0, 3.0, 4.0]);
        Matrix2::new(x[0], x[1], x[2], x[3]) * tape.scalar(2.0)
    });
    assert_eq!(fixed.map(|x| x.value()), Matrix2::new(2.0, 4.0, 6.0, 8.0));
    let dynamic: DMatrix<Scalar<f64>> = tape.scope(|| {
        let x = tape.scalars(&[1.0, 2.0, 3.0]);
        DMatrix::from_fn(1, 3, |_, j| x[j] * x[j])
    });
    assert_eq!(dynamic.map(|x| x.value()), DMatrix::from_row_slice(1, 3, &[1.0, 4.0, 9.0]));
    let x = tape.scalar(3.0);
    (dynamic[(0, 1)] * fixed[(0, 0)] * x).backward();
    assert_eq!(x.grad(), Some(8.0));
    assert_eq!(tape.scope(|| Matrix2::new(1.0, 2.0, 3.0, 4.0)), Matrix2::new(1.0, 2.0, 3.0, 4.0));
    still_works(&tape);
}

/// Poses leave as their numbers do.
#[test]
fn what_nalgebra_makes_of_numbers_leaves() {
    let tape = Tape::<f64>::new();
    let pose = Isometry3::<f64>::rotation(Vector3::z());
    assert_eq!(tape.scope(|| pose), pose);
    assert_eq!(tape.scope(|| (Point2::new(1.0, 2.0), Complex::new(1.0, 2.0))).0, Point2::new(1.0, 2.0));
    let (pose, turn, matrix) = tape.scope(|| {
        let x = tape.scalars(&[0.1, 0.2, 0.3, 0.4]);
        let turn = UnitQuaternion::from_euler_angles(x[0], x[1], x[2]);
        let there = Translation3::new(x[3], x[0], x[1]);
        (Isometry3::from_parts(there, turn), turn, turn.to_rotation_matrix())
    });
    // Each holds passive scalars of its values: a stale one would panic.
    let point = pose * Point3::new(1.0, 2.0, 3.0).cast::<Scalar<f64>>();
    let again = turn * point + matrix * pose.translation.vector;
    assert!(again.iter().all(|x| !x.requires_grad()));
    let x = tape.scalar(2.0);
    (pose.translation.vector[0] * x).backward();
    assert_eq!(x.grad(), Some(0.4));
}

#[test]
fn maps_indices_and_masks_leave() {
    let tape = Tape::<f64>::new();
    let (named, sorted) = tape.scope(|| {
        let x = tape.leaf([1.0, 2.0]);
        (HashMap::from([("loss", x.sum()), ("y", x * 2.0)]), BTreeMap::from([(1, tape.scalar(3.0) * 2.0)]))
    });
    assert_eq!((named["loss"].item(), named["y"].to_vec(), sorted[&1].value()), (3.0, vec![2.0, 4.0], 6.0));
    let classes = tape.inference(|| tape.constant([[1.0, 3.0], [4.0, 2.0]]).argmax_axis(-1));
    assert_eq!(classes.to_vec(), [1, 0]);
    let mask = tape.scope(|| tape.constant([1.0, -1.0]).gt(0.0));
    assert_eq!(mask.to_vec(), [true, false]);
}

struct Layer<T: Element> {
    weight: Tensor<T>,
    bias: Option<Scalar<T>>,
}
wengert::escape!(Layer<T: Element> { weight, bias });

struct Pair<A: Escape, B>(A, B);
wengert::escape!(Pair<A: Escape, B: wengert::Escape>(left, right));

#[test]
fn generic_and_tuple_structs_leave() {
    let tape = Tape::<f32>::new();
    let layer = tape.scope(|| Layer { weight: tape.leaf([1.0, 2.0]) * 2.0, bias: Some(tape.scalar(3.0)) });
    assert_eq!((layer.weight.to_vec(), layer.bias.map(|bias| bias.value())), (vec![2.0, 4.0], Some(3.0)));
    let pair = tape.scope(|| Pair([tape.leaf([1.0]).exp()], 2));
    assert_eq!((pair.0[0].item(), pair.1), (1f32.exp(), 2));
}
