//! Writes the op gallery into the book.

use std::fs;

fn main() -> std::io::Result<()> {
    let files = wengert_book::gallery::files();
    for (path, text) in &files {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    println!("wrote {} files", files.len());
    Ok(())
}
