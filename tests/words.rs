//! Instructions take 4 bytes while a tape is short, and 8 from where an operand may need more. Nothing else changes with that.

use wengert::{Scalar, Tape};
use wengert_tests::{grad, live, still_works};

/// How many slots instructions of 4 bytes can name.
const SHORT: usize = 1 << 13;

/// Forms of instructions: of two scalars, with a constant on either side, of one, fused of few inputs, of tensors, in a scope,
/// after a pause. Answers values and gradients.
fn program(tape: &Tape<f64>) -> Vec<f64> {
    let [x, y] = [0.7, 1.3].map(|value| tape.scalar(value));
    let t = tape.leaf([[0.5, -1.5], [2.5, 0.25]]);
    let mut z = x * y - 2.0 / x + y * 3.0;
    z = tape.fuse([x, z], |[x, z]| x.sin() * z);
    z += tape.no_grad(|| x.exp() * y).value() * y.powf(x) - z.atan2(y);
    let inner = tape.scope(|| {
        let root = x * x.tanh() + (t * x).at([0, 1]) * y;
        root.backward();
        root.value()
    });
    z = tape.fuse([x, y, z], |[x, y, z]| x * y + z) + 1.5 - Scalar::dot(&[x, z], &[y, y]);
    let s = (t.matmul(t.t()) * z).sigmoid().sum() + t.at([1, 0]) * z;
    s.backward();
    z.backward();
    let mut answers = vec![s.item(), z.value(), inner, x.grad().unwrap(), y.grad().unwrap()];
    answers.extend(grad(t).unwrap());
    answers
}

/// What the program of a tape says after `before` slots: its lines, without the source, and its answers.
fn after(tape: &Tape<f64>, before: usize) -> (Vec<String>, Vec<f64>) {
    tape.zeros([before]);
    let answers = program(tape);
    let dump = tape.dump();
    let lines = dump.lines().map(|line| line.split(" @ ").next().unwrap().to_owned());
    (lines.collect(), answers)
}

#[test]
fn instructions_may_become_longer_anywhere_in_a_program() {
    let short = Tape::new();
    let (_, expected) = after(&short, 0);
    let (words, slots) = (live(&short).words, live(&short).slots);
    assert!(words > 20);
    let mut lengths = Vec::new();
    for before in SHORT - slots..=SHORT {
        // One whose instructions are long from the start, and one where they become so in the middle.
        let (long, other) = (Tape::with_capacity(2 * SHORT, 0), Tape::new());
        let (lines, answers) = after(&long, before);
        assert_eq!(answers, expected, "after {before} slots");
        assert_eq!(after(&other, before), (lines, answers), "after {before} slots");
        assert_eq!([&long, &other].map(|tape| live(tape).words), [words; 2], "after {before} slots");
        lengths.push([&long, &other].map(|tape| tape.stats().instruction_size));
    }
    // From some place on.
    assert_eq!((lengths[0], lengths[slots]), ([8, 4], [8, 8]));
    assert!(lengths.is_sorted(), "{lengths:?}");
}

/// A scope that is rewound below where they became longer, and a tape that is cleared.
#[test]
fn they_stay_long_until_the_tape_is_cleared() {
    let tape = Tape::<f64>::new();
    for _ in 0..3 {
        let x = tape.scalar(2.0);
        let width = || tape.stats().instruction_size;
        assert_eq!(((x * x).value(), width()), (4.0, 4));
        tape.scope(|| {
            let sum = (0..SHORT).fold(x, |sum, _| sum + x);
            assert_eq!(width(), 8);
            sum.backward();
        });
        assert_eq!((x.grad(), width()), (Some(SHORT as f64 + 1.0), 8));
        (x * x).backward();
        assert_eq!(x.grad(), Some(SHORT as f64 + 5.0));
        tape.clear();
    }
    still_works(&tape);
}

/// Whose payload starts further on than a word of 4 bytes can say beside the counts of operands and results.
#[test]
fn a_fused_instruction_of_many_inputs_or_results_makes_them_long() {
    let tape = Tape::<f64>::new();
    let [x, y] = [2.0, 3.0].map(|value| tape.scalar(value));
    let before = x * y;
    let sums: Vec<_> = (1..=20).map(|count| Scalar::dot(&vec![x; count], &vec![y; count])).collect();
    assert_eq!(tape.stats().instruction_bytes, 8 * 22);
    let [p, q] = tape.fuse([x, y], |[x, y]| [x * y, x / y]);
    let root = sums.into_iter().sum::<Scalar<f64>>() + before + p - q;
    root.backward();
    // 1 + 2 + .. + 20 products, two more, and the quotient.
    assert_eq!((x.grad(), y.grad()), (Some(212.0 * 3.0 - 1.0 / 3.0), Some(212.0 * 2.0 + 2.0 / 9.0)));
}

/// What a program reserves does not grow when it runs again on what the run before left.
#[test]
fn a_tape_that_became_long_again_and_again_does_not_grow() {
    let tape = Tape::<f64>::new();
    let reserved: Vec<_> = (0..6)
        .map(|_| {
            let x = tape.scalar(0.5);
            (0..3 * SHORT).fold(x, |y, _| y * x).backward();
            tape.clear();
            tape.stats().reserved_bytes
        })
        .collect();
    assert_eq!(reserved, [reserved[0]; 6]);
}
