//! Convolutions of signals and images.

use smallvec::SmallVec;
use wengert_kernels::Sliding;

use super::conv_rules::{Convolve, ConvolveTransposed, payload};
use super::{binary, check_parameter, reshaped, together};
use crate::error::{At, Error, Result, Shape};
use crate::ops::arithmetic::add;
use crate::ops::positions::{Named, named};
use crate::ops::table::rows;
use crate::shape::Dims;
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

/// The options of a convolution over `N` axes, an entry an axis; the default is PyTorch's.
///
/// ```
/// use wengert::{Conv, Tape};
/// let tape = Tape::<f64>::new();
/// let (x, w) = (tape.leaf([[[1.0, 2.0, 3.0, 4.0, 5.0]]]), tape.leaf([[[1.0, 1.0]]]));
/// let y = x.conv1d(w, None, &Conv { stride: [2], ..Default::default() });
/// assert_eq!(y.to_vec(), [3.0, 7.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv<const N: usize> {
    /// From place to place of the window.
    pub stride: [usize; N],
    /// Zeros before and after the image.
    pub padding: [usize; N],
    /// From element to element of the window.
    pub dilation: [usize; N],
    /// Into how many groups the channels fall: outputs of a group see the inputs of that group alone.
    pub groups: usize,
    /// Of a transposed convolution: rows added at the end of its result, which its adjoint does not visit.
    pub output_padding: [usize; N],
}

impl<const N: usize> Default for Conv<N> {
    fn default() -> Conv<N> {
        Conv { stride: [1; N], padding: [0; N], dilation: [1; N], groups: 1, output_padding: [0; N] }
    }
}

impl<const N: usize> Conv<N> {
    /// The same over height and width: a signal is an image of height 1.
    fn image(&self) -> Conv<2> {
        let pair = |all: [usize; N], of_one: usize| match all[..] {
            [width] => [of_one, width],
            _ => [all[0], all[1]],
        };
        Conv {
            stride: pair(self.stride, 1),
            padding: pair(self.padding, 0),
            dilation: pair(self.dilation, 1),
            groups: self.groups,
            output_padding: pair(self.output_padding, 0),
        }
    }
}

/// A convolution's operands with all axes there are: a batch, and a height.
struct Operands<T: Element> {
    op: &'static str,
    at: At,
    x: Tensor<T>,
    weights: Tensor<T>,
    bias: Option<Tensor<T>>,
    /// Their dims with a batch and a height.
    image: [usize; 4],
    window: [usize; 4],
    batched: bool,
    /// How many axes the window slides along.
    axes: usize,
    options: Conv<2>,
}

impl<T: Element> Operands<T> {
    /// Checks what all convolutions have in common; `outputs` are the channels of the result by those of the weights.
    fn new<const N: usize>(
        op: &'static str,
        [x, weights]: [Tensor<T>; 2],
        bias: Option<Tensor<T>>,
        options: &Conv<N>,
        transposed: bool,
        at: At,
    ) -> Result<Operands<T>> {
        let all: SmallVec<[Operand<T>; 3]> =
            [Some(x), Some(weights), bias].into_iter().flatten().map(Operand::from).collect();
        let all = together(op, &all, at)?;
        let expected = if N == 1 {
            "2 or 3: [batch, channels, width]"
        } else {
            "3 or 4: [batch, channels, height, width]"
        };
        let batched = all[0].len() == N + 2;
        if !batched && all[0].len() != N + 1 {
            let (what, shape, help) = ("the operand", Shape::from(&all[0][..]), "the batch may be missing");
            return Err(Error::Rank { op, what, expected, shape, help, at });
        }
        if all[1].len() != N + 2 {
            let (what, shape) = ("the weight", Shape::from(&all[1][..]));
            let expected = if N == 1 { "3" } else { "4" };
            let help = match transposed {
                false => "they are [outputs, inputs / groups, and the extents of the window]",
                true => "they are [inputs, outputs / groups, and the extents of the window]",
            };
            return Err(Error::Rank { op, what, expected, shape, help, at });
        }
        let full = |dims: &Dims, batched: bool| {
            let mut dims = dims.clone();
            if !batched {
                dims.insert(0, 1);
            }
            if N == 1 {
                dims.insert(2, 1);
            }
            [dims[0], dims[1], dims[2], dims[3]]
        };
        let (image, window) = (full(&all[0], batched), full(&all[1], true));
        let options = options.image();
        let own = Operands { op, at, x, weights, bias, image, window, batched, axes: N, options };
        let groups = options.groups;
        own.check_options(groups)?;
        // Inputs of a convolution are groups of those of the weights; of a transposed one they are the first axis.
        let (inputs, outputs) = match transposed {
            false => (window[1].checked_mul(groups), window[0]),
            true => (Some(window[0]), window[1].saturating_mul(groups)),
        };
        if inputs != Some(image[1]) || !window[0].is_multiple_of(groups) {
            let (lhs, rhs) = (Shape::from(&all[0][..]), Shape::from(&all[1][..]));
            let what = if batched { "the operand" } else { "the operand, one without a batch," };
            let help = match (transposed, batched) {
                (false, true) => {
                    "weights [m, k, ..] make m channels, a multiple of the groups, of k times the groups"
                }
                (false, false) => {
                    "weights [m, k, ..] make m channels, a multiple of the groups, of k times the groups; the first axis was taken for channels: a batch of images of one channel is `.unsqueeze(1)`"
                }
                (true, _) => {
                    "weights [k, m, ..] make m times the groups channels of k, a multiple of the groups"
                }
            };
            return Err(Error::ShapeMismatch { op, what, lhs, other: "the weight", rhs, help, at });
        }
        if bias.is_some() {
            check_parameter(op, "the bias", &all[2], &[outputs], at)?;
        }
        Ok(own)
    }

