//! The Jacobian by hand.
//!
//! **A joint's own bone.** A rotation by `x` about the axis `e` has the derivative `R [e]x`, where `[e]x v = e x v`. The flexion acts
//! last, so `dA_b/dflexion = A_b [e_x]x`: with `a0, a1, a2` the columns of the linear part of `A_b`,
//!
//! ```text
//! dA_b/dflexion = (0, a2, -a1)
//! ```
//!
//! The abduction acts before it: with `A = (c0, c1, c2)` the columns between the two, `dA_b/dabduction = (c1, -c0, 0) Rx`. Since the
//! flexion leaves `c0 = a0` and turns `c1` into `a1 = cos c1 + sin c2`, `a2 = cos c2 - sin c1`, there is `c1 = cos a1 - sin a2` and
//!
//! ```text
//! dA_b/dabduction = (cos a1 - sin a2, -cos a0, sin a0)
//! ```
//!
//! with sine and cosine of the flexion. The origin of the bone does not move: the translation's derivative is 0.
//!
//! **The bones that it carries.** `A_child = A_b B Rz Rx` is linear in `A_b`, and so `dA_child` is the same map of `dA_b`. A bone
//! depends on the joints between it and the wrist, at most four.
//!
//! **The skin.** `y = sum_k A_k q_k` and `e = point - R y - t` give, for a joint `j`, `de/dj = sum_k (-R dA_k/dj) q_k`, and
//! `de/dt = -1`. The factor `-R` stands on the left, where it commutes with the maps above: it is applied once a joint. For the axis `r`, with `a = sin|r|/|r|`, `b = (1 - cos|r|)/|r|^2`, `R = cos|r| 1 + a [r]x + b r r^T`:
//!
//! ```text
//! dR/dr_k = -a r_k 1 + (cos|r| - a)/|r|^2 r_k [r]x + a [e_k]x + (a - 2 b)/|r|^2 r_k r r^T + b (e_k r^T + r e_k^T)
//! ```

use super::frame::act;
use super::model::Turn;
use super::{Frame, Hand, Jacobian, PARAMETERS, Pose};

/// Computes errors and derivatives by hand, into memory that is reused.
pub struct ByHand {
    jacobian: Jacobian,
    pose: Pose<f64>,
    /// What each bone's frame depends on: the parameter and `-R` times the derivative, bone by bone.
    slopes: Vec<(usize, Frame<f64>)>,
    /// Where the slopes of each bone start, and the end of the last.
    starts: Vec<usize>,
}

impl ByHand {
    /// Room for a hand's derivatives.
    pub fn new(hand: &Hand) -> ByHand {
        ByHand {
            jacobian: Jacobian::new(hand),
            pose: Pose::default(),
            slopes: Vec::new(),
            starts: Vec::new(),
        }
    }

    /// The errors and their derivatives, for parameters of a hand with as many correspondences.
    pub fn jacobian(&mut self, hand: &Hand, theta: &[f64; PARAMETERS]) -> &Jacobian {
        self.pose.set(hand, theta);
        self.set_slopes(hand, theta);
        let rotations = rotation_slopes([theta[0], theta[1], theta[2]]);
        let results = self.jacobian.errors.iter_mut().zip(&mut self.jacobian.rows);
        for (c, (error, rows)) in results.enumerate() {
            *rows = [[0.0; PARAMETERS]; 3];
            let mut y = [0.0; 3];
            for pull in hand.pulls(c) {
                let part = act(&self.pose.frames[pull.bone], pull.at);
                (0..3).for_each(|i| y[i] += part[i]);
                for (k, slope) in &self.slopes[self.starts[pull.bone]..self.starts[pull.bone + 1]] {
                    let part = act(slope, pull.at);
                    (0..3).for_each(|i| rows[i][*k] += part[i]);
                }
            }
            for (k, slope) in rotations.iter().enumerate() {
                (0..3).for_each(|i| rows[i][k] = -dot(slope[i], y));
            }
            for i in 0..3 {
                rows[i][3 + i] = -1.0;
                let [x0, x1, x2, t] = self.pose.global[i];
                error[i] = hand.points[c][i] - dot([x0, x1, x2], y) - t;
            }
        }
        &self.jacobian
    }

    /// The derivatives of the bones' frames, from the wrist outwards.
    fn set_slopes(&mut self, hand: &Hand, theta: &[f64; PARAMETERS]) {
        let ByHand { pose, slopes, starts, .. } = self;
        slopes.clear();
        starts.clear();
        for (bone, frame) in hand.bones.iter().zip(&pose.frames) {
            starts.push(slopes.len());
            let turn: Turn<f64> = bone.turn(theta);
            if let Some(parent) = bone.parent {
                for above in starts[parent]..starts[parent + 1] {
                    let (k, slope) = slopes[above];
                    slopes.push((k, turn.apply(bone.extend(&slope))));
                }
            }
            let own = |linear: [[f64; 3]; 3]| -> Frame<f64> {
                std::array::from_fn(|i| {
                    let [x, y, z, _] = pose.global[i];
                    let column = |k: usize| -(x * linear[0][k] + y * linear[1][k] + z * linear[2][k]);
                    [column(0), column(1), column(2), 0.0]
                })
            };
            if let Some(k) = bone.flexion {
                slopes.push((k, own(frame.map(|[_, a1, a2, _]| [0.0, a2, -a1]))));
            }
            if let Some(k) = bone.abduction {
                let (sin, cos) = turn.flexion.unwrap_or((0.0, 1.0));
                slopes
                    .push((k, own(frame.map(|[a0, a1, a2, _]| [cos * a1 - sin * a2, -cos * a0, sin * a0]))));
            }
        }
        starts.push(slopes.len());
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The derivative of the rotation by each component of its axis, see the module's text.
fn rotation_slopes(r: [f64; 3]) -> [[[f64; 3]; 3]; 3] {
    let square = dot(r, r);
    // At 0 what the other coefficients multiply is 0 with `r`.
    let (mut a, mut b, mut a_slope, mut b_slope) = (1.0, 0.0, 0.0, 0.0);
    if square > 0.0 {
        let angle = square.sqrt();
        let (sin, cos) = angle.sin_cos();
        (a, b) = (sin / angle, (1.0 - cos) / square);
        (a_slope, b_slope) = ((cos - a) / square, (a - 2.0 * b) / square);
    }
    let across = across(r);
    std::array::from_fn(|k| {
        let unit: [f64; 3] = std::array::from_fn(|i| if i == k { 1.0 } else { 0.0 });
        let across_unit = self::across(unit);
        let entry = |i: usize, j: usize| {
            let diagonal = if i == j { -a * r[k] } else { 0.0 };
            let turned = a_slope * r[k] * across[i][j] + a * across_unit[i][j];
            diagonal + turned + b_slope * r[k] * r[i] * r[j] + b * (unit[i] * r[j] + r[i] * unit[j])
        };
        std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)))
    })
}

/// `[r]x`, the matrix of the cross product with `r`.
fn across([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    [[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]
}
