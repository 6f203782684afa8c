//! Tables and numbers as pages have them.

use std::fmt::{self, Display};

/// A table in Markdown: the first column left, the others right. Columns are as wide as their widest cell.
///
/// ```
/// let mut table = wengert_benches::Table::new(["engine", "time"]);
/// table.push(["tape".to_string(), "4.1 ns".to_string()]);
/// assert_eq!(table.to_string(), "\
/// | engine |   time |
/// |:-------|-------:|
/// | tape   | 4.1 ns |
/// ");
/// ```
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these heads.
    pub fn new<const N: usize>(heads: [&str; N]) -> Table {
        Table { rows: vec![heads.map(str::to_string).to_vec()] }
    }

    /// One row more.
    pub fn push<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.rows[0].len()).map(width).collect();
        for (index, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, "| {cell:<width$} |")?,
                    _ => write!(f, " {cell:>width$} |")?,
                }
            }
            writeln!(f)?;
            if index == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    match column {
                        0 => write!(f, "|:{}-|", "-".repeat(width))?,
                        _ => write!(f, "-{}:|", "-".repeat(width))?,
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// `1234567` as `1,234,567`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nanoseconds in the unit that a person reads, to three digits.
pub fn time(nanoseconds: f64) -> String {
    let (number, unit) = match nanoseconds {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns => (ns / 1e6, "ms"),
    };
    let decimals = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
    format!("{number:.decimals$} {unit}")
}
