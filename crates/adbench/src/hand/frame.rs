//! Affine maps of space.

use crate::number::Number;

/// An affine map: three rows of a linear map and a translation.
pub type Frame<R> = [[R; 4]; 3];

/// The image of a point, given with the factor of the translation.
pub(super) fn act<R: Number>(frame: &Frame<R>, at: [f64; 4]) -> [R; 3] {
    frame.map(|row| row[0] * at[0] + row[1] * at[1] + row[2] * at[2] + row[3] * at[3])
}

/// `frame after`: first `after`, then `frame`. It is linear in `frame`.
pub(super) fn compose<R: Number>(frame: &Frame<R>, after: &Frame<f64>) -> Frame<R> {
    frame.map(|row| {
        let column = |k: usize| row[0] * after[0][k] + row[1] * after[1][k] + row[2] * after[2][k];
        [column(0), column(1), column(2), column(3) + row[3]]
    })
}

/// `frame Rx`, the rotation about `x` given by sine and cosine: it mixes columns 1 and 2. It is linear in `frame`.
pub(super) fn flex<R: Number>(frame: Frame<R>, (sin, cos): (R, R)) -> Frame<R> {
    frame.map(|[x, y, z, t]| [x, y * cos + z * sin, z * cos - y * sin, t])
}

/// `frame Rz`, the rotation about `z` given by sine and cosine: it mixes columns 0 and 1. It is linear in `frame`.
pub(super) fn abduct<R: Number>(frame: Frame<R>, (sin, cos): (R, R)) -> Frame<R> {
    frame.map(|[x, y, z, t]| [x * cos + y * sin, y * cos - x * sin, z, t])
}

/// The rotation about the axis `r` by the angle `|r|`, after Rodrigues:
/// `cos|r| 1 + sin|r|/|r| [r]x + (1 - cos|r|)/|r|^2 r r^T`.
pub(super) fn rotation<R: Number>(r: [R; 3]) -> [[R; 3]; 3] {
    let [x, y, z] = r;
    let (one, zero) = (R::one(), R::zero());
    let square = x * x + y * y + z * z;
    if square == zero {
        // To first order, which is all that a derivative needs; the formula would be 0/0.
        return [[one, -z, y], [z, one, -x], [-y, x, one]];
    }
    let angle = square.sqrt();
    let (sin, cos) = angle.sin_cos();
    let (a, b) = (sin / angle, (one - cos) / square);
    let (bx, by, bz) = (b * x, b * y, b * z);
    let (xy, xz, yz) = (bx * y, bx * z, by * z);
    [
        [cos + bx * x, xy - a * z, xz + a * y],
        [xy + a * z, cos + by * y, yz - a * x],
        [xz - a * y, yz + a * x, cos + bz * z],
    ]
}
