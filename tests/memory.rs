//! Memory, counted by the allocator: a training step allocates nothing, threads and tapes leave nothing behind.
//!
//! The counters belong to the process, so the tests run one after the other in the main thread; an argument names
//! those to run.
#![allow(clippy::assign_op_pattern, reason = "`y = y * x` is what a user of handles writes")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

use wengert::{Element, Escape, Scalar, Tape, Tensor};
use wengert_tests::live;

struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicIsize = AtomicIsize::new(0);

fn note(calls: usize, bytes: isize) {
    CALLS.fetch_add(calls, Ordering::Relaxed);
    LIVE.fetch_add(bytes, Ordering::Relaxed);
}

// SAFETY: every call goes on to the system's allocator unchanged; only counters are added to.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as isize - layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations made by `f`.
fn allocations(f: impl FnOnce()) -> usize {
    let before = CALLS.load(Ordering::Relaxed);
    f();
    CALLS.load(Ordering::Relaxed) - before
}

fn live_bytes() -> isize {
    LIVE.load(Ordering::Relaxed)
}

/// A scope takes a tag, and tags come in blocks of 8, 16, 32, ...: a new block may make a list of them longer. After so
/// many scopes the next block is as many away.
const WARM: usize = 130;
const MEASURED: usize = 100;

/// A perceptron of 64-64-10 at batches of 32, and a step of gradient descent on it.
struct Perceptron<T: Element + Escape> {
    tape: Tape<T>,
    x: Tensor<T>,
    classes: Vec<usize>,
    parameters: [Tensor<T>; 4],
}

impl<T: Element + Escape> Perceptron<T> {
    fn new() -> Perceptron<T> {
        let tape = Tape::<T>::new();
        let leaf = |shape: [usize; 2], seed| {
            let values = tape.randn(shape, seed).to_vec();
            let scale = T::from(0.2).unwrap();
            tape.leaf((values.into_iter().map(|w| w * scale).collect::<Vec<_>>(), shape))
        };
        let parameters = [leaf([64, 64], 1), leaf([1, 64], 2), leaf([64, 10], 3), leaf([1, 10], 4)];
        let x = tape.randn([32, 64], 5);
        Perceptron { x, classes: (0..32).map(|i| i % 10).collect(), parameters, tape }
    }

    fn step(&self) -> f64 {
        let [w1, b1, w2, b2] = self.parameters;
        let loss = self.tape.scope(|| {
            let hidden = (self.x.matmul(w1) + b1).relu();
            let loss = (hidden.matmul(w2) + b2).cross_entropy(&self.classes);
            loss.backward();
            loss.item()
        });
        let rate = T::from(0.1).unwrap();
        for parameter in self.parameters {
            parameter.update(|w, grad| w.iter_mut().zip(grad).for_each(|(w, &grad)| *w = *w - rate * grad));
        }
        self.tape.zero_grad();
        loss.to_f64().unwrap()
    }
}

fn a_training_step_allocates_nothing<T: Element + Escape>() {
    let perceptron = Perceptron::<T>::new();
    let first = perceptron.step();
    (1..WARM).for_each(|_| _ = perceptron.step());
    let mut last = first;
    let count = allocations(|| (0..MEASURED).for_each(|_| last = perceptron.step()));
    assert_eq!(count, 0, "{} steps in {} allocated", MEASURED, T::NAME);
    assert!(last < 0.5 * first, "it learns: {first} to {last}");
}

fn a_scalar_chain_in_a_scope_allocates_nothing<T: Element + Escape>() {
    let tape = Tape::<T>::new();
    let x = tape.scalar(T::one());
    // A passive number for both element types.
    let half = Tape::<T>::new().scalar(T::from(0.5).unwrap()).detach();
    let run = || {
        tape.scope(|| {
            let mut y = x;
            for _ in 0..1000 {
                y = (y * x + y.sin()) * half;
            }
            y.backward();
            y.value()
        })
    };
    (0..WARM).for_each(|_| _ = run());
    let count = allocations(|| (0..MEASURED).for_each(|_| _ = run()));
    assert_eq!(count, 0, "{}", T::NAME);
}

