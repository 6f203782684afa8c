//! The linear layer.

use super::{binary, check_parameter, together};
use crate::error::{Error, Shape};
use crate::ops::arithmetic::add;
use crate::ops::linalg::product;
use crate::ops::table::rows;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

methods! {
    /// The linear layer `y = x w^T + b`: `[.., in]` with weights `[out, in]` gives `[.., out]`. Weights `[in]` are one
    /// row, whose axis goes.
    ///
    /// **Adjoints.** `x_bar += y_bar w`, `w_bar += y_bar^T x`, `b_bar += y_bar`, summed over all rows. PyTorch:
    /// `torch.nn.functional.linear`.
    ///
    /// # Errors
    /// The weights have another width than the rows, or the bias is not one number an output.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (w, b) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([0.5, -0.5]));
    /// let y = tape.constant([[1.0, 10.0]]).linear(w, Some(b));
    /// assert_eq!(y.to_vec(), [21.5, 42.5]);
    /// ```
    linear(x, at, weights: Tensor<T>, bias: Option<Tensor<T>>) -> Tensor<T> {
        let op = "linear";
        let all = [Some(x), Some(weights), bias].map(|operand| operand.map_or(Operand::Number(T::zero()), Operand::from));
        let dims = together(op, &all, at)?;
        if dims[0].is_empty() || !(1..=2).contains(&dims[1].len()) {
            let (what, expected, k) = match dims[0].is_empty() {
                true => ("the operand", "1 or more", 0),
                false => ("the weight", "2: [out, in]", 1),
            };
            let (shape, help) = (Shape::from(&dims[k][..]), "the last axis is the one that is summed over");
            return Err(Error::Rank { op, what, expected, shape, help, at });
        }
        let (left, right) = (dims[0][dims[0].len() - 1], dims[1][dims[1].len() - 1]);
        if left != right {
            let (lhs, rhs) = (Shape::from(&dims[0][..]), Shape::from(&dims[1][..]));
            return Err(Error::InnerDimensions { op, lhs, rhs, left, right, at });
        }
        if bias.is_some() {
            check_parameter(op, "the bias", &dims[2], &dims[1][..dims[1].len() - 1], at)?;
        }
        let columns = weights.seen(op, at, |view| Ok(if dims[1].len() == 2 { view.permute(&[1, 0]) } else { view }))?;
        let y = product(x, columns, at)?;
        match bias {
            Some(bias) => binary::<add, T>(y, bias, at),
            None => Ok(y),
        }
    }
}

rows! {
    "linear" [[2, 3], [4, 3], [4]] => |_, x| x[0].linear(x[1], Some(x[2]));
    "linear" [[2, 2, 3], [4, 3]] => |_, x| x[0].linear(x[1], None);
}
