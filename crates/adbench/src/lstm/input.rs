//! Inputs: a file of the benchmark, or one made from a seed.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Lstm;
use crate::input::{InputError, Words, text};

/// Reads a file: `l c b`, the parameters in their order, the state, the text.
pub fn read(path: &Path) -> Result<Lstm, InputError> {
    let text = text(path)?;
    let file = path.display().to_string();
    let mut words = Words::new(&file, &text);
    let layers = words.size("l, the number of layers", 1)?;
    let count = words.size("c, the number of characters", 2)?;
    let width = words.size("b, the width", 1)?;
    let mut parameters = words.numbers(8 * layers * width, "a parameter of a layer")?;
    parameters.extend(words.numbers::<f64>(3 * width, "a parameter of the way in or out")?);
    let state = words.numbers(2 * layers * width, "an element of the state")?;
    let text = words.numbers(count * width, "a bit of the text")?;
    words.end()?;
    Ok(Lstm { layers, width, parameters, state, text })
}

/// An input of the form of the benchmark's files: parameters and state between 0 and 1, and a text of random bits.
///
/// ```
/// use adbench::lstm::{generate, objective};
///
/// let input = generate(7, 2, 5, 3);
/// assert_eq!((input.parameters.len(), input.count()), (8 * 2 * 3 + 3 * 3, 5));
/// assert!(objective(&input.parameters, &input).is_finite());
/// ```
///
/// # Panics
/// With fewer than two characters: there is nothing to predict.
pub fn generate(seed: u64, layers: usize, count: usize, width: usize) -> Lstm {
    assert!(count >= 2, "a text of {count} characters has none to predict");
    let mut random = StdRng::seed_from_u64(seed);
    let mut uniform = |len: usize| -> Vec<f64> { (0..len).map(|_| random.random()).collect() };
    let parameters = uniform(8 * layers * width + 3 * width);
    let state = uniform(2 * layers * width);
    let text = uniform(count * width).iter().map(|x| x.round()).collect();
    Lstm { layers, width, parameters, state, text }
}
