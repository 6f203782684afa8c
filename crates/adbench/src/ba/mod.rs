//! Bundle adjustment: cameras and points of which the cameras' pictures show the images.
//!
//! A residual belongs to an observation: camera `c` sees point `X` at the feature `u`. With the camera's rotation `r` (an axis times an
//! angle), centre `C`, focal length `f`, principal point `u0` and radial distortion `k`,
//!
//! ```text
//! y = R(r) (X - C)              the point as the camera sees it
//! p = (y0, y1) / y2             on its picture
//! m = (1 + k0 |p|^2 + k1 |p|^4) p
//! e = w (f m + u0 - u)          two errors, weighted
//! e_w = 1 - w^2                 what keeps the weight from going to 0
//! ```
//!
//! Source: Triggs, McLauchlan, Hartley, Fitzgibbon, *Bundle adjustment: a modern synthesis* (2000); in this form in ADBench,
//! arXiv:1807.10129. The Jacobian is sparse: a residual depends on one camera, one point and one weight, see [`Jacobian`].

mod by_duals;
mod by_fused;
mod by_hand;
mod by_scalars;
mod input;
mod jacobian;
mod measure;

pub use by_duals::ByDuals;
pub use by_fused::ByFused;
pub use by_hand::ByHand;
pub use by_scalars::ByScalars;
pub use input::{generate, read};
pub use jacobian::{Fill, Jacobian};
pub use measure::measure;

use crate::number::Number;

// The functions of an error are inlined, always: what is 0 in every tangent when the program is compiled then costs nothing.

/// Parameters of a camera: `r` (3), `C` (3), `f`, `u0` (2), `k` (2).
pub const CAMERA: usize = 11;
/// Parameters of a residual: a camera's, a point's and its weight.
pub const BLOCK: usize = CAMERA + 3 + 1;

/// Cameras, points, and the observations that tie them.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The cameras' parameters.
    pub cameras: Vec<[f64; CAMERA]>,
    /// The points.
    pub points: Vec<[f64; 3]>,
    /// What each camera saw of which point.
    pub observations: Vec<Observation>,
}

/// One camera sees one point.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// Which camera.
    pub camera: usize,
    /// Which point.
    pub point: usize,
    /// Where the picture shows it, in pixels.
    pub feature: [f64; 2],
    /// How much the residual counts.
    pub weight: f64,
}

impl Bundle {
    /// The parameters that the residual of an observation depends on.
    pub fn block(&self, observation: &Observation) -> [f64; BLOCK] {
        let mut block = [0.0; BLOCK];
        block[..CAMERA].copy_from_slice(&self.cameras[observation.camera]);
        block[CAMERA..CAMERA + 3].copy_from_slice(&self.points[observation.point]);
        block[BLOCK - 1] = observation.weight;
        block
    }
}

/// The errors of a bundle, without derivatives: two an observation, then one a weight.
pub fn residuals(bundle: &Bundle, errors: &mut Vec<[f64; 2]>, weight_errors: &mut Vec<f64>) {
    errors.clear();
    errors.extend(bundle.observations.iter().map(|seen| reprojection(&bundle.block(seen), seen.feature)));
    weight_errors.clear();
    weight_errors.extend(bundle.observations.iter().map(|seen| weight_error(seen.weight)));
}

/// The errors of one observation, from the parameters of its block.
#[inline(always)]
pub fn reprojection<R: Number>(block: &[R; BLOCK], feature: [f64; 2]) -> [R; 2] {
    let &[r0, r1, r2, c0, c1, c2, f, u0, v0, k0, k1, x, y, z, w] = block;
    let seen = rotate([r0, r1, r2], [x - c0, y - c1, z - c2]);
    let [x, y] = distort(seen, f, [k0, k1]);
    [(x + u0 - feature[0]) * w, (y + v0 - feature[1]) * w]
}

/// Where the picture shows what the camera sees at `y`, from its middle: `f m`.
#[inline(always)]
fn distort<R: Number>([x, y, z]: [R; 3], f: R, [k0, k1]: [R; 2]) -> [R; 2] {
    let p = [x / z, y / z];
    let square = p[0] * p[0] + p[1] * p[1];
    let focal = f * (square * (square * k1 + k0) + 1.0);
    [p[0] * focal, p[1] * focal]
}

/// The error of a weight.
#[inline]
pub fn weight_error<R: Number>(weight: R) -> R {
    R::one() - weight * weight
}

/// Rotates `x` about the axis `r` by the angle `|r|`, after Rodrigues:
/// `cos|r| x + sin|r|/|r| (r x x) + (1 - cos|r|)/|r|^2 (r.x) r`.
#[inline(always)]
pub fn rotate<R: Number>(r: [R; 3], x: [R; 3]) -> [R; 3] {
    let square = dot(r, r);
    let across = cross(r, x);
    if square == R::zero() {
        // To first order, which is all that a derivative needs; the formula would be 0/0.
        return [x[0] + across[0], x[1] + across[1], x[2] + across[2]];
    }
    let angle = square.sqrt();
    let (sin, cos) = angle.sin_cos();
    let shares = [cos, sin / angle, (R::one() - cos) / square * dot(r, x)];
    let turned = |i: usize| dot([x[i], across[i], r[i]], shares);
    [turned(0), turned(1), turned(2)]
}

#[inline(always)]
fn dot<R: Number>(a: [R; 3], b: [R; 3]) -> R {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline(always)]
fn cross<R: Number>(a: [R; 3], b: [R; 3]) -> [R; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
