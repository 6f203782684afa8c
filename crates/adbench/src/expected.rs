//! Values and derivatives that the benchmark's own code gave, in files beside its inputs.
//!
//! An input `gmm/gmm_d10_K25.txt` has its expected values in `expected/`, in a file of the program whose name ends alike.

use std::path::{Path, PathBuf};

use crate::input::{InputError, Words, text};

/// A value and a derivative.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The objective.
    pub value: f64,
    /// Its derivative, flat.
    pub derivative: Vec<f64>,
}

/// Reads a file of one value and then the entries of a derivative.
pub fn read(path: &Path) -> Result<Expected, InputError> {
    let text = text(path)?;
    let file = path.display().to_string();
    let mut words = Words::new(&file, &text);
    Ok(Expected { value: words.number("the value")?, derivative: words.rest("an entry of the derivative")? })
}

/// The file in the folder `expected` beside the input's folder that starts with the program's name and ends as the input's
/// name does after its first word: `gmm_d10_K25.txt` has `gmm_1k_d10_K25.txt`. `None` where there is none.
pub fn find(input: &Path, program: &str) -> Option<PathBuf> {
    let ending = input.file_name()?.to_str()?.split_once('_')?.1;
    let folder = input.parent()?.parent()?.join("expected");
    let mut files: Vec<PathBuf> =
        folder.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.into_iter().find(|file| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(program) && name.ends_with(&format!("_{ending}"))
    })
}
