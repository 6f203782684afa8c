//! Convolutions of images, by columns: for each image and group the elements under the window become the columns of a
//! matrix, and a convolution is a product with it.
//!
//! The three functions are the three ways through one trilinear form, `sum y[n, o, p] w[o, c, k] x[n, c, s p + d k - b]`:
//! each is the adjoint of the others.

use std::ops::Range;

use crate::scratch::take;
use crate::{Real, Scratch, Strided, StridedMut, copy, matmul_acc};

/// How many elements of columns are made at a time: as many as caches hold.
const COLUMNS: usize = 1 << 16;

/// How a window slides over an image, along height and width.
///
/// Place `p` of the window sees the rows `stride * p + dilation * k - padding` of the image; those outside are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sliding {
    /// The extents of the image.
    pub image: [usize; 2],
    /// The extents of the window.
    pub window: [usize; 2],
    /// How many places the window takes.
    pub places: [usize; 2],
    /// From place to place.
    pub stride: [usize; 2],
    /// Rows and columns of zeros before the image.
    pub padding: [usize; 2],
    /// From element to element of the window.
    pub dilation: [usize; 2],
    /// Into how many groups the channels fall, each with a part of the weights.
    pub groups: usize,
}

/// `y = conv(x, w)`: `x` is `[n, c, h, w]`, `w` is `[m, c / groups, kh, kw]`, `y` is row-major `[n, m, places]`.
///
/// ```
/// use wengert_kernels::{convolve, Scratch, Sliding, Strided};
///
/// let slide = Sliding {
///     image: [1, 4], window: [1, 2], places: [1, 3],
///     stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1,
/// };
/// let (x, w, mut y) = ([1.0, 2.0, 4.0, 8.0], [-1.0, 1.0], [0.0; 3]);
/// let x = Strided::new(&x, 0, &[1, 1, 1, 4], &[4, 4, 4, 1]);
/// let w = Strided::new(&w, 0, &[1, 1, 1, 2], &[2, 2, 2, 1]);
/// convolve(&mut y, x, w, &slide, &mut Scratch::new());
/// assert_eq!(y, [1.0, 2.0, 4.0]);
/// ```
///
/// # Panics
/// If the operands have other dims.
pub fn convolve<T: Real>(
    y: &mut [T],
    x: Strided<'_, T>,
    w: Strided<'_, T>,
    slide: &Sliding,
    scratch: &mut Scratch<T>,
) {
    let plan = Plan::new(slide, x.dims()[0], w.dims()[0], x.dims()[1]);
    plan.check_image(x.dims());
    plan.check_weights(w.dims());
    assert_eq!(y.len(), plan.images * plan.maps * plan.area, "convolve: the result");
    y.fill(T::zero());
    let strides = [(plan.maps * plan.area) as isize, plan.area as isize, slide.places[1] as isize, 1];
    plan.run(Some(w), scratch, plan.block(&strides), |part, w, buffer, scratch| {
        let columns = plan.columns(x, &part, buffer);
        let first = part.group * plan.outputs * plan.depth;
        let (w_dims, w_strides) = ([plan.outputs, plan.depth], [plan.depth as isize, 1]);
        let w = Strided::new(w, first, &w_dims, &w_strides);
        let (dims, y_strides) = ([plan.outputs, part.len], [strides[1], 1]);
        let y = StridedMut::new(y, plan.first_place(&part, 0, &strides), &dims, &y_strides);
        matmul_acc(y, w, columns.strided(&[plan.depth, part.len]), T::one(), scratch);
    });
}