    /// The axes that a user knows of: a signal has no height.
    fn own<'a>(&self, pair: &'a [usize]) -> &'a [usize] {
        &pair[2 - self.axes..]
    }

    fn refused<V>(&self, what: String, help: &'static str) -> Result<V> {
        Err(Error::Domain { op: self.op, what, help, at: self.at })
    }

    fn check_options(&self, groups: usize) -> Result<()> {
        let Conv { stride, dilation, .. } = self.options;
        if groups == 0 || stride.contains(&0) || dilation.contains(&0) {
            let (stride, dilation) = (self.own(&stride), self.own(&dilation));
            let what =
                format!("stride {stride:?}, dilation {dilation:?} and {groups} groups, and none may be 0");
            return self.refused(what, "1 is the default of each");
        }
        if self.window[2..].contains(&0) {
            let what = format!("the window is {:?}", self.own(&self.window[2..]));
            return self.refused(what, "give weights with elements");
        }
        Ok(())
    }

    /// How far the window reaches along an axis, less one; `None` beyond all bounds.
    fn reach(&self, axis: usize) -> Option<usize> {
        self.options.dilation[axis].checked_mul(self.window[2 + axis] - 1)
    }

    fn slide(&self, image: [usize; 2], places: [usize; 2]) -> Sliding {
        let Conv { stride, padding, dilation, groups, .. } = self.options;
        let window = [self.window[2], self.window[3]];
        Sliding { image, window, places, stride, padding, dilation, groups }
    }

    /// How the window slides over the operand.
    fn over(&self) -> Result<Sliding> {
        let image = [self.image[2], self.image[3]];
        let mut places = [0; 2];
        for (axis, places) in places.iter_mut().enumerate() {
            let padded =
                self.options.padding[axis].checked_mul(2).and_then(|both| both.checked_add(image[axis]));
            let room = padded
                .zip(self.reach(axis))
                .and_then(|(padded, reach)| padded.checked_sub(reach)?.checked_sub(1));
            let Some(room) = room else {
                let (window, image) = (self.own(&self.window[2..]), self.own(&image));
                let what = format!("the window {window:?} does not fit the padded image {image:?}");
                return self.refused(what, "pad the image, or give a smaller window or dilation");
            };
            *places = room / self.options.stride[axis] + 1;
        }
        Ok(self.slide(image, places))
    }

    /// How the window slides over the result, whose places are the operand.
    fn back(&self) -> Result<Sliding> {
        let (places, mut image) = ([self.image[2], self.image[3]], [0; 2]);
        let Conv { stride, padding, output_padding, dilation, .. } = self.options;
        for (axis, image) in image.iter_mut().enumerate() {
            if output_padding[axis] >= stride[axis].max(dilation[axis]) {
                let own = self.own(&output_padding);
                let what = format!("the output padding {own:?} is not below stride and dilation");
                return self.refused(what, "it tells apart the results that one stride makes alike");
            }
            let walked = places[axis].checked_sub(1).and_then(|steps| steps.checked_mul(stride[axis]));
            let extent = walked.zip(self.reach(axis)).and_then(|(walked, reach)| {
                let extent = walked.checked_add(reach)?.checked_add(output_padding[axis] + 1)?;
                extent.checked_sub(padding[axis].checked_mul(2)?).filter(|&extent| extent > 0)
            });
            let Some(extent) = extent else {
                let (places, padding) = (self.own(&places), self.own(&padding));
                let what = format!("nothing is left of the result: places {places:?}, padding {padding:?}");
                return self.refused(what, "give less padding, or a larger operand");
            };
            *image = extent;
        }
        Ok(self.slide(image, places))
    }

    /// Records `O` and the bias, and gives the axes back that the operand had.
    fn record<O: crate::rule::Structural, N: Named>(
        self,
        slide: &Sliding,
        signal: bool,
    ) -> Result<Tensor<T>> {
        let at = self.at;
        let (x, w) = (reshaped(self.x, &self.image, at)?, reshaped(self.weights, &self.window, at)?);
        let mut y = structural::<O, T>(&[x.into(), w.into()], &payload(slide), at)?;
        if let Some(bias) = self.bias {
            y = binary::<add, T>(y, reshaped(bias, &[bias.len(), 1, 1], at)?, at)?;
        }
        let mut dims = y.dims_for(self.op, at)?;
        if signal {
            dims.remove(2);
        }
        if !self.batched {
            dims.remove(0);
        }
        y.own_as::<N>(&dims, at)
    }
}

