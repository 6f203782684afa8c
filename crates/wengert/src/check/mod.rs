//! Checks derivatives: of a function that you wrote, and of every op of the library. Four tests, each of which sees what
//! another may not.
//!
//! - **Central differences.** `dy/dx` is compared with `(f(x + h) - f(x - h)) / 2h` at three steps, extrapolated to
//!   `h = 0`, with an estimate of the error. The steps begin at a size that suits the point and shrink until the estimate
//!   is good. `jvp` is compared output by output, `grad` for the outputs weighted.
//! - **The adjoint identity**, `<y_bar, J x_dot> = <J^T y_bar, x_dot>`, of a tangent and a reverse sweep: without any step,
//!   to rounding.
//! - **The Taylor test**: `|L(x + h d) - L(x) - h <grad L, d>|` falls as `h^2` if the gradient is right, as `h` if not.
//!   The measured order is [`Report::taylor_order`].
//! - **Second order**, three ways: the gradient recorded and differentiated again, `hvp` by dual numbers, and central
//!   differences of the gradient; and the recorded gradient is the plain one.
//!
//! Besides, each input is asked for alone, with the others passive. Where the slopes on the two sides of a point differ,
//! the function has a **kink**: a derivative between the two is noted, and is not wrong. Jumps, and points where the
//! function is not finite, are noted as well.
//!
//! Sources: A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, sections 3.1 to 3.3 (the identity) and
//! 15.2 (kinks); the Taylor test as in [dolfin-adjoint](https://www.dolfin-adjoint.org); extrapolated differences after
//! C. Ridders, *Advances in Engineering Software* 4, 1982.
//!
//! ```
//! use wengert::check;
//!
//! // A right function: the report says what was compared.
//! let report = check::gradients("softplus", &[[-1.0, 0.5, 2.0]], |_, x| (x[0].exp() + 1.0).ln());
//! assert!(report.is_ok() && report.notes().next().is_none());
//! println!("{report}"); // softplus: 26 comparisons agree, the Taylor remainder is of order 2.00
//!
//! // A wrong one: `detach` cuts half of the product rule.
//! let report = check::gradients("square", &[[3.0]], |_, x| x[0] * x[0].detach());
//! assert!(!report.is_ok());
//! assert!(report.to_string().contains("the gradient by input 0 at [0]: grad"), "{report}");
//!
//! // A kink: the derivative 0 of `relu` at 0 lies between the slopes 0 and 1, and nothing is wrong.
//! let report = check::gradients("relu", &[[-1.0, 0.0, 1.0]], |_, x| x[0].relu()).assert_ok();
//! assert!(report.to_string().contains("by input 0 at [1]: kink"), "{report}");
//! ```

mod compare;
mod differences;
mod first;
mod identity;
mod inputs;
mod report;
mod second;
mod subject;
mod taylor;

pub use inputs::Inputs;
pub use report::{Comparison, Finding, Report, Verdict};

use compare::Comparer;
use subject::{Subject, numbers_of};

use crate::error::Result;
use crate::scalar::Scalar;
use crate::tape::{Element, Tape};
use crate::tensor::{Operand, Tensor};

/// Checks a function of tensors at a point, first and second order. See [`Check`] for the choices.
///
/// The function records on the tape that it is given, the same thing each time it is called. It gives a tensor or a
/// scalar.
///
/// ```
/// use wengert::check;
/// let (w, x) = ([[0.5, -1.0], [2.0, 0.25]], [1.0, -0.5]);
/// check::gradients("a layer", (w, x), |_, x| x[0].matmul(x[1]).tanh()).assert_ok();
/// ```
#[track_caller]
#[must_use = "a report is to be read, or asserted with `assert_ok`"]
pub fn gradients<T: Element, Y: Into<Operand<T>>>(
    name: &str,
    inputs: impl Inputs<T>,
    f: impl Fn(&Tape<T>, &[Tensor<T>]) -> Y,
) -> Report {
    Check::new(name).run(inputs, f)
}

