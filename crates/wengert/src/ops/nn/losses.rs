//! Losses that compare element by element.

use smallvec::SmallVec;

use super::penalty::{binary_cross_entropy, binary_cross_entropy_with_logits, huber, kl_term, smooth_l1};
use super::{binary, meet, number, together, unary};
use crate::error::{At, Error, Result, Shape};
use crate::ops::arithmetic::{abs, add, div, mul, square, sub};
use crate::ops::math::exp;
use crate::ops::reduce::{Mean, Sum, reduce};
use crate::ops::table::rows;
use crate::shape::Dims;
use crate::tape::Element;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

/// What becomes of the losses of the elements. PyTorch: `reduction`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// Each stays.
    None,
    /// Their mean; of nothing, NaN. PyTorch's default.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// Their sum, divided by the extent of the first axis: PyTorch's `batchmean`.
    BatchMean,
}

impl Reduction {
    /// Applies it to the losses of the elements.
    pub(super) fn of<T: Element>(self, losses: Tensor<T>, at: At) -> Result<Tensor<T>> {
        match self {
            Reduction::None => Ok(losses),
            Reduction::Mean => reduce::<T, Mean>(losses, None, false, &[], at),
            Reduction::Sum => reduce::<T, Sum>(losses, None, false, &[], at),
            Reduction::BatchMean => {
                let batch = losses.dims_for("sum", at)?.first().copied().unwrap_or(1);
                let sum = reduce::<T, Sum>(losses, None, false, &[], at)?;
                binary::<div, T>(sum, number(batch as f64), at)
            }
        }
    }
}

/// The shapes of an input and a target, of which one broadcasts to the other: a column against a row would compare every element
/// with every other, which is hardly ever meant.
fn check_target<T: Element>(
    op: &'static str,
    x: Tensor<T>,
    target: Operand<T>,
    at: At,
) -> Result<SmallVec<[Dims; 4]>> {
    let dims = together(op, &[x.into(), target], at)?;
    let common = meet(op, &dims[0], &dims[1], at)?;
    if common != dims[0] && common != dims[1] {
        let help = "each element of one would meet each of the other: bring them to one shape, as with `.reshape(...)`";
        return Err(misfit(op, &dims, help, at));
    }
    Ok(dims)
}

fn misfit(op: &'static str, dims: &[Dims], help: &'static str, at: At) -> Error {
    let (lhs, rhs) = (Shape::from(&dims[0][..]), Shape::from(&dims[1][..]));
    Error::ShapeMismatch { op, what: "the input", lhs, other: "the target", rhs, help, at }
}

/// The shapes of an input and a target that must be equal, where the target is no number.
fn check_same<T: Element>(op: &'static str, x: Tensor<T>, target: Operand<T>, at: At) -> Result<()> {
    let dims = check_target(op, x, target, at)?;
    if dims[0] == dims[1] || !matches!(target, Operand::Tensor(_)) {
        return Ok(());
    }
    Err(misfit(op, &dims, "give one target for each element", at))
}

/// A parameter that is positive, or may also be 0.
fn check_parameter(op: &'static str, name: &str, value: f64, zero: bool, at: At) -> Result<()> {
    if value > 0.0 || (zero && value == 0.0) {
        return Ok(());
    }
    let what = format!("{name} is {value}, and must be {}", if zero { "0 or more" } else { "positive" });
    Err(Error::Domain { op, what, help: "give the width of the part that is a parabola", at })
}

