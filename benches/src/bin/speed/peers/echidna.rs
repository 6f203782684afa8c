//! `echidna`: a tape of statements with partials, after Adept, and a tape of opcodes that can be played again; and duals with several
//! tangents.

use std::hint::black_box;

use adbench::ba::{BLOCK, Bundle};
use echidna::tape::{Tape, TapeGuard};
use echidna::{BReverse, BytecodeTape, DualVec, Reverse};
use num_traits::Float;

use crate::benchmark::{by_observation, reprojection, weight_error};
use crate::measure::Way;
use crate::programs::{Number, Program};

const NAME: &str = "echidna";

/// [`Number`] of a type of this crate.
macro_rules! number {
    ($type:ident) => {
        with_plain_operands!();
        with_functions_of!(Float);
        #[inline(always)]
        fn constant(c: f64) -> Self {
            $type::constant(c)
        }
        #[inline(always)]
        fn to_plain(self) -> f64 {
            echidna::Scalar::value(&self)
        }
        #[inline(always)]
        fn powf(self, n: f64) -> Self {
            Float::powf(self, $type::constant(n))
        }
        #[inline(always)]
        fn recip(self) -> Self {
            Float::recip(self)
        }
    };
}

impl Number for Reverse<f64> {
    number!(Reverse);
}

impl Number for BReverse<f64> {
    number!(BReverse);
}

impl<const N: usize> Number for DualVec<f64, N> {
    number!(DualVec);
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
    .reverse(NAME)
}

/// The tape of opcodes, recorded at every run, as a program with branches must. There is no way to clear one.
pub fn recorded<P: Program>(program: &P) -> Way<'_> {
    Way::gradient("echidna, bytecode, recorded", move |gradient| {
        let (tape, value) = echidna::record(|x| program.value(x), black_box(program.inputs()));
        let adjoints = tape.reverse(tape.all_output_indices()[0]);
        gradient.copy_from_slice(&adjoints[..gradient.len()]);
        value
    })
    .reverse(NAME)
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
    .reverse(NAME)
}

/// The tape of statements, cleared for every observation.
pub fn bundle_by_statements(bundle: &Bundle) -> Way<'_> {
    let mut tape = Tape::<f64>::new();
    by_observation("echidna, statements", bundle, move |block, feature, fill| {
        tape.clear();
        let x = block.map(|x| {
            let (index, value) = tape.new_variable(x);
            Reverse::from_tape(value, index)
        });
        let error = {
            let _active = TapeGuard::new(&mut tape);
            weight_error(x[BLOCK - 1])
        };
        *fill.weight_error = error.to_plain();
        *fill.weight = tape.reverse(error.index())[BLOCK - 1];
        let errors = {
            let _active = TapeGuard::new(&mut tape);
            reprojection(&x, feature)
        };
        for (row, error) in fill.rows.iter_mut().zip(&errors) {
            row.copy_from_slice(&tape.reverse(error.index())[..BLOCK]);
        }
        *fill.error = errors.map(Number::to_plain);
    })
    .reverse(NAME)
}

/// A tape of opcodes with the errors of an observation and of its weight.
fn record(block: &[f64; BLOCK], feature: [f64; 2]) -> BytecodeTape<f64> {
    let errors = |x: &[BReverse<f64>]| {
        let [first, second] = reprojection(x, feature);
        vec![first, second, weight_error(x[BLOCK - 1])]
    };
    echidna::record_multi(errors, block).0
}

/// The three errors that are on a tape.
fn outputs(tape: &BytecodeTape<f64>) -> [f64; 3] {
    let at = tape.all_output_indices();
    [0, 1, 2].map(|i| tape.values_slice()[at[i] as usize])
}

/// The tape of opcodes, recorded for every observation.
pub fn bundle_recorded(bundle: &Bundle) -> Way<'_> {
    by_observation("echidna, bytecode, recorded", bundle, |block, feature, fill| {
        let tape = record(block, feature);
        let at = tape.all_output_indices();
        for (row, &at) in fill.rows.iter_mut().zip(at) {
            row.copy_from_slice(&tape.reverse(at)[..BLOCK]);
        }
        *fill.weight = tape.reverse(at[2])[BLOCK - 1];
        let [first, second, weight] = outputs(&tape);
        (*fill.error, *fill.weight_error) = ([first, second], weight);
    })
    .reverse(NAME)
}

/// The tape of opcodes, recorded and optimised once for cameras that are turned and once for those that are not, since the
/// rotation has a branch; then played again. What changes from run to run must be an input, and a feature is none: it is taken off the
/// principal point, which it meets in a difference.
pub fn bundle_replayed(bundle: &Bundle) -> Way<'_> {
    let mut tapes: [Option<BytecodeTape<f64>>; 2] = [None, None];
    by_observation("echidna, bytecode, replayed", bundle, move |block, feature, fill| {
        let is_turned = block[..3].iter().any(|&r| r != 0.0);
        let tape = tapes[usize::from(is_turned)].get_or_insert_with(|| {
            let mut tape = record(block, [0.0; 2]);
            tape.optimize();
            tape
        });
        let mut block = *block;
        block[7..9].iter_mut().zip(feature).for_each(|(principal, feature)| *principal -= feature);
        let rows = tape.jacobian(&block);
        for (row, found) in fill.rows.iter_mut().zip(&rows) {
            row.copy_from_slice(found);
        }
        *fill.weight = rows[2][BLOCK - 1];
        let [first, second, weight] = outputs(tape);
        (*fill.error, *fill.weight_error) = ([first, second], weight);
    })
    .reverse(NAME)
}

/// One pass an observation, without a tape.
pub fn bundle_by_duals(bundle: &Bundle) -> Way<'_> {
    by_observation("echidna, 15 tangents", bundle, |block, feature, fill| {
        let x: [_; BLOCK] = std::array::from_fn(|i| DualVec::<f64, BLOCK>::with_tangent(block[i], i));
        let errors = reprojection(&x, feature);
        *fill.rows = errors.map(|error| error.eps);
        *fill.error = errors.map(|error| error.re);
        let error = weight_error(DualVec::<f64, 1>::with_tangent(block[BLOCK - 1], 0));
        (*fill.weight_error, *fill.weight) = (error.re, error.eps[0]);
    })
    .forward(NAME)
}
