//! Pools: the largest element or the mean of windows.

use super::pool_rules::{WindowMean, Windows, payload};
use super::reshaped;
use crate::error::{At, Error, Result, Shape};
use crate::lists::room;
use crate::ops::positions::{Named, named, pick};
use crate::ops::table::rows;
use crate::shape::{Dims, element_count};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

/// The options of a pool over `N` axes, an entry an axis.
///
/// ```
/// use wengert::{Pool, Tape};
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([[[1.0, 5.0, 2.0, 4.0]]]);
/// assert_eq!(x.max_pool1d(&Pool::new([2])).to_vec(), [5.0, 4.0]);
/// assert_eq!(x.max_pool1d(&Pool { stride: [1], ..Pool::new([2]) }).to_vec(), [5.0, 5.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool<const N: usize> {
    /// The extents of the window.
    pub kernel: [usize; N],
    /// From place to place of the window.
    pub stride: [usize; N],
    /// Around the image: at most half of the window. Of a maximum it never counts, of a mean it is zeros.
    pub padding: [usize; N],
    /// Of a mean: whether the padding counts in what is divided by. PyTorch's default is that it does.
    pub count_include_pad: bool,
}

impl<const N: usize> Pool<N> {
    /// Windows side by side, without padding: PyTorch's default.
    pub fn new(kernel: [usize; N]) -> Pool<N> {
        Pool { kernel, stride: kernel, padding: [0; N], count_include_pad: true }
    }

    /// The windows along height and width; a signal has height 1.
    fn windows(&self, op: &'static str, image: [usize; 2], whole: bool, at: At) -> Result<[Windows; 2]> {
        let refused = |what: String, help| Err(Error::Domain { op, what, help, at });
        let (kernel, stride) = (self.kernel, self.stride);
        if kernel.contains(&0) || stride.contains(&0) {
            let what = format!("kernel {kernel:?} and stride {stride:?}, and none may be 0");
            return refused(what, "`Pool::new(kernel)` has windows side by side");
        }
        let mut windows =
            [Windows::adaptive(image[0], image[0], op, at)?, Windows::adaptive(image[1], image[1], op, at)?];
        for axis in 0..N {
            let (size, padding) = (kernel[axis], self.padding[axis]);
            if padding > size / 2 {
                let what =
                    format!("the padding {:?} is more than half of the kernel {kernel:?}", self.padding);
                return refused(what, "give less padding: else a window would see nothing");
            }
            let extent = image[2 - N + axis];
            if extent == 0 {
                return Err(Error::Empty { op, shape: Shape::from(&image[2 - N..]), at });
            }
            let Some(room) = (2 * padding).checked_add(extent).and_then(|all| all.checked_sub(size)) else {
                let what =
                    format!("the kernel {kernel:?} does not fit the padded image {:?}", &image[2 - N..]);
                return refused(what, "pad the image, or give a smaller kernel");
            };
            let places = room / stride[axis] + 1;
            windows[2 - N + axis] =
                Windows::sliding(extent, places, size, stride[axis], padding, whole, (op, at))?;
        }
        Ok(windows)
    }
}

/// An image with a batch and a height, and the axes that it had.
struct Image<T: Element> {
    op: &'static str,
    at: At,
    x: Tensor<T>,
    dims: [usize; 4],
    batched: bool,
    signal: bool,
}

impl<T: Element> Image<T> {
    /// Of `axes` axes that are pooled.
    fn new(op: &'static str, x: Tensor<T>, axes: usize, at: At) -> Result<Image<T>> {
        let mut dims = x.dims_for(op, at)?;
        let batched = dims.len() == axes + 2;
        if !batched && dims.len() != axes + 1 {
            let (what, shape, help) = ("the operand", Shape::from(&dims[..]), "the batch may be missing");
            let expected = if axes == 1 {
                "2 or 3: [batch, channels, width]"
            } else {
                "3 or 4: [batch, channels, height, width]"
            };
            return Err(Error::Rank { op, what, expected, shape, help, at });
        }
        if !batched {
            dims.insert(0, 1);
        }
        if axes == 1 {
            dims.insert(2, 1);
        }
        let dims = [dims[0], dims[1], dims[2], dims[3]];
        Ok(Image { op, at, x, dims, batched, signal: axes == 1 })
    }

    fn extents(&self) -> [usize; 2] {
        [self.dims[2], self.dims[3]]
    }

    /// The result under the axes that the operand had.
    fn restored(&self, windows: &[Windows; 2]) -> Dims {
        let mut dims = Dims::from_slice(&[self.dims[0], self.dims[1], windows[0].len(), windows[1].len()]);
        if self.signal {
            dims.remove(2);
        }
        if !self.batched {
            dims.remove(0);
        }
        dims
    }

