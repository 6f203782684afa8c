//! LSTM: every way of differentiating against the others, differences, and the benchmark's values.

mod common;

use adbench::lstm::{generate, read};

const SIZES: [[usize; 3]; 4] = [[2, 9, 3], [1, 5, 4], [3, 2, 2], [1, 2, 1]];

#[test]
fn all_ways_agree() {
    for (seed, [a, b, c]) in (0..).zip(SIZES) {
        common::all_ways_agree(&format!("sizes {:?}", [a, b, c]), &generate(seed, a, b, c));
    }
}

#[test]
fn by_hand_is_what_differences_say() {
    for (seed, [a, b, c]) in (0..).zip(SIZES) {
        let what = format!("sizes {:?}", [a, b, c]);
        common::by_hand_is_what_differences_say(&what, &generate(seed, a, b, c));
    }
}

#[test]
fn the_tape_does_not_grow() {
    common::no_tape_grows(&generate(3, 2, 6, 3));
}

#[test]
fn the_benchmarks_values_are_met() {
    common::the_benchmarks_values_are_met("lstm", read);
}
