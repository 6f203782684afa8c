//! Losses over classes with PyTorch's options.

use smallvec::SmallVec;

use super::losses::Reduction;
use super::softmax::LogSoftmax;
use super::{binary, check_parameter, constant, number, together, unary};
use crate::error::{At, Error, Result, Shape};
use crate::ops::arithmetic::{add, div, mul, neg};
use crate::ops::positions::{NOWHERE, named, pick};
use crate::ops::reduce::{Sum, reduce};
use crate::ops::select::masked;
use crate::ops::table::rows;
use crate::picks::Indices;
use crate::shape::{Dims, element_count, resolve_axis};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

/// The options of [`Tensor::cross_entropy_with`], [`Tensor::cross_entropy_soft`] and [`Tensor::nll_loss_with`]; the
/// default is PyTorch's.
///
/// ```
/// use wengert::{CrossEntropy, Tape};
/// let tape = Tape::<f64>::new();
/// let scores = tape.leaf([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]]);
/// let smoothed = CrossEntropy { label_smoothing: 0.1, ignore_index: 1, ..Default::default() };
/// let loss = scores.cross_entropy_with([0, 1, 0], &smoothed);
/// assert!(loss.item() > scores.cross_entropy([0, 1, 0]).item());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<T: Element = f64> {
    /// A weight for each class, a vector; no gradient flows into it. The mean is over the sum of weights.
    pub weights: Option<Tensor<T>>,
    /// Rows of this class count nowhere: not in the loss, and not in the mean. PyTorch's default is -100.
    pub ignore_index: isize,
    /// How much of the target is spread evenly over all classes: 0 is none, 1 is all.
    pub label_smoothing: f64,
    /// The axis of the classes. `None` is PyTorch's: 1, and 0 for a vector.
    pub axis: Option<isize>,
    /// What becomes of the losses of the rows.
    pub reduction: Reduction,
}

impl<T: Element> Default for CrossEntropy<T> {
    fn default() -> CrossEntropy<T> {
        CrossEntropy {
            weights: None,
            ignore_index: -100,
            label_smoothing: 0.0,
            axis: None,
            reduction: Reduction::Mean,
        }
    }
}

named! {
    /// The log probability of each row's class.
    OfClasses "nll_loss";
}

/// A loss whose operands were checked.
struct Plan<T> {
    axis: usize,
    /// The shape of the scores, and of what is left without the classes.
    dims: Dims,
    rows: Dims,
    weights: Option<Vec<T>>,
    smoothing: f64,
}

impl<T: Element> Plan<T> {
    fn new(
        op: &'static str,
        x: Tensor<T>,
        target: Option<Tensor<T>>,
        options: &CrossEntropy<T>,
        at: At,
    ) -> Result<Plan<T>> {
        let operands: SmallVec<[Operand<T>; 3]> =
            [Some(x), target, options.weights].into_iter().flatten().map(Operand::from).collect();
        let all = together(op, &operands, at)?;
        let dims = &all[0];
        if dims.is_empty() {
            let (what, help) = ("the table of scores", "give one row of scores for each class index");
            return Err(Error::Rank { op, what, expected: "1 or more", shape: Shape::default(), help, at });
        }
        let axis = match options.axis {
            Some(axis) => resolve_axis(op, axis, dims, at)?,
            None => usize::from(dims.len() > 1),
        };
        if target.is_some() && all[1] != *dims {
            let (lhs, rhs) = (Shape::from(&dims[..]), Shape::from(&all[1][..]));
            let help = "give each score the probability of its class";
            return Err(Error::ShapeMismatch {
                op,
                what: "the scores",
                lhs,
                other: "the target",
                rhs,
                help,
                at,
            });
        }
        let smoothing = options.label_smoothing;
        if !(0.0..=1.0).contains(&smoothing) {
            let help = "give the part of the target that is spread over all classes";
            let what = format!("label_smoothing is {smoothing}, and must lie in 0..=1");
            return Err(Error::Domain { op, what, help, at });
        }
        if options.weights.is_some() {
            check_parameter(op, "the weight", &all[all.len() - 1], &[dims[axis]], at)?;
        }
        let weights = options.weights.map(|weights| weights.gathered(op, at)).transpose()?;
        let mut rows = dims.clone();
        rows.remove(axis);
        Ok(Plan { axis, dims: dims.clone(), rows, weights, smoothing })
    }

    fn classes(&self) -> usize {
        self.dims[self.axis]
    }

