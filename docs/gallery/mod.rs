//! The op gallery: a page of every op, made of the op table.

mod page;
mod plot;

use std::path::{Path, PathBuf};

pub use page::{pointwise, structural};
pub use plot::plots;

/// The folder of the book's pages.
fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of the gallery with its text.
pub fn files() -> Vec<(PathBuf, String)> {
    let mut files = vec![
        (pages().join("gallery-pointwise.md"), pointwise()),
        (pages().join("gallery-structural.md"), structural()),
    ];
    for (name, svg) in plots() {
        files.push((pages().join("gallery").join(format!("{name}.svg")), svg));
    }
    files
}