/// A gradient in one call, fused statements, rows in lanes in either direction, inner products of more than an inline list.
fn gradients_and_jacobians_of_scalars_allocate_nothing() {
    let tape = Tape::<f64>::new();
    let point: Vec<f64> = (0..40).map(|k| 0.5 + 0.01 * k as f64).collect();
    let (mut gradient, mut jacobian) = (vec![0.0; 40], vec![0.0; 11 * 40]);
    let mut x = Vec::new();
    let mut run = || {
        let f = |x: &[Scalar<f64>]| {
            let mut y = Scalar::from(1.0);
            for pair in x.windows(2) {
                y = tape.fuse([y, pair[0], pair[1]], |[y, a, b]| y + a * b.sin());
            }
            y * Scalar::dot(&x[..16], &x[16..32])
        };
        let value = tape.gradient_into(&point, f, &mut gradient);
        tape.scope(|| {
            tape.scalars_into(&point, &mut x);
            let y: [Scalar<f64>; 11] = std::array::from_fn(|k| x[k] * x[k + 1] / x[39 - k]);
            tape.jacobian_into(&y, &x, &mut jacobian);
            tape.jacobian_into(&y, &x[..4], &mut jacobian[..44]);
        });
        value
    };
    (0..WARM).for_each(|_| _ = run());
    let count = allocations(|| (0..MEASURED).for_each(|_| _ = run()));
    assert_eq!(count, 0);
}

/// An instruction of four inputs: 16 bytes and 12 an input, 4 less on a short tape, and an adjoint.
fn a_fused_statement_takes_12_or_16_bytes_and_12_an_input() {
    let tape = Tape::<f64>::new();
    fused_statements_take(&tape, 12 + 12 * 4);
    tape.zeros([8_192]);
    fused_statements_take(&tape, 16 + 12 * 4);
}

fn fused_statements_take(tape: &Tape<f64>, each: usize) {
    let [mut x, a, b, c] = [0.9, -0.1, 1.0, 0.05].map(|v| tape.scalar(v));
    let before = tape.stats();
    for _ in 0..1000 {
        x = tape.fuse([x, a, b, c], |[x, a, b, c]| x * x * a + b * x + c);
    }
    let after = tape.stats();
    let bytes = |stats: wengert::Stats| stats.value_bytes + stats.instruction_bytes + stats.statement_bytes;
    assert_eq!(bytes(after) - bytes(before), 1000 * each);
}

/// Frozen parameters: a sweep must tell their missing gradients from gradients of 0.
fn leaves_off_the_path_cost_no_allocation() {
    let tape = Tape::<f64>::new();
    let (x, _frozen, m) = (tape.scalar(1.0), tape.scalar(2.0), tape.leaf([1.0, 2.0]));
    let _element = m.at([0]);
    let run = || tape.scope(|| (x * x).backward());
    (0..WARM).for_each(|_| run());
    let count = allocations(|| (0..MEASURED).for_each(|_| run()));
    assert_eq!(count, 0);
}

fn views_elements_and_broadcasts_in_a_scope_allocate_nothing() {
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf(tape.randn([6, 7], 1)), tape.scalar(2.0));
    let run = || {
        tape.scope(|| {
            let y = x.t().slice(0, (.., -2)) * x.index_axis(1, 0) + s;
            let z = tape.stack(&[y.at([0, 0]), y.at([1, 1]) * s], 0);
            let loss = y.softmax(1).max_axes(0).sum() + z.logsumexp() + y.reshape([-1]).mean();
            loss.backward();
            x.with_grad(|grad| grad.sum())
        })
    };
    (0..WARM).for_each(|_| _ = run());
    let count = allocations(|| (0..MEASURED).for_each(|_| _ = run()));
    assert_eq!(count, 0);
}

