//! Shapes, axes, indices and classes that do not fit.

use wengert::{Attention, Mask, Tape};
use wengert_tests::panic_text;

use crate::refuse;

#[test]
fn shapes_that_do_not_broadcast() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([[1.0, 2.0, 3.0]]));
    let help =
        "\n  help: axes are matched from the last one backward; equal extents match, and 1 matches any";
    refuse!(
        tape,
        x.try_mul(y),
        &format!("mul: shapes do not broadcast: lhs is [2, 2], rhs is [1, 3] (2 != 3){{at}}{help}")
    );
    refuse!(
        tape,
        y.try_pow(x),
        &format!("pow: shapes do not broadcast: lhs is [1, 3], rhs is [2, 2] (3 != 2){{at}}{help}")
    );
    let (none, two) = (tape.leaf(Vec::<f64>::new()), tape.leaf([1.0, 2.0]));
    refuse!(
        tape,
        none.try_add(two),
        &format!("add: shapes do not broadcast: lhs is [0], rhs is [2] (0 != 2){{at}}{help}")
    );
    let (a, b) = (tape.leaf(tape.zeros([2, 3, 4])), tape.leaf(tape.zeros([3, 4, 5])));
    refuse!(
        tape,
        a.try_matmul(b),
        &format!("matmul: shapes do not broadcast: lhs is [2, 3, 4], rhs is [3, 4, 5] (2 != 3){{at}}{help}")
    );
}

#[test]
fn masks_are_called_masks() {
    let tape = Tape::<f64>::new();
    let (x, two) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([1.0, 2.0]));
    let (q, mask) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), Mask::from([true, false]));
    let differ = |op: &str, facts: &str| {
        format!(
            "{op}: shapes do not broadcast: {facts}{{at}}\n  help: axes are matched from the last one backward; equal extents match, and 1 matches any"
        )
    };
    let mask_and_lhs = "mask is [2], lhs is [3] (2 != 3)";
    refuse!(tape, x.try_where_(&mask, 0.0), &differ("where", mask_and_lhs));
    refuse!(tape, two.try_where_(&mask, x), &differ("where", "mask is [2], rhs is [3] (2 != 3)"));
    refuse!(tape, mask.try_select(x, two), &differ("where", mask_and_lhs));
    refuse!(tape, Mask::from(true).try_select(x, two), &differ("where", "lhs is [3], rhs is [2] (3 != 2)"));
    refuse!(tape, x.try_masked_fill(&mask, 0.0), &differ("masked_fill", mask_and_lhs));
    refuse!(tape, x.try_masked_select(&mask), &differ("masked_select", "lhs is [3], mask is [2] (3 != 2)"));
    let attention = Attention { mask: Some(Mask::from([true, false, true]).into()), ..Default::default() };
    refuse!(
        tape,
        q.try_scaled_dot_product_attention(q, q, &attention),
        &differ("scaled_dot_product_attention", "mask is [3], the table of scores is [2, 2] (3 != 2)")
    );
    let text = panic_text(|| &mask & &Mask::from([true, false, true]));
    assert!(
        text.starts_with("and: shapes do not broadcast: lhs mask is [2], rhs mask is [3] (2 != 3)\n"),
        "{text}"
    );
}

#[test]
fn shapes_that_do_not_expand() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0]]);
    let help = "\n  help: only axes of extent 1 expand; give them one with `.unsqueeze(axis)`";
    refuse!(tape, x.try_expand([2, 4]), &format!("expand: [1, 3] does not expand to [2, 4]{{at}}{help}"));
    refuse!(tape, x.try_expand([3]), &format!("expand: [1, 3] does not expand to [3]{{at}}{help}"));
    refuse!(tape, x.try_expand([0, 0]), &format!("expand: [1, 3] does not expand to [0, 0]{{at}}{help}"));
    refuse!(
        tape,
        x.try_broadcast_to([7]),
        &format!("broadcast_to: [1, 3] does not expand to [7]{{at}}{help}")
    );
}

