//! Layers that normalise.

use smallvec::SmallVec;

use super::standardise::{Standardise, payload};
use super::{binary, check_parameter, constant, number, reshaped, together, unary};
use crate::error::{At, Error, Result, Shape};
use crate::ops::arithmetic::{add, div, mul, sqrt, sub};
use crate::ops::reduce::sum_of;
use crate::ops::table::rows;
use crate::shape::{Dims, IntoShape, element_count, resolve_shape};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

/// A tensor with channels along axis 1, and the parameters of its layer, which are one number a channel.
fn with_channels<T: Element>(
    op: &'static str,
    x: Tensor<T>,
    parameters: &[(&'static str, Option<Tensor<T>>)],
    at: At,
) -> Result<Dims> {
    let given = parameters.iter().filter_map(|&(what, x)| Some((what, x?)));
    let operands: SmallVec<[Operand<T>; 5]> =
        std::iter::once(x).chain(given.clone().map(|(_, x)| x)).map(Operand::from).collect();
    let all = together(op, &operands, at)?;
    let dims = all[0].clone();
    if dims.len() < 2 {
        let (what, expected, shape) = ("the operand", "2 or more", Shape::from(&dims[..]));
        let help = "the channels lie along axis 1: give it axes for the batch and the channels";
        return Err(Error::Rank { op, what, expected, shape, help, at });
    }
    for ((what, _), own) in given.zip(&all[1..]) {
        check_parameter(op, what, own, &dims[1..2], at)?;
    }
    Ok(dims)
}

/// One number a channel, seen along axis 1 of a tensor of the given rank.
fn along_channels<T: Element>(x: Tensor<T>, rank: usize, at: At) -> Result<Tensor<T>> {
    let mut dims = Dims::from_elem(1, rank - 1);
    dims[0] = x.len();
    reshaped(x, &dims, at)
}

/// `y w + b`, each where it is given.
fn scaled<T: Element>(
    y: Tensor<T>,
    weight: Option<Tensor<T>>,
    bias: Option<Tensor<T>>,
    at: At,
) -> Result<Tensor<T>> {
    let y = match weight {
        Some(weight) => binary::<mul, T>(y, weight, at)?,
        None => y,
    };
    match bias {
        Some(bias) => binary::<add, T>(y, bias, at),
        None => Ok(y),
    }
}

/// The same, one number a channel.
fn scaled_channels<T: Element>(
    y: Tensor<T>,
    rank: usize,
    weight: Option<Tensor<T>>,
    bias: Option<Tensor<T>>,
    at: At,
) -> Result<Tensor<T>> {
    let along = |x: Option<Tensor<T>>| x.map(|x| along_channels(x, rank, at)).transpose();
    scaled(y, along(weight)?, along(bias)?, at)
}

/// There must be more than one number to take a variance of.
fn check_many(op: &'static str, each: &str, dims: &[usize], count: usize, at: At) -> Result<()> {
    if count != 1 || dims.contains(&0) {
        return Ok(());
    }
    let what = format!("there is one number {each} in {dims:?}, and one has no variance");
    Err(Error::Domain { op, what, help: "give a larger batch, or the statistics of a former one", at })
}

/// The last axes, which a layer normalises over, of a shape that must end with theirs.
fn last_axes(
    op: &'static str,
    dims: &[usize],
    shape: &impl IntoShape,
    at: At,
) -> Result<std::ops::Range<usize>> {
    let own = resolve_shape(op, &shape.extents(), None, at)?;
    if !own.is_empty() && dims.ends_with(&own) {
        return Ok(dims.len() - own.len()..dims.len());
    }
    let (lhs, rhs) = (Shape::from(dims), Shape::from(&own[..]));
    let (what, other, help) =
        ("the operand", "the normalized shape", "name the extents of one or more of the last axes");
    Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at })
}