    fn mean<N: Named>(self, windows: [Windows; 2]) -> Result<Tensor<T>> {
        let x = reshaped(self.x, &self.dims, self.at)?;
        let y = structural::<WindowMean, T>(&[x.into()], &payload(self.extents(), &windows), self.at)?;
        y.own_as::<N>(&self.restored(&windows), self.at)
    }

    /// The largest of each window: the first that no later one exceeds, and a NaN where there is one.
    fn largest(self, windows: [Windows; 2]) -> Result<Tensor<T>> {
        let ([h, w], values) = (self.extents(), self.x.gathered(self.op, self.at)?);
        let count = [self.dims[0], self.dims[1], windows[0].len(), windows[1].len()];
        let mut positions = room(element_count(&count), self.op, self.at)?;
        for first in (0..self.dims[0] * self.dims[1]).map(|channel| channel * h * w) {
            for rows in windows[0].ranges() {
                for columns in windows[1].ranges() {
                    let mut best = first + rows.start * w + columns.start;
                    let mut largest = T::neg_infinity();
                    for row in rows.clone() {
                        for column in columns.clone() {
                            let at = first + row * w + column;
                            if values[at] > largest || values[at].is_nan() {
                                (best, largest) = (at, values[at]);
                            }
                        }
                    }
                    positions.push(best);
                }
            }
        }
        pick::<MaxPool, T>(self.x, &positions, &self.restored(&windows), self.at)
    }

    /// Windows that share the image among places; an axis of none has no window.
    fn adaptive(&self, places: [usize; 2]) -> Result<[Windows; 2]> {
        let image = self.extents();
        if (0..2).any(|axis| image[axis] == 0 && places[axis] > 0) {
            let shape = Shape::from(&self.dims[..]);
            return Err(Error::Empty { op: self.op, shape, at: self.at });
        }
        let windows = |axis: usize| Windows::adaptive(image[axis], places[axis], self.op, self.at);
        Ok([windows(0)?, windows(1)?])
    }
}

named! {
    /// The largest elements of windows.
    MaxPool "max_pool2d";
    /// The means of the windows of a signal.
    AvgPool1d "avg_pool1d";
    /// Those of the windows of one image.
    AvgPool2d "avg_pool2d";
    /// Those of windows that share an image.
    AdaptiveAvgPool2d "adaptive_avg_pool2d";
}

