//! Brackets and lines.

use super::shown::Axis;
use super::{COLUMNS, HEAD};

/// The texts of the elements that are shown, each `width` columns wide, in nested brackets.
///
/// Brackets are put from the innermost axis outward, so that no rank is too deep.
pub(super) fn nested(mut texts: Vec<String>, axes: &[Axis], width: usize) -> String {
    for (depth, axis) in axes.iter().enumerate().rev() {
        let inner = axes.len() - 1 - depth;
        // Lines stand behind the brackets that are open.
        let indent = HEAD.len() + depth + 1;
        let bracketed = |parts: &[String]| {
            let inside =
                if inner == 0 { row(parts, axis, indent, width) } else { rows(parts, axis, indent, inner) };
            format!("[{inside}]")
        };
        texts = texts.chunks(axis.shown()).map(bracketed).collect();
    }
    texts.concat()
}

/// The numbers of one row, on as many lines as they need.
fn row(numbers: &[String], axis: &Axis, indent: usize, width: usize) -> String {
    // PyTorch counts the row's own bracket to the numbers, and a comma and a space with each.
    let room = (COLUMNS + 1).saturating_sub(indent);
    let a_line = (room / (width + 2)).max(1);
    let lines: Vec<String> =
        with_gap(numbers, axis, " ...").chunks(a_line).map(|line| line.join(", ")).collect();
    lines.join(&format!(",\n{}", " ".repeat(indent)))
}

/// Rows stand under each other, matrices apart.
fn rows(rows: &[String], axis: &Axis, indent: usize, inner: usize) -> String {
    let apart = format!(",{}{}", "\n".repeat(inner), " ".repeat(indent));
    with_gap(rows, axis, "...").join(&apart)
}

/// The parts that are shown, with dots in place of those that are not.
fn with_gap<'a>(parts: &'a [String], axis: &Axis, dots: &'a str) -> Vec<&'a str> {
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if axis.is_cut() {
        parts.insert(axis.first, dots);
    }
    parts
}
