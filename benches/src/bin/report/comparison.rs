//! The programs in both engines: time, bytes, allocations.

use std::hint::black_box;

use closure_graph as graph;
use wengert::{Element, Tape};
use wengert_benches::perceptron::{GraphPerceptron, Real, TapePerceptron, Task};
use wengert_benches::small::{products, seed};
use wengert_benches::{OnTape, Timer, chain, rosenbrock, thousands};

use crate::allocator::counted;

/// One program in both engines.
pub struct Row {
    pub program: String,
    /// How many ops, where a time an op says more than a time a step.
    pub ops: Option<usize>,
    pub tape: Measured,
    pub graph: Measured,
}

/// What one step takes.
pub struct Measured {
    pub nanoseconds: f64,
    pub bytes: usize,
    pub allocations: usize,
}

impl Row {
    /// How many times as long the graph takes.
    pub fn ratio(&self) -> f64 {
        self.graph.nanoseconds / self.tape.nanoseconds
    }

    /// How many times as many bytes the graph takes.
    pub fn byte_ratio(&self) -> f64 {
        self.graph.bytes as f64 / self.tape.bytes as f64
    }

    /// Nanoseconds an op on the tape.
    pub fn nanoseconds_an_op(&self) -> f64 {
        self.tape.nanoseconds / self.ops.unwrap_or(1) as f64
    }

    /// Bytes an op on the tape.
    pub fn bytes_an_op(&self) -> f64 {
        self.tape.bytes as f64 / self.ops.unwrap_or(1) as f64
    }

    fn with_ops(self, ops: usize) -> Row {
        Row { ops: Some(ops), ..self }
    }
}

/// Compares a program on a tape with the same on the graph.
///
/// The bytes of the graph are those of a first step in a thread of its own, so that they hold the lists of the
/// topological sort, as those of the tape hold its adjoints: both are kept for later steps.
fn compare<T: Element, L, G: FnMut() -> K, K>(
    timer: Timer,
    program: &str,
    mut on_tape: OnTape<T, impl FnMut(&Tape<T>) -> L>,
    prepare_graph: impl Fn() -> G + Sync,
) -> Row {
    eprintln!("{program}");
    let first_step = || {
        pack_once();
        let on_graph = prepare_graph();
        counted(on_graph).bytes
    };
    let first_step = std::thread::scope(|scope| scope.spawn(first_step).join());
    let mut on_graph = prepare_graph();
    let (tape, graph) = timer.paired(|| on_tape.step(), &mut on_graph);
    let tape = Measured {
        nanoseconds: tape,
        allocations: counted(|| on_tape.step()).allocations,
        bytes: on_tape.bytes(),
    };
    let graph = Measured {
        nanoseconds: graph,
        allocations: counted(on_graph).allocations,
        bytes: first_step.expect("a step of the graph that ran before"),
    };
    Row { program: program.to_string(), ops: None, tape, graph }
}

/// Makes the thread's packing buffers of matrix products, which belong to no graph.
fn pack_once() {
    let single = graph::Tensor::constant(vec![1.0f32; 64 * 64], &[64, 64]);
    let double = graph::Tensor::constant(vec![1.0f64; 64 * 64], &[64, 64]);
    black_box((single.matmul(&single), double.matmul(&double)));
}

/// The chains of scalars.
pub struct Chains {
    pub short: Row,
    pub long: Row,
    pub recorded: Row,
    pub numbers: Row,
    pub paused: Row,
}

