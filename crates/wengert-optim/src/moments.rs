//! The state and the update rule of Adam and AdamW.

use wengert::{At, Element, Result, Tensor};
use wengert_kernels::{Kernel, dispatch};

use crate::options::not_negative;
use crate::parameters::Parameters;
use crate::state::ParameterState;

/// How weights decay.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Decay {
    /// Through the gradient, as the gradient of a penalty: Adam.
    Coupled,
    /// Apart from the gradient and its moments: AdamW.
    Decoupled,
}

/// Running means of the gradient and of its square, for each parameter, and how a step follows them.
pub(crate) struct Moments<T: Element> {
    pub parameters: Parameters<T, Option<State<T>>>,
    pub lr: f64,
    pub betas: (f64, f64),
    pub eps: f64,
    pub weight_decay: f64,
    pub decay: Decay,
    pub amsgrad: bool,
    pub maximize: bool,
}

/// What is remembered of a parameter, from its first gradient on.
pub(crate) struct State<T> {
    /// Steps that had a gradient.
    steps: i32,
    /// The running mean of the gradient.
    first: Vec<T>,
    /// The running mean of its square.
    second: Vec<T>,
    /// The largest of the second moments so far; empty without AMSGrad.
    largest: Vec<T>,
}

impl<T: Element> State<T> {
    fn new(len: usize) -> State<T> {
        let zeros = vec![T::default(); len];
        State { steps: 0, first: zeros.clone(), second: zeros, largest: Vec::new() }
    }
}

impl<T: Element> Moments<T> {
    #[track_caller]
    pub fn new(
        op: &'static str,
        parameters: impl IntoIterator<Item = Tensor<T>>,
        lr: f64,
        (weight_decay, decay): (f64, Decay),
        at: At,
    ) -> Result<Moments<T>> {
        Ok(Moments {
            lr: not_negative(op, "lr", lr, at)?,
            parameters: Parameters::new(op, parameters, at)?,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay,
            decay,
            amsgrad: false,
            maximize: false,
        })
    }

    /// What is remembered of each parameter.
    pub fn state(&self) -> Vec<ParameterState<T>> {
        self.parameters.state(|state| match state {
            None => ParameterState::default(),
            Some(State { steps, first, second, largest }) => {
                let mut buffers = vec![first.clone(), second.clone()];
                if !largest.is_empty() {
                    buffers.push(largest.clone());
                }
                ParameterState { steps: *steps as u32, buffers }
            }
        })
    }

    /// Puts it back.
    #[track_caller]
    pub fn set_state(&mut self, op: &'static str, state: &[ParameterState<T>], at: At) -> Result<()> {
        let buffers = if self.amsgrad { 3 } else { 2 };
        self.parameters.set_state(op, state, &[0, buffers], at, |state| {
            let [first, second, rest @ ..] = &state.buffers[..] else { return None };
            let steps = i32::try_from(state.steps).unwrap_or(i32::MAX);
            let largest = rest.first().cloned().unwrap_or_default();
            Some(State { steps, first: first.clone(), second: second.clone(), largest })
        })
    }

    /// One step, in the order of PyTorch's single-tensor form.
    #[track_caller]
    pub fn step(&mut self) -> Result<()> {
        let Moments { lr, betas: (beta1, beta2), eps, weight_decay, decay, amsgrad, maximize, .. } = *self;
        let number = |value: f64| T::default().constant(value);
        let sign = number(if maximize { -1.0 } else { 1.0 });
        let coupled = decay == Decay::Coupled && weight_decay != 0.0;
        let shrink = number(if decay == Decay::Decoupled { 1.0 - lr * weight_decay } else { 1.0 });
        let (penalty, eps) = (number(weight_decay), number(eps));
        let (keep2, fresh1, fresh2) = (number(beta2), number(1.0 - beta1), number(1.0 - beta2));
        self.parameters.update(|state, value, grad| {
            let state = state.get_or_insert_with(|| State::new(value.len()));
            state.steps = state.steps.saturating_add(1);
            // Means that start at zero are too small by these factors.
            let (bias1, bias2) = (1.0 - beta1.powi(state.steps), 1.0 - beta2.powi(state.steps));
            let (rate, root) = (number(lr / bias1), number(bias2.sqrt()));
            state.largest.resize(if amsgrad { value.len() } else { 0 }, T::default());
            let rule = Rule { sign, coupled, penalty, shrink, fresh1, keep2, fresh2, rate, root, eps };
            let State { first, second, largest, .. } = state;
            dispatch(Advance { rule, value, grad, first, second, largest });
        })
    }
}

/// The numbers of one step, the same for every element of a parameter.
#[derive(Clone, Copy)]
struct Rule<T> {
    sign: T,
    coupled: bool,
    penalty: T,
    shrink: T,
    fresh1: T,
    keep2: T,
    fresh2: T,
    rate: T,
    root: T,
    eps: T,
}

impl<T: Element> Rule<T> {
    /// Both moments, and what is left of the weight after its decay.
    #[inline(always)]
    fn advance(&self, w: &mut T, g: T, first: &mut T, second: &mut T) {
        *w *= self.shrink;
        let slope = if self.coupled { self.sign * g + self.penalty * *w } else { self.sign * g };
        *first += (slope - *first) * self.fresh1;
        *second = *second * self.keep2 + self.fresh2 * slope * slope;
    }

    #[inline(always)]
    fn follow(&self, w: &mut T, first: T, square: T) {
        *w -= self.rate * first / (square.sqrt() / self.root + self.eps);
    }
}

/// A step of one parameter, on the widest vector unit: roots and quotients are most of its time.
struct Advance<'a, T> {
    rule: Rule<T>,
    value: &'a mut [T],
    grad: &'a [T],
    first: &'a mut [T],
    second: &'a mut [T],
    /// Empty without AMSGrad.
    largest: &'a mut [T],
}

impl<T: Element> Kernel for Advance<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Advance { rule, value, grad, first, second, largest } = self;
        // Two loops, so that neither has a branch and both are vectorised.
        let numbers = value.iter_mut().zip(grad).zip(first.iter_mut().zip(second));
        if largest.is_empty() {
            for ((w, &g), (first, second)) in numbers {
                rule.advance(w, g, first, second);
                rule.follow(w, *first, *second);
            }
        } else {
            for (((w, &g), (first, second)), largest) in numbers.zip(largest) {
                rule.advance(w, g, first, second);
                // Written so that NaN stays NaN.
                *largest = if *second <= *largest { *largest } else { *second };
                rule.follow(w, *first, *largest);
            }
        }
    }
}
