//! Hands from files of ADBench.

use std::path::Path;

use super::{Bone, Frame, Hand, Model, PARAMETERS, Vertex};
use crate::input::{InputError, Words, text};

/// Reads a file of ADBench: the counts of correspondences and parameters, then a vertex and a point for each correspondence, then
/// the parameters. The folder `model` beside it holds the hand.
pub fn read(path: &Path) -> Result<Hand, InputError> {
    let model = Model::read(&path.with_file_name("model"))?;
    let (name, text) = (path.display().to_string(), text(path)?);
    let mut words = Words::new(&name, &text);
    let count: usize = words.number("the count of correspondences")?;
    let _parameters: usize = words.number("the count of parameters")?;
    let (mut vertices, mut points) = (Vec::new(), Vec::new());
    for _ in 0..count {
        vertices.push(words.index("a vertex", model.vertices.len())?);
        points.push(words.array("a coordinate of a point")?);
    }
    let theta: [f64; PARAMETERS] = words.array("a parameter")?;
    words.end()?;
    Ok(model.track(theta, points, &vertices))
}

impl Model {
    /// Reads a folder of ADBench: `bones.txt`, a line a bone of its name, its parent (-1 for none), its place at rest and the inverse
    /// map, 4 x 4 each; `vertices.txt`, a line a vertex of its place, its normal, two texture coordinates, and the bones with their
    /// shares. Words stand between colons.
    pub fn read(folder: &Path) -> Result<Model, InputError> {
        let mut bones = Vec::new();
        for_lines(&folder.join("bones.txt"), |words| {
            let _name: String = words.number("a bone's name")?;
            let parent: isize = words.number("a bone's parent")?;
            let rest = frame(words, "a number of a bone's place at rest")?;
            let inverse = frame(words, "a number of a bone's inverse map")?;
            let (flexion, abduction) = Bone::joints(bones.len());
            bones.push(Bone { parent: usize::try_from(parent).ok(), rest, inverse, flexion, abduction });
            Ok(())
        })?;
        let mut vertices = Vec::new();
        for_lines(&folder.join("vertices.txt"), |words| {
            let rest = words.array("a coordinate of a vertex")?;
            let _normal: [f64; 3] = words.array("a coordinate of a normal")?;
            let _texture: [f64; 2] = words.array("a texture coordinate")?;
            let count: usize = words.number("the count of bones that pull a vertex")?;
            let share =
                |words: &mut Words<'_>| Ok((words.index("a bone", bones.len())?, words.number("its share")?));
            let shares = (0..count).map(|_| share(words)).collect::<Result<_, InputError>>()?;
            vertices.push(Vertex { rest, shares });
            Ok(())
        })?;
        Ok(Model { bones, vertices })
    }
}

/// Goes through the lines of a file, each as words between colons, of which none may be left.
fn for_lines(
    path: &Path,
    mut line: impl FnMut(&mut Words<'_>) -> Result<(), InputError>,
) -> Result<(), InputError> {
    let (name, text) = (path.display().to_string(), text(path)?);
    for (number, text) in text.lines().enumerate() {
        let name = format!("{name}:{}", number + 1);
        let text = text.replace(':', " ");
        let mut words = Words::new(&name, &text);
        line(&mut words)?;
        words.end()?;
    }
    Ok(())
}

/// A 4 x 4 matrix, whose last row is (0, 0, 0, 1) for an affine map.
fn frame(words: &mut Words<'_>, expected: &str) -> Result<Frame<f64>, InputError> {
    let [a, b, c] = [words.array(expected)?, words.array(expected)?, words.array(expected)?];
    let _last: [f64; 4] = words.array(expected)?;
    Ok([a, b, c])
}
