//! Printing like PyTorch, whose trailing zeros go.

mod brackets;
mod form;
mod shown;

use std::fmt;

use form::Form;

use super::Tensor;
use crate::error::At;
use crate::shape::View;
use crate::tape::Element;
use crate::tape::core::Core;

/// Columns of a line.
const COLUMNS: usize = 80;
/// Where a text starts; its other lines are indented as far.
const HEAD: &str = "tensor(";

/// `tensor([3.0, 4.0, 5.0], grad_fn=<add>)`: matrices in nested brackets, columns under each other; of more than 1,000
/// elements three at either end of an axis.
///
/// The elements that are shown share one form: as few decimals as all of them need, from one to four, and a power of ten
/// behind each where they differ widely.
impl<T: Element> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok((core, id)) = self.resolve("fmt", At(None)) else {
            return write!(f, "tensor(<stale> %{})", self.index());
        };
        let view = core.tables.borrow().view(id);
        let dims = &view.layout.dims;
        let mut text = String::from(HEAD);
        if view.layout.len > 0 {
            text.push_str(&elements(core, &view));
        } else {
            text.push_str("[]");
            if dims.len() != 1 {
                let extents: Vec<String> = dims.iter().map(usize::to_string).collect();
                add_suffix(&mut text, &format!("size=({})", extents.join(", ")));
            }
        }
        match (self.grad_fn(), self.requires_grad()) {
            (Some(name), _) => add_suffix(&mut text, &format!("grad_fn=<{name}>")),
            (None, true) => add_suffix(&mut text, "requires_grad=True"),
            (None, false) => {}
        }
        // As a whole: what the text is written to may be the user's, and may use the tape.
        write!(f, "{text})")
    }
}

/// The elements in their brackets.
fn elements<T: Element>(core: &Core<T>, view: &View) -> String {
    let axes = shown::axes(&view.layout);
    let slots = core.list.values();
    let number = |slot: usize| slots[slot].get().to_f64().unwrap_or(f64::NAN);
    let values: Vec<f64> = shown::slots(view, &axes).into_iter().map(number).collect();
    let form = Form::of(&values);
    let texts = values.iter().map(|&value| form.text(value)).collect();
    brackets::nested(texts, &axes, form.width)
}

/// Puts a suffix on the last line, or on one of its own where the last would be full: as in PyTorch, of 80 columns one stays
/// empty.
fn add_suffix(text: &mut String, suffix: &str) {
    let last = text.lines().last().map_or(0, str::len);
    if last + ", ".len() + suffix.len() + ")".len() < COLUMNS {
        text.push_str(", ");
    } else {
        text.push_str(",\n");
        text.push_str(&" ".repeat(HEAD.len()));
    }
    text.push_str(suffix);
}