named! {
    /// A convolution of a signal.
    Conv1d "conv1d";
    /// A convolution of one image.
    Conv2d "conv2d";
    /// A transposed convolution of a signal.
    ConvTranspose1d "conv_transpose1d";
    /// A transposed convolution of one image.
    ConvTranspose2d "conv_transpose2d";
}

methods! {
    /// The convolution of signals: `[batch, c, w]`, or `[c, w]`, with weights `[m, c / groups, k]` and a bias `[m]`:
    /// [`Tensor::conv2d`](crate::Tensor::conv2d) of height 1. PyTorch: `torch.nn.functional.conv1d`.
    ///
    /// # Errors
    /// As of [`Tensor::conv2d`](crate::Tensor::conv2d).
    ///
    /// ```
    /// use wengert::{Conv, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (x, w) = (tape.leaf([[[1.0, 2.0, 4.0]]]), tape.leaf([[[-1.0, 1.0]]]));
    /// let y = x.conv1d(w, None, &Conv { padding: [1], ..Default::default() });
    /// assert_eq!(y.to_vec(), [1.0, 1.0, 2.0, -4.0]);
    /// ```
    conv1d(x, at, weights: Tensor<T>, bias: Option<Tensor<T>>, options: &Conv<1>) -> Tensor<T> {
        let operands = Operands::new("conv1d", [x, weights], bias, options, false, at)?;
        let slide = operands.over()?;
        operands.record::<Convolve, Conv1d>(&slide, true)
    }

    /// The convolution of images: `[batch, c, h, w]`, or `[c, h, w]`, with weights `[m, c / groups, kh, kw]` and a bias
    /// `[m]`. As everywhere in the field it is a correlation: the window is not turned.
    ///
    /// `y[n, m, p, q] = b[m] + sum over c, i, j of w[m, c, i, j] x[n, c, s p + d i - pad, s q + d j - pad]`, with zeros
    /// around the image; `(h + 2 pad - d (kh - 1) - 1) / s + 1` rows, rounded down.
    ///
    /// **Adjoints.** Of the image the transposed convolution of `y_bar`, of the weights a correlation of the image and
    /// `y_bar`, of the bias the sum. Each is an op of its own, so that any order works. PyTorch:
    /// `torch.nn.functional.conv2d`.
    ///
    /// # Errors
    /// Ranks or channels do not fit, an option is 0, or the window is larger than the padded image.
    ///
    /// ```
    /// use wengert::{Conv, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]);
    /// let w = tape.leaf(([1.0, 0.0, 0.0, 1.0], [1, 1, 2, 2]));
    /// assert_eq!(x.conv2d(w, None, &Conv::default()).to_vec(), [6.0, 8.0, 12.0, 14.0]);
    /// let apart = Conv { stride: [2, 2], padding: [1, 1], ..Default::default() };
    /// assert_eq!(x.conv2d(w, None, &apart).to_vec(), [1.0, 3.0, 7.0, 14.0]);
    /// ```
    conv2d(x, at, weights: Tensor<T>, bias: Option<Tensor<T>>, options: &Conv<2>) -> Tensor<T> {
        let operands = Operands::new("conv2d", [x, weights], bias, options, false, at)?;
        let slide = operands.over()?;
        operands.record::<Convolve, Conv2d>(&slide, false)
    }

    /// The transposed convolution of signals: `[batch, c, w]`, or `[c, w]`, with weights `[c, m / groups, k]` and a
    /// bias `[m]`. PyTorch: `torch.nn.functional.conv_transpose1d`.
    ///
    /// # Errors
    /// As of [`Tensor::conv_transpose2d`](crate::Tensor::conv_transpose2d).
    ///
    /// ```
    /// use wengert::{Conv, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (x, w) = (tape.leaf([[[1.0, 2.0]]]), tape.leaf([[[1.0, 10.0]]]));
    /// let y = x.conv_transpose1d(w, None, &Conv { stride: [2], ..Default::default() });
    /// assert_eq!(y.to_vec(), [1.0, 10.0, 2.0, 20.0]);
    /// ```
    conv_transpose1d(x, at, weights: Tensor<T>, bias: Option<Tensor<T>>, options: &Conv<1>) -> Tensor<T> {
        let operands = Operands::new("conv_transpose1d", [x, weights], bias, options, true, at)?;
        let slide = operands.back()?;
        operands.record::<ConvolveTransposed, ConvTranspose1d>(&slide, true)
    }

    /// The transposed convolution of images: `[batch, c, h, w]`, or `[c, h, w]`, with weights `[c, m / groups, kh, kw]`
    /// and a bias `[m]`. It is the adjoint of [`Tensor::conv2d`](crate::Tensor::conv2d) by its image:
    /// `(h - 1) s - 2 pad + d (kh - 1) + output_padding + 1` rows.
    ///
    /// **Adjoints.** Of the operand the convolution of `y_bar`, of the weights a correlation, of the bias the sum.
    /// PyTorch: `torch.nn.functional.conv_transpose2d`.
    ///
    /// # Errors
    /// Ranks or channels do not fit, an option is 0, the output padding is not below stride and dilation, or nothing is
    /// left of the result.
    ///
    /// ```
    /// use wengert::{Conv, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (x, w) = (tape.leaf([[[2.0]]]), tape.leaf(([1.0, 2.0, 3.0, 4.0], [1, 1, 2, 2])));
    /// assert_eq!(x.conv_transpose2d(w, None, &Conv::default()).to_vec(), [2.0, 4.0, 6.0, 8.0]);
    /// ```
    conv_transpose2d(x, at, weights: Tensor<T>, bias: Option<Tensor<T>>, options: &Conv<2>) -> Tensor<T> {
        let operands = Operands::new("conv_transpose2d", [x, weights], bias, options, true, at)?;
        let slide = operands.back()?;
        operands.record::<ConvolveTransposed, ConvTranspose2d>(&slide, false)
    }
}

rows! {
    "conv1d" [[2, 2, 5], [3, 2, 2], [3]] => |_, x| {
        x[0].conv1d(x[1], Some(x[2]), &Conv { stride: [2], padding: [1], ..Default::default() })
    };
    "conv2d" [[2, 2, 4, 3], [4, 1, 2, 2], [4]] => |_, x| {
        let options = Conv { stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2, ..Default::default() };
        x[0].conv2d(x[1], Some(x[2]), &options)
    };
    "conv2d" [[2, 2, 3, 2], [3, 2, 1, 1]] => |_, x| x[0].conv2d(x[1], None, &Conv::default());
    "conv_transpose1d" [[2, 2, 3], [2, 3, 2]] => |_, x| {
        x[0].conv_transpose1d(x[1], None, &Conv { stride: [2], padding: [1], ..Default::default() })
    };
    "conv_transpose2d" [[1, 2, 2, 3], [2, 1, 3, 2], [2]] => |_, x| {
        let (padding, output_padding) = ([1, 0], [1, 0]);
        let options = Conv { stride: [2, 1], padding, output_padding, groups: 2, ..Default::default() };
        x[0].conv_transpose2d(x[1], Some(x[2]), &options)
    };
}
