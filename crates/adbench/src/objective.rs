//! Programs of one output, whose gradient is asked for: what they have in common.

use std::hint::black_box;

use wengert::{Scalar, Tape, Tensor};

use crate::number::Number;
use crate::report::{Report, Row, peak_bytes};
use crate::timing::time;

/// A program of one output: the input of one, with the function of its parameters.
///
/// ```
/// use adbench::gmm;
/// use adbench::objective::Objective;
///
/// let input = gmm::generate(1, 2, 3, 10);
/// let value: f64 = input.value(input.parameters());
/// for mut way in input.ways() {
///     let (found, gradient) = way.gradient.gradient(input.parameters());
///     assert!((found / value - 1.0).abs() < 1e-12, "{}", way.name);
///     assert_eq!(gradient.len(), input.parameters().len());
/// }
/// ```
pub trait Objective {
    /// The program and its sizes.
    fn title(&self) -> String;
    /// The parameters at which the derivative is taken.
    fn parameters(&self) -> &[f64];
    /// The function, over any number. The list has as many parameters as [`parameters`](Objective::parameters).
    fn value<R: Number>(&self, parameters: &[R]) -> R;
    /// Every way of differentiating, by hand first: the others are compared with it.
    fn ways(&self) -> Vec<Way<'_>>;
}

/// A way of differentiating, ready to be run on one input.
pub struct Way<'a> {
    /// What it is called: `by hand`, `by scalars`.
    pub name: &'static str,
    /// What runs.
    pub gradient: Box<dyn Gradient + 'a>,
}

impl<'a> Way<'a> {
    /// A way by its name.
    pub fn new(name: &'static str, gradient: impl Gradient + 'a) -> Way<'a> {
        Way { name, gradient: Box::new(gradient) }
    }
}

/// What computes value and gradient, in memory that is reused from call to call.
pub trait Gradient {
    /// The function and its gradient, in the order of the parameters.
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]);
    /// The bytes that tapes take at their largest; `None` where there is no tape.
    fn tape_bytes(&self) -> Option<usize> {
        None
    }
}

/// The gradient from scalars of a tape: the objective as it stands, recorded and swept.
pub struct ByScalars<'a, O> {
    input: &'a O,
    tape: Tape<f64>,
    gradient: Vec<f64>,
}

impl<'a, O: Objective> ByScalars<'a, O> {
    /// A tape for an input.
    pub fn new(input: &'a O) -> Self {
        ByScalars { input, tape: Tape::new(), gradient: vec![0.0; input.parameters().len()] }
    }
}

impl<O: Objective> Gradient for ByScalars<'_, O> {
    fn gradient(&mut self, parameters: &[f64]) -> (f64, &[f64]) {
        let objective = |parameters: &[Scalar]| self.input.value(parameters);
        let value = self.tape.gradient_into(parameters, objective, &mut self.gradient);
        (value, &self.gradient)
    }

    fn tape_bytes(&self) -> Option<usize> {
        Some(peak_bytes(self.tape.stats()))
    }
}

/// Value and gradient of an objective over tensors, at the values that its one leaf is set to.
pub(crate) fn by_tensors(
    tape: &Tape<f64>,
    leaf: Tensor<f64>,
    parameters: &[f64],
    objective: impl FnOnce() -> Tensor<f64>,
    gradient: &mut [f64],
) -> f64 {
    leaf.set_value(parameters);
    tape.zero_grad();
    let value = tape.scope(|| {
        let y = objective();
        y.backward();
        y.item()
    });
    leaf.with_grad(|grad| gradient.iter_mut().zip(grad).for_each(|(to, from)| *to = *from));
    value
}

/// Runs and times every way of differentiating.
pub fn measure<O: Objective>(input: &O) -> Report {
    let parameters = input.parameters();
    // All ways live until the end: a tape would take over the buffers of one that is dropped, and hold more than it needs.
    let mut ways = input.ways();
    let row = |way: &mut Way<'_>| {
        let row = Row::new(way.name, |out| way.gradient.gradient(black_box(parameters)).1.clone_into(out));
        match way.gradient.tape_bytes() {
            Some(bytes) => row.with_tape(bytes),
            None => row,
        }
    };
    Report {
        title: input.title(),
        value: input.value(parameters),
        function: time(|| {
            black_box(input.value(black_box(parameters)));
        }),
        rows: ways.iter_mut().map(row).collect(),
        expected: None,
    }
}
