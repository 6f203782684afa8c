//! Hand tracking: the pose of a hand that explains points measured on its surface.
//!
//! The hand is a tree of bones. Bone `b` lies at `B_b` in its parent's frame when the hand is at rest, and turns about its own axes: by
//! an abduction about `z`, then a flexion about `x`,
//!
//! ```text
//! A_b = A_parent(b) B_b Rz(abduction_b) Rx(flexion_b)     its frame in that of the hand, 3 x 4
//! ```
//!
//! A vertex of the skin follows several bones. With `v` its place at rest, `w_k` the share of bone `k`, and `I_k` the map from the hand
//! at rest to the frame of bone `k`,
//!
//! ```text
//! y = sum_k w_k A_k I_k v       the vertex in the hand's frame
//! p = R(r) y + t                in the world's
//! e = point - p                 three errors a correspondence
//! ```
//!
//! with `R(r)` the rotation about the axis `r` by the angle `|r|`. The parameters `theta` are `r`, `t`, and for each finger the flexion
//! and abduction of its second bone and the flexions of its third and fourth.
//!
//! Source: Taylor, Stebbing, Ramakrishna, Keskin, Shotton, Izadi, Hertzmann, Fitzgibbon, *User-specific hand modeling from monocular depth
//! sequences* (2014); in this form ADBench's *simple* hand tracking, arXiv:1807.10129.
//!
//! `w_k I_k v` depends on no parameter: it is computed when the input is read ([`Pull`]), and only for the vertices that have a
//! correspondence. The benchmark's own code computes it, and all vertices, at every evaluation.

mod by_hand;
mod by_scalars;
mod by_tangents;
mod frame;
mod generate;
mod input;
mod measure;
mod model;

pub use by_hand::ByHand;
pub use by_scalars::ByScalars;
pub use by_tangents::{ByDuals, ByTangents};
pub use frame::Frame;
pub use generate::generate;
pub use input::read;
pub use measure::measure;
pub use model::{Bone, Model, Vertex};

use crate::number::Number;
use frame::{act, rotation};

/// Fingers of a hand.
pub const FINGERS: usize = 5;
/// Parameters of a hand: `r`, `t`, and four angles a finger.
pub const PARAMETERS: usize = 6 + 4 * FINGERS;

/// A hand and the points that it shall explain.
#[derive(Clone, Debug)]
pub struct Hand {
    /// The bones, a parent before its children.
    pub bones: Vec<Bone>,
    /// The parameters, as the file has them.
    pub theta: [f64; PARAMETERS],
    /// A point measured, for each correspondence.
    pub points: Vec<[f64; 3]>,
    /// The pulls of all correspondences' vertices, one after the other.
    pub pulls: Vec<Pull>,
    /// Where the pulls of each correspondence start, and the end of the last.
    pub starts: Vec<usize>,
}

/// A bone's share of a vertex: `w I v`, of which the bone's frame makes its part of `y`.
#[derive(Clone, Copy, Debug)]
pub struct Pull {
    /// Which bone.
    pub bone: usize,
    /// `w I v`, the last component `w` itself.
    pub at: [f64; 4],
}

impl Hand {
    /// The pulls of a correspondence.
    pub fn pulls(&self, correspondence: usize) -> &[Pull] {
        &self.pulls[self.starts[correspondence]..self.starts[correspondence + 1]]
    }
}

/// The pose that parameters stand for: what all correspondences share.
#[derive(Clone, Debug)]
pub struct Pose<R> {
    /// `A_b` of each bone.
    pub frames: Vec<Frame<R>>,
    /// `R(r)` and `t`.
    pub global: Frame<R>,
}

impl<R: Number> Default for Pose<R> {
    fn default() -> Pose<R> {
        Pose { frames: Vec::new(), global: [[R::zero(); 4]; 3] }
    }
}

impl<R: Number> Pose<R> {
    /// Computes the frames, in the memory of those before.
    pub fn set(&mut self, hand: &Hand, theta: &[R; PARAMETERS]) {
        self.frames.clear();
        for bone in &hand.bones {
            let frame = match bone.parent {
                None => bone.rest.map(|row| row.map(|x| R::zero() + x)),
                Some(parent) => bone.extend(&self.frames[parent]),
            };
            self.frames.push(bone.turn(theta).apply(frame));
        }
        let rotation = rotation([theta[0], theta[1], theta[2]]);
        self.global = std::array::from_fn(|i| {
            let [x, y, z] = rotation[i];
            [x, y, z, theta[3 + i]]
        });
    }

    /// The three errors of a correspondence.
    pub fn error(&self, pulls: &[Pull], point: [f64; 3]) -> [R; 3] {
        let mut y = [R::zero(); 3];
        for pull in pulls {
            let part = act(&self.frames[pull.bone], pull.at);
            (0..3).for_each(|i| y[i] += part[i]);
        }
        std::array::from_fn(|i| {
            let [x0, x1, x2, t] = self.global[i];
            -(x0 * y[0] + x1 * y[1] + x2 * y[2] + t - point[i])
        })
    }
}

/// The errors of a hand, three a correspondence.
pub fn errors<R: Number>(hand: &Hand, theta: &[R; PARAMETERS], pose: &mut Pose<R>, errors: &mut Vec<[R; 3]>) {
    pose.set(hand, theta);
    errors.clear();
    errors.extend(hand.points.iter().enumerate().map(|(c, &point)| pose.error(hand.pulls(c), point)));
}

/// The errors of a hand and their Jacobian: a row of all parameters for each error.
#[derive(Clone, Debug)]
pub struct Jacobian {
    /// Three errors a correspondence.
    pub errors: Vec<[f64; 3]>,
    /// Three rows a correspondence.
    pub rows: Vec<[[f64; PARAMETERS]; 3]>,
}

impl Jacobian {
    /// Room for the errors of a hand, with zeros.
    pub fn new(hand: &Hand) -> Jacobian {
        let count = hand.points.len();
        Jacobian { errors: vec![[0.0; 3]; count], rows: vec![[[0.0; PARAMETERS]; 3]; count] }
    }
    /// The derivatives, row by row.
    pub fn flat(&self) -> &[f64] {
        self.rows.as_flattened().as_flattened()
    }
}