/// Checks a function of scalars at a point, first and second order.
///
/// ```
/// use wengert::check;
/// check::scalars("a spiral", &[1.0, 2.0], |x| (x[0] * x[1]).sin() * x[0].exp()).assert_ok();
/// ```
#[track_caller]
#[must_use = "a report is to be read, or asserted with `assert_ok`"]
pub fn scalars<T: Element, Y: Into<Operand<T>>>(
    name: &str,
    inputs: &[T],
    f: impl Fn(&[Scalar<T>]) -> Y,
) -> Report {
    Check::new(name).run_scalars(inputs, f)
}

/// A check with its choices.
///
/// ```
/// use wengert::check::Check;
/// let report = Check::new("cube").order(1).tolerance(1e-10).run(&[[1.0, 2.0]], |_, x| x[0].powi(3));
/// assert!(report.is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    name: String,
    order: u32,
    tolerance: Option<f64>,
    elements: usize,
    alone: bool,
}

impl Check {
    /// A check of first and second order; the name stands in its report.
    pub fn new(name: impl Into<String>) -> Check {
        Check { name: name.into(), order: 2, tolerance: None, elements: 64, alone: true }
    }

    /// Up to which order derivatives are checked: 1, or 2 as by default.
    pub fn order(self, order: u32) -> Check {
        Check { order, ..self }
    }

    /// How far a derivative may be from central differences, relative to the larger of both: `1e-8` by default, `2e-3`
    /// in `f32`. What differences do not know about themselves is added to it. Numbers closer than 64 roundings of 1
    /// are equal: that may be left of terms that cancel.
    pub fn tolerance(self, tolerance: f64) -> Check {
        Check { tolerance: Some(tolerance), ..self }
    }

    /// Of how many elements of each input derivatives are compared one by one: 64 by default, evenly spread. The other
    /// tests move all elements at once.
    pub fn elements(self, elements: usize) -> Check {
        Check { elements, ..self }
    }

    /// Inputs are never passive: for a function that asks for derivatives by its inputs itself. By default each input
    /// is also asked for alone, with the others passive.
    ///
    /// ```
    /// use wengert::check::Check;
    /// // The penalty on a gradient, which is recorded to be differentiated again.
    /// let report = Check::new("penalty").all_active().run(&[[1.0, 2.0], [0.5, 0.3]], |tape, x| {
    ///     let y = (x[0].sin() * x[1]).sum();
    ///     tape.grad_recorded(&[y], x)[0].square().sum()
    /// });
    /// report.assert_ok();
    /// ```
    pub fn all_active(self) -> Check {
        Check { alone: false, ..self }
    }

    /// Runs the check on a function of tensors.
    #[track_caller]
    #[must_use = "a report is to be read, or asserted with `assert_ok`"]
    pub fn run<T: Element, Y: Into<Operand<T>>>(
        &self,
        inputs: impl Inputs<T>,
        f: impl Fn(&Tape<T>, &[Tensor<T>]) -> Y,
    ) -> Report {
        let subject = Subject::new(inputs.inputs(), |tape, values, is_active| {
            let made = values.iter().enumerate().map(|(k, (values, shape))| {
                let values = (values, shape);
                if is_active(k) { tape.leaf(values) } else { tape.constant(values) }
            });
            let inputs: Vec<Tensor<T>> = made.collect();
            let output = f(tape, &inputs).into();
            (inputs.into_iter().map(Operand::from).collect(), output)
        });
        self.check(subject)
    }

