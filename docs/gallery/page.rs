//! The text of the gallery's pages.

use std::collections::BTreeMap;
use std::fmt::Write;

use wengert::table;

const MADE: &str =
    "Made from the op table by `cargo run -p wengert-book --bin gallery`; a test fails when it is stale.";

/// The page of the ops that work element by element.
pub fn pointwise() -> String {
    let mut page = format!(
        "# Op gallery: element by element\n\n{MADE}\n\nEach of these is a method of `Tensor` and of `Scalar`; operands broadcast. The plots show the function and its derivative by `x`; where an op has a second operand, it is the number in the caption.\n"
    );
    let rows = table::pointwise::<f64>();
    contents(&mut page, rows.iter().map(|row| row.name));
    for row in rows {
        let operands = ["", "b"][row.sample.len() - 1];
        entry(&mut page, row.name, &format!("x.{}({operands})", row.name), row.docs);
        let _ = write!(page, "\n![{0} and its derivative](gallery/{0}.svg)\n", row.name);
    }
    page
}

/// The page of the ops that work on whole tensors.
pub fn structural() -> String {
    let mut page = format!(
        "# Op gallery: whole tensors\n\n{MADE}\n\nReductions, selections, shapes, linear algebra, layers and losses.\n"
    );
    let rows: BTreeMap<&str, table::CallRow<f64>> =
        table::structural::<f64>().into_iter().map(|row| (row.name, row)).collect();
    contents(&mut page, rows.keys().copied());
    for row in rows.values() {
        entry(&mut page, row.name, row.signature, row.docs);
    }
    page
}

fn contents<'a>(page: &mut String, names: impl Iterator<Item = &'a str>) {
    let links: Vec<String> = names.map(|name| format!("[{name}](#{name})")).collect();
    let _ = write!(page, "\n{}\n", links.join(" · "));
}

fn entry(page: &mut String, name: &str, signature: &str, docs: &str) {
    let _ = write!(page, "\n## {name}\n\n`{signature}`\n\n{}\n", prose(docs));
}

/// The docs of a method without its example and without links that only rustdoc can follow.
fn prose(docs: &str) -> String {
    let mut text = String::new();
    let mut in_code = false;
    for line in docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)) {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code || line == "# Panics" || line.starts_with("Where the shapes do not broadcast; [") {
            continue;
        } else if line == "# Errors" {
            text.push_str("**Errors.**\n");
        } else {
            text.push_str(&unlinked(line));
            text.push('\n');
        }
    }
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    text.trim().to_string()
}

/// A line whose links to items are plain names.
fn unlinked(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("[`") {
        let Some(end) = rest[start..].find("`]").map(|end| start + end) else { break };
        text.push_str(&rest[..start]);
        text.push_str(&rest[start + 1..end + 1]);
        rest = &rest[end + 2..];
        if rest.starts_with("(crate::")
            && let Some(close) = rest.find(')')
        {
            rest = &rest[close + 1..];
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::{prose, unlinked};

    #[test]
    fn links_to_items_become_names() {
        assert_eq!(unlinked("as [`Tensor::powi`](crate::Tensor::powi) is"), "as `Tensor::powi` is");
        assert_eq!(
            unlinked("see [`Tape::cat`], or [the book](x.md)"),
            "see `Tape::cat`, or [the book](x.md)"
        );
    }

    #[test]
    fn examples_are_left_out() {
        assert_eq!(prose(" One.\n\n ```\n code\n ```\n # Errors\n Two.\n"), "One.\n\n**Errors.**\nTwo.");
    }
}
