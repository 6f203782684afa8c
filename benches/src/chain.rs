//! A long chain of scalars: `x = x x a + b x + c`, five ops a step, every one waiting for the one before.
//!
//! Coefficients are such that neither values nor adjoints vanish or overflow over a million steps.

use closure_graph as graph;
use wengert::{Scalar, Tape};

/// Ops a step.
pub const OPS: usize = 5;
/// Steps of the chain that stays in cache.
pub const SHORT: usize = 1_000;
/// Steps of the chain that does not.
pub const LONG: usize = 1_000_000;

const START: f64 = 0.1;
const A: f64 = -1e-6;
const B: f64 = 1.0;
const C: f64 = 5e-7;
/// The start and the coefficients, `[x, a, b, c]`.
pub const PARAMETERS: [f64; 4] = [START, A, B, C];

/// The plain function, the yardstick.
#[inline]
pub fn native([mut x, a, b, c]: [f64; 4], steps: usize) -> f64 {
    for _ in 0..steps {
        x = x * x * a + b * x + c;
    }
    x
}

/// Records the chain on the tape of its parameters; answers the last value.
#[inline]
pub fn record([mut x, a, b, c]: [Scalar; 4], steps: usize) -> Scalar {
    for _ in 0..steps {
        x = x * x * a + b * x + c;
    }
    x
}

/// Makes the parameters, records the chain and sweeps; answers the parameters.
#[inline]
pub fn on_tape(tape: &Tape<f64>, steps: usize) -> [Scalar; 4] {
    let parameters = PARAMETERS.map(|value| tape.scalar(value));
    record(parameters, steps).backward();
    parameters
}

/// The chain with numbers in place of the coefficients.
#[inline]
pub fn on_tape_with_numbers(tape: &Tape<f64>, steps: usize) -> Scalar {
    let start = tape.scalar(START);
    let mut x = start;
    for _ in 0..steps {
        x = x * x * A + B * x + C;
    }
    x.backward();
    start
}

/// A chain on each of two tapes, recorded in turn op by op, and both swept.
#[inline]
pub fn on_two_tapes(tapes: [&Tape<f64>; 2], steps: usize) -> [[Scalar; 4]; 2] {
    let parameters = tapes.map(|tape| PARAMETERS.map(|value| tape.scalar(value)));
    let [[mut x, a, b, c], [mut z, d, e, f]] = parameters;
    for _ in 0..steps {
        let (square, other_square) = (x * x, z * z);
        let (curved, other_curved) = (square * a, other_square * d);
        let (linear, other_linear) = (b * x, e * z);
        let (sum, other_sum) = (curved + linear, other_curved + other_linear);
        (x, z) = (sum + c, other_sum + f);
    }
    x.backward();
    z.backward();
    parameters
}

/// Records the chain on the graph; answers the last value.
#[inline]
pub fn record_graph([x, a, b, c]: &[graph::Scalar; 4], steps: usize) -> graph::Scalar {
    let mut x = x.clone();
    for _ in 0..steps {
        x = &x * &x * a + b * &x + c;
    }
    x
}

/// Parameters on the graph.
pub fn graph_parameters() -> [graph::Scalar; 4] {
    PARAMETERS.map(graph::Scalar::leaf)
}

/// Makes the parameters, records the chain on the graph and sweeps; answers the root and the parameters.
#[inline]
pub fn on_graph(steps: usize) -> (graph::Scalar, [graph::Scalar; 4]) {
    let parameters = graph_parameters();
    let root = record_graph(&parameters, steps);
    root.backward();
    (root, parameters)
}

/// The chain on the graph with numbers in place of the coefficients; answers the root and the start.
#[inline]
pub fn on_graph_with_numbers(steps: usize) -> (graph::Scalar, graph::Scalar) {
    let start = graph::Scalar::leaf(START);
    let mut x = start.clone();
    for _ in 0..steps {
        x = &x * &x * A + B * &x + C;
    }
    x.backward();
    (x, start)
}