methods! {
    /// The squared error `(x - target)^2`, reduced. One shape broadcasts to the other. PyTorch: `torch.nn.functional.mse_loss`.
    ///
    /// **Adjoints.** `x_bar += 2 (x - target) y_bar`, over the count for the mean; the target's is the negative.
    ///
    /// # Errors
    /// Neither shape broadcasts to the other: a column `[3, 1]` against a row `[3]` is refused, where PyTorch warns.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 3.0]);
    /// assert_eq!(x.mse_loss(tape.constant([0.0, 1.0]), Reduction::Mean).item(), 2.5);
    /// assert_eq!(x.mse_loss(0.0, Reduction::None).to_vec(), [1.0, 9.0]);
    /// ```
    mse_loss(x, at, target: impl Into<Operand<T>>, reduction: Reduction) -> Tensor<T> {
        let target = target.into();
        check_target("mse_loss", x, target, at)?;
        reduction.of(unary::<square, T>(binary::<sub, T>(x, target, at)?, at)?, at)
    }

    /// The absolute error `|x - target|`, reduced. One shape broadcasts to the other. PyTorch: `torch.nn.functional.l1_loss`.
    ///
    /// **Edges.** Where input and target are equal the gradient is 0.
    ///
    /// # Errors
    /// Neither shape broadcasts to the other: a column `[3, 1]` against a row `[3]` is refused, where PyTorch warns.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 3.0]);
    /// assert_eq!(x.l1_loss(2.5, Reduction::Sum).item(), 2.0);
    /// ```
    l1_loss(x, at, target: impl Into<Operand<T>>, reduction: Reduction) -> Tensor<T> {
        let target = target.into();
        check_target("l1_loss", x, target, at)?;
        reduction.of(unary::<abs, T>(binary::<sub, T>(x, target, at)?, at)?, at)
    }

    /// Huber's loss, [`Tensor::huber`](crate::Tensor::huber) of `x - target`, reduced: a parabola within `delta`, a
    /// line of slope `delta` beyond. One shape broadcasts to the other. PyTorch: `torch.nn.functional.huber_loss`.
    ///
    /// # Errors
    /// The shapes do not broadcast, or `delta` is not positive.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.5, 3.0]);
    /// assert_eq!(x.huber_loss(0.0, 1.0, Reduction::None).to_vec(), [0.125, 2.5]);
    /// ```
    huber_loss(x, at, target: impl Into<Operand<T>>, delta: f64, reduction: Reduction) -> Tensor<T> {
        let target = target.into();
        check_target("huber_loss", x, target, at)?;
        check_parameter("huber_loss", "delta", delta, false, at)?;
        let deviation = binary::<sub, T>(x, target, at)?;
        reduction.of(binary::<huber, T>(deviation, number(delta), at)?, at)
    }

    /// The smooth absolute error, [`Tensor::smooth_l1`](crate::Tensor::smooth_l1) of `x - target`, reduced: a
    /// parabola within `beta`, a line of slope 1 beyond. One shape broadcasts to the other. PyTorch:
    /// `torch.nn.functional.smooth_l1_loss`.
    ///
    /// **Edges.** With `beta = 0` it is [`Tensor::l1_loss`](crate::Tensor::l1_loss).
    ///
    /// # Errors
    /// The shapes do not broadcast, or `beta` is negative.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.5, 3.0]);
    /// assert_eq!(x.smooth_l1_loss(0.0, 0.5, Reduction::None).to_vec(), [0.25, 2.75]);
    /// ```
    smooth_l1_loss(x, at, target: impl Into<Operand<T>>, beta: f64, reduction: Reduction) -> Tensor<T> {
        let target = target.into();
        check_target("smooth_l1_loss", x, target, at)?;
        check_parameter("smooth_l1_loss", "beta", beta, true, at)?;
        let deviation = binary::<sub, T>(x, target, at)?;
        reduction.of(binary::<smooth_l1, T>(deviation, number(beta), at)?, at)
    }

    /// The binary cross entropy of probabilities, reduced: `-(t ln x + (1 - t) ln(1 - x))`, where no logarithm is
    /// below -100. PyTorch: `torch.nn.functional.binary_cross_entropy`.
    ///
    /// Of logits, [`Tensor::bce_with_logits_loss`](crate::Tensor::bce_with_logits_loss) is more accurate.
    ///
    /// **Adjoint.** `x_bar += y_bar (x - t) / (x (1 - x))`, whose denominator is at least `1e-12`.
    ///
    /// # Errors
    /// The shapes differ, or an element is no probability.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let p = tape.leaf([0.5, 1.0]);
    /// let loss = p.bce_loss(tape.constant([1.0, 0.0]), Reduction::None);
    /// assert_eq!(loss.to_vec(), [2f64.ln(), 100.0]);
    /// ```
    bce_loss(x, at, target: impl Into<Operand<T>>, reduction: Reduction) -> Tensor<T> {
        let (op, target) = ("bce_loss", target.into());
        check_same(op, x, target, at)?;
        let (zero, one) = (T::zero(), T::one());
        if let Some(x) = x.gathered(op, at)?.into_iter().find(|&x| !(x >= zero && x <= one)) {
            let what = format!("an element of the input is {x}, which is no probability");
            let help = "apply `.sigmoid()` first, or use `bce_with_logits_loss` on logits";
            return Err(Error::Domain { op, what, help, at });
        }
        reduction.of(binary::<binary_cross_entropy, T>(x, target, at)?, at)
    }

    /// The binary cross entropy of logits, reduced: `max(x, 0) - t x + ln(1 + e^-|x|)`, which does not overflow.
    /// PyTorch: `torch.nn.functional.binary_cross_entropy_with_logits`.
    ///
    /// **Adjoints.** `x_bar += y_bar (sigmoid(x) - t)`, `t_bar -= y_bar x`.
    ///
    /// # Errors
    /// The shapes differ.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1000.0]);
    /// x.bce_with_logits_loss(1.0, Reduction::Sum).backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [-0.5, 0.0]);
    /// ```
    bce_with_logits_loss(x, at, target: impl Into<Operand<T>>, reduction: Reduction) -> Tensor<T> {
        let target = target.into();
        check_same("bce_with_logits_loss", x, target, at)?;
        reduction.of(binary::<binary_cross_entropy_with_logits, T>(x, target, at)?, at)
    }

    /// [`Tensor::bce_with_logits_loss`](crate::Tensor::bce_with_logits_loss) with a weight for what is positive:
    /// `w t ln(1 + e^-x) + (1 - t) ln(1 + e^x)`. The weight broadcasts with the input. PyTorch: `pos_weight`.
    ///
    /// # Errors
    /// The shapes of input and target differ, or the weight does not broadcast to them.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 0.0]);
    /// let loss = x.bce_with_logits_loss_weighted(tape.constant([1.0, 0.0]), tape.constant([3.0]), Reduction::Sum);
    /// assert!((loss.item() - 4.0 * 2f64.ln()).abs() < 1e-15);
    /// ```
    bce_with_logits_loss_weighted(
        x, at, target: impl Into<Operand<T>>, positive: Tensor<T>, reduction: Reduction
    ) -> Tensor<T> {
        let (op, target) = ("bce_with_logits_loss_weighted", target.into());
        check_same(op, x, target, at)?;
        let dims = together(op, &[x.into(), positive.into()], at)?;
        let met = meet(op, &dims[0], &dims[1], at)?;
        if met != dims[0] {
            let (from, to) = (Shape::from(&dims[1][..]), Shape::from(&dims[0][..]));
            return Err(Error::Expand { op, from, to, at });
        }
        // What is more than the plain loss: (w - 1) t ln(1 + e^-x).
        let plain = binary::<binary_cross_entropy_with_logits, T>(x, target, at)?;
        let hit = binary::<binary_cross_entropy_with_logits, T>(x, number(1.0), at)?;
        let more = binary::<sub, T>(positive, number(1.0), at)?;
        let more = binary::<mul, T>(binary::<mul, T>(hit, target, at)?, more, at)?;
        reduction.of(binary::<add, T>(plain, more, at)?, at)
    }

    /// The divergence of Kullback and Leibler, reduced: `t (ln t - x)` of log probabilities `x` and target
    /// probabilities `t`; `0 ln 0` is 0. One shape broadcasts to the other. PyTorch: `torch.nn.functional.kl_div`.
    ///
    /// What the formula of mathematics means is [`Reduction::BatchMean`], where each row is a distribution.
    ///
    /// **Adjoints.** `x_bar -= y_bar t`, `t_bar += y_bar (ln t + 1 - x)`, which is NaN at `t = 0`.
    ///
    /// # Errors
    /// Neither shape broadcasts to the other: a column `[3, 1]` against a row `[3]` is refused, where PyTorch warns.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[0.5f64.ln(), 0.5f64.ln()]]);
    /// let loss = x.kl_div(tape.constant([[1.0, 0.0]]), Reduction::BatchMean);
    /// assert_eq!(loss.item(), 2f64.ln());
    /// ```
    kl_div(x, at, target: impl Into<Operand<T>>, reduction: Reduction) -> Tensor<T> {
        let target = target.into();
        check_target("kl_div", x, target, at)?;
        reduction.of(binary::<kl_term, T>(x, target, at)?, at)
    }

    /// [`Tensor::kl_div`](crate::Tensor::kl_div) of a target that is given by log probabilities: `e^t (t - x)`.
    /// PyTorch: `kl_div` with `log_target=True`.
    ///
    /// # Errors
    /// Neither shape broadcasts to the other: a column `[3, 1]` against a row `[3]` is refused, where PyTorch warns.
    ///
    /// ```
    /// use wengert::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-2.0]);
    /// assert_eq!(x.kl_div_log(tape.constant([0.0]), Reduction::Sum).item(), 2.0);
    /// ```
    kl_div_log(x, at, target: Tensor<T>, reduction: Reduction) -> Tensor<T> {
        check_target("kl_div_log", x, target.into(), at)?;
        let weight = unary::<exp, T>(target, at)?;
        reduction.of(binary::<mul, T>(weight, binary::<sub, T>(target, x, at)?, at)?, at)
    }
}

