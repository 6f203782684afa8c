//! The pictures: the course of the loss, and the images that were misread.

use std::fs;
use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::data::Digits;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const INK: RGBColor = RGBColor(32, 36, 48);
const QUIET: RGBColor = RGBColor(110, 116, 130);
const TRAINING: RGBColor = RGBColor(38, 110, 190);
const TEST: RGBColor = RGBColor(214, 96, 40);

/// Side of a pixel in the picture of the misread digits.
const PIXEL: i32 = 12;
/// Side of an image, and of the cell that it stands in with its caption.
const IMAGE: i32 = 8 * PIXEL;
const CELL: (i32, i32) = (IMAGE + 32, IMAGE + 48);
/// Images a row.
const COLUMNS: usize = 5;
const TITLE: i32 = 56;

/// The folder that pictures are written into.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder and tries to write in it, before anything is trained.
    pub fn new(path: &Path) -> Result<Folder, String> {
        let folder = Folder(path.to_path_buf());
        fs::create_dir_all(path).map_err(|error| refused(path, &error))?;
        let file = folder.0.join("loss.svg");
        fs::File::options().append(true).create(true).open(&file).map_err(|error| refused(&file, &error))?;
        Ok(folder)
    }

    /// The training and test loss of each epoch.
    pub fn losses(&self, losses: &[(f32, f32)]) -> Result<PathBuf, String> {
        self.draw("loss.svg", (720, 440), |area| draw_losses(area, losses))
    }

    /// The images that were misread, with what was meant and what was read.
    pub fn misread(&self, digits: &Digits, read: &[usize], wrong: &[usize]) -> Result<PathBuf, String> {
        let rows = wrong.len().div_ceil(COLUMNS).max(1) as i32;
        let size = ((COLUMNS as i32 * CELL.0 + 32) as u32, (TITLE + rows * CELL.1 + 16) as u32);
        self.draw("misread.svg", size, |area| draw_misread(area, digits, read, wrong))
    }

    fn draw(
        &self,
        name: &str,
        size: (u32, u32),
        f: impl FnOnce(&Area<'_>) -> Drawn,
    ) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let drawn = area.fill(&WHITE).and_then(|()| f(&area)).and_then(|()| area.present());
        drawn.map_err(|error| format!("cannot draw {}: {error}", path.display()))?;
        drop(area);
        fs::write(&path, svg).map_err(|error| refused(&path, &error))?;
        Ok(path)
    }
}

fn refused(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}\n  help: give another folder with `--out FOLDER`", path.display())
}

fn draw_losses(area: &Area<'_>, losses: &[(f32, f32)]) -> Drawn {
    let all = || losses.iter().flat_map(|&(training, test)| [training, test]).filter(|loss| *loss > 0.0);
    let low = all().fold(f32::INFINITY, f32::min);
    let high = all().fold(0.0, f32::max);
    // From a power of ten, where the ticks begin, and a little below, so that it is not rounded away.
    let floor = 0.999 * 10f32.powf(low.log10().floor());
    let mut chart = ChartBuilder::on(area)
        .caption("Cross entropy", ("sans-serif", 20).into_font().color(&INK))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(1..losses.len().max(2), (floor..high * 1.25).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(INK.mix(0.1))
        .axis_style(INK.mix(0.5))
        .label_style(("sans-serif", 14).into_font().color(&QUIET))
        .y_labels(20)
        .y_label_formatter(&tick)
        .x_desc("epoch")
        .draw()?;
    let mut line = |name: &str, color: RGBColor, loss: fn(&(f32, f32)) -> f32| -> Drawn {
        let points = losses.iter().enumerate().map(|(epoch, losses)| (epoch + 1, loss(losses)));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2)));
        Ok(())
    };
    line("training images, with noise", TRAINING, |losses| losses.0)?;
    line("test images", TEST, |losses| losses.1)?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .margin(12)
        .background_style(WHITE)
        .border_style(INK.mix(0.2))
        .label_font(("sans-serif", 14).into_font().color(&INK))
        .draw()
}

fn draw_misread(area: &Area<'_>, digits: &Digits, read: &[usize], wrong: &[usize]) -> Drawn {
    let title = format!("{} of {} test images misread", wrong.len(), digits.len());
    area.draw(&Text::new(title, (32, 20), ("sans-serif", 20).into_font().color(&INK)))?;
    for (place, &index) in wrong.iter().enumerate() {
        let (column, row) = ((place % COLUMNS) as i32, (place / COLUMNS) as i32);
        let (left, top) = (32 + column * CELL.0, TITLE + row * CELL.1);
        for (pixel, &ink) in digits.image(index).iter().enumerate() {
            let (x, y) = (left + PIXEL * (pixel % 8) as i32, top + PIXEL * (pixel / 8) as i32);
            area.draw(&Rectangle::new([(x, y), (x + PIXEL, y + PIXEL)], shade(ink).filled()))?;
        }
        let frame = Rectangle::new([(left, top), (left + IMAGE, top + IMAGE)], INK.mix(0.3).stroke_width(1));
        area.draw(&frame)?;
        let caption = format!("{} read as {}", digits.labels[index], read[index]);
        let font = ("sans-serif", 14).into_font().color(&INK);
        area.draw(&Text::new(caption, (left, top + IMAGE + 8), font))?;
    }
    Ok(())
}

/// A label at 1, 2 and 5 of each power of ten, and none between.
fn tick(loss: &f32) -> String {
    let digit = loss / 10f32.powf(loss.log10().floor());
    let labelled = [1.0, 2.0, 5.0, 10.0].iter().any(|round| (digit - round).abs() < 0.01);
    if labelled { format!("{}", (loss * 1e6).round() / 1e6) } else { String::new() }
}

/// Ink on paper, from 0 to 1.
fn shade(ink: f32) -> RGBColor {
    let mix = |ink_channel: u8| (255.0 - ink * (255.0 - f32::from(ink_channel))).round() as u8;
    RGBColor(mix(INK.0), mix(INK.1), mix(INK.2))
}
