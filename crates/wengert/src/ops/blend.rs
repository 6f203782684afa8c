//! Weighted sums of a few operands in one op.

use super::arithmetic::{div, mul};
use super::handles::{handles, meeting, tensor_rules};
use super::table::rows;
use crate::rule::pointwise::RuleOf;
use crate::scalar::Scalar;
use crate::tape::pointwise::pointwise;
use crate::tape::record::binary_op;
use crate::tensor::Operand;

tensor_rules! {
    /// `x + alpha b`
    AddScaled "add_scaled" (x, b, alpha) -> y {
        primal: x + alpha * b,
        pull(y_bar): { x => y_bar, b => y_bar * alpha, alpha => y_bar * b },
    }

    /// `x + weight (end - x)`, from the end that is nearer.
    Lerp "lerp" (x, end, weight) -> y {
        primal: between(x, end, weight),
        pull(y_bar): {
            x => y_bar * (weight.one_like() - weight),
            end => y_bar * weight,
            weight => y_bar * (end - x),
        },
    }
}

/// Rounded least where the weight is near an end, and exact at both.
fn between<T: wengert_kernels::Real>(x: T, end: T, weight: T) -> T {
    if weight.abs() + weight.abs() < T::one() {
        x + weight * (end - x)
    } else {
        end - (end - x) * (T::one() - weight)
    }
}

handles! {
    /// The sum `y = x + alpha b`, element by element, broadcast; `alpha` is a number.
    ///
    /// **Partials.** 1 and `alpha`. PyTorch: `torch.add` with `alpha`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_add_scaled`](crate::Tensor::try_add_scaled) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, b) = (tape.leaf([1.0]), tape.leaf([2.0]));
    /// let y = x.add_scaled(b, 10.0);
    /// y.backward();
    /// assert_eq!((y.item(), b.grad().unwrap()[[0]]), (21.0, 10.0));
    /// ```
    add_scaled(x, at; b; alpha) {
        tensors: pointwise(RuleOf::<AddScaled, T>::TERNARY, [x.into(), b, Operand::Number(alpha)], at),
        scalars: x.try_add(b.try_mul(Scalar::passive(alpha))?),
    }

    /// The sum with a product `y = x + factor a b`, element by element, broadcast; `factor` is a number.
    ///
    /// **Partials.** 1, `factor b` and `factor a`. PyTorch: `torch.addcmul`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_addcmul`](crate::Tensor::try_addcmul) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(x.addcmul(x, x, 0.5).to_vec(), [1.5, 4.0]);
    /// ```
    addcmul(x, at; a, b; factor) {
        tensors: {
            meeting("addcmul", &[x.into(), a, b], at)?;
            let product = match (number(a), number(b)) {
                (Some(a), Some(b)) => binary_op::<mul, T>(a, b)?.into(),
                _ => mul::tensors(a, b, at)?.into(),
            };
            pointwise(RuleOf::<AddScaled, T>::TERNARY, [x.into(), product, Operand::Number(factor)], at)
        },
        scalars: x.try_add(a.try_mul(b)?.try_mul(Scalar::passive(factor))?),
    }

    /// The sum with a quotient `y = x + factor a / b`, element by element, broadcast; `factor` is a number.
    ///
    /// **Partials.** 1, `factor / b` and `-factor a / b^2`. PyTorch: `torch.addcdiv`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_addcdiv`](crate::Tensor::try_addcdiv) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(x.addcdiv(x, x, 0.5).to_vec(), [1.5, 2.5]);
    /// ```
    addcdiv(x, at; a, b; factor) {
        tensors: {
            meeting("addcdiv", &[x.into(), a, b], at)?;
            let quotient = match (number(a), number(b)) {
                (Some(a), Some(b)) => binary_op::<div, T>(a, b)?.into(),
                _ => div::tensors(a, b, at)?.into(),
            };
            pointwise(RuleOf::<AddScaled, T>::TERNARY, [x.into(), quotient, Operand::Number(factor)], at)
        },
        scalars: x.try_add(a.try_div(b)?.try_mul(Scalar::passive(factor))?),
    }

    /// The line from `x` to `end`, element by element, broadcast: `y = x + weight (end - x)`, computed from the end
    /// that is nearer, and so exact at both.
    ///
    /// **Partials.** `1 - weight`, `weight` and `end - x`. PyTorch: `torch.lerp`.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_lerp`](crate::Tensor::try_lerp) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, end) = (tape.leaf([0.0, 10.0]), tape.leaf([1.0, 20.0]));
    /// let y = x.lerp(end, 0.25);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [0.25, 12.5]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.75, 0.75]);
    /// ```
    lerp(x, at; end, weight;) {
        tensors: pointwise(RuleOf::<Lerp, T>::TERNARY, [x.into(), end, weight], at),
        scalars: {
            let way = end.try_sub(x)?;
            if weight.value().abs() + weight.value().abs() < T::one() {
                x.try_add(weight.try_mul(way)?)
            } else {
                end.try_sub(way.try_mul(Scalar::passive(T::one()).try_sub(weight)?)?)
            }
        },
    }
}

/// An operand that is one number, as a scalar.
fn number<T: crate::tape::Element>(x: Operand<T>) -> Option<Scalar<T>> {
    match x {
        Operand::Tensor(_) => None,
        Operand::Scalar(x) => Some(x),
        Operand::Number(x) => Some(Scalar::passive(x)),
    }
}

rows! {
    "add_scaled" [[2, 3], [3]] => |_, x| x[0].add_scaled(x[1], T::zero().constant(-2.5));
    "addcmul" [[2, 3], [3], [2, 1]] => |_, x| x[0].addcmul(x[1], x[2], T::zero().constant(0.7));
    "addcdiv" [[2, 3], [3], [2, 1]] => |_, x| x[0].addcdiv(x[1], x[2].square() + T::one(), T::zero().constant(0.7));
    "lerp" [[2, 3], [3], [2, 1]] => |_, x| x[0].lerp(x[1], x[2]);
}
