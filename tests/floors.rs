//! The floors of the library, read off its own sources: a module uses its own floor or a lower one.

use std::fs;
use std::path::{Path, PathBuf};

/// Every module of `crates/wengert/src`, by floor.
const FLOORS: [&[&str]; 7] = [
    &["error", "lists", "shape", "picks", "twins"],
    &["arena"],
    &["rule"],
    &["tape", "tensor", "scalar"],
    &["sweep"],
    &["ops"],
    &["calculus", "check", "compiled", "inspect"],
];

/// Files near 400 lines ask to be split.
const LONGEST: usize = 400;

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// Every file of the library: its module, its path, its text.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wengert/src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(folder).expect("the sources of the library").map(|entry| entry.unwrap().path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let path = entry.strip_prefix(&root).unwrap().to_path_buf();
                let module =
                    path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_string();
                files.push((module, path, fs::read_to_string(entry).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The code of a line: no strings, no comment, and nothing of a macro's `$crate` paths.
fn code(line: &str) -> String {
    let without_strings: String = line.split('"').step_by(2).collect();
    without_strings.split("//").next().unwrap_or_default().replace("$crate::", "")
}

/// The modules that a text names as `crate::module`, with their lines; `use crate::{a, b::c}` names each.
fn named(text: &str) -> Vec<(usize, String)> {
    let code: String = text.lines().map(|line| code(line) + "\n").collect();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        match rest.strip_prefix('{') {
            None => found.push((line, word(rest))),
            Some(group) => {
                // The names at the outermost level of the braces.
                let (mut depth, mut start) = (0, true);
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if c.is_whitespace() => {}
                        _ if start && depth == 0 => {
                            found.push((line, word(&group[i..])));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

#[test]
fn every_module_has_a_floor() {
    let modules: Vec<String> =
        sources().into_iter().map(|(module, ..)| module).filter(|module| module != "lib").collect();
    assert!(modules.len() > 30, "the sources were found");
    for module in &modules {
        assert!(
            floor(module).is_some(),
            "`{module}` stands on no floor: add it to FLOORS, as low as it can be"
        );
    }
    for module in FLOORS.iter().flat_map(|modules| modules.iter()) {
        assert!(modules.iter().any(|m| m == module), "there is no module `{module}` any more");
    }
}

#[test]
fn a_module_uses_its_own_floor_or_a_lower_one() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (module, path, text) in sources() {
        let Some(own) = floor(&module) else { continue };
        // Unit tests may use what they like.
        let text = text.split("#[cfg(test)]").next().unwrap();
        for (line, other) in named(text) {
            match floor(&other) {
                Some(floor) if floor <= own => checked += 1,
                Some(floor) => wrong.push(format!(
                    "{}:{line}: `{module}` is on floor {own} and uses `{other}` on floor {floor}",
                    path.display()
                )),
                // What the crate's root exports has no floor of its own: an inner module must say where it comes from.
                None => wrong.push(format!("{}:{line}: `crate::{other}` is no module", path.display())),
            }
        }
    }
    assert!(checked > 100, "only {checked} uses were found");
    assert!(wrong.is_empty(), "{} uses go up:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_reader_of_paths_reads_them() {
    let names = |text: &str| named(text).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(names("use crate::error::{At, Error};"), ["error"]);
    assert_eq!(names("use crate::{\n  error::{At, Error},\n  tape,\n};"), ["error", "tape"]);
    assert_eq!(names("let x = crate::shape::View::new(); // crate::ops"), ["shape"]);
    assert_eq!(names("$crate::ops::x(\"crate::error\") // crate::tape"), [""; 0]);
    assert_eq!(named("\n\nuse crate::a;")[0].0, 3);
}

/// A foreign trait declares methods `unsafe`, and so whoever implements it must write the word; the bodies are safe.
const SAYS_UNSAFE: &str = "scalar/fields/lanes.rs";

#[test]
fn unsafe_code_lives_in_the_arena_alone() {
    let mut inside = 0;
    let mut said = 0;
    for (module, path, text) in sources() {
        for (line, text) in text.lines().enumerate() {
            let code = code(text);
            let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            let count = words.filter(|&word| word == "unsafe").count();
            if module == "arena" {
                inside += count;
            } else if path == Path::new(SAYS_UNSAFE) {
                assert_eq!(count, code.matches("unsafe fn ").count(), "{SAYS_UNSAFE}:{}: {text}", line + 1);
                said += count;
            } else {
                assert_eq!(count, 0, "{}:{}: {text}", path.display(), line + 1);
                assert!(!code.contains("allow(unsafe_code)"), "{}:{}", path.display(), line + 1);
            }
        }
        if module == "lib" {
            assert!(text.contains("#![deny(unsafe_code)]"));
        }
    }
    assert!(inside > 0);
    assert_eq!(said, 2, "{SAYS_UNSAFE} has the two methods that the trait declares");
}

#[test]
fn no_file_is_too_long() {
    for (_, path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines: split it", path.display());
    }
}

#[test]
fn sweeps_name_no_op() {
    let ops: Vec<&str> = wengert::table::pointwise::<f64>().into_iter().map(|row| row.name).collect();
    for (module, path, text) in sources() {
        if module == "sweep" {
            let text = text.split("#[cfg(test)]").next().unwrap();
            for name in ["matmul", "softmax", "logsumexp"].iter().chain(&ops) {
                assert!(!text.contains(&format!("\"{name}\"")), "{} names `{name}`", path.display());
                assert!(!text.contains(&format!("ops::{name}")), "{} names `{name}`", path.display());
            }
        }
    }
}
