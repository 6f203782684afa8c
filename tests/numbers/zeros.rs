//! What nalgebra cuts where its code branches on an exact zero, as the page on edges of the book says it: each row at the point and
//! beside central differences, so that the page stays true when nalgebra changes.

use nalgebra::{
    Complex, ComplexField, Isometry3, Matrix2, Matrix3, Matrix3x2, Quaternion, Rotation3, UnitQuaternion,
    Vector2, Vector3,
};
use wengert::{Scalar, Tape};

type S = Scalar<f64>;
/// A name, and a function of two numbers.
type Row = (&'static str, Box<dyn Fn(&[S]) -> S>);

fn vector(p: &[S]) -> Vector3<S> {
    Vector3::new(p[0], p[1], S::from(0.0))
}

fn turned(p: &[S]) -> UnitQuaternion<S> {
    UnitQuaternion::from_euler_angles(p[0], p[1], S::from(0.0))
}

fn diagonal(p: &[S]) -> Matrix2<S> {
    Matrix2::new(S::from(1.0), p[0], p[0], S::from(3.0))
}

fn columns(p: &[S]) -> Matrix3x2<S> {
    let constant = S::from;
    Matrix3x2::new(
        constant(1.0) + p[0],
        constant(-1.0) + p[1],
        constant(1.0),
        constant(0.0),
        constant(1.0),
        constant(1.0),
    )
}

fn triangular(p: &[S]) -> Matrix3<S> {
    let constant = S::from;
    let zero = constant(0.0);
    Matrix3::new(
        constant(2.0),
        constant(1.0),
        constant(0.5),
        p[0],
        constant(3.0),
        constant(0.7),
        zero,
        zero,
        constant(5.0),
    )
}

fn blocks(p: &[S]) -> Matrix3<S> {
    let constant = S::from;
    let (zero, one) = (constant(0.0), constant(1.0));
    Matrix3::new(constant(2.0), one, p[0], one, constant(3.0), zero, p[0], zero, constant(5.0))
}

/// 2 + 0i.
fn beside_the_axis(p: &[S]) -> Complex<S> {
    Complex::new(S::from(2.0) + p[0], p[1])
}

/// A turn by 0.5 about an axis, one entry of it moved.
fn near_a_rotation(p: &[S]) -> Matrix3<S> {
    let mut near: Matrix3<S> = Rotation3::from_axis_angle(&Vector3::z_axis(), 0.5).matrix().cast();
    near[(1, 0)] += p[0];
    near
}

fn sides() -> Vector3<S> {
    Vector3::new(1.0, 2.0, 4.0).cast()
}

/// The gradient at 0, and by central differences.
fn both(f: impl Fn(&[S]) -> S) -> [Vec<f64>; 2] {
    let tape = Tape::<f64>::new();
    let value = |p: [f64; 2]| f(&p.map(S::from)).value();
    let h = 1e-5;
    let by = |a: [f64; 2], b: [f64; 2]| (value(a) - value(b)) / (2.0 * h);
    let differences = vec![by([h, 0.0], [-h, 0.0]), by([0.0, h], [0.0, -h])];
    [tape.gradient(&[0.0; 2], &f).1, differences]
}

fn differ(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-6)
}

#[test]
fn these_are_cut() {
    let x = || Vector3::new(1.0, 2.0, 3.0).cast::<S>();
    let rows: [Row; 15] = [
        ("Complex::cbrt", Box::new(|p| beside_the_axis(p).cbrt().im)),
        (
            "Rotation3::from_matrix",
            Box::new(|p| {
                let (one, zero) = (S::from(1.0), S::from(0.0));
                Rotation3::from_matrix(&Matrix3::new(one, -p[0], zero, p[0], one, zero, zero, zero, one))
                    [(1, 0)]
            }),
        ),
        (
            "Rotation3::from_axis_angle",
            Box::new(|p| Rotation3::from_axis_angle(&Vector3::z_axis(), p[0])[(1, 0)]),
        ),
        ("Isometry3::rotation", Box::new(move |p| (Isometry3::rotation(vector(p)) * x())[2])),
        (
            "rotation_between",
            Box::new(move |p| Rotation3::rotation_between(&x(), &(x() + vector(p))).unwrap()[(0, 1)]),
        ),
        (
            "complex_eigenvalues",
            Box::new(|p| {
                triangular(p)
                    .complex_eigenvalues()
                    .iter()
                    .map(|z| z.re)
                    .min_by(|a, b| a.total_cmp(b))
                    .unwrap()
            }),
        ),
        ("symmetric_eigen of blocks", Box::new(|p| blocks(p).symmetric_eigen().recompose()[(2, 1)])),
        (
            "the nearest rotation",
            Box::new(|p| {
                let near = near_a_rotation(p);
                let svd = near.svd(true, true);
                (svd.u.unwrap() * svd.v_t.unwrap())[(1, 0)]
            }),
        ),
        ("Complex::sqrt", Box::new(|p| beside_the_axis(p).sqrt().im)),
        ("Rotation3::new", Box::new(move |p| (Rotation3::new(vector(p)) * x())[2])),
        ("UnitQuaternion::new", Box::new(move |p| (UnitQuaternion::new(vector(p)) * x())[2])),
        (
            "scaled_axis",
            Box::new(|p| {
                let near = Quaternion::new(S::from(1.0), p[0], p[1], S::from(0.0));
                UnitQuaternion::new_normalize(near).scaled_axis()[0]
            }),
        ),
        ("slerp", Box::new(|p| UnitQuaternion::identity().slerp(&turned(p), S::from(0.5)).i)),
        (
            "symmetric_eigen",
            Box::new(|p| {
                let vectors = diagonal(p).symmetric_eigen().eigenvectors;
                vectors[(1, 0)] / vectors[(0, 0)]
            }),
        ),
        ("svd", Box::new(|p| columns(p).svd(true, true).solve(&sides(), S::from(1e-9)).unwrap()[0])),
    ];
    for (name, f) in rows {
        let [gradient, differences] = both(f);
        assert!(gradient.iter().all(|slope| slope.is_finite()), "{name}: {gradient:?}");
        assert!(differ(&gradient, &differences), "{name} is right by now: {gradient:?}");
    }
}