    /// The class of each row, or [`NOWHERE`] for those that are ignored.
    fn resolve(&self, op: &'static str, classes: &Indices, ignored: isize, at: At) -> Result<Vec<usize>> {
        if classes.dims() != &self.rows[..] {
            let (lhs, rhs) = (Shape::from(&self.rows[..]), Shape::from(classes.dims()));
            let (what, other, help) =
                ("the shape of the rows", "the list of classes", "give one class index for each row");
            return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
        }
        let extent = self.classes();
        let resolved = classes.as_slice().iter().enumerate().map(|(row, &class)| match class as isize {
            mark if mark == ignored => Ok(NOWHERE),
            // A negative one is a mark of rows without a class more often than an index from the end.
            _ if class < extent => Ok(class),
            class => Err(Error::Class { op, class, row, classes: extent, at }),
        });
        resolved.collect()
    }

    /// Where the score of each row's class stands.
    fn positions(&self, classes: &[usize]) -> Vec<usize> {
        let inner = element_count(&self.dims[self.axis + 1..]);
        let place = |(row, &class): (usize, &usize)| match class {
            NOWHERE => NOWHERE,
            class => (row / inner * self.classes() + class) * inner + row % inner,
        };
        classes.iter().enumerate().map(place).collect()
    }

    /// The weights seen along the axis of the classes.
    fn weights_along(&self, op: &'static str, like: Tensor<T>, at: At) -> Result<Option<Tensor<T>>> {
        let Some(weights) = &self.weights else { return Ok(None) };
        let mut dims = Dims::from_elem(1, self.dims.len() - self.axis);
        dims[0] = self.classes();
        constant(op, like, &dims, weights, at).map(Some)
    }

    /// The sum over classes of weighted log probabilities.
    fn total(&self, op: &'static str, logs: Tensor<T>, at: At) -> Result<Tensor<T>> {
        let weighted = match self.weights_along(op, logs, at)? {
            Some(weights) => binary::<mul, T>(logs, weights, at)?,
            None => logs,
        };
        reduce::<T, Sum>(weighted, Some(&[self.axis as isize]), false, &[], at)
    }

    /// The loss of log probabilities against classes.
    fn likelihood(
        &self,
        op: &'static str,
        logs: Tensor<T>,
        classes: &[usize],
        reduction: Reduction,
        at: At,
    ) -> Result<Tensor<T>> {
        let (zero, one) = (T::zero(), T::one());
        let weight = |class: usize| match (&self.weights, class) {
            (_, NOWHERE) => zero,
            (Some(weights), class) => weights[class],
            (None, _) => one,
        };
        let weights: Vec<T> = classes.iter().map(|&class| weight(class)).collect();
        let picked = pick::<OfClasses, T>(logs, &self.positions(classes), &self.rows, at)?;
        let share = -zero.constant(1.0 - self.smoothing);
        let mut losses = if self.weights.is_some() {
            let factors: Vec<T> = weights.iter().map(|&weight| share * weight).collect();
            binary::<mul, T>(picked, constant(op, logs, &self.rows, &factors, at)?, at)?
        } else if self.smoothing == 0.0 {
            unary::<neg, T>(picked, at)?
        } else {
            binary::<mul, T>(picked, Operand::Number(share), at)?
        };
        if self.smoothing > 0.0 {
            let mut even = self.total(op, logs, at)?;
            if classes.contains(&NOWHERE) {
                let counts = |&class: &usize| if class == NOWHERE { zero } else { one };
                let counts: Vec<T> = classes.iter().map(counts).collect();
                even = binary::<masked, T>(constant(op, logs, &self.rows, &counts, at)?, even, at)?;
            }
            let part = number(-self.smoothing / self.classes() as f64);
            losses = binary::<add, T>(losses, binary::<mul, T>(even, part, at)?, at)?;
        }
        match reduction {
            Reduction::Mean => {
                let total = weights.iter().fold(zero, |sum, &weight| sum + weight);
                let sum = reduce::<T, Sum>(losses, None, false, &[], at)?;
                binary::<div, T>(sum, Operand::Number(total), at)
            }
            reduction => reduction.of(losses, at),
        }
    }
}

