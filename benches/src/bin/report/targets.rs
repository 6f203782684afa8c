//! What the tape must reach.

use crate::comparison::{Chains, Row};
use crate::variants::Variant;

/// A measure, what it must be, and what it was.
pub struct Target {
    pub measure: &'static str,
    pub target: String,
    pub reached: String,
    pub is_reached: bool,
}

fn at_most(measure: &'static str, unit: &str, target: f64, reached: f64) -> Target {
    let text = |number: f64| format!("{} {unit}", (number * 100.0).round() / 100.0);
    let target_text = format!("at most {}", text(target));
    Target { measure, target: target_text, reached: text(reached), is_reached: reached <= target }
}

fn at_least(measure: &'static str, target: f64, reached: f64) -> Target {
    let (target_text, reached_text) = (format!("at least {target} times"), format!("{reached:.1} times"));
    Target { measure, target: target_text, reached: reached_text, is_reached: reached >= target }
}

/// What the targets are read from.
pub struct Measures<'a> {
    pub chains: &'a Chains,
    pub outside: &'a Variant,
    pub two_tapes: &'a Variant,
    pub seed: &'a Row,
    pub products: &'a [Row; 2],
    pub training: &'a [Row; 3],
    pub inference: (usize, usize),
}

impl Measures<'_> {
    /// The targets, and whether each is reached.
    pub fn targets(&self) -> Vec<Target> {
        let short = &self.chains.short;
        let [recorded, swept] = self.products;
        let sweep = swept.nanoseconds_an_op() - recorded.nanoseconds_an_op();
        let allocations = self.training.iter().map(|row| row.tape.allocations).max().unwrap_or(0);
        let (before, after) = self.inference;
        vec![
            at_most(
                "scalar chain, 1,000 steps: recorded and swept",
                "ns an op",
                5.0,
                short.nanoseconds_an_op(),
            ),
            at_most(
                "the same, parameters made outside the scope",
                "ns an op",
                5.5,
                self.outside.nanoseconds_an_op,
            ),
            at_most("the same, two tapes used in turn", "ns an op", 8.0, self.two_tapes.nanoseconds_an_op),
            at_most("the same: memory", "bytes an op", 25.0, short.bytes_an_op()),
            at_least("the same: faster than closure-graph", 10.0, short.ratio()),
            at_least("the same: fewer bytes than closure-graph", 4.0, short.byte_ratio()),
            at_most("first program", "ns", 300.0, self.seed.tape.nanoseconds),
            at_most(
                "tensor op on 3 elements: computed and recorded",
                "ns",
                25.0,
                recorded.nanoseconds_an_op(),
            ),
            at_most("tensor op on 3 elements: swept", "ns", 25.0, sweep),
            at_most("allocations a step of training", "", 0.0, allocations as f64),
            Target {
                measure: "bytes on the tape before and after `inference`",
                target: "equal".to_string(),
                reached: format!("{before} and {after}"),
                is_reached: before == after,
            },
        ]
    }
}