/// `x = conv^T(y, w)`: the adjoint of [`convolve`] by the image, which is the transposed convolution.
///
/// # Panics
/// If the operands have other dims.
pub fn convolve_transposed<T: Real>(
    x: &mut [T],
    y: Strided<'_, T>,
    w: Strided<'_, T>,
    slide: &Sliding,
    scratch: &mut Scratch<T>,
) {
    let plan = Plan::new(slide, y.dims()[0], y.dims()[1], w.dims()[1] * slide.groups);
    plan.check_places(y.dims());
    plan.check_weights(w.dims());
    assert_eq!(x.len(), plan.images * plan.channels() * plan.pixels, "convolve_transposed: the result");
    x.fill(T::zero());
    plan.run(Some(w), scratch, plan.block(y.strides()), |part, w, buffer, scratch| {
        let (dims, strides) = plan.seen(&part, y.strides());
        let y = Strided::new(y.data(), plan.first_place(&part, y.offset(), y.strides()), &dims, &strides);
        let first = part.group * plan.outputs * plan.depth;
        let (w_dims, w_strides) = ([plan.depth, plan.outputs], [1, plan.depth as isize]);
        let w = Strided::new(w, first, &w_dims, &w_strides);
        let first = (part.image * plan.channels() + part.group * plan.inputs) * plan.pixels;
        let x = &mut x[first..first + plan.inputs * plan.pixels];
        let dims = [plan.depth, part.len];
        if plan.is_direct() {
            let strides = [plan.pixels as isize, 1];
            let x = StridedMut::new(x, part.row * slide.image[1], &dims, &strides);
            return matmul_acc(x, w, y, T::one(), scratch);
        }
        buffer.fill(T::zero());
        let strides = [part.len as isize, 1];
        matmul_acc(StridedMut::new(buffer, 0, &dims, &strides), w, y, T::one(), scratch);
        plan.add_columns(x, &part, buffer);
    });
}

/// `w = sum over images of y columns(x)^T`: the adjoint of [`convolve`] by the weights.
///
/// # Panics
/// If the operands have other dims.
pub fn correlate<T: Real>(
    w: &mut [T],
    x: Strided<'_, T>,
    y: Strided<'_, T>,
    slide: &Sliding,
    scratch: &mut Scratch<T>,
) {
    let plan = Plan::new(slide, x.dims()[0], y.dims()[1], x.dims()[1]);
    plan.check_image(x.dims());
    plan.check_places(y.dims());
    assert_eq!(w.len(), plan.maps * plan.depth, "correlate: the result");
    w.fill(T::zero());
    plan.run(None, scratch, plan.block(y.strides()), |part, _, buffer, scratch| {
        let columns = plan.columns(x, &part, buffer);
        let (dims, strides) = plan.seen(&part, y.strides());
        let y = Strided::new(y.data(), plan.first_place(&part, y.offset(), y.strides()), &dims, &strides);
        let first = part.group * plan.outputs * plan.depth;
        let (w_dims, w_strides) = ([plan.outputs, plan.depth], [plan.depth as isize, 1]);
        let w = StridedMut::new(w, first, &w_dims, &w_strides);
        matmul_acc(w, y, columns.transposed(&[part.len, plan.depth]), T::one(), scratch);
    });
}

/// The extents of a convolution.
struct Plan<'a> {
    slide: &'a Sliding,
    images: usize,
    /// Channels of the result, in all and of a group.
    maps: usize,
    outputs: usize,
    /// Channels of the image in a group.
    inputs: usize,
    /// Elements under the window: rows of the columns.
    depth: usize,
    /// Elements of one channel of the image, and of the result.
    pixels: usize,
    area: usize,
}

/// Rows of places of one group of one image.
struct Part {
    image: usize,
    group: usize,
    row: usize,
    rows: usize,
    /// How many places.
    len: usize,
}

/// The columns of a part: where they lie, and from row to row and column to column.
struct Columns<'a, T> {
    data: &'a [T],
    offset: usize,
    strides: [isize; 2],
    turned: [isize; 2],
}