methods! {
    /// The negative log likelihood of classes with PyTorch's options: `-w[c] x[c]` of each row's class `c`; the
    /// operand holds log probabilities. PyTorch: `torch.nn.functional.nll_loss`, and the smoothing of
    /// `cross_entropy`.
    ///
    /// The classes lie along axis 1, and along axis 0 of a vector; the list of classes has the shape that is left:
    /// `[n, c]` and `[n]`, `[n, c, h, w]` and `[n, h, w]`, `[c]` and `[]`. A negative class other than the ignored one
    /// is out of range, as in PyTorch.
    ///
    /// **Edges.** The mean is over the sum of the weights of the rows that count; over none it is NaN.
    ///
    /// # Errors
    /// A class out of range, shapes that do not fit, or a smoothing that is no part.
    ///
    /// ```
    /// use wengert::{CrossEntropy, Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let logs = tape.leaf([[-1.0, -2.0], [-3.0, -4.0]]);
    /// let each = CrossEntropy { reduction: Reduction::None, ..Default::default() };
    /// assert_eq!(logs.nll_loss_with([1, -100], &each).to_vec(), [2.0, 0.0]);
    /// ```
    nll_loss_with(x, at, classes: impl Into<Indices>, options: &CrossEntropy<T>) -> Tensor<T> {
        let op = "nll_loss_with";
        let plan = Plan::new(op, x, None, options, at)?;
        let classes = plan.resolve(op, &classes.into(), options.ignore_index, at)?;
        plan.likelihood(op, x, &classes, options.reduction, at)
    }

    /// The cross entropy of scores against classes with PyTorch's options: weights, an ignored class, smoothed
    /// labels. [`Tensor::nll_loss_with`](crate::Tensor::nll_loss_with) of the logarithm of the softmax. PyTorch:
    /// `torch.nn.functional.cross_entropy`.
    ///
    /// # Errors
    /// A class out of range, shapes that do not fit, or a smoothing that is no part.
    ///
    /// ```
    /// use wengert::{CrossEntropy, Tape};
    /// let tape = Tape::<f64>::new();
    /// // One image of one pixel and two classes.
    /// let scores = tape.leaf([[[0.0], [0.0]]]);
    /// let loss = scores.cross_entropy_with([[1]], &CrossEntropy::default());
    /// assert_eq!(loss.item(), 2f64.ln());
    /// ```
    cross_entropy_with(x, at, classes: impl Into<Indices>, options: &CrossEntropy<T>) -> Tensor<T> {
        let op = "cross_entropy_with";
        let plan = Plan::new(op, x, None, options, at)?;
        let classes = plan.resolve(op, &classes.into(), options.ignore_index, at)?;
        let logs = structural::<LogSoftmax, T>(&[x.into()], &[plan.axis], at)?;
        plan.likelihood(op, logs, &classes, options.reduction, at)
    }

    /// The cross entropy of scores against probabilities of the classes: `-sum w[c] t[c] log_softmax(x)[c]` of each
    /// row. PyTorch: `torch.nn.functional.cross_entropy` with a target of floats.
    ///
    /// The classes lie along axis 1, and along axis 0 of a vector. The mean is over the rows; no row is ignored.
    /// A gradient flows into the target, too.
    ///
    /// # Errors
    /// The shapes differ, or a smoothing that is no part.
    ///
    /// ```
    /// use wengert::{CrossEntropy, Tape};
    /// let tape = Tape::<f64>::new();
    /// let scores = tape.leaf([[0.0, 0.0]]);
    /// let loss = scores.cross_entropy_soft(tape.constant([[0.25, 0.75]]), &CrossEntropy::default());
    /// assert_eq!(loss.item(), 2f64.ln());
    /// ```
    cross_entropy_soft(x, at, target: Tensor<T>, options: &CrossEntropy<T>) -> Tensor<T> {
        let op = "cross_entropy_soft";
        let plan = Plan::new(op, x, Some(target), options, at)?;
        let target = match plan.smoothing {
            0.0 => target,
            smoothing => {
                let kept = binary::<mul, T>(target, number(1.0 - smoothing), at)?;
                binary::<add, T>(kept, number(smoothing / plan.classes() as f64), at)?
            }
        };
        let logs = structural::<LogSoftmax, T>(&[x.into()], &[plan.axis], at)?;
        let products = binary::<mul, T>(logs, target, at)?;
        let losses = unary::<neg, T>(plan.total(op, products, at)?, at)?;
        options.reduction.of(losses, at)
    }
}

rows! {
    "nll_loss_with" [[3, 4, 2]] => |_, x| {
        x[0].nll_loss_with([[1, 3], [0, 2], [2, 2]], &CrossEntropy { ignore_index: 2, ..Default::default() })
    };
    "cross_entropy_with" [[3, 4]] => |_, x| {
        let options = CrossEntropy { label_smoothing: 0.2, ignore_index: 2, ..Default::default() };
        x[0].cross_entropy_with([1, 2, 0], &options)
    };
    "cross_entropy_with" [[3, 4]] => |tape, x| {
        let weights = Some(tape.constant([1.0, 0.5, 2.0, 1.5].map(|w| T::zero().constant(w))));
        let options = CrossEntropy { weights, label_smoothing: 0.2, ..Default::default() };
        x[0].cross_entropy_with([1, 2, 0], &options)
    };
    "cross_entropy_soft" [[3, 4], [3, 4]] => |_, x| x[0].cross_entropy_soft(x[1], &CrossEntropy::default());
}
