//! `echidna`: a tape of statements with partials, after Adept, and a tape of opcodes that can be played again.

use std::hint::black_box;

use crate::programs::{Number, Program};
use echidna::{BReverse, Reverse};
use num_traits::Float;

use crate::measure::Way;

impl Number for Reverse<f64> {
    with_plain_operands!();
    with_functions_of!(Float);
    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        Float::powf(self, Reverse::constant(n))
    }
}

impl Number for BReverse<f64> {
    with_plain_operands!();
    with_functions_of!(Float);
    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        Float::powf(self, BReverse::constant(n))
    }
}

/// The tape of statements: `grad` takes it from a pool of the thread and gives it back.
pub fn statements<P: Program>(program: &P) -> Way<'_> {
    Way::gradient("echidna, `grad`", move |gradient| {
        let mut value = f64::NAN;
        let program_of = |x: &[Reverse<f64>]| {
            let y = program.value(x);
            value = echidna::Scalar::value(&y);
            y
        };
        gradient.copy_from_slice(&echidna::grad(program_of, black_box(program.inputs())));
        value
    })
}

/// The tape of opcodes, recorded at every run, as a program with branches must. There is no way to clear one.
pub fn recorded<P: Program>(program: &P) -> Way<'_> {
    Way::gradient("echidna, bytecode, recorded", move |gradient| {
        let (tape, value) = echidna::record(|x| program.value(x), black_box(program.inputs()));
        let adjoints = tape.reverse(tape.all_output_indices()[0]);
        gradient.copy_from_slice(&adjoints[..gradient.len()]);
        value
    })
}

/// The tape of opcodes, recorded and optimised once, before anything is timed, and then played again: for programs whose
/// branches all go one way.
pub fn replayed<P: Program>(program: &P) -> Way<'_> {
    let (mut tape, _) = echidna::record(|x| program.value(x), program.inputs());
    tape.optimize();
    let mut adjoints = Vec::new();
    Way::gradient("echidna, bytecode, replayed", move |gradient| {
        gradient.copy_from_slice(&tape.gradient_with_buf(black_box(program.inputs()), &mut adjoints));
        tape.output_value()
    })
}