#[test]
fn these_are_right() {
    let x = || Vector3::new(1.0, 2.0, 3.0).cast::<S>();
    let rows: [Row; 11] = [
        ("a cube root by ln and exp", Box::new(|p| (beside_the_axis(p).ln() / S::from(3.0)).exp().im)),
        (
            "the nearest rotation by a step of Newton's",
            Box::new(|p| {
                let near = near_a_rotation(p);
                (near[(1, 0)] + near.try_inverse().unwrap()[(0, 1)]) * S::from(0.5)
            }),
        ),
        (
            "UnitQuaternion::from_axis_angle",
            Box::new(move |p| (UnitQuaternion::from_axis_angle(&Vector3::z_axis(), p[0]) * x())[0]),
        ),
        (
            "a small turn",
            Box::new(move |p| {
                let turn = Quaternion::from_parts(S::from(1.0), vector(p) * S::from(0.5));
                (UnitQuaternion::new_normalize(turn) * x())[2]
            }),
        ),
        ("symmetric_eigenvalues of blocks", Box::new(|p| blocks(p).symmetric_eigenvalues()[0])),
        ("ComplexField::sqrt", Box::new(|p| ComplexField::sqrt(Complex::new(S::from(2.0) + p[0], p[1])).im)),
        ("from_euler_angles", Box::new(move |p| (turned(p) * x())[2])),
        (
            "qr",
            Box::new(|p| {
                let qr = columns(p).qr();
                qr.r().solve_upper_triangular(&(qr.q().transpose() * sides())).unwrap()[0]
            }),
        ),
        ("lu", Box::new(|p| diagonal(p).lu().solve(&Vector2::new(1.0, 2.0).cast()).unwrap()[0])),
        ("cholesky", Box::new(|p| (diagonal(p) + Matrix2::identity()).cholesky().unwrap().l()[(1, 0)])),
        ("exp", Box::new(|p| diagonal(p).exp()[(0, 1)])),
    ];
    for (name, f) in rows {
        let [gradient, differences] = both(f);
        assert!(!differ(&gradient, &differences), "{name}: {gradient:?}, and by differences {differences:?}");
    }
}

/// The first coordinate of (1, 2, 3) has the second derivatives 0, 1 and -1 at 0.
#[test]
fn second_derivatives_near_zero() {
    let tape = Tape::<f64>::new();
    let x = || Vector3::new(1.0, 2.0, 3.0).cast::<S>();
    let error = |rotate: &dyn Fn(Vector3<S>) -> Vector3<S>, at: f64| {
        let hessian = tape.hessian(&[0.6 * at, 0.8 * at], |p| rotate(vector(p))[0]).2;
        let right = ndarray::array![[0.0, 1.0], [1.0, -1.0]];
        (hessian - right).iter().fold(0.0, |most: f64, error| most.max(error.abs()))
    };
    let by_matrix = |p| Rotation3::new(p) * x();
    let by_quaternion = |p| UnitQuaternion::new(p) * x();
    assert!(error(&by_quaternion, 1e-8) < 1e-6);
    assert!(error(&by_matrix, 1e-8) > 0.1, "right by now");
    // The eigenvalue 1 of the diagonal matrix bends by -1.
    let bend = tape.hessian(&[0.0, 0.0], |p| diagonal(p).symmetric_eigenvalues()[0]).2[[0, 0]];
    assert!(bend.is_nan() || (bend.abs() - 1.0).abs() > 0.1, "right by now: {bend}");
}
