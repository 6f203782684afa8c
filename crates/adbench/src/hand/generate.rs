//! Hands from seeds.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::frame::rotation;
use super::{Bone, FINGERS, Frame, Hand, Model, PARAMETERS, Pose, Vertex};

/// A hand made from a seed: bones of random lengths and directions, a skin of random vertices near them, points near the vertices in
/// a random pose.
pub fn generate(seed: u64, vertices: usize, correspondences: usize) -> Hand {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut around = |mid: f64, width: f64| mid + width * rng.random_range(-1.0..1.0);
    // As in the benchmark: a wrist, the fingers, a forearm.
    let mut bones: Vec<Bone> = Vec::new();
    let mut at_rest: Vec<Frame<f64>> = Vec::new();
    for index in 0..1 + 4 * FINGERS + 1 {
        let parent = match index {
            0 => None,
            _ if index % 4 == 1 => Some(0),
            _ => Some(index - 1),
        };
        let turn = rotation([0.0; 3].map(|mid| around(mid, 0.5)));
        let rest: Frame<f64> = turn.map(|[x, y, z]| [x, y, z, around(0.0, 0.5)]);
        let (flexion, abduction) = Bone::joints(index);
        let mut bone = Bone { parent, rest, inverse: rest, flexion, abduction };
        at_rest.push(parent.map_or(rest, |parent| bone.extend(&at_rest[parent])));
        bone.inverse = inverse(&at_rest[index]);
        bones.push(bone);
    }
    let skin = |_| {
        let [first, second] = [0.5; 2].map(|mid| (around(mid, 0.5) * bones.len() as f64) as usize);
        let share = around(0.5, 0.5);
        Vertex {
            rest: [0.0; 3].map(|mid| around(mid, 1.0)),
            shares: vec![(first, share), (second, 1.0 - share)],
        }
    };
    let model = Model { vertices: (0..vertices).map(skin).collect(), bones };
    let theta: [f64; PARAMETERS] = [0.0; PARAMETERS].map(|mid| around(mid, 1.0));
    let seen: Vec<usize> =
        (0..correspondences).map(|_| (around(0.5, 0.5) * vertices as f64) as usize).collect();
    let mut hand = model.track(theta, vec![[0.0; 3]; correspondences], &seen);
    let mut pose = Pose::default();
    pose.set(&hand, &theta);
    hand.points = (0..correspondences)
        .map(|c| pose.error(hand.pulls(c), [0.0; 3]).map(|minus| around(-minus, 0.1)))
        .collect();
    hand
}

/// The inverse of a rotation and translation.
fn inverse(frame: &Frame<f64>) -> Frame<f64> {
    std::array::from_fn(|i| {
        let [x, y, z] = [frame[0][i], frame[1][i], frame[2][i]];
        [x, y, z, -(x * frame[0][3] + y * frame[1][3] + z * frame[2][3])]
    })
}
