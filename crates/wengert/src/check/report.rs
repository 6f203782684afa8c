//! What a check has found.

use std::fmt;

/// What was compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The value, computed twice at one point.
    Value,
    /// `jvp` along one element of an input with central differences, for each output.
    Tangent,
    /// `grad` of the weighted outputs with central differences.
    Gradient,
    /// `<y_bar, J x_dot>` by `jvp` with `<J^T y_bar, x_dot>` by `grad`.
    Identity,
    /// The order at which the Taylor remainder falls with the step: 2 with a right gradient, 1 with a wrong one.
    Taylor,
    /// `grad` for one input while the others are passive with `grad` for all.
    Alone,
    /// `grad_recorded` with `grad`.
    Recorded,
    /// `hvp` with central differences of `grad`.
    Hessian,
    /// `grad` of `grad_recorded` with `hvp`.
    Twice,
    /// `hvp`, or `grad` of `grad_recorded`, for one input while the others are passive with `hvp` for all.
    HessianAlone,
}

impl Comparison {
    /// What is compared, and the two ways by which it was computed.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Comparison::Value => ("the value", "again", "first"),
            Comparison::Tangent => ("the derivative", "jvp", "numeric"),
            Comparison::Gradient => ("the gradient", "grad", "numeric"),
            Comparison::Identity => ("<y_bar, J x_dot>", "jvp", "grad"),
            Comparison::Taylor => ("the order of the Taylor remainder", "measured", "expected"),
            Comparison::Alone => ("the gradient with the other inputs passive", "grad", "grad for all"),
            Comparison::Recorded => ("the recorded gradient", "grad_recorded", "grad"),
            Comparison::Hessian => ("the second derivative", "hvp", "numeric"),
            Comparison::Twice => ("the second derivative", "grad of grad_recorded", "hvp"),
            Comparison::HessianAlone => {
                ("the second derivative with the other inputs passive", "alone", "hvp for all")
            }
        }
    }
}

/// How a comparison that did not simply agree has come out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The two differ by more than the tolerance.
    Wrong,
    /// The function has a kink there, and the derivative lies between the slopes on its two sides: it is one of those
    /// that a convention may choose.
    Kink {
        /// The slope on the left.
        left: f64,
        /// The slope on the right.
        right: f64,
    },
    /// The function jumps there, or is vertical: differences say nothing.
    Jump,
    /// The function is not finite there or on one side: differences say nothing.
    NotFinite,
    /// Central differences are too rough there to tell.
    Rough,
}

/// A comparison that did not simply agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was compared.
    pub comparison: Comparison,
    /// How it came out.
    pub verdict: Verdict,
    /// The input and the index of its element; `None` where all inputs are moved at once.
    pub input: Option<(usize, Vec<usize>)>,
    /// The index of the element of the output; `None` for the outputs weighted.
    pub output: Option<Vec<usize>>,
    /// What is checked.
    pub analytic: f64,
    /// What it is compared with.
    pub numeric: f64,
    /// How far the two may lie apart.
    pub tolerance: f64,
}

impl Finding {
    /// By how much the two differ.
    pub fn error(&self) -> f64 {
        (self.analytic - self.numeric).abs()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, own, other) = self.comparison.words();
        write!(f, "{what}")?;
        if let Some(output) = self.output.as_ref().filter(|output| !output.is_empty()) {
            write!(f, " of output {output:?}")?;
        }
        match &self.input {
            Some((input, index)) if index.is_empty() => write!(f, " by input {input}")?,
            Some((input, index)) => write!(f, " by input {input} at {index:?}")?,
            None => {}
        }
        let Finding { analytic, numeric, tolerance, .. } = self;
        match self.verdict {
            Verdict::Wrong => {
                write!(f, ": {own} {analytic:?}, {other} {numeric:?}")?;
                write!(f, " (error {:.1e}, tolerance {tolerance:.1e})", self.error())
            }
            Verdict::Kink { left, right } => {
                write!(
                    f,
                    ": kink, slope {left:.6} on the left and {right:.6} on the right; {own} {analytic:?}"
                )
            }
            Verdict::Jump => write!(f, ": the function jumps or is vertical; {own} {analytic:?}"),
            Verdict::NotFinite => {
                write!(f, ": the function is not finite on both sides; {own} {analytic:?}")
            }
            Verdict::Rough => {
                write!(f, ": {own} {analytic:?}, {other} {numeric:?} known to {tolerance:.1e} only")
            }
        }
    }
}

/// What a check has found: failures, and notes on points where differences cannot tell.
///
/// `Display` shows all of it; [`Report::assert_ok`] panics with that text.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub(super) name: String,
    pub(super) compared: usize,
    pub(super) findings: Vec<Finding>,
    pub(super) error: Option<crate::error::Error>,
    pub(super) order: Option<f64>,
}

/// How many findings of a sort are shown.
const SHOWN: usize = 8;

impl Report {
    /// Whether nothing is wrong. Kinks, jumps and what could not be told do not count.
    pub fn is_ok(&self) -> bool {
        self.error.is_none() && self.failures().next().is_none()
    }

    /// Panics with the text of the report if anything is wrong; otherwise gives the report back.
    #[track_caller]
    pub fn assert_ok(self) -> Report {
        assert!(self.is_ok(), "{self}");
        self
    }

    /// The name that the check was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many comparisons were made.
    pub fn compared(&self) -> usize {
        self.compared
    }

    /// The comparisons that are wrong.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.verdict == Verdict::Wrong)
    }

    /// Kinks, jumps, points at which the function is not finite, and those where differences are too rough.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.verdict != Verdict::Wrong)
    }

    /// The error with which a derivative that was asked for came back, if any did.
    pub fn error(&self) -> Option<&crate::error::Error> {
        self.error.as_ref()
    }

    /// The order at which the Taylor remainder falls with the step, 2 for a right gradient; `None` where the remainder
    /// is nothing but rounding, as for a function that is linear.
    pub fn taylor_order(&self) -> Option<f64> {
        self.order
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.failures().count();
        match wrong {
            0 => write!(f, "{}: {} comparisons agree", self.name, self.compared)?,
            _ => write!(f, "{}: {wrong} of {} comparisons are wrong", self.name, self.compared)?,
        }
        if let Some(order) = self.order {
            write!(f, ", the Taylor remainder is of order {order:.2}")?;
        }
        list(f, self.failures())?;
        if let Some(error) = &self.error {
            write!(f, "\n  {error}")?;
        }
        if wrong > 0 {
            f.write_str(
                "\n  help: `detach`, `no_grad` and a number that was read out (`item`, `to_vec`) cut a derivative",
            )?;
        }
        if self.notes().next().is_some() {
            f.write_str("\nnot wrong, but not told by differences:")?;
            list(f, self.notes())?;
        }
        Ok(())
    }
}

/// Findings, a line each, and how many more there are.
fn list<'a>(f: &mut fmt::Formatter<'_>, mut findings: impl Iterator<Item = &'a Finding>) -> fmt::Result {
    for finding in findings.by_ref().take(SHOWN) {
        write!(f, "\n  {finding}")?;
    }
    match findings.count() {
        0 => Ok(()),
        more => write!(f, "\n  and {more} more"),
    }
}