methods! {
    /// Batch normalisation: `(x - mean) / sqrt(var + eps) w + b`, the channels along axis 1.
    ///
    /// Without `statistics`, as in training, mean and variance are those of each channel over the batch and all other
    /// axes; the variance divides by the count, and a gradient flows through both. With `statistics`, as in
    /// evaluation, they are the given mean and variance, one number a channel. There is no hidden state:
    /// [`Tensor::batch_statistics`](crate::Tensor::batch_statistics) gives what a running average is made of; its variance divides
    /// by the count less one already, as PyTorch's running variance does. PyTorch: `torch.nn.functional.batch_norm`.
    ///
    /// **Adjoint.** Of the batch's own: `x_bar += (z - mean(z) - y mean(y z)) / sqrt(var + eps)` with `z = y_bar w`.
    ///
    /// # Errors
    /// The rank is below 2, a parameter is not one number a channel, or there is one number a channel and no
    /// `statistics`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 10.0], [3.0, 30.0]]);
    /// assert_eq!(x.batch_norm(None, None, None, 0.0).to_vec(), [-1.0, -1.0, 1.0, 1.0]);
    /// let running = (tape.constant([1.0, 10.0]), tape.constant([4.0, 100.0]));
    /// assert_eq!(x.batch_norm(None, None, Some(running), 0.0).to_vec(), [0.0, 0.0, 1.0, 2.0]);
    /// ```
    batch_norm(
        x, at, weight: Option<Tensor<T>>, bias: Option<Tensor<T>>, statistics: Option<(Tensor<T>, Tensor<T>)>, eps: f64
    ) -> Tensor<T> {
        let op = "batch_norm";
        let (mean, var) = (statistics.map(|s| s.0), statistics.map(|s| s.1));
        let parameters = [("the weight", weight), ("the bias", bias), ("the mean", mean), ("the variance", var)];
        let dims = with_channels(op, x, &parameters, at)?;
        let rank = dims.len();
        let y = match statistics {
            None => {
                check_many(op, "a channel", &dims, dims[0] * element_count(&dims[2..]), at)?;
                let axes = (0..rank).filter(|&axis| axis != 1);
                structural::<Standardise, T>(&[x.into()], &payload(true, eps, axes), at)?
            }
            Some((mean, var)) => {
                let deviation = unary::<sqrt, T>(binary::<add, T>(var, number(eps), at)?, at)?;
                let centred = binary::<sub, T>(x, along_channels(mean, rank, at)?, at)?;
                binary::<div, T>(centred, along_channels(deviation, rank, at)?, at)?
            }
        };
        scaled_channels(y, rank, weight, bias, at)
    }

    /// The mean and the variance of each channel, which lie along axis 1, over the batch and all other axes, as passive
    /// vectors. The variance divides by the count less one, as PyTorch's running variance does.
    ///
    /// # Errors
    /// The rank is below 2.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (running_mean, momentum) = (tape.constant([0.0]), 0.1);
    /// let (mean, var) = tape.leaf([[1.0], [3.0]]).batch_statistics();
    /// assert_eq!((mean.item(), var.item()), (2.0, 2.0));
    /// running_mean.set_value((running_mean * (1.0 - momentum) + mean * momentum).to_vec());
    /// assert_eq!(running_mean.item(), 0.2);
    /// ```
    batch_statistics(x, at) -> (Tensor<T>, Tensor<T>) {
        let op = "batch_statistics";
        let dims = with_channels(op, x, &[], at)?;
        let (inner, n) = (element_count(&dims[2..]), dims[0] * element_count(&dims[2..]));
        check_many(op, "a channel", &dims, n, at)?;
        let (values, count) = (x.gathered(op, at)?, T::zero().constant(n as f64));
        let measure = |channel: usize| {
            let image = dims[1] * inner;
            let rows = (0..dims[0]).flat_map(|k| &values[k * image + channel * inner..][..inner]);
            let own: Vec<T> = rows.copied().collect();
            let mean = wengert_kernels::sum(&own) / count;
            (mean, sum_of(&own, |x| (x - mean) * (x - mean)) / (count - T::one()))
        };
        let (means, vars): (Vec<T>, Vec<T>) = (0..dims[1]).map(measure).unzip();
        Ok((constant(op, x, &dims[1..2], &means, at)?, constant(op, x, &dims[1..2], &vars, at)?))
    }

    /// Layer normalisation over the last axes, whose extents are the normalized shape:
    /// `(x - mean) / sqrt(var + eps) w + b`; weight and bias have the normalized shape, the variance divides by the
    /// count. PyTorch: `torch.nn.functional.layer_norm`.
    ///
    /// **Adjoint.** `x_bar += (z - mean(z) - y mean(y z)) / sqrt(var + eps)` with `z = y_bar w`.
    ///
    /// # Errors
    /// The shape does not end with the normalized shape, or a parameter has another.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 3.0], [10.0, 30.0]]);
    /// assert_eq!(x.layer_norm(2, None, None, 0.0).to_vec(), [-1.0, 1.0, -1.0, 1.0]);
    /// ```
    layer_norm(
        x, at, shape: impl IntoShape, weight: Option<Tensor<T>>, bias: Option<Tensor<T>>, eps: f64
    ) -> Tensor<T> {
        let op = "layer_norm";
        let operands: SmallVec<[Operand<T>; 3]> =
            [Some(x), weight, bias].into_iter().flatten().map(Operand::from).collect();
        let all = together(op, &operands, at)?;
        let axes = last_axes(op, &all[0], &shape, at)?;
        for own in &all[1..] {
            check_parameter(op, "a parameter", own, &all[0][axes.clone()], at)?;
        }
        let y = structural::<Standardise, T>(&[x.into()], &payload(true, eps, axes), at)?;
        scaled(y, weight, bias, at)
    }

    /// Group normalisation: the channels, which lie along axis 1, fall into groups, and each group of each element of
    /// the batch is normalised together with all axes that follow; weight and bias are one number a channel. PyTorch:
    /// `torch.nn.functional.group_norm`.
    ///
    /// # Errors
    /// The rank is below 2, the groups do not divide the channels, or a parameter is not one number a channel.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 3.0, 10.0, 30.0]]);
    /// assert_eq!(x.group_norm(2, None, None, 0.0).to_vec(), [-1.0, 1.0, -1.0, 1.0]);
    /// ```
    group_norm(x, at, groups: usize, weight: Option<Tensor<T>>, bias: Option<Tensor<T>>, eps: f64) -> Tensor<T> {
        let op = "group_norm";
        let dims = with_channels(op, x, &[("the weight", weight), ("the bias", bias)], at)?;
        if groups == 0 || dims[1] % groups != 0 {
            let what = format!("{groups} groups do not divide the {} channels", dims[1]);
            return Err(Error::Domain { op, what, help: "give a divisor of the extent of axis 1", at });
        }
        let group = dims[1] / groups * element_count(&dims[2..]);
        let grouped = reshaped(x, &[dims[0], groups, group], at)?;
        let y = structural::<Standardise, T>(&[grouped.into()], &payload(true, eps, [2]), at)?;
        scaled_channels(reshaped(y, &dims, at)?, dims.len(), weight, bias, at)
    }

    /// Instance normalisation: each channel, along axis 1, of each element of the batch is normalised over the axes
    /// that follow; weight and bias are one number a channel. PyTorch: `torch.nn.functional.instance_norm`.
    ///
    /// # Errors
    /// The rank is below 3, a parameter is not one number a channel, or a channel is one number.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 3.0], [10.0, 30.0]]]);
    /// assert_eq!(x.instance_norm(None, None, 0.0).to_vec(), [-1.0, 1.0, -1.0, 1.0]);
    /// ```
    instance_norm(x, at, weight: Option<Tensor<T>>, bias: Option<Tensor<T>>, eps: f64) -> Tensor<T> {
        let op = "instance_norm";
        let dims = with_channels(op, x, &[("the weight", weight), ("the bias", bias)], at)?;
        check_many(op, "a channel", &dims, element_count(&dims[2..]), at)?;
        let y = structural::<Standardise, T>(&[x.into()], &payload(true, eps, 2..dims.len()), at)?;
        scaled_channels(y, dims.len(), weight, bias, at)
    }

    /// Normalisation by the root mean square over the last axes, whose extents are the normalized shape:
    /// `x / sqrt(mean(x^2) + eps) w`; the weight has the normalized shape. PyTorch: `torch.nn.functional.rms_norm`.
    ///
    /// **Adjoint.** `x_bar += (z - y mean(y z)) / sqrt(mean(x^2) + eps)` with `z = y_bar w`.
    ///
    /// # Errors
    /// The shape does not end with the normalized shape, or the weight has another.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 3.0], [-5.0, 5.0]]);
    /// assert_eq!(x.rms_norm(2, None, 0.0).to_vec(), [1.0, 1.0, -1.0, 1.0]);
    /// ```
    rms_norm(x, at, shape: impl IntoShape, weight: Option<Tensor<T>>, eps: f64) -> Tensor<T> {
        let op = "rms_norm";
        let operands: SmallVec<[Operand<T>; 2]> =
            [Some(x), weight].into_iter().flatten().map(Operand::from).collect();
        let all = together(op, &operands, at)?;
        let axes = last_axes(op, &all[0], &shape, at)?;
        for own in &all[1..] {
            check_parameter(op, "the weight", own, &all[0][axes.clone()], at)?;
        }
        let y = structural::<Standardise, T>(&[x.into()], &payload(false, eps, axes), at)?;
        scaled(y, weight, None, at)
    }
}

rows! {
    "batch_norm" [[4, 3], [3], [3]] => |_, x| x[0].batch_norm(Some(x[1]), Some(x[2]), None, 1e-5);
    "batch_norm" [[2, 3, 2], [3], [3], [3], [3]] => |_, x| {
        x[0].batch_norm(Some(x[1]), Some(x[2]), Some((x[3], x[4].square())), 0.5)
    };
    "layer_norm" [[2, 4], [4], [4]] => |_, x| x[0].layer_norm(4, Some(x[1]), Some(x[2]), 1e-5);
    "group_norm" [[2, 4, 3], [4], [4]] => |_, x| x[0].group_norm(2, Some(x[1]), Some(x[2]), 1e-5);
    "instance_norm" [[2, 2, 3], [2], [2]] => |_, x| x[0].instance_norm(Some(x[1]), Some(x[2]), 1e-5);
    "rms_norm" [[3, 4], [4]] => |_, x| x[0].rms_norm(4, Some(x[1]), 1e-6);
}
