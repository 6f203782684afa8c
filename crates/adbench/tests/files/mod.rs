//! The benchmark's own files, which need not be there.

use std::path::PathBuf;

/// The path of a file in the folder that `WENGERT_ADBENCH` names; without the variable, says what is left out.
pub fn file(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WENGERT_ADBENCH");
    if folder.is_none() {
        println!("skipped: {name} is looked for in the folder that WENGERT_ADBENCH names, and it names none");
    }
    folder.map(|folder| PathBuf::from(folder).join(name))
}

/// The numbers of such a file, in its order.
pub fn numbers(name: &str) -> Option<Vec<f64>> {
    let text = std::fs::read_to_string(file(name)?).unwrap();
    Some(text.split_whitespace().map(|word| word.parse().unwrap()).collect())
}
