//! The scalar chain of 1,000 steps on the tape, in forms that the graph does not have, against the usual one.

use std::hint::black_box;

use wengert::Tape;
use wengert_benches::{OnTape, Timer, chain, rosenbrock};

/// A form of a program, timed in turn with the usual one.
pub struct Variant {
    pub name: &'static str,
    pub nanoseconds_an_op: f64,
    /// Against the usual form.
    pub ratio: f64,
}

impl Variant {
    fn new(name: &'static str, (usual, nanoseconds): (f64, f64), ops: usize) -> Variant {
        Variant { name, nanoseconds_an_op: nanoseconds / ops as f64, ratio: nanoseconds / usual }
    }
}

const STEPS: usize = chain::SHORT;
const OPS: usize = chain::OPS * STEPS;

fn usual() -> OnTape<f64, impl FnMut(&Tape<f64>) -> [wengert::Scalar; 4]> {
    OnTape::new(|_| |tape: &Tape<f64>| chain::on_tape(tape, black_box(STEPS)))
}

/// Parameters that outlive the scope of a step.
pub fn outside(timer: Timer) -> Variant {
    let mut usual = usual();
    let mut outside = OnTape::new(|tape| {
        let parameters = chain::PARAMETERS.map(|value| tape.scalar(value));
        move |tape: &Tape<f64>| {
            chain::record(parameters, black_box(STEPS)).backward();
            tape.zero_grad();
        }
    });
    let times = timer.paired(|| usual.step(), || outside.step());
    Variant::new("parameters made outside the scope", times, OPS)
}

/// Two chains on two tapes, an op on one and an op on the other.
pub fn two_tapes(timer: Timer) -> Variant {
    let mut usual = usual();
    let (first, second) = (Tape::new(), Tape::new());
    let both = || {
        first.scope(|| {
            second.scope(|| {
                black_box(chain::on_two_tapes([&first, &second], black_box(STEPS)));
            });
        });
    };
    let (usual, both) = timer.paired(|| usual.step(), both);
    Variant::new("two tapes used in turn, op by op", (2.0 * usual, both), 2 * OPS)
}

/// The plain function.
pub fn native_chain(timer: Timer) -> Variant {
    let mut usual = usual();
    let native = || chain::native(black_box(chain::PARAMETERS), black_box(STEPS));
    let times = timer.paired(|| usual.step(), native);
    Variant::new("the plain function, without a gradient", times, OPS)
}

/// Rosenbrock's function and its gradient, both by hand: nanoseconds a call.
pub fn native_rosenbrock(timer: Timer) -> (f64, f64) {
    let point = rosenbrock::point();
    let mut gradient = vec![0.0; point.len()];
    timer.paired(
        || rosenbrock::native(black_box(&point)),
        || rosenbrock::native_gradient(black_box(&point), black_box(&mut gradient)),
    )
}

/// Bytes in use on the tape of a perceptron before and after it was asked for an answer in `inference`.
pub fn inference_bytes() -> (usize, usize) {
    use wengert_benches::perceptron::{TapePerceptron, Task};
    let tape = Tape::<f64>::new();
    let perceptron = TapePerceptron::new(&tape, &Task::classes());
    let bytes = || {
        let stats = tape.stats();
        stats.value_bytes + stats.instruction_bytes
    };
    let before = bytes();
    let answer = tape.inference(|| perceptron.loss().item());
    assert!(answer.is_finite(), "inference: the loss is {answer}");
    (before, bytes())
}
