//! What a hand is made of.

use super::frame::{abduct, compose, flex};
use super::{FINGERS, Frame, Hand, PARAMETERS, Pull};
use crate::number::Number;

/// A bone.
#[derive(Clone, Debug)]
pub struct Bone {
    /// The bone that carries it.
    pub parent: Option<usize>,
    /// Where it lies in its parent's frame when the hand is at rest.
    pub rest: Frame<f64>,
    /// The map from the hand at rest to the bone's own frame.
    pub inverse: Frame<f64>,
    /// Which parameter bends it, if any.
    pub flexion: Option<usize>,
    /// Which parameter spreads it, if any.
    pub abduction: Option<usize>,
}

impl Bone {
    /// From the parent's frame to that in which the bone turns.
    pub(super) fn extend<R: Number>(&self, parent: &Frame<R>) -> Frame<R> {
        compose(parent, &self.rest)
    }

    /// How the parameters turn it.
    pub(super) fn turn<R: Number>(&self, theta: &[R; PARAMETERS]) -> Turn<R> {
        let sin_cos = |k: usize| theta[k].sin_cos();
        Turn { abduction: self.abduction.map(sin_cos), flexion: self.flexion.map(sin_cos) }
    }

    /// Flexion and abduction of the bone with an index: bone 0 is the wrist; then there are five fingers of four bones, of which the
    /// first is fixed and the second also spreads.
    pub(super) fn joints(index: usize) -> (Option<usize>, Option<usize>) {
        let Some((finger, joint)) = index.checked_sub(1).map(|i| (i / 4, i % 4)) else { return (None, None) };
        let first = 6 + 4 * finger;
        match joint {
            _ if finger >= FINGERS => (None, None),
            0 => (None, None),
            1 => (Some(first), Some(first + 1)),
            _ => (Some(first + joint), None),
        }
    }
}

/// The turn of a bone about its axes: sine and cosine of each angle.
pub(super) struct Turn<R> {
    pub abduction: Option<(R, R)>,
    pub flexion: Option<(R, R)>,
}

impl<R: Number> Turn<R> {
    /// From the frame in which the bone turns to its own. It is linear in the frame.
    pub fn apply(&self, mut frame: Frame<R>) -> Frame<R> {
        if let Some(angle) = self.abduction {
            frame = abduct(frame, angle);
        }
        if let Some(angle) = self.flexion {
            frame = flex(frame, angle);
        }
        frame
    }
}

/// A vertex of the skin.
#[derive(Clone, Debug)]
pub struct Vertex {
    /// Where it is when the hand is at rest.
    pub rest: [f64; 3],
    /// The bones that pull it, and their shares.
    pub shares: Vec<(usize, f64)>,
}

/// A hand at rest.
#[derive(Clone, Debug)]
pub struct Model {
    /// The bones, a parent before its children.
    pub bones: Vec<Bone>,
    /// The vertices of the skin.
    pub vertices: Vec<Vertex>,
}

impl Model {
    /// The hand that shall explain points, each at a vertex.
    ///
    /// # Panics
    /// On a vertex that the model does not have.
    pub fn track(&self, theta: [f64; PARAMETERS], points: Vec<[f64; 3]>, vertices: &[usize]) -> Hand {
        let (mut pulls, mut starts) = (Vec::new(), vec![0]);
        for &vertex in vertices {
            let Vertex { rest, shares } = &self.vertices[vertex];
            pulls.extend(shares.iter().map(|&(bone, share)| {
                let inverse = &self.bones[bone].inverse;
                let at =
                    |row: [f64; 4]| share * (row[0] * rest[0] + row[1] * rest[1] + row[2] * rest[2] + row[3]);
                let [x, y, z] = inverse.map(at);
                Pull { bone, at: [x, y, z, share] }
            }));
            starts.push(pulls.len());
        }
        Hand { bones: self.bones.clone(), theta, points, pulls, starts }
    }
}