    /// Runs the check on a function of scalars.
    #[track_caller]
    #[must_use = "a report is to be read, or asserted with `assert_ok`"]
    pub fn run_scalars<T: Element, Y: Into<Operand<T>>>(
        &self,
        inputs: &[T],
        f: impl Fn(&[Scalar<T>]) -> Y,
    ) -> Report {
        let points = inputs.iter().map(|&x| inputs::Input { dims: Vec::new(), values: vec![x] }).collect();
        let subject = Subject::new(points, |tape, values, is_active| {
            let made = values.iter().enumerate().map(|(k, (values, _))| {
                if is_active(k) { tape.scalar(values[0]) } else { Scalar::passive(values[0]) }
            });
            let inputs: Vec<Scalar<T>> = made.collect();
            let output = f(&inputs).into();
            (inputs.into_iter().map(Operand::from).collect(), output)
        });
        self.check(subject)
    }

    fn check<T: Element>(&self, subject: Subject<'_, T>) -> Report {
        let (values, shape) =
            subject.at(&subject.point, None, |recorded| (numbers_of(&recorded.values()), recorded.shape()));
        let epsilon = T::epsilon().to_f64().unwrap_or(f64::EPSILON);
        // 1e-8 in f64, 2e-3 in f32.
        let by_precision = if epsilon < 1e-10 { 1e-8 } else { 2e-3 };
        let report = Report { name: self.name.clone(), ..Report::default() };
        let mut checker = Checker {
            comparer: Comparer {
                tolerance: self.tolerance.unwrap_or(by_precision),
                rounding: 4096.0 * epsilon,
                least: LEAST * epsilon,
                unit: compare::size(values.iter().copied())
                    / subject.size(&vec![1.0; subject.point.len()]).max(1.0),
                report,
            },
            weights: subject::weights(values.len(), 1),
            subject,
            values,
            shape,
            limit: self.elements,
            alone: self.alone,
        };
        let outcome = checker.compare(self.order);
        Report { error: outcome.err(), ..checker.comparer.report }
    }
}

/// How many roundings of 1 may be left of terms that cancel.
const LEAST: f64 = 64.0;

/// A check under way.
struct Checker<'f, T: Element> {
    subject: Subject<'f, T>,
    /// The outputs at the point, row by row, and their shape.
    values: Vec<f64>,
    shape: Vec<usize>,
    /// One an output: their weighted sum is what `grad` is asked of.
    weights: Vec<f64>,
    limit: usize,
    alone: bool,
    comparer: Comparer,
}

impl<T: Element> Checker<'_, T> {
    fn compare(&mut self, order: u32) -> Result<()> {
        self.compare_values();
        self.compare_differences()?;
        self.compare_alone()?;
        self.compare_adjoints()?;
        if order > 1 {
            self.compare_second()?;
        }
        self.compare_taylor()
    }

    fn values_at<E>(&self, point: &[T]) -> Result<Vec<f64>, E> {
        Ok(self.subject.values(point))
    }

    /// The elements that are compared one by one, evenly spread over each input.
    fn elements(&self) -> Vec<usize> {
        let spread = |own: std::ops::Range<usize>| {
            let count = own.len().min(self.limit);
            (0..count).map(move |i| own.start + i * own.len() / count)
        };
        self.subject.ranges().into_iter().flat_map(spread).collect()
    }

    /// The direction in which one element is moved.
    fn unit(&self, element: usize) -> Vec<f64> {
        let mut unit = vec![0.0; self.subject.point.len()];
        unit[element] = 1.0;
        unit
    }

    /// The input and the index of one of all elements.
    fn place(&self, element: usize) -> (usize, Vec<usize>) {
        let ranges = self.subject.ranges();
        let input = ranges.iter().position(|own| own.contains(&element)).expect("an element of an input");
        (input, index_of(element - ranges[input].start, &self.subject.shapes[input]))
    }

    fn output_index(&self, j: usize) -> Vec<usize> {
        index_of(j, &self.shape)
    }
}

/// The index of an element counted row by row.
fn index_of(mut element: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (place, &extent) in index.iter_mut().zip(shape).rev() {
        (*place, element) = (element % extent, element / extent);
    }
    index
}
