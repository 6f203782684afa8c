//! Training steps of a perceptron.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use wengert::Tape;
use wengert_benches::OnTape;
use wengert_benches::perceptron::{GraphPerceptron, Real, TapePerceptron, Task};

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

fn steps(criterion: &mut Criterion) {
    both::<f32>(criterion, "training step 64-64-10, f32", &Task::classes());
    both::<f64>(criterion, "training step 64-64-10, f64", &Task::classes());
    both::<f64>(criterion, "training step 2-16-1, f64", &Task::exclusive_or());
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
