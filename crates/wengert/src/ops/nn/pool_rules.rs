//! Means over windows of an image, and their adjoint: two linear ops, each the adjoint of the other.

use wengert_kernels::{Scratch, Strided};

use crate::error::{At, Result};
use crate::lists::collected;
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
        (op, at): (&'static str, At),
    ) -> Result<Windows> {
        let window = |place: usize| {
            // Padding after the image counts as far as it goes.
            let (start, end) = (place * stride, (place * stride + size).min(extent + 2 * padding));
            let inside = (start.saturating_sub(padding), end.saturating_sub(padding).min(extent));
            [inside.0, inside.1, if whole { end - start } else { inside.1.saturating_sub(inside.0) }]
        };
        Ok(Windows(collected((0..places).map(window), places, op, at)?))
    }

    /// Windows that share an axis among so many places.
    pub fn adaptive(extent: usize, places: usize, op: &'static str, at: At) -> Result<Windows> {
        let window = |place: usize| {
            let (start, end) = (place * extent / places, ((place + 1) * extent).div_ceil(places));
            [start, end, end - start]
        };
        Ok(Windows(collected((0..places).map(window), places, op, at)?))
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

/// One channel of one image.
struct Channel<'a, T> {
    data: &'a [T],
    first: isize,
    strides: [isize; 2],
}

impl<T: Number> Channel<'_, T> {
    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> T {
        let distance = row as isize * self.strides[0] + column as isize * self.strides[1];
        self.data[(self.first + distance) as usize]
    }
}

/// The channels of all images.
fn channels<'a, T: Number>(x: Strided<'a, T>) -> impl Iterator<Item = Channel<'a, T>> {
    let (data, dims, strides) = (x.data(), x.dims(), x.strides());
    (0..dims[0] * dims[1]).map(move |n| {
        let (image, channel) = ((n / dims[1]) as isize, (n % dims[1]) as isize);
        let first = x.offset() as isize + image * strides[0] + channel * strides[1];
        Channel { data, first, strides: [strides[2], strides[3]] }
    })
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
        for (x, y) in channels(x[0]).zip(y.chunks_exact_mut(area)) {
            let mut y = y.iter_mut();
            for &[top, bottom, height] in rows {
                for &[left, right, width] in columns {
                    let mut sum = T::zero();
                    for row in top..bottom {
                        // A row by itself: a sum of thousands of like numbers is rounded the same way every time.
                        let mut of_row = T::zero();
                        for column in left..right {
                            of_row += x.at(row, column);
                        }
                        sum += of_row;
                    }
                    *y.next().expect("a place a window") = sum / T::zero().constant((height * width) as f64);
                }
            }
        }
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
        if y.is_empty() {
            return;
        }
        for (x, image) in channels(x[0]).zip(y.chunks_exact_mut(h * w)) {
            for (p, &[top, bottom, height]) in rows.iter().enumerate() {
                for (q, &[left, right, width]) in columns.iter().enumerate() {
                    let share = x.at(p, q) / T::zero().constant((height * width) as f64);
                    for row in top..bottom {
                        image[row * w + left..row * w + right.max(left)].iter_mut().for_each(|x| *x += share);
                    }
                }
            }
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, payload) = (v.result_bar(), v.payload());
        v.add_apply::<WindowMean>(0, &[y_bar], payload);
    }
}