fn a_hundred_thousand_scopes_allocate_a_few_times() {
    let tape = Tape::<f64>::new();
    let s = tape.scalar(1.0);
    let count = allocations(|| (0..100_000).for_each(|_| _ = tape.scope(|| (s * 2.0).value())));
    assert!(count < 60, "{count} allocations");
}

/// The process remembers whose tags were whose, up to 8192 blocks. When that list is full nothing grows.
fn fill_the_registry() {
    (0..20_000).for_each(|_| drop(Tape::<f64>::new()));
}

fn work(tape: &Tape<f64>) {
    let (x, s) = (tape.leaf(tape.randn([50, 40], 3)), tape.scalar(0.5));
    let loss = (x.matmul(x.t()).tanh() * s).sum() + tape.scope(|| x * s).sum() * s;
    loss.backward();
    let mut y = s;
    for _ in 0..2000 {
        y = y * s + 0.25;
    }
    y.backward();
    assert!(s.grad().unwrap().is_finite());
}

fn short_lived_threads_leave_no_memory_behind() {
    fill_the_registry();
    let thread = || std::thread::spawn(|| work(&Tape::new())).join().unwrap();
    (0..10).for_each(|_| thread());
    let before = live_bytes();
    (0..200).for_each(|_| thread());
    let grown = live_bytes() - before;
    assert!(grown.abs() <= 4096, "200 threads left {grown} bytes");
    // In waves that run at once.
    let wave = || {
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(|| work(&Tape::new()))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    };
    (0..10).for_each(|_| wave());
    Tape::<f64>::release_idle_memory();
    let before = live_bytes();
    (0..50).for_each(|_| wave());
    Tape::<f64>::release_idle_memory();
    let grown = live_bytes() - before;
    assert!(grown.abs() <= 4096, "50 waves of 4 threads left {grown} bytes");
}

fn a_tape_remade_a_thousand_times_does_not_grow() {
    fill_the_registry();
    let once = || work(&Tape::new());
    (0..5).for_each(|_| once());
    let before = live_bytes();
    (0..1000).for_each(|_| once());
    assert_eq!(live_bytes() - before, 0);
    // What is idle can be given back, and comes again.
    Tape::<f64>::release_idle_memory();
    assert!(live_bytes() < before);
    once();
    assert_eq!(live_bytes() - before, 0);
}

fn clear_keeps_memory_and_does_not_grow() {
    let tape = Tape::<f64>::new();
    let once = || {
        work(&tape);
        tape.clear();
    };
    (0..WARM).for_each(|_| once());
    let before = live_bytes();
    let reserved = tape.stats().reserved_bytes;
    (0..MEASURED).for_each(|_| once());
    assert_eq!((live_bytes() - before, tape.stats().reserved_bytes), (0, reserved));
}

fn inference_that_returns_numbers_keeps_every_byte() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(tape.randn([64, 64], 1));
    let predict = || tape.inference(|| w.matmul(w).tanh().softmax(1).max().item());
    (0..WARM).for_each(|_| _ = predict());
    let before = (tape.stats(), live_bytes());
    (0..MEASURED).for_each(|_| _ = predict());
    assert_eq!((tape.stats(), live_bytes()), before);
}

fn gradients_of_many_steps_take_no_more_than_those_of_one() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(tape.randn(1000, 1));
    let step = || {
        tape.scope(|| {
            // Leaves and retained values of the scope come and go.
            let x = tape.leaf(tape.randn(1000, 2));
            let y = w * x;
            y.retain_grad();
            y.sum().backward();
        })
    };
    (0..WARM).for_each(|_| step());
    let before = (tape.stats(), live_bytes());
    (0..MEASURED).for_each(|_| step());
    assert_eq!((tape.stats(), live_bytes()), before);
}

