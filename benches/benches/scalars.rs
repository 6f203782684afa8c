//! The scalar chain and Rosenbrock's gradient.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wengert::Tape;
use wengert_benches::{OnTape, chain, rosenbrock};

fn chains(criterion: &mut Criterion) {
    for steps in [chain::SHORT, chain::LONG] {
        let mut group = criterion.benchmark_group(format!("chain of {steps}"));
        group.throughput(Throughput::Elements((chain::OPS * steps) as u64));
        let mut inside = OnTape::new(|_| |tape: &Tape<f64>| chain::on_tape(tape, black_box(steps)));
        group.bench_function("wengert", |bencher| bencher.iter(|| inside.step()));
        group.bench_function("closure-graph", |bencher| bencher.iter(|| chain::on_graph(black_box(steps))));
        group.finish();
    }
}

fn forms(criterion: &mut Criterion) {
    let steps = chain::SHORT;
    let mut group = criterion.benchmark_group("forms of the chain");
    group.throughput(Throughput::Elements((chain::OPS * steps) as u64));
    let mut outside = OnTape::new(|tape| {
        let parameters = chain::PARAMETERS.map(|value| tape.scalar(value));
        move |tape: &Tape<f64>| {
            chain::record(parameters, black_box(steps)).backward();
            tape.zero_grad();
        }
    });
    group.bench_function("parameters outside", |bencher| bencher.iter(|| outside.step()));
    let mut numbers = OnTape::new(|_| |tape: &Tape<f64>| chain::on_tape_with_numbers(tape, black_box(steps)));
    group.bench_function("numbers", |bencher| bencher.iter(|| numbers.step()));
    group.bench_function("numbers, closure-graph", |bencher| {
        bencher.iter(|| chain::on_graph_with_numbers(black_box(steps)));
    });
    let mut paused = OnTape::new(|tape| {
        let parameters = chain::PARAMETERS.map(|value| tape.scalar(value));
        move |tape: &Tape<f64>| tape.no_grad(|| chain::record(black_box(parameters), black_box(steps)))
    });
    group.bench_function("no_grad", |bencher| bencher.iter(|| paused.step()));
    group.bench_function("plain function", |bencher| {
        bencher.iter(|| chain::native(black_box(chain::PARAMETERS), black_box(steps)));
    });
    // Two chains: twice the ops.
    group.throughput(Throughput::Elements((2 * chain::OPS * steps) as u64));
    let (first, second) = (Tape::new(), Tape::new());
    let both = || {
        first.scope(|| {
            second.scope(|| {
                black_box(chain::on_two_tapes([&first, &second], black_box(steps)));
            });
        });
    };
    group.bench_function("two tapes in turn", |bencher| bencher.iter(both));
    group.finish();
}

fn rosenbrocks(criterion: &mut Criterion) {
    let point = rosenbrock::point();
    let mut group = criterion.benchmark_group("rosenbrock, scalars");
    let mut on_tape =
        OnTape::new(|_| |tape: &Tape<f64>| rosenbrock::scalars_on_tape(tape, black_box(&point)));
    group.bench_function("wengert", |bencher| bencher.iter(|| on_tape.step()));
    group.bench_function("closure-graph", |bencher| {
        bencher.iter(|| rosenbrock::scalars_on_graph(black_box(&point)));
    });
    let mut gradient = vec![0.0; point.len()];
    group.bench_function("by hand", |bencher| {
        bencher.iter(|| rosenbrock::native_gradient(black_box(&point), black_box(&mut gradient)));
    });
    group.finish();
}

criterion_group! {
    name = scalars;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = chains, forms, rosenbrocks
}
criterion_main!(scalars);
