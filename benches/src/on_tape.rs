//! A program on a tape, ready to run a step at a time.

use std::hint::black_box;

use wengert::{Element, Escape, Stats, Tape};

/// A tape and a program that records on it and sweeps. Each step runs in a scope, so that it reuses the memory of
/// the step before.
///
/// ```
/// use wengert_benches::OnTape;
/// let mut square = OnTape::new(|tape| {
///     let x = tape.scalar(3.0);
///     move |tape: &wengert::Tape<f64>| {
///         tape.zero_grad();
///         (x * x).backward();
///         x
///     }
/// });
/// square.step();
/// assert_eq!(square.read(|x| x.grad()), Some(6.0));
/// ```
pub struct OnTape<T: Element, P> {
    tape: Tape<T>,
    program: P,
}

impl<T: Element, L, P: FnMut(&Tape<T>) -> L> OnTape<T, P> {
    /// `prepare` makes what lives outside the scope, and answers the program. What dropped tapes left is freed, so
    /// that bytes do not depend on what ran before.
    pub fn new(prepare: impl FnOnce(&Tape<T>) -> P) -> OnTape<T, P> {
        Tape::<T>::release_idle_memory();
        let tape = Tape::new();
        let program = prepare(&tape);
        OnTape { tape, program }
    }

    /// Runs the program once.
    #[inline]
    pub fn step(&mut self) {
        let OnTape { tape, program } = self;
        tape.scope(|| {
            black_box(program(tape));
        });
    }

    /// Runs the program once, and reads from what it answers before the scope ends.
    pub fn read<R: Escape>(&mut self, read: impl FnOnce(L) -> R) -> R {
        let OnTape { tape, program } = self;
        tape.scope(|| read(program(tape)))
    }

    /// Bytes that one step uses: a value and an instruction for what it recorded, an adjoint for every slot that the
    /// sweep passed, and what the tape holds for gradients and for its tables of tensors.
    pub fn bytes(&mut self) -> usize {
        let before = self.tape.stats();
        let mut after = Stats::default();
        let OnTape { tape, program } = self;
        tape.scope(|| {
            black_box(program(tape));
            after = tape.stats();
        });
        let adjoints = if after.adjoint_bytes > 0 { after.slots * size_of::<T>() } else { 0 };
        let recorded = |stats: &Stats| stats.value_bytes + stats.instruction_bytes;
        recorded(&after) - recorded(&before) + adjoints + after.gradient_bytes + after.table_bytes
    }

    /// The tape.
    pub fn tape(&self) -> &Tape<T> {
        &self.tape
    }
}