#[test]
fn inner_dimensions_that_differ() {
    let tape = Tape::<f64>::new();
    let (x, w, v) =
        (tape.leaf(tape.zeros([32, 10])), tape.leaf(tape.zeros([12, 4])), tape.leaf(tape.zeros(3)));
    let help = "\n  help: transpose an operand with `.t()`, or check the width of the layer that made rhs";
    refuse!(
        tape,
        x.try_matmul(w),
        &format!("matmul: inner dimensions differ: lhs is [32, 10], rhs is [12, 4] (10 != 12){{at}}{help}")
    );
    refuse!(
        tape,
        x.try_matmul(v),
        &format!("matmul: inner dimensions differ: lhs is [32, 10], rhs is [3] (10 != 3){{at}}{help}")
    );
    refuse!(
        tape,
        v.try_matmul(w),
        &format!("matmul: inner dimensions differ: lhs is [3], rhs is [12, 4] (3 != 12){{at}}{help}")
    );
}

#[test]
fn ranks() {
    let tape = Tape::<f64>::new();
    let (x, one) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf(1.0));
    refuse!(
        tape,
        one.try_matmul(x),
        "matmul: an operand needs rank 1 or more, and the shape is []{at}\n  help: multiply by a number with `*`"
    );
    refuse!(
        tape,
        x.try_matmul(one),
        "matmul: an operand needs rank 1 or more, and the shape is []{at}\n  help: multiply by a number with `*`"
    );
    let text = |op, help| {
        let says = "the right-hand side needs rank 2 or more, and the shape is [2]";
        format!("{op}: {says}{{at}}\n  help: make a vector {help}")
    };
    let (column, row) = ("a column with `.unsqueeze(1)`", "a row with `.unsqueeze(0)`");
    let v = tape.leaf([1.0, 2.0]);
    refuse!(tape, x.try_solve_triangular(v, true), &text("solve_triangular", column));
    refuse!(tape, x.try_solve_triangular_with(v, true, false, false), &text("solve_triangular", row));
    refuse!(tape, v.try_cholesky_solve(x), &text("cholesky_solve", column));
    refuse!(
        tape,
        x.try_item(),
        "item: one number needs rank 0, or one element, and the shape is [2, 2]{at}\n  help: reduce it with `.sum()`, index it with `.at([...])`, or read all with `.value()`"
    );
    refuse!(
        tape,
        x.try_at([0]),
        "at: such an index needs rank 1, and the shape is [2, 2]{at}\n  help: give one index for each axis"
    );
    refuse!(
        tape,
        x.try_permute([1]),
        "permute: the order names 1 of the 2 axes of the shape [2, 2]{at}\n  help: name every axis once"
    );
    refuse!(
        tape,
        one.try_nll_loss([0]),
        "nll_loss: the table of scores needs rank 1 or more, and the shape is []{at}\n  help: give one row of scores for each class index"
    );
}

#[test]
fn shapes_that_must_be_equal() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([[1.0, 2.0, 3.0]]));
    refuse!(
        tape,
        x.try_set_value([1.0, 2.0]),
        "set_value: shapes differ: the tensor is [2, 2], the value is [2]{at}\n  help: a value written in place has the shape of what it replaces"
    );
    refuse!(
        tape,
        x.try_set_value(y),
        "set_value: shapes differ: the tensor is [2, 2], the value is [1, 3]{at}\n  help: a value written in place has the shape of what it replaces"
    );
    let help = "\n  help: all extents but the one of the joined axis are equal";
    refuse!(
        tape,
        tape.try_cat(&[x, y], 0),
        &format!("cat: shapes differ: the first part is [2, 2], another is [1, 3]{{at}}{help}")
    );
    refuse!(
        tape,
        x.try_nll_loss([0]),
        "nll_loss: shapes differ: the shape of the rows is [2], the list of classes is [1]{at}\n  help: classes run along the last axis: give one index for each row of scores"
    );
    assert_eq!(x.to_vec(), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn parts_of_a_stack_that_differ_are_named_by_their_own_shapes() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
    let help = "\n  help: the parts of a stack have one shape";
    refuse!(
        tape,
        tape.try_stack(&[x, y], 0),
        &format!("stack: shapes differ: the first part is [2], another is [3]{{at}}{help}")
    );
}

