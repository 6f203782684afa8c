//! The plots of the gallery: each op that works element by element, with its derivative.

use plotters::prelude::*;
use wengert::{Tape, table};

const INK: RGBColor = RGBColor(32, 36, 48);
const QUIET: RGBColor = RGBColor(222, 225, 232);
const FUNCTION: RGBColor = RGBColor(38, 110, 190);
const DERIVATIVE: RGBColor = RGBColor(214, 96, 40);

/// Where the ops are plotted, and how high.
const DOMAIN: (f64, f64) = (-4.0, 4.0);
const RANGE: (f64, f64) = (-4.0, 4.0);
const POINTS: usize = 161;

/// A name and its SVG for each op.
pub fn plots() -> Vec<(&'static str, String)> {
    table::pointwise::<f64>().iter().map(|row| (row.name, plot(row))).collect()
}

/// Points of a curve; a new piece begins where the curve leaves the picture, or jumps.
type Curve = Vec<Vec<(f64, f64)>>;

fn curves(row: &table::OpRow<f64>) -> (Curve, Curve) {
    let tape = Tape::<f64>::new();
    let (mut values, mut slopes) = (Pieces::default(), Pieces::default());
    for i in 0..POINTS {
        let at = DOMAIN.0 + (DOMAIN.1 - DOMAIN.0) * i as f64 / (POINTS - 1) as f64;
        tape.scope(|| {
            let mut x = vec![tape.scalar(at)];
            x.extend(row.sample[1..].iter().map(|&number| wengert::Scalar::from(number)));
            let y = (row.scalars)(&x);
            let slope = if y.requires_grad() { tape.grad(&[y], &x[..1])[0].item() } else { 0.0 };
            values.push(at, y.value());
            slopes.push(at, slope);
        });
    }
    (values.0, slopes.0)
}

#[derive(Default)]
struct Pieces(Curve);

impl Pieces {
    fn push(&mut self, x: f64, y: f64) {
        let inside = y.is_finite() && (RANGE.0..=RANGE.1).contains(&y);
        let last = self.0.last().and_then(|piece| piece.last());
        let jumps = last.is_none_or(|&(_, before)| (before - y).abs() > 1.2);
        match self.0.last_mut() {
            _ if !inside => self.0.push(Vec::new()),
            Some(piece) if !jumps => piece.push((x, y)),
            _ => self.0.push(vec![(x, y)]),
        }
    }
}

fn plot(row: &table::OpRow<f64>) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (420, 300)).into_drawing_area();
        draw(&area, row).expect("a string takes every drawing");
        area.present().expect("a string takes every drawing");
    }
    svg
}

fn draw(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    row: &table::OpRow<f64>,
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    area.fill(&WHITE)?;
    let caption = match row.sample {
        [_, second] => format!("{}(x, {second})", row.name),
        _ => format!("{}(x)", row.name),
    };
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 16))
        .margin(8)
        .x_label_area_size(22)
        .y_label_area_size(28)
        .build_cartesian_2d(DOMAIN.0..DOMAIN.1, RANGE.0..RANGE.1)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(QUIET)
        .axis_style(INK)
        .x_labels(9)
        .draw()?;
    let (values, slopes) = curves(row);
    for (curve, colour) in [(slopes, DERIVATIVE), (values, FUNCTION)] {
        for piece in curve.into_iter().filter(|piece| piece.len() > 1) {
            chart.draw_series(LineSeries::new(piece, colour.stroke_width(2)))?;
        }
    }
    Ok(())
}
