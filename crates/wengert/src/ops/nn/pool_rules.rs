//! Means over windows of an image, and their adjoint: two linear ops, each the adjoint of the other.

use wengert_kernels::{Scratch, Strided};

use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::Dims;

/// The windows along one axis: the elements of each, and by what its sum is divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Windows(Vec<[usize; 3]>);

impl Windows {
    /// Windows of one size: all of it divides, or what of it lies in the image.
    pub fn sliding(
        extent: usize,
        places: usize,
        size: usize,
        stride: usize,
        padding: usize,
        whole: bool,
    ) -> Windows {
        let window = |place: usize| {
            // Padding after the image counts as far as it goes.
            let (start, end) = (place * stride, (place * stride + size).min(extent + 2 * padding));
            let inside = (start.saturating_sub(padding), end.saturating_sub(padding).min(extent));
            [inside.0, inside.1, if whole { end - start } else { inside.1.saturating_sub(inside.0) }]
        };
        Windows((0..places).map(window).collect())
    }

    /// Windows that share an axis among so many places.
    pub fn adaptive(extent: usize, places: usize) -> Windows {
        let window = |place: usize| {
            let (start, end) = (place * extent / places, ((place + 1) * extent).div_ceil(places));
            [start, end, end - start]
        };
        Windows((0..places).map(window).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The elements of each.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
        self.0.iter().map(|&[start, end, _]| start..end)
    }
}

/// The extents of the image and of the places, then the windows along its axes.
pub(super) fn payload(image: [usize; 2], windows: &[Windows; 2]) -> Vec<usize> {
    let fixed = [image[0], image[1], windows[0].len(), windows[1].len()];
    fixed.into_iter().chain(windows.iter().flat_map(|axis| axis.0.iter().flatten().copied())).collect()
}

/// The image, and the windows along height and width.
fn read(payload: &[usize]) -> ([usize; 2], [&[[usize; 3]]; 2]) {
    let (windows, _) = payload[4..].as_chunks::<3>();
    let (rows, columns) = windows.split_at(payload[2]);
    ([payload[0], payload[1]], [rows, columns])
}

/// The elements of `x` along its last two axes, of each channel of each image: its value at a row and a column.
fn for_each_channel<T: Number>(x: Strided<'_, T>, mut f: impl FnMut(usize, &dyn Fn(usize, usize) -> T)) {
    let (dims, strides) = (x.dims(), x.strides());
    for image in 0..dims[0] {
        for channel in 0..dims[1] {
            let first = x.offset() as isize + image as isize * strides[0] + channel as isize * strides[1];
            f(image * dims[1] + channel, &|row, column| {
                x.data()[(first + row as isize * strides[2] + column as isize * strides[3]) as usize]
            });
        }
    }
}

/// The mean over each window of an image `[n, c, h, w]`.
pub(super) struct WindowMean;

impl Structural for WindowMean {
    const NAME: &'static str = "avg_pool2d";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        Dims::from_slice(&[operands[0][0], operands[0][1], payload[2], payload[3]])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        let (_, [rows, columns]) = read(payload);
        let area = rows.len() * columns.len();
        if area == 0 {
            return;
        }
        for_each_channel(x[0], |channel, at| {
            let mut y = y[channel * area..][..area].iter_mut();
            for &[top, bottom, height] in rows {
                for &[left, right, width] in columns {
                    let mut sum = T::zero();
                    for row in top..bottom {
                        for column in left..right {
                            sum += at(row, column);
                        }
                    }
                    *y.next().expect("a place a window") = sum / T::zero().constant((height * width) as f64);
                }
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, payload) = (v.result_bar(), v.payload());
        v.add_apply::<WindowSpread>(0, &[y_bar], payload);
    }
}

/// The adjoint of [`WindowMean`]: each place spread evenly over its window.
struct WindowSpread;

impl Structural for WindowSpread {
    const NAME: &'static str = "avg_pool2d_adjoint";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        Dims::from_slice(&[operands[0][0], operands[0][1], payload[0], payload[1]])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        let ([h, w], [rows, columns]) = read(payload);
        y.fill(T::zero());
        for_each_channel(x[0], |channel, at| {
            let image = &mut y[channel * h * w..][..h * w];
            for (p, &[top, bottom, height]) in rows.iter().enumerate() {
                for (q, &[left, right, width]) in columns.iter().enumerate() {
                    let share = at(p, q) / T::zero().constant((height * width) as f64);
                    for row in top..bottom {
                        image[row * w + left..row * w + right.max(left)].iter_mut().for_each(|x| *x += share);
                    }
                }
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, payload) = (v.result_bar(), v.payload());
        v.add_apply::<WindowMean>(0, &[y_bar], payload);
    }
}