impl Chains {
    pub fn measure(timer: Timer, long: usize) -> Chains {
        let steps = chain::SHORT;
        let name = |form: &str| format!("scalar chain, {} steps{form}", thousands(steps));
        let whole = |name: &str, steps| {
            let on_tape = OnTape::new(|_| move |tape: &Tape<f64>| chain::on_tape(tape, black_box(steps)));
            let on_graph = || move || chain::on_graph(black_box(steps));
            compare(timer, name, on_tape, on_graph).with_ops(chain::OPS * steps)
        };
        let recorded = {
            let parameters = |tape: &Tape<f64>| chain::PARAMETERS.map(|value| tape.scalar(value));
            let on_tape =
                OnTape::new(|_| move |tape: &Tape<f64>| chain::record(parameters(tape), black_box(steps)));
            let on_graph = || || chain::record_graph(&chain::graph_parameters(), black_box(steps));
            compare(timer, &name(", recorded only"), on_tape, on_graph)
        };
        let numbers = {
            let on_tape =
                OnTape::new(|_| move |tape: &Tape<f64>| chain::on_tape_with_numbers(tape, black_box(steps)));
            let on_graph = || || chain::on_graph_with_numbers(black_box(steps));
            compare(timer, &name(", numbers mixed in"), on_tape, on_graph)
        };
        let paused = {
            let on_tape = OnTape::new(|tape| {
                let parameters = chain::PARAMETERS.map(|value| tape.scalar(value));
                move |tape: &Tape<f64>| {
                    tape.no_grad(|| chain::record(black_box(parameters), black_box(steps)))
                }
            });
            let on_graph = || {
                let constants = chain::PARAMETERS.map(graph::Scalar::constant);
                move || chain::record_graph(black_box(&constants), black_box(steps))
            };
            compare(timer, &name(", under `no_grad`"), on_tape, on_graph)
        };
        Chains {
            short: whole(&name(""), steps),
            long: whole(&format!("scalar chain, {} steps", thousands(long)), long),
            recorded: recorded.with_ops(chain::OPS * steps),
            numbers: numbers.with_ops(chain::OPS * steps),
            paused: paused.with_ops(chain::OPS * steps),
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        [&self.short, &self.long, &self.recorded, &self.numbers, &self.paused].into_iter()
    }
}

/// The program of a first page, in three forms.
pub fn seeds(timer: Timer) -> [Row; 3] {
    let on_tape = || OnTape::new(|_| seed::on_tape);
    let mut fresh = compare(timer, "first program, a tape made for it", on_tape(), || seed::on_graph);
    let times = timer.paired(seed::on_new_tape, seed::on_graph);
    (fresh.tape.nanoseconds, fresh.graph.nanoseconds) = times;
    fresh.tape.allocations = counted(seed::on_new_tape).allocations;
    let copied = OnTape::new(|_| seed::on_tape_copied);
    [
        compare(timer, "first program", on_tape(), || seed::on_graph),
        compare(timer, "first program, gradient copied", copied, || seed::on_graph_copied),
        fresh,
    ]
}

/// Products of three elements: recorded, and with the sweep.
pub fn products(timer: Timer) -> [Row; 2] {
    let recorded = OnTape::new(|tape| {
        let x = tape.leaf(products::FACTOR);
        move |_: &Tape<f64>| products::on_tape(x)
    });
    let swept = OnTape::new(|tape| {
        let x = tape.leaf(products::FACTOR);
        move |tape: &Tape<f64>| {
            products::on_tape(x).backward_with([1.0; 3]);
            tape.zero_grad();
        }
    });
    let leaf = || graph::Tensor::leaf(products::FACTOR.to_vec(), &[3]);
    let recorded_graph = || {
        let x = leaf();
        move || products::on_graph(&x)
    };
    let swept_graph = || {
        let x = leaf();
        move || {
            let y = products::on_graph(&x);
            y.backward_with(vec![1.0; 3]);
            x.zero_grad();
            y
        }
    };
    [
        compare(timer, "100 products of 3 elements, recorded only", recorded, recorded_graph),
        compare(timer, "100 products of 3 elements", swept, swept_graph),
    ]
    .map(|row| row.with_ops(products::COUNT))
}

/// Rosenbrock's gradient, with scalars and with tensors.
pub fn rosenbrocks(timer: Timer) -> [Row; 2] {
    let point = &rosenbrock::point()[..];
    let scalars = OnTape::new(|_| |tape: &Tape<f64>| rosenbrock::scalars_on_tape(tape, black_box(point)));
    let tensors = OnTape::new(|_| |tape: &Tape<f64>| rosenbrock::tensors_on_tape(tape, black_box(point)));
    let scalars_graph = || || rosenbrock::scalars_on_graph(black_box(point));
    let tensors_graph = || || rosenbrock::tensors_on_graph(black_box(point));
    [
        compare(timer, "Rosenbrock's gradient, 1,000 scalars", scalars, scalars_graph)
            .with_ops(8 * (rosenbrock::N - 1)),
        compare(timer, "Rosenbrock's gradient, tensors of 1,000", tensors, tensors_graph),
    ]
}

/// A step of training.
pub fn perceptron<T: Real>(timer: Timer, program: &str, task: &Task<T>) -> Row {
    let on_tape = OnTape::new(|tape| {
        let perceptron = TapePerceptron::new(tape, task);
        move |tape: &Tape<T>| perceptron.step(tape)
    });
    let on_graph = || {
        let perceptron = GraphPerceptron::new(task);
        move || perceptron.step()
    };
    compare(timer, program, on_tape, on_graph)
}
