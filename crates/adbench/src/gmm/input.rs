//! Inputs: a file of the benchmark, or one made from a seed.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Gmm;
use crate::input::{InputError, Words, text};

/// Reads a file: `d K n`, the parameters in their order, the points, `gamma m`.
pub fn read(path: &Path) -> Result<Gmm, InputError> {
    let text = text(path)?;
    let file = path.display().to_string();
    let mut words = Words::new(&file, &text);
    let dimensions = words.size("d, the dimensions of a point", 1)?;
    let components = words.size("K, the number of components", 1)?;
    let count = words.size("n, the number of points", 1)?;
    let mut input =
        Gmm { dimensions, components, parameters: Vec::new(), points: Vec::new(), gamma: 0.0, m: 0 };
    for (len, what) in [
        (components, "an alpha"),
        (components * dimensions, "an entry of a mean"),
        (components * input.factor_len(), "an entry of a triangular factor"),
    ] {
        input.parameters.extend(words.numbers::<f64>(len, what)?);
    }
    input.points = words.numbers(count * dimensions, "an entry of a point")?;
    input.gamma = words.number("gamma, of the prior")?;
    input.m = words.number("m, of the prior")?;
    words.end()?;
    Ok(input)
}

/// An input of the form of the benchmark's files: parameters and points of the order of 1, `gamma` 1 and `m` 0.
///
/// ```
/// use adbench::gmm::{generate, objective};
///
/// let input = generate(7, 2, 3, 10);
/// assert_eq!((input.parameters.len(), input.count()), (3 + 3 * 2 + 3 * 3, 10));
/// assert!(objective(&input.parameters, &input).is_finite());
/// ```
pub fn generate(seed: u64, dimensions: usize, components: usize, count: usize) -> Gmm {
    let mut random = StdRng::seed_from_u64(seed);
    let mut input =
        Gmm { dimensions, components, parameters: Vec::new(), points: Vec::new(), gamma: 1.0, m: 0 };
    let factors = components * input.factor_len();
    let mut uniform = |low: f64, high: f64, len: usize| -> Vec<f64> {
        (0..len).map(|_| random.random_range(low..high)).collect()
    };
    input.parameters.extend(uniform(-2.0, 2.0, components));
    input.parameters.extend(uniform(0.0, 1.0, components * dimensions));
    input.parameters.extend(uniform(-1.5, 1.5, factors));
    input.points = uniform(-2.0, 2.0, count * dimensions);
    input
}
