//! Printing like PyTorch.

use std::fmt::{self, Write};

use super::Tensor;
use crate::tape::Element;

/// A tensor with more elements than this is summarised.
const SUMMARISE: usize = 1000;
/// How many elements a summarised axis shows at either end.
const EDGE: usize = 3;

/// `tensor([3.0, 4.0, 5.0], grad_fn=<add>)`, matrices with nested brackets, large ones summarised.
impl<T: Element> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resolve("fmt", crate::error::At(None)).is_err() {
            return write!(f, "tensor(<stale> %{})", self.index());
        }
        let (dims, values) = (self.shape(), self.to_vec());
        let printed = Printed { values: &values, summarise: values.len() > SUMMARISE };
        let mut text = String::new();
        printed.write(&mut text, &dims, 0, 1)?;
        write!(f, "tensor({text}")?;
        if values.is_empty() && dims.len() > 1 {
            write!(f, ", size={:?}", dims.as_slice())?;
        }
        match (self.grad_fn(), self.requires_grad()) {
            (Some(name), _) => write!(f, ", grad_fn=<{name}>)"),
            (None, true) => f.write_str(", requires_grad=True)"),
            (None, false) => f.write_str(")"),
        }
    }
}

struct Printed<'a, T> {
    values: &'a [T],
    summarise: bool,
}

impl<T: Element> Printed<'_, T> {
    /// The elements from `start` on, of the given dims, `depth` brackets deep.
    fn write(&self, out: &mut String, dims: &[usize], start: usize, depth: usize) -> fmt::Result {
        let Some((&extent, rest)) = dims.split_first() else {
            return write!(out, "{}", Number(self.values[start]));
        };
        let step: usize = rest.iter().product();
        out.push('[');
        let hidden = self.summarise && extent > 2 * EDGE;
        let shown = (0..extent).filter(|&i| !hidden || i < EDGE || i >= extent - EDGE);
        for (position, i) in shown.enumerate() {
            if position > 0 {
                self.separate(out, rest.len(), depth);
            }
            if hidden && position == EDGE {
                out.push_str("...");
                self.separate(out, rest.len(), depth);
            }
            if step > 0 {
                self.write(out, rest, start + i * step, depth + 1)?;
            } else {
                out.push_str("[]");
            }
        }
        out.push(']');
        Ok(())
    }

    /// Rows stand under each other, matrices apart.
    fn separate(&self, out: &mut String, deeper: usize, depth: usize) {
        if deeper == 0 {
            out.push_str(", ");
            return;
        }
        out.push(',');
        out.extend(std::iter::repeat_n('\n', deeper));
        // As wide as `tensor(` and the brackets that are open.
        out.extend(std::iter::repeat_n(' ', "tensor(".len() + depth));
    }
}

/// A number with at most four decimals where that loses little, as PyTorch prints it, but with its point: `50.0`.
struct Number<T>(T);

impl<T: Element> fmt::Display for Number<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0.to_f64().unwrap_or(f64::NAN);
        if value.is_nan() {
            return f.write_str("nan");
        }
        if value.is_infinite() {
            return f.write_str(if value > 0.0 { "inf" } else { "-inf" });
        }
        let size = value.abs();
        if size != 0.0 && !(1e-4..1e8).contains(&size) {
            return write!(f, "{value:.4e}");
        }
        let mut text = String::new();
        write!(text, "{value:.4}")?;
        let short = text.trim_end_matches('0');
        f.write_str(short)?;
        if short.ends_with('.') { f.write_str("0") } else { Ok(()) }
    }
}