#[test]
fn a_stack_that_is_refused_leaves_no_slots_of_its_numbers() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let before = wengert_tests::live(&tape);
    let parts: [wengert::Operand<f64>; 3] = [1.0.into(), 2.0.into(), x.into()];
    assert!(tape.try_stack(&parts, 0).is_err());
    assert_eq!(wengert_tests::live(&tape), before);
    assert!(tape.try_stack(&[1.0, 2.0], 5).is_err());
    assert_eq!(wengert_tests::live(&tape), before);
}

#[test]
fn lengths_and_shapes_to_infer() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let help = "\n  help: the extents of the shape must multiply to the number of elements";
    refuse!(
        tape,
        tape.try_leaf((vec![1.0, 2.0, 3.0], [2, 2])),
        &format!("leaf: 3 elements do not fill the shape [2, 2], which has 4{{at}}{help}")
    );
    refuse!(
        tape,
        tape.try_constant(([1.0, 2.0], [3])),
        &format!("constant: 2 elements do not fill the shape [3], which has 3{{at}}{help}")
    );
    refuse!(
        tape,
        x.try_reshape([4]),
        &format!("reshape: 6 elements do not fill the shape [4], which has 4{{at}}{help}")
    );
    let help = "\n  help: one extent may be -1, and the others must divide the number of elements";
    refuse!(
        tape,
        x.try_reshape([4, -1]),
        &format!("reshape: the shape [4, -1] cannot be inferred for 6 elements{{at}}{help}")
    );
    refuse!(
        tape,
        x.try_reshape([-1, -1]),
        &format!("reshape: the shape [-1, -1] cannot be inferred for 6 elements{{at}}{help}")
    );
    refuse!(
        tape,
        x.try_reshape([-2, 3]),
        &format!("reshape: the shape [-2, 3] cannot be inferred for 6 elements{{at}}{help}")
    );
    refuse!(
        tape,
        x.try_reshape([0, -1]),
        &format!("reshape: the shape [0, -1] cannot be inferred for 6 elements{{at}}{help}")
    );
    refuse!(
        tape,
        tape.try_leaf((vec![1.0, 2.0], [-1, 4])),
        &format!("leaf: the shape [-1, 4] cannot be inferred for 2 elements{{at}}{help}")
    );
}

#[test]
fn axes_out_of_range_and_named_twice() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let text = |op: &str, axis: isize| {
        format!(
            "{op}: axis {axis} is out of range for the shape [2, 2] of rank 2{{at}}\n  help: axes run from 0 to the rank less one, or backward from -1"
        )
    };
    refuse!(tape, x.try_sum_axes(2), &text("sum", 2));
    refuse!(tape, x.try_mean_keepdims([0, -3]), &text("mean", -3));
    refuse!(tape, x.try_transpose(0, 5), &text("transpose", 5));
    refuse!(tape, x.try_permute([0, 2]), &text("permute", 2));
    refuse!(tape, x.try_softmax(-3), &text("softmax", -3));
    refuse!(tape, x.try_log_softmax(2), &text("log_softmax", 2));
    refuse!(tape, x.try_slice(2, ..), &text("slice", 2));
    refuse!(tape, x.try_index_axis(2, 0), &text("index_axis", 2));
    refuse!(tape, x.try_flip(2), &text("flip", 2));
    refuse!(tape, x.try_squeeze_axes(isize::MAX), &text("squeeze_axes", isize::MAX));
    refuse!(tape, x.try_sum_axes(isize::MIN), &text("sum", isize::MIN));
    refuse!(tape, tape.try_cat(&[x, x], 2), &text("cat", 2));
    let one = tape.leaf(1.0);
    refuse!(
        tape,
        one.try_sum_axes(1),
        "sum: axis 1 is out of range for the shape [] of rank 0{at}\n  help: axes run from 0 to the rank less one, or backward from -1"
    );

    let twice = |op: &str, axis: usize| {
        format!("{op}: axis {axis} is named twice{{at}}\n  help: name each axis once")
    };
    refuse!(tape, x.try_sum_axes([1, -1]), &twice("sum", 1));
    refuse!(tape, x.try_flip([0, 0]), &twice("flip", 0));
    refuse!(tape, x.try_permute([0, 0]), &twice("permute", 0));
    refuse!(tape, x.try_squeeze_axes([1, 1]), &twice("squeeze_axes", 1));
}