impl<'a, T> Columns<'a, T> {
    fn new(data: &'a [T], offset: usize, strides: [isize; 2]) -> Columns<'a, T> {
        Columns { data, offset, strides, turned: [strides[1], strides[0]] }
    }
    fn strided<'b>(&'b self, dims: &'b [usize; 2]) -> Strided<'b, T> {
        Strided::new(self.data, self.offset, dims, &self.strides)
    }
    fn transposed<'b>(&'b self, dims: &'b [usize; 2]) -> Strided<'b, T> {
        Strided::new(self.data, self.offset, dims, &self.turned)
    }
}

impl<'a> Plan<'a> {
    fn new(slide: &'a Sliding, images: usize, maps: usize, channels: usize) -> Plan<'a> {
        let groups = slide.groups;
        assert!(
            groups > 0 && maps.is_multiple_of(groups) && channels.is_multiple_of(groups),
            "conv: {channels} channels to {maps} in {groups} groups"
        );
        let inputs = channels / groups;
        Plan {
            slide,
            images,
            maps,
            outputs: maps / groups,
            inputs,
            depth: inputs * slide.window[0] * slide.window[1],
            pixels: slide.image[0] * slide.image[1],
            area: slide.places[0] * slide.places[1],
        }
    }

    fn channels(&self) -> usize {
        self.inputs * self.slide.groups
    }
    fn check_image(&self, dims: &[usize]) {
        let [h, w] = self.slide.image;
        assert!(dims == [self.images, self.channels(), h, w], "conv: the image is {dims:?}");
    }
    fn check_places(&self, dims: &[usize]) {
        let [h, w] = self.slide.places;
        assert!(dims == [self.images, self.maps, h, w], "conv: the result is {dims:?}");
    }
    fn check_weights(&self, dims: &[usize]) {
        let [h, w] = self.slide.window;
        assert!(dims == [self.maps, self.inputs, h, w], "conv: the weights are {dims:?}");
    }

    /// Whether the window is one element that visits every element of the image in turn.
    fn is_direct(&self) -> bool {
        let Sliding { image, window, places, stride, padding, .. } = self.slide;
        *window == [1, 1] && *stride == [1, 1] && *padding == [0, 0] && image == places
    }

    /// How many rows of places go together: as many as fit, if a result of these strides can be seen as a matrix.
    fn block(&self, strides: &[isize]) -> usize {
        let [rows, width] = self.slide.places;
        let joins = width == 1 || rows == 1 || strides[2] == width as isize * strides[3];
        match joins {
            _ if self.is_direct() && joins => rows,
            true => (COLUMNS / (self.depth * width).max(1)).clamp(1, rows.max(1)),
            false => 1,
        }
    }

    /// A part of a result of these strides as a matrix.
    fn seen(&self, part: &Part, strides: &[isize]) -> ([usize; 2], [isize; 2]) {
        let step = if self.slide.places[1] == 1 { strides[2] } else { strides[3] };
        ([self.outputs, part.len], [strides[1], step])
    }

    /// Calls `f(part, weights in a row, room for its columns, scratch)` for each part.
    fn run<T: Real>(
        &self,
        w: Option<Strided<'_, T>>,
        scratch: &mut Scratch<T>,
        block: usize,
        mut f: impl FnMut(Part, &[T], &mut [T], &mut Scratch<T>),
    ) {
        let [places, width] = self.slide.places;
        if self.images * self.area == 0 {
            return;
        }
        // Products pack into the same scratch.
        let mut memory = std::mem::take(&mut scratch.columns);
        let copied = w.filter(|w| w.as_slice().is_none());
        let (room, columns) = (copied.map_or(0, |w| w.len()), self.depth * block * width);
        let (copy_of_w, buffer) = take(&mut memory, room + columns).split_at_mut(room);
        if let Some(w) = copied {
            copy(copy_of_w, w);
        }
        let weights = w.and_then(|w| w.as_slice()).unwrap_or(copy_of_w);
        for image in 0..self.images {
            for group in 0..self.slide.groups {
                for row in (0..places).step_by(block) {
                    let rows = block.min(places - row);
                    let part = Part { image, group, row, rows, len: rows * width };
                    f(part, weights, &mut buffer[..self.depth * rows * width], scratch);
                }
            }
        }
        scratch.columns = memory;
    }

    /// Where the places of a part begin in a result of these strides.
    fn first_place(&self, part: &Part, offset: usize, strides: &[isize]) -> usize {
        let map = part.group * self.outputs;
        let distance = [part.image, map, part.row].into_iter().zip(strides).map(|(i, s)| i as isize * s);
        // Without channels there is no place.
        if self.outputs == 0 { 0 } else { offset.wrapping_add_signed(distance.sum()) }
    }

    /// The columns of a part: the image itself where they are its pixels, else gathered.
    fn columns<'b, T: Real>(&self, x: Strided<'b, T>, part: &Part, buffer: &'b mut [T]) -> Columns<'b, T> {
        let strides = x.strides();
        let start = x.offset() as isize
            + part.image as isize * strides[0]
            + (part.group * self.inputs) as isize * strides[1];
        let width = self.slide.places[1];
        let joins = width == 1 || part.rows == 1 || strides[2] == width as isize * strides[3];
        if self.is_direct() && joins && self.inputs > 0 {
            let offset = (start + part.row as isize * strides[2]) as usize;
            let step = if width == 1 { strides[2] } else { strides[3] };
            return Columns::new(x.data(), offset, [strides[1], step]);
        }
        let (data, step) = (x.data(), self.slide.stride[1] as isize * strides[3]);
        self.for_each_line(part, |line, inside, [channel, row, column]| {
            let line = &mut buffer[line];
            line[..inside.start].fill(T::zero());
            line[inside.end..].fill(T::zero());
            let line = &mut line[inside];
            if line.is_empty() {
                return;
            }
            let first = start
                + channel as isize * strides[1]
                + row as isize * strides[2]
                + column as isize * strides[3];
            let first = first as usize;
            match step {
                1 => line.copy_from_slice(&data[first..first + line.len()]),
                _ => line.iter_mut().enumerate().for_each(|(i, line)| {
                    *line = data[first.wrapping_add_signed(i as isize * step)];
                }),
            }
        });
        Columns::new(buffer, 0, [part.len as isize, 1])
    }

    /// Adds columns of a part to the image's channels of its group, row-major.
    fn add_columns<T: Real>(&self, x: &mut [T], part: &Part, columns: &[T]) {
        let ([_, width], step) = (self.slide.image, self.slide.stride[1]);
        self.for_each_line(part, |line, inside, [channel, row, column]| {
            let line = &columns[line][inside];
            let x = &mut x[channel * self.pixels + row * width + column..];
            match step {
                1 => x.iter_mut().zip(line).for_each(|(x, &line)| *x += line),
                _ => x.iter_mut().step_by(step).zip(line).for_each(|(x, &line)| *x += line),
            }
        });
    }

    /// Calls `f(line of the columns, which of its places see the image, the element that the first of these sees)` for
    /// each row of places and each element of the window.
    fn for_each_line(&self, part: &Part, mut f: impl FnMut(Range<usize>, Range<usize>, [usize; 3])) {
        let Sliding { image, window, places, stride, padding, dilation, .. } = *self.slide;
        let mut line = 0;
        for channel in 0..self.inputs {
            for i in 0..window[0] {
                for j in 0..window[1] {
                    // Place `p` sees column `stride p + reach - padding`.
                    let reach = j * dilation[1];
                    let first = padding[1].saturating_sub(reach).div_ceil(stride[1]).min(places[1]);
                    let end = (image[1] + padding[1]).saturating_sub(reach).div_ceil(stride[1]);
                    let inside = first..end.clamp(first, places[1]);
                    for place in part.row..part.row + part.rows {
                        let row = (place * stride[0] + i * dilation[0]).wrapping_sub(padding[0]);
                        let (inside, column) = match row < image[0] {
                            true => (inside.clone(), (first * stride[1] + reach).wrapping_sub(padding[1])),
                            false => (0..0, 0),
                        };
                        let (row, column) = if inside.is_empty() { (0, 0) } else { (row, column) };
                        f(line..line + places[1], inside, [channel, row, column]);
                        line += places[1];
                    }
                }
            }
        }
    }
}
