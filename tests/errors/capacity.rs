//! Shapes too large for any memory: errors, and no panic of another kind.

use wengert::{Error, Tape};
use wengert_tests::{live, panic_text, still_works};

const HALF: usize = usize::MAX / 2;

#[test]
fn a_shape_whose_elements_cannot_be_counted_is_refused() {
    let tape = Tape::<f64>::new();
    let before = live(&tape);
    assert!(tape.try_constant((Vec::new(), [HALF, 4])).is_err());
    assert!(tape.try_leaf((vec![1.0], [HALF, 4])).is_err());
    assert!(tape.try_leaf((vec![1.0], [HALF, 4, 0])).is_err());
    // More than memory can be addressed with.
    let text = panic_text(|| tape.zeros([1usize << 60]));
    assert!(text.starts_with("zeros: the tape is full: at most "), "{text}");
    let text = panic_text(|| tape.zeros([HALF, 4]));
    assert!(text.starts_with("zeros: "), "{text}");
    assert_eq!(live(&tape), before);
    still_works(&tape);
}

/// A shape that overflows is too large, not one whose extent is missing.
#[test]
fn a_shape_that_overflows_is_said_to_be_too_large() {
    let tape = Tape::<f64>::new();
    let text = panic_text(|| tape.zeros([HALF, 4]));
    assert!(text.starts_with("zeros: the tape is full: at most "), "{text}");
    let error = tape.try_constant((Vec::new(), [HALF, 4])).unwrap_err();
    assert!(matches!(error, Error::Capacity { .. } | Error::Length { .. }), "{error}");
}

/// No elements, however large another extent: but as in ndarray, the extents that are not 0 must multiply to what
/// memory can be addressed with.
#[test]
fn an_empty_tensor_has_extents_that_can_be_addressed() {
    let tape = Tape::<f64>::new();
    let x = tape.zeros([0, HALF]);
    assert_eq!((x.len(), x.to_vec(), x.with(|view| view.len())), (0, vec![], 0));
    let y = tape.leaf((vec![], [HALF, 0]));
    (y.t() * 2.0).sum().backward();
    for error in [y.try_reshape([0, HALF, 4]).unwrap_err(), x.try_mul(tape.ones([4, 1, 1])).unwrap_err()] {
        assert!(matches!(error, Error::Capacity { .. }), "{error}");
    }
    still_works(&tape);
}

#[test]
fn views_too_large_to_be_counted_are_refused_where_they_are_made_or_used() {
    let tape = Tape::<f64>::new();
    let one = tape.leaf(1.0);
    assert!(one.try_expand([HALF, 4]).is_err());
    let wide = one.expand([1usize << 40]);
    assert_eq!(wide.len(), 1 << 40);
    let before = live(&tape);
    // 2^80 elements.
    assert!(wide.try_mul(wide.unsqueeze(1)).is_err());
    assert!(wide.unsqueeze(1).try_matmul(wide.unsqueeze(0)).is_err());
    let half = one.expand([HALF]);
    assert!(tape.try_cat(&[half, half, half], 0).is_err());
    assert!(tape.try_stack(&[half; 4], 0).is_err());
    assert!(half.try_exp().is_err());
    assert_eq!((live(&tape).instructions, live(&tape).slots), (before.instructions, before.slots));
    still_works(&tape);
}

#[test]
fn steps_and_ends_of_slices_may_be_any_integer() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    for axis in [0, 1] {
        let first = x.index_axis(axis, 0).to_vec();
        let last = x.index_axis(axis, -1).to_vec();
        assert_eq!(x.slice(axis, (.., isize::MAX)).to_vec(), first);
        assert_eq!(x.slice(axis, (.., isize::MIN)).to_vec(), last);
    }
    assert_eq!(x.slice(1, isize::MIN..isize::MAX).len(), 6);
    assert_eq!(x.slice(1, 0..=isize::MAX).len(), 6);
    assert_eq!(x.slice(1, ..=isize::MAX).len(), 6);
    assert_eq!(x.slice(1, isize::MAX..).len(), 0);
    // An unsigned end is never counted from the end.
    assert_eq!(x.slice(1, 0..usize::MAX).len(), 6);
    assert_eq!(x.slice(1, 0..=usize::MAX).len(), 6);
    assert_eq!(x.slice(1, ..usize::MAX - 1).len(), 6);
    still_works(&tape);
}

#[test]
fn unsigned_numbers_are_never_negative_axes_or_extents() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    assert!(x.try_sum_axes(usize::MAX).is_err());
    assert!(x.try_reshape([usize::MAX]).is_err());
    assert!(x.try_at([usize::MAX]).is_err());
    still_works(&tape);
}

#[test]
fn a_tape_with_more_room_than_memory_is_refused_by_an_error() {
    for (slots, instructions) in [(usize::MAX, 0), (0, usize::MAX), (1 << 62, 1 << 62)] {
        let text = panic_text(|| Tape::<f64>::with_capacity(slots, instructions));
        assert!(text.contains("the tape is full: at most ") || text.contains("no memory for "), "{text}");
        assert!(text.ends_with("\n  help: ask for fewer"), "{text}");
    }
}
