//! Programs of small tensors, and Rosenbrock's gradient with tensors.

use std::hint::black_box;
use std::time::Duration;

use closure_graph as graph;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wengert::{CrossEntropy, Indices, Reduction, Tape, Tensor};
use wengert_benches::small::{products, seed};
use wengert_benches::{OnTape, rosenbrock};

fn seeds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("first program");
    let mut on_tape = OnTape::new(|_| seed::on_tape);
    group.bench_function("wengert", |bencher| bencher.iter(|| on_tape.step()));
    group.bench_function("wengert, new tape", |bencher| bencher.iter(seed::on_new_tape));
    group.bench_function("closure-graph", |bencher| bencher.iter(seed::on_graph));
    group.finish();
}

fn products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("products of 3 elements");
    group.throughput(Throughput::Elements(products::COUNT as u64));
    let mut recorded = OnTape::new(|tape| {
        let x = tape.leaf(products::FACTOR);
        move |_: &Tape<f64>| products::on_tape(x)
    });
    group.bench_function("wengert, recorded", |bencher| bencher.iter(|| recorded.step()));
    let mut swept = OnTape::new(|tape| {
        let x = tape.leaf(products::FACTOR);
        move |tape: &Tape<f64>| {
            products::on_tape(x).backward_with([1.0; 3]);
            tape.zero_grad();
        }
    });
    group.bench_function("wengert", |bencher| bencher.iter(|| swept.step()));
    let x = graph::Tensor::leaf(products::FACTOR.to_vec(), &[3]);
    group.bench_function("closure-graph, recorded", |bencher| bencher.iter(|| products::on_graph(&x)));
    group.bench_function("closure-graph", |bencher| {
        bencher.iter(|| {
            let y = products::on_graph(&x);
            y.backward_with(vec![1.0; 3]);
            x.zero_grad();
            y
        });
    });
    group.finish();
}

fn rosenbrocks(criterion: &mut Criterion) {
    let point = rosenbrock::point();
    let mut group = criterion.benchmark_group("rosenbrock, tensors");
    let mut on_tape =
        OnTape::new(|_| |tape: &Tape<f64>| rosenbrock::tensors_on_tape(tape, black_box(&point)));
    group.bench_function("wengert", |bencher| bencher.iter(|| on_tape.step()));
    group.bench_function("closure-graph", |bencher| {
        bencher.iter(|| rosenbrock::tensors_on_graph(black_box(&point)));
    });
    group.finish();
}

/// Forward and back over enough elements that a tape's own work does not count.
fn activations(criterion: &mut Criterion) {
    const ELEMENTS: usize = 1 << 16;
    type Activation = fn(Tensor<f32>) -> Tensor<f32>;
    let rows: [(&str, Activation); 12] = [
        ("tanh", |x| x.tanh()),
        ("gelu", |x| x.gelu()),
        ("gelu_tanh", |x| x.gelu_tanh()),
        ("erf", |x| x.erf()),
        ("erfc", |x| x.erfc()),
        ("softplus", |x| x.softplus()),
        ("log_sigmoid", |x| x.log_sigmoid()),
        ("mish", |x| x.mish()),
        ("elu", |x| x.elu(1.0)),
        ("log1p", |x| x.square().log1p()),
        ("bce with logits", |x| x.bce_with_logits_loss(0.25, Reduction::Sum)),
        ("softmax", |x| x.reshape([-1, 256]).softmax(-1)),
    ];
    let mut group = criterion.benchmark_group("activations");
    group.throughput(Throughput::Elements(ELEMENTS as u64));
    for (name, activation) in rows {
        let mut on_tape = OnTape::new(|tape: &Tape<f32>| {
            let x = tape.leaf(tape.randn([ELEMENTS], 1));
            move |_: &Tape<f32>| activation(x).sum().backward()
        });
        group.bench_function(name, |bencher| bencher.iter(|| on_tape.step()));
    }
    group.finish();
}

/// Forward and back along the last axis and along others, over as many elements as [`activations`].
fn lanes(criterion: &mut Criterion) {
    const MATRIX: &[usize] = &[256, 256];
    const PIXELS: &[usize] = &[8, 8, 32, 32];
    let labels = Indices::new((0..8 * 32 * 32).map(|i| i * 7 % 8).collect::<Vec<_>>(), [8, 32, 32]);
    let options = CrossEntropy::default();
    type Along<'a> = &'a dyn Fn(Tensor<f32>) -> Tensor<f32>;
    let rows: [(&str, &[usize], Along<'_>); 8] = [
        ("softmax, last axis", MATRIX, &|x| x.softmax(1)),
        ("softmax, first axis", MATRIX, &|x| x.softmax(0)),
        ("softmax, channels", PIXELS, &|x| x.softmax(1)),
        ("log_softmax, first axis", MATRIX, &|x| x.log_softmax(0)),
        ("cross_entropy, pixels", PIXELS, &|x| x.cross_entropy_with(&labels, &options)),
        ("logsumexp, last axis", MATRIX, &|x| x.logsumexp_axes(1)),
        ("logsumexp, first axis", MATRIX, &|x| x.logsumexp_axes(0)),
        ("layer_norm", MATRIX, &|x| x.layer_norm(256, None, None, 1e-5)),
    ];
    let mut group = criterion.benchmark_group("lanes");
    for (name, dims, along) in rows {
        let mut on_tape = OnTape::new(|tape: &Tape<f32>| {
            let x = tape.leaf(tape.randn(dims, 1));
            move |_: &Tape<f32>| along(x).sum().backward()
        });
        group.throughput(Throughput::Elements(dims.iter().product::<usize>() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| on_tape.step()));
    }
    group.finish();
}

criterion_group! {
    name = tensors;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = seeds, products, rosenbrocks, activations, lanes
}
criterion_main!(tensors);
