//! A training step of a perceptron with one hidden layer: forward, loss, sweep, update, gradients forgotten.

use closure_graph as graph;
use wengert::{Tape, Tensor};

/// The number types that both engines have.
pub trait Real: wengert::Element + graph::Element + Into<f64> {}
impl<T: wengert::Element + graph::Element + Into<f64>> Real for T {}

/// What is learned, and from what. The numbers are made of sines: the same in both engines and in every run.
pub struct Task<T> {
    /// Widths of the input, the hidden layer and the output.
    pub widths: [usize; 3],
    /// How many samples a step sees.
    pub batch: usize,
    /// The length of a step of gradient descent.
    pub rate: T,
    /// Inputs, row by row.
    pub inputs: Vec<T>,
    /// What the outputs should be.
    pub target: Target<T>,
}

/// What the outputs should be, with the loss and the activation that go with it.
#[derive(Clone)]
pub enum Target<T> {
    /// A class a sample: rectifier, and cross entropy.
    Classes(Vec<usize>),
    /// Numbers: hyperbolic tangent, and the mean squared error.
    Numbers(Vec<T>),
}

fn waves<T: Real>(count: usize, scale: f64, pace: f64) -> Vec<T> {
    let wave = |i: usize| scale * (pace * (i as f64 + 0.5) + (i * i % 17) as f64).sin();
    (0..count).map(|i| <T as graph::Element>::from_f64(wave(i))).collect()
}

impl<T: Real> Task<T> {
    /// 64 inputs, 64 hidden units, 10 classes, 32 samples.
    pub fn classes() -> Task<T> {
        let widths = [64, 64, 10];
        let target = Target::Classes((0..32).map(|sample| sample * 7 % 10).collect());
        let rate = <T as graph::Element>::from_f64(1e-3);
        Task { widths, batch: 32, rate, inputs: waves(32 * 64, 1.0, 1.3), target }
    }

    /// 2 inputs, 16 hidden units, 1 output, 4 samples.
    pub fn exclusive_or() -> Task<T> {
        let number = <T as graph::Element>::from_f64;
        let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0].map(number).to_vec();
        let target = Target::Numbers([0.0, 1.0, 1.0, 0.0].map(number).to_vec());
        Task { widths: [2, 16, 1], batch: 4, rate: number(1e-3), inputs, target }
    }

    /// The first values of the weights and biases, with their shapes: weight, bias, weight, bias.
    fn parameters(&self) -> [(Vec<T>, Vec<usize>); 4] {
        let [inputs, hidden, outputs] = self.widths;
        let scale = |width: usize| (1.0 / width as f64).sqrt();
        [
            (waves(inputs * hidden, scale(inputs), 0.7), vec![inputs, hidden]),
            (waves(hidden, 0.1, 0.3), vec![hidden]),
            (waves(hidden * outputs, scale(hidden), 0.9), vec![hidden, outputs]),
            (waves(outputs, 0.1, 0.4), vec![outputs]),
        ]
    }

    fn target_shape(&self) -> [usize; 2] {
        [self.batch, self.widths[2]]
    }
}

fn descend<T: Real>(rate: T, values: &mut [T], gradient: &[T]) {
    for (value, &slope) in values.iter_mut().zip(gradient) {
        *value -= rate * slope;
    }
}

fn widen<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|&value| value.into()).collect()
}

/// The perceptron on a tape. Parameters and data lie outside the scope of a step.
pub struct TapePerceptron<T: Real> {
    parameters: [Tensor<T>; 4],
    inputs: Tensor<T>,
    target: Target<Tensor<T>>,
    rate: T,
}

