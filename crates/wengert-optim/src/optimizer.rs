//! What all optimisers share.

use wengert::{Element, Result, Tensor};

use crate::options::or_raise;
use crate::state::ParameterState;

/// The learning rate that PyTorch's optimisers take where none is given.
pub const DEFAULT_LR: f64 = 1e-3;

/// Moves parameters along their gradients. PyTorch: `torch.optim.Optimizer`.
///
/// Rates and the other options are `f64` for both element types, as in PyTorch: what depends on them alone is computed
/// in `f64`, and rounded once.
///
/// ```
/// use wengert::Tape;
/// use wengert_optim::{Adam, Optimizer, Sgd};
///
/// let tape = Tape::<f32>::new();
/// let w = tape.leaf([1.0]);
/// let mut optimizers: Vec<Box<dyn Optimizer<f32>>> = vec![Box::new(Sgd::new([w], 0.1)), Box::new(Adam::new([w], 0.1))];
/// for optimizer in &mut optimizers {
///     optimizer.zero_grad();
///     tape.scope(|| (w * w).sum().backward());
///     optimizer.step();
/// }
/// assert!((w.item() - 0.7).abs() < 1e-6);
/// ```
pub trait Optimizer<T: Element> {
    /// The parameters, in the order in which they were given.
    fn parameters(&self) -> &[Tensor<T>];

    /// Like [`Optimizer::step`], but returns the error. No parameter has moved then.
    #[track_caller]
    fn try_step(&mut self) -> Result<()>;

    /// Moves each parameter that has a gradient, in place. One without a gradient is skipped: neither its value nor its
    /// state changes. PyTorch: `optimizer.step()`.
    ///
    /// A sweep that goes through what was recorded before the step, and needs the old value of a parameter, is an error
    /// of the tape.
    ///
    /// # Panics
    /// Where [`Optimizer::try_step`] gives an error: a parameter is stale, or inside `with`, which lends its slots.
    #[track_caller]
    fn step(&mut self) {
        or_raise(self.try_step());
    }

    /// Sets the gradient of each parameter to `None`, and no other of the tape. PyTorch: `optimizer.zero_grad()`.
    ///
    /// # Panics
    /// If a parameter is stale, or inside `with`.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_optim::{Optimizer, Sgd};
    ///
    /// let tape = Tape::<f64>::new();
    /// let (w, x) = (tape.leaf([2.0]), tape.leaf([3.0]));
    /// let optimizer = Sgd::new([w], 0.1);
    /// (w * x).backward();
    /// optimizer.zero_grad();
    /// assert!(w.grad().is_none());
    /// assert_eq!(x.grad().unwrap()[[0]], 2.0);
    /// ```
    #[track_caller]
    fn zero_grad(&self) {
        for parameter in self.parameters() {
            parameter.clear_grad();
        }
    }

    /// What is remembered of each parameter, in their order, as plain numbers for a file; of one that no step has moved,
    /// no buffers. The options, the rate among them, are no part of it. PyTorch: `optimizer.state_dict()["state"]`.
    ///
    /// ```
    /// use wengert::{Tape, Tensor};
    /// use wengert_optim::{Adam, Optimizer};
    ///
    /// let tape = Tape::<f64>::new();
    /// let train = |w: Tensor<f64>, optimizer: &mut Adam<f64>| {
    ///     optimizer.zero_grad();
    ///     tape.scope(|| (w - tape.constant([1.0, 2.0])).square().sum().backward());
    ///     optimizer.step();
    /// };
    /// let w = tape.leaf([0.0, 0.0]);
    /// let mut optimizer = Adam::new([w], 0.1);
    /// train(w, &mut optimizer);
    ///
    /// // What a file holds: the numbers of the parameters, and what the optimiser remembers.
    /// let (values, state) = (w.to_vec(), optimizer.state());
    /// let resumed = tape.leaf((values, [2]));
    /// let mut second = Adam::new([resumed], optimizer.lr());
    /// second.set_state(&state);
    ///
    /// train(w, &mut optimizer);
    /// train(resumed, &mut second);
    /// assert_eq!(w.to_vec(), resumed.to_vec());
    /// ```
    fn state(&self) -> Vec<ParameterState<T>>;

    /// Puts back what [`Optimizer::state`] gave, of an optimiser of the same kind with parameters of the same shapes in
    /// the same order. PyTorch: `optimizer.load_state_dict(...)`.
    ///
    /// # Panics
    /// Where [`Optimizer::try_set_state`] gives an error.
    #[track_caller]
    fn set_state(&mut self, state: &[ParameterState<T>]) {
        or_raise(self.try_set_state(state));
    }

    /// Like [`Optimizer::set_state`], but returns the error, and nothing has changed then: another number of parameters,
    /// of buffers or of numbers in one.
    #[track_caller]
    fn try_set_state(&mut self, state: &[ParameterState<T>]) -> Result<()>;

    /// The learning rate of the next step.
    fn lr(&self) -> f64;

    /// Sets the learning rate of the next steps; a [`Schedule`](crate::Schedule) says which. PyTorch:
    /// `group["lr"] = lr`.
    ///
    /// # Panics
    /// Where [`Optimizer::try_set_lr`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_optim::{Optimizer, Sgd};
    ///
    /// let tape = Tape::<f64>::new();
    /// let mut optimizer = Sgd::new([tape.leaf([1.0])], 0.1);
    /// optimizer.set_lr(0.05);
    /// assert_eq!(optimizer.lr(), 0.05);
    /// let error = optimizer.try_set_lr(-1.0).unwrap_err();
    /// assert!(error.to_string().starts_with("sgd: lr is -1, and it is finite and 0 or more"));
    /// ```
    #[track_caller]
    fn set_lr(&mut self, lr: f64) {
        or_raise(self.try_set_lr(lr));
    }

    /// Like [`Optimizer::set_lr`], but returns the error: a negative rate, or one that is not finite.
    #[track_caller]
    fn try_set_lr(&mut self, lr: f64) -> Result<()>;
}