fn a_long_scalar_chain_takes_at_most_25_bytes_an_op() {
    let tape = Tape::<f64>::new();
    let s = tape.scalar(0.9);
    let mut y = s;
    const OPS: usize = 300_000;
    for _ in 0..OPS / 3 {
        y = (y * s).sin() + s;
    }
    y.backward();
    let stats = tape.stats();
    assert_eq!(stats.instructions, OPS);
    let bytes = stats.value_bytes + stats.instruction_bytes + 8 * stats.slots;
    let an_op = bytes as f64 / OPS as f64;
    assert!(an_op <= 25.0, "{an_op} bytes an op");
    // Adjoints lie parallel to the slots; their buffer is a power of two.
    assert_eq!(stats.adjoint_bytes / 8, stats.slots.next_power_of_two());
    assert_eq!(live(&tape).slots, OPS + 1);
}

/// What a list outgrows goes back to the system: it would be as much again as what the list holds.
fn a_tape_that_grew_holds_only_what_it_reserves() {
    Tape::<f64>::release_idle_memory();
    let before = live_bytes();
    let tape = Tape::<f64>::new();
    for _ in 0..1_000 {
        tape.zeros([1_000]);
    }
    let stats = tape.stats();
    assert!(stats.value_bytes == 8_000_000 && stats.reserved_bytes > stats.value_bytes);
    let held = live_bytes() - before;
    let most = (stats.reserved_bytes + stats.table_bytes) as isize + 64 * 1024;
    assert!(held <= most, "{held} bytes are held, {most} at most are reserved or the tables'");
}

fn main() {
    let tests: [(&str, fn()); 17] = [
        ("a_training_step_allocates_nothing, f64", a_training_step_allocates_nothing::<f64>),
        ("a_training_step_allocates_nothing, f32", a_training_step_allocates_nothing::<f32>),
        (
            "a_scalar_chain_in_a_scope_allocates_nothing, f64",
            a_scalar_chain_in_a_scope_allocates_nothing::<f64>,
        ),
        (
            "a_scalar_chain_in_a_scope_allocates_nothing, f32",
            a_scalar_chain_in_a_scope_allocates_nothing::<f32>,
        ),
        (
            "gradients_and_jacobians_of_scalars_allocate_nothing",
            gradients_and_jacobians_of_scalars_allocate_nothing,
        ),
        (
            "a_fused_statement_takes_12_or_16_bytes_and_12_an_input",
            a_fused_statement_takes_12_or_16_bytes_and_12_an_input,
        ),
        ("a_tape_that_grew_holds_only_what_it_reserves", a_tape_that_grew_holds_only_what_it_reserves),
        ("leaves_off_the_path_cost_no_allocation", leaves_off_the_path_cost_no_allocation),
        (
            "views_elements_and_broadcasts_in_a_scope_allocate_nothing",
            views_elements_and_broadcasts_in_a_scope_allocate_nothing,
        ),
        ("a_hundred_thousand_scopes_allocate_a_few_times", a_hundred_thousand_scopes_allocate_a_few_times),
        ("short_lived_threads_leave_no_memory_behind", short_lived_threads_leave_no_memory_behind),
        ("a_tape_remade_a_thousand_times_does_not_grow", a_tape_remade_a_thousand_times_does_not_grow),
        ("clear_keeps_memory_and_does_not_grow", clear_keeps_memory_and_does_not_grow),
        ("inference_that_returns_numbers_keeps_every_byte", inference_that_returns_numbers_keeps_every_byte),
        (
            "gradients_of_many_steps_take_no_more_than_those_of_one",
            gradients_of_many_steps_take_no_more_than_those_of_one,
        ),
        (
            "a_long_scalar_chain_takes_at_most_25_bytes_an_op",
            a_long_scalar_chain_takes_at_most_25_bytes_an_op,
        ),
        ("the_counters_count", || {
            let count = allocations(|| drop(std::hint::black_box(vec![1u8; 100])));
            assert_eq!(count, 1);
        }),
    ];
    let filter = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let mut failed = 0;
    for (name, test) in tests {
        if filter.as_ref().is_some_and(|filter| !name.contains(filter.as_str())) {
            continue;
        }
        let outcome = std::panic::catch_unwind(test);
        println!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" });
        failed += usize::from(outcome.is_err());
    }
    assert_eq!(failed, 0, "{failed} tests failed");
}