impl<T: Real> TapePerceptron<T> {
    /// Parameters and data on `tape`.
    pub fn new(tape: &Tape<T>, task: &Task<T>) -> TapePerceptron<T> {
        let target = match &task.target {
            Target::Classes(classes) => Target::Classes(classes.clone()),
            Target::Numbers(numbers) => {
                Target::Numbers(vec![tape.constant((numbers.clone(), task.target_shape()))])
            }
        };
        TapePerceptron {
            parameters: task.parameters().map(|(values, shape)| tape.leaf((values, shape))),
            inputs: tape.constant((task.inputs.clone(), [task.batch, task.widths[0]])),
            target,
            rate: task.rate,
        }
    }

    /// The loss.
    #[inline]
    pub fn loss(&self) -> Tensor<T> {
        let [w, b, v, c] = self.parameters;
        let hidden = self.inputs.matmul(w) + b;
        match &self.target {
            Target::Classes(classes) => (hidden.relu().matmul(v) + c).cross_entropy(classes),
            Target::Numbers(numbers) => (hidden.tanh().matmul(v) + c - numbers[0]).square().mean(),
        }
    }

    /// A step of training; answers the loss.
    #[inline]
    pub fn step(&self, tape: &Tape<T>) -> Tensor<T> {
        let loss = self.loss();
        loss.backward();
        for parameter in self.parameters {
            parameter.update_each(|value, slope| value - self.rate * slope);
        }
        tape.zero_grad();
        loss
    }

    /// The gradients of all parameters, one after the other; it forgets them.
    pub fn gradient(&self, tape: &Tape<T>) -> Vec<f64> {
        self.loss().backward();
        let read = |parameter: &Tensor<T>| {
            let read =
                parameter.with_grad(|grad| grad.iter().map(|&slope| slope.into()).collect::<Vec<f64>>());
            read.expect("the sweep reached every parameter")
        };
        let gradient = self.parameters.iter().flat_map(read).collect();
        tape.zero_grad();
        gradient
    }
}

/// The perceptron on the graph.
pub struct GraphPerceptron<T: Real> {
    parameters: [graph::Tensor<T>; 4],
    inputs: graph::Tensor<T>,
    target: Target<graph::Tensor<T>>,
    rate: T,
}

impl<T: Real> GraphPerceptron<T> {
    /// Parameters and data in nodes.
    pub fn new(task: &Task<T>) -> GraphPerceptron<T> {
        let target = match &task.target {
            Target::Classes(classes) => Target::Classes(classes.clone()),
            Target::Numbers(numbers) => {
                Target::Numbers(vec![graph::Tensor::constant(numbers.clone(), &task.target_shape())])
            }
        };
        GraphPerceptron {
            parameters: task.parameters().map(|(values, shape)| graph::Tensor::leaf(values, &shape)),
            inputs: graph::Tensor::constant(task.inputs.clone(), &[task.batch, task.widths[0]]),
            target,
            rate: task.rate,
        }
    }

    /// The loss.
    #[inline]
    pub fn loss(&self) -> graph::Tensor<T> {
        let [w, b, v, c] = &self.parameters;
        let hidden = self.inputs.matmul(w) + b;
        match &self.target {
            Target::Classes(classes) => (hidden.relu().matmul(v) + c).cross_entropy(classes),
            Target::Numbers(numbers) => (hidden.tanh().matmul(v) + c - &numbers[0]).square().mean(),
        }
    }

    /// A step of training; answers the loss.
    #[inline]
    pub fn step(&self) -> graph::Tensor<T> {
        let loss = self.loss();
        loss.backward();
        for parameter in &self.parameters {
            parameter.update(|values, gradient| descend(self.rate, values, gradient));
        }
        self.parameters.iter().for_each(graph::Tensor::zero_grad);
        loss
    }

    /// The gradients of all parameters, one after the other; it forgets them.
    pub fn gradient(&self) -> Vec<f64> {
        self.loss().backward();
        let read = |parameter: &graph::Tensor<T>| {
            widen(&parameter.grad().expect("the sweep reached every parameter"))
        };
        let gradient = self.parameters.iter().flat_map(read).collect();
        self.parameters.iter().for_each(graph::Tensor::zero_grad);
        gradient
    }
}