methods! {
    /// The largest element of each window along the last axis: `[batch, c, w]`, or `[c, w]`. PyTorch:
    /// `torch.nn.functional.max_pool1d`.
    ///
    /// # Errors
    /// As of [`Tensor::max_pool2d`](crate::Tensor::max_pool2d).
    ///
    /// ```
    /// use wengert::{Pool, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 5.0, 2.0, 4.0]]]);
    /// assert_eq!(x.max_pool1d(&Pool::new([2])).to_vec(), [5.0, 4.0]);
    /// ```
    max_pool1d(x, at, pool: &Pool<1>) -> Tensor<T> {
        let image = Image::new("max_pool1d", x, 1, at)?;
        let windows = pool.windows("max_pool1d", image.extents(), true, at)?;
        image.largest(windows)
    }

    /// The largest element of each window of an image `[batch, c, h, w]`, or `[c, h, w]`:
    /// `(h + 2 pad - kernel) / stride + 1` rows, rounded down. PyTorch: `torch.nn.functional.max_pool2d`.
    ///
    /// **Adjoint.** `y_bar` goes to the element that was picked; the choice is a constant.
    ///
    /// **Edges.** Of elements that tie the first is picked, row by row; a NaN is larger than all, and of several the
    /// last. The padding is never picked.
    ///
    /// # Errors
    /// The rank does not fit, kernel or stride is 0, the padding is more than half of the kernel, or the kernel is
    /// larger than the padded image.
    ///
    /// ```
    /// use wengert::{Pool, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0], [4.0, 4.0]]]);
    /// let y = x.max_pool2d(&Pool::new([2, 2]));
    /// assert_eq!(y.to_vec(), [4.0]);
    /// y.sum().backward();
    /// assert_eq!(x.grad().unwrap().into_raw_vec_and_offset().0, [0.0, 0.0, 1.0, 0.0]);
    /// ```
    max_pool2d(x, at, pool: &Pool<2>) -> Tensor<T> {
        let image = Image::new("max_pool2d", x, 2, at)?;
        let windows = pool.windows("max_pool2d", image.extents(), true, at)?;
        image.largest(windows)
    }

    /// The mean of each window along the last axis: `[batch, c, w]`, or `[c, w]`. PyTorch:
    /// `torch.nn.functional.avg_pool1d`.
    ///
    /// # Errors
    /// As of [`Tensor::max_pool2d`](crate::Tensor::max_pool2d).
    ///
    /// ```
    /// use wengert::{Pool, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 5.0, 2.0, 4.0]]]);
    /// assert_eq!(x.avg_pool1d(&Pool::new([2])).to_vec(), [3.0, 3.0]);
    /// ```
    avg_pool1d(x, at, pool: &Pool<1>) -> Tensor<T> {
        let image = Image::new("avg_pool1d", x, 1, at)?;
        let windows = pool.windows("avg_pool1d", image.extents(), pool.count_include_pad, at)?;
        image.mean::<AvgPool1d>(windows)
    }

    /// The mean of each window of an image `[batch, c, h, w]`, or `[c, h, w]`, with zeros around it; the padding counts
    /// in what is divided by, unless `count_include_pad` is false. PyTorch: `torch.nn.functional.avg_pool2d`.
    ///
    /// **Adjoint.** `y_bar` over the count goes to each element of the window; reads nothing.
    ///
    /// # Errors
    /// As of [`Tensor::max_pool2d`](crate::Tensor::max_pool2d).
    ///
    /// ```
    /// use wengert::{Pool, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0], [3.0, 6.0]]]);
    /// assert_eq!(x.avg_pool2d(&Pool::new([2, 2])).to_vec(), [3.0]);
    /// let padded = Pool { padding: [1, 1], ..Pool::new([2, 2]) };
    /// assert_eq!(x.avg_pool2d(&padded).to_vec(), [0.25, 0.5, 0.75, 1.5]);
    /// let alone = Pool { count_include_pad: false, ..padded };
    /// assert_eq!(x.avg_pool2d(&alone).to_vec(), [1.0, 2.0, 3.0, 6.0]);
    /// ```
    avg_pool2d(x, at, pool: &Pool<2>) -> Tensor<T> {
        let image = Image::new("avg_pool2d", x, 2, at)?;
        let windows = pool.windows("avg_pool2d", image.extents(), pool.count_include_pad, at)?;
        image.mean::<AvgPool2d>(windows)
    }

    /// The means of windows that share an image `[batch, c, h, w]`, or `[c, h, w]`, among so many places: place `p` of
    /// `n` has the rows from `p h / n`, rounded down, to `(p + 1) h / n`, rounded up. PyTorch:
    /// `torch.nn.functional.adaptive_avg_pool2d`.
    ///
    /// **Adjoint.** `y_bar` over the count goes to each element of the window; reads nothing.
    ///
    /// # Errors
    /// The rank does not fit, or the image is empty.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0, 6.0]]]);
    /// assert_eq!(x.adaptive_avg_pool2d([1, 1]).to_vec(), [3.0]);
    /// assert_eq!(x.adaptive_avg_pool2d([1, 2]).to_vec(), [1.5, 4.0]);
    /// ```
    adaptive_avg_pool2d(x, at, places: [usize; 2]) -> Tensor<T> {
        let image = Image::new("adaptive_avg_pool2d", x, 2, at)?;
        let windows = image.adaptive(places)?;
        image.mean::<AdaptiveAvgPool2d>(windows)
    }

    /// The largest elements of windows that share an image among so many places, as
    /// [`Tensor::adaptive_avg_pool2d`](crate::Tensor::adaptive_avg_pool2d) does. PyTorch:
    /// `torch.nn.functional.adaptive_max_pool2d`.
    ///
    /// **Adjoint.** `y_bar` goes to the element that was picked; the choice is a constant.
    ///
    /// **Edges.** As of [`Tensor::max_pool2d`](crate::Tensor::max_pool2d).
    ///
    /// # Errors
    /// The rank does not fit, or the image is empty.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0, 6.0]]]);
    /// assert_eq!(x.adaptive_max_pool2d([1, 2]).to_vec(), [2.0, 6.0]);
    /// ```
    adaptive_max_pool2d(x, at, places: [usize; 2]) -> Tensor<T> {
        let image = Image::new("adaptive_max_pool2d", x, 2, at)?;
        let windows = image.adaptive(places)?;
        image.largest(windows)
    }
}

rows! {
    "max_pool1d" [[2, 2, 5]] => |_, x| x[0].max_pool1d(&Pool { padding: [1], ..Pool::new([3]) });
    "max_pool2d" [[1, 2, 4, 5]] => |_, x| x[0].max_pool2d(&Pool { stride: [2, 1], ..Pool::new([2, 3]) });
    "avg_pool1d" [[2, 2, 5]] => |_, x| x[0].avg_pool1d(&Pool { stride: [1], ..Pool::new([3]) });
    "avg_pool2d" [[1, 2, 4, 5]] => |_, x| {
        x[0].avg_pool2d(&Pool { padding: [1, 1], count_include_pad: false, ..Pool::new([2, 3]) })
    };
    "adaptive_avg_pool2d" [[1, 2, 5, 4]] => |_, x| x[0].adaptive_avg_pool2d([2, 3]);
    "adaptive_max_pool2d" [[1, 2, 5, 4]] => |_, x| x[0].adaptive_max_pool2d([2, 3]);
}