rows! {
    "mse_loss" [[2, 3], [2, 3]] => |_, x| x[0].mse_loss(x[1], Reduction::Mean);
    "l1_loss" [[2, 3], [3]] => |_, x| x[0].l1_loss(x[1], Reduction::Sum);
    "huber_loss" [[2, 3], [2, 3]] => |_, x| x[0].huber_loss(x[1], 0.7, Reduction::None);
    "smooth_l1_loss" [[2, 3], [2, 3]] => |_, x| x[0].smooth_l1_loss(x[1], 0.7, Reduction::Mean);
    "bce_loss" [[2, 3], [2, 3]] => |_, x| x[0].sigmoid().bce_loss(x[1].sigmoid(), Reduction::Mean);
    "bce_with_logits_loss" [[2, 3], [2, 3]] => |_, x| x[0].bce_with_logits_loss(x[1], Reduction::Mean);
    "bce_with_logits_loss_weighted" [[2, 3], [2, 3], [3]] => |_, x| {
        x[0].bce_with_logits_loss_weighted(x[1], x[2], Reduction::Mean)
    };
    "kl_div" [[2, 3], [2, 3]] => |_, x| x[0].kl_div(x[1].sigmoid(), Reduction::BatchMean);
    "kl_div_log" [[2, 3], [2, 3]] => |_, x| x[0].kl_div_log(x[1], Reduction::Mean);
}
