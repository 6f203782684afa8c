//! What a program's measurement prints: one Markdown table.

use std::fmt;
use std::time::Duration;

use wengert::Stats;

use crate::timing::{Time, time};

/// The largest error of `got` against `want`: `|got - want| / max(|want|, floor)`, over all entries.
///
/// Entries below `floor` in size are so compared in units of `floor`. NaN in either is an error of infinity, and so is a
/// difference in length.
///
/// ```
/// use adbench::report::error;
///
/// assert_eq!(error(&[2.0, 0.5], &[4.0, 0.25], 1.0), 0.5);
/// assert_eq!(error(&[2.0, 0.5], &[4.0, 0.25], 0.1), 1.0);
/// assert_eq!(error(&[0.0], &[0.0], 0.0), 0.0);
/// assert_eq!(error(&[1.0], &[f64::NAN], 1.0), f64::INFINITY);
/// ```
pub fn error(got: &[f64], want: &[f64], floor: f64) -> f64 {
    if got.len() != want.len() {
        return f64::INFINITY;
    }
    let errors = got.iter().zip(want).map(|(&got, &want)| {
        // Where both are 0 there is no size to be relative to.
        if got == want { 0.0 } else { (got - want).abs() / want.abs().max(floor) }
    });
    errors.fold(0.0, |largest, e| if e.is_nan() { f64::INFINITY } else { e.max(largest) })
}

/// The largest size among the entries: the scale of a derivative.
pub fn scale(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, v| v.abs().max(largest))
}

/// One way of differentiating: what it took and what came out.
#[derive(Debug)]
pub struct Row {
    /// What the way is called.
    pub way: &'static str,
    /// The time of function and derivative together.
    pub time: Time,
    /// The derivative, flat.
    pub derivative: Vec<f64>,
    /// What the tape held after a run, in bytes, where there is a tape.
    pub tape: Option<usize>,
}

impl Row {
    /// Measures a way that writes its derivative into the list it is given, which is reused from call to call.
    pub fn new(way: &'static str, mut run: impl FnMut(&mut Vec<f64>)) -> Row {
        let mut derivative = Vec::new();
        run(&mut derivative);
        let time = time(|| run(&mut derivative));
        Row { way, time, derivative, tape: None }
    }

    /// Measures a way that keeps its derivative, which is given with [`Row::with_derivative`]: where it is large, a copy of it in every
    /// call would count.
    pub fn lent(way: &'static str, run: impl FnMut()) -> Row {
        Row { way, time: time(run), derivative: Vec::new(), tape: None }
    }

    /// Says what the derivative was.
    pub fn with_derivative(self, derivative: &[f64]) -> Row {
        Row { derivative: derivative.to_vec(), ..self }
    }

    /// Says how large the tape was.
    pub fn with_tape(self, bytes: usize) -> Row {
        Row { tape: Some(bytes), ..self }
    }
}

/// The bytes of a tape at its largest: values, instructions, adjoints, gradients and tables.
pub fn peak_bytes(stats: Stats) -> usize {
    let recorded =
        (stats.peak_slots + stats.peak_instructions) * size_of::<f64>() + stats.peak_statement_bytes;
    recorded + stats.adjoint_bytes + stats.gradient_bytes + stats.table_bytes
}

/// A program's measurement. The first row is by hand: the others are compared with it.
#[derive(Debug)]
pub struct Report {
    /// The program and its sizes.
    pub title: String,
    /// The function's value, or the sum of the squares of its values.
    pub value: f64,
    /// The time of the function alone, over plain numbers.
    pub function: Time,
    /// The ways of differentiating.
    pub rows: Vec<Row>,
    /// The benchmark's own derivative, where it is at hand.
    pub expected: Option<Vec<f64>>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {:e}\n", self.title, self.value)?;
        let head = [
            "",
            "ms",
            "x function",
            "least ms",
            "x least",
            "error to by hand",
            "error to expected",
            "tape, MB",
        ]
        .map(String::from);
        let mut lines = vec![
            head,
            [
                "function".into(),
                ms(self.function.median),
                "1.00".into(),
                ms(self.function.least),
                "1.00".into(),
                "".into(),
                "".into(),
                "".into(),
            ],
        ];
        let by_hand = self.rows.first().map(|row| &row.derivative);
        for (i, row) in self.rows.iter().enumerate() {
            let error_to = |want: Option<&Vec<f64>>| {
                want.map_or(String::new(), |want| {
                    let floor = FLOOR * scale(want);
                    format!("{:.1e}", error(&row.derivative, want, floor))
                })
            };
            lines.push([
                row.way.into(),
                ms(row.time.median),
                format!("{:.2}", row.time.median.div_duration_f64(self.function.median)),
                ms(row.time.least),
                format!("{:.2}", row.time.least.div_duration_f64(self.function.least)),
                error_to(by_hand.filter(|_| i > 0)),
                error_to(self.expected.as_ref()),
                row.tape.map_or(String::new(), |bytes| format!("{:.2}", bytes as f64 / 1e6)),
            ]);
        }
        table(f, &lines)?;
        writeln!(f, "\nErrors: largest |got - want| / max(|want|, {FLOOR:e} of the largest |want|).")
    }
}

/// Entries smaller than this share of the largest are compared relative to it: what rounding leaves of a sum that cancels has no
/// digits of its own.
pub const FLOOR: f64 = 1e-6;

fn ms(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}

/// A Markdown table: the first column to the left, the others to the right, the first line as the head.
fn table<const N: usize>(f: &mut fmt::Formatter<'_>, lines: &[[String; N]]) -> fmt::Result {
    let widths: [usize; N] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].len()).max().unwrap_or(0).max(2));
    for (i, line) in lines.iter().enumerate() {
        write!(f, "| {:<1$} |", line[0], widths[0])?;
        for (cell, width) in line.iter().zip(widths).skip(1) {
            write!(f, " {cell:>width$} |")?;
        }
        writeln!(f)?;
        if i == 0 {
            write!(f, "|{:-<1$}|", "", widths[0] + 2)?;
            for width in &widths[1..] {
                write!(f, "{:->1$}|", ":", width + 2)?;
            }
            writeln!(f)?;
        }
    }
    Ok(())
}
