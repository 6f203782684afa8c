//! The rules of convolutions: three ops, each linear in both operands, and each the adjoint of the others, so that any
//! order of derivative is made of them.

use wengert_kernels::{Scratch, Sliding, Strided, convolve, convolve_transposed, correlate};

use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::Dims;

/// What all three are recorded with.
pub(super) fn payload(slide: &Sliding) -> [usize; 13] {
    let Sliding { image, window, places, stride, padding, dilation, groups } = *slide;
    let mut payload = [groups; 13];
    for (k, pair) in [image, window, places, stride, padding, dilation].into_iter().enumerate() {
        payload[2 * k..2 * k + 2].copy_from_slice(&pair);
    }
    payload
}

fn sliding(payload: &[usize]) -> Sliding {
    let pair = |k: usize| [payload[2 * k], payload[2 * k + 1]];
    Sliding {
        image: pair(0),
        window: pair(1),
        places: pair(2),
        stride: pair(3),
        padding: pair(4),
        dilation: pair(5),
        groups: payload[12],
    }
}

/// The convolution of an image `[n, c, h, w]` with weights `[m, c / groups, kh, kw]`: `[n, m, places]`.
pub(super) struct Convolve;

impl Structural for Convolve {
    const NAME: &'static str = "conv2d";
    const LINEAR: Linear = Linear::InEach;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let [h, w] = sliding(payload).places;
        Dims::from_slice(&[operands[0][0], operands[1][0], h, w])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        convolve(y, x[0], x[1], &sliding(payload), scratch);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, w, y_bar, payload) = (v.operand(0), v.operand(1), v.result_bar(), v.payload());
        if v.is_active(0) {
            v.add_apply::<ConvolveTransposed>(0, &[y_bar, w], payload);
        }
        if v.is_active(1) {
            v.add_apply::<Correlate>(1, &[x, y_bar], payload);
        }
    }
}

/// The adjoint of a convolution by its image: from places and weights to the image.
pub(super) struct ConvolveTransposed;

impl Structural for ConvolveTransposed {
    const NAME: &'static str = "conv_transpose2d";
    const LINEAR: Linear = Linear::InEach;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let Sliding { image: [h, w], groups, .. } = sliding(payload);
        Dims::from_slice(&[operands[0][0], operands[1][1] * groups, h, w])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        convolve_transposed(y, x[0], x[1], &sliding(payload), scratch);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (places, w, image_bar, payload) = (v.operand(0), v.operand(1), v.result_bar(), v.payload());
        if v.is_active(0) {
            v.add_apply::<Convolve>(0, &[image_bar, w], payload);
        }
        if v.is_active(1) {
            v.add_apply::<Correlate>(1, &[image_bar, places], payload);
        }
    }
}

/// The adjoint of a convolution by its weights: from the image and places to the weights.
struct Correlate;

impl Structural for Correlate {
    const NAME: &'static str = "conv_weight";
    const LINEAR: Linear = Linear::InEach;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        let Sliding { window: [h, w], groups, .. } = sliding(payload);
        Dims::from_slice(&[operands[1][1], operands[0][1] / groups, h, w])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        correlate(y, x[0], x[1], &sliding(payload), scratch);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (image, places, w_bar, payload) = (v.operand(0), v.operand(1), v.result_bar(), v.payload());
        if v.is_active(0) {
            v.add_apply::<ConvolveTransposed>(0, &[places, w_bar], payload);
        }
        if v.is_active(1) {
            v.add_apply::<Convolve>(1, &[image, w_bar], payload);
        }
    }
}
