//! Activations with parameters of a shape of their own, or of more than one.

use super::activation::sigmoid;
use super::arithmetic::mul;
use super::handles::{handles, same_tape, tensor_rules};
use super::rectifiers::leaky_relu;
use super::table::rows;
use crate::error::{At, Error, Result, Shape};
use crate::rule::Pointwise;
use crate::rule::pointwise::RuleOf;
use crate::scalar::Scalar;
use crate::shape::{Span, resolve_axis};
use crate::tape::Element;
use crate::tape::pointwise::pointwise;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

tensor_rules! {
    /// The rule of [`leaky_relu`], with the slopes as weights.
    Prelu "prelu" (x, weight) -> y {
        primal: <leaky_relu as Pointwise<2>>::primal([x, weight]),
        pull(y_bar): {
            x => <leaky_relu as Pointwise<2>>::pull(0, [x, weight], y, y_bar),
            weight => <leaky_relu as Pointwise<2>>::pull(1, [x, weight], y, y_bar),
        },
    }

    /// `ln(1 + e^(beta x)) / beta`, and `x` above the threshold.
    Softplus "softplus_with" (x, beta, threshold) -> y {
        primal: {
            let scaled = x * beta;
            if scaled > threshold { x } else { log_one_plus_exp(scaled) / beta }
        },
        pull(y_bar): {
            x => {
                let scaled = x * beta;
                A::select(scaled.gt(threshold), y_bar, y_bar * scaled.of::<sigmoid>())
            },
            beta => y_bar.zero_like(),
            threshold => y_bar.zero_like(),
        },
    }
}

/// `ln(1 + e^x)`, which does not overflow.
fn log_one_plus_exp<T: wengert_kernels::Real>(x: T) -> T {
    let rest = (-x.abs()).fast_exp().fast_ln_1p();
    if x > T::zero() {
        x + rest
    } else if x.is_nan() {
        x
    } else {
        rest
    }
}

handles! {
    /// Softplus with a sharpness and a threshold, element by element: `y = ln(1 + e^(beta x)) / beta`, and `x` itself
    /// where `beta x > threshold`.
    ///
    /// **Partial.** The sigmoid of `beta x`; 1 above the threshold. PyTorch: `torch.nn.functional.softplus`, which has
    /// 1 and 20 if nothing else is said, as [`Tensor::softplus`](crate::Tensor::softplus) has.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([0.0, 2.0]).softplus_with(2.0, 3.0).to_vec(), [2f64.ln() / 2.0, 2.0]);
    /// ```
    softplus_with(x, at;; beta, threshold) {
        tensors: {
            let parameters = [Operand::Number(beta), Operand::Number(threshold)];
            pointwise(RuleOf::<Softplus, T>::TERNARY, [x.into(), parameters[0], parameters[1]], at)
        },
        scalars: match x.value() * beta > threshold {
            true => x.try_add(Scalar::passive(T::zero())),
            false => x.try_mul(Scalar::passive(-beta))?.try_log_sigmoid()?.try_div(Scalar::passive(-beta)),
        },
    }
}

methods! {
    /// The gated linear unit along an axis, whose halves are `a` and `b`: `y = a sigmoid(b)`.
    ///
    /// **Adjoint.** That of the product. PyTorch: `torch.nn.functional.glu`.
    ///
    /// # Errors
    /// A rank of 0, an axis that there is not, or one of odd extent.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([1.0, 2.0, 0.0, 0.0]).glu(-1).to_vec(), [0.5, 1.0]);
    /// ```
    glu(x, at, axis: isize) -> Tensor<T> {
        let op = "glu";
        let dims = x.dims_for(op, at)?;
        if dims.is_empty() {
            let (what, shape, help) = ("the operand", Shape::from(&dims[..]), "give it an axis with two halves");
            return Err(Error::Rank { op, what, expected: "1 or more", shape, help, at });
        }
        let axis = resolve_axis(op, axis, &dims, at)?;
        if dims[axis] % 2 == 1 {
            let what = format!("axis {axis} of the shape {dims:?} has no two halves: its extent is {}", dims[axis]);
            return Err(Error::Domain { op, what, help: "give the axis an even extent", at });
        }
        let half = |k| {
            let len = dims[axis] / 2;
            x.seen(op, at, |view| Ok(view.slice(axis, Span { start: k * len, len, step: 1 })))
        };
        let (a, b) = (half(0)?, half(1)?);
        let gate = pointwise(RuleOf::<sigmoid, T>::UNARY, [b.into()], at)?;
        mul::tensors(a.into(), gate.into(), at)
    }

    /// The rectifier with learned slopes, element by element: `y = x` where `x > 0`, else `weight x`. The weight is one
    /// number, or one a channel, along axis 1.
    ///
    /// **Adjoint.** `y_bar` where `x > 0`, else `weight y_bar`; to the weight, 0 where `x > 0`, else `x y_bar`, summed over
    /// what it serves. At 0 it is as below. PyTorch: `torch.nn.functional.prelu`.
    ///
    /// # Errors
    /// A weight that is neither one number nor one a channel; weight and operand on different tapes.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, weight) = (tape.leaf([[-1.0, -2.0], [3.0, 4.0]]), tape.leaf([0.5, 0.1]));
    /// let y = x.prelu(weight);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [-0.5, -0.2, 3.0, 4.0]);
    /// assert_eq!(weight.grad().unwrap().as_slice().unwrap(), [-1.0, -2.0]);
    /// ```
    prelu(x, at, weight: Tensor<T>) -> Tensor<T> {
        let weight = slopes("prelu", x, weight, at)?;
        pointwise(RuleOf::<Prelu, T>::BINARY, [x.into(), weight.into()], at)
    }
}

/// The weights of channels, seen with the axes that follow the channels' in `x`.
fn slopes<T: Element>(op: &'static str, x: Tensor<T>, weight: Tensor<T>, at: At) -> Result<Tensor<T>> {
    let (dims, own) = (x.dims_for(op, at)?, weight.dims_for(op, at)?);
    // The tapes alone: how the shapes meet is said below.
    same_tape(op, &[x.into(), weight.into()], at)?;
    match own[..] {
        [] => Ok(weight),
        [1] => weight.seen(op, at, |view| Ok(view.squeeze(&[0]))),
        [channels] if dims.get(1) == Some(&channels) => weight.seen(op, at, |view| {
            Ok((2..dims.len()).fold(view, |view, _| view.unsqueeze(view.layout.rank())))
        }),
        _ => {
            let (lhs, rhs) = (Shape::from(&own[..]), Shape(dims.get(1).copied().into_iter().collect()));
            let (what, other) = ("the weight", "one number for each channel");
            let help = "give one number, or as many as axis 1 of the operand has elements";
            Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at })
        }
    }
}

rows! {
    "softplus_with" [[2, 3]] => |_, x| x[0].softplus_with(T::zero().constant(2.0), T::zero().constant(3.0));
    "glu" [[2, 4]] => |_, x| x[0].glu(1);
    "prelu" [[2, 3, 2], [3]] => |_, x| x[0].prelu(x[1]);
}
