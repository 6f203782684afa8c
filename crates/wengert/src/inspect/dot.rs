//! The list as a graph, for Graphviz.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::dump::Line;
use crate::tape::{Element, Tape};

impl<T: Element> Tape<T> {
    /// The list as a Graphviz graph: `dot -Tsvg`. Boxes are instructions, ellipses leaves and constants.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let _ = (x * x).sum();
    /// assert!(tape.to_dot().contains("\"%1\" -> \"%2\""));
    /// ```
    pub fn to_dot(&self) -> String {
        let core = self.core();
        let lines = core.lines(&core.tables.borrow());
        let mut text = String::from("digraph tape {\n  rankdir = LR;\n  node [fontname = \"monospace\"];\n");
        let computed: BTreeSet<&str> = lines.iter().map(|line| line.out.as_str()).collect();
        let mut sources = BTreeSet::new();
        for Line { name, out, operands, shape, at } in &lines {
            let _ = writeln!(
                text,
                "  \"{out}\" [shape = box, label = \"{out} = {name}\\n{shape:?}\", tooltip = \"{at}\"];"
            );
            for operand in operands {
                // A view is drawn as an edge from the variable that has the slots.
                let (view, from) = match operand.split_once(" (of ") {
                    Some((view, owner)) => (Some(view), owner.trim_end_matches(')')),
                    None => (None, operand.as_str()),
                };
                let label = view.map(|view| format!(" [label = \"view {view}\"]")).unwrap_or_default();
                let _ = writeln!(text, "  \"{from}\" -> \"{out}\"{label};");
                if !computed.contains(from) {
                    sources.insert(from);
                }
            }
        }
        for source in sources {
            let _ = writeln!(text, "  \"{source}\" [shape = ellipse];");
        }
        text.push_str("}\n");
        text
    }
}
