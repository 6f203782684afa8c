//! Rotations, and other transforms of space, of scalars and duals.

use nalgebra::{
    Isometry3, Perspective3, Point3, Rotation2, Rotation3, Similarity3, Translation3, Unit, UnitQuaternion,
    Vector2, Vector3,
};
use wengert::{Scalar, Tape};
use wengert_tests::is_close;

use crate::every::Number;
use crate::on_every_number;

fn vector<T: Number>(x: &[T]) -> Vector3<T> {
    Vector3::new(x[0], x[1], x[2])
}

fn weighed<T: Number>(v: Vector3<T>) -> T {
    v.x * 0.3 + v.y * 0.8 - v.z * 0.5
}

const AT: [f64; 7] = [0.3, -0.7, 0.5, 1.1, 0.4, -0.9, 0.6];

/// A vector that turns about an axis moves across both: `d(R v)/d(angle) = axis x R v`.
#[test]
fn a_rotation_by_its_angle() {
    let tape = Tape::<f64>::new();
    let angle = tape.scalar(0.8);
    let axis = Unit::new_normalize(Vector3::new(1.0, 2.0, -0.5));
    let constant = |v: Vector3<f64>| v.map(Scalar::from);
    let rotation = Rotation3::from_axis_angle(&Unit::new_unchecked(constant(*axis)), angle);
    let turned = rotation * constant(Vector3::new(0.3, -0.4, 0.9));
    let want = axis.cross(&turned.map(|x| x.value()));
    for i in 0..3 {
        let got = tape.grad(&[turned[i]], &[angle])[0].item();
        assert!(is_close(got, want[i], 1e-14), "{i}: {got} {}", want[i]);
    }
}

#[test]
fn rotations_of_every_make() {
    on_every_number!("in the plane", &AT[..3], |x| {
        let v = Rotation2::new(x[0]) * Vector2::new(x[1], x[2]);
        v.x * v.y
            + Rotation2::new(x[0]).angle()
            + Rotation2::rotation_between(&v, &Vector2::new(x[2], x[0])).angle()
    });
    on_every_number!("a scaled axis", &AT[..6], |x| weighed(Rotation3::new(vector(x)) * vector(&x[3..])));
    on_every_number!("euler angles", &AT[..6], |x| {
        let rotation = Rotation3::from_euler_angles(x[0], x[1], x[2]);
        let (roll, pitch, yaw) = (rotation * rotation).euler_angles();
        weighed(rotation * vector(&x[3..])) + roll * pitch + yaw
    });
    on_every_number!("a quaternion", &AT, |x| {
        let q = UnitQuaternion::from_scaled_axis(vector(x));
        let p = UnitQuaternion::from_euler_angles(x[3], x[4], x[5]);
        weighed(q.slerp(&p, x[6]) * vector(&x[1..])) + q.angle_to(&p) + q.scaled_axis().x
    });
    on_every_number!("a matrix and back", &AT[..3], |x| {
        let rotation = UnitQuaternion::from_scaled_axis(vector(x)).to_rotation_matrix();
        weighed(UnitQuaternion::from_rotation_matrix(&rotation).scaled_axis()) + rotation.angle()
    });
    on_every_number!("between two vectors", &AT[..6], |x| {
        weighed(Rotation3::rotation_between(&vector(x), &vector(&x[3..])).unwrap() * vector(&x[1..]))
    });
}

#[test]
fn motions_and_a_camera() {
    on_every_number!("an isometry", &AT, |x| {
        let motion = Isometry3::new(vector(x), vector(&x[3..]));
        let p = motion.inverse() * (motion * motion) * Point3::from(vector(&x[4..]));
        weighed(p.coords) + Translation3::from(vector(x)).inverse().x
    });
    on_every_number!("a similarity", &AT, |x| {
        let motion = Similarity3::new(vector(x), vector(&x[3..]), x[6]);
        weighed((motion * Point3::from(vector(&x[2..]))).coords)
    });
    on_every_number!("a camera", &AT, |x| {
        let view =
            Isometry3::look_at_rh(&Point3::from(vector(x)), &Point3::from(vector(&x[3..])), &Vector3::y());
        let projection = Perspective3::new(x[6] + 1.0, x[3] + 0.5, S::from(0.1), S::from(100.0));
        weighed(projection.project_point(&(view * Point3::from(vector(&x[2..])))).coords)
    });
}