#[test]
fn a_new_axis_is_out_of_range_of_the_tensors_own_shape() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let starts = |error: wengert::Error, op: &str| {
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("{op}: axis 4 is out of range for the shape [2, 2] of rank 2")),
            "{text}"
        );
    };
    starts(x.try_unsqueeze(4).unwrap_err(), "unsqueeze");
    starts(tape.try_stack(&[x, x], 4).unwrap_err(), "stack");
}

#[test]
fn indices_steps_and_classes() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]]);
    let text = |op: &str, index: isize, axis: usize, extent: usize| {
        format!(
            "{op}: index {index} is out of range for axis {axis} of extent {extent}{{at}}\n  help: indices run from 0, or backward from -1"
        )
    };
    refuse!(tape, x.try_index_axis(1, 3), &text("index_axis", 3, 1, 3));
    refuse!(tape, x.try_index_axis(-2, -3), &text("index_axis", -3, 0, 2));
    refuse!(tape, x.try_index_axis(0, isize::MIN), &text("index_axis", isize::MIN, 0, 2));
    refuse!(tape, x.try_at([0, 3]), &text("at", 3, 1, 3));
    refuse!(tape, x.try_at([-3, 0]), &text("at", -3, 0, 2));
    let none = tape.leaf(Vec::<f64>::new());
    refuse!(tape, none.try_at([0]), &text("at", 0, 0, 0));
    refuse!(
        tape,
        x.try_slice(1, (.., 0)),
        "slice: the step of a slice is 0{at}\n  help: use a positive step, or a negative one to walk backward"
    );
    refuse!(
        tape,
        x.try_nll_loss([0, 3]),
        "nll_loss: the class 3 of row 1 is out of range for 3 classes{at}\n  help: a class is an index from 0, less than their number; rows without one are what `ignore_index` of `cross_entropy_with` marks"
    );
}

#[test]
fn a_cross_entropy_that_is_refused_says_its_own_name_and_records_nothing() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]]);
    refuse!(
        tape,
        x.try_cross_entropy([7, 0]),
        "cross_entropy: the class 7 of row 0 is out of range for 3 classes{at}\n  help: a class is an index from 0, less than their number; rows without one are what `ignore_index` of `cross_entropy_with` marks"
    );
    refuse!(
        tape,
        x.try_cross_entropy([0]),
        "cross_entropy: shapes differ: the shape of the rows is [2], the list of classes is [1]{at}\n  help: classes run along the last axis: give one index for each row of scores"
    );
    let one = tape.leaf(1.0);
    refuse!(
        tape,
        one.try_cross_entropy([0]),
        "cross_entropy: the table of scores needs rank 1 or more, and the shape is []{at}\n  help: give one row of scores for each class index"
    );
}

#[test]
fn what_has_no_value_for_nothing() {
    let tape = Tape::<f64>::new();
    let none = tape.leaf((vec![], [2, 0]));
    let help = "\n  help: check the length before reducing, or reduce over an axis that is not empty";
    refuse!(
        tape,
        none.try_max(),
        &format!("max: the max of nothing has no value: the shape is [2, 0]{{at}}{help}")
    );
    refuse!(
        tape,
        none.try_max_axes(1),
        &format!("max: the max of nothing has no value: the shape is [2, 0]{{at}}{help}")
    );
    let nothing: [wengert::Tensor<f64>; 0] = [];
    refuse!(tape, tape.try_cat(&nothing, 0), "cat: nothing was given{at}\n  help: give at least one operand");
    refuse!(
        tape,
        tape.try_stack(&nothing, 0),
        "stack: nothing was given{at}\n  help: give at least one operand"
    );
    // The mean of nothing is NaN, and no error.
    assert!(none.try_mean().unwrap().item().is_nan());
}
