//! Bundles from files of ADBench and from seeds.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Bundle, CAMERA, Observation, reprojection};
use crate::input::{InputError, Words, text};

/// Reads a file of ADBench: the counts of cameras, points and observations, then **one** camera, point, weight and feature, which
/// the benchmark repeats. Observation `i` is of camera `i` and point `i`, modulo their counts.
pub fn read(path: &Path) -> Result<Bundle, InputError> {
    let (name, text) = (path.display().to_string(), text(path)?);
    let mut words = Words::new(&name, &text);
    let cameras = words.size("the count of cameras", 1)?;
    let points = words.size("the count of points", 1)?;
    let observations = words.size("the count of observations", 1)?;
    let camera: [f64; CAMERA] = words.array("a parameter of the camera")?;
    let point: [f64; 3] = words.array("a coordinate of the point")?;
    let weight = words.number("the weight")?;
    let feature: [f64; 2] = words.array("a coordinate of the feature")?;
    words.end()?;
    let observe = |i| Observation { camera: i % cameras, point: i % points, feature, weight };
    Ok(Bundle {
        cameras: vec![camera; cameras],
        points: vec![point; points],
        observations: (0..observations).map(observe).collect(),
    })
}

/// A bundle made from a seed: cameras around the origin that look at points near it, each observation of a random camera and
/// point, its feature some pixels off. The first camera is not turned at all, which is a case of its own.
pub fn generate(seed: u64, cameras: usize, points: usize, observations: usize) -> Bundle {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut around = |mid: f64, width: f64| mid + width * rng.random_range(-1.0..1.0);
    let turn = |i: usize| if i == 0 { 0.0 } else { 0.6 };
    let cameras: Vec<[f64; CAMERA]> = (0..cameras)
        .map(|i| {
            let r = [0.0; 3].map(|mid| around(mid, turn(i)));
            let centre = [around(0.0, 2.0), around(0.0, 2.0), around(-20.0, 2.0)];
            let [f, u0, v0] = [around(500.0, 50.0), around(0.0, 5.0), around(0.0, 5.0)];
            let [k0, k1] = [around(0.0, 0.1), around(0.0, 0.01)];
            [r[0], r[1], r[2], centre[0], centre[1], centre[2], f, u0, v0, k0, k1]
        })
        .collect();
    let points: Vec<[f64; 3]> = (0..points).map(|_| [0.0; 3].map(|mid| around(mid, 2.0))).collect();
    let mut bundle = Bundle { cameras, points, observations: Vec::new() };
    for _ in 0..observations {
        let mut pick = |count: usize| (around(0.5, 0.5) * count as f64) as usize;
        let (camera, point) = (pick(bundle.cameras.len()), pick(bundle.points.len()));
        let seen = Observation { camera, point, feature: [0.0; 2], weight: 1.0 };
        let feature = reprojection(&bundle.block(&seen), [0.0; 2]).map(|pixel| around(pixel, 5.0));
        bundle.observations.push(Observation { feature, weight: around(0.6, 0.3), ..seen });
    }
    bundle
}
