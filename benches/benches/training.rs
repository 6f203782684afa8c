//! Training steps of a perceptron, and those of optimisers alone.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use wengert::Tape;
use wengert_benches::OnTape;
use wengert_benches::perceptron::{GraphPerceptron, Real, TapePerceptron, Task};
use wengert_optim::{Adam, Optimizer, Sgd};

fn both<T: Real>(criterion: &mut Criterion, name: &str, task: &Task<T>) {
    let mut group = criterion.benchmark_group(name);
    let mut on_tape = OnTape::new(|tape| {
        let perceptron = TapePerceptron::new(tape, task);
        move |tape: &Tape<T>| perceptron.step(tape)
    });
    group.bench_function("wengert", |bencher| bencher.iter(|| on_tape.step()));
    let on_graph = GraphPerceptron::new(task);
    group.bench_function("closure-graph", |bencher| bencher.iter(|| on_graph.step()));
    group.finish();
}

/// What an optimiser takes beside the sweep: as many weights as the perceptron has.
fn optimisers<T: Real>(criterion: &mut Criterion, name: &str) {
    let mut group = criterion.benchmark_group(name);
    let tape = Tape::<T>::new();
    let weights = tape.leaf(vec![T::one(); 64 * 64 + 64 + 64 * 10 + 10]);
    tape.scope(|| (weights * weights).sum().backward());
    let mut adam = Adam::new([weights], 1e-3);
    group.bench_function("Adam", |bencher| bencher.iter(|| adam.step()));
    let mut sgd = Sgd::new([weights], 1e-3);
    group.bench_function("Sgd", |bencher| bencher.iter(|| sgd.step()));
    group.finish();
}

fn steps(criterion: &mut Criterion) {
    both::<f32>(criterion, "training step 64-64-10, f32", &Task::classes());
    both::<f64>(criterion, "training step 64-64-10, f64", &Task::classes());
    both::<f64>(criterion, "training step 2-16-1, f64", &Task::exclusive_or());
    optimisers::<f32>(criterion, "optimiser step, 4,810 weights, f32");
    optimisers::<f64>(criterion, "optimiser step, 4,810 weights, f64");
}

criterion_group! {
    name = training;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = steps
}
criterion_main!(training);
